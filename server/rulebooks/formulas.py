"""What is wrong with formulas of a rulebook, said as its other faults are."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from server.rulebooks.book import Fault
from server.rulebooks.expressions import Expression, ExpressionRefused


def formula_faults(text: str | None, fields: Collection[str], path: str) -> Iterator[Fault]:
    """The fault of a formula that cannot be used, with its column; none for a fine one, or where there is none."""
    if text is None:
        return
    try:
        Expression(text, fields)
    except ExpressionRefused as refused:
        yield Fault(f"formula_{refused.code}", path, {"column": refused.column, "said": refused.said})
