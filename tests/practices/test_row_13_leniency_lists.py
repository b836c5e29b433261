"""Row 13: for every row of the lists, all conditions true offers no penalty with its reason; any one false does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from server.leniency.helping import reason_of, weigh
from server.rulebooks.books.leniency_lists import FACTS, LenientRow
from server.rulebooks.expressions import Expression
from tests import factories
from tests.server.cases.desk import BEFORE_SOUTH, SignIn, make_desk
from tests.server.cases.times import set_times

API = "/api/v1/leniency"
ROWS = [
    LenientRow.model_validate(row)
    for row in json.loads((factories.RULEBOOKS / "leniency_lists.json").read_text("utf-8"))["rows"]
]
PENALTY_LAW = "中华人民共和国行政处罚法 第三十三条"


def values(name: str) -> tuple[Any, ...]:
    fact = FACTS[name]
    return {"yes_no": (True, False), "number": (0, 1, 2), "choice": fact.choices}[fact.kind]


def situations(row: LenientRow) -> Iterator[dict[str, Any]]:
    """Everything that can be the case with what the row speaks of."""
    names = sorted({name for one in row.conditions for name in Expression(one.holds, FACTS).names})
    for chosen in product(*(values(name) for name in names)):
        yield dict(zip(names, chosen, strict=True))


@pytest.mark.parametrize("row", ROWS, ids=[row.code for row in ROWS])
def test_row_13_a_row_is_offered_when_all_its_conditions_hold_and_not_when_any_does_not(
    row: LenientRow,
) -> None:
    conditions = [one.code for one in row.conditions]
    fails = set()
    offered = 0
    for facts in situations(row):
        weighed = weigh(row, facts)
        reason = reason_of(weighed)
        if all(weighed.holds.values()):
            offered += 1
            assert weighed.offered is True
            assert row.legal_basis.title in reason["reason"]
            assert all(one.text in reason["reason"] for one in row.conditions)
            assert all(one.text_en in reason["reason_en"] for one in row.conditions)
            assert ("不予处罚" in reason["reason"]) == (row.branch != "mitigate")
        else:
            fails |= set(weighed.failing)
            assert weighed.offered is False and weighed.failing
            assert reason["reason"].startswith("不适用")
    # Every condition alone can keep a row from being offered, and without facts nothing is.
    assert offered and fails == set(conditions)
    assert weigh(row, {}).offered is None
    if row.branch != "mitigate":
        assert (row.legal_basis.title, row.legal_basis.clause) == tuple(PENALTY_LAW.split())


def test_row_13_the_branches_stay_apart_facts_have_their_source_and_nothing_is_decided_by_itself(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    for kind in ("leniency_lists", "first_offence"):
        factories.make_rulebook(owner, kind)
    desk = make_desk(client, owner, sign_in)
    set_times(owner)
    shop = factories.make_subject(owner, zone="F-SOUTH", name="水果店")
    number = desk.to("replied", BEFORE_SOUTH)
    handler = desk.headers("handler")

    def ask(**facts: Any) -> dict[str, Any]:
        answer = client.post(f"{API}/help", json={"case": number, "facts": facts}, headers=handler)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.get_json()
        return told

    nothing = ask()
    assert nothing["subject"] == shop.code
    assert {one["code"]: one["offered"] for one in nothing["offers"]} == {
        "shall_goods": None,
        "may_trading": None,
        "mitigate_trading": None,
    }
    # The system knows that it is the first and was put right in time; a person cannot say otherwise.
    told = ask(harm="slight", light=True, first_offence=False)
    known = {one["fact"]: (one["value"], one["source"]) for one in told["facts"]}
    assert [one["cases"] for one in told["facts"] if one["fact"] == "corrected_in_time"] == [[number]]
    assert known["first_offence"] == (True, "system") and known["corrected_in_time"] == (True, "system")
    assert known["harm"] == ("slight", "person") and known["cooperated"] == (None, None)
    offers = {one["code"]: one for one in told["offers"]}
    assert (offers["shall_goods"]["offered"], offers["may_trading"]["offered"]) == (False, True)
    assert [one["code"] for one in offers["shall_goods"]["conditions"] if not one["holds"]] == ["no_harm"]
    assert offers["shall_goods"]["branch"] != offers["may_trading"]["branch"]
    assert "可以不予处罚" in offers["may_trading"]["reason"]
    wrong = client.post(f"{API}/help", json={"case": number, "facts": {"harm": "great"}}, headers=handler)
    assert (wrong.status_code, wrong.get_json()["errors"][0]["path"]) == (422, "/facts/harm")
    assert factories.count_rows(owner, "leniency_decision") == 0

    # A person decides, on a row that is offered, and records how the offender was educated.
    decision = {"case": number, "row": "may_trading", "facts": {"harm": "slight"}, "amount_yuan": "200.00"}
    decision |= {"reason": "初次违法,已在限期内改正"}
    path = f"{API}/decisions/{uuid4()}"

    def put(**others: Any) -> tuple[int, str | None]:
        answer = client.put(path, json={**decision, **others}, headers=handler)
        return answer.status_code, answer.get_json().get("code")

    educated = {"education": "当面讲解并发放普法卡", "educated_on": "2026-09-01"}
    assert put(row="shall_goods", facts={"harm": "slight", "light": True}) == (409, "leniency_not_offered")
    assert put(facts={}) == (409, "leniency_not_offered")
    assert put() == (422, "leniency_education_missing")
    assert put(**educated, imposed_yuan="50") == (422, "input_refused")
    assert put(**educated) == (201, None)
    assert put(**educated) == (200, None)
    assert put(**educated, reason="另一理由") == (409, "leniency_conflict")
    other = client.put(f"{API}/decisions/{uuid4()}", json={**decision, **educated}, headers=handler)
    assert (other.status_code, other.get_json()["code"]) == (409, "leniency_decided")
    kept = client.get(path, headers=handler).get_json()
    assert (kept["branch"], kept["waived_yuan"], kept["education"]) == (
        "may_not_punish",
        200.0,
        educated["education"],
    )
    assert all(one["holds"] for one in kept["conditions"])
    assert desk.history(number)[-1]["action"] == "leniency.decided"
    # Let off once, the next is not the first.
    again = {"subject": shop.code, "item": "goods_on_pavement", "facts": {"harm": "none"}}
    offers = client.post(f"{API}/help", json=again, headers=handler).get_json()["offers"]
    assert {one["code"]: one["offered"] for one in offers}["may_trading"] is False
    with owner.connect() as connection:
        outcomes = connection.execute(text("SELECT outcome FROM offence_v1")).scalars().all()
    assert outcomes == ["may_not_punish"]
