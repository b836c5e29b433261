"""A decision on its way to the public: a text made of its fields, photos a person blurred, another person's approval.

Nothing somebody typed about a case gets into the text. What it is made of is imported data, and data can be wrong:
a text that names somebody the system knows, a telephone or a number plate is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection

from server import sqltext
from server.contract import read_cursor, wire_time, write_cursor
from server.messages import say
from server.openness.wire import PublicationPhotoIn
from server.problems.openness import PublicationConflict, PublicationNamesSomebody, PublicationSettled
from server.problems.request import NotFound
from server.problems.rulebooks import RulebookMissing
from server.sqltext import Statement

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
RULES = "publication_rules"
# Eleven digits of a mobile telephone, also with blanks between, or a number with an area code.
_TELEPHONE = re.compile(r"(?<!\d)(1[3-9]\d(?:[ -]?\d{4}){2}|0\d{2,3}-?\d{7,8})(?!\d)")
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE = re.compile(
    rf"[{_PROVINCES}]\s*[A-Z]\s*[·•.\s]?\s*[A-HJ-NP-Z0-9]{{4,5}}[A-HJ-NP-Z0-9挂学警港澳]", re.IGNORECASE
)


def tells_number(text: str) -> bool:
    """Whether a telephone or a number plate stands in a text.

    >>> tells_number("苏F·12345"), tells_number("联系 138 0000 0000"), tells_number("2026年9月1日,罚款200元")
    (True, True, False)
    """
    return _TELEPHONE.search(text) is not None or _PLATE.search(text) is not None


def list_unpublished(
    connection: Connection, time_zone: str, today: date, ahead_days: int, cursor: str | None, limit: int
) -> dict[str, Any]:
    """Decisions that should be public by yesterday, or within `ahead_days`, and are not. Raises CursorRefused."""
    after = read_cursor(cursor, datetime, UUID)
    values = {
        "time_zone": time_zone,
        "by": (today + timedelta(days=ahead_days - 1)).isoformat(),
        "after_on": after[0].date().isoformat() if after else None,
        "after_id": str(after[1]) if after else None,
        "rows": limit + 1,
    }
    rows = SQL["list_unpublished"].run(connection, values).mappings().all()
    page = rows[:limit]
    last = page[-1] if len(rows) > limit else None
    return {
        "items": [_unpublished(row, today) for row in page],
        "next": last and write_cursor(f"{last['due_on'] or date.max}T00:00:00Z", str(last["decision_id"])),
    }


def draft(
    connection: Connection, publication_id: UUID, decision_id: UUID, *, time_zone: str, at: datetime
) -> bool:
    """Keep the text of a decision as a draft; False when this very draft is there already.

    Raises:
        NotFound: no such decision, or one that is not made public. PublicationConflict: it has another publication.
        RulebookMissing: no rules for it. PublicationNamesSomebody.
    """
    there = _row(connection, publication_id)
    if there is not None:
        if there["decision_id"] != decision_id:
            raise PublicationConflict()
        return False
    asked = {"time_zone": time_zone, "decision": str(decision_id)}
    facts = SQL["decision_facts"].run(connection, asked).mappings().one_or_none()
    if facts is None:
        raise NotFound()
    if facts["draft_id"] is not None:
        raise PublicationConflict()
    if facts["rule"] is None:
        raise RulebookMissing(kind=RULES, row=facts["outcome"])
    words = text_of(facts)
    for text in words.values():
        if tells_number(text) or SQL["names_somebody"].run(connection, {"text": text}).scalar_one():
            raise PublicationNamesSomebody()
    names = (
        "decision_id",
        "organisation_id",
        "rulebook_id",
        "outcome",
        "township_code",
        "decided_on",
        "due_on",
    )
    values = {
        **{name: facts[name] if facts[name] is None else str(facts[name]) for name in names},
        **words,
        "id": str(publication_id),
        "at": at,
    }
    SQL["insert_publication"].run(connection, values)
    return True


def text_of(facts: Mapping[Any, Any]) -> dict[str, str]:
    """`text` and `text_en` of a decision: where coarsely, what, by which law, with what outcome."""
    words = {}
    for suffix in ("", "_en"):
        amount = facts["amount_yuan"]
        fine = say("publication.fine", {"yuan": f"{amount:f}".rstrip("0").rstrip(".")}) if amount else None
        street = say("publication.street", {"street": facts["street"]}) if facts["street"] else None
        params = {
            "on": facts["decided_on"].isoformat(),
            "township": facts["township"] or "",
            "street": street[f"text{suffix}"] if street else "",  # type: ignore[literal-required]
            "party": say(f"publication.{facts['party_kind']}")[f"text{suffix}"],  # type: ignore[literal-required]
            "item": facts["item_name"],
            "basis": facts["basis"] or "",
            "outcome": facts["rule"][f"name{suffix}"],
            "fine": fine[f"text{suffix}"] if fine else "",  # type: ignore[literal-required]
        }
        words[f"text{suffix}"] = say("publication.text", params)[f"text{suffix}"]  # type: ignore[literal-required]
    return words


def approve(connection: Connection, publication_id: UUID, *, at: datetime, today: date) -> None:
    """Make a draft public. Raises NotFound, PublicationSettled, PublicationByAnother (of who drafted it)."""
    values = {"id": str(publication_id), "at": at, "on": today.isoformat()}
    _settle(connection, publication_id, SQL["publish"], values)


def withdraw(connection: Connection, publication_id: UUID, reason: str, *, at: datetime) -> None:
    """Take back what is public, or drop a draft. Raises NotFound, PublicationSettled."""
    values = {"id": str(publication_id), "at": at, "reason": reason}
    _settle(connection, publication_id, SQL["withdraw"], values)


def _settle(
    connection: Connection, publication_id: UUID, statement: Statement, values: Mapping[str, Any]
) -> None:
    if statement.run(connection, values).scalar_one_or_none() is None:
        if _row(connection, publication_id) is None:
            raise NotFound()
        raise PublicationSettled()


def list_publications(
    connection: Connection, state: str | None, cursor: str | None, limit: int
) -> dict[str, Any]:
    """One page of publications, newest drafted first. Raises CursorRefused."""
    after = read_cursor(cursor, datetime, UUID)
    values = {
        "id": None,
        "state": state,
        "after_at": after[0] if after else None,
        "after_id": str(after[1]) if after else None,
        "rows": limit + 1,
    }
    rows = SQL["list_publications"].run(connection, values).mappings().all()
    page = rows[:limit]
    more = len(rows) > limit
    return {
        "items": [_item(row) for row in page],
        "next": write_cursor(page[-1]["drafted_at"].isoformat(), str(page[-1]["id"])) if more else None,
    }


def fetch_publication(connection: Connection, publication_id: UUID) -> dict[str, Any]:
    """One publication with the photos of its case. Raises NotFound."""
    row = _row(connection, publication_id)
    if row is None:
        raise NotFound()
    return {**_item(row), "photos": [_photo(found) for found in _photos(connection, publication_id)]}


def photo_regions(connection: Connection, publication_id: UUID, sha256: str) -> list[list[float]]:
    """What is blurred in a photo of a publication's case. Raises NotFound."""
    for row in _photos(connection, publication_id):
        if row["sha256"] == sha256:
            regions: list[list[float]] = orjson.loads(row["regions"])
            return regions
    raise NotFound()


def decide_photo(
    connection: Connection, publication_id: UUID, sha256: str, given: PublicationPhotoIn, *, at: datetime
) -> None:
    """Keep what a person decided of a photo of a draft. Raises NotFound, PublicationSettled."""
    photo_regions(connection, publication_id, sha256)
    row = _row(connection, publication_id)
    if row is None or row["state"] != "draft":
        raise PublicationSettled()
    values = {
        "id": str(publication_id),
        "sha256": sha256,
        "chosen": given.chosen,
        "regions": orjson.dumps(given.regions).decode(),
        "at": at,
    }
    SQL["put_photo"].run(connection, values)


def _row(connection: Connection, publication_id: UUID) -> Mapping[Any, Any] | None:
    values = {"id": str(publication_id), "state": None, "after_at": None, "after_id": None, "rows": 1}
    return SQL["list_publications"].run(connection, values).mappings().one_or_none()


def _photos(connection: Connection, publication_id: UUID) -> list[Mapping[Any, Any]]:
    return list(SQL["list_photos"].run(connection, {"id": str(publication_id)}).mappings())


def _unpublished(row: Mapping[Any, Any], today: date) -> dict[str, Any]:
    return {
        "decision": str(row["decision_id"]),
        "proceeding": row["proceeding_number"],
        "case": row["case_number"],
        "body": {"code": row["body_code"], "name": row["body_name"]},
        "outcome": row["outcome"],
        "item": row["item_name"],
        "decided_on": row["decided_on"].isoformat(),
        "due_on": row["due_on"] and row["due_on"].isoformat(),
        "days_late": (today - row["due_on"]).days if row["due_on"] else None,
        "draft": row["draft_id"] and str(row["draft_id"]),
    }


def _item(row: Mapping[Any, Any]) -> dict[str, Any]:
    told = ("outcome", "text", "text_en", "state", "drafted_by", "mine", "published_by", "withdrawn_by")
    return {
        "id": str(row["id"]),
        "decision": str(row["decision_id"]),
        "body": {"code": row["body_code"], "name": row["body_name"]},
        **{name: row[name] for name in (*told, "withdrawn_reason")},
        **{name: row[name] and row[name].isoformat() for name in ("decided_on", "due_on", "published_on")},
        "drafted_at": wire_time(row["drafted_at"]),
        "withdrawn_at": wire_time(row["withdrawn_at"]),
    }


def _photo(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "id": row["id"] and str(row["id"]),
        **{name: row[name] for name in ("sha256", "role", "chosen", "confirmed_by")},
        "regions": orjson.loads(row["regions"]),
        "confirmed_at": wire_time(row["confirmed_at"]),
    }
