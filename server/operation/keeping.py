"""What keeps evidence safe: backups and the log between them, heads of chains, the last proof; the clock."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from server.backup_folder import BackupFolder
from server.evidence.heads import LINES
from server.operation.check import Check, State
from server.operation.watching import Watch

_VERIFIED = Path("operation") / "verified.json"
# What adjtimex(2) answers when nothing keeps the clock, and how large its struct is at the most.
_TIME_ERROR = 5
_TIMEX_BYTES = 256


def checks(told: Mapping[str, Any], watch: Watch, now: datetime) -> Iterator[Check]:
    """Backups, their log, heads, proof and clock; `told` as the database answered."""
    yield from _backups(told, watch, now)
    yield _heads(told, watch, now)
    yield _verified(watch, now)
    yield from _kept_clock()


def _backups(told: Mapping[str, Any], watch: Watch, now: datetime) -> Iterator[Check]:
    folder = BackupFolder(watch.backups)
    newest = next(iter(folder.manifests()[-1:]), None)
    if newest is None:
        waited_s = told["first_report_s"]
        late = waited_s is not None and waited_s > watch.backup_late_h * 3600
        yield Check("backup", "backup", State.ACT if late else State.LOOK, "none", {"age_s": None})
        return
    age_s = max(0.0, (now - newest.finished_at).total_seconds())
    checked = folder.checked(newest.name)
    figures = {
        "age_s": age_s,
        "read_again_s": (now - checked.at).total_seconds() if checked else None,
        "backups": len(folder.names()),
    }
    words = {"name": newest.name}
    if checked and checked.fault:
        yield Check("backup", "backup", State.ACT, "damaged", figures, words)
    elif age_s > watch.backup_due_h * 3600:
        state = State.ACT if age_s > watch.backup_late_h * 3600 else State.LOOK
        yield Check("backup", "backup", state, "late", figures, words)
    else:
        yield Check("backup", "backup", State.OK, "ok_read" if checked else "ok", figures, words)
    if watch.own_cluster:
        yield _log(folder, told["archive"], watch, now)


def _log(folder: BackupFolder, archive: Mapping[str, Any], watch: Watch, now: datetime) -> Check:
    followed = folder.followed()
    figures = {
        "since_s": archive["since_s"],
        "photos_s": (now - followed.at).total_seconds() if followed else None,
    }
    if not archive["on"]:
        return Check("log", "log", State.ACT, "off", figures)
    if archive["failing"]:
        return Check("log", "log", State.ACT, "failing", figures)
    if followed and now - followed.at > timedelta(seconds=watch.copying_late_s):
        return Check("log", "log", State.ACT, "photos_late", figures)
    return Check("log", "log", State.OK, "ok", figures)


def heads_are_old(watch: Watch, now: datetime) -> bool:
    """Whether so long ago was the last time that it has to be asked if any are due."""
    age_s = _heads_age_s(watch, now)
    return age_s is None or age_s > watch.heads_late_s


def _heads_age_s(watch: Watch, now: datetime) -> float | None:
    path = watch.heads / LINES
    return now.timestamp() - path.stat().st_mtime if path.exists() else None


def _heads(told: Mapping[str, Any], watch: Watch, now: datetime) -> Check:
    age_s = _heads_age_s(watch, now)
    figures = {"due": told["heads_due"], "age_s": age_s}
    # Without a line yet they are as late as the first report is old.
    waited_s = age_s if age_s is not None else told["first_report_s"] or 0
    if told["heads_due"] and waited_s > watch.heads_late_s:
        return Check("heads", "heads", State.LOOK, "never" if age_s is None else "late", figures)
    return Check("heads", "heads", State.OK, "empty" if age_s is None else "ok", figures)


def note_verified(var: Path, fault: str | None) -> None:
    """Remember that all evidence was verified now, and the first thing that was not whole."""
    path = var / _VERIFIED
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_bytes(orjson.dumps({"at": datetime.now(UTC).isoformat(), "fault": fault}))
    fresh.rename(path)


def _verified(watch: Watch, now: datetime) -> Check:
    try:
        said = orjson.loads((watch.var / _VERIFIED).read_bytes())
        at, fault = datetime.fromisoformat(said["at"]), said["fault"]
    except (OSError, ValueError, KeyError, TypeError):
        return Check("verified", "verified", State.LOOK, "never", {"age_s": None})
    age_s = max(0.0, (now - at).total_seconds())
    if fault:
        return Check("verified", "verified", State.ACT, "broken", {"age_s": age_s}, {"fault": fault})
    late = age_s > watch.verify_due_days * 86_400
    return Check(
        "verified", "verified", State.LOOK if late else State.OK, "late" if late else "ok", {"age_s": age_s}
    )


def _kept_clock() -> Iterator[Check]:
    """Whether something keeps this machine's clock, where the system says so."""
    told = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    if told >= 0:
        loose = told == _TIME_ERROR
        yield Check("ntp", "ntp", State.LOOK if loose else State.OK, "loose" if loose else "ok")
