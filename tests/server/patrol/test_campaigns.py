"""Campaigns: zones chosen once, terms that gain versions, results that never change, and figures counted once more."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from config import Config
from tests import factories
from tests.conftest import StandingClock
from tests.factories import CORNER, JINSHA, JINXIN, NOW
from tests.postgres import METRIC_SRID
from tests.server.cases.desk import BEFORE_SOUTH, make_desk
from tests.server.patrol.covered import along, cover_all, make_street
from tests.server.patrol.walks import Officer
from tests.server.world import ELSEWHERE, SignIn, send_report

API = "/api/v1"
FIRST, LAST = date(2026, 8, 25), date(2026, 9, 10)
ITEMS = ("goods", "oil", "noise")
CHECKLIST = [{"code": code, "text": f"事项{code}", "text_en": code} for code in ITEMS]


@pytest.fixture
def config(tmp_path: Any) -> Config:
    """Three zones are as many as one campaign may choose."""
    return Config(
        var=tmp_path / "var", metric_srid=METRIC_SRID, database_pool_size=4, campaign_zones_max_count=3
    )


def wanted(**others: Any) -> dict[str, Any]:
    """A campaign against fruit sellers' goods on the pavement."""
    return {
        "name": "四类行业",
        "from": FIRST.isoformat(),
        "to": LAST.isoformat(),
        "selection": {"trades": ["fruit"]},
        "checklist": CHECKLIST,
        "target_visits": 2,
        **others,
    }


def make_fronts(owner: Engine) -> list[str]:
    """Two fruit sellers in Jinsha, one in Jinxin, and a bank."""
    places = [
        ("F1", "fruit", JINSHA, CORNER),
        ("F2", "fruit", JINSHA, (CORNER[0] + 0.002, CORNER[1])),
        ("F3", "fruit", JINXIN, ELSEWHERE),
        ("F4", "bank", JINSHA, (CORNER[0] + 0.004, CORNER[1])),
    ]
    for code, trade, township, at in places:
        properties = {"trade": trade, "street": "新金路" if code in ("F1", "F4") else "银河路"}
        factories.make_zone(owner, code=code, at=at, township=township, width_m=40, properties=properties)
    return [code for code, *_ in places]


def make(client: FlaskClient, headers: dict[str, str], **others: Any) -> dict[str, Any]:
    answer = client.post(f"{API}/campaigns", json=wanted(**others), headers=headers)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.get_json()
    return made


def found(zone: str, looked_at: datetime, ok: dict[str, bool], **others: Any) -> dict[str, Any]:
    """A result: which items of the checklist were in order."""
    items = [{"item": item, "ok": good} for item, good in ok.items()]
    return {"zone": zone, "looked_at": looked_at.isoformat(), "items": items, **others}


def put(
    client: FlaskClient, officer: Officer, campaign: str, body: dict[str, Any], to: UUID | None = None
) -> Any:
    return client.put(
        f"{API}/campaigns/{campaign}/results/{to or uuid4()}", json=body, headers=officer.headers
    )


# --- Choosing and changing ------------------------------------------------------------------------------------


def test_zones_are_chosen_by_trade_street_township_and_list_as_they_stood_on_the_first_day(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    make_fronts(owner)
    properties = {"trade": "fruit"}
    factories.make_zone(
        owner, code="F9", valid_from=date(2026, 9, 1), properties=properties, at=(121.2, 32.2)
    )
    manager = sign_in("zone_manager")
    for selection, codes in [
        ({"trades": ["fruit"]}, ["F1", "F2", "F3"]),
        ({"trades": ["fruit"], "streets": ["银河路"]}, ["F2", "F3"]),
        ({"trades": ["fruit"], "townships": [JINXIN], "codes": ["F4"]}, ["F3", "F4"]),
        ({"codes": ["F1"]}, ["F1"]),
    ]:
        made = make(client, manager, selection=selection)
        listed = client.get(f"{API}/campaigns/{made['id']}/zones?limit=2", headers=manager).get_json()
        rest = client.get(
            f"{API}/campaigns/{made['id']}/zones?cursor={listed['next']}" if listed["next"] else "/healthz",
            headers=manager,
        ).get_json()
        assert [one["code"] for one in listed["items"] + rest.get("items", [])] == codes
        assert (made["zones"], made["state"]) == (len(codes), "running")


def test_a_campaign_that_cannot_be_is_refused_and_leaves_nothing(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    make_fronts(owner)
    admin = sign_in("admin")
    cannot: list[tuple[dict[str, Any], str]] = [
        ({"selection": {"codes": ["F1", "nowhere"]}}, "/selection/codes/1"),
        ({"selection": {"trades": ["unheard of"]}}, "/selection"),
        ({"selection": {"townships": [JINSHA, JINXIN]}}, "/selection"),
        ({"selection": {}}, "/selection"),
        ({"to": "2026-08-24"}, ""),
        ({"checklist": [*CHECKLIST, CHECKLIST[0]]}, ""),
    ]
    for others, path in cannot:
        answer = client.post(f"{API}/campaigns", json=wanted(**others), headers=admin)
        assert (answer.status_code, answer.get_json()["errors"][0]["path"]) == (422, path), answer.text
    assert factories.count_rows(owner, "campaign") == 0


def test_terms_gain_versions_and_whoever_is_second_is_told(
    client: FlaskClient, owner: Engine, sign_in: SignIn, clock: StandingClock, officer: Officer
) -> None:
    make_fronts(owner)
    manager = sign_in("zone_manager")
    for headers in (sign_in("zone_manager", organisation=JINSHA), sign_in("dispatcher")):
        assert client.post(f"{API}/campaigns", json=wanted(), headers=headers).status_code == 403
    address = f"{API}/campaigns/{make(client, manager)['id']}"

    def patch(**terms: Any) -> Any:
        return client.patch(address, json=terms, headers=manager)

    changed = patch(version=1, to="2026-09-30", target_visits=4).get_json()
    assert (changed["version"], changed["to"], changed["target_visits"]) == (2, "2026-09-30", 4)
    assert (changed["name"], changed["zones"]) == ("四类行业", 3)
    second = patch(version=1, name="late")
    assert (second.status_code, second.get_json()["code"], second.get_json()["version"]) == (
        409,
        "campaign_changed",
        2,
    )
    assert patch(version=2, to="2026-08-01").status_code == 422
    clock.advance(hours=1)
    assert patch(version=2, cancelled_because="并入另一行动").get_json()["state"] == "cancelled"
    assert patch(version=3, name="again").get_json()["code"] == "campaign_cancelled"
    before, after = (found("F1", clock.now + timedelta(minutes=by), {"oil": True}) for by in (-1, 1))
    campaign = address.rpartition("/")[2]
    assert put(client, officer, campaign, before).status_code == 201
    assert put(client, officer, campaign, after).get_json()["code"] == "campaign_cancelled"
    states = {
        state: client.get(f"{API}/campaigns?state={state}", headers=officer.headers).get_json()["items"]
        for state in ("running", "cancelled")
    }
    assert (len(states["running"]), len(states["cancelled"])) == (0, 1)
    with owner.connect() as connection:
        versions = connection.execute(text("SELECT to_day FROM campaign_terms ORDER BY version")).scalars()
        assert list(versions) == [LAST, date(2026, 9, 30), date(2026, 9, 30)]


def test_what_a_selection_would_choose_is_shown_before_a_campaign_begins(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    make_fronts(owner)
    manager = sign_in("zone_manager")
    first = FIRST.isoformat()

    def preview(**selection: Any) -> dict[str, Any]:
        body = {"from": first, "selection": selection}
        answer = client.post(f"{API}/campaigns/preview", json=body, headers=manager)
        assert answer.status_code == 200, answer.text
        return dict(answer.get_json())

    lon, lat = CORNER
    # Drawn by hand, and across itself: both of its halves count.
    bow = [(lon - 0.001, lat - 0.001), (lon + 0.003, lat + 0.001), (lon + 0.003, lat - 0.001)]
    ring = [*bow, (lon - 0.001, lat + 0.001), bow[0]]
    area = {"type": "Polygon", "coordinates": [ring]}
    assert [
        preview(**asked)["zones"] for asked in ({"area": area}, {"area": area, "streets": ["新金路"]})
    ] == [
        2,
        1,
    ]
    named = preview(codes=["F4", "nowhere"], trades=["fruit"], townships=[JINXIN])
    assert (named["zones"], named["unknown_codes"], named["most"]) == (2, ["nowhere"], 3)
    assert [(part["township"], part["zones"]) for part in named["townships"]] == [(JINSHA, 1), (JINXIN, 1)]
    assert [shape["type"] for shape in named["shapes"]] == ["MultiPolygon", "MultiPolygon"] or all(
        shape["type"] == "Polygon" for shape in named["shapes"]
    )
    # One more than a campaign may have is told as too many.
    assert preview(townships=[JINSHA, JINXIN])["zones"] == 4
    assert preview(trades=["unheard of"])["zones"] == 0
    assert factories.count_rows(owner, "campaign") == 0
    told = client.get(f"{API}/campaigns/choices?from={first}", headers=manager).get_json()
    assert [(one["value"], one["zones"]) for one in told["trades"]] == [("fruit", 3), ("bank", 1)]
    assert {(one["value"], one["township"]) for one in told["streets"]} == {
        ("新金路", JINSHA),
        ("银河路", JINSHA),
        ("银河路", JINXIN),
    }
    made = make(client, manager, selection={"area": area})
    assert (made["zones"], made["selection"]["area"]) == (2, area | {"coordinates": [list(map(list, ring))]})


def test_goals_by_township_are_terms_and_never_beyond_its_zones(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    make_fronts(owner)
    manager = sign_in("zone_manager")
    too_many = [{"township": JINSHA, "zones": 3}]
    refused = client.post(f"{API}/campaigns", json=wanted(goals=too_many), headers=manager)
    assert (refused.status_code, refused.get_json()["errors"][0]["path"]) == (422, "/goals/0")
    goals = [{"township": JINSHA, "zones": 1}]
    made = make(client, manager, goals=goals)
    address = f"{API}/campaigns/{made['id']}"

    def goal() -> list[int]:
        told = client.get(f"{address}/progress", headers=manager).get_json()
        return [one["goal"] for one in (*told["townships"], told["total"])]

    assert (made["goals"], goal()) == (goals, [1, 1, 2])
    for body, status in [
        ({"version": 1, "goals": too_many}, 422),
        ({"version": 1, "checklist": CHECKLIST}, 422),
        ({"version": 1, "goals": []}, 200),
    ]:
        assert client.patch(address, json=body, headers=manager).status_code == status
    assert goal() == [2, 1, 3]
    of_jinxin = sign_in("officer", organisation=JINXIN)
    make(client, manager, selection={"codes": ["F1"]})
    for asked, count in [("", 2), ("?mine=true", 1)]:
        assert len(client.get(f"{API}/campaigns{asked}", headers=of_jinxin).get_json()["items"]) == count


# --- Results --------------------------------------------------------------------------------------------------


def test_a_result_is_kept_once_however_often_it_is_sent_and_never_changes(
    client: FlaskClient, owner: Engine, sign_in: SignIn, officer: Officer
) -> None:
    make_fronts(owner)
    campaign = make(client, sign_in("zone_manager"))["id"]
    report_id, photo = uuid4(), factories.photo_bytes(seed=3)
    report = factories.report_json(photos=[photo], accuracy_m=3.0)
    assert send_report(client, officer.headers, report_id, report, photo).status_code == 201
    linked = [{"report": str(report_id), "role": "baseline"}]
    result_id = uuid4()
    body = found("F1", NOW, {"goods": False, "oil": True}, reports=linked, note="两筐水果")
    first, again = (put(client, officer, campaign, body, result_id) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.get_json() == again.get_json()
    assert (first.get_json()["reports"], first.get_json()["account"]) == (linked, str(officer.account_id))
    other = put(client, officer, campaign, {**body, "note": "other"}, result_id)
    assert (other.status_code, other.get_json()["code"]) == (409, "campaign_result_conflict")
    stranger = Officer("", uuid4(), sign_in("checker", organisation=JINXIN))
    theirs = {**body, "zone": "F3", "reports": []}
    assert put(client, stranger, campaign, theirs, result_id).status_code == 409
    shorter = {"version": 1, "to": "2026-08-26"}
    address = f"{API}/campaigns/{campaign}"
    assert client.patch(address, json=shorter, headers=sign_in("admin")).status_code == 200
    assert put(client, officer, campaign, body, result_id).status_code == 200
    assert put(client, officer, campaign, body).status_code == 422
    longer = {"version": 2, "to": LAST.isoformat()}
    assert client.patch(address, json=longer, headers=sign_in("admin")).status_code == 200
    refused: list[tuple[dict[str, Any], str]] = [
        ({"zone": "F4"}, "/zone"),
        # Of the campaign, and not of the officer's township.
        ({"zone": "F3"}, "/zone"),
        ({"looked_at": "2026-08-24T15:59:59Z"}, "/looked_at"),
        ({"looked_at": (NOW + timedelta(days=1)).isoformat()}, "/looked_at"),
        ({"items": [{"item": "unknown", "ok": True}]}, "/items/0/item"),
        ({"items": [{"item": "oil", "ok": True}, {"item": "oil", "ok": False}]}, "/items/1/item"),
        ({"reports": [{"report": str(uuid4()), "role": "after"}]}, "/reports/0/report"),
    ]
    for change, path in refused:
        answer = put(client, officer, campaign, {**body, **change})
        assert (answer.status_code, answer.get_json()["errors"][0]["path"]) == (422, path), answer.text
    assert put(client, officer, str(uuid4()), body).status_code == 404
    assert factories.count_rows(owner, "campaign_result") == 1
    # Each sees what is theirs: the officer, the township, the district; nobody else.
    address = f"{API}/campaigns/{campaign}/results?zone=F1"
    for headers, count in [
        (officer.headers, 1),
        (sign_in("handler", organisation=JINSHA), 1),
        (sign_in("admin"), 1),
        (stranger.headers, 0),
    ]:
        assert len(client.get(address, headers=headers).get_json()["items"]) == count


def test_a_question_is_answered_by_one_of_its_answers_and_zones_are_told_from_where_one_stands(
    client: FlaskClient, owner: Engine, sign_in: SignIn, officer: Officer
) -> None:
    make_fronts(owner)
    answers = [
        {"code": "none", "text": "没有", "text_en": "none", "ok": True},
        {"code": "much", "text": "很多", "text_en": "much", "ok": False},
    ]
    checklist = [CHECKLIST[0], {"code": "waste", "text": "垃圾", "text_en": "Waste", "answers": answers}]
    manager = sign_in("zone_manager")
    campaign = make(client, manager, checklist=checklist)["id"]
    bad = [{**CHECKLIST[0], "answers": answers[:1]}]
    assert client.post(f"{API}/campaigns", json=wanted(checklist=bad), headers=manager).status_code == 422
    good = {"item": "goods", "ok": True}
    for item, status in [
        ({"item": "waste", "ok": True}, 422),
        ({"item": "waste", "answer": "little"}, 422),
        ({"item": "waste"}, 422),
        ({"item": "waste", "answer": "much"}, 201),
    ]:
        body = {"zone": "F2", "looked_at": NOW.isoformat(), "items": [good, item]}
        answer = put(client, officer, campaign, body)
        assert answer.status_code == status, answer.text
    assert [(item["ok"], item["answer"]) for item in answer.get_json()["items"]] == [
        (True, None),
        (False, "much"),
    ]
    nonsense = {"zone": "F2", "looked_at": NOW.isoformat(), "items": [{"item": "goods", "answer": "much"}]}
    assert put(client, officer, campaign, nonsense).status_code == 422
    address = f"{API}/campaigns/{campaign}/zones"
    near = client.get(f"{address}?near={CORNER[0] + 0.0019},{CORNER[1]}&limit=2", headers=manager).get_json()
    assert [one["code"] for one in near["items"]] == ["F2", "F1"] and near["next"] is None
    first = near["items"][0]
    assert (first["name"], first["street"], first["state"]) == ("测试 F2", "银河路", "open")
    assert abs(first["position"]["lon"] - (CORNER[0] + 0.002)) < 1e-4
    for wrong in ("121", "a,b", "181,0"):
        assert client.get(f"{address}?near={wrong}", headers=manager).status_code == 422


def test_pairs_are_the_cases_of_the_campaign_with_how_it_was_and_how_it_is(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    desk = make_desk(client, owner, sign_in)
    manager = sign_in("zone_manager")
    without, number = desk.open(), desk.to("dispatched")
    zone = desk.get("dispatcher", f"/cases/{number}").json["zone"]["code"]
    campaign = make(client, manager, selection={"codes": [zone]}, to="2030-01-01")["id"]
    address = f"{API}/campaigns/{campaign}/pairs"
    photo = factories.photo_bytes(seed=71)
    scene = factories.report_json(at=BEFORE_SOUTH, accuracy_m=1.0, photos=[photo], case=number)
    sent = send_report(client, desk.headers("handler"), uuid4(), scene, photo)
    assert (sent.status_code, client.get(address, headers=manager).get_json()["items"]) == (201, [])
    after = [desk.after(number), desk.after(number)]
    (pair,) = client.get(address, headers=manager).get_json()["items"]
    assert (pair["number"], pair["zone"]) == (number, zone) != (without, zone)
    assert pair["after"]["report"] in after and pair["before"]["report"] not in after
    for headers, count in [
        (desk.headers("handler"), 1),
        (sign_in("handler", organisation=JINXIN), 0),
    ]:
        assert len(client.get(address, headers=headers).get_json()["items"]) == count
    assert client.get(f"{address}?township={JINXIN}", headers=manager).get_json()["items"] == []


# --- Figures --------------------------------------------------------------------------------------------------


def add_visits(owner: Engine, random_: random.Random) -> None:
    """Visits of versions of the zones within the campaign and around it; one zone has two versions."""
    with owner.begin() as connection:
        connection.execute(
            text("UPDATE zone SET valid = daterange(lower(valid), '2026-09-01') WHERE code = 'F1'")
        )
    factories.make_zone(owner, code="F1", version=2, valid_from=date(2026, 9, 1), width_m=30)
    with owner.begin() as connection:
        zones = list(connection.execute(text("SELECT id FROM zone WHERE code LIKE 'F_'")).scalars())
        for _ in range(60):
            day = FIRST + timedelta(days=random_.randrange(-3, 20))
            start = datetime(day.year, day.month, day.day, 1, tzinfo=NOW.tzinfo) + timedelta(
                minutes=random_.randrange(600)
            )
            connection.execute(
                text(
                    "INSERT INTO visit (account_id, zone_id, day, from_at, to_at, kind, certain, certain_m, "
                    "probable_m) VALUES (:account, :zone, :day, :start, :stop, :kind, true, 5, 5)"
                ),
                {
                    "account": uuid4(),
                    "zone": random_.choice(zones),
                    "day": day,
                    "start": start,
                    "stop": start + timedelta(minutes=2),
                    "kind": random_.choice(("patrol", "inspection", "service")),
                },
            )


def counted_visits(owner: Engine, codes: Iterable[str]) -> dict[str, int]:
    """How often somebody came by each zone, from the table as it stands, counted here."""
    with owner.connect() as connection:
        names = {row.id: row.code for row in connection.execute(text("SELECT id, code FROM zone"))}
        rows = connection.execute(text("SELECT zone_id, day FROM visit")).all()
    return {
        code: sum(names[row.zone_id] == code and FIRST <= row.day <= LAST for row in rows) for code in codes
    }


def counted_findings(looks: Iterable[tuple[datetime, dict[str, bool]]]) -> tuple[int, int, int]:
    """Found, fixed and re-offended of one zone, told as a story: by time, item by item."""
    story: dict[str, list[bool]] = {}
    for _, ok in sorted(looks, key=lambda look: look[0]):
        for item, good in ok.items():
            story.setdefault(item, []).append(good)
    wrong = [told for told in story.values() if not all(told)]
    again = 0
    for told in wrong:
        ever, cured, back = False, False, False
        for good in told:
            back = back or (cured and not good)
            ever = ever or not good
            cured = good and ever
        again += back
    return len(wrong), sum(told[-1] for told in wrong), again


@pytest.mark.parametrize("seed", [1, 2])
def test_the_figures_of_each_township_are_what_anybody_counts_from_visits_results_reports_and_cases(
    client: FlaskClient, owner: Engine, sign_in: SignIn, seed: int
) -> None:
    random_ = random.Random(seed)
    make_fronts(owner)
    account = factories.make_account(owner, role="officer")
    officer = Officer(account.username, account.id, sign_in(account.username))
    for township, centre in ((JINSHA, CORNER), (JINXIN, ELSEWHERE)):
        factories.make_zone(owner, kind="township", township=township, at=centre, width_m=3000, depth_m=3000)
    manager = sign_in("zone_manager")
    campaign = make(client, manager)["id"]
    homes = {"F1": JINSHA, "F2": JINSHA, "F3": JINXIN}
    add_visits(owner, random_)

    looks: dict[str, list[tuple[datetime, dict[str, bool]]]] = {code: [] for code in homes}
    sent = []
    for _ in range(14):
        code = random_.choice(["F1", "F3"] if seed == 1 else list(homes))
        at = NOW - timedelta(minutes=random_.randrange(7000))
        ok = {item: random_.random() < 0.5 for item in random_.sample(ITEMS, 2)}
        looks[code].append((at, ok))
        sent.append(found(code, at, ok))
    # They come in any order.
    random_.shuffle(sent)
    for body in sent:
        assert put(client, officer, campaign, body).status_code == 201

    cases = {}
    for number, spot in enumerate([CORNER, CORNER, ELSEWHERE, (CORNER[0] + 0.004, CORNER[1])]):
        photo = factories.photo_bytes(seed=100 + number)
        report = factories.report_json(at=spot, photos=[photo], accuracy_m=3.0)
        answer = send_report(client, officer.headers, uuid4(), report, photo)
        assert answer.status_code == 201, answer.text
        cases[answer.get_json()["case"]["number"]] = answer.get_json()["match"]["frontage"]["code"]
    closed = next(number for number, code in cases.items() if code == "F1")
    with owner.begin() as connection:
        connection.execute(
            text("UPDATE case_file SET state = 'closed', closed_at = now() WHERE number = :number"),
            {"number": closed},
        )

    told = client.get(f"{API}/campaigns/{campaign}/progress", headers=manager).get_json()
    visits = counted_visits(owner, homes)
    for figures in told["townships"]:
        here = [code for code, home in homes.items() if home == figures["township"]]
        findings = [counted_findings(looks[code]) for code in here]
        reported = [code for code in cases.values() if code in here]
        assert figures == {
            "township": figures["township"],
            "name": {JINSHA: "金沙街道", JINXIN: "金新街道"}[figures["township"]],
            "zones": len(here),
            "zones_visited": sum(visits[code] > 0 for code in here),
            "zones_done": sum(visits[code] >= 2 for code in here),
            "visits": sum(visits[code] for code in here),
            "visits_counted": sum(min(visits[code], 2) for code in here),
            "visits_wanted": 2 * len(here),
            "looked_at": sum(bool(looks[code]) for code in here),
            "goal": len(here),
            "failing": sum(one[1] < one[0] for one in findings),
            "found": sum(one[0] for one in findings),
            "fixed": sum(one[1] for one in findings),
            "reoffended": sum(one[2] for one in findings),
            "reports": len(reported),
            "cases": len(reported),
            "cases_closed": int("F1" in here),
        }
    assert [figures["township"] for figures in told["townships"]] == [JINSHA, JINXIN]
    assert told["total"]["visits"] == sum(visits.values())
    assert told["total"]["reports"] == 3
    _check_readers(client, sign_in, manager, campaign, told)


def test_a_report_counts_for_the_zone_that_a_person_chose(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    make_fronts(owner)
    for township, centre in ((JINSHA, CORNER), (JINXIN, ELSEWHERE)):
        factories.make_zone(owner, kind="township", township=township, at=centre, width_m=3000, depth_m=3000)
    factories.make_zone(owner, code="F-OTHER", at=CORNER, width_m=2, depth_m=2)
    manager, dispatcher = sign_in("zone_manager"), sign_in("dispatcher")
    campaign = make(client, manager)["id"]
    report = factories.report_json(at=CORNER, accuracy_m=3.0)
    receipt = client.put(f"{API}/reports/{uuid4()}", json=report, headers=sign_in("officer")).get_json()

    def counted() -> int:
        told = client.get(f"{API}/campaigns/{campaign}/progress", headers=manager).get_json()
        return int(told["total"]["reports"])

    def choose(code: str) -> None:
        path = f"{API}/cases/{receipt['case']['number']}"
        version = client.get(path, headers=dispatcher).get_json()["version"]
        sent = {"version": version, "zone": {"kind": "frontage", "code": code}}
        assert client.post(f"{path}/actions/choose_zone", json=sent, headers=dispatcher).status_code == 200

    choose("F1")
    assert counted() == 1
    choose("F-OTHER")
    assert counted() == 0


def _check_readers(
    client: FlaskClient, sign_in: SignIn, manager: dict[str, str], campaign: str, told: dict[str, Any]
) -> None:
    """The file says the same; the zones sum up to it; a township reads its own."""
    address = f"{API}/campaigns/{campaign}"
    file = client.get(f"{address}/progress.csv", headers=manager)
    lines = list(csv.DictReader(io.StringIO(file.get_data(as_text=True).removeprefix("\ufeff"))))
    assert [line["visits"] for line in lines] == [
        str(one["visits"]) for one in (*told["townships"], told["total"])
    ]
    zones = client.get(f"{address}/zones", headers=manager).get_json()["items"]
    for name in ("visits", "found", "fixed", "reoffended"):
        assert sum(zone[name] for zone in zones) == told["total"][name]
    open_ = client.get(f"{address}/zones?state=open", headers=manager).get_json()["items"]
    assert {zone["code"] for zone in open_} == {zone["code"] for zone in zones if zone["open_items"]}
    own = client.get(f"{address}/progress", headers=sign_in("officer", organisation=JINXIN)).get_json()
    assert own["townships"] == [one for one in told["townships"] if one["township"] == JINXIN]
    assert len(client.get(f"{address}/zones", headers=sign_in("officer")).get_json()["items"]) == 3


def test_who_walks_by_with_a_tracker_of_others_counts_as_having_come_by(
    client: FlaskClient, owner: Engine, sign_in: SignIn, patrolling: Officer, clock: StandingClock
) -> None:
    fronts = make_street(owner, 3)
    manager = sign_in("zone_manager")
    campaign = make(client, manager, selection={"codes": fronts}, target_visits=1)["id"]
    enrolled = {"kind": "overland", "name": "iPhone"}
    token = client.post(f"{API}/devices", json=enrolled, headers=patrolling.headers).get_json()["token"]
    walk = along(clock.now - timedelta(minutes=5), seconds=60, from_m=-20)
    locations = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [lon, lat]},
            "properties": {
                "timestamp": datetime.fromtimestamp(at_s, UTC).isoformat(),
                "horizontal_accuracy": 5,
            },
        }
        for at_s, lon, lat, *_ in walk
    ]
    # A batch is answered before the way is seen: figures follow, they are not waited for.
    headers = {"Authorization": f"Bearer {token}"}
    answer = client.post(f"{API}/trackers/overland", json={"locations": locations}, headers=headers)
    assert answer.get_json()["accepted"] == 60, answer.text
    assert (
        client.get(f"{API}/campaigns/{campaign}/progress", headers=manager).get_json()["total"]["visits"] == 0
    )
    cover_all(owner)
    total = client.get(f"{API}/campaigns/{campaign}/progress", headers=manager).get_json()["total"]
    assert (total["zones_done"], total["visits"]) == (3, 3)
