"""Strips drawn from files are a layer like any other: they import, do not overlap, and know their street."""

import io
import json
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import shapely
from click.testing import CliRunner
from shapely.geometry import mapping, shape
from sqlalchemy import Engine

from geo.datum import Datum, Position, convert
from geo.metric import MetricPlane
from geo.observation import Kind
from server.cli import main
from server.places.drawing.generating import Labels, generate_layer
from server.places.drawing.ground import Features, read_features
from server.places.drawing.refusals import GroundRefused
from server.places.foreign.placing import Plane
from server.places.importing import apply_zones, read_zones
from tests.postgres import METRIC_SRID

PLANE = MetricPlane(METRIC_SRID)
X, Y = PLANE.forward(121.07, 32.07)


def degrees(geometry: Any, datum: Datum = Datum.WGS84) -> dict[str, Any]:
    def out(points: Any) -> Any:
        places = [convert(Position(*PLANE.inverse(X + x, Y + y), Datum.WGS84), datum) for x, y in points]
        return [(place.lon, place.lat) for place in places]

    made: dict[str, Any] = json.loads(json.dumps(mapping(shapely.transform(geometry, out))))
    return made


def collection(*features: tuple[Any, dict[str, Any]], datum: Datum = Datum.WGS84) -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": properties, "geometry": degrees(geometry, datum)}
            for geometry, properties in features
        ],
    }


def street_and_two_houses(datum: Datum = Datum.WGS84) -> tuple[dict[str, Any], dict[str, Any]]:
    """A street of 10 m between kerbs, and on its north side two houses 8 m back with 4 m between them."""
    houses = [(shapely.box(0, 8, 12, 20), {"id": "a"}), (shapely.box(16, 8, 30, 20), {"id": "b"})]
    street = (shapely.LineString([(-40, 0), (70, 0)]), {"name": "新金路", "width_m": 10.0})
    return collection(*houses, datum=datum), collection(street, datum=datum)


def features(given: dict[str, Any], datum: Datum) -> Features:
    """What a file of this content is read as."""
    with TemporaryDirectory() as folder:
        file = io.BytesIO(json.dumps(given).encode())
        limits = {"unpacked_max_bytes": 10**7, "features_max": 1000, "vertices_max": 1000}
        return read_features(file, Path(folder), Plane(METRIC_SRID), datum=datum.value, limits=limits)


def generated(houses: dict[str, Any], streets: dict[str, Any], datum: Datum = Datum.WGS84) -> dict[str, Any]:
    labels = Labels("320612001", date(2022, 9, 1), sample=True)
    ground = features(houses, datum), features(streets, datum)
    zones, _ = generate_layer(*ground, None, plane=Plane(METRIC_SRID), labels=labels)
    return zones


def drawn(datum: Datum = Datum.WGS84) -> dict[str, Any]:
    return generated(*street_and_two_houses(datum), datum)


def in_metres(feature: dict[str, Any]) -> Any:
    return shapely.transform(
        shape(feature["geometry"]), lambda points: np.array([PLANE.forward(*point) for point in points])
    )


def test_neighbours_share_the_gap_and_reach_from_wall_to_kerb() -> None:
    first, second = drawn()["features"]
    assert first["properties"]["street"] == "新金路"
    west, east = in_metres(first), in_metres(second)
    assert shapely.area(shapely.intersection(west, east)) < 1e-6
    assert west.bounds[2] - X == pytest.approx(14.0, abs=0.05)
    assert east.bounds[0] - X == pytest.approx(14.0, abs=0.05)
    assert west.bounds[1] - Y == pytest.approx(5.0, abs=0.05)
    assert west.bounds[3] - Y == pytest.approx(8.0, abs=0.05)


def test_files_in_another_datum_give_the_same_strips() -> None:
    for one, other in zip(drawn()["features"], drawn(Datum.GCJ02)["features"], strict=True):
        assert shapely.hausdorff_distance(in_metres(one), in_metres(other)) < 0.01


def test_what_is_drawn_can_be_imported(owner: Engine) -> None:
    with owner.begin() as connection:
        zones = read_zones(Kind.FRONTAGE, drawn())
        assert apply_zones(connection, Kind.FRONTAGE, zones, source="drawn").new == 2


def test_every_fault_of_the_files_is_named() -> None:
    houses, streets = street_and_two_houses()
    houses["features"][1]["geometry"]["coordinates"][0].pop()
    streets["features"][0]["geometry"] = {"type": "Point", "coordinates": [121.0, 32.0]}
    with pytest.raises(GroundRefused) as refused:
        generated(houses, streets)
    assert [fault.split(":")[0] for fault in refused.value.faults] == ["buildings[1]", "streets[0]"]


def test_the_command_writes_the_layer_and_its_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONTAGE_VAR", str(tmp_path / "var"))
    houses, streets = street_and_two_houses()
    for name, content in (("houses.json", houses), ("streets.json", streets)):
        (tmp_path / name).write_text(json.dumps(content))
    files = [str(tmp_path / name) for name in ("houses.json", "streets.json", "out.json")]
    options = [
        "--township",
        "320612001",
        "--valid-from",
        "2022-09-01",
        "--report",
        str(tmp_path / "report.json"),
    ]
    answer = CliRunner().invoke(main, ["strips", "generate", *files, *options])
    assert answer.exit_code == 0, answer.output
    assert len(json.loads((tmp_path / "out.json").read_text())["features"]) == 2
    assert json.loads((tmp_path / "report.json").read_text())["type"] == "FeatureCollection"
