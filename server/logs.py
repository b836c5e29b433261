"""One JSON object a line on standard error, for the server and the worker alike, and nothing personal in it.

Errors are told by class, place, SQLSTATE and constraint: their messages repeat what people sent (positions,
names, statements with their parameters), so messages are left out. Query strings are cut from every text.
"""

from __future__ import annotations

import logging
import re
import sys
from types import TracebackType
from typing import Any

import structlog
from structlog.typing import EventDict, ExcInfo, Processor

FRAMES_MAX = 12
# Every part of an address behind its question mark: filters, positions, tokens.
_QUERY = re.compile(r"\?[^\s\"']*")
_CAUSES_MAX = 5


def configure(level: str = "INFO") -> None:
    """Send structlog's and the standard library's events to standard error as JSON."""
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    ]
    last: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        describe_error,
        without_queries,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.PositionalArgumentsFormatter(), *before], processors=last
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # They tell of each plugin and five times of each job; what matters of them is a warning or worse.
    for talkative in ("procrastinate", "alembic"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def describe_error(_: Any, __: str, event: EventDict) -> EventDict:
    """Replace `exc_info` by what happened where, without any message."""
    given = event.pop("exc_info", None)
    error = _error_of(given)
    if error is not None:
        event["error"] = [_told(one) for one in _chain(error)]
    return event


def without_queries(_: Any, __: str, event: EventDict) -> EventDict:
    """Cut query strings from every text."""
    return {name: _QUERY.sub("", value) if isinstance(value, str) else value for name, value in event.items()}


def _error_of(given: ExcInfo | BaseException | bool | None) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        return given[1]
    return sys.exc_info()[1] if given else None


def _chain(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and len(chain) < _CAUSES_MAX:
        chain.append(one)
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return chain


def _told(error: BaseException) -> dict[str, Any]:
    told: dict[str, Any] = {"type": f"{type(error).__module__}.{type(error).__qualname__}"}
    for name in ("pgcode", "sqlstate", "errno", "name"):
        value = getattr(error, name, None)
        if isinstance(value, str | int):
            told[name] = value
    constraint = getattr(getattr(error, "diag", None), "constraint_name", None)
    if constraint:
        told["constraint"] = constraint
    told["frames"] = _frames(error.__traceback__)
    return told


def _frames(trace: TracebackType | None) -> list[str]:
    frames = []
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_qualname}")
        trace = trace.tb_next
    return frames[-FRAMES_MAX:]
