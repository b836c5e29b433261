"""Powers given to townships: which items, to which body, from when to when, by which document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

from pydantic import Field

from server.contract import Day, Text
from server.rulebooks.book import Book, Fault, Row


class Delegation(Row):
    """Items that one body may decide on in the district's stead, first and last day counted."""

    body: Text = Field(pattern=r"^[0-9]{9}$", description="受委托镇街的代码 / code of the township")
    items: list[Text] = Field(min_length=1, max_length=500, description="事项 / codes of penalty_items")
    document: Text = Field(min_length=1, max_length=200, description="委托文件 / document that gives it")
    first_day: Day = Field(description="首日 / first day")
    last_day: Day | None = Field(None, description="末日,空为未定 / last day; null: until further notice")

    def holds_on(self, day: Day) -> bool:
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)


def _days(rows: Sequence[Delegation]) -> Iterable[Fault]:
    for place, row in enumerate(rows):
        if row.last_day is not None and row.last_day < row.first_day:
            yield Fault("days_crossed", f"/rows/{place}/last_day", {"code": row.code})
    for (_, one), (place, other) in combinations(enumerate(rows), 2):
        twice = sorted({*one.items} & {*other.items})
        if one.body == other.body and twice and _overlap(one, other):
            yield Fault("given_twice", f"/rows/{place}/items", {"item": twice[0], "code": one.code})


def _overlap(one: Delegation, other: Delegation) -> bool:
    return (one.last_day is None or other.first_day <= one.last_day) and (
        other.last_day is None or one.first_day <= other.last_day
    )


BOOK = Book(
    "delegations",
    Delegation,
    check=_days,
    refers={"items": "penalty_items"},
    keepers=("admin", "reviewer"),
)
