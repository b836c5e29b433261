"""Trackers people already have: their own payloads, the token that lets one phone in, and the code that sets it up."""

from __future__ import annotations

import base64
import http.client
import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo

import pytest
import zxingcpp
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import Engine, text

from config import Config
from server.patrol.trackers import payloads
from server.patrol.trackers.payloads import Reading, agent_mark
from tests import factories
from tests.conftest import StandingClock
from tests.factories import CORNER, JINSHA, JINXIN
from tests.postgres import TestServer
from tests.server.patrol import client_payloads
from tests.server.patrol.walks import Officer, start_shift, stored
from tests.server.world import SignIn
from tests.serving import serving

API = "/api/v1"
NAMES = [
    "_type",
    "lon",
    "lat",
    "tst",
    "acc",
    "location",
    "coords",
    "latitude",
    "longitude",
    "timestamp",
    "geometry",
]
NAMES += ["type", "coordinates", "properties", "unique_id", "action", "recorded_at", "datum", "batt", "topic"]
JSON = {"Content-Type": "application/json"}


def enrol(client: FlaskClient, officer: Officer, kind: str, **wanted: Any) -> dict[str, Any]:
    """A phone set up for the officer."""
    body = {"kind": kind, "name": f"{kind} 1", **wanted}
    answer = client.post(f"{API}/devices", json=body, headers=officer.headers)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.get_json()
    return made


def basic(username: str, token: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{username}:{token}".encode()).decode()}


def owntracks(client: FlaskClient, officer: Officer, token: str, body: str, **headers: str) -> Any:
    """One message as the app posts it."""
    return client.post(
        f"{API}/trackers/owntracks", data=body, headers={**JSON, **basic(officer.username, token), **headers}
    )


def overland(client: FlaskClient, token: str, body: str) -> Any:
    return client.post(
        f"{API}/trackers/overland", data=body, headers={**JSON, "Authorization": f"Bearer {token}"}
    )


def location(at: datetime, **others: Any) -> str:
    """An OwnTracks location at the corner of the tests."""
    told = {"_type": "location", "lon": CORNER[0], "lat": CORNER[1], "tst": int(at.timestamp()), "acc": 5}
    return json.dumps({**told, **others})


def heard(client: FlaskClient, officer: Officer, device: dict[str, Any]) -> dict[str, Any]:
    """The device as its officer sees it now."""
    listed = client.get(f"{API}/devices", headers=officer.headers).get_json()["items"]
    return next(one for one in listed if one["id"] == device["id"])


def on_duty_at(owner: Engine, officer: Officer, at: datetime) -> None:
    start_shift(owner, officer.account_id, at - timedelta(minutes=5), at + timedelta(minutes=5))


# --- Payloads of the documents --------------------------------------------------------------------------------


def test_owntracks_is_taken_as_its_document_prints_it(
    client: FlaskClient, owner: Engine, officer: Officer
) -> None:
    token = enrol(client, officer, "owntracks")["token"]
    for at in (1497508651, 1497476456):
        on_duty_at(owner, officer, datetime.fromtimestamp(at, UTC))
    for body in (client_payloads.OWNTRACKS, client_payloads.OWNTRACKS_SHORT, client_payloads.OWNTRACKS):
        answer = owntracks(client, officer, token, body, **{"X-Limit-U": "jane", "X-Limit-D": "iphone"})
        assert (answer.status_code, answer.get_json()) == (200, [])
    short, full = stored(owner)
    assert full["recorded_at"] == datetime(2017, 6, 15, 6, 37, 31, tzinfo=UTC)
    assert (full["lon"], full["lat"], full["accuracy_m"], full["altitude_m"]) == (2.29513, 48.85833, 5, 167)
    assert full["speed_mps"] == pytest.approx(61 / 3.6, rel=1e-6)
    assert (full["bearing_deg"], full["battery"]) == (271, pytest.approx(0.41))
    assert (short["accuracy_m"], short["speed_mps"], short["mock"]) == (None, None, False)


def test_what_is_no_location_is_answered_and_counted_not_stored(
    client: FlaskClient, owner: Engine, patrolling: Officer
) -> None:
    made = enrol(client, patrolling, "owntracks")
    for body, counted in [
        (client_payloads.OWNTRACKS_WAYPOINT, "ignored"),
        ('{"_type":"lwt","tst":1497508651}', "ignored"),
        ('{"_type":"status","android":{"hib":0}}', "ignored"),
        ("", "ignored"),
        (client_payloads.OWNTRACKS_TIMELESS, "unreadable"),
        ('{"_type":"encrypted","data":"AAAA"}', "unreadable"),
        ('{"_type":"location","lon":200,"lat":0,"tst":1497508651}', "unreadable"),
        ("[]", "unreadable"),
    ]:
        answer = owntracks(client, patrolling, made["token"], body)
        assert (answer.status_code, answer.get_json()) == (200, []), body
        counts = heard(client, patrolling, made["device"])["heard"]
        assert {name: count for name, count in counts.items() if count} == {counted: 1}, body
    assert owntracks(client, patrolling, made["token"], "{").status_code == 400
    assert stored(owner) == []


def test_osmand_and_traccar_are_taken_as_their_tests_print_them(
    client: FlaskClient, owner: Engine, officer: Officer
) -> None:
    token = enrol(client, officer, "osmand")["token"]
    address, form = f"{API}/trackers/osmand", {"Content-Type": "application/x-www-form-urlencoded"}
    for at in {printed.at for printed in client_payloads.ADDRESSES}:
        on_duty_at(owner, officer, at)
    for printed in client_payloads.ADDRESSES:
        query = printed.query.replace(f"id={printed.id}", f"id={token}")
        answers = [
            client.get(f"{address}?{query}"),
            client.post(f"{address}?{query}"),
            client.post(address, data=query, headers=form),
        ]
        assert [answer.status_code for answer in answers] == [200, 200, 200], answers[0].text
        assert sum(answer.get_json()["accepted"] + answer.get_json()["duplicate"] for answer in answers) == 3
        (fix,) = [fix for fix in stored(owner) if fix["recorded_at"] == printed.at]
        assert (fix["lon"], fix["lat"]) == (printed.lon, printed.lat)
        for name, value in printed.told.items():
            assert fix[name] == (None if value is None else pytest.approx(value, rel=1e-5)), name
    for query in client_payloads.ADDRESSES_UNREADABLE:
        (named,) = (part for part in query.split("&") if part.startswith(("id=", "deviceid=")))
        answer = client.get(f"{address}?" + query.replace(named, f"{named.partition('=')[0]}={token}"))
        assert (answer.status_code, answer.get_json()["unreadable"], answer.get_json()["accepted"]) == (
            200,
            1,
            0,
        )
        assert "1" in answer.get_json()["message"]


def test_the_json_of_the_newer_traccar_client_is_taken_as_its_tests_print_it(
    client: FlaskClient, owner: Engine, officer: Officer
) -> None:
    token = enrol(client, officer, "osmand")["token"]
    for printed in (
        client_payloads.TRACCAR_MOVING,
        client_payloads.TRACCAR_IOS,
        client_payloads.TRACCAR_ANDROID,
    ):
        told = json.loads(printed)
        on_duty_at(owner, officer, datetime.fromisoformat(told["location"]["timestamp"]))
        body = printed.replace(told["device_id"], token)
        answer = client.post(f"{API}/trackers/osmand", data=body, headers=JSON)
        assert (answer.status_code, answer.get_json()["accepted"]) == (200, 1), answer.text
    moving, ios, android = stored(owner)
    assert (moving["speed_mps"], moving["bearing_deg"]) == (pytest.approx(18.67), 63)
    assert (moving["accuracy_m"], moving["battery"]) == (pytest.approx(3.8), pytest.approx(0.79))
    assert (ios["speed_mps"], ios["bearing_deg"], ios["battery"], ios["mock"]) == (None, None, None, True)
    assert (android["lon"], android["lat"], android["battery"], android["mock"]) == (
        -122.084,
        37.4219983,
        1,
        False,
    )


def test_overland_is_taken_as_its_readme_prints_it_and_told_how_to_track_once(
    client: FlaskClient, owner: Engine, officer: Officer
) -> None:
    token = enrol(client, officer, "overland")["token"]
    on_duty_at(owner, officer, datetime(2015, 10, 1, 15, tzinfo=UTC))
    first, again = (overland(client, token, client_payloads.OVERLAND) for _ in range(2))
    assert (first.status_code, first.get_json()["result"], first.get_json()["accepted"]) == (200, "ok", 1)
    assert first.get_json()["set"]["send_interval"] == "10s"
    assert (again.get_json()["result"], again.get_json()["duplicate"], "set" in again.get_json()) == (
        "ok",
        1,
        False,
    )
    (fix,) = stored(owner)
    assert (fix["lon"], fix["lat"], fix["accuracy_m"], fix["speed_mps"]) == (-122.030581, 37.3318, 30, 4)
    assert (fix["altitude_m"], fix["battery"]) == (0, pytest.approx(0.8))


def test_one_bad_item_of_a_batch_holds_up_none_of_its_neighbours(
    client: FlaskClient, owner: Engine, patrolling: Officer, clock: StandingClock
) -> None:
    token = enrol(client, patrolling, "overland", datum="gcj02")["token"]

    def feature(lon: Any, at: Any, **properties: Any) -> dict[str, Any]:
        point = {"type": "Point", "coordinates": [lon, CORNER[1]]}
        return {"type": "Feature", "geometry": point, "properties": {"timestamp": at, **properties}}

    now = clock.now.isoformat()
    odd: list[Any] = [None, 7, {}, feature("121", now), feature(CORNER[0], "soon"), feature(CORNER[0], None)]
    odd += [feature(1e999, now), {"geometry": None, "properties": {"timestamp": now}}]
    told = [
        feature(CORNER[0], now, horizontal_accuracy=-1, speed=-1, course=361, battery_level=7),
        feature(CORNER[0], (clock.now - timedelta(days=2)).isoformat()),
        feature(CORNER[0], now, action="paused_location_updates"),
        *odd,
    ]
    answer = overland(client, token, json.dumps({"locations": told}).replace("Infinity", "1e308"))
    counts = {
        name: answer.get_json()[name]
        for name in ("accepted", "duplicate", "off_duty", "unreadable", "ignored")
    }
    assert counts == {"accepted": 1, "duplicate": 0, "off_duty": 1, "unreadable": len(odd), "ignored": 1}
    assert "1 fixes were recorded in no shift" in answer.get_json()["message_en"]
    (fix,) = stored(owner)
    assert (fix["datum"], fix["sent_lon"]) == ("gcj02", CORNER[0])
    assert abs(fix["lon"] - CORNER[0]) > 0.001
    assert all(fix[name] is None for name in ("accuracy_m", "speed_mps", "bearing_deg", "battery"))


def test_our_own_app_sends_the_body_of_positions_with_its_device_token(
    client: FlaskClient, owner: Engine, patrolling: Officer, clock: StandingClock
) -> None:
    token = enrol(client, patrolling, "app", datum="bd09")["token"]
    one = {"lon": CORNER[0], "lat": CORNER[1], "recorded_at": clock.now.isoformat(), "battery": 0.5}
    beyond = {**one, "lon": -180.0}
    body = {"positions": [one, {**one, "datum": "nad27"}, beyond, {**one, "lat": None}]}
    answer = client.post(
        f"{API}/trackers/app",
        json=body,
        headers={"Authorization": f"Bearer {token}", "User-Agent": "Mozilla/5.0"},
    )
    assert (answer.get_json()["accepted"], answer.get_json()["unreadable"]) == (1, 3), answer.text
    assert stored(owner)[0]["datum"] == "bd09"


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=8),
    max_leaves=12,
)


@given(value=JSON_VALUES, texts=st.dictionaries(st.sampled_from(NAMES), st.text(max_size=12)))
@settings(max_examples=200, deadline=None)
def test_whatever_is_sent_is_read_or_counted_and_never_an_accident(value: Any, texts: dict[str, str]) -> None:
    reading = Reading("bd09", ZoneInfo("Asia/Shanghai"))
    items = value if isinstance(value, list) else [value]
    for read, count in [
        (payloads.owntracks(value, reading), 1),
        (payloads.traccar(value, reading), 1),
        (payloads.osmand(texts, reading), 1),
        (payloads.overland(items, reading), len(items)),
        (payloads.own_app(items, reading), len(items)),
    ]:
        assert len(read.fixes) + read.unreadable + read.ignored == count
        for fix in read.fixes:
            assert -180 <= fix.lon <= 180 and -90 <= fix.lat <= 90
    payloads.owntracks_mark(value, None)
    payloads.overland_mark(items)


def test_the_edges_of_time_and_of_numbers_are_answered_too(
    client: FlaskClient, owner: Engine, patrolling: Officer, clock: StandingClock
) -> None:
    token = enrol(client, patrolling, "osmand")["token"]
    moments = [
        "0001-01-01T00:00:00-23:59",
        "9999-12-31T23:59:59%2B00:00",
        "-1e308",
        "253402300799",
        "0",
        "5e-324",
    ]
    for at in [*moments, str(2**63), "1e400", "NaN", "%00", "2099-01-01T00:00:00Z"]:
        answer = client.get(f"{API}/trackers/osmand?id={token}&lat=32&lon=5e-324&speed=1e-320&timestamp={at}")
        assert answer.status_code == 200, at
        assert answer.get_json()["off_duty"] + answer.get_json()["unreadable"] == 1, at
    assert refused(owntracks(client, patrolling, "\x00", location(clock.now)))
    assert refused(
        client.post(f"{API}/trackers/owntracks", data="{}", headers={**JSON, **basic("\x00", token)})
    )
    assert stored(owner) == []


# --- Tokens ---------------------------------------------------------------------------------------------------


def refused(answer: Any) -> bool:
    assert (answer.status_code, answer.get_json()["code"]) == (401, "device_token_refused"), answer.text
    assert "WWW-Authenticate" in answer.headers
    return True


def test_only_the_very_token_of_a_device_opens_its_door(
    client: FlaskClient, owner: Engine, patrolling: Officer, sign_in: SignIn, clock: StandingClock
) -> None:
    body = location(clock.now)
    other = factories.make_account(owner, role="officer", organisation=JINSHA)
    token = enrol(client, patrolling, "owntracks")["token"]
    assert refused(client.post(f"{API}/trackers/owntracks", data=body, headers=JSON))
    assert refused(owntracks(client, patrolling, token[:-1], body))
    assert refused(owntracks(client, patrolling, "\udcff令牌".encode("utf-8", "ignore").decode(), body))
    # Under another's name, at another app's door, and what opens the API itself.
    other_officer = Officer(other.username, other.id, sign_in(other.username))
    assert refused(owntracks(client, other_officer, token, body))
    assert refused(overland(client, token, '{"locations": []}'))
    assert refused(client.get(f"{API}/trackers/osmand?id={token}&lat=32&lon=121&timestamp=1"))
    assert refused(
        client.post(f"{API}/trackers/owntracks", data=body, headers={**JSON, **patrolling.headers})
    )
    assert client.get(f"{API}/me", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert stored(owner) == []
    assert owntracks(client, patrolling, token, body).status_code == 200
    with owner.begin() as connection:
        connection.execute(
            text("UPDATE account SET disabled_at = now() WHERE id = :id"), {"id": patrolling.account_id}
        )
    assert refused(owntracks(client, patrolling, token, body))


def test_a_second_phone_with_the_same_code_is_refused_and_the_first_goes_on(
    client: FlaskClient, owner: Engine, patrolling: Officer, clock: StandingClock
) -> None:
    made = enrol(client, patrolling, "owntracks")
    ours, theirs = {"X-Limit-D": "pixel"}, {"X-Limit-D": "mi10"}
    assert owntracks(client, patrolling, made["token"], location(clock.now), **ours).status_code == 200
    assert refused(owntracks(client, patrolling, made["token"], location(clock.now, lon=121.1), **theirs))
    clock.advance(minutes=1)
    assert owntracks(client, patrolling, made["token"], location(clock.now), **ours).status_code == 200
    assert heard(client, patrolling, made["device"])["client"] == "pixel"
    assert len(stored(owner)) == 2

    token = enrol(client, patrolling, "osmand")["token"]
    asked = f"{API}/trackers/osmand?id={token}&lat=32&lon=121&timestamp={int(clock.now.timestamp())}"
    samsung = "Dalvik/2.1.0 (Linux; U; Android {}; SM-A125F Build/TP1A.220624.014)"
    assert client.get(asked, headers={"User-Agent": samsung.format(13)}).status_code == 200
    assert client.get(asked, headers={"User-Agent": samsung.format("14.1")}).status_code == 200
    assert refused(
        client.get(asked, headers={"User-Agent": samsung.format(13).replace("SM-A125F", "M2007J3SC")})
    )

    token = enrol(client, patrolling, "overland")["token"]
    named = '{{"locations": [{{"properties": {{"unique_id": "{}"}}}}]}}'
    assert overland(client, token, named.format("8C5B")).status_code == 200
    assert refused(overland(client, token, named.format("77AA")))


def test_of_two_phones_that_scan_one_code_at_once_one_is_let_in(
    app: OpenAPI, client: FlaskClient, patrolling: Officer, clock: StandingClock
) -> None:
    for _ in range(8):
        token = enrol(client, patrolling, "owntracks")["token"]
        start = threading.Barrier(4)

        def scan(name: str, token: str = token, start: threading.Barrier = start) -> int:
            start.wait()
            status = owntracks(
                app.test_client(), patrolling, token, location(clock.now), **{"X-Limit-D": name}
            ).status_code
            return int(status)

        with ThreadPoolExecutor(4) as phones:
            assert sorted(phones.map(scan, ["pixel", "mi10", "p50", "nova"])) == [200, 401, 401, 401]


def test_whoever_tells_a_mark_first_binds_a_token_that_was_claimed_without_one(
    client: FlaskClient, patrolling: Officer
) -> None:
    token = enrol(client, patrolling, "owntracks")["token"]
    status = '{"_type": "status"}'
    assert owntracks(client, patrolling, token, status).status_code == 200
    assert owntracks(client, patrolling, token, status, **{"X-Limit-D": "pixel"}).status_code == 200
    assert owntracks(client, patrolling, token, status).status_code == 200
    assert refused(owntracks(client, patrolling, token, status, **{"X-Limit-D": "mi10"}))


def test_a_code_is_worth_nothing_after_its_time_or_once_revoked_or_replaced(
    client: FlaskClient, owner: Engine, patrolling: Officer, clock: StandingClock
) -> None:
    made = enrol(client, patrolling, "owntracks")
    assert made["device"]["state"] == "waiting"
    clock.advance(minutes=30)
    assert heard(client, patrolling, made["device"])["state"] == "expired"
    assert refused(owntracks(client, patrolling, made["token"], location(clock.now)))

    token = enrol(client, patrolling, "owntracks")["token"]
    assert refused(owntracks(client, patrolling, made["token"], location(clock.now)))
    assert owntracks(client, patrolling, token, location(clock.now)).status_code == 200
    # Used once, it holds for longer than an unused one.
    clock.advance(hours=9)
    assert owntracks(client, patrolling, token, location(clock.now)).status_code == 200
    assert heard(client, patrolling, made["device"])["state"] == "active"
    address = f"{API}/devices/{made['device']['id']}/revoke"
    for _ in range(2):
        assert client.post(address, headers=patrolling.headers).get_json()["state"] == "revoked"
    assert refused(owntracks(client, patrolling, token, location(clock.now)))
    assert len(stored(owner)) == 2


def test_devices_are_looked_after_by_their_officer_and_by_administrators_of_the_scope(
    client: FlaskClient, owner: Engine, officer: Officer, sign_in: SignIn
) -> None:
    colleague = sign_in("officer", organisation=JINSHA)
    ours, theirs = (sign_in("admin", organisation=township) for township in (JINSHA, JINXIN))
    body = {"kind": "osmand", "name": "备用机", "account": str(officer.account_id)}
    for headers, status in ((colleague, 404), (theirs, 404), (sign_in("dispatcher"), 403), (ours, 201)):
        assert client.post(f"{API}/devices", json=body, headers=headers).status_code == status
    own = {"kind": "osmand", "name": "mine"}
    assert client.post(f"{API}/devices", json=own, headers=ours).status_code == 422
    (device,) = client.get(f"{API}/devices?account={officer.account_id}", headers=ours).get_json()["items"]
    assert "token" not in json.dumps(device)
    assert device["enrolled_by"].startswith("admin")
    for headers in (colleague, theirs):
        assert client.get(f"{API}/devices", headers=headers).get_json()["items"] == []
        assert client.post(f"{API}/devices/{device['id']}/revoke", headers=headers).status_code == 404
    assert client.post(f"{API}/devices/{device['id']}/revoke", headers=officer.headers).status_code == 200


# --- The code -------------------------------------------------------------------------------------------------


def test_one_scan_sets_server_token_and_settings_up(client: FlaskClient, officer: Officer) -> None:
    codes = {}
    for kind in ("owntracks", "osmand", "overland", "app"):
        made = enrol(client, officer, kind, name="工作手机 & 1")
        (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(base64.b64decode(made["qr_png"]))))
        assert code.text == made["uri"]
        assert made["qr_svg"].startswith("<?xml") and "<path" in made["qr_svg"]
        assert made["address"] == f"http://localhost{API}/trackers/{kind}"
        parts = urlsplit(code.text)
        told = {name: values[0] for name, values in parse_qs(parts.query or parts.fragment).items()}
        codes[kind] = (made, parts, told)

    made, parts, _ = codes["owntracks"]
    assert (parts.scheme, parts.netloc, parts.path) == ("owntracks", "", "/config")
    configuration = json.loads(base64.b64decode(unquote(parts.query.removeprefix("inline="))))
    assert (configuration["_type"], configuration["mode"]) == ("configuration", 3)
    assert (configuration["url"], configuration["auth"]) == (made["address"], True)
    assert (configuration["username"], configuration["password"]) == (officer.username, made["token"])
    made, parts, told = codes["osmand"]
    assert (parts.scheme, parts.netloc) == ("org.traccar.client", "config")
    assert (told["url"], told["id"], told["interval"]) == (made["address"], made["token"], "10")
    made, parts, told = codes["overland"]
    assert made["uri"].startswith("overland://setup?url=http%3A%2F%2Flocalhost%2Fapi")
    assert (told["url"], told["token"], told["unique_id"]) == (made["address"], made["token"], "yes")
    made, parts, told = codes["app"]
    assert (parts.query, told["device_token"], told["device"]) == ("", made["token"], "工作手机 & 1")


def test_the_database_holds_no_token_and_no_log_of_a_served_request_does(
    client: FlaskClient,
    owner: Engine,
    officer: Officer,
    postgres: TestServer,
    database_url: str,
    config: Config,
) -> None:
    made = enrol(client, officer, "osmand")
    with owner.connect() as connection:
        dumped = connection.execute(text("SELECT CAST(t AS text) FROM device_token t")).scalar_one()
    assert made["token"] not in dumped
    with serving(
        config, database_url=database_url, app_database_url=postgres.app_url(database_url)
    ) as served:
        for query in (f"id={made['token']}&lat=32&lon=121&timestamp=1", f"id=wrong{made['token']}"):
            asking = http.client.HTTPConnection(served.host, served.port, timeout=20)
            asking.request("GET", f"{API}/trackers/osmand?{query}", headers={"User-Agent": "okhttp/4.12.0"})
            assert asking.getresponse().status in (200, 401)
            asking.close()
    logged = served.log_path.read_text(encoding="utf-8")
    assert "/trackers/osmand" in logged
    assert made["token"] not in logged


def test_an_update_of_a_phone_leaves_its_mark_as_it_is() -> None:
    assert agent_mark("Traccar/9.5.1 CFNetwork/1408.0.4 Darwin/22.5.0") == "Traccar CFNetwork Darwin"
    assert agent_mark("okhttp/4.12.0") == agent_mark("okhttp/5.0.0-alpha.1") == "okhttp"
    assert agent_mark("") is None
