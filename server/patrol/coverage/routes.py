"""HTTP words of coverage: fronts and how they stand, sums, hours, gaps, and a suggested round."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from sqlalchemy import Connection

from geo.metric import MetricPlane
from server.access import everyone, principal
from server.contract import API, GEOJSON, answers, json_response
from server.csv_text import cell
from server.db import Database
from server.patrol.coverage.asked import Area, Asked, Calendar, CoverageDays
from server.patrol.coverage.reading import Coverage
from server.patrol.coverage.suggesting import RoundSettings, area_of, suggest
from server.patrol.coverage.wire import (
    CoverageGaps,
    CoverageGapsQuery,
    CoverageHours,
    CoverageHoursQuery,
    CoverageList,
    CoverageQuery,
    CoverageSummaries,
    CoverageSummaryQuery,
    CoveredCollection,
    FrontsQuery,
    OfTeam,
    Round,
    RoundIn,
    Where,
)
from server.problems.coverage import CoverageTooMuch
from server.problems.request import CursorRefused, InputRefused, NotFound

TAG = Tag(
    name="巡查覆盖 coverage",
    description="门前哪些看过、该看、逾期、从未看过;热力、缺口与建议路线。"
    "Which fronts were seen, are due, late or were never visited; hours, gaps, and a suggested round.",
)
_COLUMNS = (
    "kind",
    "code",
    "version",
    "name",
    "township",
    "street",
    "length_m",
    "seen_m",
    "certain_m",
    "visits",
    "last_at",
    "status",
    "overdue_s",
    "plan",
)
_CSV = {
    "description": "列 columns: " + ",".join(_COLUMNS),
    "content": {"text/csv": {"schema": {"type": "string"}}},
}


class CoverageSettings(CoverageDays, RoundSettings, Protocol):
    """The settings that these routes need; read-only, so that a frozen configuration fits."""

    @property
    def coverage_file_rows_max(self) -> int: ...
    @property
    def coverage_statement_timeout_ms(self) -> int: ...


def coverage_routes(
    db: Database, settings: CoverageSettings, clock: Callable[[], datetime], time_zone: ZoneInfo
) -> APIBlueprint:
    """Routes of coverage."""
    api = APIBlueprint("coverage", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])
    asking = _Asking(db, settings, Calendar(clock, time_zone, settings))
    _fronts(api, asking, settings.coverage_file_rows_max)
    _sums(api, asking)
    _rounds(api, asking, settings)
    return api


class _Asking:
    """A question and the transaction it is answered in."""

    def __init__(self, db: Database, settings: CoverageSettings, calendar: Calendar) -> None:
        self._db, self._calendar = db, calendar
        self._timeout_ms = settings.coverage_statement_timeout_ms

    @contextmanager
    def about(self, area: Area) -> Iterator[tuple[Connection, Coverage]]:
        """How an area stands now."""
        period = self._calendar.period(None, None)
        with self._db.transaction(principal().claim) as (connection, _):
            asked = Asked(area, period, self._calendar.at(period))
            yield connection, Coverage(connection, self._calendar, asked, self._timeout_ms)

    @contextmanager
    def __call__(self, query: Where) -> Iterator[Coverage]:
        period = self._calendar.period(query.from_, query.to)
        asked = Asked(Area.read(query.area, query.street), period, self._calendar.at(period), query.kind)
        if isinstance(query, OfTeam):
            asked = replace(asked, team=query.team)
        if isinstance(query, FrontsQuery):
            asked = replace(asked, status=query.status, officer=query.officer)
        with self._db.transaction(principal().claim) as (connection, _):
            yield Coverage(connection, self._calendar, asked, self._timeout_ms)


def _fronts(api: APIBlueprint, asking: _Asking, file_rows_max: int) -> None:
    @api.get(
        "/coverage",
        summary="巡查覆盖 Fronts with what was seen of them and how they stand",
        responses=answers({200: CoverageList}, NotFound, CursorRefused, CoverageTooMuch, InputRefused),
    )
    @everyone
    def list_coverage(query: CoverageQuery) -> Response:
        with asking(query) as coverage:
            return json_response(coverage.page(query.cursor, query.limit))

    @api.get(
        "/coverage.geojson",
        summary="巡查覆盖 GeoJSON The same as GeoJSON",
        responses=answers(
            {200: CoveredCollection},
            NotFound,
            CursorRefused,
            CoverageTooMuch,
            InputRefused,
            media_type=GEOJSON,
        ),
    )
    @everyone
    def list_coverage_features(query: CoverageQuery) -> Response:
        with asking(query) as coverage:
            return json_response(coverage.features(query.cursor, query.limit), content_type=GEOJSON)

    @api.get(
        "/coverage.csv",
        summary="巡查覆盖 CSV All of it as one CSV",
        responses=answers({200: _CSV}, NotFound, CoverageTooMuch, InputRefused),
    )
    @everyone
    def list_coverage_rows(query: FrontsQuery) -> Response:
        with asking(query) as coverage:
            fronts = coverage.every_front(file_rows_max)
        if fronts is None:
            raise CoverageTooMuch(limit=file_rows_max)
        response = Response(_csv(fronts), content_type="text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = 'attachment; filename="coverage.csv"'
        return response


def _sums(api: APIBlueprint, asking: _Asking) -> None:
    @api.get(
        "/coverage/summary",
        summary="覆盖汇总 Fronts due, visited, late and never visited; metres seen of metres due",
        responses=answers({200: CoverageSummaries}, CoverageTooMuch, InputRefused),
    )
    @everyone
    def sum_coverage(query: CoverageSummaryQuery) -> Response:
        with asking(query) as coverage:
            return json_response(coverage.summary(query.by))

    @api.get(
        "/coverage/hours",
        summary="到访时段 Visits by weekday and hour",
        responses=answers({200: CoverageHours}, CoverageTooMuch, InputRefused),
    )
    @everyone
    def list_coverage_hours(query: CoverageHoursQuery) -> Response:
        with asking(query) as coverage:
            return json_response(coverage.hours())

    @api.get(
        "/coverage/gaps",
        summary="覆盖缺口 Streets with fronts that are late or were never visited, the longest overdue first",
        responses=answers({200: CoverageGaps}, CursorRefused, CoverageTooMuch, InputRefused),
    )
    @everyone
    def list_coverage_gaps(query: CoverageGapsQuery) -> Response:
        with asking(query) as coverage:
            return json_response(coverage.gaps(query.cursor, query.limit))


def _rounds(api: APIBlueprint, asking: _Asking, settings: RoundSettings) -> None:
    plane = MetricPlane(settings.metric_srid)

    @api.post(
        "/coverage/rounds",
        summary="建议巡查路线 A round over the most overdue streets, as a suggestion; nothing is kept",
        responses=answers({200: Round}, CoverageTooMuch, InputRefused),
    )
    @everyone
    def suggest_round(body: RoundIn) -> Response:
        with asking.about(area_of(body)) as (connection, coverage):
            return json_response(suggest(connection, coverage, body, settings, plane))


def _csv(fronts: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    # A byte order mark: without one a spreadsheet takes the Chinese for another encoding.
    text.write("\ufeff")
    lines = csv.writer(text)
    lines.writerow(_COLUMNS)
    for front in fronts:
        told = {**front, **front["zone"]}
        lines.writerow([cell(told[name]) for name in _COLUMNS])
    return text.getvalue()
