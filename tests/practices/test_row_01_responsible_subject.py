"""Row 1, responsible subjects: who is answerable for the strip before a door, on the day it was photographed."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from tests import factories
from tests.factories import JINSHA, NOW
from tests.server.world import SignIn, send_report

API = "/api/v1"
CHANGED = date(2026, 8, 20)


@pytest.fixture
def ground(owner: Engine) -> str:
    """A frontage in Jinsha; its code."""
    factories.make_organisations(owner)
    factories.make_category(owner)
    factories.make_zone(owner, kind="township", township=JINSHA, width_m=3000, depth_m=3000)
    return factories.make_zone(owner, width_m=12, depth_m=6)


def report(client: FlaskClient, sign_in: SignIn, on: date) -> str:
    """The number of a case whose first report was taken at ten on a day."""
    photo = factories.photo_bytes(seed=on.toordinal())
    told = factories.report_json(photos=[photo], accuracy_m=3.0, captured_at=NOW + (on - NOW.date()))
    answer = send_report(client, sign_in("officer", organisation=JINSHA), uuid4(), told, photo)
    assert answer.status_code == 201, answer.text
    number: str = answer.json["case"]["number"]
    return number


def test_row_01_a_vacant_shop_s_case_names_the_owner_and_a_report_before_a_tenant_change_the_old_tenant(
    client: FlaskClient, sign_in: SignIn, owner: Engine, ground: str
) -> None:
    old = factories.make_subject(owner, zone=ground, name="小满水果店", occupier="老租户", landlord="房东")
    desk = sign_in("handler")

    def answers_for(number: str) -> tuple[str, int, str]:
        told = client.get(f"{API}/cases/{number}/subject", headers=desk).get_json()
        assert told["zone"] == ground
        return (
            told["subject"]["name"],
            told["subject"]["responsible"]["rank"],
            told["subject"]["responsible"]["name"],
        )

    before = report(client, sign_in, CHANGED - timedelta(days=1))
    new = {"name": "谷雨面馆", "kind": "shop", "persons": [{"rank": 1, "name": "新租户"}]}
    told = {**new, "on": CHANGED.isoformat(), "reason": "换了经营者"}
    answer = client.post(f"{API}/subjects/{old.code}/successors", json=told, headers=desk)
    assert answer.status_code == 201, answer.text
    tenant = answer.get_json()["code"]
    since = report(client, sign_in, CHANGED)
    assert answers_for(before) == ("小满水果店", 1, "老租户")
    assert answers_for(since) == ("谷雨面馆", 1, "新租户")
    # Another tenant is another offender; another name or a second record of the same is not.
    assert [
        client.get(f"{API}/subjects/{code}", headers=desk).get_json()["state"] for code in (old.code, tenant)
    ] == [
        "ended",
        "current",
    ]

    emptied = {"name": "空铺", "kind": "vacant", "on": NOW.date().isoformat(), "reason": "退租"}
    answer = client.post(f"{API}/subjects/{tenant}/successors", json=emptied, headers=desk)
    assert answer.status_code == 201, answer.text
    assert answers_for(report(client, sign_in, NOW.date())) == ("空铺", 2, "房东")
    at = client.get(
        f"{API}/subjects/at", query_string={"zone": ground, "on": CHANGED}, headers=desk
    ).get_json()
    assert at["subject"]["name"] == "谷雨面馆"
