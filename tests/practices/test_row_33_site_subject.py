"""Rows 31 and 33: a report on a building site, or on a car area, names the subject that is registered for it."""

from __future__ import annotations

from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from tests import factories
from tests.factories import JINSHA
from tests.server.world import SignIn, send_report

API = "/api/v1"


@pytest.mark.parametrize("kind", ["site", "parking"])
def test_row_33_a_report_on_a_site_polygon_links_the_site_s_responsible_subject(
    client: FlaskClient, sign_in: SignIn, owner: Engine, kind: str
) -> None:
    factories.make_organisations(owner)
    category = factories.make_category(owner, code="construction_waste", none_weights={kind: 0.05})
    factories.make_zone(owner, kind="township", township=JINSHA, width_m=3000, depth_m=3000)
    zone = factories.make_zone(owner, kind=kind, width_m=60, depth_m=60)
    subject = factories.make_subject(
        owner,
        zone=zone,
        zone_kind=kind,
        kind="site",
        name="金沙一号工地",
        occupier="施工负责人",
        phone="000-7",
    )
    photo = factories.photo_bytes()
    told = factories.report_json(photos=[photo], accuracy_m=3.0, category=category)
    officer = sign_in("officer", organisation=JINSHA)
    number = send_report(client, officer, uuid4(), told, photo).json["case"]["number"]

    answer = client.get(f"{API}/cases/{number}/subject", headers=sign_in("handler")).get_json()

    assert (answer["zone_kind"], answer["zone"], answer["subject"]["code"]) == (kind, zone, subject.code)
    assert answer["subject"]["responsible"] == {
        "rank": 1,
        "name": "施工负责人",
        "capacity": "",
        "phone": "000-7",
    }
    # Whoever took the photo learns who answers, and no telephone number.
    seen = client.get(f"{API}/cases/{number}/subject", headers=officer).get_json()
    assert seen["subject"]["responsible"]["name"] == "施工负责人"
    assert seen["subject"]["responsible"]["phone"] is None
