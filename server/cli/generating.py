"""`frontage strips`: draws the strips before house fronts from files, for the import to check and take."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import orjson

from geo.datum import Datum
from geo.metric import MetricPlane
from server.cli.base import Place, pass_place
from server.places.generating import generate_layer
from server.places.importing import ImportRefused

_existing = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("strips")
def strips() -> None:
    """门前责任区生成 / Frontage strips from buildings and streets."""


@strips.command("generate")
@click.argument("buildings", type=_existing)
@click.argument("streets", type=_existing)
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--township", required=True, help="镇街 9 位代码 / 9-digit code the zones get.")
@click.option("--valid-from", type=click.DateTime(["%Y-%m-%d"]), required=True, help="生效日 / First day.")
@click.option(
    "--datum",
    type=click.Choice([datum.value for datum in Datum]),
    default=Datum.WGS84.value,
    show_default=True,
    help="两个文件的坐标系 / Datum of both files.",
)
@click.option("--sample", is_flag=True, help="标为示例 / Label the zones as sample.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="拓扑报告 / Topology report.")
@pass_place
def generate(
    place: Place,
    buildings: Path,
    streets: Path,
    out: Path,
    township: str,
    valid_from: datetime,
    datum: str,
    sample: bool,
    report: Path | None,
) -> None:
    """由房屋与街道线生成 / Draw the strips of BUILDINGS along STREETS into OUT (GeoJSON, for zones import)."""
    zones, findings = generate_layer(
        _json(buildings),
        _json(streets),
        plane=MetricPlane(place.deployment.config.metric_srid),
        datum=Datum(datum),
        township=township,
        valid_from=valid_from.date(),
        sample=sample,
    )
    out.write_bytes(orjson.dumps(zones))
    if report:
        report.write_bytes(orjson.dumps(findings))
    kinds = Counter(feature["properties"]["kind"] for feature in findings["features"])
    told = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())) or "无 none"
    click.echo(f"责任区 / zones {len(zones['features'])};需查看 / to look at: {told}")


def _json(path: Path) -> Any:
    try:
        return orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise ImportRefused([f"{path.name}: 不是 JSON / not JSON: {error}"]) from None


COMMANDS = (strips,)
