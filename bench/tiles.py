"""W4: uncached tiles over HTTP, beside tipg on the same table; and counts of a low zoom beside raw polygons.

Both servers run with two processes on the machine of the database and of what asks them, and are asked in turn for the
same tiles, each of a place in a street drawn by lot. Ours checks a token, reads who asks and sets row-level security.
"""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date

from bench import load, peer_tipg
from bench.figures import Findings, Target
from bench.ground import Streets
from bench.scale import SHORT, Scale
from bench.stand import Server, Stand
from geo.datum import Datum, Position, convert
from geo.tile import Tile, tiles_over
from server.db import Database
from server.maps.drawing import SQL, Wanted, draw
from server.maps.layers import LAYERS

CONNECTIONS = 4
ZOOMS = (16, 14, 12)
TARGETS = {16: Target(5.0), 14: Target(1.0)}
COUNTS_TARGET = Target(50.0)
COUNTS_ZOOM = 12
ON = date(2026, 1, 1)
TILES_IN_SQL = 12
_DATABASE = "frontage"
_AGE_KEPT = {"Accept": "*/*"}


@dataclass(frozen=True)
class Asked:
    """What one round came to."""

    per_s: float
    mean_bytes: float


def measure(stand: Stand, scale: Scale) -> Findings:
    """Rounds of: ours and tipg in turn, at each zoom; in a short run ours alone."""
    stand.fill(_DATABASE, zones=scale.zones, township_vertices=scale.township_vertices)
    findings = Findings(f"W4 瓦片 uncached tiles over HTTP; {scale.zones:,} zones")
    streets = Streets(scale.zones)
    ours: dict[int, list[Asked]] = {}
    theirs: dict[int, list[Asked]] = {}
    shifted: list[Asked] = []
    with ExitStack() as open_:
        server = open_.enter_context(stand.serve(1))
        peer = None if scale is SHORT else open_.enter_context(peer_tipg.serve(stand, _DATABASE))
        for number in range(scale.rounds + 1):
            for zoom in ZOOMS:
                tiles = _tiles(streets, zoom, number)
                told = _ask(server, [_path(tile) for tile in tiles], scale.limit_round_s)
                beside = _ask_peer(peer, tiles, scale.limit_round_s) if peer else None
                if number:  # the first round warms up
                    ours.setdefault(zoom, []).append(told)
                    theirs.setdefault(zoom, []).extend([beside] if beside else [])
            tiles = _tiles(streets, 16, number, Datum.GCJ02)
            told = _ask(server, [f"{_path(tile)}?datum=gcj02" for tile in tiles], scale.limit_round_s)
            shifted += [told] if number else []
    _tell(findings, ours, theirs)
    counts, polygons = _in_the_database(stand, streets, scale)
    findings.add("z12 原始多边形 raw polygons, SQL", "/s", polygons)
    findings.add("z12 计数 counts in cells, SQL", "/s", counts, limit=polygons, target=COUNTS_TARGET)
    findings.add("z16, GCJ-02", "/s", [one.per_s for one in shifted], limit=[one.per_s for one in ours[16]])
    findings.notes += [
        f"{CONNECTIONS} connections, no tile confirmed by a validator. z12 of ours are counts in cells of 150 m "
        f"({_size(ours[12])} a tile), of tipg the polygons themselves ({_size(theirs[12])}).",
        f"tipg {peer_tipg.VERSION}: code and name of kind 'frontage', geometry in EPSG:4326, a limit of "
        f"{peer_tipg.FEATURES_MAX:,} a tile, {peer_tipg.PROCESSES} processes of uvicorn.",
    ]
    return findings


def _in_the_database(stand: Stand, streets: Streets, scale: Scale) -> tuple[list[float], list[float]]:
    """Tiles a second without HTTP: as counts, and as the polygons themselves from the stored column."""
    counts: list[float] = []
    polygons: list[float] = []
    wanted = [
        Wanted(LAYERS["frontage"], tile, Datum.WGS84, ON)
        for tile in _tiles(streets, COUNTS_ZOOM, 1)[:TILES_IN_SQL]
    ]
    raw = [replace(one, layer=replace(one.layer, detail_zoom=0)) for one in wanted]
    db = Database(stand.url(_DATABASE), pool_size=1, statement_timeout_ms=60_000, prepared_statements=True)
    try:
        with db.engine.connect() as line:
            SQL["tile_limits"].run(line, {"timeout_ms": 60_000})
            for number in range(scale.rounds + 1):
                for rounds, drawn in ((counts, wanted), (polygons, raw)):
                    begin = time.perf_counter()
                    for one in drawn:
                        draw(line, one, features_max=200_000)
                    rounds += [len(drawn) / (time.perf_counter() - begin)] if number else []
    finally:
        db.close()
    return counts, polygons


def _tell(findings: Findings, ours: dict[int, list[Asked]], theirs: dict[int, list[Asked]]) -> None:
    for zoom in ZOOMS:
        beside = theirs[zoom]
        if beside:
            findings.add(f"tipg z{zoom}, {_size(beside)}", "/s", [one.per_s for one in beside])
        limit = {"limit": [one.per_s for one in beside], "target": TARGETS.get(zoom)} if beside else {}
        findings.add(
            f"瓦片 tiles z{zoom}, {_size(ours[zoom])}", "/s", [one.per_s for one in ours[zoom]], **limit
        )


def _size(rounds: Sequence[Asked]) -> str:
    return f"{sum(one.mean_bytes for one in rounds) / len(rounds) / 1000:.1f} kB" if rounds else "-"


def _tiles(streets: Streets, zoom: int, seed: int, datum: Datum = Datum.WGS84) -> list[Tile]:
    lot, tiles = random.Random(seed), []
    for _ in range(400):
        spot = streets.anywhere(lot)
        told = convert(Position(spot.lon, spot.lat, Datum.WGS84), datum)
        tiles += tiles_over(told.lon, told.lat, told.lon, told.lat, zoom)
    return tiles


def _path(tile: Tile) -> str:
    return f"/api/v1/tiles/frontage/{tile.z}/{tile.x}/{tile.y}.mvt"


def _ask(server: Server, paths: Sequence[str], seconds: float) -> Asked:
    headers = {**_AGE_KEPT, "Authorization": f"Bearer {server.tokens[0]}"}
    return _asked(server.host, server.port, headers, lambda number: paths[number % len(paths)], seconds)


def _ask_peer(port: int, tiles: Sequence[Tile], seconds: float) -> Asked:
    paths = [peer_tipg.path_of(tile.z, tile.x, tile.y) for tile in tiles]
    return _asked("127.0.0.1", port, _AGE_KEPT, lambda number: paths[number % len(paths)], seconds)


def _asked(
    host: str, port: int, headers: dict[str, str], path: Callable[[int], str], seconds: float
) -> Asked:
    """Ask over several connections until the seconds are over; replies that came later do not count.

    Raises:
        load.RoundVoid: a reply other than 200, or not one tile with anything in it.
    """
    sizes: list[int] = []
    faults: list[str] = []
    next_number = iter(range(10_000_000))
    lock = threading.Lock()
    begin = time.monotonic()

    def ask() -> None:
        line = http.client.HTTPConnection(host, port, timeout=60)
        try:
            while not faults and time.monotonic() - begin < seconds:
                with lock:
                    number = next(next_number)
                line.request("GET", path(number), headers=headers)
                reply = line.getresponse()
                body = reply.read()
                if reply.status != 200:
                    faults.append(f"{reply.status} {path(number)} {body[:200]!r}")
                sizes.append(len(body))
        finally:
            line.close()

    threads = [threading.Thread(target=ask) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took_s = time.monotonic() - begin
    if faults or not any(sizes):
        raise load.RoundVoid("; ".join(faults[:3]) or "nothing in any tile")
    return Asked(len(sizes) / took_s, sum(sizes) / len(sizes))
