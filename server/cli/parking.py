"""`frontage streets`, `cells` and `parking`: the street layer, templates of cell codes, and what parking areas lack."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import orjson

from server.cli.base import Place, pass_place
from server.places.importing import ImportRefused
from server.places.parking.checking import faulty_areas
from server.places.parking.streets import apply_streets, read_streets
from server.places.services.cells import apply_template, codes_on, misfits
from server.problems.request import NotFound

_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_dry_run = click.option("--dry-run", is_flag=True, help="只检查,不写入 / Check everything, write nothing.")


@click.group("streets")
def streets() -> None:
    """街道中心线 / Street lines."""


@streets.command("import")
@_file
@click.option(
    "--valid-from",
    type=click.DateTime(["%Y-%m-%d"]),
    help="生效日 / First day the file is the layer. [今天 today]",
)
@click.option("--source", help="来源 / Where it came from, kept with every line. [文件名 file name]")
@_dry_run
@pass_place
def import_streets(
    place: Place, file: Path, valid_from: datetime | None, source: str | None, dry_run: bool
) -> None:
    """导入街道线 / Import GeoJSON lines (WGS-84): from that day on the file is the layer, all of it or nothing."""
    document = _json(file)
    found = read_streets(document)
    day = valid_from.date() if valid_from else _today(place)
    with place.owner() as connection:
        counts = apply_streets(
            connection,
            found,
            valid_from=day,
            source=source or file.name,
            sample=document.get("sample") is True,
        )
        if dry_run:
            connection.rollback()
    click.echo(
        f"{'试运行 / dry run: ' if dry_run else ''}新增 / new {counts.new}, 未变 / unchanged {counts.unchanged}, "
        f"撤销 / gone {counts.gone}"
    )


@click.group("cells")
def cells() -> None:
    """网格编码 / Codes of grid cells."""


@cells.command("template")
@_file
@_dry_run
@pass_place
def import_template(place: Place, file: Path, dry_run: bool) -> None:
    """导入编码模板 / Import the template of cell codes; one that is in force already changes nothing."""
    with place.owner() as connection:
        made = apply_template(connection, _json(file))
        if dry_run:
            connection.rollback()
    said = "新模板 / new template" if made else "未变 / unchanged"
    click.echo(f"{'试运行 / dry run: ' if dry_run else ''}{said}")


@cells.command("check")
@pass_place
def check_cells(place: Place) -> None:
    """核对网格编码 / Name the cells whose codes do not fit the template in force; exit code 1 when there are any."""
    day = _today(place)
    with place.owner() as connection:
        try:
            found = misfits(connection, codes_on(connection, day), day)
        except NotFound:
            raise ImportRefused(["没有生效的编码模板 / no template of cell codes is in force"]) from None
    for cell in found:
        click.echo(f"{cell.code}\t{cell.township or '-'}\t{cell.misfit}")
    click.echo(f"不合模板 / do not fit: {len(found)}")
    if found:
        raise click.exceptions.Exit(1)


@click.group("parking")
def parking() -> None:
    """停车区 / Parking areas."""


@parking.command("check")
@pass_place
def check_parking(place: Place) -> None:
    """核对停车区属性 / Name areas whose vehicle, capacity or hours cannot be read; exit code 1 when there are any."""
    with place.owner() as connection:
        found = faulty_areas(connection, _today(place))
    for code, faults in found:
        click.echo(f"{code}\t{', '.join(faults)}")
    click.echo(f"有误 / faulty: {len(found)}")
    if found:
        raise click.exceptions.Exit(1)


def _today(place: Place) -> date:
    return datetime.now(ZoneInfo(place.deployment.config.time_zone)).date()


def _json(file: Path) -> Any:
    try:
        return orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise ImportRefused([f"{file.name}: 不是 JSON / not JSON: {error}"]) from error


COMMANDS = (streets, cells, parking)
