"""`python -m bench [part ...]`: measures the parts named (all but kills without a name) and prints a table for each.

Leaves with 1 when a target is missed or the machine was too busy to tell. Takes along every process and file it made.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import click
from rich.console import Console

from bench import (
    calibration,
    casework,
    coverage,
    coverage_read,
    figure_files,
    figures,
    intake,
    kills,
    live,
    machine,
    manager_pages,
    match_sql,
    officers,
    photo_intake,
    positions,
    stream,
    tiles,
    web,
)
from bench.bystanders import Bystanders
from bench.figures import Findings
from bench.scale import FULL, LONG, SHORT, Scale
from bench.stand import Stand, connected, stand
from server import running

ON_THE_STAND: dict[str, Callable[[Stand, Scale], Findings]] = {
    "w1a": intake.measure,
    "w1b": photo_intake.measure,
    "w2": match_sql.measure,
    "w3": positions.measure,
    "w5": coverage.measure,
    "tiles": tiles.measure,
    "coverage": coverage_read.measure,
    "stream": stream.measure,
    "live": live.measure,
    "officers": officers.measure,
    "growth": positions.measure_growth,
    "memory": photo_intake.measure_memory,
    "web": web.measure,
    "manager": manager_pages.measure,
    # Late: its cases would be in everybody's way.
    "casework": casework.measure,
    # Last: the chains of its cases prove nothing.
    "files": figure_files.measure,
}
PARTS = (*ON_THE_STAND, "calibration", "kills")
KILLS_LONG = 10_000
# A pipe or a file has no width of its own; the tables need this much.
WIDTH_WITHOUT_TERMINAL = 150


@click.command(help=__doc__)
@click.argument("parts", nargs=-1, type=click.Choice(PARTS))
@click.option(
    "--short", "size", flag_value="short", help="几秒,仅验证可运行 / seconds; its figures mean nothing"
)
@click.option("--long", "size", flag_value="long", help="更多轮次 / more and longer rounds")
@click.option("--kills", "kills_count", type=click.IntRange(1), help="强杀次数 / kills of the part `kills`")
def main(parts: tuple[str, ...], size: str | None, kills_count: int | None) -> None:
    scale = {"short": SHORT, "long": LONG}.get(size or "", FULL)
    wanted = list(parts) or [part for part in PARTS if part != "kills" or kills_count or size == "long"]
    console = Console(width=None if sys.stdout.isatty() else WIDTH_WITHOUT_TERMINAL)
    for line in machine.describe(["python", "-m", "bench", *sys.argv[1:]]):
        console.print(line, highlight=False, soft_wrap=True)
    if size == "short":
        console.print("短测:数字无意义。 / Short run: its figures mean nothing.", style="yellow")
    try:
        with running.stop_on_signals():
            missed = _run(console, wanted, scale, kills_count or KILLS_LONG, judged=size != "short")
    except running.Stop:
        console.print("已中止。 / Stopped.", style="red")
        sys.exit(130)
    if missed:
        console.print("未达到或未判定 / missed or not judged: " + "; ".join(missed), style="red")
        sys.exit(1)


def _run(console: Console, wanted: list[str], scale: Scale, kills_count: int, *, judged: bool) -> list[str]:
    missed: list[str] = []
    on_the_stand = [part for part in wanted if part in ON_THE_STAND]
    if on_the_stand:
        with stand(one_server=scale.one_server) as made:
            console.print(_database(made), highlight=False, soft_wrap=True)
            console.print()
            for part in on_the_stand:
                with Bystanders([os.getpid(), made.postmaster]) as others:
                    findings = ON_THE_STAND[part](made, scale)
                findings.others_share = others.share
                figures.show(console, findings, judged=judged)
                missed += [f"{part}: {row}" for row in findings.missed] if judged else []
    if "calibration" in wanted and calibration.main(scale.calibration_reports) and judged:
        missed.append("calibration: certain")
    if "kills" in wanted and _kills(kills_count):
        missed.append("kills")
    return missed


def _kills(count: int) -> int:
    # A program of its own, run in this process so that a stop unwinds it too; it reads its own command line.
    ours, sys.argv = sys.argv, ["bench.kills", "--kills", str(count)]
    try:
        return kills.main()
    finally:
        sys.argv = ours


def _database(made: Stand) -> str:
    with connected(made.url("postgres")) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version'), current_setting('fsync'), "
            "(SELECT default_version FROM pg_available_extensions WHERE name = 'postgis')"
        )
        server, fsync, postgis = cursor.fetchall()[0]
    return machine.describe_database(server, postgis, fsync)


if __name__ == "__main__":
    main()
