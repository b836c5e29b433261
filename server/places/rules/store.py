"""Keeping rule sets: check and keep a draft, bring it into force on a day, list and read them.

A set is never changed. Runs with the rights of the connection given: row-level security lets only the district in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection

from server import sqltext
from server.contract import read_cursor, write_cursor
from server.places.rules.checking import References, check
from server.places.rules.evaluation import KIND_ORDER, Rule, RuleSet, Specificity, rules_from_json
from server.places.rules.wire import RoutingRuleIn, RoutingRulesIn
from server.problems.places import RoutingDayRefused, RoutingRulesInForce
from server.problems.request import NotFound

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
_MEMBERS = (
    "code",
    "category",
    "zone_kind",
    "zone",
    "township",
    "hours",
    "valid_from",
    "valid_to",
    "body",
    "note",
)


def references(connection: Connection, given: Sequence[RoutingRuleIn], on: date) -> References:
    """What these rules may name, as of a day."""
    values = {"on": on.isoformat(), "zone_codes": [rule.zone for rule in given if rule.zone is not None]}
    found = SQL["fetch_rule_references"].run(connection, values).scalar_one()
    return References.from_json(orjson.loads(found))


def keep_draft(
    connection: Connection, given: RoutingRulesIn, *, at: datetime, on: date, rules_max: int
) -> int:
    """Check a set and keep it as a draft; returns its id.

    Args:
        at: now. on: the local day of now.
    Raises:
        RulesRefused: with every fault; nothing is kept.
    """
    rules = check(given.rules, references(connection, given.rules, on), on=on, rules_max=rules_max)
    notes = [rule.note for rule in given.rules]
    text = orjson.dumps(
        [_stored(rule, note) for rule, note in zip(rules, notes, strict=True)], option=orjson.OPT_SORT_KEYS
    )
    values = {
        "name": given.name,
        "source": given.source,
        "sample": given.sample,
        "digest": sha256(text).hexdigest(),
        "rules": text.decode(),
        "created_at": at,
    }
    return int(SQL["insert_rule_set"].run(connection, values).scalar_one())


def _stored(rule: Rule, note: str | None) -> dict[str, Any]:
    given = {name: getattr(rule, name, None) for name in _MEMBERS}
    given["note"] = note
    return {name: value for name, value in given.items() if value not in (None, ())}


def activate(
    connection: Connection, set_id: int, valid_from: date, *, at: datetime, today: date, rules_max: int
) -> None:
    """Bring a draft into force; repeating it changes nothing.

    Raises:
        NotFound. RulesRefused: it names something that is no longer there. RoutingRulesInForce: from another day.
        RoutingDayRefused: not after the set in force began, or past and reports were judged on it or since.
    """
    stored = fetch(connection, set_id)
    if stored["version"] is None:
        again = [RoutingRuleIn.model_validate(row) for row in orjson.loads(stored["rules"])]
        check(again, references(connection, again, today), on=today, rules_max=rules_max)
    values = {"id": set_id, "valid_from": valid_from.isoformat(), "today": today.isoformat(), "at": at}
    outcome = SQL["activate_rule_set"].run(connection, values).scalar_one()
    if outcome == "in_force":
        raise RoutingRulesInForce(
            valid_from=stored["valid_from"].isoformat() if stored["valid_from"] else None
        )
    if outcome in ("early", "depended_on"):
        raise RoutingDayRefused(reason=outcome)
    if outcome == "missing":
        raise NotFound()


def fetch(connection: Connection, set_id: int) -> Mapping[str, Any]:
    """The row of one set. Raises NotFound."""
    row = SQL["fetch_rule_set"].run(connection, {"id": set_id}).mappings().one_or_none()
    if row is None:
        raise NotFound()
    return dict(row)


def rule_set_of(stored: Mapping[str, Any]) -> RuleSet:
    """A stored set, ready to decide."""
    return RuleSet(
        stored["id"], stored["name"], stored["version"], rules_from_json(orjson.loads(stored["rules"]))
    )


def told(stored: Mapping[str, Any], today: date) -> dict[str, Any]:
    """A set with its rules, as it is answered."""
    rules = [{name: row.get(name) for name in _MEMBERS} for row in orjson.loads(stored["rules"])]
    return {
        **_item(stored, today),
        "specificity": list(Specificity._fields),
        "zone_kinds": list(KIND_ORDER),
        "rules": [{**rule, "hours": rule["hours"] or []} for rule in rules],
    }


def list_sets(connection: Connection, today: date, cursor: str | None, limit: int) -> dict[str, Any]:
    """One page of sets, newest written first. Raises CursorRefused."""
    before = read_cursor(cursor, int)
    values = {"before": before[0] if before else None, "rows": limit + 1}
    rows = SQL["list_rule_sets"].run(connection, values).mappings().all()
    page = rows[:limit]
    return {
        "items": [_item(dict(row), today) for row in page],
        "next": write_cursor(page[-1]["id"]) if len(rows) > limit else None,
    }


def _item(stored: Mapping[str, Any], today: date) -> dict[str, Any]:
    valid_from, valid_to = stored["valid_from"], stored["valid_to"]
    created_at: datetime = stored["created_at"]
    return {
        "id": stored["id"],
        "name": stored["name"],
        "source": stored["source"],
        "sample": stored["sample"],
        "digest": stored["digest"],
        "state": state_on(valid_from, valid_to, today),
        "version": stored["version"],
        "valid_from": valid_from.isoformat() if valid_from else None,
        "valid_to": valid_to.isoformat() if valid_to else None,
        "created_at": created_at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "rule_count": stored["rule_count"],
    }


def state_on(valid_from: date | None, valid_to: date | None, today: date) -> str:
    """What a set with these days is today; one without a first day is a draft."""
    if valid_from is None:
        return "draft"
    if today < valid_from:
        return "coming"
    return "in_force" if valid_to is None or today < valid_to else "past"
