"""Sets of patrol plans: faults and ties, which plan holds, what is kept and what is worked out, the command line."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from server import schema
from server.cli import main
from server.jobs import conninfo
from server.patrol.coverage.plans.evaluation import Front, Plan, find_ties, plan_of
from server.patrol.coverage.standing import keep_day
from tests import factories
from tests.factories import CORNER, JINSHA, JINXIN
from tests.postgres import TestServer
from tests.server.patrol.standings import SignIn, keep_standing, make_front, plan, put_plans, visit

TUESDAY = date(2026, 9, 1)
AUGUST = date(2026, 8, 1)
DRAFTS = "/api/v1/patrol-plans/drafts"


def test_every_fault_of_a_set_is_named_and_nothing_is_kept(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    make_front(owner, code="F1", street="新金路")
    faulty = [
        plan("P1", township="320699999"),
        plan("P1", streets=["新金路", "无名路"]),
        plan("P3", codes=["F1", "F9"]),
        plan("P4", hours=["1-5 07:70-09:00"]),
        plan("P5", team="无此队"),
    ]
    answer = client.post(DRAFTS, json={"name": "x", "plans": faulty}, headers=sign_in("admin"))
    assert answer.status_code == 422 and answer.get_json()["code"] == "patrol_plans_refused"
    paths = [error["path"] for error in answer.get_json()["errors"]]
    assert paths == [
        "/plans",
        "/plans/0/township",
        "/plans/1/streets/1",
        "/plans/2/codes/1",
        "/plans/3/hours",
        "/plans/4/team",
    ]
    with owner.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM patrol_plan_set")).scalar_one() == 0


def test_two_plans_as_specific_as_each_other_for_one_place_are_a_tie(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    make_front(owner, code="F1", street="新金路")
    make_front(owner, code="F2", street="银河路")
    tied = [plan("P1", streets=["新金路", "银河路"], per="week"), plan("P2", streets=["银河路"])]
    answer = client.post(DRAFTS, json={"name": "x", "plans": tied}, headers=sign_in("admin"))
    assert [error["path"] for error in answer.get_json()["errors"]] == ["/plans/1"]
    assert "银河路" in answer.get_json()["errors"][0]["message"]
    apart = [
        plan("P1", streets=["新金路"]),
        plan("P2", streets=["银河路"]),
        plan("P3", township=JINSHA),
        plan("P4"),
    ]
    assert (
        client.post(DRAFTS, json={"name": "x", "plans": apart}, headers=sign_in("admin")).status_code == 201
    )


def test_a_tie_is_found_exactly_when_a_front_could_have_two_plans() -> None:
    kinds, streets = (None, "frontage", "site"), (None, frozenset("ab"), frozenset("bc"), frozenset("d"))
    townships, codes = (None, JINSHA, JINXIN), (None, frozenset("12"), frozenset("23"))
    every = [
        Plan("P", 1, "day", kind, township, street, code)
        for kind in kinds
        for township in townships
        for street in streets
        for code in codes
    ]
    places = [
        Front(kind, code, township, street)
        for kind in ("frontage", "site", "parking")
        for code in "123"
        for township in (JINSHA, JINXIN, None)
        for street in ("a", "b", "c", "d", None)
    ]
    draw = random.Random(6)
    for _ in range(600):
        one, other = draw.sample(every, 2)
        both = any(one.holds_for(front) and other.holds_for(front) for front in places)
        assert bool(find_ties([one, other], 1)) == (one.rank == other.rank and both), (one, other)


def random_set(draw: random.Random) -> list[dict[str, Any]]:
    """Plans of every rank without a tie: each rank once."""
    made = []
    for rank in sorted(draw.sample(range(16), 6)):
        terms: dict[str, Any] = {"zone_kind": draw.choice(["frontage", "parking"])} if rank & 1 else {}
        terms |= {"township": draw.choice([JINSHA, JINXIN])} if rank & 2 else {}
        terms |= {"streets": draw.sample(["甲街", "乙街", "丙街"], 2)} if rank & 4 else {}
        terms |= {"codes": draw.sample([f"F{n}" for n in range(12)], 6)} if rank & 8 else {}
        more = {
            "visits": draw.randint(1, 2),
            "per": draw.choice(["day", "week", "month"]),
            "probable": draw.random() < 0.5,
        }
        made.append({"code": f"P{rank}", **more, **terms})
    return made


def holds_somewhere(one: dict[str, Any], places: list[dict[str, Any]]) -> bool:
    """Whether a plan holds for any of these places: one that holds for none cannot come into force."""
    return any(
        one.get("zone_kind") in (None, place["kind"])
        and one.get("township") in (None, place["township"])
        and place["street"] in one.get("streets", [place["street"]])
        and place["code"] in one.get("codes", [place["code"]])
        for place in places
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_kept_is_what_is_worked_out_and_the_plan_is_the_one_evaluation_names(
    client: FlaskClient, owner: Engine, sign_in: SignIn, seed: int
) -> None:
    draw, manager = random.Random(seed), sign_in("zone_manager")
    officers = [factories.make_account(owner, role="officer", organisation=JINSHA).id for _ in range(2)]
    places: list[dict[str, Any]] = [
        {
            "code": f"F{n}",
            "kind": draw.choice(["frontage", "parking", "site"]),
            "township": draw.choice([JINSHA, JINXIN]),
            "street": draw.choice(["甲街", "乙街", "丙街", None]),
        }
        for n in range(12)
    ]
    zones = [
        make_front(owner, at=(CORNER[0] + n * 0.001, CORNER[1]), **place)
        for n, place in enumerate(places[:9])
    ]
    keep_standing(owner, AUGUST)
    sets = [random_set(draw), random_set(draw)]
    put_plans(
        client, manager, AUGUST, *[one for one in sets[0] if "streets" not in one and "codes" not in one]
    )
    for n in range(40):
        if n == 10:
            zones += [
                make_front(owner, at=(CORNER[0] + m * 0.001, CORNER[1]), **places[m]) for m in range(9, 12)
            ]
        if n == 25:
            keep_standing(owner, TUESDAY)
            put_plans(client, manager, TUESDAY, *[one for one in sets[1] if holds_somewhere(one, places)])
        day = TUESDAY if n % 4 == 3 else AUGUST + timedelta(days=draw.randint(0, 31))
        clock = f"{draw.randint(0, 23):02}:{n:02}"
        visit(owner, draw.choice(zones), draw.choice(officers), day, clock, certain=draw.random() < 0.5)
    with owner.connect() as connection:
        kept = connection.execute(text("SELECT * FROM front_standing ORDER BY zone_id")).all()
        anew = connection.execute(
            text("SELECT * FROM front_standing_rows(:day) ORDER BY zone_id"), {"day": TUESDAY}
        ).all()
        counted = connection.execute(text("SELECT * FROM plan_met ORDER BY 1, 2, 3, 4")).all()
        named: dict[str, str | None] = dict(
            connection.execute(
                text(
                    "SELECT s.code, p.code FROM front_standing s LEFT JOIN patrol_plan p ON p.id = s.plan_id"
                )
            ).all()
        )
    assert kept == anew and len(kept) == 12 and any(row.visited_until for row in kept)
    plans = [
        Plan(
            one["code"],
            one["visits"],
            one["per"],
            one.get("zone_kind"),
            one.get("township"),
            frozenset(one["streets"]) if "streets" in one else None,
            frozenset(one["codes"]) if "codes" in one else None,
        )
        for one in sets[1]
    ]
    for place in places:
        held = plan_of(plans, Front(place["kind"], place["code"], place["township"], place["street"]))
        assert named[place["code"]] == (held.code if held else None), place
    # Counted from nothing, it is the same.
    with owner.begin() as connection:
        connection.execute(text("DELETE FROM plan_run"))
        connection.execute(text("SELECT plan_runs_v1(NULL, NULL)"))
    with owner.connect() as connection:
        assert connection.execute(text("SELECT * FROM plan_met ORDER BY 1, 2, 3, 4")).all() == counted
    assert counted


def test_a_set_comes_from_a_file_and_a_dry_run_writes_nothing(
    owner: Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRONTAGE_DATABASE_URL", database_url)
    monkeypatch.setenv("FRONTAGE_VAR", str(tmp_path))
    make_front(owner, code="F1", street="新金路")
    file = tmp_path / "plans.json"
    file.write_text(json.dumps({"name": "九月", "plans": [plan("P1", streets=["新金路"])]}), encoding="utf-8")
    tried = CliRunner().invoke(main, ["plans", "import", str(file), "--dry-run"])
    assert tried.exit_code == 0 and "P1" in tried.output, tried.output
    with owner.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM patrol_plan_set")).scalar_one() == 0
    done = CliRunner().invoke(main, ["plans", "import", str(file), "--from", "2026-08-01"])
    assert done.exit_code == 0, done.output
    with owner.connect() as connection:
        assert connection.execute(text("SELECT code, first_due FROM plan_run")).all() == [("F1", AUGUST)]
    file.write_text(
        '{"name": "九月", "plans": [{"code": "P1", "visits": 0, "per": "year"}]}', encoding="utf-8"
    )
    refused = CliRunner().invoke(main, ["plans", "import", str(file)])
    assert refused.exit_code == 1 and "/plans/0/visits" in refused.output and "/plans/0/per" in refused.output


def test_the_worker_keeps_the_day_once_and_a_new_day_changes_what_the_clock_changes(
    client: FlaskClient, owner: Engine, sign_in: SignIn, postgres: TestServer, database_url: str
) -> None:
    manager, worker = (
        sign_in("zone_manager"),
        conninfo(schema.role_url(database_url, "frontage_worker", postgres.app_password)),
    )
    officer = factories.make_account(owner, role="officer", organisation=JINSHA).id
    zone = make_front(owner, code="F1")
    make_front(owner, code="F2", valid_from=TUESDAY + timedelta(days=1))
    put_plans(client, manager, AUGUST, plan())
    visit(owner, zone, officer, TUESDAY)
    assert [keep_day(worker, TUESDAY), keep_day(worker, TUESDAY)] == [True, False]
    kept = "SELECT code, visited_until, overdue_from FROM front_standing ORDER BY code"
    with owner.connect() as connection:
        assert connection.execute(text(kept)).all() == [("F1", date(2026, 9, 2), date(2026, 9, 3))]
    assert keep_day(worker, TUESDAY + timedelta(days=1))
    with owner.connect() as connection:
        assert [row.code for row in connection.execute(text(kept))] == ["F1", "F2"]
