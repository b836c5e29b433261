"""Assists: help that patrols gave, kept once, listed for the district, and of nobody by name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from tests import factories
from tests.conftest import StandingClock
from tests.factories import CORNER, DISTRICT, JINSHA, JINXIN, NOW
from tests.server.patrol.walks import Officer
from tests.server.world import SignIn, make_two_places

ASSISTS = "/api/v1/assists"


def assist(**said: Any) -> dict[str, Any]:
    return {
        "happened_at": NOW.isoformat(),
        "position": {"lon": CORNER[0], "lat": CORNER[1], "datum": "wgs84", "accuracy_m": 8.0},
        "address": "新金路与新市巷交叉口",
        "what": "一位老人中暑晕倒,抬至阴凉处并呼叫急救",
        "people_helped": 1,
        "outcome": "hospital",
        **said,
    }


def put(client: FlaskClient, officer: Officer, **said: Any) -> Any:
    return client.put(f"{ASSISTS}/{uuid4()}", json=assist(**said), headers=officer.headers)


def test_an_assist_is_kept_once_with_its_place_in_wgs84_and_its_township(
    client: FlaskClient, owner: Engine, sign_in: SignIn, officer: Officer
) -> None:
    factories.make_zone(owner, kind="township", township=JINSHA, at=CORNER, width_m=3000, depth_m=3000)
    path = f"{ASSISTS}/{uuid4()}"
    said = assist(position={"lon": 121.0745, "lat": 32.0680, "datum": "gcj02"})
    answers = [client.put(path, json=said, headers=officer.headers) for _ in range(2)]
    assert [one.status_code for one in answers] == [201, 200]
    kept = answers[0].get_json()
    assert kept == answers[1].get_json() == client.get(path, headers=sign_in("dispatcher")).get_json()
    assert kept["position"]["lon"] == pytest.approx(121.07, abs=1e-3) != 121.0745
    assert (kept["township"], kept["people_helped"], kept["outcome_name"]) == (JINSHA, 1, "已送医")
    answer = client.put(path, json=said | {"people_helped": 2}, headers=officer.headers)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "assist_conflict")
    changes = client.get("/api/v1/changes", headers=sign_in("zone_manager")).get_json()["items"]
    assert [(one["kind"], one["subject"]) for one in changes] == [("assist.recorded", kept["id"])]


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"what": "送回走失老人,家属电话13800138000"}, "/what"),
    ({"what": "身份证32068319500101123X"}, "/what"),
    ({"what": "  "}, "/what"),
    ({"name": "王小明"}, "/name"),
    ({"happened_at": (NOW + timedelta(days=1)).isoformat()}, "/happened_at"),
    ({"reports": [str(uuid4())]}, "/reports"),
    ({"people_helped": -1}, "/people_helped"),
    ({"position": {"lon": CORNER[0], "lat": CORNER[1]}}, "/position/datum"),
]


def test_what_names_somebody_or_cannot_be_is_refused(
    client: FlaskClient, owner: Engine, officer: Officer
) -> None:
    for said, path in REFUSED:
        answer = put(client, officer, **said)
        assert (answer.status_code, answer.get_json()["errors"][0]["path"]) == (422, path)
    assert factories.count_rows(owner, "assist") == 0


def test_photos_are_those_of_the_officer_s_own_reports(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    here, there = make_two_places(owner, client, sign_in)
    mine = {"json": assist(reports=[str(here.report_id)]), "headers": sign_in(here.officer)}
    assert client.put(f"{ASSISTS}/{uuid4()}", **mine).get_json()["reports"] == [str(here.report_id)]
    theirs = {"json": assist(reports=[str(there.report_id)]), "headers": sign_in(here.officer)}
    assert client.put(f"{ASSISTS}/{uuid4()}", **theirs).status_code == 422


def test_the_district_lists_all_and_a_township_its_own_by_time_and_place(
    client: FlaskClient, owner: Engine, sign_in: SignIn, officer: Officer, clock: StandingClock
) -> None:
    factories.make_zone(owner, kind="township", township=JINSHA, at=CORNER, width_m=3000, depth_m=3000)
    elsewhere = factories.make_account(owner, role="officer", organisation=JINXIN)
    other = Officer(elsewhere.username, elsewhere.id, sign_in(elsewhere.username))
    ids = [
        put(client, who, happened_at=(clock.now - timedelta(hours=hours)).isoformat()).get_json()["id"]
        for who, hours in ((officer, 3), (officer, 2), (other, 1))
    ]

    def listed(headers: dict[str, str], **query: Any) -> list[str]:
        page = client.get(ASSISTS, query_string=query, headers=headers).get_json()
        return [one["id"] for one in page["items"]]

    district = sign_in("zone_manager", organisation=DISTRICT)
    assert listed(district) == ids[::-1]
    assert listed(sign_in("handler", organisation=JINSHA)) == listed(officer.headers) == ids[1::-1]
    assert listed(other.headers) == ids[2:] and listed(sign_in("officer")) == []
    window = {
        "from": (clock.now - timedelta(hours=2)).isoformat(),
        "to": (clock.now - timedelta(hours=1)).isoformat(),
    }
    assert listed(district, **window) == ids[1:2]
    assert listed(district, township=JINSHA) == ids[::-1] and listed(district, township=JINXIN) == []
    page = client.get(f"{ASSISTS}?limit=2", headers=district).get_json()
    assert listed(district, cursor=page["next"]) == ids[:1]
    assert client.get(f"{ASSISTS}/{ids[0]}", headers=other.headers).status_code == 404
