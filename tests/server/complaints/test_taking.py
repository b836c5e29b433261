"""A complaint finds its place and its case: it joins an open one of its kind, or opens one, and says which and why."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from geo.datum import Datum, Position, convert
from tests import factories
from tests.conftest import StandingClock
from tests.factories import CORNER, JINSHA, JINXIN
from tests.server.complaints.calls import (
    API,
    METRE_EAST_DEG,
    complaint_json,
    end_case,
    entries,
    put,
    taken,
)
from tests.server.test_matrix import asker, enter
from tests.server.world import Place, SignIn

Places = tuple[Place, Place]


def trial(client: FlaskClient, headers: dict[str, str], **others: Any) -> dict[str, Any]:
    """Where a complaint would go, as it was answered."""
    complaint = complaint_json(**others)
    matter = {name: complaint[name] for name in ("received_at", "category", "position")}
    answer = client.post(f"{API}/complaints/trial", json=matter, headers=headers)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.get_json()
    return told


def reasons(told: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in told["because"]]


def test_a_complaint_about_the_same_zone_and_category_joins_the_open_case_and_says_why(
    client: FlaskClient, owner: Engine, places: Places, intake: dict[str, str]
) -> None:
    tried = trial(client, intake)
    assert factories.count_rows(owner, "complaint") == 2
    told = taken(client, intake)
    assert told["relation"] == "attached"
    assert told["case"]["number"] == places[0].case_number
    assert (tried["relation"], tried["case"], tried["because"]) == (
        "attached",
        told["case"]["number"],
        told["because"],
    )
    assert (tried["match"], tried["body"]) == (told["match"], "金沙街道")
    (reason,) = told["because"]
    assert reason["code"] == "same_zone"
    assert reason["params"]["zone"] == places[0].frontage
    assert places[0].case_number in reason["text"] and places[0].case_number in reason["text_en"]
    assert factories.count_rows(owner, "case_file") == 2
    entry = entries(client, intake, places[0].case_number)[-1]
    assert entry["action"] == "complaint.attached"
    assert entry["body"]["complaint"] == told["id"]
    assert entry["body"]["commitment"] == told["commitment"]


def test_a_complaint_that_joins_a_case_is_told_to_its_body(
    client: FlaskClient, owner: Engine, places: Places, intake: dict[str, str]
) -> None:
    taken(client, intake)
    with owner.connect() as connection:
        key, payload, code = connection.execute(
            text(
                "SELECT o.dedupe_key, o.payload, b.code FROM outbox o JOIN organisation b ON b.id = o.organisation_id "
                "WHERE o.event = 'complaint.attached'"
            )
        ).one()
    assert key == f"{places[0].case_number}:{len(entries(client, intake, places[0].case_number))}"
    assert (payload["case"], payload["action"], code) == (places[0].case_number, "complaint.attached", JINSHA)


def test_a_complaint_of_another_category_opens_a_case_at_the_body_that_answers_for_the_place(
    client: FlaskClient, owner: Engine, places: Places, intake: dict[str, str], sign_in: SignIn
) -> None:
    factories.make_category(owner, code="noise")
    tried = trial(client, intake, category="noise")
    told = taken(client, intake, category="noise")
    assert (told["relation"], reasons(told)) == ("opened", ["no_open_case"])
    # It would open one, and the case of another category that is open there is told.
    assert (tried["case"], reasons(tried)) == (None, ["no_open_case"])
    (known,) = tried["known"]
    assert (known["number"], known["zone"]) == (places[0].case_number, places[0].frontage)
    number = told["case"]["number"]
    assert number not in {place.case_number for place in places}
    handler = sign_in("handler", organisation=JINSHA)
    case = client.get(f"{API}/cases/{number}", headers=handler).get_json()
    assert (case["state"], case["category"], case["body"]["code"]) == ("reported", "noise", JINSHA)
    assert case["reports"] == []
    (entry,) = entries(client, handler, number)
    assert entry["action"] == "complaint.received"
    assert entry["body"]["routed_to"] == JINSHA
    inbox = client.get(f"{API}/inbox", headers=handler).get_json()["items"]
    assert inbox[0]["case"]["number"] == number
    listed = client.get(f"{API}/cases", headers=handler).get_json()["items"]
    assert {item["number"] for item in listed} == {number, places[0].case_number}


@pytest.mark.parametrize("away_m, code", [(20, "near"), (45, "no_open_case")])
def test_outside_the_zone_an_open_case_within_the_limit_is_joined_and_one_beyond_is_not(
    client: FlaskClient, places: Places, intake: dict[str, str], away_m: float, code: str
) -> None:
    told = taken(client, intake, at=(CORNER[0] + away_m * METRE_EAST_DEG, CORNER[1]))
    assert reasons(told) == [code]
    if code == "near":
        assert told["because"][0]["params"]["distance_m"] == pytest.approx(away_m, abs=0.5)


def test_an_ended_case_is_not_joined(
    client: FlaskClient, owner: Engine, places: Places, intake: dict[str, str]
) -> None:
    end_case(owner, places[0].case_number)
    assert reasons(taken(client, intake)) == ["no_open_case"]


def test_of_two_open_cases_the_one_in_the_zone_is_joined_though_another_is_nearer(
    client: FlaskClient, owner: Engine, places: Places, intake: dict[str, str]
) -> None:
    beside = (CORNER[0] + 9 * METRE_EAST_DEG, CORNER[1])
    taken(client, intake, at=beside, force_new="another heap")
    at_the_edge = (CORNER[0] + 5.4 * METRE_EAST_DEG, CORNER[1])
    position = {"lon": at_the_edge[0], "lat": at_the_edge[1], "datum": "wgs84", "accuracy_m": 1.0}
    told = taken(client, intake, position=position)
    assert (reasons(told), told["case"]["number"]) == (["same_zone"], places[0].case_number)


def test_a_second_complaint_joins_the_case_that_a_complaint_opened(
    client: FlaskClient, owner: Engine, places: Places, intake: dict[str, str], clock: StandingClock
) -> None:
    factories.make_category(owner, code="noise")
    first = taken(client, intake, category="noise")
    clock.advance(minutes=1)
    second = taken(client, intake, category="noise")
    assert (second["relation"], reasons(second)) == ("attached", ["same_zone"])
    assert second["case"]["number"] == first["case"]["number"]
    listed = client.get(f"{API}/cases/{first['case']['number']}/complaints", headers=intake).get_json()
    assert [item["id"] for item in listed["items"]] == [second["id"], first["id"]]


def test_a_zone_says_where_without_a_point(
    client: FlaskClient, places: Places, intake: dict[str, str]
) -> None:
    told = taken(client, intake, at=None, zone=places[0].frontage)
    assert told["case"]["number"] == places[0].case_number
    assert (told["zone"], told["match"]["frontage"]["code"]) == (places[0].frontage, places[0].frontage)
    assert told["township"] == JINSHA


def test_an_address_goes_with_the_point_picked_for_it_in_whatever_datum_the_map_has(
    client: FlaskClient, places: Places, intake: dict[str, str]
) -> None:
    shown = convert(Position(*CORNER, Datum.WGS84), Datum.GCJ02)
    told = taken(client, intake, at=(shown.lon, shown.lat), datum="gcj02", address="新金路 47 号门前")
    assert told["address"] == "新金路 47 号门前"
    assert told["case"]["number"] == places[0].case_number
    assert (told["position"]["lon"], told["position"]["lat"]) == pytest.approx(CORNER, abs=1e-6)


def test_intake_may_name_the_case_and_an_ended_one_is_not_opened_again_by_that(
    client: FlaskClient, owner: Engine, places: Places, intake: dict[str, str]
) -> None:
    far = {"at": places[1].at, "case": places[0].case_number}
    told = taken(client, intake, **far)
    assert (told["relation"], reasons(told)) == ("attached", ["named"])
    end_case(owner, places[0].case_number)
    told = taken(client, intake, **far)
    assert (told["relation"], reasons(told)) == ("opened", ["named_case_ended"])


def test_intake_may_insist_on_a_case_of_its_own_and_its_reason_is_kept(
    client: FlaskClient, places: Places, intake: dict[str, str]
) -> None:
    told = taken(client, intake, force_new="对面另一家店")
    assert (told["relation"], reasons(told)) == ("opened", ["forced_new"])
    assert told["because"][0]["params"] == {"reason": "对面另一家店"}
    assert told["case"]["number"] != places[0].case_number


def test_without_a_category_no_case_is_guessed(
    client: FlaskClient, places: Places, intake: dict[str, str]
) -> None:
    told = taken(client, intake, category=None)
    assert (told["relation"], reasons(told), told["category"]) == ("opened", ["no_category"], None)
    case = client.get(f"{API}/cases/{told['case']['number']}", headers=intake).get_json()
    assert case["category"] == "unsorted"


def test_a_township_s_intake_joins_no_case_it_may_not_see(
    client: FlaskClient, owner: Engine, places: Places, sign_in: SignIn
) -> None:
    told = taken(client, sign_in("intake", organisation=JINXIN))
    assert told["relation"] == "opened"
    assert told["match"]["township"]["code"] == JINSHA


def test_the_same_complaint_again_is_answered_the_same_and_other_content_is_refused(
    client: FlaskClient, owner: Engine, places: Places, intake: dict[str, str], sign_in: SignIn
) -> None:
    complaint, complaint_id = complaint_json(), uuid4()
    first, again = (put(client, intake, complaint, complaint_id) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.get_json() == again.get_json()
    other = put(client, intake, {**complaint, "text": "别的事"}, complaint_id)
    somebody_else = put(client, sign_in("intake"), complaint, complaint_id)
    assert [(answer.status_code, answer.get_json()["code"]) for answer in (other, somebody_else)] == [
        (409, "complaint_conflict")
    ] * 2
    assert (
        factories.count_rows(owner, "complaint") == factories.count_rows(owner, "complaint_person") == 2 + 1
    )


def test_sent_eight_times_at_once_it_is_taken_once(
    app: OpenAPI, owner: Engine, places: Places, intake: dict[str, str]
) -> None:
    complaint, complaint_id = complaint_json(force_new="x"), uuid4()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: put(app.test_client(), intake, complaint, complaint_id), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.data for answer in answers}) == 1
    assert factories.count_rows(owner, "case_file") == 3


def test_a_correction_is_a_neighbour_and_stands_for_the_first(
    client: FlaskClient, owner: Engine, places: Places, intake: dict[str, str]
) -> None:
    first = taken(client, intake)
    end_case(owner, first["case"]["number"])
    second = taken(client, intake, corrects=first["id"], text="不是纸箱,是木箱", at=places[1].at)
    assert (second["relation"], second["corrects"], reasons(second)) == (
        "corrected",
        first["id"],
        ["corrects"],
    )
    assert second["case"]["number"] == first["case"]["number"]
    before = client.get(f"{API}/complaints/{first['id']}", headers=intake).get_json()
    assert (before["text"], before["corrected_by"]) == (first["text"], second["id"])
    assert entries(client, intake, first["case"]["number"])[-1]["action"] == "complaint.corrected"
    answer = put(client, intake, complaint_json(corrects=first["id"]))
    assert (answer.status_code, answer.get_json()["code"]) == (409, "complaint_corrected")


@pytest.mark.parametrize(
    "others, path",
    [
        ({"at": None}, ""),
        ({"at": None, "zone": "nowhere"}, "/zone"),
        ({"case": "TZ-2026-999999"}, "/case"),
        ({"corrects": "00000000-0000-4000-8000-000000000000"}, "/corrects"),
        ({"received_at": "2026-09-02T10:00:00+08:00"}, "/received_at"),
        ({"received_at": "2026-09-01T10:00:00"}, "/received_at"),
        ({"at": (121.0, 95.0)}, "/position/lat"),
        ({"channel": "fax"}, "/channel"),
        ({"text": "  "}, "/text"),
        ({"case": "TZ-2026-000001", "force_new": "x"}, ""),
        ({"complainant": {"name": "某", "wishes_callback": True}}, "/complainant"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_what_cannot_be_a_complaint_is_refused_and_nothing_of_it_is_kept(
    client: FlaskClient,
    owner: Engine,
    places: Places,
    intake: dict[str, str],
    others: dict[str, Any],
    path: str,
) -> None:
    answer = put(client, intake, complaint_json(**others))
    assert answer.status_code == 422, answer.text
    assert [error["path"] for error in answer.get_json()["errors"]] == [path]
    assert factories.count_rows(owner, "complaint") == 2
    assert factories.count_rows(owner, "case_file") == 2


def test_of_two_corrections_at_once_one_stands(
    app: OpenAPI, client: FlaskClient, owner: Engine, places: Places, intake: dict[str, str]
) -> None:
    first = taken(client, intake)
    with ThreadPoolExecutor(4) as pool:
        complaint = complaint_json(corrects=first["id"])
        answers = list(pool.map(lambda _: put(app.test_client(), intake, complaint), range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert {answer.get_json()["code"] for answer in answers if answer.status_code == 409} == {
        "complaint_corrected"
    }
    assert entries(client, intake, places[0].case_number)[-1]["action"] == "complaint.corrected"


@pytest.mark.parametrize("role", ["officer", "dispatcher", "handler", "admin"])
def test_only_intake_takes_complaints_also_below_http(
    app: OpenAPI,
    client: FlaskClient,
    owner: Engine,
    as_app_role: Engine,
    places: Places,
    intake: dict[str, str],
    sign_in: SignIn,
    role: str,
) -> None:
    assert put(client, sign_in(role), complaint_json()).status_code == 403
    statement = "SELECT complaint_put_v1(gen_random_uuid(), c.id, '{}', '{}', '{}', '', '{}') FROM case_file c LIMIT 1"
    with as_app_role.connect() as connection, pytest.raises(DBAPIError) as refused:
        enter(connection, asker(app, owner, role, JINSHA))
        connection.execute(text("SELECT set_config('frontage.scope', 'district', true)"))
        connection.execute(text(statement))
    assert refused.value.orig.diag.constraint_name == "complaint_taker"  # type: ignore[union-attr]
