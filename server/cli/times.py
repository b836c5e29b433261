"""`frontage calendars`, `deadlines` and `clocks`: what deadlines are counted by, and whether they are counted right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import orjson
from pydantic import ValidationError
from rich.table import Table

from server.cases.calendars import files as calendar_files
from server.cases.calendars import store as calendar_store
from server.cases.calendars.wire import CalendarIn, HoursIn
from server.cases.clocks import Marks
from server.cases.deadlines import files as deadline_files
from server.cases.deadlines import store as deadline_store
from server.cases.deadlines.beginning import begin_registering
from server.cases.deadlines.reading import clocks_of
from server.cases.deadlines.recomputing import Checked, check
from server.cases.deadlines.ticking import tick
from server.cases.deadlines.wire import DeadlinesIn
from server.cli.base import Place, cluster_up, console, error_console, pass_place, progress
from server.csv_text import FileUnreadable
from server.jobs import connect
from server.messages import say
from server.places.importing import ImportRefused
from server.problems.answering import from_validation
from server.problems.base import Problem

_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_day = click.DateTime(["%Y-%m-%d"])
_dry_run = click.option("--dry-run", is_flag=True, help="只检查,不写入 / Check everything, write nothing.")


@click.group("calendars")
def calendars() -> None:
    """工作日历与办公时间 / Holidays, make-up days and office hours."""


@calendars.command("import")
@_file
@click.option("--name", help="CSV 的名称 / Name of one that comes as CSV. [文件名 file name]")
@click.option("--source", default="", help="CSV 的出处 / Where a CSV comes from.")
@_dry_run
@pass_place
def import_calendar(place: Place, file: Path, name: str | None, source: str, dry_run: bool) -> None:
    """导入整年的日历 / Import whole years from JSON or CSV; other years stay as they were."""
    given: CalendarIn = _read(
        file,
        CalendarIn.model_validate,
        lambda data: calendar_files.read_csv(data, {"name": name or file.stem, "source": source}),
    )
    with place.owner() as connection:
        calendar_store.import_calendar(connection, given, _now(place))
        if dry_run:
            connection.rollback()
    years = ", ".join(map(str, sorted(given.years)))
    click.echo(f"{'试运行 / dry run' if dry_run else '已导入 / imported'}: {given.name}, 年份 years {years}")


@calendars.command("hours")
@click.argument("hours")
@click.option("--from", "valid_from", required=True, type=_day, help="自哪天起 / First day they hold.")
@click.option("--body", help="机构代码,缺省为区局 / Code of a body; the district when left out.")
@click.option("--source", default="", help="出处 / Where they come from.")
@pass_place
def put_hours(place: Place, hours: str, valid_from: datetime, body: str | None, source: str) -> None:
    """设定办公时间 / Office hours from a day on, as in '1-5 08:30-12:00; 1-5 14:00-17:30'."""
    given = HoursIn(body=body, valid_from=valid_from.date().isoformat(), hours=hours, source=source)
    with place.owner() as connection:
        calendar_store.put_hours(connection, given, _now(place))
    click.echo(f"{body or '区局 / district'}: {hours}, {given.valid_from} 起 / from then on")


@calendars.command("list")
@pass_place
def list_calendars(place: Place) -> None:
    """列出日历与办公时间 / List calendars and hours; warns of years soon needed without a calendar."""
    versions = Table("编号 / id", "名称 / name", "年份 / years", "出处 / source", "现行 / in force")
    hours = Table("机构 / body", "自 / from", "办公时间 / hours")
    with place.owner() as connection:
        for one in calendar_store.list_calendars(connection, None, 200)["items"]:
            versions.add_row(
                str(one["id"]),
                one["name"],
                ", ".join(map(str, one["years"])),
                one["source"],
                "是 yes" if one["in_force"] else "-",
            )
        for one in calendar_store.list_hours(connection, None, 200)["items"]:
            hours.add_row(f"{one['body']} {one['body_name']}", str(one["valid_from"]), one["hours"])
        horizon = place.deployment.config.calendar_horizon_days
        missing = calendar_store.uncovered_years(connection, _now(place).today, horizon)
    console().print(versions, hours)
    _warn(missing)


@click.group("deadlines")
def deadlines() -> None:
    """时限表 / Tables of deadlines."""


@deadlines.command("import")
@_file
@click.option("--name", help="CSV 的名称 / Name of one that comes as CSV. [文件名 file name]")
@click.option("--jurisdiction", default="", help="CSV 适用的地区 / Whose table a CSV is.")
@click.option(
    "--code-list", help="CSV 的代码表与版本,如 demo:1 / Code list and version of a CSV, as in demo:1."
)
@click.option("--source", default="", help="CSV 的出处 / Where a CSV comes from.")
@_dry_run
@pass_place
def import_deadlines(
    place: Place,
    file: Path,
    name: str | None,
    jurisdiction: str,
    code_list: str | None,
    source: str,
    dry_run: bool,
) -> None:
    """从 JSON 或 CSV 导入为草案 / Import a table as a draft; with faults nothing, and all of them told."""
    list_id, _, list_version = (code_list or "").partition(":")
    about = {
        "name": name or file.stem,
        "jurisdiction": jurisdiction,
        "source": source,
        "code_list": {"id": list_id, "version": list_version},
    }
    given: DeadlinesIn = _read(
        file, DeadlinesIn.model_validate, lambda data: deadline_files.read_csv(data, about)
    )
    now = _now(place)
    with place.owner() as connection:
        made = deadline_store.keep_draft(
            connection,
            given,
            at=now.at,
            on=now.today,
            rows_max=place.deployment.config.deadline_rows_max_count,
        )
        if dry_run:
            connection.rollback()
    draft = "试运行 / dry run" if dry_run else f"草案 / draft {made}"
    click.echo(f"{draft}: {given.name}, 行 rows {len(given.rows)}")


@deadlines.command("list")
@pass_place
def list_deadlines(place: Place) -> None:
    """列出时限表 / List the tables, newest written first."""
    table = Table(
        "编号 / id",
        "名称 / name",
        "地区 / jurisdiction",
        "代码表 / code list",
        "状态 / state",
        "生效 / from",
        "样例 / sample",
    )
    with place.owner() as connection:
        found = deadline_store.SETS.list(connection, _now(place).today, None, 200)
    for one in found["items"]:
        code_list = f"{one['code_list']['id']} {one['code_list']['version']}"
        sample = "是 yes" if one["sample"] else "-"
        first = one["valid_from"] or "-"
        table.add_row(
            str(one["id"]), one["name"], one["jurisdiction"], code_list, one["state"], first, sample
        )
    console().print(table)


@deadlines.command("activate")
@click.argument("table_id", type=click.IntRange(1))
@click.option("--from", "valid_from", required=True, type=_day, help="生效之日 / First day it holds.")
@pass_place
def activate_deadlines(place: Place, table_id: int, valid_from: datetime) -> None:
    """草案生效 / Bring a draft into force; open cases keep the deadlines they were opened with."""
    now = _now(place)
    with place.owner() as connection:
        try:
            deadline_store.activate(connection, table_id, valid_from.date(), at=now.at, today=now.today)
        except Problem as problem:
            words = say(f"problem.{problem.code}")
            raise ImportRefused([f"{words['text']} / {words['text_en']}"]) from problem
    click.echo(f"{table_id}: {valid_from.date()} 起生效 / in force from then on")


@click.group("clocks")
def clocks() -> None:
    """案卷计时 / The clocks of cases."""


@clocks.command("tick")
@pass_place
def tick_clocks(place: Place) -> None:
    """开始计时,标记已到时刻 / Begin clocks of new cases and tell marks passed, as the worker does each minute."""
    config, now = place.deployment.config, datetime.now(UTC)
    marks = Marks(config.clock_yellow_share, config.clock_red_share)
    with cluster_up(place.deployment), connect(place.deployment.owner_url) as connection:
        begun = begin_registering(connection, now, marks, config.time_zone)
        click.echo(f"已开始 / begun: {begun}, 已标记 / told: {tick(connection, now)}")


@clocks.command("show")
@click.argument("number")
@pass_place
def show_clocks(place: Place, number: str) -> None:
    """显示一个案卷的计时 / The clocks of one case as they stand now."""
    table = Table(
        "计时 / clock", "状态 / state", "颜色 / colour", "已用 / used", "起 / started", "到期 / due"
    )
    zone = ZoneInfo(place.deployment.config.time_zone)
    missing: set[int] = set()
    with place.owner() as connection:
        try:
            found = clocks_of(connection, number, datetime.now(UTC))
        except Problem as problem:
            raise ImportRefused([f"{number}: 没有此案卷 / no such case"]) from problem
    for one in found:
        started, due = (
            f"{datetime.fromisoformat(one[key]).astimezone(zone):%Y-%m-%d %H:%M}"
            for key in ("started_at", "due_at")
        )
        name = f"{one['name_zh']} {one['name_en']} ({one['round']})"
        table.add_row(name, one["state"], one["colour"], f"{one['used_share']:.0%}", started, due)
        missing.update(one["uncovered"])
    console().print(table)
    _warn(sorted(missing))


@clocks.command("check")
@pass_place
def check_clocks(place: Place) -> None:
    """由流水重算全部计时 / Work out every clock again from the ledger alone.

    指出第一处不符并以 1 退出 / Names the first difference and exits with 1.
    """
    checked = Checked()
    with place.owner(isolation="REPEATABLE READ") as connection, progress("计时 / clocks", None) as bar:
        for difference in check(connection, checked, bar):
            raise click.ClickException(f"第一处不符 / first difference: {difference}")
    states = ", ".join(f"{state} {count}" for state, count in sorted(checked.states.items())) or "-"
    click.echo(f"相符 / as recorded: 案卷 cases {checked.cases}, 计时 clocks {states}")
    _warn(sorted(checked.uncovered))


def _warn(years: list[int]) -> None:
    if years:
        words = f"未发布放假安排的年份,按平常星期计算 / no calendar yet, counted by the plain week: {years}"
        error_console().print(words, style="yellow", soft_wrap=True)


def _read(file: Path, of_json: Callable[[Any], Any], of_csv: Callable[[bytes], Any]) -> Any:
    data = file.read_bytes()
    try:
        return of_csv(data) if file.suffix.lower() == ".csv" else of_json(orjson.loads(data))
    except (FileUnreadable, orjson.JSONDecodeError) as error:
        raise ImportRefused([f"{file.name}: {error}"]) from error
    except ValidationError as error:
        found = from_validation(error).errors or []
        raise ImportRefused([f"{one['path']}: {one['message']}" for one in found]) from error


def _now(place: Place) -> calendar_store.Now:
    at, zone = datetime.now(UTC), place.deployment.config.time_zone
    today: date = at.astimezone(ZoneInfo(zone)).date()
    return calendar_store.Now(at, zone, today)


COMMANDS = (calendars, deadlines, clocks)
