"""The template of cell codes: bringing one into force, the next free code, and cells whose codes do not fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from server import sqltext
from server.places.importing import ImportRefused
from server.places.services.cell_codes import CellCodes, Misfit, read_template
from server.problems.request import NotFound

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
_MEMBERS = frozenset({"template", "valid_from", "source", "sample", "note_zh", "note_en"})


@dataclass(frozen=True)
class MisfitCell:
    """A cell whose code does not fit, and which part of it."""

    code: str
    township: str | None
    misfit: Misfit


def apply_template(connection: Connection, document: Any) -> bool:
    """Bring a template into force: `{template, valid_from, source, sample}`; False when it is in force already.

    Raises:
        ImportRefused: for anything else, or a date no later than that of the one in force.
    """
    values = _document(document)
    newest = SQL["newest_cell_template"].run(connection).one_or_none()
    if newest is not None and newest.template == values["template"]:
        return False
    if newest is not None and newest.valid_from.isoformat() >= values["valid_from"]:
        raise ImportRefused(
            [f"valid_from: later than {newest.valid_from} wanted, when the one in force began"]
        )
    SQL["close_cell_template"].run(connection, values)
    SQL["insert_cell_template"].run(connection, values)
    return True


def _document(document: Any) -> dict[str, Any]:
    if not isinstance(document, Mapping) or set(document) - _MEMBERS:
        raise ImportRefused([f"an object with {', '.join(sorted(_MEMBERS))} wanted"])
    try:
        template = read_template(document["template"]).template
        valid_from = date.fromisoformat(document["valid_from"]).isoformat()
        source, sample = str(document["source"]), bool(document.get("sample", False))
    except (KeyError, TypeError, ValueError) as error:
        raise ImportRefused([f"{type(error).__name__}: {error}"]) from error
    return {"template": template, "valid_from": valid_from, "source": source, "sample": sample}


def codes_on(connection: Connection, on: date) -> CellCodes:
    """The template in force on a day. Raises NotFound."""
    row = SQL["fetch_cell_template"].run(connection, {"on": on.isoformat()}).one_or_none()
    if row is None:
        raise NotFound()
    return read_template(row.template)


def describe(connection: Connection, on: date, township: str | None) -> dict[str, Any]:
    """The template in force, how many cells do not fit, and the next free code of a township. Raises NotFound."""
    row = SQL["fetch_cell_template"].run(connection, {"on": on.isoformat()}).one_or_none()
    if row is None:
        raise NotFound()
    codes = read_template(row.template)
    return {
        "template": row.template,
        "valid_from": row.valid_from.isoformat(),
        "valid_to": row.valid_to.isoformat() if row.valid_to else None,
        "source": row.source,
        "sample": row.sample,
        "misfits": len(misfits(connection, codes, on)),
        "next_code": next_code(connection, codes, township) if township else None,
    }


def next_code(connection: Connection, codes: CellCodes, township: str) -> str | None:
    """The next free code of a township; None where the template counts by community."""
    if "community" in codes.fields:
        return None
    used = SQL["list_used_cells"].run(connection, {"township": township}).scalars()
    return codes.code(township=township, number=codes.next_number(used))


def misfits(connection: Connection, codes: CellCodes, on: date) -> list[MisfitCell]:
    """Cells of a day whose codes do not fit, in order."""
    found = []
    for row in SQL["list_cells"].run(connection, {"on": on.isoformat()}):
        misfit = codes.misfit(row.code, row.township_code, row.community)
        if misfit:
            found.append(MisfitCell(row.code, row.township_code, misfit))
    return found
