"""Indicators as data: what is divided by what, times which factor. Pure; numbers come in, figures go out.

Which cases a measure counts stands once, in the view `case_moment_v1` (migration 0057); a formula only says which
measures are added up above and below the line. The denominator of a closing rate is the cases that were due, not those
that were filed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final, Literal, get_args

Measure = Literal[
    "accepted",
    "registered",
    "refused",
    "due",
    "closed",
    "closed_on_time",
    "reworked",
    "rechecked",
    "recheck_failed",
]
"""What can be counted; docs/assessment.md says what each means."""
MEASURES: Final[tuple[str, ...]] = get_args(Measure)


@dataclass(frozen=True)
class Formula:
    """One indicator.

    Attributes:
        numerator, denominator: measures added up; no denominator makes it a plain count.
        factor: 100 for a percentage, a weight for points of a scoring sheet.
        decimals: places kept, halves away from zero.
    """

    code: str
    name: str
    name_en: str
    numerator: tuple[str, ...]
    denominator: tuple[str, ...]
    factor: Decimal
    decimals: int

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Formula:
        return cls(
            given["code"],
            given["name"],
            given["name_en"],
            tuple(given["numerator"]),
            tuple(given["denominator"]),
            Decimal(given["factor"]),
            given["decimals"],
        )


@dataclass(frozen=True)
class Figure:
    """An indicator's value with its inputs beside it: published sums may not add, so both are always shown.

    `value` is None where nothing stands below the line: an empty township has no rate, not one of nought.
    """

    formula: Formula
    numerator: int
    denominator: int | None
    value: Decimal | None


def figure(formula: Formula, measures: Mapping[str, int]) -> Figure:
    """The value of a formula over counted measures; a measure that is not there counts nought.

    >>> rate = Formula("closing_rate", "结案率", "closing rate", ("closed",), ("due",), Decimal(100), 2)
    >>> str(figure(rate, {"closed": 911, "due": 972}).value)
    '93.72'
    """
    above = _sum(formula.numerator, measures)
    if not formula.denominator:
        return Figure(formula, above, None, _rounded(above * formula.factor, formula.decimals))
    below = _sum(formula.denominator, measures)
    value = _rounded(above * formula.factor / below, formula.decimals) if below else None
    return Figure(formula, above, below, value)


def _sum(names: Sequence[str], measures: Mapping[str, int]) -> int:
    return sum(measures.get(name, 0) for name in names)


def _rounded(value: Decimal, decimals: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
