"""What an occupier answers for before the door: three duties, the items of each, how grave, where written, by when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import Field

from server.contract import Text
from server.rulebooks.book import Basis, Book, Fault, Row

Duty = Literal["hygiene", "order", "appearance"]
Severity = Literal["light", "ordinary", "grave"]


class DutyItem(Row):
    """One item of a duty. Of the items of a category one is its `default`: what a report carries that names none."""

    duty: Duty = Field(description="包卫生、包秩序、包容貌 / hygiene, order, appearance")
    name: Text = Field(min_length=1, max_length=200)
    name_en: Text = Field(min_length=1, max_length=200)
    categories: list[Annotated[Text, Field(min_length=1, max_length=64)]] = Field(
        min_length=1, description="所属类别代码 / codes of categories"
    )
    severity: Severity = Field(description="轻微、一般、严重 / light, ordinary, grave")
    legal_basis: Basis
    deadline_work_hours: float | None = Field(
        None, gt=0, le=1000, description="整改时限,工作时 / work-hours to put it right"
    )
    default: bool = Field(
        False, description="该类别未指明时即此项 / what the category means when none is named"
    )


def _check(rows: Sequence[DutyItem]) -> Iterator[Fault]:
    duties: dict[str, str] = {}
    defaults: set[str] = set()
    for place, row in enumerate(rows):
        for category in row.categories:
            if duties.setdefault(category, row.duty) != row.duty:
                yield Fault("duty_two_of_category", f"/rows/{place}/duty", {"category": category})
            if row.default and category in defaults:
                yield Fault("duty_default_twice", f"/rows/{place}/default", {"category": category})
            defaults |= {category} if row.default else set()
    for category in sorted(duties.keys() - defaults):
        yield Fault("duty_no_default", "/rows", {"category": category})


BOOK = Book("duties", DutyItem, check=_check)
