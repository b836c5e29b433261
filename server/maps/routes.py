"""HTTP words of maps: vector tiles and the TileJSON that describes a layer."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Response, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field
from sqlalchemy import Connection

from geo.datum import Datum
from geo.periods import Period
from geo.tile import Tile, TileRefused
from server.access import everyone, principal
from server.contract import API, Answer, At, Strict, Text, answers, json_response, local_time
from server.db import Database
from server.maps import caching
from server.maps.drawing import SQL, Wanted, draw
from server.maps.layers import LAYERS, ZOOM_MAX, Layer
from server.problems.request import InputRefused, NotFound, Unavailable

TAG = Tag(
    name="地图 maps",
    description="矢量瓦片:各类责任区、上报、案卷、巡查覆盖与街道。Vector tiles of zones, reports, cases, coverage and "
    "streets.",
)
DatumName = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]
TILE = {
    "description": "Mapbox 矢量瓦片 2.1,空瓦片为零字节。A Mapbox Vector Tile 2.1; of no bytes when nothing lies in it.",
    "content": {caching.MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
}
# The bounds of a layer told in another datum: no shift reaches farther.
_SHIFT_MAX_DEG = 0.03
# A change of what tiles hold, for the same zones, is a new number here.
_FORM = 1
_NUMBER = re.compile(r"0|[1-9][0-9]{0,7}", re.ASCII)


class LayerPath(Strict):
    layer: Text = Field(description="图层 / layer", json_schema_extra={"enum": list(LAYERS)})


def _number(below: int) -> Any:
    # Told as a number and read as text: what names no tile is not there (404), and no mistake in the request (422).
    return Field(json_schema_extra={"type": "integer", "minimum": 0, "maximum": below - 1})


class TilePath(LayerPath):
    z: Text = _number(ZOOM_MAX + 1)
    x: Text = _number(1 << ZOOM_MAX)
    y: Text = _number(1 << ZOOM_MAX)


class MapQuery(Strict):
    at: At | None = Field(
        None,
        description="当时有效的区,缺省为今天;上报与案卷不可用 / zones valid then, today when left out; not for reports "
        "and cases",
    )
    datum: DatumName = Field(
        "wgs84", description="底图的坐标系 / datum of the base map the tile is laid over"
    )
    from_: At | None = Field(
        None,
        alias="from",
        description="仅覆盖图层:首日,缺省为末日所在周的周一 / coverage only: first day; the Monday of the week of "
        "the last one when left out",
    )
    to: At | None = Field(
        None, description="仅覆盖图层:末日,缺省为今天 / coverage only: last day, today when left out"
    )


class TileQuery(MapQuery):
    v: int | None = Field(
        None,
        ge=0,
        lt=2**63,
        description="图层版本,取自 TileJSON;相符则可缓存 / version of the layer, from its TileJSON: "
        "the tile may then be kept",
    )


class VectorLayer(Answer):
    id: str
    description: str
    minzoom: int
    maxzoom: int
    fields: dict[str, str]


class TileJson(Answer):
    """TileJSON 3.0.0."""

    tilejson: Literal["3.0.0"]
    name: str
    scheme: Literal["xyz"]
    tiles: list[str]
    minzoom: int
    maxzoom: int
    bounds: list[float] = Field(
        min_length=4, max_length=4, description="度,基准见 `datum` / degrees, in `datum`"
    )
    datum: DatumName
    version_of_layer: int | None = Field(
        description="区的图层每有变动即增加 / grows with every change of a layer of zones"
    )
    vector_layers: list[VectorLayer]


@dataclass(frozen=True)
class MapSettings:
    """Limits of tiles; see config.py for their reasons."""

    time_zone: ZoneInfo
    features_max: int
    statement_timeout_ms: int
    max_age_s: int
    public_url: str | None
    coverage_days_max: int


def map_routes(db: Database, clock: Callable[[], datetime], settings: MapSettings) -> APIBlueprint:
    """Routes of maps."""
    api = APIBlueprint("maps", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])
    maps = _Maps(db, clock, settings)

    @api.get(
        "/tiles/<layer>/<z>/<x>/<y>.mvt",
        summary="矢量瓦片 One vector tile",
        responses=answers({200: TILE, 304: None}, NotFound, InputRefused, Unavailable),
    )
    @everyone
    def get_tile(path: TilePath, query: TileQuery) -> Response:
        return maps.tile(_layer(path.layer), _tile(path), query)

    @api.get(
        "/tiles/<layer>.json",
        summary="图层说明 TileJSON of one layer",
        responses=answers({200: TileJson}, NotFound, InputRefused),
    )
    @everyone
    def get_tilejson(path: LayerPath, query: MapQuery) -> Response:
        return maps.tilejson(_layer(path.layer), query)

    return api


def _layer(name: str) -> Layer:
    if name not in LAYERS:
        raise NotFound()
    return LAYERS[name]


def _tile(path: TilePath) -> Tile:
    numbers = (path.z, path.x, path.y)
    if not all(map(_NUMBER.fullmatch, numbers)) or int(path.z) > ZOOM_MAX:
        raise NotFound()
    try:
        return Tile(*map(int, numbers))
    except TileRefused as error:
        raise NotFound() from error


class _Maps:
    """The two calls, over what they need."""

    def __init__(self, db: Database, clock: Callable[[], datetime], settings: MapSettings) -> None:
        self._db, self._clock, self._settings = db, clock, settings

    def tile(self, layer: Layer, tile: Tile, query: TileQuery) -> Response:
        period = self._period(layer, query)
        wanted = Wanted(layer, tile, Datum(query.datum), self._day(layer, query), period, self._clock())
        with self._db.transaction(principal().claim) as (connection, _):
            SQL["tile_limits"].run(connection, {"timeout_ms": self._settings.statement_timeout_ms})
            if layer.scoped:
                return self._scoped_tile(connection, wanted)
            # Before the tile is drawn: should the layer change in between, the validator is too old, never too new.
            version = self._version(connection, layer)
            etag = caching.etag_of(
                _FORM, layer.name, version, wanted.on, tile, wanted.datum, self._settings.features_max
            )
            body = None if caching.known(etag) else draw(connection, wanted, self._settings.features_max)
        age_s = self._age_s(query) if query.v is not None and query.v == version else 0
        return caching.respond(body, etag, caching.shared(age_s), scoped=False)

    def _scoped_tile(self, connection: Connection, wanted: Wanted) -> Response:
        body = draw(connection, wanted, self._settings.features_max)
        etag = caching.etag_of_bytes(body)
        return caching.respond(None if caching.known(etag) else body, etag, caching.PRIVATE, scoped=True)

    def _age_s(self, query: MapQuery) -> int:
        if query.at is not None:
            return self._settings.max_age_s
        return min(
            self._settings.max_age_s, caching.until_midnight_s(self._clock(), self._settings.time_zone)
        )

    def tilejson(self, layer: Layer, query: MapQuery) -> Response:
        on, version, bounds = self._day(layer, query), None, None
        self._period(layer, query)
        with self._db.transaction(principal().claim) as (connection, _):
            SQL["tile_limits"].run(connection, {"timeout_ms": self._settings.statement_timeout_ms})
            if not layer.scoped:
                version = self._version(connection, layer)
                bounds = self._extent(connection, layer, on)
        answer = json_response(
            {
                "tilejson": "3.0.0",
                "name": layer.name,
                "scheme": "xyz",
                "tiles": [self._address(layer, query, version)],
                "minzoom": 0,
                "maxzoom": ZOOM_MAX,
                "bounds": _bounds(bounds, query.datum),
                "datum": query.datum,
                "version_of_layer": version,
                "vector_layers": _vector_layers(layer),
            }
        )
        answer.headers["Cache-Control"] = caching.PRIVATE
        return answer

    def _address(self, layer: Layer, query: MapQuery, version: int | None) -> str:
        root = (self._settings.public_url or request.url_root).rstrip("/")
        given = {
            "at": _moment(query.at),
            "from": _moment(query.from_),
            "to": _moment(query.to),
            "datum": query.datum if query.datum != "wgs84" else None,
            "v": version,
        }
        asked = urlencode({name: value for name, value in given.items() if value is not None})
        return f"{root}{API}/tiles/{layer.name}/{{z}}/{{x}}/{{y}}.mvt" + (f"?{asked}" if asked else "")

    def _day(self, layer: Layer, query: MapQuery) -> date:
        if layer.scoped and query.at is not None:
            raise InputRefused(errors=[{"path": "/at", "message": "only zones have a map of another day"}])
        return local_time(query.at or self._clock(), self._settings.time_zone).date()

    def _period(self, layer: Layer, query: MapQuery) -> Period | None:
        """The days how fronts stand is shown for; only they have any."""
        if not layer.judged:
            if query.from_ or query.to:
                raise InputRefused(errors=[{"path": "/from", "message": "only coverage has a period"}])
            return None
        zone = self._settings.time_zone
        today = local_time(self._clock(), zone).date()
        last = min(local_time(query.to, zone, "/to").date(), today) if query.to else today
        monday = last - timedelta(days=last.isoweekday() - 1)
        first = local_time(query.from_, zone, "/from").date() if query.from_ else monday
        if not timedelta() <= last - first < timedelta(days=self._settings.coverage_days_max):
            raise InputRefused(errors=[{"path": "/from", "message": "after the end, or too long ago"}])
        return Period.of(first, last, today)

    @staticmethod
    def _version(connection: Connection, layer: Layer) -> int:
        if not layer.counted:
            return int(SQL["tile_street_version"].run(connection, {}).scalar_one())
        return int(SQL["tile_version"].run(connection, {"layer": layer.name}).scalar_one_or_none() or 0)

    @staticmethod
    def _extent(connection: Connection, layer: Layer, on: date) -> Any:
        if not layer.counted:
            return SQL["tile_street_extent"].run(connection, {"on": on.isoformat()}).one_or_none()
        values = {"layer": layer.name, "on": on.isoformat()}
        return SQL["tile_extent"].run(connection, values).one_or_none()


def _moment(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None


def _bounds(row: Any, datum: str) -> list[float]:
    if row is None:
        return [-180.0, -85.05, 180.0, 85.05]
    more = 0.0 if datum in ("wgs84", "cgcs2000") else _SHIFT_MAX_DEG
    return [
        max(row.west - more, -180.0),
        max(row.south - more, -90.0),
        min(row.east + more, 180.0),
        min(row.north + more, 90.0),
    ]


def _vector_layers(layer: Layer) -> list[dict[str, Any]]:
    """Things from their detail zoom on; counts below it, and above it in a tile that would hold too many things."""
    things = {
        "id": layer.name,
        "description": layer.name,
        "minzoom": layer.detail_zoom,
        "maxzoom": ZOOM_MAX,
        "fields": layer.fields,
    }
    if not layer.counted:
        return [things]
    cells = {
        "id": layer.cells,
        "description": f"{layer.name}: counts in cells of 150 m or more",
        "minzoom": 0,
        "maxzoom": ZOOM_MAX,
        "fields": layer.cell_fields,
    }
    return [things, cells]
