"""`frontage rules`: sets of routing rules from files, the dry run over past reports, and bringing a set into force."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from pydantic import ValidationError
from rich.table import Table

from server.cli.base import Place, console, pass_place
from server.csv_text import FileUnreadable
from server.messages import say
from server.places.importing import ImportRefused
from server.places.rules import files, store
from server.places.rules.replay import ReplayLimits, replay
from server.places.rules.wire import RoutingRulesIn
from server.problems.answering import from_validation
from server.problems.base import Problem
from server.problems.request import NotFound

_id = click.argument("rule_set_id", type=click.IntRange(1))


@click.group("rules")
def rules() -> None:
    """派向规则 / Routing rules: which body answers for what, where and when."""


@rules.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--name", help="CSV 的名称 / Name of a set that comes as CSV. [文件名 file name]")
@click.option("--source", default="", help="CSV 的出处 / Where a CSV comes from.")
@click.option("--dry-run", is_flag=True, help="只检查,不写入 / Check everything, write nothing.")
@pass_place
def import_rules(place: Place, file: Path, name: str | None, source: str, dry_run: bool) -> None:
    """从 JSON 或 CSV 导入为草案 / Import a set as a draft; with faults or ties nothing, and all of them told."""
    given = _read(file, name or file.stem, source)
    config = place.deployment.config
    now = datetime.now(UTC)
    with place.owner() as connection:
        made = store.keep_draft(
            connection,
            given,
            at=now,
            on=now.astimezone(ZoneInfo(config.time_zone)).date(),
            rules_max=config.routing_rules_max_count,
        )
        if dry_run:
            connection.rollback()
    if dry_run:
        click.echo(f"试运行 / dry run: 规则 rules {len(given.rules)}, 无误 / no fault")
    else:
        click.echo(f"草案 / draft {made}: {given.name}, 规则 rules {len(given.rules)}")


@rules.command("list")
@pass_place
def list_rules(place: Place) -> None:
    """列出规则集 / List the sets, newest written first."""
    table = Table(
        "编号 / id",
        "名称 / name",
        "版本 / version",
        "状态 / state",
        "生效 / from",
        "失效 / to",
        "条数 / rules",
    )
    with place.owner() as connection:
        found = store.SETS.list(connection, _today(place), None, 200)
    for one in found["items"]:
        cells = (
            one[key] for key in ("id", "name", "version", "state", "valid_from", "valid_to", "rule_count")
        )
        table.add_row(*("-" if cell is None else str(cell) for cell in cells))
    console().print(table)


@rules.command("activate")
@_id
@click.option(
    "--from",
    "valid_from",
    required=True,
    type=click.DateTime(["%Y-%m-%d"]),
    help="生效之日 / First day it holds.",
)
@pass_place
def activate_rules(place: Place, rule_set_id: int, valid_from: datetime) -> None:
    """草案生效 / Bring a draft into force on a day; the set before it ends then."""
    with place.owner() as connection:
        try:
            store.activate(
                connection,
                rule_set_id,
                valid_from.date(),
                at=datetime.now(UTC),
                today=_today(place),
                rules_max=place.deployment.config.routing_rules_max_count,
            )
        except Problem as problem:
            raise _refused(problem) from problem
    click.echo(f"{rule_set_id}: {valid_from.date()} 起生效 / in force from then on")


@rules.command("replay")
@_id
@click.option(
    "--days", default=7, show_default=True, type=click.IntRange(1), help="最近多少天 / The last so many days."
)
@pass_place
def replay_rules(place: Place, rule_set_id: int, days: int) -> None:
    """试运行 / Where the reports of the last days would go under a set; writes nothing."""
    config = place.deployment.config
    limits = ReplayLimits(
        ZoneInfo(config.time_zone),
        config.replay_max_reports,
        config.routing_trace_missed_max_count,
        config.clock_skew_s,
    )
    with place.owner() as connection:
        try:
            tried = store.rule_set_of(store.SETS.fetch(connection, rule_set_id))
        except NotFound as problem:
            raise _refused(problem) from problem
        found = replay(
            connection,
            tried,
            days=min(days, config.replay_max_days),
            now=datetime.now(UTC),
            limits=limits,
            everything=False,
            cursor=None,
            page_rows=100,
        )
    _show(found)


def _show(found: dict[str, Any]) -> None:
    screen = console()
    moved = Table(
        "案卷 / case",
        "类别 / category",
        "现属 / now",
        "将属 / then",
        "规则 / rule",
        title="改派 / what moves",
    )
    for one in found["items"]:
        now, then = one["body_now"], one["body_then"]
        moved.add_row(
            one["case"] or "-",
            one["category"],
            now["name"] or now["code"],
            then["name"] or then["code"],
            one["rule"] or "-",
        )
    totals = Table("机构 / body", "现 / now", "将 / then", "增 / gained", "减 / lost")
    for one in found["totals"]:
        totals.add_row(
            one["name"] or one["code"], *(str(one[key]) for key in ("now", "then", "gained", "lost"))
        )
    screen.print(moved, totals)
    screen.print(
        f"上报 reports {found['reports']}, 改派 moved {found['moved']}, 未看 left out {found['left_out']}"
    )


def _read(file: Path, name: str, source: str) -> RoutingRulesIn:
    data = file.read_bytes()
    try:
        if file.suffix.lower() == ".csv":
            return files.read_csv(data, {"name": name, "source": source})
        return files.read_json(data)
    except FileUnreadable as error:
        raise ImportRefused([f"{file.name}: {error}"]) from error
    except ValidationError as error:
        found = from_validation(error).errors or []
        raise ImportRefused([f"{one['path']}: {one['message']}" for one in found]) from error


def _refused(problem: Problem) -> ImportRefused:
    words = say(f"problem.{problem.code}")
    return ImportRefused([f"{words['text']} / {words['text_en']}"])


def _today(place: Place) -> date:
    return datetime.now(ZoneInfo(place.deployment.config.time_zone)).date()


COMMANDS = (rules,)
