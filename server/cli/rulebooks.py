"""`frontage rulebooks`: what practices go by, from files, and which sets of it count."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from rich.table import Table

from server.cli.base import Place, console, pass_place
from server.messages import say
from server.places.importing import ImportRefused
from server.problems.base import Problem
from server.rulebooks import store
from server.rulebooks.book import BookRefused
from server.rulebooks.files import apply_files


@click.group("rulebooks")
def rulebooks() -> None:
    """规则册 / Rulebooks: what practices go by, in versions with their sources."""


@rulebooks.command("import")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--dry-run", is_flag=True, help="只检查,不写入 / Check everything, write nothing.")
@pass_place
def import_rulebooks(place: Place, files: tuple[Path, ...], dry_run: bool) -> None:
    """导入并自 valid_from 起生效 / Bring sets into force from their day; what is there already changes nothing."""
    with place.owner() as connection:
        try:
            written = apply_files(
                connection,
                files,
                at=datetime.now(UTC),
                today=_today(place),
                rows_max=place.deployment.config.rulebook_rows_max_count,
            )
        except BookRefused as refused:
            raise ImportRefused([f"{fault.path}: {fault.message()}" for fault in refused.found]) from refused
        except (KeyError, TypeError, ValueError, Problem) as error:
            raise ImportRefused([f"{type(error).__name__} {error}"]) from error
        if dry_run:
            connection.rollback()
    for kind, rows in written.items():
        click.echo(f"{'试运行 / dry run: ' if dry_run else ''}{kind}: 新增 / new {rows}")


@rulebooks.command("list")
@pass_place
def list_rulebooks(place: Place) -> None:
    """列出各种规则册及今日有效的一版 / List the kinds, and the set of each that counts today."""
    with place.owner() as connection:
        counts = store.counting(connection, _today(place))
    table = Table("种类 / kind", "名称", "版本 / version", "生效 / from", "行 / rows", "样例 / sample")
    for kind in store.BOOKS:
        one = counts.get(kind)
        cells = (
            (one["version"], one["valid_from"], one["row_count"], "是 yes" if one["sample"] else "否 no")
            if one
            else ("需要导入 none", "-", "-", "-")
        )
        table.add_row(kind, say(f"rulebook.{kind}", {})["text"], *(str(cell) for cell in cells))
    console().print(table)


def _today(place: Place) -> date:
    return datetime.now(ZoneInfo(place.deployment.config.time_zone)).date()


COMMANDS: tuple[click.Command, ...] = (rulebooks,)
