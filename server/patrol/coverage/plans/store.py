"""Keeping sets of plans: check and keep a draft, try it, bring it into force on a day, read them.

Runs with the rights of the connection given: row-level security lets only managers of the
district write.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection

from server import sqltext
from server.dated import DatedSets
from server.patrol.coverage.plans.checking import References, check, check_reach
from server.patrol.coverage.plans.evaluation import Front, Plan, plan_of
from server.patrol.coverage.plans.wire import PatrolPlanIn, PatrolPlanOut, PatrolPlansIn
from server.problems.coverage import PatrolPlanDayRefused, PatrolPlansInForce

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
SETS = DatedSets(
    insert=SQL["insert_plan_set"],
    one=SQL["fetch_plan_set"],
    page=SQL["list_plan_sets"],
    activation=SQL["activate_plan_set"],
    withdrawal=SQL["withdraw_plan_set"],
    in_force=PatrolPlansInForce,
    day_refused=PatrolPlanDayRefused,
    own=lambda stored: {"plan_count": stored["plan_count"]},
)
_TOLD = tuple(PatrolPlanOut.model_fields)
_GIVEN = tuple(PatrolPlanIn.model_fields)
# What a plan asks of whom, where; the rest is how it is called and why.
_NO_TERMS = ("code", "note", "terms", "hours")


def references(connection: Connection, given: Sequence[PatrolPlanIn]) -> References:
    """What these plans may name."""
    values = {
        "streets": [name for plan in given for name in plan.streets or ()],
        "codes": [code for plan in given for code in plan.codes or ()],
        "teams": [plan.team for plan in given if plan.team is not None],
    }
    return References.from_json(
        orjson.loads(SQL["fetch_plan_references"].run(connection, values).scalar_one())
    )


def keep_draft(
    connection: Connection, given: PatrolPlansIn, *, at: datetime, time_zone: str, plans_max: int
) -> int:
    """Check a set and keep it as a draft; returns its id.

    Args:
        at: now. time_zone: of the district; hours of the plans are on its clocks.
    Raises:
        PlansRefused: with every fault; nothing is kept.
    """
    plans = check(given.plans, references(connection, given.plans), plans_max=plans_max)
    notes = [plan.note for plan in given.plans]
    return SETS.keep(
        connection,
        [_stored(plan, note) for plan, note in zip(plans, notes, strict=True)],
        at=at,
        name=given.name,
        source=given.source,
        sample=given.sample,
        time_zone=time_zone,
    )


def _stored(plan: Plan, note: str | None) -> dict[str, Any]:
    given = {name: getattr(plan, name, None) for name in (*_TOLD, "team_id")}
    given["note"] = note
    for names in ("streets", "codes"):
        given[names] = sorted(given[names] or ()) or None
    if plan.minutes is not None:
        given["minutes"] = "{" + ",".join(f"[{start},{stop})" for start, stop in plan.minutes) + "}"
    stored = {name: value for name, value in given.items() if value is not None}
    terms = {name: value for name, value in stored.items() if name not in _NO_TERMS}
    stored["terms"] = sha256(orjson.dumps(terms, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return stored


def activate(
    connection: Connection, set_id: int, valid_from: date, *, at: datetime, today: date, plans_max: int
) -> None:
    """Bring a draft into force; repeating it changes nothing.

    Raises:
        NotFound. PlansRefused: it names something that is no longer there, or a plan of it holds for no front of that
        day. PatrolPlansInForce: from another day.
        PatrolPlanDayRefused: not after the set in force began, or past and days since were judged by another set.
    """
    stored = SETS.fetch(connection, set_id)
    if stored["version"] is None:
        again = [_as_given(row) for row in orjson.loads(stored["plans"])]
        check(again, references(connection, again), plans_max=plans_max)
        check_reach(_plans(orjson.loads(stored["plans"])), _fronts(connection, valid_from))
    SETS.activate(connection, stored, valid_from, at=at, today=today)


def _as_given(row: Mapping[str, Any]) -> PatrolPlanIn:
    return PatrolPlanIn.model_validate({name: row[name] for name in _GIVEN if name in row})


def told(stored: Mapping[str, Any], today: date) -> dict[str, Any]:
    """A set with its plans, as it is answered."""
    plans = [{name: row.get(name) for name in _TOLD} for row in orjson.loads(stored["plans"])]
    return {**SETS.item(stored, today), "plans": plans}


def trial(connection: Connection, set_id: int, day: date) -> dict[str, Any]:
    """What a set would do on a day: the fronts of each of its plans, and how many change hands. Raises NotFound."""
    tried = _plans(orjson.loads(SETS.fetch(connection, set_id)["plans"]))
    in_force = SQL["fetch_plans_on"].run(connection, {"on": day.isoformat()}).scalar_one_or_none()
    before = _plans(orjson.loads(in_force or "[]"))
    reach: dict[str | None, list[float]] = {plan.code: [0, 0.0] for plan in tried} | {None: [0, 0.0]}
    changed = fronts = 0
    for front, length_m in _fronts(connection, day):
        now, then = plan_of(before, front), plan_of(tried, front)
        fronts, changed = fronts + 1, changed + (now != then)
        one = reach[then.code if then else None]
        one[0], one[1] = one[0] + 1, one[1] + length_m
    return {
        "plan_set": set_id,
        "day": day.isoformat(),
        "fronts": fronts,
        "changed": changed,
        "plans": [
            {"plan": code, "fronts": int(count), "length_m": round(length_m, 1)}
            for code, (count, length_m) in reach.items()
        ],
    }


def _fronts(connection: Connection, day: date) -> list[tuple[Front, float]]:
    """Every front of a day, with its metres."""
    rows = SQL["fetch_planned_fronts"].run(connection, {"on": day.isoformat()})
    return [(Front(row.kind, row.code, row.township_code, row.street), row.length_m) for row in rows]


def _plans(rows: Iterable[Mapping[str, Any]]) -> list[Plan]:
    """Stored plans, as far as a trial looks at them."""
    return [
        Plan(
            code=row["code"],
            visits=row["visits"],
            per=row["per"],
            zone_kind=row.get("zone_kind"),
            township=row.get("township"),
            streets=frozenset(row["streets"]) if "streets" in row else None,
            codes=frozenset(row["codes"]) if "codes" in row else None,
            hours=tuple(row["hours"]) if "hours" in row else None,
            team_id=row.get("team_id"),
            visit_kinds=tuple(row["visit_kinds"]),
            probable=row["probable"],
            share_min=row["share_min"],
        )
        for row in rows
    ]
