"""How shops are rated: what a score begins with, what adds to it and takes from it, how that fades, and who is listed.

One row is the whole scheme. What was entered in a ledger keeps its points, and fades by the set it was entered by.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from server.contract import Strict, Text
from server.rulebooks.book import Basis, Book, Fault, Row
from server.rulebooks.books.forms import Form, formula_names
from server.rulebooks.formulas import formula_faults

# What each formula may speak of.
POINTS = ("repeats", "overdue", "reworks")
DECAY = ("points", "age_days")
SCORE = ("base", "plus", "minus")
LISTING = ("score", "base", "plus", "minus", "events", "minus_events", "good_months")

_Name = Annotated[Text, Field(min_length=1, max_length=200)]
_Formula = Annotated[Text, Field(min_length=1, max_length=500)]


class ScoreEvent(Strict):
    """Something that adds to a score or takes from it."""

    code: Text = Field(pattern=r"^[a-z0-9_]{1,64}$")
    name: _Name
    name_en: _Name
    kind: Literal["plus", "minus"]
    points: _Formula = Field(
        description="分值,可用 repeats(此前同类次数)、overdue(是否逾期)、reworks(返工次数);"
        "由记录计入的,可用 repeats、score 与表单各项 / points, not below 0; of a record over score and its fields"
    )
    decay: _Formula | None = Field(
        None,
        description="余下分值,可用 points、age_days;缺省不衰减 / what is left of the points; left out: all of them",
    )
    categories: list[_Name] = Field(
        [],
        max_length=200,
        description="这些类别的案卷结案时自动计分 / a closed case of these categories is entered by itself",
    )
    form: _Name | None = Field(
        None,
        description="此表单的记录自动计分 / a record of this form is entered by itself, where `when` holds",
    )
    when: _Formula | None = Field(
        None, description="记录计入的条件,可用 score 与表单各项 / over the score and the fields of the record"
    )

    @model_validator(mode="after")
    def _of_one_kind(self) -> Self:
        if (self.form is None) != (self.when is None) or (self.form and self.categories):
            raise ValueError("form and when stand together, and without categories")
        return self


class RatingRule(Row):
    """The whole scheme."""

    name: _Name
    name_en: _Name
    base: int = Field(ge=0, le=10_000, description="起始分 / what a score begins with")
    score: _Formula = Field("base + plus - minus", description="得分,可用 base、plus、minus / the score")
    events: list[ScoreEvent] = Field(min_length=1, max_length=200)
    red: _Formula = Field(
        description="上红榜的条件,可用 score、plus、minus、events、minus_events、good_months / who is on the red list"
    )
    black: _Formula = Field(description="上黑榜的条件 / who is on the black list; it goes before red")
    month_score: int = Field(90, description="当月末得分不低于此为良好 / a month ends well with this score")
    five_star: _Formula | None = Field(
        None, description="五星的条件,good_months 为当年良好的月数 / who has five stars"
    )
    five_star_basis: Basis | None = None
    notice_days: int = Field(ge=1, le=365, description="公示天数 / days a draft is open to the shops on it")
    appeal_days: int = Field(
        ge=1, le=365, description="公示起可申诉天数 / days to appeal, from the notice on"
    )
    basis: Basis | None = None

    def event(self, code: str) -> ScoreEvent | None:
        """An event by its code."""
        return next((event for event in self.events if event.code == code), None)


def _check(rows: Sequence[RatingRule]) -> Iterator[Fault]:
    if len(rows) != 1:
        yield Fault("one_scheme", "/rows", {"count": len(rows)})
    for place, row in enumerate(rows):
        at = f"/rows/{place}"
        yield from formula_faults(row.score, SCORE, f"{at}/score")
        for name in ("red", "black", "five_star"):
            yield from formula_faults(getattr(row, name), LISTING, f"{at}/{name}")
        yield from _event_faults(row, at)


def _event_faults(row: RatingRule, at: str) -> Iterator[Fault]:
    codes: set[str] = set()
    categories: set[str] = set()
    for nth, event in enumerate(row.events):
        path = f"{at}/events/{nth}"
        if event.form is None:
            yield from formula_faults(event.points, POINTS, f"{path}/points")
        yield from formula_faults(event.decay, DECAY, f"{path}/decay")
        if event.code in codes:
            yield Fault("code_twice", f"{path}/code", {"code": event.code})
        codes.add(event.code)
        for category in event.categories:
            # A case is entered once: two events for one category would leave open which.
            if category in categories:
                yield Fault("code_twice", f"{path}/categories", {"code": category})
            categories.add(category)


def _beside_forms(rows: Sequence[RatingRule], forms: Mapping[str, Any]) -> Iterator[Fault]:
    """Events that name a form which is not there, or a field which that form does not have."""
    for place, row in enumerate(rows):
        for nth, event in enumerate(row.events):
            if event.form is None:
                continue
            path = f"/rows/{place}/events/{nth}"
            if event.form not in forms:
                yield Fault("unknown_code", f"{path}/form", {"code": event.form, "kind": "forms"})
                continue
            fields = formula_names(Form.model_validate(forms[event.form]), heads=False)
            yield from formula_faults(event.when, fields | {"score"}, f"{path}/when")
            yield from formula_faults(event.points, fields | {"score", "repeats"}, f"{path}/points")


BOOK = Book("rating_rules", RatingRule, _check, against={"forms": _beside_forms})
