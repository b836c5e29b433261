"""Named SQL statements, read from a feature's queries.sql.

A statement starts with `-- name --` and one comment of purpose; parameters are `:name`, always inside a CAST, so that
the same text serves psycopg2's client-side binding and a server-side PREPARE. Preparing saves the planning of the
large statements of an intake (about half their time); behind PgBouncer in transaction mode it is turned off.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, CursorResult

_NAME = re.compile(r"^-- (?P<name>[a-z][a-z0-9_]*) --$", re.MULTILINE)
_PARAMETER = re.compile(r"(?<![:\w]):(?P<name>[a-z][a-z0-9_]*)")
_PREPARED = "frontage_prepared"


@dataclass(frozen=True)
class Statement:
    """One named statement; `run` executes it on a connection of the caller's transaction."""

    name: str
    text: str
    parameters: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        seen = dict.fromkeys(match["name"] for match in _PARAMETER.finditer(self.text))
        object.__setattr__(self, "parameters", tuple(seen))

    @cached_property
    def bound(self) -> str:
        """The text with psycopg2's named placeholders."""
        return _PARAMETER.sub(r"%(\g<name>)s", self.text.replace("%", "%%"))

    @cached_property
    def prepare(self) -> str:
        numbers = {name: index for index, name in enumerate(self.parameters, start=1)}
        body = _PARAMETER.sub(lambda match: f"${numbers[match['name']]}", self.text)
        return f"PREPARE {self.name} AS {body}".replace("%", "%%")

    @cached_property
    def execute(self) -> str:
        arguments = ", ".join(f"%({name})s" for name in self.parameters)
        return f"EXECUTE {self.name} ({arguments})" if arguments else f"EXECUTE {self.name}"

    def over(self, table: str, source: str, name: str) -> Statement:
        """The same statement over another source of the same columns: `source` in place of every `FROM` or `JOIN` of
        a table, under a name of its own."""
        text = re.sub(rf"\b(FROM|JOIN) {table}\b", lambda found: f"{found[1]} {source}", self.text)
        return Statement(name, text)

    def run(self, connection: Connection, values: Mapping[str, Any] | None = None) -> CursorResult[Any]:
        """Execute with `values` for every parameter; a missing one is a KeyError."""
        values = values or {}
        prepared = connection.info.get(_PREPARED)
        if prepared is None:
            return connection.exec_driver_sql(self.bound, dict(values))
        if self.name not in prepared:
            connection.exec_driver_sql(self.prepare)
            prepared.add(self.name)
        return connection.exec_driver_sql(self.execute, dict(values))


def load(path: Path) -> dict[str, Statement]:
    """Statements of one queries.sql by name.

    Raises:
        ValueError: when a name stands twice or text stands before the first name.
    """
    parts = _NAME.split(path.read_text(encoding="utf-8"))
    if parts[0].strip():
        raise ValueError(f"{path.name}: text before the first statement")
    statements: dict[str, Statement] = {}
    for name, text in zip(parts[1::2], parts[2::2], strict=True):
        if name in statements:
            raise ValueError(f"{path.name}: {name} stands twice")
        statements[name] = Statement(name, text.strip().rstrip(";"))
    return statements


def allow_preparing(info: dict[Any, Any]) -> None:
    """Mark a new DBAPI connection (its `info`) as one on which statements may be prepared."""
    info[_PREPARED] = set()
