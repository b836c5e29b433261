"""Which decisions are made public, and within how many days, by their outcome."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from server.contract import Text
from server.rulebooks.book import Basis, Book, Row

Outcome = Literal["penalty", "mitigated", "no_penalty_shall", "no_penalty_may", "warning"]


class PublicationRule(Row):
    """Of decisions with this outcome, named by `code`: the day of the decision does not count."""

    code: Outcome = Field(description="决定结果 / outcome of the decision")
    name: Text = Field(min_length=1, max_length=100, description="名称 / its name, in Chinese")
    name_en: Text = Field(min_length=1, max_length=100)
    publish: bool = Field(description="是否公示 / whether it is made public")
    days: int = Field(ge=1, le=365, description="几个自然日内 / within so many calendar days")
    legal_basis: Basis = Field(description="依据 / where it is written")


BOOK = Book("publication_rules", PublicationRule, keepers=("admin", "reviewer"))
