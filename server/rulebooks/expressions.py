"""Formulas and conditions as data: arithmetic and logic over named fields, checked when they are imported.

Evaluated exactly, with fractions, so that the same events give the same list to the last digit on every machine.
simpleeval walks the syntax tree; what a formula may be made of is narrower here than there.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from fractions import Fraction
from typing import Any, Final

from simpleeval import InvalidExpression, SimpleEval

Value = Fraction | bool | str
LENGTH_MAX: Final = 500

_OPERATORS = {
    operator: works
    for operator, works in SimpleEval().operators.items()
    if operator
    not in (ast.Pow, ast.LShift, ast.RShift, ast.BitXor, ast.BitAnd, ast.BitOr, ast.Invert, ast.In)
}
_FUNCTIONS = {
    "min": min,
    "max": max,
    "abs": abs,
    "round": lambda value, places=0: rounded(value, int(places)),
}
_MADE_OF = (
    ast.Expression, ast.BoolOp, ast.BinOp, ast.UnaryOp, ast.IfExp, ast.Compare, ast.Call, ast.Name, ast.Constant,
    ast.Load, ast.boolop, ast.operator, ast.unaryop, ast.cmpop,
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
        fields: names it may use.
    Raises:
        ExpressionRefused: `syntax`, `unknown_field`, `not_allowed`, `divides_by_zero`, `too_long`.
    """

    def __init__(self, text: str, fields: Collection[str]) -> None:
        self.text = text
        if len(text) > LENGTH_MAX:
            raise ExpressionRefused("too_long", LENGTH_MAX, str(len(text)))
        try:
            self._tree = ast.parse(text.strip(), mode="eval")
        except (SyntaxError, ValueError, RecursionError) as error:
            column = getattr(error, "offset", None) or 1
            raise ExpressionRefused("syntax", column, text) from error
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
            return evaluator.eval(self.text, previously_parsed=self._tree.body)  # type: ignore[no-any-return]
        except ZeroDivisionError as error:
            raise NoValue("divides_by_zero") from error
        except (InvalidExpression, TypeError) as error:
            raise NoValue(str(error)) from error

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
    told = f"{float(rounded(value, places)):.{places}f}"
    return told.rstrip("0").rstrip(".") if "." in told else told


class _Exact(SimpleEval):  # type: ignore[misc]
    """Constants as they are written, not as the nearest binary number."""

    def _eval_constant(self, node: ast.Constant) -> Any:
        return _exact(node.value)


def _exact(value: Any) -> Value:
    if isinstance(value, (bool, str)):
        return value
    return Fraction(str(value)) if isinstance(value, float) else Fraction(value)


def _faults(tree: ast.Expression, fields: Collection[str]) -> Iterator[ExpressionRefused]:
    for node in ast.walk(tree):
        found = _fault(node, fields)
        if found is not None:
            code, said = found
            yield ExpressionRefused(code, getattr(node, "col_offset", 0) + 1, said)


def _fault(node: ast.AST, fields: Collection[str]) -> tuple[str, str] | None:
    match node:
        case ast.Constant(value=bool() | int() | float() | str()):
            return None
        case ast.Constant(value=value):
            return "not_allowed", repr(value)
        case ast.Call(func=ast.Name(id=name), keywords=[]) if name in _FUNCTIONS:
            return None
        case ast.Call(func=func):
            return "not_allowed", ast.unparse(func)
        case ast.Name(id=name) if name not in fields and name not in _FUNCTIONS:
            return "unknown_field", name
        case ast.BinOp(op=ast.Div() | ast.FloorDiv() | ast.Mod(), right=right) if _is_nought(right):
            return "divides_by_zero", ast.unparse(right)
    allowed = type(node) in _OPERATORS if isinstance(node, ast.operator) else isinstance(node, _MADE_OF)
    return None if allowed else ("not_allowed", type(node).__name__)


def _is_nought(node: ast.expr) -> bool:
    """Whether a part without fields comes to nought."""
    if any(isinstance(part, ast.Name) for part in ast.walk(node)):
        return False
    evaluator = _Exact(operators=_OPERATORS, functions={}, names={})
    try:
        return bool(evaluator.eval("", previously_parsed=node) == 0)
    except (InvalidExpression, TypeError, ZeroDivisionError):
        return False
