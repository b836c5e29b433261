"""Which of the three means of 721 a step is: service, management or enforcement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Literal, get_args

from pydantic import Field

from server.contract import Text
from server.rulebooks.book import Book, Fault, Row

Means = Literal["service", "management", "enforcement"]
MEANS: Final[tuple[Means, ...]] = get_args(Means)
Origin = Literal["case_action", "visit_kind", "law_card", "record_form", "enforcement_step"]
EVERY: Final = "*"


class MeansTag(Row):
    """One kind of step. A form and a step of enforcement say their means themselves; a tag of that name outranks it."""

    of: Origin = Field(
        description="步骤来源:案卷动作、走访登记、普法卡、表单记录、执法步骤 / what kind of thing the step is"
    )
    name: Text = Field(
        min_length=1,
        max_length=64,
        description="动作、走访类型、普法卡或表单的代码,* 为其余全部 / its code; *: every other of its kind",
        examples=["case.replied"],
    )
    label: Text = Field(min_length=1, max_length=100, description="名称 / what people call it")
    label_en: Text = Field(min_length=1, max_length=100)
    means: Means = Field(description="服务、管理或执法")


def _named_twice(rows: Sequence[MeansTag]) -> Iterable[Fault]:
    seen: set[tuple[str, str]] = set()
    for place, row in enumerate(rows):
        if (row.of, row.name) in seen:
            yield Fault("step_twice", f"/rows/{place}/name", {"of": row.of, "name": row.name})
        seen.add((row.of, row.name))


BOOK = Book("means_tags", MeansTag, _named_twice)
