"""How fronts stand: the examples of docs/coverage.md worked out by hand, past days, and who may know."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from tests import factories
from tests.conftest import StandingClock
from tests.factories import CORNER, JINSHA, JINXIN
from tests.server.patrol.standings import (
    SignIn,
    at_local,
    keep_standing,
    make_front,
    plan,
    put_plans,
    visit,
)
from tests.server.patrol.walks import Officer

# The clock stands on Tuesday 2026-09-01, 10:00 in the district.
TUESDAY = date(2026, 9, 1)
AUGUST = date(2026, 8, 1)


def day(back: int) -> date:
    return TUESDAY - timedelta(days=back)


def fronts(client: FlaskClient, headers: dict[str, str], **query: Any) -> dict[str, dict[str, Any]]:
    answer = client.get("/api/v1/coverage", query_string=query, headers=headers)
    assert answer.status_code == 200, answer.text
    return {item["zone"]["code"]: item for item in answer.get_json()["items"]}


# Plan, days back on which it was visited, and what follows on Tuesday: status, and local midnight it is overdue since.
EXAMPLES: list[tuple[str, dict[str, Any], list[Any], str, date | None]] = [
    ("looked at today", plan(), [0], "visited", None),
    ("looked at yesterday, not yet today", plan(), [1], "due", None),
    ("not looked at yesterday", plan(), [2], "late", day(0)),
    ("not looked at since Friday: Saturday was missed first", plan(), [4], "late", day(2)),
    (
        "once this week, twice wanted, and none the week before",
        plan(per="week", visits=2),
        [0, 20],
        "late",
        day(22),
    ),
    ("twice this week, on its two days", plan(per="week", visits=2), [0, 1], "visited", None),
    ("last week was met, this one is not over", plan(per="week"), [3], "due", None),
    ("a month was missed", plan(per="month"), [32], "late", TUESDAY),
    ("nobody was ever there", plan(), [], "never", AUGUST + timedelta(days=1)),
    ("only surely seen visits count", plan(), ["maybe 0", 1], "due", None),
    ("probable visits count where the plan says so", plan(probable=True), ["maybe 0"], "visited", None),
    ("half of it was seen, all of it wanted", plan(share_min=1.0), ["half 0", 1], "due", None),
    ("half of it was seen, half of it wanted", plan(share_min=0.5), ["half 0"], "visited", None),
    ("outside the hours", plan(hours=["1-7 19:00-22:00"]), [0, 1, 2], "late", AUGUST + timedelta(days=1)),
    ("within the hours", plan(hours=["2 09:30-22:00"]), [0], "visited", None),
    (
        "a service is no patrol where patrols are asked for",
        plan(visit_kinds=["patrol"]),
        ["service 0", 1],
        "due",
        None,
    ),
]


@pytest.mark.parametrize("kept", [False, True], ids=["worked out", "kept"])
def test_the_examples_of_the_manual_stand_as_written(
    client: FlaskClient, owner: Engine, sign_in: SignIn, officer: Officer, kept: bool
) -> None:
    manager = sign_in("zone_manager")
    plans = [{**terms, "code": f"P{n}", "codes": [f"F{n}"]} for n, (_, terms, *_) in enumerate(EXAMPLES)]
    zones = [make_front(owner, code=f"F{n}") for n in range(len(EXAMPLES))]
    if kept:
        keep_standing(owner, TUESDAY)
    put_plans(client, manager, AUGUST, *plans)
    for zone, (_, _, visits, *_) in zip(zones, EXAMPLES, strict=True):
        for one in visits:
            how, back = one.split() if isinstance(one, str) else ("surely", one)
            visit(
                owner,
                zone,
                officer.account_id,
                day(int(back)),
                certain=how != "maybe",
                cells="1111100000" if how == "half" else "1" * 10,
                kind="service" if how == "service" else "patrol",
            )
    told = fronts(client, manager, limit=100)
    now = at_local(TUESDAY)
    for n, (words, _, _, status, since) in enumerate(EXAMPLES):
        item = told[f"F{n}"]
        overdue = int((now - at_local(since, "00:00")).total_seconds()) if since else None
        assert (item["status"], item["overdue_s"], item["plan"]) == (status, overdue, f"P{n}"), words


def test_what_was_judged_by_a_plan_stays_judged_by_it(
    client: FlaskClient, owner: Engine, sign_in: SignIn, officer: Officer, clock: StandingClock
) -> None:
    manager = sign_in("zone_manager")
    zone = make_front(owner, code="F")
    put_plans(client, manager, AUGUST, plan(per="week"))
    visit(owner, zone, officer.account_id, day(8))
    before = {back: fronts(client, manager, to=day(back).isoformat())["F"] for back in range(1, 15)}
    assert {item["status"] for item in before.values()} == {"never", "visited", "due"}
    put_plans(client, manager, TUESDAY, plan(visits=3))
    assert fronts(client, manager)["F"]["status"] == "due"
    clock.advance(days=2)
    # Under the new terms the first whole period is Tuesday: it was missed, and its end is when it became overdue.
    now = fronts(client, manager)["F"]
    assert (now["status"], now["overdue_s"]) == ("late", 24 * 3600 + 10 * 3600)
    for back, item in before.items():
        assert fronts(client, manager, to=day(back).isoformat())["F"] == item
    refused = client.post("/api/v1/patrol-plans/drafts", json={"name": "x", "plans": []}, headers=manager)
    path = f"/api/v1/patrol-plans/drafts/{refused.get_json()['id']}/activate"
    late = client.post(path, json={"valid_from": day(-1).isoformat()}, headers=manager)
    assert (late.status_code, late.get_json()["reason"]) == (422, "judged")


def test_a_plan_that_is_repeated_and_a_zone_that_is_redrawn_go_on(
    client: FlaskClient, owner: Engine, sign_in: SignIn, officer: Officer
) -> None:
    manager = sign_in("zone_manager")
    keep_standing(owner, TUESDAY)
    zone = make_front(owner, code="F", valid_to=day(2))
    make_front(owner, code="S", kind="site", valid_to=day(2))
    put_plans(client, manager, AUGUST, plan(per="month"), plan("P2", zone_kind="site"))
    visit(owner, zone, officer.account_id, day(32))
    make_front(owner, code="F", version=2, valid_from=day(2))
    put_plans(client, manager, TUESDAY, plan(per="month"))
    told = fronts(client, manager)["F"]
    # The first version was visited in July, and August was missed under the first set: both go on.
    assert (told["status"], told["zone"]["version"], told["overdue_s"]) == ("late", 2, 10 * 3600)
    assert told["last_at"].startswith(day(32).isoformat())
    with owner.begin() as connection:
        connection.execute(
            text("UPDATE zone SET valid = daterange(lower(valid), :day) WHERE version = 2"), {"day": TUESDAY}
        )
    assert fronts(client, manager) == {}


def test_only_the_team_of_a_plan_counts_and_two_side_by_side_look_once(
    client: FlaskClient, owner: Engine, sign_in: SignIn, officer: Officer
) -> None:
    manager = sign_in("zone_manager")
    other = factories.make_account(owner, role="officer", organisation=JINSHA).id
    with owner.begin() as connection:
        connection.execute(
            text(
                "WITH made AS (INSERT INTO team (organisation_id, name, sample) "
                "SELECT o.id, '一队', true FROM organisation o WHERE o.code = :code RETURNING id) "
                "INSERT INTO team_member (team_id, account_id, valid) "
                "SELECT m.id, :account, '[2026-08-01,)' FROM made m"
            ),
            {"code": JINSHA, "account": officer.account_id},
        )
    ours, both = make_front(owner, code="F1"), make_front(owner, code="F2")
    put_plans(client, manager, AUGUST, plan("P1", codes=["F1"], team="一队"), plan("P2", visits=2))
    visit(owner, ours, other, TUESDAY, "09:00")
    for account, begins in ((officer.account_id, "09:00"), (other, "09:01")):
        visit(owner, both, account, TUESDAY, begins, seconds=120)
    told = fronts(client, manager)
    assert [told[code]["status"] for code in ("F1", "F2")] == ["late", "late"]
    (team,) = client.get("/api/v1/teams", headers=manager).get_json()["items"]
    gaps = client.get("/api/v1/coverage/gaps", query_string={"team": team["id"]}, headers=manager).get_json()
    assert [zone["zone"]["code"] for street in gaps["items"] for zone in street["zones"]] == ["F1"]
    visit(owner, ours, officer.account_id, TUESDAY, "09:30")
    visit(owner, both, other, TUESDAY, "09:30")
    told = fronts(client, manager)
    assert [told[code]["status"] for code in ("F1", "F2")] == ["visited", "visited"]
    teams = client.get("/api/v1/coverage/summary?by=team", headers=manager).get_json()["items"]
    assert [(one["team"], one["zones"]) for one in teams] == [
        ({"name": "一队", "body": JINSHA}, 1),
        (None, 1),
    ]
    assert set(fronts(client, manager, team=team["id"])) == {"F1"}
    asked = {"team": team["id"], "by": "street"}
    told = client.get("/api/v1/coverage/summary", query_string=asked, headers=manager).get_json()
    assert told["total"]["zones"] == 1


def test_a_township_hears_of_its_own_and_the_look_at_an_officer_is_theirs_to_read(
    client: FlaskClient, owner: Engine, sign_in: SignIn, officer: Officer
) -> None:
    here = make_front(owner, code="F1", street="新金路")
    make_front(owner, code="F2", street="新金路", township=JINXIN)
    visit(owner, here, officer.account_id, TUESDAY, cells="1110000000")
    assert set(fronts(client, sign_in("zone_manager"))) == {"F1", "F2"}
    for role in ("officer", "handler"):
        assert set(fronts(client, sign_in(role, organisation=JINXIN), area="新金路")) == {"F2"}
    manager = sign_in("zone_manager", organisation=JINSHA)
    whose = str(officer.account_id)
    seen = fronts(client, manager, officer=whose)
    assert [(item["seen_m"], item["visits"]) for item in seen.values()] == [(0.0, 1)]
    assert fronts(client, officer.headers, officer=whose) == seen
    looks = client.get("/api/v1/position-looks", headers=officer.headers).get_json()["items"]
    assert [(look["why"], look["role"]) for look in looks] == [("coverage_of_officer", "zone_manager")]
    for stranger in (sign_in("zone_manager", organisation=JINXIN), sign_in("handler", organisation=JINSHA)):
        answer = client.get("/api/v1/coverage", query_string={"officer": whose}, headers=stranger)
        assert (answer.status_code, answer.get_json()["code"]) == (404, "not_found")
    with owner.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM position_look")).scalar_one() == 1


def test_sums_and_gaps_and_files_say_what_the_list_says(
    client: FlaskClient, owner: Engine, sign_in: SignIn, officer: Officer
) -> None:
    manager = sign_in("zone_manager")
    lon, lat = CORNER
    first_zone = 0
    put_plans(client, manager, AUGUST, plan("P1", zone_kind="frontage"))
    for n, (street, back) in enumerate(
        [("甲街", 0), ("甲街", 3), ("乙街", 6), ("乙街", 1), ("丙街", None), (None, 3)]
    ):
        zone = make_front(owner, code=f"F{n}", street=street, at=(lon + n * 0.001, lat), name=f"=店{n}")
        first_zone = zone if n == 0 else first_zone
        if back is not None:
            visit(owner, zone, officer.account_id, day(back), cells="1111000000")
    make_front(owner, kind="site", code="S", street="甲街")
    items = fronts(client, manager)
    assert [items[f"F{n}"]["status"] for n in range(6)] == ["visited", "late", "late", "due", "never", "late"]

    sums = client.get("/api/v1/coverage/summary?by=street", headers=manager).get_json()
    by_street = {one["street"]: one for one in sums["items"]}
    first = by_street["甲街"]
    assert [first[name] for name in ("zones", "visited", "late", "never", "due")] == [3, 1, 1, 1, 0]
    # Of this week only today's ten metres, four of them seen; the site has no plan.
    assert [first[name] for name in ("length_m", "seen_m", "due_m", "due_seen_m")] == [30.0, 4.0, 20.0, 4.0]
    assert sums["total"]["zones"] == 7 and sums["total"]["never"] == 2
    days = client.get("/api/v1/coverage/summary?from=2026-08-26&to=2026-08-29", headers=manager).get_json()[
        "total"
    ]
    assert (days["seen_m"], days["visits"]) == (12.0, 3)
    box = f"{lon - 0.0005},{lat - 0.001},{lon + 0.0015},{lat + 0.001}"
    assert set(fronts(client, manager, area=box)) == {"F0", "F1", "S"}

    gaps: list[dict[str, Any]] = []
    query = "?limit=2"
    while query:
        page = client.get(f"/api/v1/coverage/gaps{query}", headers=manager).get_json()
        gaps, query = gaps + page["items"], f"?limit=2&cursor={page['next']}" if page["next"] else ""
    # Fronts nobody ever visited first: since the plan began, then without a plan; after them the oldest debt.
    assert [(one["street"], [item["zone"]["code"] for item in one["zones"]]) for one in gaps] == [
        ("丙街", ["F4"]),
        ("甲街", ["S", "F1"]),
        ("乙街", ["F2"]),
        (None, ["F5"]),
    ]
    rows = client.get("/api/v1/coverage.csv", headers=manager).get_data(as_text=True).splitlines()
    assert len(rows) == 8 and rows[1].split(",")[:4] == ["frontage", "F0", "1", "'=店0"]
    features = client.get("/api/v1/coverage.geojson?status=late", headers=manager).get_json()["features"]
    assert {one["properties"]["zone"]["code"] for one in features} == {"F1", "F2", "F5"}
    hours = client.get("/api/v1/coverage/hours?from=2026-08-25", headers=manager).get_json()["items"]
    assert {(one["weekday"], one["hour"], one["visits"]) for one in hours} == {
        (2, 10, 1),
        (6, 10, 2),
        (3, 10, 1),
        (1, 10, 1),
    }
    visit(owner, first_zone, officer.account_id, TUESDAY, "11:00", certain=False, cells="1111110000")
    sums = client.get("/api/v1/coverage/summary", headers=manager).get_json()
    assert [sums["total"][name] for name in ("due_seen_m", "due_certain_m")] == [10.0, 8.0]
