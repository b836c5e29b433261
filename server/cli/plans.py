"""`frontage plans`: sets of patrol plans from files, what a set would do, and bringing it into force."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from rich.table import Table

from server.cli.base import Place, console, pass_place
from server.messages import say
from server.patrol.coverage.plans import store
from server.patrol.coverage.plans.files import read_json
from server.places.importing import ImportRefused
from server.problems.base import Problem

_id = click.argument("plan_set_id", type=click.IntRange(1))
_from = click.option(
    "--from", "valid_from", type=click.DateTime(["%Y-%m-%d"]), help="生效之日 / First day it holds."
)


@click.group("plans")
def plans() -> None:
    """巡查计划 / Patrol plans: which fronts are looked at how often, in which hours, by whom."""


@plans.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_from
@click.option("--dry-run", is_flag=True, help="只检查并试算,不写入 / Check it and tell what it would do.")
@pass_place
def import_plans(place: Place, file: Path, valid_from: datetime | None, dry_run: bool) -> None:
    """从 JSON 导入 / Import a set, as a draft or from a day; with faults or ties nothing, and all of them told."""
    given = read_json(file.read_bytes())
    config = place.deployment.config
    with place.owner() as connection:
        made = store.keep_draft(
            connection,
            given,
            at=datetime.now(UTC),
            time_zone=config.time_zone,
            plans_max=config.patrol_plans_max_count,
        )
        if valid_from and not dry_run:
            _activate(place, connection, made, valid_from)
        found = store.trial(connection, made, valid_from.date() if valid_from else _today(place))
        if dry_run:
            connection.rollback()
    _show(found)
    if dry_run:
        click.echo("试运行,无误,未写入 / dry run: no fault, nothing written")
    else:
        since = valid_from.date() if valid_from else "草案 draft"
        click.echo(f"{made}: {given.name}, 计划 plans {len(given.plans)}, {since}")


@plans.command("activate")
@_id
@_from
@pass_place
def activate_plans(place: Place, plan_set_id: int, valid_from: datetime | None) -> None:
    """草案生效 / Bring a draft into force on a day, today when left out; the set before it ends then."""
    day = valid_from or datetime.combine(_today(place), datetime.min.time())
    with place.owner() as connection:
        _activate(place, connection, plan_set_id, day)
    click.echo(f"{plan_set_id}: {day.date()} 起生效 / in force from then on")


@plans.command("list")
@pass_place
def list_plans(place: Place) -> None:
    """列出计划集 / List the sets, newest written first."""
    table = Table(
        "编号 / id",
        "名称 / name",
        "版本 / version",
        "状态 / state",
        "生效 / from",
        "失效 / to",
        "条数 / plans",
    )
    with place.owner() as connection:
        found = store.SETS.list(connection, _today(place), None, 200)
    for one in found["items"]:
        names = ("id", "name", "version", "state", "valid_from", "valid_to", "plan_count")
        table.add_row(*("-" if one[name] is None else str(one[name]) for name in names))
    console().print(table)


def _activate(place: Place, connection: Any, plan_set_id: int, valid_from: datetime) -> None:
    try:
        store.activate(
            connection,
            plan_set_id,
            valid_from.date(),
            at=datetime.now(UTC),
            today=_today(place),
            plans_max=place.deployment.config.patrol_plans_max_count,
        )
    except Problem as problem:
        words = say(f"problem.{problem.code}")
        raise ImportRefused([f"{words['text']} / {words['text_en']}"]) from problem


def _show(found: dict[str, Any]) -> None:
    table = Table("计划 / plan", "处数 / fronts", "米 / metres", title=f"{found['day']}")
    for one in found["plans"]:
        table.add_row(one["plan"] or "无 / none", str(one["fronts"]), f"{one['length_m']:.0f}")
    console().print(table)
    click.echo(f"门前 fronts {found['fronts']}, 换计划 changed {found['changed']}")


def _today(place: Place) -> date:
    return datetime.now(ZoneInfo(place.deployment.config.time_zone)).date()


COMMANDS = (plans,)
