"""Terms that a statute sets in matters of court: what begins and ends them, when to warn, what has to be handed in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import Field

from server.contract import Strict, Text
from server.rulebooks.book import Basis, Book, Fault, Row

Matter = Literal["reconsideration", "lawsuit", "court_enforcement"]
Step = Literal["served", "urged", "filed", "accepted", "refused", "answered", "hearing", "ended"]


class WantedDocument(Strict):
    """A paper that is handed in within the term."""

    code: Text = Field(min_length=1, max_length=64, pattern=r"^[a-z][a-z0-9_]*$")
    name: Text = Field(min_length=1, max_length=100, description="材料名称 / what it is called")


class StatutoryClock(Row):
    """One term. The day that begins it does not count; it ends with its last day."""

    name: Text = Field(min_length=1, max_length=100, description="期限名称 / its name")
    matter: Matter = Field(description="何种事项 / kind of matter")
    starts: Step = Field(description="起算 / what begins it")
    ends: list[Step] = Field(min_length=1, max_length=8, description="因何终止 / any of these ends it")
    days: int = Field(ge=1, le=3000, description="天数 / how many days")
    unit: Literal["calendar_day", "work_day"] = Field(description="自然日或工作日 / what is counted")
    warn_days_before: int = Field(
        ge=0, le=365, description="提前几个自然日提醒 / calendar days before the end to warn"
    )
    legal_basis: Basis = Field(description="依据 / where it is written")
    documents: list[WantedDocument] = Field(
        default_factory=list, max_length=30, description="应备材料 / documents to be handed in"
    )


def _ends_itself(rows: Sequence[StatutoryClock]) -> Iterable[Fault]:
    for place, row in enumerate(rows):
        if row.starts in row.ends:
            yield Fault("clock_ends_itself", f"/rows/{place}/ends", {"code": row.code})


BOOK = Book("statutory_clocks", StatutoryClock, check=_ends_itself, keepers=("admin", "reviewer"))
