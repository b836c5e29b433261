"""Whatever is wrong with a layer is told over HTTP, and the layer in force stays as it was."""

from __future__ import annotations

import json
from typing import Any

import pytest
import shapely
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from config import Config
from tests import factories
from tests.server.places.layer_files import LAT, LON, apply, feature, geojson, in_datum, row, send, strip
from tests.server.world import SignIn

COUNT = 12
MENDED = ("ring_crossing", "township_unknown")
BOW_TIE = shapely.Polygon([(LON, LAT), (LON + 1e-4, LAT + 1e-4), (LON + 1e-4, LAT), (LON, LAT + 1e-4)])
MIXED = [
    feature(in_datum(strip(2 * n), "wgs84" if n % 2 else "gcj02"), f"A{n}", township=None)
    for n in range(COUNT)
]


VERTICES_MAX = 1000
ZIGZAG = [[LON + 1e-7 * (n % 2), LAT + 1e-8 * n] for n in range(VERTICES_MAX)]
LONG = {"type": "Polygon", "coordinates": [[*ZIGZAG, [LON + 1e-4, LAT], ZIGZAG[0]]]}


@pytest.fixture
def config(config: Config) -> Config:
    return config.model_copy(update={"zone_vertices_max": VERTICES_MAX})


@pytest.mark.parametrize(
    ("data", "fault", "code"),
    [
        pytest.param(geojson(*MIXED), "datum_mixed", "import_datum_unconfirmed", id="mixed datums"),
        pytest.param(
            geojson(feature(LONG, "LONG")), "geometry_too_large", "import_faulty", id="too long a ring"
        ),
        pytest.param(geojson(feature(BOW_TIE, "TIE")), "ring_crossing", "import_faulty", id="bow-tie"),
        pytest.param(
            geojson(feature(strip(90), "X"), feature(strip(92), "X")),
            "code_repeated",
            "import_faulty",
            id="code twice",
        ),
        pytest.param(
            geojson(feature(strip(90), "X", township="320612999")),
            "township_unknown",
            "import_faulty",
            id="unknown township",
        ),
        pytest.param(row(COUNT, size_deg=2e-4), None, "zone_date_refused", id="before the first version"),
    ],
)
def test_a_layer_with_something_wrong_is_told_and_changes_nothing(
    client: FlaskClient, owner: Engine, sign_in: SignIn, data: bytes, fault: str | None, code: str
) -> None:
    factories.make_organisations(owner)
    factories.make_zone(owner, kind="township", at=(LON, LAT), width_m=9000, depth_m=9000)
    headers = sign_in("zone_manager")
    first = send(client, headers, geojson(*(feature(strip(2 * n), f"A{n}") for n in range(COUNT)))).json
    assert apply(client, headers, first["id"]).status_code == 200
    before = zones(owner)

    sent = send(client, headers, data)
    assert sent.status_code == 201, sent.text
    report = sent.json
    if fault:
        assert report["fault_counts"][fault] >= 1 and report["errors"] >= 1
        (told, *_) = [one for one in report["faults"] if one["code"] == fault]
        assert told["text"] and told["text_en"] and told["severity"] == "error"
    refused = apply(client, headers, report["id"], valid_from="2026-11-02" if fault else "2020-01-01")
    assert (refused.status_code, refused.json["code"]) == (409, code), json.dumps(refused.json)[:500]
    # Repairs mend shapes and townships: where there is no other fault, accepting them is enough.
    mended = apply(client, headers, report["id"], valid_from="2026-11-02", accept_repairs="all")
    assert mended.status_code == (200 if fault in MENDED else 409 if fault else 200), mended.text
    assert (zones(owner) == before) == (mended.status_code == 409)


def zones(owner: Engine) -> list[Any]:
    with owner.connect() as connection:
        found = connection.execute(text("SELECT kind, code, version, valid, geom FROM zone ORDER BY id"))
        return [tuple(one) for one in found]
