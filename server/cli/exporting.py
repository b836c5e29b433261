"""`frontage zones export`: a layer of one day as a file for other programs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import click

from geo.datum import Datum
from geo.observation import Kind
from server.cli.base import Place, pass_place
from server.places.exporting.files import Format, Wanted, write_layer


@click.command("export")
@click.argument("kind", type=click.Choice([kind.value for kind in Kind]))
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--at", type=click.DateTime(["%Y-%m-%d"]), help="当日有效的区 / Zones of this day. [今天 today]"
)
@click.option(
    "--datum",
    type=click.Choice([datum.value for datum in Datum]),
    default=Datum.WGS84.value,
    show_default=True,
    help="坐标基准 / What the coordinates are told in.",
)
@pass_place
def export_layer(place: Place, kind: str, out: Path, at: datetime | None, datum: str) -> None:
    """导出图层到新文件 / Write a layer to a new file: .gpkg, .geojson or .csv by its name."""
    form = next((one for one in get_args(Format) if out.suffix == f".{one}"), None)
    if form is None:
        raise click.BadParameter("*.gpkg, *.geojson 或 / or *.csv", param_hint="OUT")
    if out.exists():
        raise click.BadParameter(f"{out} 已存在 / exists", param_hint="OUT")
    time_zone = ZoneInfo(place.deployment.config.time_zone)
    on = at.date() if at else datetime.now(UTC).astimezone(time_zone).date()
    with place.owner() as connection:
        zones = write_layer(connection, Wanted(kind, on, Datum(datum)), form, out)
    click.echo(f"已写 / written: {zones} {kind}, {on.isoformat()}, {datum}")
