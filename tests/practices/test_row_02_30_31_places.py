"""Strips before the doors, bays wherever they can be, and what stands in a bay in its hours. Rows 2, 30, 31."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from click.testing import CliRunner
from flask.testing import FlaskClient
from shapely.geometry import mapping
from sqlalchemy import Engine, text

from server.cli import main
from server.places.parking.streets import apply_streets, read_streets
from tests import factories
from tests.factories import DISTRICT, JINSHA, NOW, report_json
from tests.server.reports.street import Officer, spot
from tests.server.world import SignIn

API = "/api/v1"
BEGIN = date(2022, 9, 1)


def collection(*features: tuple[Any, dict[str, Any]]) -> dict[str, Any]:
    """GeoJSON of shapes in metres east and north of the corner."""
    made = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": properties,
                "geometry": mapping(
                    shapely.transform(shape, lambda points: np.array([spot(*point) for point in points]))
                ),
            }
            for shape, properties in features
        ],
    }
    # As it comes out of a file.
    return dict(json.loads(json.dumps(made)))


def test_row_02_neighbours_meet_in_the_middle_of_their_gap_and_reach_from_front_to_kerb(
    owner: Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A street of 10 m between kerbs; two houses 8 m back with 4 m between them.
    houses = collection((shapely.box(0, 8, 12, 20), {"id": "a"}), (shapely.box(16, 8, 30, 20), {"id": "b"}))
    streets = collection((shapely.LineString([(-40, 0), (70, 0)]), {"name": "新金路", "width_m": 10.0}))
    files = [str(tmp_path / name) for name in ("houses.json", "streets.json", "strips.json")]
    for path, content in zip(files, (houses, streets), strict=False):
        Path(path).write_text(json.dumps(content))
    monkeypatch.setenv("FRONTAGE_DATABASE_URL", database_url)
    monkeypatch.setenv("FRONTAGE_VAR", str(tmp_path / "var"))
    factories.make_organisations(owner)
    factories.make_zone(owner, kind="township", township=JINSHA, width_m=3000, depth_m=3000)
    for command in (
        ["strips", "generate", *files, "--township", JINSHA, "--valid-from", BEGIN.isoformat()],
        ["zones", "import", "frontage", files[2], "--source", "drawn"],
    ):
        answer = CliRunner().invoke(main, command)
        assert answer.exit_code == 0, answer.output
    corner = {"east": 0.0, "lon": spot(0, 0)[0], "lat": spot(0, 0)[1]}
    with owner.connect() as connection:
        measured = connection.execute(
            text(
                "WITH z AS (SELECT row_number() OVER (ORDER BY ST_XMin(geom_m)) AS n, geom_m AS g FROM zone "
                "WHERE kind = 'frontage'), "
                "o AS (SELECT to_metric(ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)) AS p) "
                "SELECT ST_XMax(w.g) - ST_X(o.p) AS west_ends, ST_XMin(e.g) - ST_X(o.p) AS east_begins, "
                "ST_Area(ST_Intersection(w.g, e.g)) AS both, "
                "ST_Area(ST_Difference(ST_Translate(ST_MakeEnvelope(0, 5, 30, 8, ST_SRID(w.g)), ST_X(o.p), ST_Y(o.p)), "
                "ST_Buffer(ST_Union(w.g, e.g), 0.05))) AS uncovered "
                "FROM z w, z e, o WHERE w.n = 1 AND e.n = 2"
            ),
            corner,
        ).one()
    assert measured.west_ends == pytest.approx(14, abs=0.05)
    assert measured.east_begins == pytest.approx(14, abs=0.05)
    assert measured.both == pytest.approx(0, abs=1e-6)
    assert measured.uncovered == pytest.approx(0, abs=1e-6)


def put_bay(
    owner: Engine, east_m: float, vehicle: str, size_m: tuple[float, float] = (10, 2), **properties: Any
) -> None:
    """A parking area on the pavement."""
    width_m, depth_m = size_m
    factories.make_zone(
        owner,
        kind="parking",
        at=spot(east_m, 3),
        width_m=width_m,
        depth_m=depth_m,
        properties={"vehicle": vehicle, **properties},
    )


def test_row_30_one_bay_more_removes_exactly_the_fronts_now_within_reach(
    owner: Engine, client: FlaskClient, sign_in: SignIn
) -> None:
    factories.make_organisations(owner)
    street = collection((shapely.LineString([(0, 0), (400, 0)]), {"name": "新金路", "width_m": 9}))
    with owner.begin() as connection:
        apply_streets(connection, read_streets(street), valid_from=BEGIN, source="test", sample=True)
    fronts = {f"F{n}": (20 * n, 20 * n + 20) for n in range(10)}
    for code, (begin, end) in fronts.items():
        factories.make_zone(
            owner, code=code, at=spot((begin + end) / 2, 8), width_m=20, depth_m=6,
            properties={"street": "新金路"},
        )  # fmt: skip
    headers = sign_in("officer")

    def lacking() -> set[str]:
        answer = client.get(f"{API}/parking/gaps?within_m=25", headers=headers)
        return {code for one in answer.get_json()["features"] for code in one["properties"]["zones"]}

    before = lacking()
    assert before == set(fronts)
    # From 95 to 105 m, and 25 m farther either way.
    put_bay(owner, 100, "bike")
    within = {code for code, (begin, end) in fronts.items() if 70 <= begin and end <= 130}
    assert before - lacking() == within == {"F4", "F5"}


def test_row_31_a_car_inside_a_legal_area_in_its_hours_is_flagged_before_dispatch(
    owner: Engine, client: FlaskClient, sign_in: SignIn
) -> None:
    factories.make_organisations(owner)
    factories.make_zone(owner, kind="township", township=JINSHA, width_m=3000, depth_m=3000)
    factories.make_category(owner, code="cars", about="car", none_weights={"parking": 0.05})
    put_bay(owner, 0, "car", (30, 30), legal_hours="19:00-07:00")
    officer, dispatcher = Officer(client, sign_in("officer")), sign_in("dispatcher", organisation=DISTRICT)
    for captured_at, flag in ((NOW - timedelta(hours=12), "inside_legal_area"), (NOW, "outside_legal_hours")):
        receipt = officer.receipt(
            report_json(category="cars", at=spot(0, 3), accuracy_m=1.0, captured_at=captured_at)
        )
        case = client.get(f"{API}/cases/{receipt['case']['number']}", headers=dispatcher).get_json()
        assert case["state"] == "reported"
        shown = client.get(f"{API}/reports/{receipt['id']}", headers=dispatcher).get_json()["properties"]
        assert [one["code"] for one in shown["findings"] if "legal" in one["code"]] == [flag]
