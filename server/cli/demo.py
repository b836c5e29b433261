"""`frontage demo`: the sample district and reports, loaded and sent; also what `frontage run` does with them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from sqlalchemy import Connection

from demo import load as loading
from demo.casework import walk_all
from demo.month_live import Clock, Month
from demo.patrol import Patrolled, StreetCovered, patrol_all
from demo.phone import Sent, send_all
from demo.table import coverage_table, patrol_table, report_table
from server.app import create_app
from server.cli.base import Place, cluster_up, console, pass_place, progress
from server.deployment import Deployment
from server.jobs import conninfo
from server.messages import say
from server.patrol.positions.days import DayRules, make_days
from server.running import local_address

LABEL = (
    "示例数据:镇街名称与代码为真实,区界、街道、店铺、责任区、账号与上报均为虚构。\n"
    "Sample data: names and codes of the townships are real; outlines, streets, shops, zones, accounts and reports "
    "are made up."
)


@click.group("demo")
def demo() -> None:
    """演示区 / The demo district."""


@demo.command("load")
@pass_place
def load(place: Place) -> None:
    """把演示区装入空库 / Load the demo district into an empty database."""
    with place.owner() as connection:
        load_district(connection, accounts_file(place.deployment))
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
    """补出一个月的案卷与三天的轨迹,只补一次 / A month of cases and three days of tracks before now, once."""
    with cluster_up(place.deployment):
        steps = live_month(place.deployment)
    click.echo(f"步骤 / steps: {steps}")


def accounts_file(deployment: Deployment) -> Path:
    return deployment.config.var / "demo-accounts.json"


def load_district(connection: Connection, file: Path) -> loading.Loaded:
    """Load with a bar. Raises DemoRefused."""
    with progress("装入演示区 / loading the demo", 100) as bar:
        loaded = loading.load(connection, file, lambda what, done, of: bar(round(100 * done / of)))
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
        for one in send_all(_url(deployment), _accounts(deployment), queue_file, ZoneInfo(config.time_zone)):
            sent.append(one)
            bar(len(sent))
    return sent


def walk_cases(deployment: Deployment, sent: Sequence[Sent]) -> list[tuple[str, str]]:
    """A few of their cases handled as people would; number and state of each that was new. Raises NotSent."""
    return list(walk_all(_url(deployment), _accounts(deployment), sent))


def walk_patrols(deployment: Deployment) -> tuple[list[Patrolled], list[StreetCovered]]:
    """A few patrols as phones send them, and how the streets stand then. Raises NotSent."""
    config = deployment.config
    queue_file = config.var / "demo" / "patrols.json"
    return patrol_all(_url(deployment), _accounts(deployment), queue_file, ZoneInfo(config.time_zone))


def live_month(deployment: Deployment) -> int:
    """A month before now, let happen once a data folder; how many steps, 0 when it has happened. Raises NotSent."""
    config = deployment.config
    # Written first: a month that was interrupted stays as it is, and there is never a second one.
    happened = config.var / "demo" / "month.json"
    if happened.exists():
        return 0
    now = datetime.now(ZoneInfo(config.time_zone)).replace(microsecond=0)
    happened.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    happened.write_text(json.dumps({"until": now.isoformat()}), encoding="utf-8")
    clock = Clock(now)
    app = create_app(
        config,
        app_database_url=deployment.app_url,
        photo_store_url=deployment.photo_store_url,
        clock=clock,
    )
    done = 0
    try:
        with progress("一个月的案卷 / a month of cases", None) as bar:
            for done in Month(app, clock, _accounts(deployment)).happen(now):
                bar(done)
    finally:
        app.extensions["frontage"].close()
    rules = DayRules(config.position_days_ahead, config.position_days_back)
    make_days(conninfo(deployment.owner_url), now, rules)
    return done


def _url(deployment: Deployment) -> str:
    host, port = local_address(deployment.config.host), deployment.config.port
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


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
