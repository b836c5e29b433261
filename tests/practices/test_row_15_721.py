"""Row 15: every step is service, management or enforcement; shares add to 100 % and lead to what is behind them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from server.assessment.means import shares
from server.rulebooks.books.means_tags import MEANS
from tests import factories
from tests.factories import JINSHA, JINXIN
from tests.server.cases.desk import make_desk
from tests.server.patrol.promised_law_cards import LAW_CARDS

API = "/api/v1"
SignIn = Callable[..., dict[str, str]]
DAYS = {"from": "2026-09-01", "to": (date.today() + timedelta(days=2)).isoformat()}


def test_row_15_721_shares_add_to_a_hundred_and_lead_to_the_steps_behind_them(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    desk, manager = make_desk(client, owner, sign_in), sign_in("zone_manager")

    def got(path: str, headers: dict[str, str] = manager, **query: Any) -> Any:
        answer = client.get(f"{API}{path}", query_string={**DAYS, **query}, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    closed = desk.to("closed")
    desk.to("accepted")
    cards = client.post(f"{API}/law-cards", json=LAW_CARDS, headers=sign_in("admin")).get_json()
    card = {"set": cards["set"], "code": "fruit"}
    officer = sign_in("officer", organisation=JINSHA)
    for mark in ({"kind": "service", "law_card": card}, {"kind": "service"}, {"kind": "inspection"}):
        body = {**mark, "zone": {"kind": "frontage", "code": "F-SOUTH"}}
        answer = client.put(f"{API}/visit-marks/{uuid4()}", json=body, headers=officer)
        assert answer.status_code == 201, answer.text

    untagged = got("/means")
    assert untagged["tags"] is None and untagged["total"]["untagged"] == untagged["total"]["steps"] > 10
    assert {one["share"] for one in untagged["total"]["means"].values()} == {None}

    factories.make_rulebook(owner, "means_tags")
    with owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO ledger (case_id, seq, recorded_at, actor_id, action, body, prev_hash, hash) "
                "SELECT c.id, 90 + n, now(), c.reporter_id, (ARRAY['enforcement.inquire', 'case.sung'])[n], '{}', '', "
                "repeat('a', 64) FROM case_file c, generate_series(1, 2) n WHERE c.number = :number"
            ),
            {"number": closed},
        )
    told = got("/means", by="township,month")
    for group in (told["total"], *told["items"]):
        assert sum(Decimal(one["share"]) for one in group["means"].values() if one["share"]) in (0, 100)
        assert sum(one["steps"] for one in group["means"].values()) + group["untagged"] == group["steps"]
    total = told["total"]
    assert (total["untagged"], total["means"]["enforcement"]["steps"]) == (1, 1)
    assert told["target"] == {"service": 70, "management": 20, "enforcement": 10}

    behind: Counter[str] = Counter()
    for means in (*MEANS, "untagged"):
        steps = got("/means/steps", means=means, limit=200)["items"]
        behind[means] = len(steps)
        assert {step["means"] or "untagged" for step in steps} == {means}
    assert behind == Counter({name: total["means"][name]["steps"] for name in MEANS}) + Counter(untagged=1)
    service = got("/means/steps", means="service", limit=200)["items"]
    assert ("law_card", "fruit") in {(step["of"], step["name"]) for step in service}
    assert closed in {step["case"] for step in service if step["name"] == "case.replied"}
    first = got("/means/steps", limit=5)
    rest = got("/means/steps", limit=200, cursor=first["next"])
    assert first["items"] + rest["items"] == got("/means/steps", limit=200)["items"]
    # Another township sees what is its own.
    assert got("/means", sign_in("handler", organisation=JINXIN))["total"]["steps"] == 0
    assert got("/means", sign_in("handler", organisation=JINSHA), township=JINSHA)["total"]["steps"] > 10


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from(MEANS), st.integers(0, 10**6)))
def test_row_15_721_shares_add_to_exactly_a_hundred_whatever_the_counts(steps: dict[str, int]) -> None:
    found = shares(steps)
    total = sum(steps.values())
    if not total:
        assert set(found.values()) == {None}
        return
    exact = {name: Decimal(share or 0) for name, share in found.items()}
    assert sum(exact.values()) == Decimal("100.00")
    for name in MEANS:
        assert abs(exact[name] - Decimal(steps.get(name, 0)) * 100 / total) < Decimal("0.01")
