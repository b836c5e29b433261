"""HTTP words of tracks: playback and files, what shifts come to, and who looked at where one was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, request
from flask_openapi3 import APIBlueprint, Tag
from sqlalchemy import Connection, Row

from server.access import FIELD_ROLES, allow, everyone, principal
from server.contract import API, GEOJSON, Page, answers, json_response, local_time, ref
from server.db import Database
from server.patrol.tracks import files, summaries, wire
from server.patrol.tracks.looks import SQL, list_looks
from server.patrol.tracks.playback import Walked, play
from server.patrol.tracks.reading import judged, within
from server.patrol.tracks.viewing import TrackReading, Viewing, viewing_of
from server.problems.keeping import LookReasonMissing, TrackTooLong
from server.problems.request import CursorRefused, InputRefused, NotFound

TAG = Tag(
    name="轨迹 tracks",
    description="轨迹回放、导出与班次汇总;每次查看他人位置都有记录,本人可查。"
    "Playback, files and figures of tracks; every look at another's is noted and shown to them.",
)
READERS = (*FIELD_ROLES, "dispatcher", "zone_manager")
_PIECE_CHARS = 65_536
_CSV = {"schema": {"type": "string"}}
_PLAYED = {
    "description": "轨迹,或其文件。The track, or a file of it.",
    "content": {
        "application/json": {"schema": ref(wire.Playback)},
        **{
            kind: {"schema": {"type": "object"}} if kind == GEOJSON else _CSV
            for kind in files.MEDIA_TYPES.values()
        },
    },
}
_SHIFTS = {"description": "每班一行。A line a shift.", "content": {"text/csv": _CSV}}


@dataclass(frozen=True)
class _Reader:
    """Reads tracks for who asks."""

    settings: TrackReading
    viewing: Viewing
    clock: Callable[[], datetime]
    time_zone: ZoneInfo

    def period(self, query: wire.TrackQuery | wire.SummariesQuery) -> tuple[datetime, datetime]:
        """From and to, aware. Raises InputRefused."""
        now = self.clock()
        today = local_time(now, self.time_zone).date()
        from_at = self._edge(query.from_ or today, timedelta(0))
        to_at = self._edge(query.to, timedelta(days=1)) if query.to else now
        if to_at < from_at or (query.to and to_at == from_at):
            raise InputRefused(errors=[{"path": "/to", "message": "not after `from`"}])
        return from_at, to_at

    def _edge(self, given: date | datetime, further: timedelta) -> datetime:
        if isinstance(given, datetime):
            return given
        try:
            return datetime.combine(given + further, time(), self.time_zone).astimezone(UTC)
        except OverflowError as error:
            raise InputRefused(errors=[{"path": "/from", "message": "beyond the calendar"}]) from error

    def walked(self, connection: Connection, officer: UUID, query: wire.TrackQuery, look: str) -> Walked:
        """What is known of somebody's time. Raises NotFound, TrackTooLong, InputRefused."""
        from_at, to_at = self.period(query)
        if to_at - from_at > timedelta(hours=self.settings.track_period_max_h):
            raise TrackTooLong(limit_hours=self.settings.track_period_max_h)
        head, *rows = self._read(connection, officer, (from_at, to_at), look, query.why)
        tracks = within(judged([row._mapping for row in rows], self.viewing.settings), from_at, to_at)
        return Walked(
            str(officer),
            head.display_name,
            head.body_code,
            head.body_name,
            from_at,
            to_at,
            head.day,
            head.coarse,
            tracks,
        )

    def _read(
        self,
        connection: Connection,
        officer: UUID,
        period: tuple[datetime, datetime],
        look: str,
        reason: str | None,
    ) -> list[Row[Any]]:
        values = {
            "account": str(officer),
            "from_at": period[0],
            "to_at": period[1],
            "around": summaries.around(self.viewing),
            "most": self.settings.track_fixes_max_count,
            "why": look,
            "reason": reason,
            "at": self.clock(),
        }
        rows = list(SQL["read_track"].run(connection, values))
        if not rows:
            raise NotFound()
        if rows[0].fixes > self.settings.track_fixes_max_count:
            raise TrackTooLong(limit_fixes=self.settings.track_fixes_max_count)
        return rows

    def shifts(self, connection: Connection, **asked: Any) -> list[Row[Any]]:
        """Shifts with what they come to; the look is noted. Raises TrackTooLong."""
        most = self.settings.shift_summaries_max_count
        nothing = dict.fromkeys(("shift", "account", "body", "from_at", "to_at"))
        values = nothing | asked | {"most": most, "at": self.clock()}
        rows = list(SQL["summarise_shifts"].run(connection, values))
        if rows and rows[0].shifts > most:
            raise TrackTooLong(limit_shifts=most)
        return rows

    def figures(self, connection: Connection, row: Row[Any]) -> dict[str, Any] | None:
        """Figures of a shift as they are now."""
        if row.fresh:
            return dict(row.figures)
        values = {
            "shift": str(row.id),
            "around": summaries.around(self.viewing),
            "most": self.settings.track_fixes_max_count,
        }
        rows = [one._mapping for one in SQL["read_shift_track"].run(connection, values)]
        found = summaries.work_out(str(row.id), rows, self.viewing)
        return found.as_json() if found else None


def track_routes(
    db: Database, settings: TrackReading, clock: Callable[[], datetime], time_zone: ZoneInfo
) -> APIBlueprint:
    """Routes of tracks."""
    api = APIBlueprint("tracks", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])
    reader = _Reader(settings, viewing_of(settings), clock, time_zone)

    @api.get(
        "/officers/<uuid:officer_id>/track",
        summary="轨迹回放与导出 Where somebody went; another's look is noted",
        responses=answers({200: _PLAYED}, NotFound, LookReasonMissing, TrackTooLong),
    )
    @allow(*READERS)
    def get_track(path: wire.OfficerPath, query: wire.TrackQuery) -> Response:
        if path.officer_id != principal().account_id and query.why is None:
            raise LookReasonMissing()
        form = query.format or _accepted()
        look = "track_playback" if form == "json" else "track_export"
        with db.transaction(principal().claim) as (connection, _):
            walked = reader.walked(connection, path.officer_id, query, look)
        if form == "json":
            return json_response(play(walked, reader.viewing))
        name = f"track_{walked.from_at:%Y%m%dT%H%M%SZ}.{form}"
        return _file(files.write(walked, reader.viewing, form), files.MEDIA_TYPES[form], name)

    _add_shifts(api, db, reader)

    @api.get(
        "/position-looks",
        summary="谁看过我的位置 Who looked at where you were",
        responses=answers({200: wire.Looks}, CursorRefused),
    )
    @everyone
    def list_position_looks(query: Page) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            page = list_looks(connection, query.cursor, query.limit)
        return json_response(page)

    return api


def _add_shifts(api: APIBlueprint, db: Database, reader: _Reader) -> None:
    @api.get(
        "/shifts/<uuid:shift_id>/summary",
        summary="班次汇总 What a shift comes to; another's look is noted",
        responses=answers({200: wire.ShiftSummary}, NotFound, LookReasonMissing),
    )
    @allow(*READERS)
    def get_shift_summary(path: wire.ShiftPath, query: wire.SummaryQuery) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            rows = reader.shifts(connection, shift=str(path.shift_id), reason=query.why)
            if not rows:
                raise NotFound() if query.why or principal().role in FIELD_ROLES else LookReasonMissing()
            figures = reader.figures(connection, rows[0])
        return json_response(summaries.summary(rows[0]._mapping, figures))

    @api.get(
        "/shifts/summaries.csv",
        summary="班次汇总表 Shifts of a period as a file; looks are noted",
        responses=answers({200: _SHIFTS}, LookReasonMissing, TrackTooLong),
    )
    @allow(*READERS)
    def list_shift_summaries(query: wire.SummariesQuery) -> Response:
        if query.why is None and principal().role not in FIELD_ROLES:
            raise LookReasonMissing()
        from_at, to_at = reader.period(query)
        asked = {"account": str(query.officer) if query.officer else None, "body": query.body}
        with db.transaction(principal().claim) as (connection, _):
            rows = reader.shifts(connection, **asked, from_at=from_at, to_at=to_at, reason=query.why)
        told = summaries.as_csv(row._mapping for row in rows if row.id)
        return _file(told, "text/csv", f"shifts_{from_at:%Y%m%dT%H%M%SZ}.csv")


def _accepted() -> Any:
    """The format that the Accept header asks for; JSON when it does not care."""
    kinds = {"application/json": "json"} | {kind: form for form, kind in files.MEDIA_TYPES.items()}
    best = request.accept_mimetypes.best_match(list(kinds), default="application/json")
    return kinds[best or "application/json"]


def _file(told: Iterable[str], media_type: str, name: str) -> Response:
    response = Response(_pieces(told), content_type=f"{media_type}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _pieces(told: Iterable[str]) -> Iterator[bytes]:
    """The same text in fewer pieces: each is a write to the network."""
    held: list[str] = []
    length = 0
    for text in told:
        held.append(text)
        length += len(text)
        if length >= _PIECE_CHARS:
            yield "".join(held).encode()
            held, length = [], 0
    yield "".join(held).encode()
