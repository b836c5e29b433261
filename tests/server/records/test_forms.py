"""Forms as data: what keeps one from being used, and how answers score."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.records.judging import judge
from server.rulebooks.book import BookRefused
from server.rulebooks.books.forms import BOOK, Form

FIELDS = [
    {"code": "ground", "label": "地面", "label_en": "Ground", "type": "score", "max": 40, "head": "clean"},
    {"code": "bins", "label": "垃圾桶", "label_en": "Bins", "type": "score", "max": 10, "head": "clean"},
    {"code": "seen", "label": "查看", "label_en": "Seen", "type": "number", "required": False},
    {"code": "said", "label": "意见", "label_en": "Said", "type": "text", "required": False},
    {"code": "kind", "label": "类别", "label_en": "Kind", "type": "choice", "required": False,
     "options": [{"code": "a", "name": "甲", "name_en": "A"}, {"code": "b", "name": "乙", "name_en": "B"}]},
    {"code": "ok", "label": "合格", "label_en": "Fine", "type": "yes_no", "required": False},
    {"code": "photos", "label": "照片", "label_en": "Photos", "type": "photos", "max": 2, "required": False},
]  # fmt: skip
FORM = {
    "code": "look",
    "name": "查看",
    "name_en": "A look",
    "practice": [9],
    "about": "place",
    "fills": ["officer"],
    "fields": FIELDS,
    "heads": [{"code": "clean", "name": "洁净", "name_en": "Clean"}],
    "score": "clean - 100 * (kind == 'b') / seen",
}


def changed(**members: Any) -> dict[str, Any]:
    return {**FORM, **members}


def with_field(place: int, **members: Any) -> dict[str, Any]:
    fields = [{**field, **(members if number == place else {})} for number, field in enumerate(FIELDS)]
    return changed(fields=fields)


FAULTY = {
    "divides by nought": (changed(score="ground / (2 - 2)"), "/rows/0/score", "1"),
    "names an unknown field": (changed(score="ground + dirt"), "/rows/0/score", "10"),
    "uses words in arithmetic": (changed(score="ground + said"), "/rows/0/score", "said"),
    "is no formula": (changed(score="ground +"), "/rows/0/score", ""),
    "a head names a head": (
        changed(heads=[{"code": "clean", "name": "洁净", "name_en": "Clean", "score": "clean + 1"}]),
        "/rows/0/heads/0/score",
        "clean",
    ),
    "code twice": (with_field(1, code="ground"), "/rows/0/fields/1/code", "ground"),
    "a word of formulas": (with_field(3, code="min"), "/rows/0/fields/3/code", "min"),
    "a score without its most": (with_field(0, max=None), "/rows/0/fields/0/max", "ground"),
    "bounds the wrong way round": (with_field(2, min=5, max=1), "/rows/0/fields/2/max", "seen"),
    "a choice without options": (with_field(4, options=[]), "/rows/0/fields/4/options", "kind"),
    "an unknown head": (with_field(1, head="tidy"), "/rows/0/fields/1/head", "tidy"),
    "a flag of no form": (
        changed(flagged_by={"form": "model", "field": "yes"}),
        "/rows/0/flagged_by",
        "model",
    ),
    "a visit of no zone": (changed(counts_as_visit="service"), "/rows/0", "visit"),
}


@pytest.mark.parametrize("what", FAULTY)
def test_a_form_that_cannot_be_used_is_refused_where_it_is_wrong(what: str) -> None:
    form, path, said = FAULTY[what]
    with pytest.raises(BookRefused) as refused:
        BOOK.read([form], lambda _: {}, rows_max=10)
    assert [fault.path for fault in refused.value.found] == [path]
    assert said in refused.value.found[0].message()


@settings(max_examples=30)
@given(st.integers(0, 40), st.integers(0, 10), st.none() | st.integers(0, 9), st.sampled_from("ab"))
def test_a_score_is_what_its_formula_says_to_the_hundredth_or_there_is_a_reason(
    ground: int, bins: int, seen: int | None, kind: str
) -> None:
    judged = judge(
        Form.model_validate(FORM), {"ground": ground, "bins": bins, "seen": seen, "kind": kind}, text_max=10
    )
    assert judged.faults == () and judged.score is not None
    # Its head in per cent of the most; rounded halves up, without any binary fraction.
    assert judged.heads["clean"].value == Fraction(2 * (ground + bins))
    if not seen:
        assert judged.score.as_json() == {
            "score": None,
            "why": "unanswered" if seen is None else "divides_by_zero",
        }
    else:
        exact = Fraction(2 * (ground + bins)) - (Fraction(100, seen) if kind == "b" else 0)
        assert judged.score.value is not None
        assert abs(judged.score.value - exact) <= Fraction(1, 200)
        assert (judged.score.value * 100).denominator == 1


WRONG = {
    "ground": (41, -1, True, "40", 1e400),
    "said": ("x" * 11, 5, "a\x00b"),
    "kind": ("c", ["a"], 1),
    "ok": (1, "true"),
    "photos": (["0" * 63], ["0" * 64] * 2, ["0" * 64, "1" * 64, "2" * 64], "0" * 64),
    "dirt": (1,),
}


def test_an_answer_that_does_not_fit_its_field_is_named_and_scores_nothing() -> None:
    form, fine = Form.model_validate(FORM), {"ground": 40, "bins": 10}
    for code, values in WRONG.items():
        for value in values:
            judged = judge(form, {**fine, code: value}, text_max=10)
            assert [fault["path"] for fault in judged.faults] == [f"/answers/{code}"], (code, value)
            assert judged.answers.get(code) is None
    assert [fault["path"] for fault in judge(form, {"ground": 40}, text_max=10).faults] == ["/answers/bins"]
