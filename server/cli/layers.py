"""`frontage zones import` and `imports`: the report of a foreign layer in the terminal, its version step, and a list.

The same verbs as the API's; an operator acts with the owner's rights. With --dry-run nothing at all is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

import click
from rich.table import Table
from sqlalchemy import Connection

from geo.datum import Datum
from geo.observation import Kind
from server.cli.base import Place, console, error_console, pass_place, progress
from server.messages import say
from server.places.foreign.faults import FileRefused
from server.places.foreign.formats_known import codec_of
from server.places.foreign.mapping import FIELDS, PROPERTIES
from server.places.foreign.reader import STEPS, Examined
from server.places.importing import ImportRefused, layers
from server.places.importing.layers import Decision, LayerFile, Reading
from server.places.importing.reading import list_imports
from server.places.importing.wire import ImportState
from server.problems.base import Problem
from server.wiring import importer_of

FAULTS_SHOWN = 30
_FATES = {
    "new": "新增 / new",
    "changed": "变更 / changed",
    "unchanged": "未变 / unchanged",
    "gone": "文件中没有 / gone",
    "faulty": "有误 / faulty",
    "before_version": "早于现有版本 / before the version in force",
    "reported": "已有上报依据 / reports depend on it",
}


def _columns(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    pairs = [one.partition("=") for one in given]
    known = (*FIELDS, *sorted(PROPERTIES))
    if not all(sign and ours in known and theirs for ours, sign, theirs in pairs):
        raise click.BadParameter(f"{', '.join(known)}: code=...")
    return {ours: theirs for ours, _, theirs in pairs}


def _encoding(_: click.Context, __: click.Parameter, given: str | None) -> str | None:
    try:
        return None if given is None else codec_of(given)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command("import")
@click.argument("kind", type=click.Choice([kind.value for kind in Kind]))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--datum", type=click.Choice([datum.value for datum in Datum]), help="坐标基准 / Datum of the file."
)
@click.option(
    "--crs", metavar="EPSG:N", help="坐标系,文件未说明时必填 / Wanted where the file does not say it."
)
@click.option(
    "--encoding", callback=_encoding, help="属性编码,如 gbk / Encoding of attributes. [自动 guessed]"
)
@click.option("--layer", help="图层名 / Which of several layers.")
@click.option(
    "--map", "columns", multiple=True, metavar="OURS=THEIRS", callback=_columns,
    help="列对应,如 name=店名,可多次 / Our field from their column; may be repeated. [自动 guessed]",
)  # fmt: skip
@click.option(
    "--replace-properties", is_flag=True, help="属性取代而非并入 / Replace properties instead of merging."
)
@click.option("--source", help="来源,随每个版本保存 / Kept with every version. [文件名 file name]")
@click.option(
    "--valid-from", type=click.DateTime(["%Y-%m-%d"]), help="生效之日 / First day of it. [今天 today]"
)
@click.option(
    "--accept-repairs", metavar="CODES", help="接受修复的区,逗号分隔,或 all / Codes with commas, or all."
)
@click.option("--close-gone", is_flag=True, help="文件中没有的区停用 / End zones that are not in the file.")
@click.option(
    "--rematch", is_flag=True, help="允许影响已有上报 / Although reports were judged by them already."
)
@click.option(
    "--confirm-datum", is_flag=True, help="确认基准无误 / The datum is right although another fits."
)
@click.option("--dry-run/--apply", default=False, help="只出报告 / Report only; otherwise apply. [--apply]")
@pass_place
def import_layer(
    place: Place, kind: str, file: Path, datum: str | None, crs: str | None, encoding: str | None, layer: str | None,
    columns: dict[str, str], replace_properties: bool, source: str | None, valid_from: datetime | None,
    accept_repairs: str | None, close_gone: bool, rematch: bool, confirm_datum: bool, dry_run: bool,
) -> None:  # fmt: skip
    """导入图层 / Import a layer: GeoJSON, GeoPackage, shapefile (zip), KML/KMZ, CSV with WKT.

    先出报告,再作为一个版本生效;有未接受修复的错误则不写入。
    The report first, then one version step; nothing is written while errors have no accepted repair.
    """
    config = place.deployment.config
    today = datetime.now(UTC).astimezone(ZoneInfo(config.time_zone)).date()
    reading = Reading(
        datum=datum,
        crs=crs,
        columns=columns,
        encoding=encoding,
        layer=layer,
        properties="replace" if replace_properties else "merge",
        source=source,
    )
    accept = tuple(filter(None, (accept_repairs or "").split(",")))
    decision = Decision(
        valid_from=valid_from.date() if valid_from else today,
        accept=() if accept_repairs == "all" else accept,
        accept_all=accept_repairs == "all",
        gone="close" if close_gone else "keep",
        rematch=rematch,
        confirm_datum=confirm_datum,
        near_m=config.near_limit_m,
    )
    with place.owner() as connection, file.open("rb") as opened:
        sent = LayerFile.opened(opened, file.name)
        if sent.size_bytes > config.import_max_bytes:
            raise ImportRefused([f"{file.name}: > {config.import_max_bytes} bytes"])
        _run(place, connection, kind, sent, reading, decision, today, dry_run)


@click.command("imports")
@click.option("--kind", type=click.Choice([kind.value for kind in Kind]), help="种类 / Of this kind.")
@click.option("--state", type=click.Choice(get_args(ImportState)), help="状态 / In this state.")
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True, help="行数 / Rows.")
@pass_place
def list_layers(place: Place, kind: str | None, state: str | None, limit: int) -> None:
    """列出导入记录 / List imports, newest first, with how far each got."""
    with place.owner() as connection:
        page = list_imports(connection, kind=kind, state=state, made_by=None, cursor=None, limit=limit)
    table = Table(
        "时间 / at", "编号 / id", "种类 / kind", "状态 / state", "要素", "错误", "文件 / file", "谁 / who"
    )
    for one in page["items"]:
        at = one["progress"]
        done = f" {at['done']}/{at['total']} {at['phase']}" if at else ""
        why = f" {one['problem']['text']}" if one["problem"] else ""
        table.add_row(
            one["made_at"].astimezone().strftime("%Y-%m-%d %H:%M"), one["id"], one["kind"],
            f"{one['state']}{done}{why}",
            _or_dash(one["features"]), _or_dash(one["errors"]), one["file_name"], _or_dash(one["made_by"]),
        )  # fmt: skip
    console().print(table)


def _or_dash(value: object) -> str:
    return "-" if value is None else str(value)


def _run(
    place: Place, connection: Connection, kind: str, sent: LayerFile, reading: Reading, decision: Decision,
    today: date, dry_run: bool,
) -> None:  # fmt: skip
    context = layers.context_of(connection, kind, decision.valid_from)
    importer = importer_of(place.deployment.config)
    steps = [*STEPS, "keep", "apply"]
    with progress(f"导入 / importing {kind}", len(steps)) as bar:

        def tell(step: str) -> None:
            bar(steps.index(step))

        try:
            with importer.examined(sent, kind, reading, context, tell) as examined:
                tell("keep")
                import_id = layers.keep(
                    connection, kind, sent, reading, examined, valid_from=decision.valid_from
                )
                tell("apply")
                if dry_run:
                    fates = layers.would_do(connection, import_id, decision, today=today)
                    connection.rollback()
                else:
                    fates = _applied(connection, import_id, decision, today, examined)
        except FileRefused as refused:
            raise ImportRefused([f"{sent.name}: {refused_words(refused)}"]) from refused
    _show(examined, {fate: told["zones"] for fate, told in fates.items()}, dry_run)


def _applied(
    connection: Connection, import_id: Any, decision: Decision, today: date, examined: Examined
) -> dict[str, Any]:
    try:
        counts = layers.apply(connection, import_id, decision, today=today).counts
    except Problem as problem:
        told = [f"{_words(f'problem.{problem.code}')} {', '.join(problem.members.get('zones', []))}"]
        wanted = [fault for fault in examined.faults if fault["severity"] == "error"]
        raise ImportRefused(told + [_line(fault) for fault in wanted]) from problem
    return {fate: {"zones": count} for fate, count in counts.items()}


def refused_words(refused: FileRefused) -> str:
    """Why a file is not read, with its particulars."""
    return f"{_words(f'problem.{refused.code}')} {refused.params}"


def _words(key: str, params: Mapping[str, Any] | None = None) -> str:
    said = say(key, params)
    return f"{said['text']} / {said['text_en']}"


def _line(fault: Mapping[str, Any]) -> str:
    where = "" if fault["number"] is None else f"features[{fault['number'] - 1}] {fault['zone'] or ''}: "
    return where + _words(f"import.{fault['fault']}", fault["params"])


def _show(examined: Examined, fates: Mapping[str, int], dry_run: bool) -> None:
    read = examined.summary
    screen = console()
    columns = ", ".join(f"{ours} <- {theirs}" for ours, theirs in read["mapping"].items())
    screen.print(f"{read['format']} · {read['crs']} · {read['encoding'] or '-'} · {columns}", markup=False)
    if examined.faults:
        table = Table("程度", "代码 / code", "要素", "区 / zone", "说明 / what")
        for fault in examined.faults[:FAULTS_SHOWN]:
            said = say(f"import.{fault['fault']}", fault["params"])
            number = "-" if fault["number"] is None else str(fault["number"])
            table.add_row(fault["severity"], fault["fault"], number, fault["zone"] or "-", said["text"])
        screen.print(table)
        counts = ", ".join(f"{code} {count}" for code, count in sorted(read["fault_counts"].items()))
        error_console().print(f"共 / in all: {counts}", markup=False)
    told = ", ".join(f"{words} {fates[fate]}" for fate, words in _FATES.items() if fate in fates)
    click.echo(f"{'试运行 / dry run: ' if dry_run else ''}{told}")
