"""Formulas and conditions as data: arithmetic and logic over named fields, checked when they are imported.

Evaluated exactly, with fractions, so that the same events give the same list to the last digit on every machine.
simpleeval walks the syntax tree; what a formula may be made of is narrower here than there.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from fractions import Fraction
from math import isfinite
from typing import Any, Final

from simpleeval import InvalidExpression, SimpleEval

Value = Fraction | bool | str
LENGTH_MAX: Final = 500
DEPTH_MAX: Final = 100
"""Parts within parts: `a + b + c` is two deep. Python itself stops at about ten times as many."""
PLACES_MAX: Final = 9
_LARGEST: Final = 10**30
_LONGEST: Final = 10**1000
"""Of a value, and of what stands below its fraction bar: more of either is a mistake, and cannot be written."""

_OPERATORS = {
    operator: works
    for operator, works in SimpleEval().operators.items()
    if operator
    in (
        ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.UAdd, ast.USub, ast.Not,
        ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE,
    )
}  # fmt: skip
_FUNCTIONS = {
    "min": min,
    "max": max,
    "abs": abs,
    "round": lambda value, places=0: rounded(value, int(places)),
}
_TAKES = {"min": range(2, LENGTH_MAX), "max": range(2, LENGTH_MAX), "abs": range(1, 2), "round": range(1, 3)}
_MADE_OF = (
    ast.Expression, ast.BoolOp, ast.BinOp, ast.UnaryOp, ast.IfExp, ast.Compare, ast.Name, ast.Load, ast.And, ast.Or,
    *_OPERATORS,
)  # fmt: skip


class ExpressionRefused(Exception):
    """A formula that cannot be used: `code` of the fault, `column` from 1 where it is, and what it names."""

    def __init__(self, code: str, column: int, said: str) -> None:
        self.code, self.column, self.said = code, column, said
        super().__init__(f"{code} at {column}: {said}")


class NoValue(Exception):
    """A formula that has no value for these fields: something is divided by nought, or a field is not known."""


class Expression:
    """One formula, checked.

    Args:
        text: as `base + plus - minus`, `first and corrected_in_time and harm == 'none'`, `100 * passed / seen`;
            + - * / // %, comparisons, and, or, not, `a if b else c`, min, max, abs, round(value, places).
            The places are a number from 0 to 9, and words only stand in comparisons.
        fields: names it may use.
    Raises:
        ExpressionRefused: `syntax`, `unknown_field`, `not_allowed`, `divides_by_zero`, `too_long`, `too_deep`.
    """

    def __init__(self, text: str, fields: Collection[str]) -> None:
        self.text = text
        if len(text) > LENGTH_MAX:
            raise ExpressionRefused("too_long", LENGTH_MAX, str(len(text)))
        try:
            self._tree = ast.parse(text.strip(), mode="eval")
        except (SyntaxError, ValueError, RecursionError) as error:
            column = getattr(error, "offset", None) or len(text)
            raise ExpressionRefused("syntax", column, text) from error
        if _deeper(self._tree, DEPTH_MAX):
            raise ExpressionRefused("too_deep", 1, str(DEPTH_MAX))
        for refused in _faults(self._tree, fields):
            raise refused
        self.names = frozenset(
            node.id
            for node in ast.walk(self._tree)
            if isinstance(node, ast.Name) and node.id not in _FUNCTIONS
        )

    def value(self, fields: Mapping[str, Any]) -> Value:
        """Its value; numbers are taken exactly, as written. Raises NoValue."""
        exact = {name: _exact(fields[name]) for name in self.names if fields.get(name) is not None}
        evaluator = _Exact(operators=_OPERATORS, functions=_FUNCTIONS, names=exact)
        try:
            found: Value = evaluator.eval(self.text, previously_parsed=self._tree.body)
        except ZeroDivisionError as error:
            raise NoValue("divides_by_zero") from error
        except (InvalidExpression, TypeError, ValueError) as error:
            raise NoValue(str(error)) from error
        if isinstance(found, Fraction) and (abs(found) > _LARGEST or found.denominator > _LONGEST):
            raise NoValue("too_large")
        return found

    def number(self, fields: Mapping[str, Any]) -> Fraction:
        """Its value as a number; true is 1. Raises NoValue."""
        found = self.value(fields)
        if isinstance(found, str):
            raise NoValue("no number")
        return Fraction(found)


def rounded(value: Fraction | int, places: int) -> Fraction:
    """Rounded to decimal places, halves away from nought.

    >>> str(rounded(Fraction(2675, 1000), 2))
    '67/25'
    """
    scaled = abs(Fraction(value)) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Fraction(whole if value >= 0 else -whole, 10**places)


def written(value: Fraction, places: int = 2) -> str:
    """A number as people read it, with as many decimal places at most as it needs.

    >>> written(Fraction(187, 2)), written(Fraction(100))
    ('93.5', '100')
    """
    scaled = int(rounded(value, places) * 10**places)
    whole, rest = divmod(abs(scaled), 10**places)
    told = f"{'-' if scaled < 0 else ''}{whole}.{rest:0{places}d}"
    return told.rstrip("0").rstrip(".")


class _Exact(SimpleEval):  # type: ignore[misc]
    """Constants as they are written, not as the nearest binary number."""

    def _eval_constant(self, node: ast.Constant) -> Any:
        return _exact(node.value)


def _exact(value: Any) -> Value:
    if isinstance(value, (bool, str)):
        return value
    return Fraction(str(value)) if isinstance(value, float) else Fraction(value)


def _deeper(tree: ast.AST, most: int) -> bool:
    """Whether a tree has more levels than that: asked for level by level, since going down is what may not be done."""
    level = [tree]
    while level and most:
        level, most = [child for node in level for child in ast.iter_child_nodes(node)], most - 1
    return bool(level)


def _faults(tree: ast.Expression, fields: Collection[str]) -> Iterator[ExpressionRefused]:
    """What may not stand there: a function is a name that is called, and a word is something to compare with."""
    called: set[ast.AST] = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
    compared = {
        child
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare)
        for child in ast.iter_child_nodes(node)
    }
    for node in ast.walk(tree):
        if node not in called:
            found = _fault(node, fields, compared)
            if found is not None:
                code, said = found
                yield ExpressionRefused(code, getattr(node, "col_offset", 0) + 1, said)


def _fault(node: ast.AST, fields: Collection[str], compared: Collection[ast.AST]) -> tuple[str, str] | None:
    match node:
        case ast.Constant(value=value):
            number = isinstance(value, bool | int) or (isinstance(value, float) and isfinite(value))
            word = isinstance(value, str) and node in compared
            return None if number or word else ("not_allowed", repr(value))
        case ast.Call():
            return None if _can_be_called(node) else ("not_allowed", ast.unparse(node))
        case ast.Name(id=name) if name not in fields:
            return "unknown_field", name
        case ast.BinOp(op=ast.Div() | ast.FloorDiv() | ast.Mod(), right=right) if _is_nought(right):
            return "divides_by_zero", ast.unparse(right)
    return None if isinstance(node, _MADE_OF) else ("not_allowed", type(node).__name__)


def _can_be_called(call: ast.Call) -> bool:
    """A function with as many values as it takes; decimal places are written out."""
    match call:
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if len(args) in _TAKES.get(name, ()):
            if name != "round" or len(args) == 1:
                return True
            places = args[1]
            return isinstance(places, ast.Constant) and places.value in range(PLACES_MAX + 1)
    return False


def _is_nought(node: ast.expr) -> bool:
    """Whether a part without fields comes to nought."""
    evaluator = _Exact(operators=_OPERATORS, functions=_FUNCTIONS, names={})
    try:
        return bool(evaluator.eval("", previously_parsed=node) == 0)
    except (InvalidExpression, ArithmeticError, TypeError, ValueError, LookupError):
        # It names fields, or has a fault that is told of its own place.
        return False
