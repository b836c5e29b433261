"""Reading reports: one, or a filtered list by keyset. What row-level security hides is simply not there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Connection, func, select

from server.cases.tables import case_file, case_report
from server.contract import wire_time
from server.evidence.signing import ReceiptSigner
from server.evidence.tables import photo_arrival
from server.lists import newest_first, within
from server.problems.request import NotFound
from server.reports.intake import SQL
from server.reports.receipts import finding_words, make_receipt, routing_words
from server.reports.tables import report, report_photo

Bbox = tuple[float, float, float, float]


@dataclass(frozen=True)
class ReportFilter:
    """What a list of reports is narrowed to; times are of receipt. All conditions hold together."""

    bbox: Bbox | None = None
    township: str | None = None
    zone: str | None = None
    category: str | None = None
    received_from: datetime | None = None
    received_to: datetime | None = None


def _point(lon: float, lat: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [round(lon, 9), round(lat, 9)]}


def fetch_report_feature(connection: Connection, report_id: UUID) -> dict[str, Any]:
    """One report as a GeoJSON feature with match, photos, findings and case. Raises NotFound."""
    row = SQL["fetch_report"].run(connection, {"report_id": str(report_id)}).scalar_one_or_none()
    if row is None:
        raise NotFound()
    stored = orjson.loads(row)
    sent = orjson.loads(stored["payload"])
    photos = [{**photo, "received_at": wire_time(photo["received_at"])} for photo in stored["photos"]]
    properties = {
        "id": stored["id"],
        "digest": stored["digest"],
        "captured_at": sent["captured_at"],
        "received_at": wire_time(stored["received_at"]),
        "category": stored["category"],
        "note": sent.get("note"),
        "position": sent["position"],
        "township": stored["township"],
        "match": stored["match"],
        "routing": routing_words(stored["routing"]),
        "photos": photos,
        "missing_photos": [photo["sha256"] for photo in photos if photo["received_at"] is None],
        "findings": [finding_words(finding) for finding in stored["findings"]],
        "duty": stored["duty"],
        "case": {"number": stored["case"]["number"], "state": stored["case"]["state"]}
        if stored["case"]
        else None,
    }
    return {
        "type": "Feature",
        "id": stored["id"],
        "geometry": _point(stored["lon"], stored["lat"]),
        "properties": properties,
    }


def fetch_receipt(connection: Connection, report_id: UUID, signer: ReceiptSigner) -> bytes:
    """The signed receipt of one report as of now. Raises NotFound."""
    row = SQL["fetch_report"].run(connection, {"report_id": str(report_id)}).scalar_one_or_none()
    if row is None:
        raise NotFound()
    return make_receipt(orjson.loads(row), signer)


def list_reports(
    connection: Connection, wanted: ReportFilter, cursor: str | None, limit: int
) -> dict[str, Any]:
    """One page, newest received first, as a GeoJSON FeatureCollection with `next`. Raises CursorRefused."""
    missing = (
        select(func.count())
        .select_from(report_photo.outerjoin(photo_arrival, _same_photo()))
        .where(report_photo.c.report_id == report.c.id, photo_arrival.c.sha256.is_(None))
        .scalar_subquery()
    )
    query = (
        select(
            report.c.id,
            report.c.captured_at,
            report.c.received_at,
            report.c.category,
            report.c.township_code,
            report.c.zone_codes,
            report.c.accuracy_m,
            func.ST_X(report.c.place).label("lon"),
            func.ST_Y(report.c.place).label("lat"),
            missing.label("missing_photos"),
            case_file.c.number,
            case_file.c.state,
        )
        .select_from(
            report.outerjoin(case_report, case_report.c.report_id == report.c.id).outerjoin(
                case_file, case_file.c.id == case_report.c.case_id
            )
        )
        .where(*_conditions(wanted))
    )
    page, following = newest_first(
        connection, query, at=report.c.received_at, key=report.c.id, cursor=cursor, limit=limit
    )
    return {
        "type": "FeatureCollection",
        "features": [_feature(row) for row in page],
        "next": following,
    }


def _same_photo() -> ColumnElement[bool]:
    return (photo_arrival.c.report_id == report_photo.c.report_id) & (
        photo_arrival.c.sha256 == report_photo.c.sha256
    )


def _conditions(wanted: ReportFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.bbox:
        conditions.append(within(wanted.bbox, report.c.place, report.c.tile_key))
    if wanted.township:
        conditions.append(report.c.township_code == wanted.township)
    if wanted.zone:
        conditions.append(report.c.zone_codes.contains([wanted.zone]))
    if wanted.category:
        conditions.append(report.c.category == wanted.category)
    if wanted.received_from:
        conditions.append(report.c.received_at >= wanted.received_from)
    if wanted.received_to:
        conditions.append(report.c.received_at < wanted.received_to)
    return conditions


def _feature(row: Mapping[Any, Any]) -> dict[str, Any]:
    properties = {
        "id": str(row["id"]),
        "captured_at": wire_time(row["captured_at"]),
        "received_at": wire_time(row["received_at"]),
        "category": row["category"],
        "township": row["township_code"],
        "zones": list(row["zone_codes"]),
        "accuracy_m": row["accuracy_m"],
        "missing_photos": row["missing_photos"],
        "case": {"number": row["number"], "state": row["state"]} if row["number"] else None,
    }
    return {
        "type": "Feature",
        "id": str(row["id"]),
        "geometry": _point(row["lon"], row["lat"]),
        "properties": properties,
    }
