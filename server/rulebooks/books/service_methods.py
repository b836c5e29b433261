"""Ways in which a document reaches its reader, and which of them need a consent signed before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field

from server.contract import Text
from server.rulebooks.book import Book, Fault, Row


class ServiceMethod(Row):
    """One way. What is sent to a telephone or a mailbox leaves by a gateway of the deployment; the rest people do."""

    name: Text = Field(min_length=1, max_length=100)
    name_en: Text = Field(min_length=1, max_length=100)
    electronic: bool = Field(description="电子送达 / electronic service")
    needs_consent: bool = Field(description="须先签署送达地址确认书 / a signed consent must be in force")
    address: Literal["phone", "email", "other"] | None = Field(
        None, description="用确认书中的哪一项地址 / which address of the consent it goes to"
    )
    fallback: Text | None = Field(None, max_length=64, description="失败后改用 / what is done when it fails")
    fallback_days: int | None = Field(
        None, ge=1, le=365, description="失败后几日内送达 / within how many days of that"
    )


def check(rows: Sequence[ServiceMethod]) -> Iterator[Fault]:
    """An electronic way needs an address and a way on paper that follows it; a way on paper has neither."""
    paper = {row.code for row in rows if not row.electronic}
    for place, row in enumerate(rows):
        if row.electronic and (row.address is None or row.fallback_days is None or row.fallback not in paper):
            yield Fault("no_paper_way", f"/rows/{place}/fallback", {"code": row.code})
        if not row.electronic and (row.address or row.fallback or row.fallback_days):
            yield Fault("paper_way_only", f"/rows/{place}", {"code": row.code})


BOOK = Book("service_methods", ServiceMethod, check, keepers=("admin", "reviewer"))
