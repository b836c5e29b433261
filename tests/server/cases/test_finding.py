"""Lists of cases as the desk asks for them: found by words, counted, narrowed to what is unsure or due, placed on a
map; rows that need no second question; nothing found by a word that its reader may not read."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from geo.datum import Datum, Position, convert
from tests import factories
from tests.factories import JINSHA, JINXIN
from tests.server.cases.desk import REASON, Desk
from tests.server.cases.times import set_times
from tests.server.complaints.calls import PLANTED, taken
from tests.server.reports.street import Officer, spot

BETWEEN = spot(0, 2)
SHOP = "新金路47号 云帆鲜果铺"


def numbers(desk: Desk, who: str, **query: Any) -> list[str]:
    answer = desk.get(who, "/cases", **{"limit": 100, **query})
    assert answer.status_code == 200, answer.text
    return [item["number"] for item in answer.json["items"]]


def counted(desk: Desk, who: str, **query: Any) -> list[tuple[str, str, bool, int]]:
    answer = desk.get(who, "/cases/counts", **query)
    assert answer.status_code == 200, answer.text
    found = [(one["state"], one["clock"], one["ambiguous"], one["cases"]) for one in answer.json["items"]]
    assert answer.json["total"] == sum(cases for *_, cases in found)
    return sorted(found)


@pytest.fixture
def shop(desk: Desk) -> tuple[float, float]:
    """Where a shop with a name of its own is."""
    at = spot(200, 0)
    factories.make_zone(desk.owner, code=f"{JINSHA}-F0047", at=at, width_m=40, depth_m=40, name=SHOP)
    return at


def test_two_characters_find_a_case_by_its_zone_its_notes_its_category_and_its_number(
    desk: Desk, shop: tuple[float, float]
) -> None:
    factories.make_category(desk.owner, code="rubbish")
    first = desk.open(shop, note="水果筐摆到路沿")
    second = desk.open(category="rubbish")
    desk.did("acceptor", second, "register", note="由环卫处理")
    desk.did("dispatcher", second, "suspend", reason="等待产权单位")
    for words, found in {
        "鲜果": [first],
        "47": [first],
        "f0047": [first],
        f"{JINSHA}-F0047": [first],
        "果筐": [first],
        "环卫": [second],
        "产权": [second],
        "果": [first],
        "Rubbish": [second],
        first[-4:]: [first],
        second.lower(): [second],
        "鲜果 路沿": [first],
        "鲜果 环卫": [],
        "果鲜": [],
        "%": [],
        "tz-": [first, second],
        "   ": [first, second],
    }.items():
        assert sorted(numbers(desk, "dispatcher", q=words)) == found, words
        assert sum(cases for *_, cases in counted(desk, "dispatcher", q=words)) == len(found), words
    assert numbers(desk, "dispatcher", q="鲜果", state="suspended") == []
    assert numbers(desk, "dispatcher", number=[first, "TZ-2026-999999"]) == [first]
    # Worked out again from the evidence it is the same.
    with desk.owner.begin() as connection:
        everything = text("SELECT * FROM case_glance ORDER BY case_id")
        before = connection.execute(everything).all()
        assert connection.execute(text("SELECT case_glance_anew()")).scalar_one() == len(before) == 2
        assert connection.execute(everything).all() == before


def test_no_word_finds_what_its_reader_may_not_read(desk: Desk, shop: tuple[float, float]) -> None:
    number = desk.open(shop)
    other = {**desk.people, "officer2": desk.sign_in("officer", organisation=JINSHA)}["officer2"]
    report = factories.report_json(at=shop, accuracy_m=1.0, note="店主自称姓薛", case=number)
    # Only who sees the case can add to it, and its officer is another's colleague: a handler does.
    assert Officer(desk.client, desk.headers("handler")).send(report).status_code == 201
    for who, found in {
        "dispatcher": [number],
        "handler": [number],
        "officer": [],
        "handler_jinxin": [],
    }.items():
        assert numbers(desk, who, q="姓薛") == found, who
    assert numbers(desk, "officer", q="鲜果") == [number]
    assert desk.client.get("/api/v1/cases?q=鲜果", headers=other).get_json()["items"] == []
    assert numbers(desk, "handler_jinxin", q="鲜果") == []
    assert numbers(desk, "handler_jinxin", q=number) == []
    assert counted(desk, "handler_jinxin") == []
    assert desk.get("handler_jinxin", "/cases/places").json["number"] == []


def test_nobody_is_found_by_the_name_the_telephone_or_the_address_of_who_complained(
    client: FlaskClient, desk: Desk
) -> None:
    intake = desk.sign_in("intake")
    number = taken(client, intake)["case"]["number"]
    assert numbers(desk, "dispatcher") == [number]
    for planted in (*PLANTED, PLANTED[0][:2], PLANTED[1][-4:], "纸箱", "TZ12345"):
        found = [
            item["number"]
            for item in client.get(f"/api/v1/cases?q={planted}", headers=intake).get_json()["items"]
        ]
        assert found == [], planted
    (row,) = desk.get("dispatcher", "/cases").json["items"]
    assert (row["zone"]["code"], row["ambiguous"], row["photo"], row["reports"]) == (
        "F-SOUTH",
        False,
        None,
        0,
    )


def test_who_calls_baidus_numbers_wgs84_waits_for_a_person_to_say_where(desk: Desk) -> None:
    lost = convert(Position(*BETWEEN, Datum.WGS84), Datum.BD09)
    misdeclared, _ = desk.open((lost.lon, lost.lat)), desk.open()
    assert numbers(desk, "dispatcher", ambiguous="true") == [misdeclared]
    desk.did("acceptor", misdeclared, "refuse", reason="坐标系有误,已请队员重报")
    assert numbers(desk, "dispatcher", ambiguous="true") == []


def test_what_is_unsure_waits_until_it_is_dispatched(desk: Desk) -> None:
    sure, unsure = desk.open(), desk.open(BETWEEN, position={"accuracy_m": 6.0})
    assert numbers(desk, "dispatcher", ambiguous="true") == [unsure]
    assert numbers(desk, "dispatcher", ambiguous="false") == [sure]
    assert counted(desk, "dispatcher") == [("reported", "none", False, 1), ("reported", "none", True, 1)]
    rows = {row["number"]: row for row in desk.get("dispatcher", "/cases").json["items"]}
    assert rows[unsure]["ambiguous"] and rows[unsure]["zone"]["verdict"] == "ambiguous"
    assert not rows[sure]["ambiguous"] and rows[sure]["zone"]["verdict"] in ("certain", "likely")
    assert rows[sure]["zone"]["code"] == "F-SOUTH" and 0.5 < rows[sure]["zone"]["share"] <= 1
    desk.did("acceptor", unsure, "register")
    assert numbers(desk, "acceptor", ambiguous="true") == [unsure]
    desk.did("dispatcher", unsure, "dispatch")
    assert numbers(desk, "dispatcher", ambiguous="true") == []
    assert [ambiguous for _, _, ambiguous, _ in counted(desk, "dispatcher")] == [False, False]


def test_counts_and_places_say_how_cases_stand_against_their_clocks(desk: Desk, clock: Any) -> None:
    set_times(desk.owner)
    waiting, suspended, closed = desk.to("handling"), desk.to("suspended"), desk.to("closed")
    standings: dict[str, set[str]] = {}
    for _ in range(40):
        (standing,) = [clock_ for state, clock_, _, _ in counted(desk, "dispatcher") if state == "handling"]
        row = desk.get("dispatcher", "/cases", number=waiting).json["items"][0]
        standings.setdefault(standing, set()).add(row["clock"]["colour"])
        places = desk.get("dispatcher", "/cases/places").json
        told = dict(zip(places["number"], places["clock"], strict=True))
        assert told == {waiting: standing, suspended: "suspended", closed: "ended"}
        assert (waiting in numbers(desk, "dispatcher", due_within_h=4)) == (standing in ("soon", "overdue"))
        assert (waiting in numbers(desk, "dispatcher", overdue="true")) == (standing == "overdue")
        assert (row["clock"]["used_share"] > 1) == (standing == "overdue")
        if standing == "overdue":
            break
        clock.advance(hours=2)
    assert list(standings) == ["on_time", "soon", "overdue"] and standings["overdue"] == {"overdue"}
    rows = {row["number"]: row for row in desk.get("dispatcher", "/cases").json["items"]}
    assert rows[waiting]["clock"] | {"used_share": 0} == {
        "name": "handle",
        "state": "running",
        "colour": "overdue",
        "used_share": 0,
    }
    assert (rows[suspended]["clock"]["state"], rows[closed]["clock"]["state"]) == ("paused", "stopped")
    assert rows[closed]["reports"] == 2 and places["cut"] is False
    shares = {
        one["name"]: one["used_share"]
        for one in desk.get("dispatcher", f"/cases/{waiting}/clocks").json["items"]
    }
    assert rows[waiting]["clock"]["used_share"] == shares["handle"]


def test_a_row_has_its_first_photo_and_counts_the_reports_of_what_was_merged_into_it(desk: Desk) -> None:
    photo, report_id = factories.photo_bytes(seed=4711), uuid4()
    officer = Officer(desk.client, desk.headers("officer"))
    report = factories.report_json(at=spot(0, -3), accuracy_m=1.0, photos=[photo])
    number = officer.receipt(report, report_id=report_id)["case"]["number"]
    (row,) = desk.get("dispatcher", "/cases").json["items"]
    assert (row["photo"], row["reports"]) == (None, 1)
    assert officer.send_photo(report_id, photo).status_code == 201
    sha256 = report["photos"][0]["sha256"]
    other = desk.open()
    desk.walk(number, "register")
    desk.walk(other, "register")
    desk.did("dispatcher", other, "merge", into=number)
    row = desk.get("dispatcher", "/cases", number=number).json["items"][0]
    assert (row["photo"], row["reports"]) == ({"report": str(report_id), "sha256": sha256}, 2)
    desk.did("dispatcher", number, "dispatch", assisting=[JINXIN])
    (part,) = desk.get("handler_jinxin", "/cases").json["items"]
    assert part["number"] == f"{number}-1"
    assert (part["zone"]["code"], part["photo"], part["reports"]) == ("F-SOUTH", row["photo"], 0)


def test_the_history_names_who_did_what_in_which_role(desk: Desk, owner: Engine) -> None:
    number = desk.open()
    desk.walk(number, "register", "dispatch", "accept")
    told = desk.history(number)
    assert [(entry["action"], entry["actor_role"]) for entry in told] == [
        ("report.received", "officer"),
        ("case.registered", "acceptor"),
        ("case.dispatched", "dispatcher"),
        ("case.accepted", "handler"),
    ]
    with owner.connect() as connection:
        names = dict(
            map(tuple, connection.execute(text("SELECT CAST(id AS text), display_name FROM account")))
        )
    assert [entry["actor_name"] for entry in told] == [names[entry["actor"]] for entry in told]
    # Who acted changes desk: what they were then stays.
    with owner.begin() as connection:
        connection.execute(text("UPDATE account SET role = 'admin' WHERE role = 'handler'"))
    assert desk.history(number)[-1]["actor_role"] == "handler"
    assert desk.get("officer", f"/cases/{number}/history").json["items"][1]["actor_name"]


def test_bodies_are_those_a_case_can_be_dispatched_to(desk: Desk) -> None:
    number = desk.to("registered")
    told = desk.get("handler", "/bodies").json["items"]
    assert [one["kind"] for one in told][0] == "district" and told[0]["name"]
    assert {JINSHA, JINXIN} <= {one["code"] for one in told}
    elsewhere = next(one for one in told if one["code"] == JINXIN)
    assert desk.did("dispatcher", number, "dispatch", body=JINXIN)["body"]["name"] == elsewhere["name"]
    assert desk.act("dispatcher", number, "suspend", **REASON).status_code == 200
