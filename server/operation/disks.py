"""Room on the disks: how much is left now, and when it is used up at the pace of the last days.

The worker notes it every hour in a file of the data folder; two weeks of that are a few kilobytes.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from server.operation.check import Check, State
from server.operation.watching import Watch

_NOTES = Path("operation") / "disks.jsonl"
_KEPT = timedelta(days=14)
# What two days used does not say more of the next two weeks than one does; less says nothing.
_PACE_OVER_LEAST = timedelta(hours=12)
_PACE_OVER_MOST = timedelta(days=7)


def checks(watch: Watch, now: datetime) -> Iterator[Check]:
    """One check a disk."""
    noted = _read(watch.var)
    for name, folder in _one_a_disk(watch.folders):
        free = shutil.disk_usage(folder).free
        days = _full_in_days(noted, name, free, now)
        yield _check(name, folder, free // 1_000_000, days, watch)


def note(watch: Watch, now: datetime) -> None:
    """Remember how much room there is; the worker does it every hour."""
    free = {name: shutil.disk_usage(folder).free for name, folder in _one_a_disk(watch.folders)}
    lines = [line for line in _read(watch.var) if now - line[0] < _KEPT] + [(now, free)]
    path = watch.var / _NOTES
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_bytes(b"".join(orjson.dumps([at.isoformat(), told]) + b"\n" for at, told in lines))
    fresh.rename(path)


def _check(name: str, folder: Path, free_mb: int, days: float | None, watch: Watch) -> Check:
    figures = {"free_mb": free_mb, "full_in_days": None if days is None else round(days, 1)}
    words = {"folder": str(folder), "free": f"{free_mb / 1000:.1f} GB", "days": f"{days or 0:.0f}"}
    soon = days if days is not None else watch.disk_look_days
    if free_mb < watch.disk_least_mb or soon < watch.disk_act_days:
        state = State.ACT
    elif free_mb < watch.disk_low_mb or soon < watch.disk_look_days:
        state = State.LOOK
    else:
        state = State.OK
    case = ("ok" if state is State.OK else "low") + ("" if days is None else "_pace")
    return Check(f"disk_{name}", "disk", state, case, figures, words)


def _one_a_disk(folders: Mapping[str, Path]) -> Iterator[tuple[str, Path]]:
    seen = set()
    for name, folder in folders.items():
        there = next(place for place in (folder, *folder.parents) if place.exists())
        if there.stat().st_dev not in seen:
            seen.add(there.stat().st_dev)
            yield name, there


def _read(var: Path) -> list[tuple[datetime, dict[str, int]]]:
    found = []
    try:
        lines = (var / _NOTES).read_bytes().splitlines()
    except OSError:
        return []
    for line in lines:
        try:
            at, told = orjson.loads(line)
            found.append((datetime.fromisoformat(at).astimezone(UTC), dict(told)))
        except (ValueError, TypeError):
            continue
    return found


def _full_in_days(
    noted: list[tuple[datetime, dict[str, int]]], name: str, free: int, now: datetime
) -> float | None:
    """None when too little is known, or when room is not becoming less."""
    early = [(at, told[name]) for at, told in noted if name in told and now - at <= _PACE_OVER_MOST]
    if not early or now - early[0][0] < _PACE_OVER_LEAST:
        return None
    at, before = early[0]
    used_a_day = (before - free) / ((now - at) / timedelta(days=1))
    return free / used_a_day if used_a_day > 0 else None
