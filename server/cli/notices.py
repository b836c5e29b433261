"""`frontage notices`: by which channels events are told, what became of each delivery, trying one anew."""

from __future__ import annotations

from typing import get_args

import click
from rich.table import Table

from server.cli.base import Place, console, pass_place
from server.messages import say
from server.notices import channels, reading
from server.notices.wire import DeliveryState
from server.problems.base import Problem

_ROWS_MAX = 500


@click.group("notices")
def notices() -> None:
    """通知 / Notices: channels, deliveries and those that were given up."""


@notices.command("channels")
@pass_place
def list_channels(place: Place) -> None:
    """列出渠道 / List the channels; addresses are shown without what is secret in them."""
    table = Table(
        "编号 / id",
        "机构 / body",
        "方式 / kind",
        "名称 / name",
        "地址 / address",
        "事件 / events",
        "失败 / failures",
    )
    with place.owner() as connection:
        found = channels.list_channels(connection, None, _ROWS_MAX)["items"]
    for one in found:
        name = one["name"] if one["enabled"] else f"{one['name']} (停用 / off)"
        table.add_row(
            one["id"],
            one["body"]["code"],
            one["kind"],
            name,
            one["address"],
            ", ".join(one["events"]),
            str(one["failures"]),
        )
    console().print(table)


@notices.command("deliveries")
@click.option(
    "--state", type=click.Choice(get_args(DeliveryState)), help="只列此状态 / Only those in this state."
)
@click.option("--case", help="只列此案卷 / Only those of a case.")
@click.option(
    "--rows",
    default=50,
    show_default=True,
    type=click.IntRange(1, _ROWS_MAX),
    help="最多行数 / The newest so many.",
)
@pass_place
def list_deliveries(place: Place, state: str | None, case: str | None, rows: int) -> None:
    """列出投递,新的在前 / List deliveries, newest first; exit code 1 when one shown was given up."""
    table = Table(
        "编号 / id", "事件 / event", "案卷 / case", "渠道 / channel", "状态 / state", "尝试 / tries", "时长 / age",
        "原因 / why",
    )  # fmt: skip
    with place.owner() as connection:
        found = reading.list_deliveries(connection, state=state, case=case, limit=rows)["items"]
    for one in found:
        trouble = one["trouble"]
        table.add_row(
            str(one["id"]),
            one["event"],
            one["case"] or "-",
            f"{one['channel']['kind']} {one['channel']['name']}",
            one["state"],
            str(one["attempts"]),
            f"{one['age_s']} s",
            f"{trouble['text']} / {trouble['text_en']} {trouble['status'] or ''}".strip() if trouble else "",
        )
    console().print(table)
    if any(one["state"] == "failed" for one in found):
        raise click.exceptions.Exit(1)


@notices.command("replay")
@click.argument("delivery_id", type=click.IntRange(1), nargs=-1, required=True)
@pass_place
def replay(place: Place, delivery_id: tuple[int, ...]) -> None:
    """重新投递 / Try deliveries anew, under their old keys; the worker sends them within a minute."""
    with place.owner() as connection:
        for one in delivery_id:
            try:
                reading.replay_delivery(connection, one)
            except Problem as problem:
                words = say(f"problem.{problem.code}")
                raise click.ClickException(f"{one}: {words['text']} / {words['text_en']}") from problem
    click.echo(f"重新投递 / tried anew: {len(delivery_id)}")


COMMANDS = (notices,)
