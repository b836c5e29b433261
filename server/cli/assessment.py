"""`frontage indicators`: formulas from a file, and the figures of a period on the terminal."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from pydantic import ValidationError
from rich.table import Table

from server.assessment import indicators
from server.assessment.indicators import GROUPS, Asked
from server.assessment.wire import IndicatorSetIn
from server.cli.base import Place, console, pass_place
from server.places.importing import ImportRefused
from server.problems.answering import from_validation
from server.problems.request import NotFound

_day = click.DateTime(["%Y-%m-%d"])


@click.group("indicators")
def indicator_commands() -> None:
    """考核指标 / Indicators: formulas as data, figures with their inputs."""


@indicator_commands.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@pass_place
def import_set(place: Place, file: Path) -> None:
    """从 JSON 导入公式 / Import formulas that count from their day on."""
    try:
        given = IndicatorSetIn.model_validate_json(file.read_bytes())
    except ValidationError as error:
        found = from_validation(error).errors or []
        raise ImportRefused([f"{one['path']}: {one['message']}" for one in found]) from error
    with place.owner() as connection:
        kept = indicators.keep_set(connection, given, datetime.now(UTC))
    click.echo(f"{kept}: {given.name},{given.valid_from} 起 / from then on, {len(given.indicators)}")


@indicator_commands.command("show")
@click.option("--from", "first", type=_day, required=True, help="首日 / First day.")
@click.option("--to", "last", type=_day, required=True, help="末日 / Last day.")
@click.option("--by", multiple=True, type=click.Choice(GROUPS), help="分组 / Group by.")
@pass_place
def show(place: Place, first: datetime, last: datetime, by: tuple[str, ...]) -> None:
    """一段时间的指标 / Figures of a period: value, and what was divided by what."""
    asked = Asked(first.date(), last.date(), ZoneInfo(place.deployment.config.time_zone))
    with place.owner() as connection:
        try:
            told = indicators.figures(connection, asked, by)
        except NotFound as problem:
            raise ImportRefused(
                ["当时没有指标公式 / no formulas count on that day: frontage indicators import"]
            ) from problem
    names = [f"{made['name']}\n{made['name_en']}" for made in told["total"]["indicators"]]
    table = Table("", *names, title=told["formulas"]["name"], caption=told["formulas"]["source"])
    for group in (*told["items"], told["total"]):
        labels = [group[name] for name in GROUPS if group[name] is not None]
        table.add_row(" ".join(labels) or "合计 total", *map(_cell, group["indicators"]))
    console().print(table)


def _cell(made: dict[str, Any]) -> str:
    below = "" if made["denominator"] is None else f"/{made['denominator']}"
    return f"{made['value'] or '-'}\n{made['numerator']}{below}"


COMMANDS = (indicator_commands,)
