"""`frontage patrol`: working past days out again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import click
from rich.table import Table

from server.cli.base import Place, cluster_up, console, pass_place
from server.jobs import connect
from server.patrol.covering.rebuilding import rebuild
from server.wiring import coverer_of

_day = click.DateTime(formats=["%Y-%m-%d"])


@click.group("patrol")
def patrol() -> None:
    """巡查 / Patrol: visits and coverage."""


@patrol.command("rebuild")
@click.option("--from", "first", type=_day, required=True, help="起始日期(当地) / First local day.")
@click.option("--to", "last", type=_day, required=True, help="截止日期(含) / Last local day, inclusive.")
@click.option("--officer", type=click.UUID, help="只算此账号 / The id of one account. [所有人 everybody]")
@pass_place
def rebuild_days(place: Place, first: datetime, last: datetime, officer: UUID | None) -> None:
    """按现有定位与责任区重算到访与覆盖 / Work visits and coverage of past days out again.

    定位已降精度或删除的日期保持原样 / Days whose precise fixes are gone stay as they are.
    """
    if last < first:
        raise click.BadParameter("--to 早于 --from / --to is before --from")
    deployment = place.deployment
    table = Table("日期 / day", "人数 / accounts", "结果 / result")
    with cluster_up(deployment), connect(deployment.owner_url) as connection:
        for one in rebuild(connection, coverer_of(deployment.config), first.date(), last.date(), officer):
            result = "保持原样 / left as it is" if one.closed else "已重算 / rebuilt"
            table.add_row(one.day.isoformat(), str(one.accounts), result)
    console().print(table)


COMMANDS = (patrol,)
