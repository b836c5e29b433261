"""Scorecards of townships: weighted parts, each a formula over what is counted and what records say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Final

from pydantic import Field

from server.contract import Strict, Text
from server.rulebooks.book import Book, Fault, Row
from server.rulebooks.formulas import formula_faults

COUNTS: Final = (
    "accepted", "registered", "refused", "due", "closed", "closed_on_time", "reworked", "rechecked", "recheck_failed",
    "handed_over", "acknowledged", "acknowledged_in_time", "escalated",
    "service_steps", "management_steps", "enforcement_steps", "untagged_steps",
    "fronts", "fronts_due_m", "fronts_seen_m", "fronts_late", "fronts_never", "front_visits",
)  # fmt: skip
"""What every formula may name; docs/assessment.md says what each is. The last line is coverage."""
RECORDS: Final = "_records"
"""`<name>_records` is how many records stand behind the mean `<name>`."""
_NAME = r"^[a-z][a-z0-9_]{0,39}$"


class RecordInput(Strict):
    """The mean score of a form's records about a township in the period, or of one of its heads."""

    name: Text = Field(pattern=_NAME, description="公式中的名字 / what formulas call it")
    form: Text = Field(min_length=1, max_length=64, description="forms 中的代码 / code in forms")
    head: Text | None = Field(
        None, max_length=40, description="分项,缺省为总分 / head; left out: the whole score"
    )


class ScorecardPart(Strict):
    """One part: points from 0 to 100 by a formula, times its weight."""

    code: Text = Field(pattern=_NAME)
    name: Text = Field(min_length=1, max_length=100)
    name_en: Text = Field(min_length=1, max_length=100)
    weight: Decimal = Field(gt=0, le=1000, max_digits=8, decimal_places=4)
    points: Text = Field(
        description="0 至 100 分的公式 / formula that gives 0 to 100",
        examples=["100 * closed_on_time / due"],
    )


class Scorecard(Row):
    """One scorecard."""

    name: Text = Field(min_length=1, max_length=100)
    name_en: Text = Field(min_length=1, max_length=100)
    records: list[RecordInput] = Field([], max_length=40)
    parts: list[ScorecardPart] = Field(min_length=1, max_length=40)

    @property
    def forms(self) -> list[str]:
        """Codes of the forms it reads."""
        return [record.form for record in self.records]

    @property
    def fields(self) -> frozenset[str]:
        """What its formulas may name."""
        named = {record.name for record in self.records}
        return frozenset({*COUNTS, *named, *(f"{name}{RECORDS}" for name in named)})


def _check(rows: Sequence[Scorecard]) -> Iterable[Fault]:
    for place, row in enumerate(rows):
        yield from _twice((record.name for record in row.records), f"/rows/{place}/records", "name", COUNTS)
        yield from _twice((part.code for part in row.parts), f"/rows/{place}/parts", "code")
        for number, part in enumerate(row.parts):
            yield from formula_faults(part.points, row.fields, f"/rows/{place}/parts/{number}/points")


def _twice(names: Iterable[str], path: str, member: str, taken: Iterable[str] = ()) -> Iterator[Fault]:
    seen = set(taken)
    for number, name in enumerate(names):
        if name in seen:
            yield Fault("code_twice", f"{path}/{number}/{member}", {"code": name})
        seen.add(name)


BOOK = Book("scorecards", Scorecard, _check, refers={"forms": "forms"})
