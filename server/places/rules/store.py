"""Keeping rule sets: check and keep a draft, bring it into force on a day, read them.

Runs with the rights of the connection given: row-level security lets only the district in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection

from server import sqltext
from server.dated import DatedSets
from server.places.rules.checking import References, check
from server.places.rules.evaluation import KIND_ORDER, Rule, RuleSet, Specificity, rules_from_json
from server.places.rules.wire import RoutingRuleIn, RoutingRulesIn
from server.problems.places import RoutingDayRefused, RoutingRulesInForce

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
SETS = DatedSets(
    insert=SQL["insert_rule_set"],
    one=SQL["fetch_rule_set"],
    page=SQL["list_rule_sets"],
    activation=SQL["activate_rule_set"],
    withdrawal=SQL["withdraw_rule_set"],
    in_force=RoutingRulesInForce,
    day_refused=RoutingDayRefused,
    own=lambda stored: {"rule_count": stored["rule_count"]},
)
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
    content = [_stored(rule, note) for rule, note in zip(rules, notes, strict=True)]
    return SETS.keep(connection, content, at=at, name=given.name, source=given.source, sample=given.sample)


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
    stored = SETS.fetch(connection, set_id)
    if stored["version"] is None:
        again = [RoutingRuleIn.model_validate(row) for row in orjson.loads(stored["rules"])]
        check(again, references(connection, again, today), on=today, rules_max=rules_max)
    SETS.activate(connection, stored, valid_from, at=at, today=today)


def rule_set_of(stored: Mapping[str, Any]) -> RuleSet:
    """A stored set, ready to decide."""
    return RuleSet(
        stored["id"], stored["name"], stored["version"], rules_from_json(orjson.loads(stored["rules"]))
    )


def told(stored: Mapping[str, Any], today: date) -> dict[str, Any]:
    """A set with its rules, as it is answered."""
    rules = [{name: row.get(name) for name in _MEMBERS} for row in orjson.loads(stored["rules"])]
    return {
        **SETS.item(stored, today),
        "specificity": list(Specificity._fields),
        "zone_kinds": list(KIND_ORDER),
        "rules": [{**rule, "hours": rule["hours"] or []} for rule in rules],
    }
