"""Whether answers fit a form, and what they score. Knows no database: the same answers score the same everywhere."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from server.rulebooks.books.forms import NUMBERS, WORDLESS, Form, FormField, Head, formula_names
from server.rulebooks.expressions import Expression, NoValue, rounded, written

_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
PHOTOS_MAX = 9
"""Photos of a field whose form says no other number."""


@dataclass(frozen=True)
class Scored:
    """A score, rounded to hundredths, or why there is none: `divides_by_zero` or `unanswered`."""

    value: Fraction | None
    why: str | None = None

    def as_json(self) -> dict[str, str | None]:
        return {"score": None if self.value is None else written(self.value), "why": self.why}


@dataclass(frozen=True)
class Judged:
    """What became of answers.

    Attributes:
        answers: those that fit, what was left empty not among them.
        faults: path and sentence of each that does not.
        score: None where the form has no formula.
    """

    answers: Mapping[str, Any]
    faults: tuple[dict[str, str], ...]
    score: Scored | None
    heads: Mapping[str, Scored]

    @property
    def photos(self) -> list[str]:
        """Digests of all photos, each once."""
        return sorted({one for value in self.answers.values() if isinstance(value, list) for one in value})


def judge(form: Form, given: Mapping[str, Any], text_max: int) -> Judged:
    """Check answers against a form and score what fits. text_max: characters of a text."""
    known = {field.code for field in form.fields}
    faults = [_fault(code, "此表单没有这一项 / no such field") for code in given if code not in known]
    answers: dict[str, Any] = {}
    for field in form.fields:
        value = given.get(field.code)
        if value is None or value == "" or value == []:
            if field.required:
                faults.append(_fault(field.code, "必填 / wanted"))
            continue
        wrong = _CHECKS[field.type](field, value, text_max)
        if wrong:
            faults.append(_fault(field.code, wrong))
        else:
            answers[field.code] = value
    heads = {head.code: _head(form, head, answers) for head in form.heads}
    return Judged(answers, tuple(faults), _whole(form, answers, heads), heads)


def _fault(code: str, message: str) -> dict[str, str]:
    return {"path": f"/answers/{code}", "message": message}


# --- Answers ----------------------------------------------------------------------------------------------------


def _number(field: FormField, value: Any, _: int) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return "须为数字 / a number wanted"
    if field.type == "people_count" and value != int(value):
        return "须为整数 / a whole number wanted"
    least = field.min if field.min is not None else None if field.type == "number" else 0
    if least is not None and value < least:
        return f"不小于 {least:g} / at least {least:g}"
    if field.max is not None and value > field.max:
        return f"不大于 {field.max:g} / at most {field.max:g}"
    return None


def _yes_no(_: FormField, value: Any, __: int) -> str | None:
    return None if isinstance(value, bool) else "须为是或否 / true or false wanted"


def _text(field: FormField, value: Any, text_max: int) -> str | None:
    if not isinstance(value, str) or not value.strip() or "\x00" in value:
        return "须为文字 / text wanted"
    most = int(field.max) if field.max else text_max
    return f"至多 {most} 字 / at most {most} characters" if len(value) > most else None


def _choice(field: FormField, value: Any, _: int) -> str | None:
    if value in [option.code for option in field.options]:
        return None
    return "须从选项中选 / one of the options wanted"


def _day(_: FormField, value: Any, __: int) -> str | None:
    try:
        if isinstance(value, str) and date.fromisoformat(value).isoformat() == value:
            return None
    except ValueError:
        pass
    return "须为日期 / a day wanted, as 2026-11-25"


def _photos(field: FormField, value: Any, _: int) -> str | None:
    if not isinstance(value, list) or not all(
        isinstance(one, str) and _SHA256.fullmatch(one) for one in value
    ):
        return "须为照片的 SHA-256 / SHA-256 digests of photos wanted"
    most = int(field.max) if field.max else PHOTOS_MAX
    if len(value) > most or len(value) < (field.min or 0) or len(set(value)) < len(value):
        return f"照片 {field.min or 0:g} 至 {most} 张,不重复 / {field.min or 0:g} to {most} photos, each once"
    return None


_CHECKS: Mapping[str, Callable[[FormField, Any, int], str | None]] = {
    **dict.fromkeys(NUMBERS, _number),
    "yes_no": _yes_no,
    "text": _text,
    "choice": _choice,
    "date": _day,
    "photos": _photos,
}


# --- Scores -----------------------------------------------------------------------------------------------------


def _values(form: Form, answers: Mapping[str, Any]) -> dict[str, Any]:
    """What formulas may name, of what was answered: photos by their number."""
    return {
        field.code: len(answers[field.code]) if field.type == "photos" else answers[field.code]
        for field in form.fields
        if field.type not in WORDLESS and field.code in answers
    }


def _head(form: Form, head: Head, answers: Mapping[str, Any]) -> Scored:
    if head.score is not None:
        return _formula(head.score, formula_names(form, heads=False), _values(form, answers))
    parts = form.values_of_head(head)
    if any(part.code not in answers for part in parts if part.required):
        return Scored(None, "unanswered")
    # What need not be answered and was not takes no part.
    shares = list(_shares(parts, answers))
    most = sum((full for _, full in shares), Fraction(0))
    if not most:
        return Scored(None, "unanswered")
    return Scored(rounded(100 * sum((got for got, _ in shares), Fraction(0)) / most, 2))


def _shares(parts: list[FormField], answers: Mapping[str, Any]) -> Iterator[tuple[Fraction, Fraction]]:
    for part in parts:
        if part.code in answers:
            yield Fraction(str(answers[part.code])), Fraction(str(part.max))


def _whole(form: Form, answers: Mapping[str, Any], heads: Mapping[str, Scored]) -> Scored | None:
    if form.score is None:
        return None
    values = {**_values(form, answers), **{code: head.value for code, head in heads.items()}}
    return _formula(form.score, formula_names(form, heads=True), values)


def _formula(text: str, names: frozenset[str], values: Mapping[str, Any]) -> Scored:
    try:
        return Scored(rounded(Expression(text, names).number(values), 2))
    except NoValue as none:
        return Scored(None, "divides_by_zero" if str(none) == "divides_by_zero" else "unanswered")
