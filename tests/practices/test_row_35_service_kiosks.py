"""Row 35: service kiosks. The nearest open one by distance and hours; what volunteers did there is written down."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import Engine

from tests import factories
from tests.factories import CORNER, JINSHA
from tests.server.records.filing import API, filed

SignIn = Callable[..., dict[str, str]]
HOURS = {
    "K-NEAR": (0.0005, "1-5 08:00-09:00"),
    "K-OPEN": (0.002, "1-7 08:00-18:00"),
    "K-FAR": (0.006, "00:00-24:00"),
}


def test_row_35_the_nearest_open_kiosk_comes_by_distance_and_hours(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    factories.make_organisations(owner)
    factories.make_rulebook(owner, "forms")
    for code, (east_deg, hours) in HOURS.items():
        factories.make_zone(
            owner,
            kind="service_point",
            code=code,
            geometry={"type": "Point", "coordinates": [CORNER[0] + east_deg, CORNER[1]]},
            properties={"service": "kiosk", "hours": hours},
        )
    officer = sign_in("officer", organisation=JINSHA)
    asked = f"{API}/service-points/nearest?lon={CORNER[0]}&lat={CORNER[1]}&kind=kiosk"
    # Tuesday 10:00 by the standing clock: the nearest one has shut.
    listed = client.get(asked, headers=officer).get_json()["items"]
    assert [one["code"] for one in listed] == ["K-NEAR", "K-OPEN", "K-FAR"]
    assert [one["distance_m"] for one in listed] == sorted(one["distance_m"] for one in listed)
    opened = client.get(f"{asked}&open=true", headers=officer).get_json()["items"]
    assert [one["code"] for one in opened] == ["K-OPEN", "K-FAR"]
    at_night = client.get(f"{asked}&open=true&at=2026-09-01T23:00:00%2B08:00", headers=officer).get_json()[
        "items"
    ]
    assert [one["code"] for one in at_night] == ["K-FAR"]
    served = {"volunteers": 2, "hours": 3.5, "served": 41}
    made = filed(client, officer, "volunteer_shift", served, about="K-OPEN")
    assert (made["about"]["zone_kind"], made["means"]) == ("service_point", "service")
