"""How long a layer of 100,000 zones takes from file to version step: `python -m bench.imports [ZONES]`.

Both ways that matter: the first import into an empty layer, and the file of next month in which one zone in a hundred
changed; then the same as the worker reads it. Runs in a database of its own on the private cluster, through the verbs
the API, the command line and the worker use.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from pyproj import Transformer
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from bench import ground
from server import jobs
from server.cluster import PrivateCluster
from server.deployment import WORKER_ROLE
from server.places.drawing.drawer import Drawer
from server.places.foreign.reader import LayerReader
from server.places.importing import layers
from server.places.importing.layers import Decision, Importer, LayerFile, Reading
from server.places.runs.doing import Runner
from server.places.runs.ordering import order
from server.schema import owner_engine_url, role_url
from tests import factories
from tests.postgres import private_server

ZONES = 100_000
LIMIT_S = 60.0
FIRST, SECOND, TODAY = date(2026, 1, 1), date(2026, 2, 1), date(2026, 1, 15)


def strips(count: int, *, moved_every: int = 0) -> bytes:
    """GeoJSON of `count` strips along streets; of every `moved_every`th the name is another one."""
    n = np.arange(count)
    cell = ((n // ground.STRIPS_A_BLOCK + 0.5) * ground.BLOCKS_MAX / ground.blocks_of(count)).astype(int)
    west = ground.WEST_M + ground.PITCH_EAST_M * (cell % ground.COLUMNS)
    west = west + ground.STRIP_WIDTH_M * ((n % ground.STRIPS_A_BLOCK) // 2)
    south = ground.SOUTH_M + ground.PITCH_NORTH_M * (cell // ground.COLUMNS + 0.5)
    south = south + np.where(n % 2 == 0, ground.STREET_HALF_M, -ground.STREET_HALF_M - ground.STRIP_DEPTH_M)
    boxes = shapely.box(west, south, west + ground.STRIP_WIDTH_M, south + ground.STRIP_DEPTH_M)
    transform = Transformer.from_crs(ground.SRID, 4326, always_xy=True).transform
    degrees = shapely.transform(boxes, lambda c: np.column_stack(transform(c[:, 0], c[:, 1])))
    features = (
        f'{{"type":"Feature","properties":{{"code":"F{i:07d}","name":"{_name(i, moved_every)}"}},"geometry":{shape}}}'
        for i, shape in enumerate(shapely.to_geojson(degrees))
    )
    return f'{{"type":"FeatureCollection","features":[{",".join(features)}]}}'.encode()


def _name(number: int, moved_every: int) -> str:
    return f"门前 {number}" + (" 新" if moved_every and number % moved_every == 0 else "")


def run(url: str, folder: Path, data: bytes, day: date) -> dict[str, float]:
    """Import one file and apply it; seconds of each part."""
    path = folder / "layer.geojson"
    path.write_bytes(data)
    importer = Importer(LayerReader(folder / "scratch", ground.SRID))
    engine = create_engine(owner_engine_url(url), poolclass=NullPool)
    took: dict[str, float] = {}
    started_s = before_s = time.perf_counter()

    def lap(name: str) -> None:
        nonlocal before_s
        now_s = time.perf_counter()
        took[name], before_s = now_s - before_s, now_s

    with engine.begin() as connection, path.open("rb") as file:
        sent, reading = LayerFile.opened(file, path.name), Reading()
        context = layers.context_of(connection, "frontage", day)
        lap("context")
        with importer.examined(sent, "frontage", reading, context) as examined:
            lap("examine")
            import_id = layers.keep(connection, "frontage", sent, reading, examined)
            lap("keep")
        done = layers.apply(connection, import_id, Decision(day), today=TODAY)
    lap("apply")
    took["all"] = time.perf_counter() - started_s
    print(json.dumps({"counts": done.counts, **{name: round(s, 1) for name, s in took.items()}}))
    return took


def run_by_worker(url: str, worker_url: str, folder: Path, data: bytes) -> float:
    """Have one file read as the worker does for `Prefer: respond-async`; seconds until its report is there."""
    path = folder / "layer.geojson"
    path.write_bytes(data)
    engine = create_engine(owner_engine_url(url), poolclass=NullPool)
    asking = factories.make_account(engine, role="zone_manager")
    reading = {**Reading().as_json(), "valid_from": None}
    with engine.begin() as connection, path.open("rb") as file:
        acting = {"id": str(asking.id)}
        connection.exec_driver_sql("SELECT set_config('frontage.account_id', %(id)s, true)", acting)
        files = {"file": LayerFile.opened(file, path.name)}
        ordered = order(connection, "import", "frontage", reading, files, at=datetime.now(UTC))
    scratch = folder / "scratch"
    runner = Runner(LayerReader(scratch, ground.SRID), Drawer(scratch, ground.SRID), scratch, ZoneInfo("UTC"))
    started_s = time.perf_counter()
    ended = runner.do(lambda: jobs.connect(worker_url), str(ordered), tries_max=1)
    took_s = time.perf_counter() - started_s
    print(json.dumps({"worker": ended, "seconds": round(took_s, 1)}))
    return took_s


def main() -> int:
    """Print the parts; 1 when a whole import takes a minute or more."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ZONES
    with (
        private_server(PrivateCluster(Path("var").absolute(), tell=lambda _: None)) as server,
        server.clean() as url,
        TemporaryDirectory(dir="var") as name,
    ):
        folder = Path(name)
        first = run(url, folder, strips(count), FIRST)
        second = run(url, folder, strips(count, moved_every=100), SECOND)
        worker_url = role_url(url, WORKER_ROLE, server.app_password)
        third_s = run_by_worker(url, worker_url, folder, strips(count, moved_every=50))
    worst_s = max(first["all"], second["all"], third_s)
    print(
        f"{count} zones: first {first['all']:.1f} s, next {second['all']:.1f} s, read by the worker {third_s:.1f} s; "
        f"limit {LIMIT_S:.0f} s for 100,000"
    )
    return int(worst_s >= LIMIT_S)


if __name__ == "__main__":
    sys.exit(main())
