"""Documents on paper: whatever its kind, a document is set by one template from what it says; a liability letter, whose
wording is another, by that of letters.

The wording is a sample; a deployment replaces paper.typ and letter.typ by its own forms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection

from server.documents import letters
from server.documents.making import LETTER, SQL
from server.problems.request import NotFound

TEMPLATE = Path(__file__).with_name("paper.typ")


@dataclass(frozen=True)
class Paper:
    """A document to be set: its code, and what its template lays out."""

    code: str
    told: Mapping[str, Any]
    template: Path


@dataclass(frozen=True)
class Press:
    """Prints documents. `print` sets a template."""

    print: letters.Print
    time_zone: ZoneInfo

    def read(self, connection: Connection, document_id: UUID | str) -> Paper:
        """What a document says, as it was made. Raises NotFound."""
        values = {"id": str(document_id), "time_zone": self.time_zone.key}
        row = SQL["document_to_print"].run(connection, values).mappings().one_or_none()
        if row is None:
            raise NotFound()
        if row["kind"] == LETTER:
            return Paper(row["code"], self._letter(connection, row), letters.TEMPLATE)
        return Paper(row["code"], self._told(row), TEMPLATE)

    def set(self, paper: Paper) -> bytes:
        """The PDF. Raises CaseFileLimit, Unavailable, Internal."""
        return self.print(paper.told, {}, paper.template)

    def _told(self, row: Mapping[Any, Any]) -> dict[str, Any]:
        content = orjson.loads(row["content"])
        about = [["当事人", row["subject_name"]]] if row["subject_name"] else []
        return {
            "title": row["title"],
            "number": row["code"],
            "body": row["body"],
            "case": row["case_number"],
            "facts": about,
            "paragraphs": content.get("text", "").splitlines(),
            "officers": [],
            "date": _in_words(self._day(row["made_at"])),
            # Papers of steps say all of this themselves.
            **content,
            "code": row["code"],
            "digest": row["digest"],
            "attachments": row["attachments"],
        }

    def _letter(self, connection: Connection, row: Mapping[Any, Any]) -> dict[str, Any]:
        signer, served_on = orjson.loads(row["content"])["signer"], self._day(row["served_at"])
        signed = {
            "code": row["code"],
            "signer": signer if row["outcome"] == "delivered" else f"{signer}(拒签)",
            "on": served_on.isoformat(),
            "by": row["served_by"],
            "from": row["valid_from"].isoformat(),
            "to": row["valid_to"] and row["valid_to"].isoformat(),
        }
        letter = {
            "code": row["subject"],
            "name": row["subject_name"],
            "body_name": row["body"],
            **{name: row[name] for name in ("person", "roads", "zones")},
            "signed": signed,
        }
        return letters.sheets(connection, [letter], row["valid_from"])

    def _day(self, at: datetime) -> date:
        return at.astimezone(self.time_zone).date()


def _in_words(on: date) -> str:
    return f"{on.year}年{on.month}月{on.day}日"
