"""Filing one record: judged by the forms in force on its day, scored, kept once, counted as a visit where it is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection, Row

from geo.datum import Datum, Position, PositionRefused, convert
from geo.metric import MetricPlane, MetricPlaneRefused
from server import sqltext
from server.contract import local_time
from server.db import Principal
from server.evidence import attachments, canonical
from server.patrol.duty import marks
from server.patrol.duty.shifts import ShiftSettings, told_time
from server.patrol.duty.wire import VisitMarkIn
from server.problems.duty import VisitMarkConflict
from server.problems.records import RecordConflict, RecordCorrected
from server.problems.request import InputRefused, NotAllowed
from server.problems.rulebooks import RulebookMissing
from server.records.judging import Judged, judge
from server.records.wire import RecordAboutIn, RecordIn, RecordPlaceIn
from server.rulebooks import store
from server.rulebooks.books.forms import Form

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))


class RecordSettings(ShiftSettings, Protocol):
    """What the deployment sets; names and reasons as in settings/."""

    @property
    def record_text_max_chars(self) -> int: ...
    @property
    def record_file_rows_max_count(self) -> int: ...
    @property
    def listening_cells_max_count(self) -> int: ...


@dataclass(frozen=True)
class Desk:
    """What filing needs besides a connection."""

    settings: RecordSettings
    plane: MetricPlane
    clock: Callable[[], datetime]
    time_zone: ZoneInfo

    def day(self, at: datetime) -> date:
        return local_time(at, self.time_zone).date()


@dataclass(frozen=True)
class Thing:
    """What a record is about, as it was on that day. `place` in WGS-84 degrees, where it has one."""

    code: str | None
    name: str | None
    township: str | None
    zone_id: int | None = None
    case_id: UUID | None = None
    person_id: UUID | None = None
    subject_id: UUID | None = None
    place: tuple[float, float] | None = None


def form_on(connection: Connection, code: str, on: date) -> tuple[int, Form]:
    """A form in force on a day, with the id of its set. Raises RulebookMissing."""
    forms = store.in_force(connection, "forms", on)
    if forms is None or code not in forms.rows:
        raise RulebookMissing(kind="forms", row=code)
    return forms.id, forms.rows[code]


def put(connection: Connection, asking: Principal, record_id: UUID, given: RecordIn, desk: Desk) -> bool:
    """Keep a record of who asks; whether it is new.

    Raises:
        RulebookMissing: no such form that day. NotAllowed: not for their role. RecordConflict: the id was used.
        RecordCorrected. AttachmentMissing: a photo they may not see. InputRefused: answers that do not fit, something
        it is about that is not there or not theirs, a time that cannot be.
    """
    digest = _digest(given)
    if _is_kept(connection, record_id, digest):
        return False
    now = desk.clock()
    at = told_time(given.at, "/at", desk.settings, now)
    day = local_time(at, desk.time_zone, "/at").date()
    rulebook, form = form_on(connection, given.form, day)
    if asking.role not in form.fills:
        raise NotAllowed(allowed_roles=sorted(form.fills))
    judged = judge(form, given.answers, desk.settings.record_text_max_chars)
    sent = _place(given.position, desk.plane)
    thing = _thing(connection, form, given, sent, day)
    if judged.faults:
        raise InputRefused(errors=list(judged.faults))
    if given.corrects:
        _check_correction(connection, given.corrects, form, thing)
    values = {
        **_values(given, form, judged, thing, sent),
        "id": str(record_id),
        "rulebook": rulebook,
        "at": at,
        "day": day.isoformat(),
        "received_at": now,
        "digest": digest,
    }
    if SQL["insert_record"].run(connection, values).one_or_none() is None:
        # Somebody was first with this id; whether with the same is seen when they are through.
        if _is_kept(connection, record_id, digest):
            return False
        raise RecordConflict()
    _use_photos(connection, asking, record_id, form, thing, judged, desk, now)
    if form.counts_as_visit:
        _mark(connection, record_id, form, given, at, desk, now)
    return True


def _digest(given: RecordIn) -> str:
    try:
        return canonical.digest(given.model_dump(mode="json"))
    except ValueError as error:
        raise _refused("/answers", "有无法保存的数或文字 / a number or text that cannot be kept") from error


def _is_kept(connection: Connection, record_id: UUID, digest: str) -> bool:
    row = SQL["fetch_kept"].run(connection, {"id": str(record_id)}).one_or_none()
    if row is None:
        return False
    if not row.is_mine or row.digest != digest:
        raise RecordConflict()
    return True


def _place(given: RecordPlaceIn | None, plane: MetricPlane) -> Position | None:
    """Where it was, in WGS-84. Raises InputRefused: no place of the district's plane."""
    if given is None:
        return None
    try:
        place = convert(Position(given.lon, given.lat, Datum(given.datum)), Datum.WGS84)
        plane.forward(place.lon, place.lat)
    except (PositionRefused, MetricPlaneRefused) as error:
        raise _refused("/position", error.message) from error
    return place


def _refused(path: str, message: str) -> InputRefused:
    return InputRefused(errors=[{"path": path, "message": message}])


def _zone_kind(form: Form, about: RecordAboutIn | None) -> str:
    if about and about.zone_kind:
        return about.zone_kind
    return form.zone_kinds[0]


def _thing(connection: Connection, form: Form, given: RecordIn, sent: Position | None, day: date) -> Thing:
    """What the record is about. Raises InputRefused: not there on that day, not theirs, or not what the form is for."""
    if form.about == "place":
        if sent is None or given.about is not None:
            raise _refused("/position", "此表单只填地点 / this form is about a place, and nothing else")
        values = {"lon": sent.lon, "lat": sent.lat, "day": day.isoformat()}
        return Thing(None, None, SQL["township_of_place"].run(connection, values).scalar_one())
    if given.about is None:
        raise _refused("/about", "须说明对象 / what it is about is wanted")
    about = given.about
    row = _find(connection, form, about, day)
    if not row.is_ours:
        raise _refused("/about/code", "不属于您的镇街 / not of your township")
    if form.only_closed and not row.is_ended:
        raise _refused("/about/code", "案卷尚未结案 / the case has not come to its end")
    place = (row.lon, row.lat) if row.lon is not None else None
    ids = {name: getattr(row, name) for name in ("zone_id", "case_id", "person_id", "subject_id")}
    return Thing(about.code, row.name, row.township_code, place=place, **ids)


def _find(connection: Connection, form: Form, about: RecordAboutIn, day: date) -> Row[Any]:
    zone_kind = _zone_kind(form, about) if form.about == "zone" else None
    if zone_kind is not None and zone_kind not in form.zone_kinds:
        raise _refused("/about/zone_kind", "此表单不用于这种区 / not a form for zones of this kind")
    values = {
        "kind": form.about,
        "code": about.code,
        "zone_kind": zone_kind,
        "township": about.township,
        "day": day.isoformat(),
    }
    found = SQL["find_thing"].run(connection, values).all()
    if not found:
        raise _refused("/about/code", "当日没有,或您看不到 / not there on that day, or not for you to see")
    if len(found) > 1:
        raise _refused("/about/township", "多个镇街有此路名 / several townships have a street of this name")
    return found[0]


def _mark(
    connection: Connection,
    record_id: UUID,
    form: Form,
    given: RecordIn,
    at: datetime,
    desk: Desk,
    received_at: datetime,
) -> None:
    """The record as a visit of its zone, under its own id: coverage counts it as it does every mark."""
    if given.about is None:
        return
    zone = {"kind": _zone_kind(form, given.about), "code": given.about.code}
    mark = VisitMarkIn.model_validate({"zone": zone, "kind": form.counts_as_visit, "at": at.isoformat()})
    try:
        marks.put(
            connection, record_id, mark, desk.settings, received_at=received_at, time_zone=desk.time_zone
        )
    except VisitMarkConflict as taken:
        raise RecordConflict() from taken


def _check_correction(connection: Connection, corrects: UUID, form: Form, thing: Thing) -> None:
    """Raises InputRefused: no such record, or one of another form or about something else. RecordCorrected."""
    row = SQL["fetch_corrected"].run(connection, {"id": str(corrects)}).one_or_none()
    if row is None or (row.form, row.about_kind, row.about_code) != (form.code, form.about, thing.code):
        raise _refused(
            "/corrects", "没有同一表单、同一对象的这份记录 / no such record of this form about the same"
        )
    if row.is_corrected:
        raise RecordCorrected()


def told_scores(judged: Judged) -> dict[str, Any]:
    """Score and sub-scores as they are kept."""
    score = judged.score.as_json() if judged.score else {"score": None, "why": None}
    heads = {code: head.as_json() for code, head in judged.heads.items()}
    return {"score": score["score"], "no_score": score["why"], "heads": heads}


def _values(
    given: RecordIn, form: Form, judged: Judged, thing: Thing, sent: Position | None
) -> dict[str, Any]:
    place = (sent.lon, sent.lat) if sent else thing.place or (None, None)
    told, scores = given.position, told_scores(judged)
    return {
        "form": form.code,
        "about_kind": form.about,
        "about_code": thing.code,
        "about_name": thing.name,
        "zone_id": thing.zone_id,
        "case_id": thing.case_id and str(thing.case_id),
        "person_id": thing.person_id and str(thing.person_id),
        "subject_id": thing.subject_id and str(thing.subject_id),
        "township": thing.township,
        "lon": place[0],
        "lat": place[1],
        "sent_lon": told and told.lon,
        "sent_lat": told and told.lat,
        "datum": told and told.datum,
        "accuracy_m": told and told.accuracy_m,
        "answers": orjson.dumps(judged.answers).decode(),
        **scores,
        "heads": orjson.dumps(scores["heads"]).decode(),
        "sees": form.sees,
        "means": form.means,
        "visit": form.counts_as_visit,
        "hot_spot": form.hot_spot,
        "corrects": given.corrects and str(given.corrects),
    }


def _use_photos(
    connection: Connection,
    asking: Principal,
    record_id: UUID,
    form: Form,
    thing: Thing,
    judged: Judged,
    desk: Desk,
    at: datetime,
) -> None:
    """Photos are seen by those who see the record: the township it is about, or else the body that filled it in."""
    if not judged.photos:
        return
    body = None
    if form.sees == "body":
        about = SQL["organisation_of_township"].run(connection, {"code": thing.township}).scalar_one_or_none()
        body = about or asking.organisation_id
    attachments.use(
        connection, judged.photos, kind="form_record", thing=record_id, organisation_id=body, at=at
    )
