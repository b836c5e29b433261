"""`frontage doctor`: what is missing for a deployment to work, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import click
import orjson
from rich.table import Table
from rich.text import Text
from sqlalchemy.exc import SQLAlchemyError

from server.cli.base import Place, console, pass_place
from server.cluster import ClusterError
from server.doctor.database import Now, of_database
from server.doctor.line import Line, Mark
from server.doctor.machine import of_machine

_SHOWN = {Mark.OK: ("正常 ok", "green"), Mark.WARN: ("注意 warn", "yellow"), Mark.BAD: ("不可 bad", "red")}


@click.command("doctor")
@click.option(
    "--json", "as_json", is_flag=True, help="每行一个 JSON 对象 / One JSON object a line, for scripts."
)
@pass_place
def doctor(place: Place, as_json: bool) -> None:
    """体检:缺什么、怎么办 / What a deployment lacks and what to do about it; exit code 1 when anything is bad."""
    lines = list(_look(place))
    if as_json:
        for line in lines:
            click.echo(orjson.dumps(line))
    else:
        _show(lines)
    if any(line.mark is Mark.BAD for line in lines):
        raise click.exceptions.Exit(1)


def _look(place: Place) -> Iterator[Line]:
    now = Now.of(datetime.now(UTC), place.deployment.config.time_zone)
    yield from of_machine(place.deployment, now)
    cluster = place.deployment.cluster
    about = "数据库连接 / reaching the database"
    if cluster and not (cluster.data / "PG_VERSION").exists():
        yield Line("reached", about, Mark.BAD, "尚未建立 / none yet", "请运行 make run / run make run")
        return
    try:
        with place.owner() as connection:
            yield from of_database(connection, place.deployment, now)
    except (SQLAlchemyError, ClusterError) as error:
        told = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        do = "请检查 FRONTAGE_DATABASE_URL 与数据库 / look at FRONTAGE_DATABASE_URL and at the database"
        yield Line("reached", about, Mark.BAD, told, do)


def _show(lines: list[Line]) -> None:
    table = Table("", "项目 / what", "情况 / how it is", "怎么办 / what to do")
    for line in lines:
        words, colour = _SHOWN[line.mark]
        table.add_row(Text(words, colour), *map(Text, (line.about, line.found, line.do)))
    screen = console()
    screen.print(table)
    counts = {mark: sum(line.mark is mark for line in lines) for mark in Mark}
    screen.print(" · ".join(f"{_SHOWN[mark][0]} {count}" for mark, count in counts.items()))


COMMANDS = (doctor,)
