"""Rules and real reports: what a dry run says of the past is what then happens, and the dry run writes nothing."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, event, text

from tests import factories
from tests.factories import DISTRICT, JINSHA, JINXIN, NOW, SHIGANG, report_json
from tests.server.reports.street import NORTH, SOUTH, TABLES, Officer, make_street, row_counts, rows, spot

API = "/api/v1/routing-rules"
TODAY = date(2026, 9, 1)  # a Tuesday; NOW is 10:00 local time
EAST_OF_ALL = spot(9000, 0)
IN_JINXIN = spot(3000, 0)
ON_THE_BORDER = spot(1500, 300)
IN_BAY = spot(200, -200)


@pytest.fixture
def street(owner: Engine) -> Engine:
    """The street of the intake tests, with a large bay beside it and a tree of categories."""
    make_street(owner)
    factories.make_zone(owner, kind="parking", code="P-1", at=IN_BAY, width_m=60, depth_m=60)
    factories.make_category(owner, code="street_order", none_weights={"frontage": 0.05, "parking": 0.05})
    factories.make_category(owner, code="litter", none_weights={"parking": 0.05})
    for code in ("bikes", "stall"):
        factories.make_category(
            owner, code=code, parent="street_order", none_weights={"frontage": 0.05, "parking": 0.05}
        )
    return owner


@pytest.fixture
def officer(client, street, sign_in) -> Officer:
    return Officer(client, sign_in("officer"))


@pytest.fixture
def dispatcher(client, street, sign_in) -> dict[str, str]:
    return sign_in("dispatcher", organisation=DISTRICT)


@pytest.fixture
def draft(client, dispatcher) -> Callable[..., int]:
    def post(*rules: dict[str, Any]) -> int:
        answer = client.post(f"{API}/drafts", json={"name": "test", "rules": list(rules)}, headers=dispatcher)
        assert answer.status_code == 201, answer.text
        return int(answer.json["id"])

    return post


@pytest.fixture
def replay(client, dispatcher) -> Callable[..., Any]:
    def ask(set_id: int, **query: Any) -> Any:
        answer = client.get(f"{API}/drafts/{set_id}/replay", query_string=query, headers=dispatcher)
        assert answer.status_code == 200, answer.text
        return answer.json

    return ask


@pytest.fixture
def activate(client, dispatcher) -> Callable[..., None]:
    def post(set_id: int, day: date) -> None:
        body = {"valid_from": day.isoformat()}
        answer = client.post(f"{API}/drafts/{set_id}/activate", json=body, headers=dispatcher)
        assert answer.status_code == 200, answer.text

    return post


def rule(code: str, body: str, **others: Any) -> dict[str, Any]:
    return {"code": code, "body": body, **others}


def routing_of(owner: Engine, report_id: Any) -> Any:
    (row,) = rows(owner, "SELECT routing FROM zone_match WHERE report_id = :id", id=str(report_id))
    return row["routing"]


# What is sent in the tests below: place, category, and how long before it arrives it was captured.
SENT = [
    (spot(-10, -3), "bikes", timedelta()),
    (spot(-10, 8), "stall", timedelta(hours=1)),
    (IN_BAY, "litter", timedelta()),
    (IN_BAY, "bikes", timedelta(hours=15)),
    (IN_JINXIN, "goods_on_pavement", timedelta(days=1)),
    (IN_JINXIN, "bikes", timedelta(days=3)),
    (ON_THE_BORDER, "bikes", timedelta()),
    (EAST_OF_ALL, "stall", timedelta()),
    (spot(-10, -3), "no such category", timedelta(days=2)),
    (spot(-10, -3), "street_order", timedelta(days=80)),
]
RULES = [
    rule("bays", DISTRICT, zone_kind="parking"),
    rule("order", SHIGANG, category="street_order"),
    rule("bikes in Jinxin", JINSHA, category="bikes", township=JINXIN),
    rule("stalls north", JINXIN, category="stall", zone_kind="frontage", zone=NORTH),
    rule("evening", DISTRICT, category="bikes", hours=["18:00-08:00"]),
]


def send_all(officer: Officer, now: datetime) -> list[Any]:
    """Send what is in SENT and give back the ids, in that order."""
    ids = []
    for at, category, before in SENT:
        report_id = uuid4()
        captured_at = now - before
        report = report_json(at=at, category=category, captured_at=captured_at, accuracy_m=3.0)
        assert officer.send(report, report_id=report_id).status_code == 201
        ids.append(report_id)
    return ids


def test_the_dry_run_is_what_then_happens(officer, street, clock, draft, replay, activate):
    before = send_all(officer, clock.now)
    tried = draft(*RULES)
    said = {item["report"]: item for item in replay(tried, everything=True)["items"]}
    assert set(said) == {str(report_id) for report_id in before}

    # Whole weeks on, so that hours and weekdays are the same, and the oldest capture is under the rules too.
    activate(tried, TODAY)
    clock.advance(days=98)
    after = send_all(officer, clock.now)
    going = [routing_of(street, report_id) for report_id in after]
    told = [said[str(report_id)] for report_id in before]
    assert [(one["body"], one["reason"]) for one in going] == [
        (one["body_then"]["code"], one["reason"]) for one in told
    ]
    won = [next((step["won"] for step in one["trace"] if step["step"] == "rules"), None) for one in going]
    assert won == [one["rule"] for one in told]
    # And it is a test of something: rules won, the default won, reports moved and stayed.
    assert {"bays", "order", "bikes in Jinxin", "stalls north"} <= set(won) and None in won
    assert {one["moves"] for one in told} == {True, False}


def test_a_dry_run_counts_what_moves_and_draws_it(officer, street, clock, draft, replay):
    send_all(officer, clock.now)
    found = replay(draft(*RULES))
    assert (found["reports"], found["left_out"], found["moved"]) == (len(SENT), 0, len(found["items"]))
    assert found["moved"] > 0
    for item in found["items"]:
        assert item["body_now"]["code"] != item["body_then"]["code"] and item["case"].startswith("TZ-")
    drawn = {feature["id"]: feature for feature in found["map"]["features"]}
    assert set(drawn) == {item["report"] for item in found["items"]}
    lon, lat = drawn[found["items"][0]["report"]]["geometry"]["coordinates"]
    assert 121 < lon < 121.2 and 32 < lat < 32.2
    for key in ("now", "then"):
        assert sum(total[key] for total in found["totals"]) == len(SENT)
    assert sum(total["gained"] for total in found["totals"]) == found["moved"]
    for total in found["totals"]:
        assert total["then"] == total["now"] + total["gained"] - total["lost"]
    assert sum(use["reports"] for use in found["rules"]) == len(SENT)


def test_the_pages_of_a_dry_run_put_together_are_the_whole_list(officer, clock, draft, replay):
    send_all(officer, clock.now)
    tried = draft(*RULES)
    whole = replay(tried, everything=True)
    items, cursor = [], None
    for _ in range(len(SENT)):
        page = replay(tried, everything=True, limit=2, **({"cursor": cursor} if cursor else {}))
        assert page["totals"] == whole["totals"]
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    assert items == whole["items"] and cursor is None


def test_a_dry_run_writes_nothing(officer, street, clock, draft, replay):
    send_all(officer, clock.now)
    tried = draft(*RULES)
    before = row_counts(street), rows(street, "SELECT * FROM zone_match ORDER BY id")
    assert replay(tried)["moved"] > 0
    assert (row_counts(street), rows(street, "SELECT * FROM zone_match ORDER BY id")) == before
    assert len(TABLES) > 5


def test_only_reports_received_in_the_days_asked_for_are_looked_at(
    officer, clock, draft, replay, client, dispatcher
):
    send_all(officer, clock.now)
    clock.advance(days=3)
    officer.receipt(report_json(at=spot(-10, -3), category="bikes", captured_at=clock.now))
    tried = draft(*RULES)
    assert replay(tried, days=2)["reports"] == 1
    assert replay(tried, days=4)["reports"] == len(SENT) + 1
    refused = client.get(f"{API}/drafts/{tried}/replay?days=93", headers=dispatcher)
    assert (refused.status_code, refused.json["errors"][0]["path"]) == (422, "/days")


# --- Intake with rules ----------------------------------------------------------------------------------------


def test_a_rule_gives_the_case_to_the_body_it_names_and_the_trace_is_kept(
    officer, street, clock, draft, activate, client, sign_in
):
    activate(draft(rule("stalls", SHIGANG, category="street_order")), TODAY)
    report_id = uuid4()
    report = report_json(at=spot(-10, -3), category="stall")
    receipt = officer.receipt(report, report_id=report_id)
    assert receipt["routing"]["code"] == "rule_names_body"
    named = receipt["routing"]["params"]
    assert (named["rule"], named["rules"]) == ("stalls", "test@1")
    assert "派向规则 stalls（test@1）" in receipt["routing"]["text"]
    assert receipt["township"]["code"] == JINSHA
    kept = routing_of(street, report_id)
    assert (kept["body"], kept["rules"]) == (SHIGANG, "test@1")
    decision = kept["trace"][1]
    assert (decision["won"], decision["because"]) == ("stalls", "only_one")
    assert decision["category_path"] == ["street_order", "stall"]
    case = client.get(
        f"/api/v1/cases/{receipt['case']['number']}", headers=sign_in("handler", organisation=SHIGANG)
    )
    assert case.status_code == 200
    inbox = client.get("/api/v1/inbox", headers=sign_in("handler", organisation=SHIGANG)).json["items"]
    assert [one["reason"]["code"] for one in inbox] == ["rule_names_body"]
    # Sent again, it is answered as before.
    assert officer.send(report, report_id=report_id).json == receipt


def test_the_set_in_force_on_the_day_of_capture_decides(officer, street, clock, draft, activate):
    activate(draft(rule("old", SHIGANG)), TODAY)
    activate(draft(rule("new", JINXIN)), TODAY + timedelta(days=5))
    clock.advance(days=6)

    def body(captured_at: datetime) -> str:
        report_id = uuid4()
        officer.receipt(report_json(at=spot(-10, -3), captured_at=captured_at), report_id=report_id)
        return str(routing_of(street, report_id)["body"])

    assert body(NOW - timedelta(days=1)) == JINSHA  # before any set
    assert body(NOW) == SHIGANG
    assert body(clock.now) == JINXIN
    assert body(NOW + timedelta(hours=1)) == SHIGANG  # known to the process from before


def test_hours_count_on_the_clock_of_the_district_at_the_time_of_capture(
    officer, street, clock, draft, activate
):
    activate(draft(rule("morning", SHIGANG, hours=["2 09:00-10:01"])), TODAY)
    clock.advance(hours=6)
    bodies = []
    for captured_at in (NOW, NOW + timedelta(minutes=1)):
        report_id = uuid4()
        officer.receipt(report_json(at=spot(-10, -3), captured_at=captured_at), report_id=report_id)
        bodies.append(routing_of(street, report_id)["body"])
    assert bodies == [SHIGANG, JINSHA]


def test_a_past_day_on_which_reports_were_judged_cannot_get_other_rules(
    officer, street, clock, draft, client, dispatcher
):
    officer.receipt(report_json(at=spot(-10, -3)))
    clock.advance(days=2)
    made = draft(rule("late", SHIGANG))
    answers = [
        client.post(f"{API}/drafts/{made}/activate", json={"valid_from": day}, headers=dispatcher)
        for day in ("2026-09-01", "2026-08-01", "2026-09-02")
    ]
    assert [answer.status_code for answer in answers] == [422, 422, 200]
    assert answers[0].json["reason"] == "depended_on"


def test_rules_travel_to_a_process_once_and_no_further_round_trip_is_made(
    app, officer, street, clock, draft, activate
):
    activate(draft(rule("all", SHIGANG)), TODAY)
    sent: list[str] = []
    engine = app.extensions["frontage"].db.engine

    def told(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    officer.receipt(report_json(at=spot(-10, -3)))
    event.listen(engine, "before_cursor_execute", told)
    officer.receipt(report_json(at=spot(-10, -3)))
    event.remove(engine, "before_cursor_execute", told)
    assert sum("fetch_context" in one for one in sent) == 1
    assert sum("insert_report" in one for one in sent) == 1
    assert len(sent) == 3  # who asks, what is known, what is written
    book = app.extensions["frontage"].intake.rulebook
    assert [one.name for one in book.held().values()] == ["test"]
    with street.connect() as connection:
        connection.execute(text("SELECT set_config('frontage.account_id', gen_random_uuid()::text, true)"))
        question = text("SELECT routing_rules_on_v1(:on, 'stall', CAST(:held AS bigint[]))")
        (known,) = connection.execute(question, {"on": TODAY, "held": [*book.held()]}).scalars()
        (unknown,) = connection.execute(question, {"on": TODAY, "held": []}).scalars()
    assert known["rules"] is None and known["category_path"] == ["street_order", "stall"]
    assert [one["code"] for one in unknown["rules"]] == ["all"]


# --- Any rules, any report ------------------------------------------------------------------------------------

BODIES = ("township", DISTRICT, JINSHA, JINXIN, SHIGANG)
SHAPES: list[dict[str, Any]] = [
    {},
    {"category": "street_order"},
    {"category": "bikes"},
    {"zone_kind": "frontage"},
    {"zone_kind": "parking"},
    {"zone_kind": "frontage", "zone": SOUTH},
    {"township": JINSHA},
    {"category": "stall", "township": JINSHA},
    {"hours": ["2 08:00-12:00"]},
    {"hours": ["18:00-08:00", "6,7 00:00-24:00"]},
    {"category": "bikes", "hours": ["1-5 00:00-09:30"]},
]


@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_rules_the_dry_run_is_what_then_happens(
    officer, street, clock, draft, replay, activate, seed
):
    rng = random.Random(seed)
    chosen = [(shape, rng.choice(BODIES)) for shape in rng.sample(range(len(SHAPES)), 7)]
    start = clock.now
    before = send_all(officer, start)
    tried = draft(*(rule(f"R{shape}", body, **SHAPES[shape]) for shape, body in chosen))
    said = {item["report"]: item for item in replay(tried, days=1, everything=True)["items"]}
    # What is whole weeks on falls on the same hours of the same weekdays, and here after the day the rules begin.
    activate(tried, TODAY)
    clock.advance(days=98)
    after = send_all(officer, clock.now)
    happened = [routing_of(street, report_id)["body"] for report_id in after]
    assert happened == [said[str(report_id)]["body_then"]["code"] for report_id in before]
