"""`frontage demo`: the sample district and reports, loaded and sent; also what `frontage run` does with them."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from flask import Flask
from sqlalchemy import Connection, create_engine, func, select
from sqlalchemy.pool import NullPool

from demo import load as loading
from demo.casework import walk_all
from demo.doors import door_lines
from demo.live import walkers
from demo.month_live import Clock, Month
from demo.patrol import Patrolled, StreetCovered, patrol_all
from demo.phone import Sent, send_all
from demo.table import coverage_table, patrol_table, report_table
from demo.walking import PACE_MPS
from server import running
from server.app import create_app
from server.cases.clocks import Marks
from server.cases.deadlines.beginning import begin_registering
from server.cases.deadlines.ticking import tick
from server.cli.base import Place, cluster_up, console, pass_place, progress
from server.deployment import Deployment
from server.jobs import connect, conninfo
from server.messages import say
from server.patrol.positions.days import DayRules, make_days
from server.people.tables import account
from server.running import local_address
from server.schema import owner_engine_url

LABEL = (
    "示例数据:镇街名称与代码为真实,区界、街道、店铺、责任区、账号与上报均为虚构。\n"
    "Sample data: names and codes of the townships are real; outlines, streets, shops, zones, accounts and reports "
    "are made up."
)
# The same streets are walked each time.
SEED = 1
# What a command must be told again that is not the default.
_WHERE = ("FRONTAGE_VAR", "FRONTAGE_PORT")


@click.group("demo")
def demo() -> None:
    """演示区 / The demo district."""


@demo.command("load")
@pass_place
def load(place: Place) -> None:
    """把演示区装入空库 / Load the demo district into an empty database."""
    with place.owner() as connection:
        load_district(connection, place.deployment)
    console().print(f"账号 / accounts: {accounts_file(place.deployment)}", soft_wrap=True)


@demo.command("send")
@pass_place
def send(place: Place) -> None:
    """通过 HTTP 重放示例上报 / Send the sample reports to the running server, as phones do."""
    sent = send_reports(place.deployment)
    show(sent, walk_cases(place.deployment, sent), *walk_patrols(place.deployment))


@demo.command("month")
@pass_place
def month(place: Place) -> None:
    """补出一个月的案卷与三天的轨迹,只补一次 / A month of cases and three days of tracks before now, once.

    首次 make run 已经做过;服务器运行时不能做 / The first make run does it; not while the server runs.
    """
    with running.only_one(place.deployment.config.var), cluster_up(place.deployment):
        if not live_month(place.deployment):
            click.echo(
                "没有要补的 / nothing to do: 已补过,或数据库里不是刚装入的演示区 / it has happened, or is no fresh demo"
            )


@demo.command("accounts")
@pass_place
def accounts(place: Place) -> None:
    """每个角色的地址、账号与密码 / An address and an account with its password for each person."""
    show_doors(place.deployment, url_of(place.deployment))


@demo.command("sos")
@click.option("--officer", default="officer05", show_default=True, help="谁呼救 / Who calls.")
@click.option(
    "--note", default="演示呼救 / a call of the demo", show_default=True, help="附言 / What is said."
)
@pass_place
def sos(place: Place, officer: str, note: str) -> None:
    """一名队员呼救,调度台随即响铃 / An officer calls for help: every dispatcher's screen rings."""
    calling = [one for one in _accounts(place.deployment) if one["username"] == officer]
    if not calling:
        raise loading.DemoRefused(f"没有这个演示账号 / no such account of the demo: {officer}")
    for walker in walkers(url_of(place.deployment), calling, SEED):
        call = walker.call_for_help(note)
        click.echo(f"{officer} 已呼救 / has called: {call}")


@demo.command("walk")
@click.option(
    "--speed", type=click.FloatRange(0.1, 10), default=1.0, show_default=True, help="几倍步速 / Times a walk."
)
@click.option(
    "--every-s",
    type=click.FloatRange(1, 60),
    default=5.0,
    show_default=True,
    help="几秒一个定位 / Seconds between fixes.",
)
@pass_place
def walk(place: Place, speed: float, every_s: float) -> None:
    """12 名队员实时巡街,直到 Ctrl-C / Twelve officers walk their streets live, until Ctrl-C."""
    walking = list(walkers(url_of(place.deployment), _accounts(place.deployment), SEED))
    try:
        with running.stop_on_signals():
            for walker in walking:
                walker.begin()
            click.echo(f"{len(walking)} 名队员在巡查,Ctrl-C 停止 / officers are under way, Ctrl-C stops them")
            while True:
                began = time.monotonic()
                for walker in walking:
                    walker.step(PACE_MPS * speed * every_s)
                time.sleep(max(0.0, every_s - (time.monotonic() - began)))
    except running.Stop:
        for walker in walking:
            walker.end()
        click.echo("已下岗 / off duty")


def accounts_file(deployment: Deployment) -> Path:
    return deployment.config.var / "demo-accounts.json"


def load_district(connection: Connection, deployment: Deployment) -> loading.Loaded:
    """Load with a bar; its month is still to happen. Raises DemoRefused."""
    file = accounts_file(deployment)
    with progress("装入演示区 / loading the demo", 100) as bar:
        loaded = loading.load(connection, file, lambda what, done, of: bar(round(100 * done / of)))
    _keep_month(deployment, {"state": "wanted"})
    console().print(
        f"已装入 / loaded: 机构 bodies {loaded.organisations}, 责任区 zones {loaded.zones}, "
        f"类别 categories {loaded.categories}, 账号 accounts {loaded.accounts}"
    )
    return loaded


def send_reports(deployment: Deployment) -> list[Sent]:
    """Send all samples to the deployment's server. Raises NotSent."""
    config = deployment.config
    sent = []
    queue_file = config.var / "demo" / "queue.json"
    with progress("发送示例上报 / sending sample reports", None) as bar:
        for one in send_all(
            url_of(deployment), _accounts(deployment), queue_file, ZoneInfo(config.time_zone)
        ):
            sent.append(one)
            bar(len(sent))
    return sent


def walk_cases(deployment: Deployment, sent: Sequence[Sent]) -> list[tuple[str, str]]:
    """A few of their cases handled as people would; number and state of each that was new. Raises NotSent."""
    return list(walk_all(url_of(deployment), _accounts(deployment), sent))


def walk_patrols(deployment: Deployment) -> tuple[list[Patrolled], list[StreetCovered]]:
    """A few patrols as phones send them, and how the streets stand then. Raises NotSent."""
    config = deployment.config
    queue_file = config.var / "demo" / "patrols.json"
    return patrol_all(url_of(deployment), _accounts(deployment), queue_file, ZoneInfo(config.time_zone))


def month_wanted(deployment: Deployment) -> bool:
    """Whether the month of a district loaded here has not happened to its end, and is not left out by the settings."""
    return deployment.config.demo_month_cases > 0 and _month_of(deployment).get("state") in (
        "wanted",
        "begun",
    )


def live_month(deployment: Deployment) -> int:
    """Let the month before now happen, or go on where it was interrupted; how many steps, 0 when nothing is to be done.

    Raises:
        NotSent: the server refused what the plan does.
        DemoRefused: the database has accounts of people.
    """
    if not month_wanted(deployment):
        return 0
    _refuse_real_accounts(deployment)
    config, zone = deployment.config, ZoneInfo(deployment.config.time_zone)
    kept = _month_of(deployment)
    again = kept["state"] == "begun"
    if not again:
        now = datetime.now(zone).replace(microsecond=0)
        kept = {"state": "begun", "until": now.isoformat(), "cases": config.demo_month_cases}
        _keep_month(deployment, kept)
    until, began, done = datetime.fromisoformat(kept["until"]).astimezone(zone), time.monotonic(), 0
    console().print("补出一个月的案卷,约需半分钟 / making a month of cases, about half a minute")
    with _as_of(deployment, Clock(until)) as (app, clock, minute):
        happening = Month(app, clock, _accounts(deployment), until, kept["cases"], again=again, tick=minute)
        with progress("一个月的案卷 / a month of cases", 100) as bar:
            for done, of in happening.happen():
                bar(round(100 * done / of))
    make_days(
        conninfo(deployment.owner_url), until, DayRules(config.position_days_ahead, config.position_days_back)
    )
    _keep_month(deployment, {**kept, "state": "done"})
    console().print(
        f"已补出 / made: 案卷 cases {kept['cases']}, 步骤 steps {done}, 用时 {time.monotonic() - began:.0f} 秒 seconds"
    )
    return done


@contextmanager
def _as_of(deployment: Deployment, clock: Clock) -> Iterator[tuple[Flask, Clock, Callable[[datetime], None]]]:
    """The deployment's application over `clock`, and what its worker does each minute."""
    config = deployment.config
    app = create_app(
        config, app_database_url=deployment.app_url, photo_store_url=deployment.photo_store_url, clock=clock
    )
    try:
        with connect(deployment.owner_url) as connection:
            marks = Marks(config.clock_yellow_share, config.clock_red_share)

            def minute(now: datetime) -> None:
                begin_registering(connection, now, marks, config.time_zone)
                tick(connection, now)

            yield app, clock, minute
    finally:
        app.extensions["frontage"].close()


def _refuse_real_accounts(deployment: Deployment) -> None:
    with create_engine(owner_engine_url(deployment.owner_url), poolclass=NullPool).connect() as connection:
        people = connection.scalar(select(func.count()).select_from(account).where(~account.c.sample))
    if people:
        raise loading.DemoRefused(
            f"数据库里有 {people} 个真实账号,不补演示案卷。 / The database has {people} accounts of people: "
            "no month of made-up cases goes into it."
        )


def _month_file(deployment: Deployment) -> Path:
    return deployment.config.var / "demo" / "month.json"


def _month_of(deployment: Deployment) -> dict[str, Any]:
    """How far it is: `state` is `wanted`, `begun` (then with `until`, `cases`) or `done`. Empty: no demo of ours."""
    file = _month_file(deployment)
    kept: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return kept


def _keep_month(deployment: Deployment, told: Mapping[str, Any]) -> None:
    file = _month_file(deployment)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps(told), encoding="utf-8")
    draft.rename(file)


def url_of(deployment: Deployment) -> str:
    """Where this machine reaches the deployment's server."""
    host, port = local_address(deployment.config.host), deployment.config.port
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def show_doors(deployment: Deployment, url: str) -> None:
    """An address and an account for each person, and what more there is to try."""
    click.echo("每人一个无痕窗口 / a private window for each:")
    for line in door_lines(url, _accounts(deployment)):
        click.echo(f"  {line}")
    here = "".join(f"{name}={os.environ[name]} " for name in _WHERE if name in os.environ)
    click.echo(f"队员实时巡街 / officers walking live: {here}.venv/bin/frontage demo walk")
    click.echo(f"队员呼救 / a call for help: {here}.venv/bin/frontage demo sos")
    click.echo(f"再次显示 / shown again by: {here}.venv/bin/frontage demo accounts")


def show(
    sent: Sequence[Sent],
    walked: Sequence[tuple[str, str]],
    patrols: Sequence[Patrolled],
    streets: Sequence[StreetCovered],
) -> None:
    """The tables, their label, how many were new, which cases went on from there, and who patrolled what."""
    screen = console()
    screen.print(report_table(sent, width=screen.width))
    statuses = [status for one in sent for status in one.statuses]
    screen.print(
        f"上报 {len(sent)} 条,请求 {len(statuses)} 次:新收 201 × {statuses.count(201)},"
        f"此前已收 200 × {statuses.count(200)};回执摘要与签名全部核对无误。\n"
        f"{len(sent)} reports: {statuses.count(201)} requests answered 201 (new), {statuses.count(200)} answered 200 "
        "(received before); the digest and signature of every receipt were checked."
    )
    for number, state in walked:
        words = say(f"state.{state}")
        screen.print(f"{number}: {words['text']} / {words['text_en']}")
    screen.print(patrol_table(patrols), coverage_table(streets))
    accepted, again = (sum(getattr(one, name) for one in patrols) for name in ("accepted", "duplicate"))
    screen.print(f"定位 fixes: 新收 {accepted} accepted, 此前已收 {again} received before")
    screen.print(LABEL, style="dim")


def _accounts(deployment: Deployment) -> list[Mapping[str, Any]]:
    file = accounts_file(deployment)
    if not file.exists():
        raise loading.DemoRefused(
            f"没有演示账号文件 {file},请先运行 frontage demo load。 / No {file}: run frontage demo load first."
        )
    accounts: list[Mapping[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    return accounts


COMMANDS = (demo,)
