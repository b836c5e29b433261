"""Which decisions are major: conditions under which somebody else reviews them before they are made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydantic import Field

from server.contract import Text
from server.rulebooks.book import Basis, Book, Fault, Row
from server.rulebooks.formulas import formula_faults

FIELDS = ("amount_yuan", "outcome", "party_kind", "subject_kind", "item", "procedure", "heard")
"""amount_yuan as proposed, 0 without one; outcome, party_kind (`unit`, `person`), subject_kind ('' when not known),
item and procedure (`ordinary`, `simple`) by code; heard: whether there was a hearing."""


class MajorRule(Row):
    """A decision for which `condition` holds is reviewed first."""

    name: Text = Field(min_length=1, max_length=200, description="情形 / what makes it major")
    name_en: Text = Field(min_length=1, max_length=200)
    condition: Text = Field(min_length=1, description=f"条件,可用 / condition over {', '.join(FIELDS)}")
    basis: Basis | None = Field(None, description="依据 / where it is written")


def _conditions(rows: Sequence[MajorRule]) -> Iterable[Fault]:
    for place, row in enumerate(rows):
        yield from formula_faults(row.condition, FIELDS, f"/rows/{place}/condition")


BOOK = Book("major_rules", MajorRule, check=_conditions, keepers=("admin", "reviewer"))
