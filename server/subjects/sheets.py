"""A file of subjects as rows: which columns it may have, and the limited child that reads it."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass

from server.messages import LANGUAGES, catalogue
from server.places.editing.limited import ChildBusy, ChildOverLimit, LimitedChild
from server.problems.request import Unavailable
from server.problems.subjects import SubjectFileRefused

CHILD = "server.subjects.sheet_child"
COLUMNS = (
    "code", "name", "kind", "trade", "licence", "zones", "zone_kind", "township",
    "occupier", "occupier_phone", "occupier_capacity", "owner", "owner_phone", "owner_capacity",
)  # fmt: skip
CELL_FAULTS = ("computed", "digits_lost")
KINDS = ("shop", "unit", "market", "site", "estate", "vacant")


@dataclass(frozen=True)
class Line:
    """One row of a file: its line there, and its cells by column.

    Attributes:
        faults: why a cell cannot be read as it stands, one of CELL_FAULTS, by its column.
    """

    line: int
    cells: dict[str, str | None]
    faults: dict[str, str]


@dataclass(frozen=True)
class SheetReader:
    """Reads CSV and XLSX. Safe from many threads."""

    child: LimitedChild
    rows_max: int
    unpacked_max_bytes: int

    def read(self, data: bytes) -> list[Line]:
        """The rows of a file. Raises SubjectFileRefused, Unavailable."""
        asked = {
            "data": b64encode(data).decode(),
            "columns": headings(),
            "rows_max": self.rows_max,
            "unpacked_max": self.unpacked_max_bytes,
        }
        try:
            answer = self.child.ask(asked)
        except ChildOverLimit as error:
            raise _refused("读取超出限额 / reading it took too much") from error
        except ChildBusy as error:
            raise Unavailable() from error
        if answer["fault"]:
            raise _refused(answer["fault"])
        return [Line(row["line"], row["cells"], row["faults"]) for row in answer["rows"]]


def headings() -> dict[str, str]:
    """What may stand in the first line, in both languages and as a code: the column it names."""
    named = {catalogue(language)[f"subject_column.{one}"]: one for one in COLUMNS for language in LANGUAGES}
    return named | {one: one for one in COLUMNS}


def kind_of(word: str) -> str | None:
    """A kind by its code or its name in either language."""
    named = {catalogue(language)[f"subject_kind.{one}"]: one for one in KINDS for language in LANGUAGES}
    return (named | {one: one for one in KINDS}).get(word)


def _refused(why: str) -> SubjectFileRefused:
    return SubjectFileRefused(errors=[{"path": "/", "message": why}])
