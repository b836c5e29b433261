"""Row 20, delegated enforcement: power item x township body x period x document, checked at the step."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Engine

from tests import factories
from tests.conftest import StandingClock
from tests.factories import JINSHA, JINXIN, NOW
from tests.server.cases.desk import SignIn
from tests.server.enforcement.bureau import make_bureau


def test_row_20_a_step_without_a_delegation_in_force_is_refused_with_the_item_named(
    client: Any, owner: Engine, sign_in: SignIn, clock: StandingClock
) -> None:
    bureau = make_bureau(client, owner, sign_in, kinds=("penalty_items", "major_rules", "procedures"))
    desk, officers = bureau.desk, bureau.officers
    case, whole = desk.to("handling"), {"officers": officers, "party_name": "某店"}

    nothing = bureau.post("handler", f"/cases/{case}/proceedings", item="litter", **whole)
    assert (nothing.status_code, nothing.json["code"], nothing.json["kind"]) == (
        409,
        "rulebook_missing",
        "delegations",
    )
    today = NOW.date()
    ended = {"first_day": "2022-09-01", "last_day": (today - timedelta(days=1)).isoformat()}
    paper = {"document": "委托书(示例)"}
    one_day = {"first_day": today.isoformat(), "last_day": today.isoformat()}
    factories.make_rulebook(
        owner,
        "delegations",
        [
            {"code": "OLD", "body": JINSHA, "items": ["fumes"], **paper, **ended},
            {"code": "OTHER", "body": JINXIN, "items": ["spoil_dumped"], **paper, "first_day": "2022-09-01"},
            {"code": "NOW", "body": JINSHA, "items": ["litter"], **paper, **one_day},
        ],
    )
    yesterday = bureau.post("handler", f"/cases/{case}/proceedings", item="fumes", **whole)
    assert (yesterday.status_code, yesterday.json["code"]) == (409, "delegation_missing")
    assert (yesterday.json["item"], yesterday.json["ended_on"]) == ("fumes", "2026-08-31")
    assert yesterday.json["item_name"] == "餐饮油烟超标、未装净化设施"
    others = bureau.post("handler", f"/cases/{case}/proceedings", item="spoil_dumped", **whole)
    assert (others.json["code"], others.json["item"], others.json["ended_on"]) == (
        "delegation_missing",
        "spoil_dumped",
        None,
    )
    offered = {
        item["code"]: item["possible"]
        for item in desk.get("handler", f"/cases/{case}/simple-procedure").json["items"]
    }
    assert offered["litter"]["allowed"] and offered["fumes"]["code"] == "delegation_missing"

    # First and last day count; the day after a step of the same proceeding is refused.
    number = str(bureau.filed(case, item="litter")["number"])
    clock.advance(days=1)
    late = bureau.step("handler", number, "inquire", officers=officers, note="现场查实")
    assert (late.status_code, late.json["code"], late.json["ended_on"]) == (
        409,
        "delegation_missing",
        today.isoformat(),
    )
    blocked = {step["step"]: step["code"] for step in bureau.proceeding(number)["blocked_steps"]}
    assert blocked["inquire"] == "delegation_missing" and "drop" not in blocked
