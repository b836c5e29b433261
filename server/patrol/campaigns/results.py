"""What officers find before each door. A result never changes; looking again adds another one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection

from server.contract import local_time, read_cursor, wire_time, write_cursor
from server.evidence import canonical
from server.patrol.campaigns.choosing import SQL
from server.patrol.campaigns.found_wire import CampaignResultIn
from server.patrol.campaigns.planning import Now, fetch
from server.problems.campaigns import CampaignCancelled, CampaignResultConflict
from server.problems.request import InputRefused


def put(
    connection: Connection,
    campaign_id: UUID,
    result_id: UUID,
    result: CampaignResultIn,
    now: Now,
    *,
    time_zone: ZoneInfo,
    clock_skew_s: int,
) -> tuple[bool, dict[str, Any]]:
    """Keep one result; whether it is new, and the result as it stands.

    Args:
        time_zone: whose days the campaign counts. clock_skew_s: how far ahead a phone's clock may be.
    Raises:
        NotFound: no such campaign. CampaignCancelled: before it was looked at. CampaignResultConflict: the id was used
        for something else. InputRefused: a zone, an item, a report or a time that is none of the campaign.
    """
    digest = canonical.digest({"campaign": str(campaign_id), **_as_sent(result)})
    campaign = fetch(connection, campaign_id, now)
    # Sent again it is the same, whatever became of the campaign since.
    before = _same(connection, campaign_id, result_id, digest)
    if before is not None:
        return False, before
    if campaign["cancelled_because"] and result.looked_at >= datetime.fromisoformat(campaign["decided_at"]):
        raise CampaignCancelled()
    _check(connection, campaign, result, now.at + timedelta(seconds=clock_skew_s), time_zone)
    items = _judged(campaign["checklist"], result)
    values = {
        "id": str(campaign_id),
        "result_id": str(result_id),
        "zone": result.zone,
        "looked_at": result.looked_at,
        "at": now.at,
        "digest": digest,
        "items": orjson.dumps(items).decode(),
        "note": result.note,
        "reports": [str(one.report) for one in result.reports],
        "roles": [one.role for one in result.reports],
    }
    new = SQL["insert_campaign_result"].run(connection, values).one_or_none() is not None
    if new:
        SQL["link_campaign_reports"].run(connection, values)
    stands = _same(connection, campaign_id, result_id, digest)
    if stands is None:
        raise CampaignResultConflict()
    return new, stands


def _as_sent(result: CampaignResultIn) -> dict[str, Any]:
    """The same text for the same result, also for phones from before a question could have answers."""
    told = result.model_dump(mode="json")
    for item in told["items"]:
        if item["answer"] is None:
            del item["answer"]
    return told


def _judged(checklist: Sequence[Mapping[str, Any]], result: CampaignResultIn) -> list[dict[str, Any]]:
    """The items with what each answer counts as. Raises InputRefused: an answer that is none of its question's."""
    questions = {
        item["code"]: {answer["code"]: answer["ok"] for answer in item["answers"]} for item in checklist
    }
    told, errors = [], []
    for place, item in enumerate(result.items):
        answers = questions[item.item]
        ok = answers.get(item.answer) if answers and item.answer else item.ok
        if ok is None or (item.answer is None) == bool(answers):
            message = (
                "须从该项的答案中选一个 / one of its answers wanted" if answers else "须填 ok / ok wanted"
            )
            errors.append({"path": f"/items/{place}", "message": message})
        told.append({**item.model_dump(), "ok": ok})
    if errors:
        raise InputRefused(errors=errors)
    return told


def _same(connection: Connection, campaign_id: UUID, result_id: UUID, digest: str) -> dict[str, Any] | None:
    """The result of that id, if the asker sees one. Raises CampaignResultConflict: it says something else."""
    row = _rows(connection, id=str(campaign_id), result_id=str(result_id), rows=1).one_or_none()
    if row is None:
        return None
    if row["digest"] != digest:
        raise CampaignResultConflict()
    return _told(row)


def list_results(
    connection: Connection, campaign_id: UUID, zone: str | None, now: Now, cursor: str | None, limit: int
) -> dict[str, Any]:
    """One page of results the asker sees, newest received first. Raises NotFound, CursorRefused."""
    fetch(connection, campaign_id, now)
    after = read_cursor(cursor, datetime, UUID)
    before = {"before_at": after[0], "before": str(after[1])} if after else {}
    rows = _rows(connection, id=str(campaign_id), zone=zone, rows=limit + 1, **before).all()
    page = rows[:limit]
    more = len(rows) > limit
    return {
        "items": [_told(row) for row in page],
        "next": write_cursor(wire_time(page[-1]["received_at"]), str(page[-1]["id"])) if more else None,
    }


def _check(
    connection: Connection,
    campaign: Mapping[str, Any],
    result: CampaignResultIn,
    latest: datetime,
    time_zone: ZoneInfo,
) -> None:
    errors = []
    day = local_time(result.looked_at, time_zone, "/looked_at").date().isoformat()
    if not campaign["from"] <= day <= campaign["to"] or result.looked_at > latest:
        errors.append({"path": "/looked_at", "message": "outside the campaign's days, or yet to come"})
    known = {item["code"] for item in campaign["checklist"]}
    seen: set[str] = set()
    for index, item in enumerate(result.items):
        if item.item not in known or item.item in seen:
            errors.append({"path": f"/items/{index}/item", "message": "not on the checklist, or twice"})
        seen.add(item.item)
    values = {"id": campaign["id"], "zone": result.zone}
    if not SQL["campaign_has_zone"].run(connection, values).scalar_one():
        errors.append({"path": "/zone", "message": "no zone of this campaign that your body answers for"})
    reports = [str(one.report) for one in result.reports]
    unknown = set(map(str, SQL["unknown_reports"].run(connection, {"reports": reports}).scalars()))
    for index, report in enumerate(reports):
        if report in unknown or report in reports[:index]:
            errors.append({"path": f"/reports/{index}/report", "message": "no report you see, or twice"})
    if errors:
        raise InputRefused(errors=errors)


def _rows(connection: Connection, **values: Any) -> Any:
    asked = dict.fromkeys(("result_id", "zone", "before_at", "before")) | values
    return SQL["list_campaign_results"].run(connection, asked).mappings()


def _told(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "zone": row["zone_code"],
        "account": str(row["account_id"]),
        "looked_at": wire_time(row["looked_at"]),
        "received_at": wire_time(row["received_at"]),
        "items": [{"answer": None, **item} for item in orjson.loads(row["items"])],
        "note": row["note"],
        "reports": orjson.loads(row["reports"]),
    }
