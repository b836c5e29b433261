"""`frontage run`, `worker` and `jobs`: the processes of a deployment."""

from __future__ import annotations

import os
from datetime import timedelta

import click
from rich.table import Table
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from demo import load as loading
from demo.phone import NotSent
from server import logs, running
from server.app import utc_now
from server.backup.following import Follower
from server.cases.clocks import Marks
from server.cli import demo, phones
from server.cli.base import Place, cluster_up, console, pass_place
from server.cli.evidence import store_of
from server.deployment import Deployment
from server.evidence.staging import Staging
from server.evidence.thumbnails import Thumbnails, thumbnails_url
from server.jobs import Chores, connect, count_jobs, make_worker
from server.jobs import run as run_jobs
from server.operation import disks
from server.patrol.positions.days import DayRules
from server.patrol.tasks import PatrolChores, patrol_beside
from server.reports.rematch.judging import Rematcher
from server.schema import owner_engine_url
from server.wiring import (
    coverer_of,
    deliverer_of,
    heads_of,
    heads_post_of,
    inspector_of,
    keeping_of,
    matcher_of,
    runner_of,
    service_sender_of,
    watch_of,
)


@click.command("run")
@click.option("--host", help="监听地址 / Address to listen on. [FRONTAGE_HOST]")
@click.option("--port", help="端口 / TCP port. [FRONTAGE_PORT]")
@click.option(
    "--no-demo", is_flag=True, help="不装入、不发送演示数据 / No demo district and no sample reports."
)
@pass_place
def run(place: Place, host: str | None, port: str | None, no_demo: bool) -> None:
    """启动全部 / Start everything in the foreground; Ctrl-C stops all it started.

    数据库、结构、演示区、服务器、后台任务,再发送示例上报 / Database, schema, demo district, server, worker; then
    the sample reports are sent and shown.
    """
    outside = place.override(host=host, port=port)
    config = outside.config
    # With HTTPS the server itself stays on this machine, and what stands before it listens to others.
    secured = phones.wanted(outside)
    deployment = phones.behind(outside) if secured else outside
    try:
        with running.stop_on_signals(), running.only_one(config.var):
            running.require_free_port(deployment.config.host, config.port)
            if secured:
                running.require_free_port(config.host, config.https_port)
            _run(deployment, outside if secured else None, with_demo=not no_demo)
    except running.Stop:
        console().print("已全部停止 / all stopped")


def _run(deployment: Deployment, outside: Deployment | None, *, with_demo: bool) -> None:
    """Args: outside: the same deployment as phones reach it by HTTPS; None without."""
    config, screen = deployment.config, console()
    to_phones = phones.certify(outside) if outside else []
    screen.print(f"数据库 / database: {deployment.describe()}", soft_wrap=True)
    with running.database(deployment), running.Children(config.var / "log") as children:
        sending = with_demo and _prepare_demo(deployment)
        if sending:
            _make_month(deployment)
        environ = running.child_environ(os.environ, deployment)
        children.start("server", running.server_command(), environ)
        children.start("worker", running.worker_command(), environ)
        if outside:
            children.start("https", running.https_command(), running.child_environ(os.environ, outside))
        children.wait_until_ready(config.host, config.port)
        if sending:
            _send(deployment, children)
        host = f"[{config.host}]" if ":" in config.host else config.host
        for line in to_phones:
            click.echo(line)
        if sending:
            demo.show_doors(deployment, f"http://{host}:{config.port}")
        click.echo(f"Frontage is ready: http://{host}:{config.port}")
        children.wait()


def _prepare_demo(deployment: Deployment) -> bool:
    """Load the district into an empty database; whether there are accounts to send the samples with."""
    file = demo.accounts_file(deployment)
    engine = create_engine(owner_engine_url(deployment.owner_url), poolclass=NullPool)
    with engine.begin() as connection:
        if loading.is_empty(connection):
            demo.load_district(connection, deployment)
        elif not file.exists():
            try:
                loading.renew_passwords(connection, file)
            except loading.DemoRefused as refused:
                console().print(str(refused), style="yellow", soft_wrap=True)
                return False
    console().print(f"演示账号与密码 / demo accounts and passwords: {file}", soft_wrap=True)
    return True


def _make_month(deployment: Deployment) -> None:
    """Before the server and the worker are there: nobody looks at half a month, and no clock of today runs in it.

    A month that cannot be made keeps nobody from starting; the next run tries again.
    """
    try:
        demo.live_month(deployment)
    except (loading.DemoRefused, NotSent) as reason:
        console().print(f"没有补完 / not all made: {reason}", style="yellow", soft_wrap=True)


def _send(deployment: Deployment, children: running.Children) -> None:
    try:
        sent = demo.send_reports(deployment)
        walked = demo.walk_cases(deployment, sent)
        patrols, streets = demo.walk_patrols(deployment)
    except NotSent:
        children.check()  # A server that has died is the reason, and its log says more.
        raise
    demo.show(sent, walked, patrols, streets)


@click.command("worker")
@click.option("--once", is_flag=True, help="做完现有任务即退出 / Leave when nothing is left to do.")
@pass_place
def worker(place: Place, once: bool) -> None:
    """执行后台任务 / Do the jobs beside requests: thumbnails, sweeping, purging."""
    logs.configure()
    chores = chores_of(place.deployment)
    with patrol_beside(chores.patrol, once=once):
        run_jobs(make_worker(chores), wait=not once)


@click.command("jobs")
@pass_place
def jobs(place: Place) -> None:
    """列出未完成与失败的任务 / Jobs that wait, run or failed for good; exit code 1 when any failed."""
    table = Table("任务 / task", "状态 / state", "数量 / jobs", "最早 / oldest", "尝试 / tries")
    with cluster_up(place.deployment):
        counts = count_jobs(place.deployment.owner_url)
    for one in counts:
        oldest = one.oldest_at.astimezone().strftime("%Y-%m-%d %H:%M:%S%z") if one.oldest_at else "-"
        table.add_row(one.task, one.state, str(one.jobs), oldest, str(one.tries))
    console().print(table)
    if any(one.state == "failed" for one in counts):
        raise click.exceptions.Exit(1)


def chores_of(deployment: Deployment) -> Chores:
    """What the deployment's worker works with."""
    config = deployment.config
    folder = config.var / "thumbnails"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Chores(
        database_url=deployment.worker_url,
        store=store_of(deployment),
        staging=Staging(config.var / "staging", config.photo_max_bytes),
        inspector=inspector_of(config),
        thumbnails=Thumbnails(thumbnails_url(deployment.photo_store_url, folder.as_uri())),
        thumbnail_max_px=config.thumbnail_max_px,
        orphan_min_age_s=config.orphan_min_age_s,
        changes_kept=timedelta(days=config.changes_kept_days),
        notices=deliverer_of(config, lambda: connect(deployment.worker_url), utc_now),
        handover_alarm_after=timedelta(seconds=config.handover_alarm_after_s),
        clock_marks=Marks(config.clock_yellow_share, config.clock_red_share),
        time_zone=config.time_zone,
        rematcher=Rematcher(matcher_of(config)),
        heads=heads_of(config),
        heads_post=heads_post_of(config),
        copy_evidence=Follower(deployment).run,
        note_disks=lambda: disks.note(watch_of(config), utc_now()),
        runner=runner_of(config),
        services=service_sender_of(
            config, lambda: connect(deployment.worker_url), store_of(deployment), utc_now
        ),
        patrol=PatrolChores(
            deployment.worker_url,
            config.time_zone,
            sos_escalate_after=timedelta(seconds=config.sos_escalate_after_s),
            days=DayRules(config.position_days_ahead, config.position_days_back),
            make_coverer=lambda: coverer_of(config),
            covering_interval_s=config.covering_interval_ms / 1000,
            keeping=keeping_of(config),
        ),
    )


COMMANDS = (run, worker, jobs)
