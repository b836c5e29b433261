"""The four themes under which matters are governed together; every kind of matter belongs to exactly one."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from server.rulebooks.book import Book, Row

Theme = Literal["dirt", "disorder", "violation", "hazard"]


class ThemeOf(Row):
    """The theme of one category; `code` is the category's."""

    theme: Theme = Field(
        description="治脏、治乱、治违、治危 / dirt, disorder, illegal building and use, danger"
    )


BOOK = Book("themes", ThemeOf, every_category=True)
