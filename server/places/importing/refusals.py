"""Why an import is not read or not applied, as problems that name the zones."""

from __future__ import annotations

from datetime import date
from typing import Any

from server.places.foreign.faults import FileRefused
from server.problems.imports import ImportDatumUnconfirmed, ImportFaulty, ImportFileRefused
from server.problems.places import ZoneDateRefused, ZoneReportsDepend


def file_refused(refused: FileRefused) -> ImportFileRefused:
    """The problem of a file that is not taken."""
    # Its own members are named by RFC 9457; whatever a file made of them stays below one name.
    return ImportFileRefused(refused.code, detail=refused.params)


def faulty(found: dict[str, Any]) -> ImportFaulty:
    return ImportFaulty(zones=found["codes"], count=found["zones"])


def before_version(found: dict[str, Any], valid_from: date) -> ZoneDateRefused:
    return ZoneDateRefused(zones=found["codes"], count=found["zones"], valid_from=valid_from.isoformat())


def reported(found: dict[str, Any], valid_from: date) -> ZoneReportsDepend:
    return ZoneReportsDepend(zones=found["codes"], count=found["zones"], valid_from=valid_from.isoformat())


def unconfirmed(fault: str) -> ImportDatumUnconfirmed:
    return ImportDatumUnconfirmed(fault=fault)
