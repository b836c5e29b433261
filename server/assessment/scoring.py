"""Scores of townships from counts, by one scorecard. Pure and exact: the same inputs give the same bytes everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from hashlib import sha256
from typing import Any

import orjson

from server.rulebooks.books.scorecards import Scorecard
from server.rulebooks.expressions import Expression, NoValue, rounded, written

Inputs = Mapping[str, Mapping[str, int | str | None]]
"""By code of township: counts as numbers, means as decimal text; None where there is none."""


def bytes_of(told: Any) -> bytes:
    """What is kept and compared: JSON with sorted members."""
    return orjson.dumps(told, option=orjson.OPT_SORT_KEYS)


def digest_of(told: bytes) -> str:
    return sha256(told).hexdigest()


def ranking(card: Scorecard, inputs: Inputs) -> list[dict[str, Any]]:
    """Every township with its score, parts and rank, the best first; those without a score last, and without a rank.

    The score is the weighted mean of the parts that have a value: a township that nothing was handed to has no share of
    what it acknowledged. A part without a value says why. Equal scores, as they are shown, have one rank.
    """
    formulas = [Expression(part.points, card.fields) for part in card.parts]
    scored = [(code, *_scored(card, formulas, values)) for code, values in inputs.items()]
    scored.sort(key=lambda one: (one[1] is None, -(one[1] or 0), one[0]))
    scores = [score for _, score, _ in scored]
    return [
        {
            "township": code,
            "score": None if score is None else written(score),
            "rank": None if score is None else scores.index(score) + 1,
            "parts": parts,
        }
        for code, score, parts in scored
    ]


def _scored(
    card: Scorecard, formulas: Sequence[Expression], values: Mapping[str, int | str | None]
) -> tuple[Fraction | None, list[dict[str, Any]]]:
    exact = {name: None if value is None else Fraction(value) for name, value in values.items()}
    total, weights, parts = Fraction(), Fraction(), []
    for part, formula in zip(card.parts, formulas, strict=True):
        told: dict[str, Any] = {"code": part.code, "points": None, "missing": None}
        try:
            points = formula.number(exact)
        except NoValue:
            told["missing"] = _why(formula, exact)
        else:
            told["points"] = written(points)
            total += points * Fraction(part.weight)
            weights += Fraction(part.weight)
        parts.append(told)
    return (rounded(total / weights, 2) if weights else None), parts


def _why(formula: Expression, values: Mapping[str, Fraction | None]) -> str:
    """Which inputs there are none of, or that it divides by nought."""
    absent = sorted(name for name in formula.names if values.get(name) is None)
    return ",".join(absent) or "divides_by_zero"
