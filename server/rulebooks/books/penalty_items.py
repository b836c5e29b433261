"""What can be punished: the behaviour, where it is written, between which amounts, and which small ones on the spot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from server.contract import Text
from server.rulebooks.book import Basis, Book, Fault, Row

Yuan = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]


class PenaltyItem(Row):
    """One power item. Amounts are yuan; `simple_max_yuan` is the most that can be fined on the spot, null: never."""

    name: Text = Field(min_length=1, max_length=200, description="违法行为 / behaviour")
    name_en: Text = Field(min_length=1, max_length=200)
    categories: list[Text] = Field(
        max_length=50, description="对应的问题类别 / categories of cases it is proposed for"
    )
    basis: Basis = Field(description="处罚依据 / where it is written")
    correction: Text = Field(max_length=500, description="责令改正的内容 / what is ordered to be put right")
    amount_min_yuan: Yuan = Field(description="罚款下限 / least fine")
    amount_max_yuan: Yuan = Field(description="罚款上限 / highest fine")
    simple_max_yuan: Yuan | None = Field(
        None,
        description="简易程序罚款上限,空为不适用 / most that is fined on the spot; null: not on the spot",
    )


def _amounts(rows: Sequence[PenaltyItem]) -> Iterable[Fault]:
    for place, row in enumerate(rows):
        if row.amount_min_yuan > row.amount_max_yuan:
            yield Fault("amounts_crossed", f"/rows/{place}/amount_min_yuan", {"code": row.code})


BOOK = Book("penalty_items", PenaltyItem, check=_amounts, keepers=("admin", "reviewer"))
