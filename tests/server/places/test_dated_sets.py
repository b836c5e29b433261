"""Sets that come into force on a day: taken back before it, lists of categories among them; who looked at whom."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, timedelta
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from sqlalchemy import Engine, text

from tests import factories
from tests.conftest import StandingClock
from tests.factories import DISTRICT, JINSHA, NOW
from tests.server.cases.times import ROW, set_hours, table
from tests.server.complaints.calls import complaint_json
from tests.server.patrol.standings import make_front, plan, visit
from tests.server.places.dated_calls import categories
from tests.server.world import SignIn, send_report

API = "/api/v1"
TODAY = NOW.date()
LATER, LATER_STILL = (TODAY + timedelta(days=days) for days in (10, 20))


def rules(*codes: str) -> dict[str, Any]:
    return {"name": " ".join(codes), "rules": [{"code": code, "body": DISTRICT} for code in codes]}


def test_a_set_is_taken_back_before_its_first_day_and_the_one_before_goes_on(
    client: FlaskClient, sign_in: SignIn, owner: Engine
) -> None:
    headers = sign_in("admin", organisation=DISTRICT)
    make_front(owner, code="F1", street="新金路")
    set_hours(owner)
    factories.make_category(owner, code="goods_on_pavement")
    kinds: dict[str, list[dict[str, Any]]] = {
        "/routing-rules": [rules("R1"), rules("R2"), rules("R3")],
        "/deadlines": [table({**ROW, "handle": f"{hours} work_hour"}) for hours in (4, 5, 6)],
        "/patrol-plans": [{"name": code, "plans": [plan(code, zone_kind="frontage")]} for code in "ABC"],
        "/categories": [categories("A1", list_version=version) for version in "345"],
    }
    for path, sets in kinds.items():
        kept = f"{path}/sets" if path == "/categories" else path
        first, second, third = (
            client.post(f"{API}{path}/drafts", json=body, headers=headers).get_json()["id"] for body in sets
        )

        def post(of: int, path: str = path, **body: Any) -> Any:
            return client.post(f"{API}{path}/{of}", json=body, headers=headers)

        def activate(of: int, day: date, path: str = path) -> Any:
            address = f"{API}{path}/drafts/{of}/activate"
            return client.post(address, json={"valid_from": day.isoformat()}, headers=headers)

        def withdraw(of: int, kept: str = kept) -> Any:
            return client.post(f"{API}{kept}/{of}/withdraw", headers=headers)

        assert activate(first, TODAY).status_code == 200, path
        assert withdraw(first).get_json()["reason"] == "begun"
        assert withdraw(second).get_json()["reason"] == "draft"
        assert activate(second, LATER).get_json()["state"] == "coming"
        # What follows it would have to begin anew: the last one goes first.
        assert activate(third, LATER_STILL).status_code == 200
        assert withdraw(second).get_json()["reason"] == "followed"
        for of in (third, second):
            gone = withdraw(of).get_json()
            assert (gone["state"], gone["valid_from"], gone["activated_by"]) == (
                "withdrawn",
                None,
                gone["created_by"],
            )
            assert gone["withdrawn"]["valid_from"] == (LATER if of == second else LATER_STILL).isoformat()
        assert withdraw(second).status_code == 200, "twice is once"
        assert activate(second, LATER).get_json()["reason"] == "withdrawn"
        goes_on = client.get(f"{API}{kept}/{first}", headers=headers).get_json()
        assert (goes_on["state"], goes_on["valid_to"]) == ("in_force", None), path
        again = client.post(f"{API}{path}/drafts", json=sets[1], headers=headers).get_json()["id"]
        assert activate(again, LATER).get_json()["version"] == 4
    with owner.connect() as connection:
        plans = connection.execute(text("SELECT since, until FROM plan_run ORDER BY since")).all()
        assert plans == [(TODAY, LATER), (LATER, None)]
        listed = connection.execute(
            text("SELECT code, valid::text FROM category WHERE list_id = 'own' ORDER BY valid")
        )
        assert [row.valid for row in listed] == [f"[{TODAY},{LATER})", f"[{LATER},)"]


def test_of_two_who_activate_at_once_one_is_told_that_the_other_was_first(
    app: OpenAPI, client: FlaskClient, sign_in: SignIn
) -> None:
    headers = sign_in("admin", organisation=DISTRICT)
    drafts = [
        client.post(f"{API}/routing-rules/drafts", json=rules(code), headers=headers).get_json()["id"]
        for code in ("R1", "R2")
    ]

    def activate(of: int) -> Any:
        address = f"{API}/routing-rules/drafts/{of}/activate"
        return app.test_client().post(address, json={"valid_from": LATER.isoformat()}, headers=headers)

    with ThreadPoolExecutor(2) as both:
        answers = sorted(both.map(activate, drafts), key=lambda answer: answer.status_code)
    assert [answer.status_code for answer in answers] == [200, 422]
    assert answers[1].get_json()["reason"] == "early"


def test_a_list_of_categories_is_tried_then_holds_for_what_is_seen_from_its_first_day_on(
    client: FlaskClient, sign_in: SignIn, owner: Engine, clock: StandingClock
) -> None:
    headers = sign_in("zone_manager", organisation=DISTRICT)
    factories.make_organisations(owner)
    factories.make_zone(owner, kind="township", township=JINSHA, width_m=3000, depth_m=3000)
    for code in ("goods_on_pavement", "old"):
        factories.make_category(owner, code=code)
    officer = sign_in("officer", organisation=JINSHA)

    photo = factories.photo_bytes()
    report = factories.report_json(category="old", photos=[photo])
    told = send_report(client, officer, uuid4(), report, photo).get_json()
    director = sign_in("dispatcher", organisation=DISTRICT)
    rule = {"name": "test", "rules": [{"code": "R7", "category": "old", "body": DISTRICT}]}
    made = client.post(f"{API}/routing-rules/drafts", json=rule, headers=director).get_json()["id"]
    client.post(
        f"{API}/routing-rules/drafts/{made}/activate",
        json={"valid_from": TODAY.isoformat()},
        headers=director,
    )

    def draft(*rows: dict[str, Any]) -> Any:
        body = {**categories(), "categories": list(rows)}
        return client.post(f"{API}/categories/drafts", json=body, headers=headers)

    row = {"code": "A1", "name": "市容", "name_en": "Order"}
    faulty = [("A1", "A2"), ("A2", "A1"), ("A3", "A9"), ("A3", None)]
    refused = draft(*({**row, "code": code, "parent": parent} for code, parent in faulty))
    assert [fault["path"] for fault in refused.get_json()["errors"]] == [
        "/categories/0/parent",
        "/categories/1/parent",
        "/categories/2/parent",
        "/categories/3/code",
    ]
    goods = {"code": "goods_on_pavement", "name": "占道经营", "name_en": "Goods", "parent": "A1"}
    kept = draft(row, goods).get_json()
    address = f"{API}/categories/sets/{kept['id']}"
    tried = client.get(f"{address}/trial", headers=headers).get_json()
    changes = {(one["code"], one["change"]): one for one in tried["changes"]}
    assert set(changes) == {
        ("A1", "added"),
        ("old", "gone"),
        ("goods_on_pavement", "renamed"),
        ("goods_on_pavement", "moved"),
    }
    gone = changes["old", "gone"]
    assert (gone["open_cases"], gone["recent_cases"], gone["rules"]) == (1, 1, ["R7"])
    assert tried["without_deadline"] == ["A1", "goods_on_pavement"]

    def activate(day: date) -> Any:
        body = {"valid_from": day.isoformat()}
        return client.post(f"{API}/categories/drafts/{kept['id']}/activate", json=body, headers=headers)

    assert activate(TODAY).get_json()["reason"] == "depended_on", "a report of today has its category"
    assert activate(LATER).status_code == 200
    clock.advance(days=10)
    now = client.get(f"{API}/categories", headers=officer).get_json()["items"]
    assert [(one["code"], one["name"]) for one in now] == [("A1", "市容"), ("goods_on_pavement", "占道经营")]
    assert {one["list_version"] for one in now} == {"2"}
    before = client.get(f"{API}/categories?at={TODAY}", headers=officer).get_json()["items"]
    assert {one["code"] for one in before} == {"goods_on_pavement", "old"}
    number = told["case"]["number"]
    assert client.get(f"{API}/cases/{number}", headers=director).get_json()["category"] == "old"


def test_an_admin_reads_who_looked_at_whom_and_nobody_else_does(
    client: FlaskClient, sign_in: SignIn, owner: Engine
) -> None:
    officer = factories.make_account(owner, role="officer", organisation=JINSHA)
    dispatcher = sign_in("dispatcher", organisation=DISTRICT)
    period = {"from": (NOW - timedelta(hours=2)).isoformat(), "to": NOW.isoformat()}
    for why in ("复查现场", "=1+1"):
        asked = {**period, "why": why}
        address = f"{API}/officers/{officer.id}/track"
        assert client.get(address, query_string=asked, headers=dispatcher).status_code == 200
    intake = sign_in("intake")
    complaint = uuid4()
    made = client.put(f"{API}/complaints/{complaint}", json=complaint_json(), headers=intake)
    assert made.status_code == 201, made.text
    client.get(f"{API}/complaints/{complaint}/complainant?why=callback", headers=intake)

    admin = sign_in("admin", organisation=DISTRICT)
    until = {"to": (NOW + timedelta(seconds=1)).astimezone(UTC).isoformat()}
    whole = client.get(f"{API}/reads", query_string=until, headers=admin).get_json()["items"]
    assert [(one["kind"], one["why"], one["reason"]) for one in whole] == [
        ("position", "track_playback", "=1+1"),
        ("position", "track_playback", "复查现场"),
        ("complainant", "callback", None),
    ]
    assert whole[0]["of"]["account"] == str(officer.id) and whole[2]["complaint"] == str(complaint)
    paged: list[dict[str, Any]] = []
    cursor = None
    while not paged or cursor:
        query = {**until, "limit": 1, **({"cursor": cursor} if cursor else {})}
        page = client.get(f"{API}/reads", query_string=query, headers=admin).get_json()
        paged, cursor = [*paged, *page["items"]], page["next"]
    assert paged == whole
    for narrowed, count in (({"of": officer.username}, 2), ({"why": "callback"}, 1), ({"by": "nobody"}, 0)):
        found = client.get(f"{API}/reads", query_string={**until, **narrowed}, headers=admin).get_json()
        assert len(found["items"]) == count, narrowed
    file = client.get(f"{API}/reads.csv", query_string=until, headers=admin)
    lines = file.text.splitlines()
    assert lines[0].startswith("\ufeff时间 time,") and len(lines) == 4
    assert ",'=1+1," in lines[1], "no cell is a formula"
    assert client.get(f"{API}/reads", headers=sign_in("admin", organisation=JINSHA)).status_code == 403
    with owner.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM position_look")).scalar_one() == 2


def test_what_the_next_night_takes_is_told_with_its_count_and_what_a_hold_keeps(
    client: FlaskClient, sign_in: SignIn, owner: Engine
) -> None:
    admin = sign_in("admin", organisation=DISTRICT)
    kept, goes = (factories.make_account(owner, role="officer", organisation=JINSHA).id for _ in range(2))
    front = make_front(owner, code="F1", street="新金路")
    old = NOW - timedelta(days=400)
    for account, at in ((kept, "09:00"), (goes, "10:00"), (goes, "11:00")):
        visit(owner, front, account, old.date(), at)
    hold = {"account": str(kept), "from": (old - timedelta(days=1)).isoformat(), "reason": "行政复议"}
    assert client.put(f"{API}/legal-holds/{uuid4()}", json=hold, headers=admin).status_code == 201
    told = client.get(f"{API}/retention", headers=admin).get_json()
    assert [(one["what"], one["rows"], one["held_rows"]) for one in told["due"]] == [("visit", 2, 1)]
    assert told["next_at"] == "2026-09-01T20:13:00.000000Z"
    assert {one["setting"]: one["days"] for one in told["rules"]}["FRONTAGE_VISITS_KEPT_DAYS"] == 365
