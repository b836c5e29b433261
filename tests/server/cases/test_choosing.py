"""A person says in which zone a case lies: the match stays as it was, the case follows, and what was chosen holds."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import text

from geo.datum import Datum, Position, convert
from server.evidence.ledger import verify_chain
from tests import factories
from tests.factories import DISTRICT, JINSHA, JINXIN
from tests.server.cases.desk import Desk
from tests.server.cases.test_guards import refused
from tests.server.reports.street import NORTH, SOUTH, rows, spot

BETWEEN = spot(0, 2)
AT_BORDER = spot(1500, -3)
AT_SHOP = spot(1700, -600)


def chosen(code: str) -> dict[str, Any]:
    return {"zone": {"kind": "frontage", "code": code}}


def unsure(desk: Desk) -> str:
    """A case between two strips: its match says neither."""
    number = desk.open(BETWEEN, position={"accuracy_m": 6.0})
    assert desk.case(number)["zone"] is None
    return number


def at_border(desk: Desk) -> str:
    """A case at the border of two townships, with a shop on either side of it."""
    factories.make_zone(desk.owner, code="F-WEST", at=spot(1495, -3), width_m=10, depth_m=6)
    factories.make_zone(
        desk.owner, code="F-EAST", at=spot(1505, -3), width_m=10, depth_m=6, township=JINXIN, name="东边小店"
    )
    return desk.open(AT_BORDER, position={"accuracy_m": 6.0})


def test_a_choice_is_told_with_who_made_it_and_what_the_match_had_said_and_the_match_stays(
    desk: Desk,
) -> None:
    number = unsure(desk)
    before = rows(desk.owner, "SELECT id, CAST(result AS text) AS result FROM zone_match")
    candidates = json.loads(before[0]["result"])["candidates"]
    share = next(one["probability"] for one in candidates if one["code"] == NORTH)

    case = desk.did("acceptor", number, "choose_zone", **chosen(NORTH), note="店主在场指认")

    zone = case["zone"]
    assert (zone["code"], zone["share"], zone["version"]) == (NORTH, share, 1)
    assert zone["chosen_by_name"] and zone["chosen_at"]
    assert desk.case(number, "handler")["zone"] == zone
    body = desk.history(number)[-1]["body"]
    assert body["zone"]["code"] == NORTH and body["match"]["share"] == share and body["match"]["algorithm"]
    assert rows(desk.owner, "SELECT id, CAST(result AS text) AS result FROM zone_match") == before
    with desk.owner.connect() as connection:
        assert list(verify_chain(connection)) == []


def test_choosing_again_is_the_undo_and_every_choice_keeps_its_row(desk: Desk) -> None:
    number = unsure(desk)
    desk.did("dispatcher", number, "choose_zone", **chosen(NORTH))
    assert desk.did("dispatcher", number, "choose_zone", **chosen(SOUTH))["zone"]["code"] == SOUTH
    assert desk.history(number)[-1]["body"]["zone_before"]["code"] == NORTH

    case = desk.did("dispatcher", number, "release_zone")

    assert case["zone"] is None and desk.case(number)["zone"] is None
    refused(desk.act("dispatcher", number, "release_zone"), "zone_chosen")
    kept = rows(
        desk.owner, "SELECT z.code FROM zone_choice x LEFT JOIN zone z ON z.id = x.zone_id ORDER BY x.id"
    )
    assert [row["code"] for row in kept] == [NORTH, SOUTH, None]


def test_only_zones_that_the_photo_could_show_are_taken(desk: Desk) -> None:
    number = unsure(desk)
    factories.make_zone(desk.owner, code="F-FAR", at=spot(120, 0), width_m=10, depth_m=6)
    factories.make_zone(desk.owner, code="F-NEAR", at=spot(45, 2), width_m=10, depth_m=6)
    far = refused(desk.act("dispatcher", number, "choose_zone", **chosen("F-FAR")), "zone_fits")
    assert "F-FAR" in far["reason"] and "115" in far["reason"]
    refused(desk.act("dispatcher", number, "choose_zone", **chosen("F-NOWHERE")), "zone_fits")
    assert desk.did("dispatcher", number, "choose_zone", **chosen("F-NEAR"))["zone"]["code"] == "F-NEAR"
    assert (
        desk.act("dispatcher", number, "choose_zone", zone={"kind": "grid", "code": "G"}).status_code == 422
    )


def test_a_case_whose_report_declared_the_wrong_datum_moves_to_where_its_numbers_lie(desk: Desk) -> None:
    sent = convert(Position(*AT_SHOP, Datum.WGS84), Datum.GCJ02)
    factories.make_zone(desk.owner, code="F-SHOP", at=AT_SHOP, width_m=20, depth_m=6, township=JINXIN)
    # As GCJ-02, declared as WGS-84: half a kilometre away, where no zone is.
    number = desk.open((sent.lon, sent.lat), position={"accuracy_m": 6.0})
    before = desk.case(number)["position"]
    read = chosen("F-SHOP") | {"read_as": "gcj02"}
    assert (
        "F-SHOP"
        in refused(desk.act("dispatcher", number, "choose_zone", **chosen("F-SHOP")), "zone_fits")["reason"]
    )
    unfounded = desk.act("dispatcher", number, "choose_zone", **(read | {"read_as": "bd09"}))
    assert "bd09" in refused(unfounded, "reading_founded")["reason"]

    case = desk.did("dispatcher", number, "choose_zone", **read)

    assert (case["zone"]["code"], case["body"]["code"]) == ("F-SHOP", JINXIN)
    told = desk.case(number)
    assert told["position"] == case["position"] == told["position"]
    assert [told["position"]["lon"], told["position"]["lat"]] == pytest.approx(AT_SHOP, abs=1e-7)
    said = desk.history(number)[-1]["body"]
    assert said["read_as"] == "gcj02" and said["place"]["lon"] == pytest.approx(AT_SHOP[0], abs=1e-7)
    # The report stays as it was sent.
    assert rows(desk.owner, "SELECT sent_lon, datum FROM report") == [
        {"sent_lon": sent.lon, "datum": "wgs84"}
    ]
    assert (
        desk.did("dispatcher", number, "release_zone")["position"] == before == desk.case(number)["position"]
    )
    with desk.owner.connect() as connection:
        assert list(verify_chain(connection)) == []


def test_before_it_is_given_away_a_case_follows_its_zone_as_a_fresh_report_would(desk: Desk) -> None:
    number = at_border(desk)
    desk.did("dispatcher", number, "choose_zone", **chosen("F-WEST"))
    assert desk.case(number)["body"]["code"] == JINSHA
    assert refused(
        desk.act("dispatcher_jinsha", number, "choose_zone", **chosen("F-EAST")), "zone_keeps_body"
    )["reason"]

    case = desk.did("dispatcher", number, "choose_zone", **chosen("F-EAST"))

    assert (case["body"]["code"], case["township"]["code"]) == (JINXIN, JINXIN)
    seen = desk.case(number, "handler_jinxin")
    assert (
        seen["reports"]
        and desk.get("handler_jinxin", f"/reports/{seen['reports'][0]['id']}").status_code == 200
    )
    assert desk.get("handler", f"/cases/{number}").status_code == 404
    assert desk.walk(number, "register", "dispatch")["body"]["code"] == JINXIN


def test_a_rule_that_names_the_chosen_zone_decides_the_body_and_taking_back_restores_it(desk: Desk) -> None:
    rule = {"code": "R1", "body": DISTRICT, "zone_kind": "frontage", "zone": NORTH}
    given = {"json": {"name": "test", "rules": [rule]}, "headers": desk.headers("dispatcher")}
    made = desk.client.post("/api/v1/routing-rules/drafts", **given)
    assert made.status_code == 201, made.text
    with desk.owner.begin() as connection:
        connection.execute(
            text(
                "UPDATE routing_rule_set"
                " SET version = 1, valid = daterange('2022-09-01', NULL), activated_at = now(),"
                " activated_by = created_by"
            )
        )
    number = unsure(desk)
    assert desk.case(number)["body"]["code"] == JINSHA

    case = desk.did("dispatcher", number, "choose_zone", **chosen(NORTH))

    assert (case["body"]["code"], case["township"]["code"]) == (DISTRICT, JINSHA)
    (kept,) = rows(desk.owner, "SELECT routing FROM zone_choice")
    assert (kept["routing"]["reason"], kept["routing"]["body"]) == ("rule_names_body", DISTRICT)
    assert desk.did("dispatcher", number, "release_zone")["body"]["code"] == JINSHA


def test_once_a_body_has_it_only_zones_of_the_same_township_are_chosen(desk: Desk) -> None:
    number = at_border(desk)
    desk.did("dispatcher", number, "choose_zone", **chosen("F-WEST"))
    desk.walk(number, "register", "dispatch", "accept")
    problem = refused(desk.act("dispatcher", number, "choose_zone", **chosen("F-EAST")), "zone_keeps_body")
    assert problem["state"] == "accepted"
    factories.make_zone(desk.owner, code="F-WEST-2", at=spot(1480, -3), width_m=10, depth_m=6)
    case = desk.did("dispatcher", number, "choose_zone", **chosen("F-WEST-2"))
    assert (case["zone"]["code"], case["body"]["code"], case["state"]) == ("F-WEST-2", JINSHA, "accepted")


def test_an_after_photo_lies_in_the_zone_that_was_chosen(desk: Desk) -> None:
    number = desk.to("handling")
    assert desk.case(number)["zone"]["code"] == SOUTH
    desk.did("dispatcher", number, "choose_zone", **chosen(NORTH))
    desk.walk(number, "after", "reply")
    problem = refused(desk.act("checker", number, "pass"), "after_photo")
    assert NORTH in problem["reason"]
    desk.after(number, at=spot(0, 8))
    assert desk.did("checker", number, "pass")["state"] == "closed"


def test_of_two_who_choose_at_once_the_later_is_told(desk: Desk) -> None:
    number = unsure(desk)
    version = desk.case(number)["version"]
    desk.did("acceptor", number, "choose_zone", version=version, **chosen(NORTH))
    refused(desk.act("dispatcher", number, "choose_zone", version=version, **chosen(SOUTH)), "version")
    assert desk.case(number)["zone"]["code"] == NORTH
