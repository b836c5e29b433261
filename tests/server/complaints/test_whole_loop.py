"""A case that a complaint opened goes the whole way of any case, and nothing made of it names who complained."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pypdf
import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from server.complaints.verifying import verify_complaints
from server.evidence.ledger import verify_chain
from tests.server.cases.desk import BEFORE_SOUTH, WAYS, Desk, make_desk
from tests.server.complaints.calls import API, PLANTED, taken
from tests.server.maps.decoding import fetch, tile_at
from tests.server.world import SignIn


@pytest.fixture
def desk(client: FlaskClient, owner: Engine, sign_in: SignIn) -> Desk:
    return make_desk(client, owner, sign_in)


@pytest.fixture
def intake(sign_in: SignIn) -> dict[str, str]:
    return sign_in("intake")


def opened(desk: Desk, intake: dict[str, str], **others: Any) -> dict[str, Any]:
    return taken(desk.client, intake, at=BEFORE_SOUTH, **others)


def test_it_is_registered_handled_checked_closed_and_its_complainant_called(
    desk: Desk, intake: dict[str, str]
) -> None:
    told = opened(desk, intake)
    number = told["case"]["number"]
    case = desk.walk(number, *WAYS["closed"])
    assert case["state"] == "closed"
    assert [entry["action"] for entry in desk.history(number)][:2] == [
        "complaint.received",
        "case.registered",
    ]
    due = desk.client.get(f"{API}/complaints?callback=due", headers=intake).get_json()["items"]
    assert [item["id"] for item in due] == [told["id"]]
    path = f"{API}/complaints/{told['id']}/callbacks"
    answer = desk.client.post(path, json={"reached": True, "satisfaction": 5}, headers=intake)
    assert (answer.status_code, answer.get_json()["callback"]) == (201, "reached")
    with desk.owner.connect() as connection:
        assert [*verify_chain(connection), *verify_complaints(connection)] == []


def test_merged_into_another_its_complainant_waits_for_that_one(desk: Desk, intake: dict[str, str]) -> None:
    number = desk.open()
    told = opened(desk, intake, force_new="又一处")
    candidates = desk.get("dispatcher", f"/cases/{told['case']['number']}/duplicates").json["items"]
    assert [item["number"] for item in candidates] == [number]
    desk.did("dispatcher", told["case"]["number"], "merge", into=number)
    complaint = f"/complaints/{told['id']}"
    assert desk.client.get(API + complaint, headers=intake).get_json()["callback"] == "waiting"
    desk.walk(number, *WAYS["closed"])
    assert desk.client.get(API + complaint, headers=intake).get_json()["callback"] == "due"


def test_whoever_accepted_it_has_a_case_at_hand(desk: Desk, intake: dict[str, str]) -> None:
    busy = opened(desk, intake)["case"]["number"]
    desk.walk(busy, "register", "dispatch", "accept")
    other = opened(desk, intake, force_new="又一处")["case"]["number"]
    found = desk.get("dispatcher", f"/cases/{other}/officers").json["items"]
    assert sorted(item["open_cases"] for item in found if item["role"] == "handler") == [1]


def test_it_is_on_the_map_and_its_bundle_and_printed_file_name_nobody(
    desk: Desk, intake: dict[str, str]
) -> None:
    number = opened(desk, intake)["case"]["number"]
    desk.walk(number, *WAYS["closed"])
    tile = fetch(desk.client, desk.headers("dispatcher"), "cases", tile_at(*BEFORE_SOUTH, 16))
    assert number in {feature.properties["number"] for feature in tile["cases"]}
    bundle = desk.get("dispatcher", f"/cases/{number}/bundle")
    printed = desk.get("dispatcher", f"/cases/{number}/file.pdf")
    assert (bundle.status_code, printed.status_code) == (200, 200)
    with zipfile.ZipFile(io.BytesIO(bundle.data)) as archive:
        said = {name: archive.read(name) for name in archive.namelist()}
    said["file.pdf"] = "".join(
        page.extract_text() for page in pypdf.PdfReader(io.BytesIO(printed.data)).pages
    ).encode()
    said["changes"] = desk.get("dispatcher", "/changes", limit=200).data
    said["deliveries"] = desk.get("admin", "/notices/deliveries").data
    assert number.encode() in said["file.pdf"]
    assert [(name, one) for name, text in said.items() for one in PLANTED if one.encode() in text] == []
