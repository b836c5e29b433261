"""Zones for tests of editing: rectangles in metres from the corner, an editor at the API, and areas in metres."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import shapely
from flask.testing import FlaskClient
from shapely.geometry import shape
from sqlalchemy import Engine

from geo.metric import MetricPlane
from tests import factories
from tests.factories import CORNER, JINSHA
from tests.postgres import METRIC_SRID

PLANE = MetricPlane(METRIC_SRID)
X0, Y0 = PLANE.forward(*CORNER)
API = "/api/v1"
SignIn = Callable[..., dict[str, str]]


def spot(east_m: float, north_m: float) -> list[float]:
    """Longitude and latitude so many metres from the corner."""
    return list(PLANE.inverse(X0 + east_m, Y0 + north_m))


def plot(west_m: float, east_m: float, south_m: float = 0.0, north_m: float = 5.0) -> dict[str, Any]:
    """A rectangle as GeoJSON."""
    ring = [(west_m, south_m), (east_m, south_m), (east_m, north_m), (west_m, north_m), (west_m, south_m)]
    return {"type": "Polygon", "coordinates": [[spot(*place) for place in ring]]}


def line(*places: tuple[float, float]) -> dict[str, Any]:
    """A line through places in metres, as GeoJSON."""
    return {"type": "LineString", "coordinates": [spot(*place) for place in places]}


def metric(geometry: dict[str, Any]) -> Any:
    """A GeoJSON geometry in metres of the plane."""
    return shapely.transform(
        shape(geometry),
        lambda points: shapely.get_coordinates(shapely.points([PLANE.forward(*point) for point in points])),
    )


def area_m2(geometry: dict[str, Any]) -> float:
    return float(metric(geometry).area)


def draw_street(owner: Engine, *codes: str, kind: str = "frontage", township: str = JINSHA) -> None:
    """Zones of 10 by 5 m side by side eastwards from the corner."""
    factories.make_organisations(owner)
    for number, code in enumerate(codes):
        factories.make_zone(
            owner, kind=kind, code=code, township=township, geometry=plot(10.0 * number, 10.0 * (number + 1))
        )


@dataclass(frozen=True)
class Desk:
    """An editor at work. Calls return the response as it is; `done` gives its body."""

    client: FlaskClient
    headers: dict[str, str]

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"{API}{path}", query_string=query, headers=self.headers)

    def send(
        self, path: str, body: dict[str, Any], *, method: str = "POST", version: int | None = None
    ) -> Any:
        match = {} if version is None else {"If-Match": f'"{version}"'}
        given = {"note": "测试", **body}
        return self.client.open(f"{API}{path}", method=method, json=given, headers={**self.headers, **match})

    def done(
        self, path: str, body: dict[str, Any], *, method: str = "POST", version: int | None = None
    ) -> Any:
        answer = self.send(path, body, method=method, version=version)
        assert answer.status_code in (200, 201), answer.text
        return answer.json

    def zone(self, code: str, at: str | None = None, kind: str = "frontage") -> Any:
        """The zone's feature on a day."""
        answer = self.get(f"/zones/{kind}/{code}", **({"at": at} if at else {}))
        assert answer.status_code == 200, answer.text
        return answer.json


def geometry_of(edit: dict[str, Any], code: str) -> dict[str, Any]:
    """The new shape of a code in an edit."""
    (found,) = [one["geometry"] for one in edit["after"] if one["properties"]["code"] == code]
    return dict(found)
