"""`python -m bench.kills --kills 10000`: the long form of the kill test, with its figures.

The same servers, phones and checks as tests/faults/test_kills.py, and with `--sending positions` as
test_position_kills.py, in rounds of a thousand kills on a database of their own each, so that no run needs more room
than a round. Leaves with 1 when a promise was broken.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path

import tests.faults.killing as killing
from server.cluster import PrivateCluster
from tests.faults.walking import walk_and_kill
from tests.faults.world import World, make_world
from tests.postgres import private_server

ROUND_KILLS = 1000


def main() -> int:
    parser = argparse.ArgumentParser(
        description="杀死服务进程并检查承诺 / Kill servers and check the promises"
    )
    parser.add_argument("--kills", type=int, default=10_000, help="how many servers have to die")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sending", choices=("reports", "positions"), default="reports")
    parser.add_argument(
        "--planted-bug", action="store_true", help="keep photos after the commit: must be caught"
    )
    options = parser.parse_args()

    var = Path(os.environ.get("FRONTAGE_VAR") or "var").absolute()
    killed: Counter[str] = Counter()
    acknowledged, elapsed_s, broken = 0, 0.0, list[str]()
    with private_server(PrivateCluster(var)) as postgres:
        while (done := killed.total()) < options.kills:
            plan = killing.Plan(
                kills=min(ROUND_KILLS, options.kills - done),
                seed=options.seed + done,
                give_up_after_s=3600.0,
                planted_bug=options.planted_bug,
            )
            with tempfile.TemporaryDirectory() as folder, make_world(postgres, Path(folder)) as world:
                outcome, told = _run(world, plan, options.sending)
            killed += outcome.killed
            acknowledged += told
            elapsed_s += outcome.elapsed_s
            broken += outcome.broken
            print(f"{killed.total():>6} kills, {acknowledged} acknowledged, {len(broken)} broken promises")
    _tell(killed, acknowledged, elapsed_s, broken)
    return 1 if broken else 0


def _run(world: World, plan: killing.Plan, sending: str) -> tuple[killing.Outcome, int]:
    """One round, and how many reports or batches of positions were acknowledged."""
    if sending == "positions":
        outcome, told = walk_and_kill(world, plan)
        return outcome, len(told)
    outcome = killing.run(world, plan)
    return outcome, len(outcome.receipts)


def _tell(killed: Counter[str], acknowledged: int, elapsed_s: float, broken: list[str]) -> None:
    print(f"\n{killed.total()} kills in {elapsed_s:.0f} s ({killed.total() / elapsed_s:.1f} a second)")
    for point, count in killed.most_common():
        print(f"  {point:<24}{count:>7}")
    print(f"acknowledged              {acknowledged:>7}")
    print(f"broken promises (limit 0) {len(broken):>7}")
    for promise in broken[:20]:
        print(f"  {promise}")


if __name__ == "__main__":
    sys.exit(main())
