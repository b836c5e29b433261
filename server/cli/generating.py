"""`frontage strips`: draws the strips before house fronts from files, for the import to check and take."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import orjson

from geo.datum import Datum
from server.cli.base import Place, pass_place, progress
from server.cli.layers import refused_words
from server.places.drawing.drawer import DRAWING_STEPS, Drawn
from server.places.drawing.refusals import PARTS, GroundRefused
from server.places.foreign.faults import FileRefused
from server.places.importing import ImportRefused
from server.wiring import drawer_of

_existing = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("strips")
def strips() -> None:
    """门前责任区生成 / Frontage strips from buildings and streets."""


@strips.command("generate")
@click.argument("buildings", type=_existing)
@click.argument("streets", type=_existing)
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--property-lines", type=_existing, help="地界线 / Lines between two properties, where known.")
@click.option("--township", required=True, help="镇街 9 位代码 / 9-digit code the zones get.")
@click.option("--valid-from", type=click.DateTime(["%Y-%m-%d"]), required=True, help="生效日 / First day.")
@click.option(
    "--datum",
    type=click.Choice([datum.value for datum in Datum]),
    help="坐标基准,文件未说明时 / Datum of the files, where they do not say.",
)
@click.option("--sample", is_flag=True, help="标为示例 / Label the zones as sample.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="拓扑报告 / Topology report.")
@pass_place
def generate(
    place: Place, buildings: Path, streets: Path, out: Path, property_lines: Path | None, township: str,
    valid_from: datetime, datum: str | None, sample: bool, report: Path | None,
) -> None:  # fmt: skip
    """由房屋与街道线生成 / Draw the strips of BUILDINGS along STREETS into OUT (GeoJSON, for zones import).

    任何可导入的格式 / Files in any format an import reads.
    """
    options = {
        "township": township,
        "valid_from": valid_from.date().isoformat(),
        "datum": datum,
        "sample": sample,
    }
    given = dict(zip(PARTS, (buildings, streets, property_lines), strict=True))
    with ExitStack() as stack, progress("生成 / drawing", len(DRAWING_STEPS)) as bar:
        files = {part: stack.enter_context(path.open("rb")) for part, path in given.items() if path}
        drawing = drawer_of(place.deployment.config).drawn(
            {part: file.fileno() for part, file in files.items()},
            options,
            lambda step: bar(DRAWING_STEPS.index(step)),
        )
        try:
            drawn = stack.enter_context(drawing)
        except GroundRefused as refused:
            raise ImportRefused(refused.faults) from refused
        except FileRefused as refused:
            raise ImportRefused([refused_words(refused)]) from refused
        _write(drawn, out, report)
    told = ", ".join(f"{kind} {count}" for kind, count in drawn.summary["finding_counts"].items())
    click.echo(f"责任区 / zones {drawn.summary['zones']};需查看 / to look at: {told or '无 none'}")


def _write(drawn: Drawn, out: Path, report: Path | None) -> None:
    drawn.layer.seek(0)
    with out.open("wb") as file:
        shutil.copyfileobj(drawn.layer, file)
    if report:
        features = [_feature(finding) for finding in drawn.findings()]
        collection = {"type": "FeatureCollection", "name": "findings", "features": features}
        report.write_bytes(orjson.dumps(collection))


def _feature(finding: dict[str, Any]) -> dict[str, Any]:
    geometry = orjson.loads(finding.pop("geometry"))
    return {"type": "Feature", "geometry": geometry, "properties": finding}


COMMANDS = (strips,)
