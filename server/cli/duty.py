"""`frontage roster`: who is on duty when, from files."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import orjson
from pydantic import ValidationError
from rich.table import Table

from server.cli.base import Place, console, pass_place
from server.csv_text import FileUnreadable
from server.patrol.duty import rosters
from server.patrol.duty.wire import RosterIn
from server.places.importing import ImportRefused
from server.problems.answering import from_validation


@click.group("roster")
def roster() -> None:
    """排班 / Rosters: who is on duty when, with which team and where."""


@roster.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--name", help="CSV 的名称 / Name of one that comes as CSV. [文件名 file name]")
@click.option("--source", default="", help="CSV 的出处 / Where a CSV comes from.")
@click.option("--body", help="CSV 的机构代码,缺省为区局 / Body of a CSV; the district when left out.")
@click.option("--dry-run", is_flag=True, help="只检查,不写入 / Check everything, write nothing.")
@pass_place
def import_roster(
    place: Place, file: Path, name: str | None, source: str, body: str | None, dry_run: bool
) -> None:
    """导入一个机构整日的排班 / Import whole days of a body from JSON or CSV; they replace what was listed."""
    given = _read(file, {"name": name or file.stem, "source": source, "body": body})
    config = place.deployment.config
    with place.owner() as connection:
        kept = rosters.keep(
            connection, given, config, at=datetime.now(UTC), time_zone=ZoneInfo(config.time_zone)
        )
        if dry_run:
            connection.rollback()
    words = "试运行 / dry run" if dry_run else "已导入 / imported" if kept.made else "相同,未变 / the same"
    click.echo(
        f"{words}: {given.name}, 机构 body {kept.body}, {given.first} - {given.last}, "
        f"班次 turns {len(given.entries)}, 替换 replaced {kept.replaced}"
    )


def _read(file: Path, about: dict[str, str | None]) -> RosterIn:
    data = file.read_bytes()
    try:
        if file.suffix.lower() == ".csv":
            return rosters.read_csv(data, about)
        return RosterIn.model_validate(orjson.loads(data))
    except (FileUnreadable, orjson.JSONDecodeError) as error:
        raise ImportRefused([f"{file.name}: {error}"]) from error
    except ValidationError as error:
        found = from_validation(error).errors or []
        raise ImportRefused([f"{one['path']}: {one['message']}" for one in found]) from error


@roster.command("list")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="首日 / First day. [今天 today]")
@click.option("--days", type=click.IntRange(1, 366), default=7, show_default=True, help="天数 / Days.")
@pass_place
def list_roster(place: Place, first: datetime | None, days: int) -> None:
    """列出现行排班 / List the turns in force."""
    zone = ZoneInfo(place.deployment.config.time_zone)
    day = first.date() if first else datetime.now(zone).date()
    since = datetime.combine(day, time(), zone)
    table = Table("机构 / body", "人员 / officer", "起 / from", "止 / to", "班组 / team", "片区 / area")
    cursor: str | None = None
    with place.owner() as connection:
        while True:
            page = rosters.list_turns(connection, since, since + timedelta(days=days), None, cursor, 500)
            for one in page["items"]:
                start, stop = (
                    f"{datetime.fromisoformat(one[name]).astimezone(zone):%Y-%m-%d %H:%M}"
                    for name in ("on_from", "on_to")
                )
                team, area = ((one[name] or {}).get("name", "-") for name in ("team", "area"))
                table.add_row(one["body"], one["username"], start, stop, team, area)
            cursor = page["next"]
            if cursor is None:
                break
    console().print(table)


COMMANDS = (roster,)
