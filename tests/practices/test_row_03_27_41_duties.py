"""Duties, themes, and that what was taken the day before is judged by what held the day before. Rows 3, 27, 41."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from tests import factories
from tests.conftest import StandingClock
from tests.factories import DISTRICT, JINSHA, NOW, report_json
from tests.server.cases.times import set_times, table
from tests.server.reports.street import Officer, make_street, spot
from tests.server.world import SignIn

API = "/api/v1"
NEW = date(2026, 9, 2)
DAY_BEFORE, FIRST_DAY = NOW, NOW + timedelta(days=1)
LAW = {"title": "示例", "clause": "一"}


def item(code: str, duty: str, category: str, **more: Any) -> dict[str, Any]:
    return {
        "code": code,
        "duty": duty,
        "name": f"项 {code}",
        "name_en": code,
        "categories": [category],
        "severity": "light",
        "legal_basis": LAW,
        **more,
    }


@pytest.fixture
def officer(client: FlaskClient, owner: Engine, sign_in: SignIn) -> Officer:
    make_street(owner)
    return Officer(client, sign_in("officer"))


def put(owner: Engine, *rows: dict[str, Any], valid_from: date = date(2022, 9, 1)) -> int:
    return factories.make_rulebook(owner, "duties", rows, valid_from=valid_from)


def carried(officer: Officer, receipt: Any) -> Any:
    return officer.get(f"/reports/{receipt['id']}").get_json()["properties"]["duty"]


def codes(told: Any) -> list[str]:
    return [row["code"] for row in told["items"]]


def test_row_03_every_report_carries_one_duty_and_an_item_of_the_set_of_its_day(
    officer: Officer, owner: Engine
) -> None:
    owner_of = {"O1": ("order", True), "O2": ("order", False), "H1": ("hygiene", True)}
    factories.make_category(owner, code="exposed_waste")
    factories.make_category(owner, code="other_matter")
    first = [
        item(code, duty, "exposed_waste" if code == "H1" else "goods_on_pavement", default=default)
        for code, (duty, default) in owner_of.items()
    ]
    old = put(owner, *first)
    new = put(owner, item("N1", "appearance", "goods_on_pavement", default=True), valid_from=NEW)

    meant = carried(officer, officer.receipt(report_json(captured_at=DAY_BEFORE)))
    assert (meant["duty"], codes(meant), meant["told"], meant["rulebook"]["id"]) == (
        "order",
        ["O1"],
        False,
        old,
    )
    assert meant["items"][0]["severity"] == "light" and meant["items"][0]["legal_basis"] == LAW
    named = report_json(captured_at=DAY_BEFORE, items=["O2", "O1", "O2"])
    both = carried(officer, officer.receipt(named))
    assert (both["duty"], sorted(codes(both)), both["told"]) == ("order", ["O1", "O2"], True)

    # What is of another category, or of no set, is told and left out; nothing is refused.
    receipt = officer.receipt(report_json(captured_at=DAY_BEFORE, items=["H1", "X"]))
    assert [finding["code"] for finding in receipt["findings"]] == ["duty_items_unknown"]
    assert codes(carried(officer, receipt)) == ["O1"]
    before_a_shop = report_json(
        captured_at=DAY_BEFORE, category="other_matter", at=spot(0, -3), accuracy_m=1.0
    )
    receipt = officer.receipt(before_a_shop)
    assert [finding["code"] for finding in receipt["findings"]] == ["duty_category_missing"]
    assert carried(officer, receipt) is None

    with owner.connect() as connection:
        wrong = connection.execute(
            text(
                "SELECT count(*) FROM report r LEFT JOIN report_duty d ON d.report_id = r.id "
                "WHERE r.category <> 'other_matter' AND (d.report_id IS NULL OR d.rulebook_id <> :old)"
            ),
            {"old": old},
        ).scalar_one()
    assert (wrong, new > old) == (0, True)


def test_row_03_a_list_that_leaves_the_duty_of_a_category_open_is_refused_with_its_place(
    client: FlaskClient, sign_in: SignIn
) -> None:
    rows = [
        item("A", "order", "goods", default=True),
        item("B", "hygiene", "goods"),
        item("C", "order", "goods", default=True),
        item("D", "order", "waste", legal_basis={**LAW, "article": "nowhere"}),
    ]
    answer = client.post(
        f"{API}/rulebooks/duties/drafts",
        json={"name": "test", "source": "test", "rows": rows},
        headers=sign_in("zone_manager"),
    )
    assert answer.status_code == 422
    assert answer.get_json()["code"] == "rulebook_refused"
    assert {error["path"] for error in answer.get_json()["errors"]} == {
        "/rows/1/duty",
        "/rows/2/default",
        "/rows/3/legal_basis/article",
        "/rows",
    }


def test_row_27_every_category_has_exactly_one_theme_and_themes_count_what_the_cases_are(
    officer: Officer, owner: Engine, client: FlaskClient, sign_in: SignIn
) -> None:
    for code in ("exposed_waste", "soil"):
        factories.make_category(owner, code=code)
    headers = sign_in("zone_manager")

    def draft(**themes: str) -> Any:
        rows = [{"code": code, "theme": theme} for code, theme in themes.items()]
        document = {"name": "test", "source": "test", "rows": rows}
        return client.post(f"{API}/rulebooks/themes/drafts", json=document, headers=headers)

    refused = draft(goods_on_pavement="disorder", soil="hazard")
    assert [error["path"] for error in refused.get_json()["errors"]] == ["/rows"]
    assert "exposed_waste" in refused.get_json()["errors"][0]["message"]
    made = draft(goods_on_pavement="disorder", exposed_waste="dirt", soil="hazard")
    assert made.status_code == 201, made.text
    put_in_force = client.post(
        f"{API}/rulebooks/themes/drafts/{made.get_json()['id']}/activate",
        json={"valid_from": "2026-09-01"},
        headers=headers,
    )
    assert put_in_force.status_code == 200, put_in_force.text
    factories.make_category(owner, code="new_kind", valid_from=NEW)
    for category in ("goods_on_pavement", "goods_on_pavement", "exposed_waste", "soil", "unheard_of"):
        officer.receipt(report_json(category=category))

    told = client.get(f"{API}/themes?from=2026-09-01&to=2026-09-02", headers=headers).get_json()
    shown = {one["theme"]: one["cases"] for one in told["items"]}
    assert shown == {"dirt": 1, "disorder": 2, "violation": 0, "hazard": 1}
    assert told["without"] == {"cases": 1, "categories": [{"category": "unheard_of", "cases": 1}]}
    assert told["categories_without"] == ["new_kind"]
    with owner.connect() as connection:
        cases = connection.execute(text("SELECT count(*) FROM case_file")).scalar_one()
    assert sum(shown.values()) + told["without"]["cases"] == cases
    before = client.get(f"{API}/themes?from=2026-08-01&to=2026-08-31", headers=headers).get_json()
    assert {one["cases"] for one in before["items"]} == {0}


def test_row_41_what_was_captured_the_day_before_is_judged_by_the_old_versions(
    officer: Officer, owner: Engine, client: FlaskClient, sign_in: SignIn, clock: StandingClock
) -> None:
    # On the day before, everything of the next day is there already: zones, categories, rules, duties, deadlines.
    here = spot(60, 0)
    for version, name, since, until in ((1, "旧店", date(2022, 9, 1), NEW), (2, "新店", NEW, None)):
        factories.make_zone(
            owner, code="F-1", at=here, version=version, name=name, valid_from=since, valid_to=until
        )
    factories.make_category(owner, code="new_kind", valid_from=NEW)
    old = put(owner, item("OLD", "order", "goods_on_pavement", default=True))
    new = put(owner, item("NEW", "order", "goods_on_pavement", default=True), valid_from=NEW)
    set_times(owner)
    _come_into_force(client, sign_in("dispatcher", organisation=DISTRICT), sign_in("zone_manager"))

    known_then = officer.receipt(report_json(at=here))["case"]["number"]
    clock.advance(days=1)
    late = officer.receipt(report_json(at=here, captured_at=DAY_BEFORE))
    today = officer.receipt(report_json(at=here, captured_at=FIRST_DAY))

    for receipt, version, name, rulebook, body in (
        (late, 1, "旧店", old, JINSHA),
        (today, 2, "新店", new, DISTRICT),
    ):
        frontage = receipt["match"]["frontage"]
        assert (frontage["version"], frontage["name"]) == (version, name)
        assert carried(officer, receipt)["rulebook"]["id"] == rulebook
        assert receipt["routing"]["params"]["body"] == body
    for captured_at, found in ((DAY_BEFORE, ["category_unknown"]), (FIRST_DAY, [])):
        receipt = officer.receipt(report_json(at=here, captured_at=captured_at, category="new_kind"))
        assert [one["code"] for one in receipt["findings"] if "category_unknown" in one["code"]] == found
    # Time limits run for a case: it keeps those of the day it was opened on, whenever somebody registers it.
    due = [_register(client, sign_in("acceptor"), one) for one in (known_then, today["case"]["number"])]
    assert due == ["2026-09-01T03:00:00.000000Z", "2026-09-02T04:00:00.000000Z"]


def _register(client: FlaskClient, headers: dict[str, str], number: str) -> str:
    """Register a case that was opened at ten; by when that was due."""
    path = f"{API}/cases/{number}"
    answer = client.post(f"{path}/actions/register", json={"version": 1}, headers=headers)
    assert answer.status_code == 200, answer.text
    clocks = client.get(f"{path}/clocks", headers=headers).get_json()["items"]
    return str(next(clock["due_at"] for clock in clocks if clock["name"] == "register"))


def _come_into_force(client: FlaskClient, dispatcher: dict[str, str], manager: dict[str, str]) -> None:
    """Rules and deadlines of the next day, as people bring them into force the day before."""
    rules = [{"code": "R1", "body": DISTRICT}]
    longer = table(steps={"register": "2 work_hour"})
    for drafts, document, headers in (
        (f"{API}/routing-rules/drafts", {"name": "test", "rules": rules}, dispatcher),
        (f"{API}/deadlines/drafts", longer, manager),
    ):
        made = client.post(drafts, json=document, headers=headers)
        assert made.status_code == 201, made.text
        day = {"valid_from": NEW.isoformat()}
        begun = client.post(f"{drafts}/{made.get_json()['id']}/activate", json=day, headers=headers)
        assert begun.status_code == 200, begun.text
