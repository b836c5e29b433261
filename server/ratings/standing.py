"""How subjects stand on a day, read from their ledgers: the two lists as they would be, and one subject's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection

from server.contract import wire_time
from server.messages import say
from server.problems.ratings import RatingWithoutValue
from server.ratings.chain import broken
from server.ratings.entering import (
    SQL,
    event_of,
    family_of,
    points_by_hand,
    scheme_in_force,
    scheme_of,
    scheme_on,
)
from server.ratings.replay import MINUS, PLUS, Entry, Rated, Scheme, Schemes, by_root, rate, voided
from server.ratings.wire import ScoreTrialIn
from server.rulebooks.expressions import NoValue, written


def entries_of(
    connection: Connection, *, subjects: Sequence[UUID] | None = None, through: int | None = None
) -> list[Entry]:
    """Entries that count for scores: of all ledgers the asker sees, or of some, up to one of them."""
    ids = [str(subject) for subject in subjects] if subjects is not None else None
    wanted = {"through": through, "subjects": ids}
    rows = SQL["list_scores"].run(connection, wanted)
    return [Entry(row.id, row.subject_id, row.seq, row.action, orjson.loads(row.body)) for row in rows]


def merged_of(connection: Connection) -> dict[UUID, UUID]:
    """Subjects with a ledger that count as another's record, with that one."""
    return {row.id: row.root for row in SQL["merged_subjects"].run(connection)}


def schemes_of(connection: Connection, entries: Iterable[Entry], scheme: Scheme | None) -> Schemes:
    """Every set of rules that something was entered by, and the one given."""
    known = {scheme.id: scheme} if scheme else {}
    ids = {entry.body["rules"] for entry in entries if entry.action in (PLUS, MINUS)} - set(known)
    return known | {one: scheme_of(connection, one) for one in ids}


def rate_all(
    entries: Iterable[Entry], merged: Mapping[UUID, UUID], schemes: Schemes, scheme: Scheme, on: date
) -> dict[UUID, Rated]:
    """How every subject with a ledger stands. Raises RatingWithoutValue."""
    try:
        return {root: rate(own, schemes, scheme, on) for root, own in by_root(entries, merged).items()}
    except NoValue as error:
        raise RatingWithoutValue(why=str(error)) from error


def names_of(connection: Connection, subjects: Iterable[UUID], on: date) -> dict[UUID, dict[str, Any]]:
    """Subjects as they were called and where they were on a day."""
    wanted = {"subjects": [str(one) for one in subjects], "on": on.isoformat()}
    return {row["id"]: dict(row) for row in SQL["name_rated_subjects"].run(connection, wanted).mappings()}


def lists(connection: Connection, on: date, colour: str | None) -> dict[str, Any]:
    """Both lists as they would be on a day, or one; the farthest first. Raises RulebookMissing, RatingWithoutValue."""
    scheme, entries = scheme_on(connection, on), entries_of(connection)
    schemes = schemes_of(connection, entries, scheme)
    standing = rate_all(entries, merged_of(connection), schemes, scheme, on)
    listed = {
        root: rated
        for root, rated in standing.items()
        if rated.colour and (colour is None or rated.colour == colour)
    }
    names = names_of(connection, listed, on)
    items = [told_standing(rated, names[root], schemes) for root, rated in listed.items() if root in names]
    items.sort(
        key=lambda item: (
            item["colour"],
            float(item["score"]) * (-1 if item["colour"] == "red" else 1),
            item["subject"]["code"],
        )
    )
    return {"on": on, "rules": told_rules(scheme), "rated": len(standing), "items": items, "next": None}


def one(connection: Connection, code: str, on: date) -> dict[str, Any]:
    """One subject with its whole ledger; nothing is scored without rules. Raises NotFound, RatingWithoutValue."""
    family, scheme = family_of(connection, code), scheme_in_force(connection, on)
    rows = SQL["list_ledger"].run(connection, {"subjects": [str(member) for member in family.members]}).all()
    entries = [Entry(row.id, row.subject_id, row.seq, row.action, orjson.loads(row.body)) for row in rows]
    schemes = schemes_of(connection, entries, scheme)
    try:
        rated = rate(entries, schemes, scheme, on) if scheme else None
        ledger = _ledger(rows, entries, rated, schemes, scheme, on)
    except NoValue as error:
        raise RatingWithoutValue(why=str(error)) from error
    named = names_of(connection, family.members, on)
    for entry in ledger:
        entry["subject"] = named[entry["subject"]]["code"]
    return {
        **(told_standing(rated, named[family.root], schemes) if rated else _unrated(named[family.root])),
        "on": on,
        "rules": told_rules(scheme) if scheme else None,
        "chain_whole": not broken(connection, family.members),
        "ledger": ledger,
    }


def trial(connection: Connection, given: ScoreTrialIn, today: date) -> dict[str, Any]:
    """What an entry by hand would be worth, and how its subject stands today without it and with it.

    Raises:
        As `entering.event_of`. RatingWithoutValue.
    """
    family, scheme, event = event_of(connection, given, today)
    points = points_by_hand(connection, family, event, given.on)
    current, entries = scheme_on(connection, today), entries_of(connection, subjects=family.members)
    body = {"event": event.code, "on": given.on.isoformat(), "points": str(points), "rules": scheme.id}
    last = max((entry.id for entry in entries), default=0)
    more = Entry(last + 1, family.root, 0, f"rating.{event.kind}", body)
    schemes = schemes_of(connection, [*entries, more], current)
    try:
        before, after = (rate(those, schemes, current, today) for those in (entries, [*entries, more]))
    except NoValue as error:
        raise RatingWithoutValue(why=str(error)) from error
    return {
        "kind": event.kind,
        "points": written(points),
        "score": written(before.score),
        "colour": before.colour,
        "score_after": written(after.score),
        "colour_after": after.colour,
    }


def told_standing(rated: Rated, named: Mapping[str, Any], schemes: Schemes) -> dict[str, Any]:
    """How a subject stands, as it is answered."""
    return {
        "subject": told_name(named),
        "score": written(rated.score),
        "base": written(rated.base),
        "plus": written(rated.plus),
        "minus": written(rated.minus),
        "colour": rated.colour,
        "stars": rated.stars,
        "good_months": rated.good_months,
        "entries": [_counted(left.entry, left.points, schemes) for left in rated.counted],
    }


def _unrated(named: Mapping[str, Any]) -> dict[str, Any]:
    unknown = dict.fromkeys(("score", "base", "plus", "minus", "colour", "stars"))
    return {"subject": told_name(named), **unknown, "good_months": 0, "entries": []}


def told_name(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "code": row["code"],
        "name": row["name"],
        "street": row["street"],
        "township": row["township_code"],
        "township_name": row["township_name"],
    }


def told_rules(scheme: Scheme) -> dict[str, Any]:
    rule = scheme.rule
    return {
        "id": scheme.id,
        "name": rule.name,
        "name_en": rule.name_en,
        "notice_days": rule.notice_days,
        "appeal_days": rule.appeal_days,
    }


def _counted(entry: Entry, left: Fraction, schemes: Schemes) -> dict[str, Any]:
    return {
        "id": entry.id,
        **_event_words(entry, schemes),
        "kind": entry.action.removeprefix("rating."),
        "on": entry.on,
        "points": written(entry.points),
        "left": written(left),
        "case": entry.body.get("case"),
        "record": entry.body.get("record"),
        "reason": entry.body.get("reason"),
    }


def _event_words(entry: Entry, schemes: Schemes) -> dict[str, Any]:
    if entry.action not in (PLUS, MINUS):
        return {"event": None, "name": None, "name_en": None}
    event = schemes[entry.body["rules"]].rule.event(entry.body["event"])
    return {
        "event": entry.body["event"],
        "name": event and event.name,
        "name_en": event and event.name_en,
    }


def _ledger(
    rows: Sequence[Any],
    entries: Sequence[Entry],
    rated: Rated | None,
    schemes: Schemes,
    scheme: Scheme | None,
    on: date,
) -> list[dict[str, Any]]:
    """Every entry, with what the score of the day is made of up to it."""
    out, left = voided(entries), {one.entry.id: one.points for one in rated.counted} if rated else {}
    told = []
    for place, (row, entry) in enumerate(zip(rows, entries, strict=True)):
        scored = entry.action in (PLUS, MINUS)
        words = say(entry.action)
        told.append(
            {
                "id": entry.id,
                "subject": entry.subject,
                "seq": entry.seq,
                "action": entry.action,
                "action_name": words["text"],
                "action_name_en": words["text_en"],
                **_event_words(entry, schemes),
                "on": entry.on if scored else None,
                "points": written(entry.points) if scored else None,
                "left": written(left.get(entry.id, Fraction())) if scored and rated else None,
                "score": written(rate(entries[: place + 1], schemes, scheme, on).score)
                if scored and scheme
                else None,
                "voided": entry.id in out,
                "case": entry.body.get("case"),
                "record": entry.body.get("record"),
                "reason": entry.body.get("reason"),
                "attachments": entry.body.get("attachments", []),
                "by": row.by,
                "recorded_at": wire_time(row.recorded_at),
            }
        )
    return told
