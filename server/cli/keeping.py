"""`frontage keeping`: which tracks are due to become coarse or to go, doing it now, and what went."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import click
from rich.table import Table
from sqlalchemy import text

from server.cli.base import Place, cluster_up, console, pass_place
from server.jobs import connect
from server.patrol.keeping.keeper import list_due
from server.patrol.keeping.nightly import keep_all
from server.wiring import keeping_of

_WORDS = {"coarsen": "降低精度 / coarse", "delete": "删除 / gone"}


@click.group("keeping")
def keeping() -> None:
    """轨迹留存 / How long tracks are kept."""


@keeping.command("due")
@pass_place
def show_due(place: Place) -> None:
    """列出到期的日期,不做改动 / Days that are due, with nothing done; holds are respected."""
    rules = keeping_of(place.deployment.config)
    with (
        cluster_up(place.deployment),
        connect(place.deployment.worker_url) as connection,
    ):
        found = list_due(connection, datetime.now(UTC), rules.days)
    for due in found:
        click.echo(f"{due.day or '-'}  {due.what}  {_WORDS[due.rule]}")
    click.echo(f"到期 / due: {len(found)}")


@keeping.command("run")
@pass_place
def run_now(place: Place) -> None:
    """立即执行到期的处理 / Do now what the worker does every night."""
    rules = keeping_of(place.deployment.config)
    with (
        cluster_up(place.deployment),
        connect(place.deployment.worker_url) as connection,
    ):
        done = keep_all(connection, rules, datetime.now(UTC))
    if done is None:
        raise click.ClickException("另一进程正在执行 / another process is at it")
    for one in done:
        if one.rows != 0:
            rows = "等待 / waits" if one.rows is None else one.rows
            click.echo(f"{one.due.day or '-'}  {one.due.what}  {_WORDS[one.due.rule]}  {rows}")
    click.echo("完成 / done")


@keeping.command("report")
@click.option("--rows", default=50, show_default=True, type=click.IntRange(1), help="行数 / How many lines.")
@pass_place
def show_report(place: Place, rows: int) -> None:
    """最近降低精度与删除了什么 / What became coarse and what went, newest first."""
    with place.owner() as connection:
        found = connection.execute(
            text(
                "SELECT at, what, rule, day, rows, left_rows, held_rows, digest FROM deletion_report "
                "ORDER BY id DESC LIMIT :rows"
            ),
            {"rows": rows},
        ).all()
    table = Table(
        "时间 at", "内容 what", "处理 rule", "日期 day", "行 rows", "留下 left", "保全 held", "sha256"
    )
    zone = ZoneInfo(place.deployment.config.time_zone)
    for row in found:
        at = row.at.astimezone(zone).strftime("%Y-%m-%d %H:%M")
        counts = (str(row.rows), str(row.left_rows), str(row.held_rows))
        table.add_row(at, row.what, _WORDS[row.rule], str(row.day or "-"), *counts, row.digest[:16])
    console().print(table)


COMMANDS = (keeping,)
