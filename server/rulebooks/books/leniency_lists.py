"""Light offences that are not punished, and those punished less: three branches that the law keeps apart.

`shall_not_punish` (轻微不罚: light, corrected in time, no harm), `may_not_punish` (首违不罚: first, slight harm,
corrected in time) and `mitigate` (从轻、减轻) are lists of their own; a row is of one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from server.contract import Strict, Text
from server.rulebooks.book import Basis, Book, Fault, Row
from server.rulebooks.formulas import formula_faults

Branch = Literal["shall_not_punish", "may_not_punish", "mitigate"]
_Name = Annotated[Text, Field(min_length=1, max_length=200)]
_Sentence = Annotated[Text, Field(min_length=1, max_length=500)]


@dataclass(frozen=True)
class Fact:
    """Something a condition may speak of.

    Attributes:
        kind: `yes_no`, `number` or one of the words in `choices`.
        known: the system works it out where it can; what a person says counts only where it cannot.
    """

    kind: Literal["yes_no", "number", "choice"]
    known: bool = False
    choices: tuple[str, ...] = ()


FACTS: Mapping[str, Fact] = {
    "first_offence": Fact("yes_no", known=True),
    "earlier_offences": Fact("number", known=True),
    "corrected": Fact("yes_no", known=True),
    "corrected_in_time": Fact("yes_no", known=True),
    "days_to_correct": Fact("number", known=True),
    "harm": Fact("choice", choices=("none", "slight", "serious")),
    "light": Fact("yes_no"),
    "at_fault": Fact("yes_no"),
    "harm_removed": Fact("yes_no"),
    "cooperated": Fact("yes_no"),
}


class Condition(Strict):
    """One thing that has to hold, alone: whoever reads the answer sees which one does not."""

    code: Text = Field(pattern=r"^[a-z0-9_]{1,64}$")
    text: _Sentence
    text_en: _Sentence
    holds: Annotated[Text, Field(min_length=1, max_length=500)] = Field(
        description="条件公式,可用 " + "、".join(FACTS) + " / a formula over these facts"
    )


class LenientRow(Row):
    """One behaviour, what has to hold, and what follows when all of it does."""

    branch: Branch
    items: list[_Name] = Field(
        min_length=1, max_length=200, description="事项,即案卷类别 / matters, by category of the case"
    )
    behaviour: _Sentence
    behaviour_en: _Sentence
    conditions: list[Condition] = Field(min_length=1, max_length=20)
    legal_basis: Basis
    least_share: float | None = Field(
        None,
        ge=0,
        le=1,
        description="减轻时至少处以原额的比例,只用于 mitigate / least share of the fine, of `mitigate` only",
    )


def _check(rows: Sequence[LenientRow]) -> Iterator[Fault]:
    for place, row in enumerate(rows):
        at = f"/rows/{place}"
        if (row.branch == "mitigate") != (row.least_share is not None):
            yield Fault("share_of_mitigation", f"{at}/least_share", {})
        seen: set[str] = set()
        for nth, condition in enumerate(row.conditions):
            yield from formula_faults(condition.holds, FACTS, f"{at}/conditions/{nth}/holds")
            if condition.code in seen:
                yield Fault("code_twice", f"{at}/conditions/{nth}/code", {"code": condition.code})
            seen.add(condition.code)


BOOK = Book("leniency_lists", LenientRow, _check, keepers=("admin", "reviewer"))
