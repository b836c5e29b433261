"""Formulas as data: what is refused and where, and that what is taken is worked out exactly."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.rulebooks.expressions import Expression, ExpressionRefused, NoValue, rounded

FIELDS = frozenset({"passed", "seen", "harm", "first"})


@pytest.mark.parametrize(
    ("formula", "code", "column"),
    [
        ("passed + ", "syntax", 10),
        ("100 * pased / seen", "unknown_field", 7),
        ("passed / (3 - 3)", "divides_by_zero", 1),
        ("passed % 0", "divides_by_zero", 1),
        ("passed ** 99", "not_allowed", 8),
        ("passed.real", "not_allowed", 1),
        ("(lambda: 1)()", "not_allowed", 1),
        ("[seen for seen in passed]", "not_allowed", 1),
        ("open('x')", "not_allowed", 1),
        ("harm == None", "not_allowed", 9),
        ("harm in passed", "not_allowed", 1),
        ("'%9d' % passed", "not_allowed", 1),
        ("round(passed, 99999999)", "not_allowed", 1),
        ("round(passed, seen)", "not_allowed", 1),
        ("max(passed)", "not_allowed", 1),
        ("passed * 1e400", "not_allowed", 10),
        ("passed + min", "unknown_field", 10),
        ("-" * 499 + "1", "too_deep", 1),
        ("1 + " * 200 + "1", "too_long", 500),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place(formula: str, code: str, column: int) -> None:
    with pytest.raises(ExpressionRefused) as refused:
        Expression(formula, FIELDS)
    assert refused.value.code == code
    if code not in ("syntax", "not_allowed"):
        assert refused.value.column == column


@settings(max_examples=40, deadline=None)
@given(st.integers(-1000, 1000), st.integers(1, 999), st.integers(0, 4))
def test_numbers_are_exact_and_halves_are_rounded_away_from_nought(top: int, under: int, places: int) -> None:
    exact = Expression("0.1 * passed + 0.2 * passed - 0.3 * passed + passed / seen", FIELDS)
    assert exact.number({"passed": top, "seen": under}) == Fraction(top, under)
    told = Expression(f"round(passed / seen, {places})", FIELDS).number({"passed": top, "seen": under})
    assert told == rounded(Fraction(top, under), places)
    off = abs(told - Fraction(top, under)) * 10**places
    assert off <= Fraction(1, 2)
    if off == Fraction(1, 2):
        assert abs(told) > abs(Fraction(top, under))


def test_what_has_no_value_says_so_and_is_never_nought() -> None:
    share = Expression("100 * passed / seen", FIELDS)
    for known in (
        {"passed": 1, "seen": 0},
        {"passed": 1},
        {"passed": 1, "seen": None},
        {"passed": "x", "seen": 1},
        {"passed": 10**29, "seen": 1},
    ):
        with pytest.raises(NoValue):
            share.value(known)
    with pytest.raises(NoValue):
        Expression("round(harm)", FIELDS).value({"harm": "none"})
    mild = Expression("first and harm == 'none' and passed >= 0.5", FIELDS)
    assert mild.value({"first": True, "harm": "none", "passed": 0.5}) is True
    assert not mild.value({"first": True, "harm": "some", "passed": 1})
    assert Expression("first", FIELDS).number({"first": True}) == 1
