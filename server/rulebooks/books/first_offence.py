"""How far back one looks for an earlier offence before the first one is let off with a warning (首违)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import Field

from server.contract import Text
from server.rulebooks.book import Basis, Book, Fault, Row

_Name = Annotated[Text, Field(min_length=1, max_length=200)]


class FirstOffence(Row):
    """Matters that count as the same when somebody does one of them again."""

    name: _Name
    name_en: _Name
    items: list[_Name] = Field(
        min_length=1, max_length=200, description="事项,即案卷类别 / matters, by category of the case"
    )
    window_months: int = Field(ge=1, le=120, description="向前查看的月数 / months that are looked back")
    basis: Basis


def _check(rows: Sequence[FirstOffence]) -> Iterator[Fault]:
    seen: set[str] = set()
    for place, row in enumerate(rows):
        for nth, item in enumerate(row.items):
            if item in seen:
                yield Fault("code_twice", f"/rows/{place}/items/{nth}", {"code": item})
            seen.add(item)


BOOK = Book("first_offence", FirstOffence, _check, keepers=("admin", "reviewer"))
