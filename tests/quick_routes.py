"""Apps made in a part of the time: what werkzeug works out for each route anew is worked out once, or when it is asked.

Of making an app most was this; every test has an app of its own, and every server makes one. The server as it is
started by its command (tests/server/test_run.py) has werkzeug as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

from werkzeug.routing.converters import BaseConverter
from werkzeug.routing.rules import Rule, RulePart

_compile_builder = Rule._compile_builder
_parse_rule = Rule._parse_rule
_parsed: dict[str, tuple[list[RulePart], list[tuple[bool, str]], dict[str, BaseConverter]]] = {}


def install() -> None:
    """From now on, in this process."""
    Rule._compile_builder = _compile_when_called  # type: ignore[method-assign, assignment]
    Rule._parse_rule = _parse_once  # type: ignore[method-assign, assignment]


def _compile_when_called(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    """What builds the address of a route, made when one is built first."""
    compiled = cache(partial(_compile_builder, rule, append_unknown))
    return lambda *bound, **values: compiled()(*bound, **values)


def _parse_once(rule: Rule, path: str) -> list[RulePart]:
    """The parts of a route's path, and what is noted beside them; the same of every app."""
    if path not in _parsed:
        before, rule._converters = len(rule._trace), {}
        _parsed[path] = list(_parse_rule(rule, path)), rule._trace[before:], rule._converters
        del rule._trace[before:]
    parts, trace, converters = _parsed[path]
    rule._trace += trace
    rule._converters = {**converters}
    rule.arguments |= converters.keys()
    return parts
