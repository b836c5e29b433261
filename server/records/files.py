"""Records and their sub-scores as files for spreadsheets: one table, as CSV or as a workbook."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response
from xlsxwriter import Workbook  # type: ignore[import-untyped]

from server.csv_text import cell
from server.messages import say

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
# Spreadsheets take a file without this mark for one of their own country's coding.
_BOM = "\ufeff"
_CELL_MAX_CHARS = 32_000
"""A cell of a workbook holds 32,767."""
LEADING = ("id", "at", "by", "body", "township", "about", "about_code")
Table = Sequence[Sequence[Any]]


def word(key: str) -> str:
    """A heading in both languages."""
    said = say(f"record_file.{key}")
    return f"{said['text']} {said['text_en']}"


def records_table(records: Sequence[Mapping[str, Any]], time_zone: ZoneInfo) -> Table:
    """Records of one form, a line each under a heading; a field of any version of the form has a column."""
    fields = _columns(records, "answers", "label")
    heads = _columns(records, "heads", "name")
    top = [word(name) for name in LEADING]
    top += [*fields.values(), *heads.values(), word("score"), word("corrected")]
    return [top, *(_line(record, fields, heads, time_zone) for record in records)]


def heads_table(told: Mapping[str, Any]) -> Table:
    """Sub-scores with the ids of the records behind them."""
    names = {
        head["code"]: f"{head['name']} {head['name_en']}" for one in told["items"] for head in one["heads"]
    }
    top = [
        word("about_code"),
        word("about"),
        *names.values(),
        word("score"),
        word("records"),
        word("evidence"),
    ]
    period = f"{told['first']} – {told['last']}"
    return [
        [word("form"), told["form"], word("period"), period],
        top,
        *(
            [
                one["code"],
                one["name"],
                *({head["code"]: head["score"] for head in one["heads"]}.get(code) for code in names),
                one["score"],
                len(one["records"]),
                " ".join(one["records"]),
            ]
            for one in told["items"]
        ),
    ]


def as_csv(table: Table) -> bytes:
    """A table as CSV that spreadsheets open as what it is."""
    text = io.StringIO()
    csv.writer(text).writerows([cell(value) for value in line] for line in table)
    return (_BOM + text.getvalue()).encode()


def as_xlsx(table: Table) -> bytes:
    """A table as a workbook of one sheet."""
    into = io.BytesIO()
    book = Workbook(into, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("记录 records")
    for row, line in enumerate(table):
        for column, value in enumerate(line):
            if isinstance(value, str):
                sheet.write_string(row, column, cell(value)[:_CELL_MAX_CHARS])
            elif value is not None:
                sheet.write_number(row, column, value)
    book.close()
    return into.getvalue()


def file_of(media_type: str) -> dict[str, object]:
    """What the document says of an answer that is a file."""
    schema = {"type": "string"} if media_type == "text/csv" else {"type": "string", "format": "binary"}
    return {"content": {media_type: {"schema": schema}}}


def leaving(content: bytes, media_type: str, name: str) -> Response:
    """A file to be saved under an ASCII name."""
    response = Response(content, content_type=media_type)
    plain = "".join(letter for letter in name if letter.isascii() and (letter.isalnum() or letter in "._-"))
    response.headers["Content-Disposition"] = f'attachment; filename="{plain}"'
    return response


def _columns(records: Iterable[Mapping[str, Any]], part: str, name: str) -> dict[str, str]:
    """Code and heading of what any of the records has, in the order in which it is met."""
    return {
        one["code"]: f"{one[name]} {one[f'{name}_en']}" + (f" ({one['unit']})" if one.get("unit") else "")
        for record in records
        for one in record[part]
    }


def _line(
    record: Mapping[str, Any], fields: Iterable[str], heads: Iterable[str], time_zone: ZoneInfo
) -> list[Any]:
    answers = {one["code"]: _shown(one) for one in record["answers"]}
    scores = {one["code"]: one["score"] for one in record["heads"]}
    at = datetime.fromisoformat(record["at"]).astimezone(time_zone).replace(microsecond=0)
    return [
        record["id"],
        at.isoformat(" ")[:19],
        record["by"]["name"],
        record["by"]["body_name"],
        record["township"],
        record["about"]["name"],
        record["about"]["code"],
        *(answers.get(code) for code in fields),
        *(scores.get(code) for code in heads),
        record["score"],
        word("yes") if record["corrected_by"] else None,
    ]


def _shown(answer: Mapping[str, Any]) -> Any:
    value = answer["value"]
    if isinstance(value, bool):
        return "是 yes" if value else "否 no"
    if isinstance(value, list):
        return " ".join(value)
    return answer["value_name"] or value
