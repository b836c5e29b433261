"""Another city is set up by the very commands of docs/operations.md, in another metric plane, with its own layers.

Every spot that is asked for says itself in which area it lies: areas are squares of a lattice in the city's plane, and
their codes are their places in it.
"""

from __future__ import annotations

import csv
import json
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
import shapely
from click.testing import CliRunner
from flask.testing import FlaskClient
from pyproj import Transformer
from shapely.geometry import shape

from config import Config
from server.app import create_app
from server.cli import main
from server.deployment import Deployment
from tests.conftest import StandingClock
from tests.factories import NOW, PASSWORD, report_json
from tests.postgres import TestServer
from tests.server.places.layer_files import written

API = "/api/v1"
GUIDE = Path(__file__).parents[2] / "docs" / "operations.md"
DISTRICT, WEST, EAST = "110000", "110000001", "110000002"
SIDE, ACROSS = 30.0, 8


@dataclass(frozen=True)
class City:
    """A city: its plane, a place in it, and what its settings say."""

    srid: int
    lon: float
    lat: float
    time_zone: str
    prefix: str

    @property
    def origin(self) -> tuple[float, float]:
        x, y = Transformer.from_crs(4326, self.srid, always_xy=True).transform(self.lon, self.lat)
        return round(x), round(y)

    def degrees(self, area: Any) -> Any:
        """A shape in metres from the origin of the lattice, as WGS-84."""
        (x0, y0), back = self.origin, Transformer.from_crs(self.srid, 4326, always_xy=True)
        return shapely.transform(
            area, lambda at: np.column_stack(back.transform(at[:, 0] + x0, at[:, 1] + y0))
        )

    def spot(self, east: float, north: float) -> tuple[float, float]:
        """Degrees of so many squares from the origin."""
        place = self.degrees(shapely.Point(east * SIDE, north * SIDE))
        return place.x, place.y


CITIES = [
    pytest.param(City(2326, 114.17, 22.30, "Asia/Hong_Kong", "HK"), id="Hong Kong, EPSG:2326"),
    pytest.param(City(32718, -77.03, -12.05, "America/Lima", "LIM"), id="Lima, EPSG:32718"),
    pytest.param(City(2193, 174.76, -36.85, "Pacific/Auckland", "AKL"), id="Auckland, EPSG:2193"),
]


def code_at(east: float, north: float) -> str:
    """The area a spot lies in, in squares from the origin."""
    return f"A{int(east)}-{int(north)}"


def township_at(east: float) -> str:
    return WEST if east < ACROSS / 2 else EAST


def squares() -> list[tuple[int, int]]:
    return [(east, north) for east in range(ACROSS) for north in range(ACROSS)]


def square(east: float, north: float, wide: float = 1, high: float = 1) -> Any:
    return shapely.box(east * SIDE, north * SIDE, (east + wide) * SIDE, (north + high) * SIDE)


def write_files(city: City, folder: Path) -> None:
    """The files that the guide names, made for this city."""
    bodies = [
        {
            "code": code,
            "kind": kind,
            "name": code,
            "body_name_zh": f"机构 {code}",
            "body_name_en": f"Body {code}",
        }
        for code, kind in ((DISTRICT, "district"), (WEST, "township"), (EAST, "township"))
    ]
    (folder / "bodies.json").write_text(json.dumps(bodies))
    towns = [
        {
            "type": "Feature",
            "properties": {"code": township_at(east), "name": township_at(east)},
            "geometry": json.loads(
                shapely.to_geojson(city.degrees(square(east, -4, ACROSS / 2 + 4, ACROSS + 8)))
            ),
        }
        for east in (-4, ACROSS / 2)
    ]
    (folder / "townships.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": towns}))
    # Strips lie in one row and the next is the gap between them, as across a street.
    strips = [(east, north) for east, north in squares() if north % 2 == 0]
    columns = {"code": [code_at(*at) for at in strips], "name": [f"No. {at}" for at in strips]}
    drawn = [city.degrees(square(*at)) for at in strips]
    written(folder, "strips.gpkg", drawn, columns, driver="GPKG", crs="EPSG:4326")
    categories = {
        "list_id": "own",
        "list_version": "1",
        "valid_from": "2022-01-01",
        "sample": True,
        "source": "made for this test",
        "categories": [
            {
                "code": "goods",
                "parent": None,
                "name_zh": "占道",
                "name_en": "Goods",
                "duty": "order",
                "weights": {},
            }
        ],
    }
    (folder / "categories.json").write_text(json.dumps(categories))
    bays = [(f"P{at[0]}-{at[1]}", city.degrees(square(*at)).wkt) for at in squares() if at not in strips]
    with (folder / "bays.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("code", "wkt"), *bays])


def guide() -> list[list[str]]:
    """The commands of the guide's chapter, without the comments."""
    chapter = GUIDE.read_text(encoding="utf-8").partition("## Another city")[2]
    block = chapter.partition("```\n")[2].partition("```")[0]
    return [
        shlex.split(line, comments=True)[1:] for line in block.splitlines() if line.startswith("frontage ")
    ]


Run = Callable[..., str]


@dataclass(frozen=True)
class Deployed:
    """A city that is set up, on the command line and over HTTP."""

    city: City
    run: Run
    client: FlaskClient
    headers: dict[str, str]

    def get(self, path: str) -> Any:
        answer = self.client.get(f"{API}{path}", headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.get_json()


@pytest.fixture(scope="module", params=CITIES)
def deployed(
    request: pytest.FixtureRequest, postgres: TestServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployed]:
    city: City = request.param
    tmp_path = tmp_path_factory.mktemp("city")
    write_files(city, tmp_path)
    with postgres.empty() as database_url, pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.chdir(tmp_path)
        settings = {
            "FRONTAGE_DATABASE_URL": database_url,
            "FRONTAGE_VAR": str(tmp_path / "var"),
            "FRONTAGE_METRIC_SRID": str(city.srid),
            "FRONTAGE_TIME_ZONE": city.time_zone,
            "FRONTAGE_CASE_NUMBER_PREFIX": city.prefix,
        }
        environment = {**settings, "COLUMNS": "200"}

        def run(*arguments: str, typed: str | None = None) -> str:
            done = CliRunner().invoke(
                main, list(arguments), input=typed, env=environment, catch_exceptions=False
            )
            assert done.exit_code == 0, f"{arguments}: {done.output}"
            return done.output

        for command in guide():
            if command[0] not in ("match", "run"):
                run(*command)
        run("zones", "import", "parking", "bays.csv", "--datum", "wgs84", "--valid-from", "2022-01-01")
        run("users", "set-password", "officer9", "--ask-password", typed=f"{PASSWORD}\n{PASSWORD}\n")
        config = Config.from_env(settings)
        app = create_app(config, app_database_url=Deployment(config).app_url, clock=StandingClock())
        client = app.test_client()
        signed_in = client.post(f"{API}/auth/login", json={"username": "officer9", "password": PASSWORD})
        headers = {"Authorization": f"Bearer {signed_in.get_json()['access_token']}"}
        yield Deployed(city, run, client, headers)
        app.extensions["frontage"].close()


def test_spots_of_another_city_lie_in_the_areas_they_name(deployed: Deployed) -> None:
    wrong = []
    for east, north in squares():
        lon, lat = deployed.city.spot(east + 0.5, north + 0.5)
        match = deployed.get(f"/match?lon={lon}&lat={lat}&accuracy_m=2")
        said = (match["township"]["code"], match["township"]["verdict"], match["frontage"]["verdict"])
        if north % 2 == 0:
            right = said == (township_at(east), "certain", "certain")
            right = right and match["frontage"]["code"] == code_at(east, north)
        else:
            right = said == (township_at(east), "certain", "near") and match["frontage"]["distance_m"] == (
                pytest.approx(SIDE / 2, abs=0.01)
            )
        if not right:
            wrong.append((east, north, said, match["frontage"]))
    assert wrong == []


def test_the_guide_s_own_question_is_answered_on_the_command_line(deployed: Deployed) -> None:
    (asked,) = [command for command in guide() if command[0] == "match"]
    lon, lat = deployed.city.spot(2.5, 4.5)
    # Numbers of the west and the south look like options: they come behind a mark.
    told = deployed.run("match", *asked[3:], "--", str(lon), str(lat))
    assert code_at(2, 4) in told and WEST in told


def test_a_report_of_another_city_opens_a_case_at_its_own_township(deployed: Deployed) -> None:
    lon, lat = deployed.city.spot(6.5, 2.5)
    sent = report_json(at=(lon, lat), category="goods", accuracy_m=3.0, captured_at=NOW)
    answer = deployed.client.put(f"{API}/reports/{uuid4()}", json=sent, headers=deployed.headers)
    assert answer.status_code == 201, answer.text
    receipt = answer.get_json()
    assert receipt["township"]["code"] == EAST
    assert receipt["match"]["frontage"]["code"] == code_at(6, 2)
    assert receipt["case"]["number"].startswith(deployed.city.prefix)
    assert [finding["code"] for finding in receipt["findings"]] == []
    found = deployed.get(f"/reports?bbox={lon - 1e-4},{lat - 1e-4},{lon + 1e-4},{lat + 1e-4}")
    assert [feature["id"] for feature in found["features"]] == [receipt["id"]]


def test_layers_of_another_city_come_back_where_they_were(deployed: Deployed) -> None:
    page = deployed.get("/zones/frontage?limit=100")
    places = {feature["properties"]["code"]: shape(feature["geometry"]) for feature in page["features"]}
    drawn = {code_at(*at): deployed.city.degrees(square(*at)) for at in squares() if at[1] % 2 == 0}
    assert places.keys() == drawn.keys()
    # A hundred-millionth of a degree is a millimetre.
    assert all(places[code].hausdorff_distance(drawn[code]) < 1e-8 for code in drawn)


def test_a_second_layer_of_another_kind_and_format_is_matched_as_well(deployed: Deployed) -> None:
    lon, lat = deployed.city.spot(1.5, 5.5)
    match = deployed.get(f"/match?lon={lon}&lat={lat}&accuracy_m=2")
    assert (match["parking"]["code"], match["parking"]["verdict"]) == ("P1-5", "certain")
