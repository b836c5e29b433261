"""Forms: what is filled in when somebody looked, met, taught, counted or trained, and how it is scored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from keyword import iskeyword
from typing import Literal, Self

from pydantic import Field, model_validator

from server.contract import Strict, Text
from server.rulebooks.book import Book, Fault, Row
from server.rulebooks.formulas import formula_faults

About = Literal["subject", "zone", "street", "township", "case", "person", "place"]
ZoneKind = Literal["township", "community", "grid", "frontage", "parking", "site", "service_point"]
FieldType = Literal["score", "yes_no", "number", "text", "choice", "date", "people_count", "photos"]
Every = Literal["day", "week", "month", "quarter"]
Role = Literal[
    "officer", "acceptor", "dispatcher", "handler", "checker", "zone_manager", "reviewer", "intake", "admin"
]

NUMBERS = frozenset({"score", "number", "people_count"})
WORDLESS = frozenset({"text", "date"})
"""Types of fields that no formula can use."""
VISITED = frozenset({"frontage", "parking", "site", "service_point"})
"""Kinds of zones that are visited."""
_FUNCTIONS = frozenset({"min", "max", "abs", "round"})
_NAME = r"^[a-z][a-z0-9_]*$"


class Named(Strict):
    code: Text = Field(min_length=1, max_length=40, pattern=_NAME)
    name: Text = Field(min_length=1, max_length=100)
    name_en: Text = Field(min_length=1, max_length=100)


class FormField(Strict):
    """One thing to fill in. Its code is what formulas call it."""

    code: Text = Field(min_length=1, max_length=40, pattern=_NAME)
    label: Text = Field(min_length=1, max_length=100)
    label_en: Text = Field(min_length=1, max_length=100)
    type: FieldType
    min: float | None = Field(None, description="数值下限 / least number, or least photos")
    max: float | None = Field(None, description="数值上限;评分项必填 / greatest; a score needs it")
    unit: Text | None = Field(None, max_length=20)
    options: list[Named] = Field(default=[], max_length=50, description="选项,仅 choice / of a choice only")
    required: bool = True
    head: Text | None = Field(None, max_length=40, description="所属分项 / head it belongs to")


class Head(Named):
    """A part of a form with a score of its own."""

    score: Text | None = Field(
        None,
        description="公式,缺省为所属评分项得分之和占满分的百分数 / left out: its scores in per cent of their most",
    )


class Schedule(Strict):
    """How often a form is to be filled in, and for every zone of which kind."""

    every: Every
    zone_kind: ZoneKind
    due_hours: int | None = Field(
        None,
        ge=1,
        le=2400,
        description="自期初起若干小时内,缺省为期末 / hours from the start; left out: its end",
    )


class Flag(Strict):
    """Another form about the same, whose newest record says whether something is marked out, as a model street."""

    form: Text = Field(min_length=1, max_length=64)
    field: Text = Field(min_length=1, max_length=40, description="是非项 / a field of type yes_no")


class Form(Row):
    """One form.

    Attributes:
        sees: `body`: who fills it in, their body and the township it is about; `district`: who fills it in and the
            district; `own`: who fills it in, the person it is about, and the admins of their body.
        means: what the work counts as among service, management and enforcement.
        counts_as_visit: the kind of visit that a record makes of its zone.
        hot_spot: records count on the map of what people talk about.
        only_closed: only about a case that has come to its end.
    """

    name: Text = Field(min_length=1, max_length=100)
    name_en: Text = Field(min_length=1, max_length=100)
    practice: list[int] = Field(
        min_length=1, max_length=10, description="所服务的工作(行号) / rows it serves"
    )
    about: About
    zone_kinds: list[ZoneKind] = Field(default=[], max_length=7, description="about 为 zone 时 / of `zone`")
    fills: list[Role] = Field(min_length=1, max_length=9)
    sees: Literal["body", "district", "own"] = "body"
    means: Literal["service", "management", "enforcement"] | None = None
    counts_as_visit: Literal["inspection", "service"] | None = None
    hot_spot: bool = False
    only_closed: bool = False
    fields: list[FormField] = Field(min_length=1, max_length=60)
    heads: list[Head] = Field(default=[], max_length=12)
    score: Text | None = Field(
        None, description="公式,可用各项与各分项的代码 / formula over fields and heads"
    )
    schedule: Schedule | None = None
    flagged_by: Flag | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.about == "zone") != bool(self.zone_kinds):
            raise ValueError("zone_kinds belong to forms about a zone, and to those alone")
        if self.counts_as_visit and not (self.zone_kinds and VISITED.issuperset(self.zone_kinds)):
            raise ValueError("only a form about fronts, parking areas, sites or service points makes a visit")
        if self.only_closed and self.about != "case":
            raise ValueError("only_closed is said of forms about a case")
        if self.schedule and self.schedule.zone_kind not in self.zone_kinds:
            raise ValueError("a schedule is of a kind of zone that the form is about")
        return self

    def values_of_head(self, head: Head) -> list[FormField]:
        """The scores that belong to a head."""
        return [field for field in self.fields if field.head == head.code and field.type == "score"]


def formula_names(form: Form, *, heads: bool) -> frozenset[str]:
    """What a formula of a form may name: its fields that are no words, and for the whole score the heads."""
    fields = {field.code for field in form.fields if field.type not in WORDLESS}
    return frozenset(fields | ({head.code for head in form.heads} if heads else set()))


def _check(rows: Sequence[Form]) -> Iterable[Fault]:
    by_code = {row.code: row for row in rows}
    for place, form in enumerate(rows):
        at = f"/rows/{place}"
        yield from _names(form, at)
        for number, field in enumerate(form.fields):
            yield from _field(form, field, f"{at}/fields/{number}")
        yield from _formulas(form, at)
        if form.flagged_by:
            yield from _flag(form, form.flagged_by, by_code, f"{at}/flagged_by")


def _names(form: Form, at: str) -> Iterator[Fault]:
    seen: set[str] = set()
    codes = [(f"{at}/fields/{place}/code", field.code) for place, field in enumerate(form.fields)]
    codes += [(f"{at}/heads/{place}/code", head.code) for place, head in enumerate(form.heads)]
    for path, code in codes:
        if code in seen:
            yield Fault("form_name_twice", path, {"code": code})
        if iskeyword(code) or code in _FUNCTIONS:
            yield Fault("form_name_reserved", path, {"code": code})
        seen.add(code)


def _field(form: Form, field: FormField, at: str) -> Iterator[Fault]:
    if field.head is not None and field.head not in {head.code for head in form.heads}:
        yield Fault("form_head_unknown", f"{at}/head", {"code": field.head})
    if (field.type == "choice") != bool(field.options):
        yield Fault("form_options", f"{at}/options", {"code": field.code})
    if len({option.code for option in field.options}) < len(field.options):
        yield Fault("form_name_twice", f"{at}/options", {"code": field.code})
    least = field.min or 0
    if field.max is not None and field.max < least or (field.type == "score" and not field.max):
        yield Fault("form_bounds", f"{at}/max", {"code": field.code})


def _formulas(form: Form, at: str) -> Iterator[Fault]:
    for number, head in enumerate(form.heads):
        yield from formula_faults(head.score, formula_names(form, heads=False), f"{at}/heads/{number}/score")
        if head.score is None and not form.values_of_head(head):
            yield Fault("form_head_empty", f"{at}/heads/{number}", {"code": head.code})
    yield from formula_faults(form.score, formula_names(form, heads=True), f"{at}/score")


def _flag(form: Form, flag: Flag, by_code: dict[str, Form], at: str) -> Iterator[Fault]:
    named = by_code.get(flag.form)
    fields = {field.code: field.type for field in named.fields} if named else {}
    if named is None or named.about != form.about or fields.get(flag.field) != "yes_no":
        yield Fault("form_flag", at, {"code": flag.form, "field": flag.field})


BOOK = Book("forms", Form, check=_check, keepers=("admin", "reviewer", "zone_manager"))
