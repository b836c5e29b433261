"""`frontage db` and `frontage config`: the schema of the database, and the settings in force."""

from __future__ import annotations

import click
from alembic.util.exc import CommandError
from pydantic import BaseModel
from rich.table import Table
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from server import schema
from server.cli.base import Place, cluster_up, console, pass_place


@click.group("db")
def db() -> None:
    """数据库结构 / The database's schema."""


@db.command("migrate")
@pass_place
def migrate(place: Place) -> None:
    """建立或升级数据库结构 / Create the schema, or bring it up to date."""
    deployment = place.deployment
    with cluster_up(deployment):
        deployment.prepare()
    click.echo(f"数据库结构已是最新 / The schema is up to date: {deployment.describe()}")


@db.command("check")
@pass_place
def check(place: Place) -> None:
    """核对数据库与代码 / Compare the database with the code; exit code 1 when they differ."""
    deployment = place.deployment
    with cluster_up(deployment):
        try:
            schema.check(deployment.owner_url, metric_srid=deployment.config.metric_srid)
        except CommandError as error:
            raise click.ClickException(f"数据库与代码不一致 / The database differs: {error}") from error
    click.echo("数据库与代码一致 / The database is as the code expects it.")


@click.command("config")
@pass_place
def config(place: Place) -> None:
    """列出全部设置 / Every setting: its value, its default and the reason; passwords are hidden."""
    settings: BaseModel = place.deployment.config
    table = Table("环境变量 / variable", "当前值 / value", "默认 / default", "说明 / reason", show_lines=True)
    for name, known in type(settings).model_fields.items():
        value = getattr(settings, name)
        changed = value != known.default and name in settings.model_fields_set
        table.add_row(
            f"FRONTAGE_{name.upper()}",
            shown(value),
            shown(known.default),
            known.description or "",
            style="bold" if changed else None,
        )
    console().print(table)


def shown(value: object) -> str:
    """A setting for a person: nothing for unset, and no password of an address."""
    if value is None:
        return "-"
    text = str(value)
    if "://" not in text:
        return text
    try:
        url = make_url(text)
        return url.difference_update_query(["password"]).render_as_string(hide_password=True)
    except (ArgumentError, ValueError):
        return text.partition("://")[0] + "://***"


COMMANDS = (db, config)
