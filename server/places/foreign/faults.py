"""What can be wrong with a file (refused as a whole) and with its zones (told one by one, each where it is).

Plain values only: words for people stand in the message catalogues under `import.<code>` and `problem.<code>`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import shapely
from shapely.geometry.base import BaseGeometry

from server.problems.imports import IMPORT_CODES

Severity = Literal["error", "warning", "note"]
ToDegrees = Callable[[BaseGeometry], BaseGeometry]

REFUSALS = IMPORT_CODES
"""Why a file is not read at all; each is the code of a problem."""


class FileRefused(ValueError):
    """The file is not taken; `code` is one of REFUSALS, `params` say the particulars."""

    def __init__(self, code: str, **params: Any) -> None:
        if code not in REFUSALS:
            raise ValueError(f"{code} is no refusal of a file")
        super().__init__(f"{code}: {params}")
        self.code = code
        self.params = params


@dataclass(frozen=True)
class Fault:
    """One thing wrong with one zone or with the whole layer.

    Attributes:
        code: stable, with words in the catalogues.
        severity: an error keeps the layer from being applied unless its repair is accepted; others are to be looked at.
        number: of the feature in the file, from 1; None for the whole layer.
        zone: its code, where it has one.
        params: numbers with units in their names.
        geometry: where it is, WGS-84; None where there is nothing to draw.
    """

    code: str
    severity: Severity
    number: int | None = None
    zone: str | None = None
    params: dict[str, Any] = field(default_factory=dict)
    geometry: BaseGeometry | None = None

    def as_json(self) -> dict[str, Any]:
        drawn = None if self.geometry is None else shapely.to_geojson(self.geometry)
        return {
            "fault": self.code,
            "severity": self.severity,
            "number": self.number,
            "zone": self.zone,
            "params": self.params,
            "geometry": drawn,
        }


class Faults:
    """The faults of one file: all are counted, of each code only the first `each_max` are kept."""

    def __init__(self, each_max: int) -> None:
        self._each_max = each_max
        self.kept: list[Fault] = []
        self.counts: Counter[str] = Counter()
        self.errors = 0
        self.errors_of: dict[int, set[str]] = {}
        """Codes of the errors of each feature that has any, by its number."""

    def wants(self, code: str) -> bool:
        """Whether another fault of this code would be kept: what is not need not be drawn."""
        return self.counts[code] < self._each_max

    def add(self, fault: Fault) -> None:
        if self.wants(fault.code):
            self.kept.append(fault)
        self.counts[fault.code] += 1
        if fault.severity == "error":
            self.errors += 1
            if fault.number is not None:
                self.errors_of.setdefault(fault.number, set()).add(fault.code)

    def count(self, code: str) -> None:
        """One more that is not kept."""
        self.counts[code] += 1
