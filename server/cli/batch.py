"""`frontage batch`: days out into files, coverage and re-matches worked out over them, on one machine or many.

Its modules are imported by the commands that need them: Dask and Arrow would make every other command half a second
slower and the worker a hundred megabytes larger.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

import click
from rich.table import Table

from server import logs
from server.cli.base import Place, console, pass_place
from server.patrol.tracking import sight_settings, track_settings
from server.reports.rematch.judging import differences
from server.wiring import matcher_of

if TYPE_CHECKING:
    from server.patrol.batch.covering import Worked
    from server.patrol.batch.files import Part
    from server.patrol.batch.rematching import Rematched

    Done = TypeVar("Done", Worked, Rematched)

_day = click.DateTime(formats=["%Y-%m-%d"])
_folder = click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
_first = click.option("--from", "first", type=_day, help="起始日期(当地) / First local day.")
_last = click.option("--to", "last", type=_day, help="截止日期(含) / Last local day, inclusive.")
_scheduler = click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Dask 调度器,如 tls://10.0.0.5:8786 / A Dask scheduler. [本机 this machine]",
)
_workers = click.option(
    "--workers",
    type=click.IntRange(1, 256),
    default=lambda: os.cpu_count() or 1,
    help="本机进程数 / Processes on this machine. [default: one a processor]",
)


@click.group("batch")
def batch() -> None:
    """批量计算 / Batch: months of tracks and reports on files."""


@batch.command("export")
@_folder
@click.option("--from", "first", type=_day, required=True, help="起始日期(当地) / First local day.")
@click.option("--to", "last", type=_day, required=True, help="截止日期(含) / Last local day, inclusive.")
@pass_place
def export_days(place: Place, folder: Path, first: datetime, last: datetime) -> None:
    """导出已结束的日子 / Export days that have ended as GeoParquet.

    文件含队员轨迹,仅本人可读;用完即删,到期用 prune / The files hold officers' tracks, readable by you alone: delete
    them when done, prune them when their time has come.
    """
    from server.patrol.batch.exporting import NotExported, export

    if last < first:
        raise click.BadParameter("--to 早于 --from / --to is before --from")
    logs.configure()
    config = place.deployment.config
    today = datetime.now(UTC).astimezone(ZoneInfo(config.time_zone)).date()
    table = Table("日期 / day", "定位 / fixes", "标记 / marks", "上报 / reports")
    with place.owner(isolation="REPEATABLE READ") as connection:
        try:
            for one in export(
                connection, folder, first.date(), last.date(),
                today=today, time_zone=config.time_zone, srid=config.metric_srid,
            ):  # fmt: skip
                figures = ("定位已不精确,未导出 / no longer precise, left out", "", "")
                told = figures if one.closed else tuple(map(str, (one.fixes, one.marks, one.reports)))
                table.add_row(str(one.part.day), *told)
        except NotExported as error:
            raise click.ClickException(str(error)) from None
    console().print(table)


@batch.command("coverage")
@_folder
@_first
@_last
@_scheduler
@_workers
@pass_place
def work_out_coverage(
    place: Place,
    folder: Path,
    first: datetime | None,
    last: datetime | None,
    scheduler: str | None,
    workers: int,
) -> None:
    """由导出文件计算到访与覆盖 / Work visits and coverage out from exported days, into files beside them."""
    from server.patrol.batch.covering import Rules, work_out

    config = place.deployment.config
    rules = Rules(config.metric_srid, config.time_zone, track_settings(config), sight_settings(config))
    work = partial(work_out, root=folder.resolve(), rules=rules)
    table = Table("日期 / day", "所见 / sightings", "到访 / visits", "责任区 / zones")
    for one in _mapped(_parts(folder, "fixes", first, last), work, scheduler, workers):
        table.add_row(str(one.part.day), str(one.sightings), str(one.visits), str(one.zones))
    console().print(table)


@batch.command("rematch")
@_folder
@_first
@_last
@_scheduler
@_workers
@pass_place
def rematch_reports(
    place: Place,
    folder: Path,
    first: datetime | None,
    last: datetime | None,
    scheduler: str | None,
    workers: int,
) -> None:
    """以导出的图层重判导出的上报 / Judge exported reports anew by the exported zones; no case moves by it."""
    from server.patrol.batch.rematching import rematch

    work = partial(
        rematch, root=folder.resolve(), matcher=matcher_of(place.deployment.config), differences=differences
    )
    table = Table("日期 / day", "上报 / reports", "有变 / differ")
    for one in _mapped(_parts(folder, "reports", first, last), work, scheduler, workers):
        table.add_row(str(one.part.day), str(one.reports), str(one.moves))
    console().print(table)


@batch.command("prune")
@_folder
@pass_place
def prune(place: Place, folder: Path) -> None:
    """删除库中已不再精确的日子 / Delete exported days whose precise fixes the database no longer keeps.

    依法留存的日子随库保留 / Days under a legal hold stay as they do in the database.
    """
    from server.patrol.batch import files
    from server.patrol.batch.exporting import closed_days

    parts = {
        part
        for layer in (*files.INPUTS, *files.RESULTS)
        for part in files.days_in(folder, layer, whole=False)
    }
    days = [part.day for part in parts if part.day]
    if not days:
        return
    with place.owner() as connection:
        closed = closed_days(connection, min(days), max(days), place.deployment.config.time_zone)
    for part in sorted(parts, key=str):
        if part.day in closed:
            for gone in files.forget(folder, part):
                console().print(f"已删除 / deleted {gone}")


def _mapped(
    parts: list[Part], work: Callable[[Part], Done], scheduler: str | None, workers: int
) -> list[Done]:
    """What `work` said of every part, by district and day."""
    from server.patrol.batch import mapping

    try:
        done = list(mapping.over(parts, work, scheduler=scheduler, workers=workers))
    except OSError as error:
        raise click.ClickException(f"未完成 / not done: {error}") from None
    return sorted(done, key=lambda one: (one.part.district, str(one.part.day)))


def _parts(folder: Path, layer: str, first: datetime | None, last: datetime | None) -> list[Part]:
    from server.patrol.batch import files

    begin, end = (first.date() if first else date.min), (last.date() if last else date.max)
    found = [part for part in files.days_in(folder, layer) if part.day and begin <= part.day <= end]
    if not found:
        raise click.ClickException(f"没有导出的日子 / no exported days: {folder}")
    return found


COMMANDS = (batch,)
