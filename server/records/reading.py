"""Records as they are read: each with its form as that read when it was filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection

from server.contract import read_cursor, wire_time, write_cursor
from server.messages import say
from server.problems.request import NotFound
from server.records.judging import Judged, Scored
from server.records.keeping import SQL
from server.records.wire import RecordFilter, RecordsQuery
from server.rulebooks import store
from server.rulebooks.books.forms import Form, FormField
from server.rulebooks.store import InForce

_EVERY = dict.fromkeys(
    ("id", "form", "about_kind", "about", "township", "by", "first", "last", "before_at", "before")
)


class FormSets:
    """Sets of forms that were read in this transaction, by id."""

    def __init__(self, connection: Connection) -> None:
        self._read = partial(store.one, connection)
        self._sets: dict[int, InForce] = {}

    def __getitem__(self, rulebook: int) -> InForce:
        if rulebook not in self._sets:
            self._sets[rulebook] = self._read(rulebook)
        return self._sets[rulebook]


def fetch(connection: Connection, record_id: UUID) -> dict[str, Any]:
    """One record that the asker sees. Raises NotFound."""
    row = next(iter(_rows(connection, id=str(record_id), rows=1)), None)
    if row is None:
        raise NotFound()
    return _told(row, FormSets(connection)[row["rulebook_id"]])


def list_records(connection: Connection, query: RecordsQuery) -> dict[str, Any]:
    """One page of the records that the asker sees, newest first. Raises CursorRefused."""
    after = read_cursor(query.cursor, datetime, UUID)
    before = {"before_at": after[0], "before": str(after[1])} if after else {}
    rows = _rows(connection, **_wanted(query), **before, rows=query.limit + 1)
    page, sets = rows[: query.limit], FormSets(connection)
    more = len(rows) > query.limit
    return {
        "items": [_told(row, sets[row["rulebook_id"]]) for row in page],
        "next": write_cursor(page[-1]["at"].isoformat(), str(page[-1]["id"])) if more else None,
    }


def every_record(
    connection: Connection, form: str, first: date, last: date, township: str | None, rows_max: int
) -> list[dict[str, Any]]:
    """Records of a form and period, those corrected too, the oldest first; one more than `rows_max` at most."""
    wanted = {"form": form, "first": first.isoformat(), "last": last.isoformat(), "township": township}
    sets = FormSets(connection)
    rows = _rows(connection, **wanted, rows=rows_max + 1)
    return [_told(row, sets[row["rulebook_id"]]) for row in reversed(rows)]


def _wanted(query: RecordFilter) -> dict[str, Any]:
    return {
        **query.model_dump(include={"form", "about_kind", "about", "township", "current"}),
        "by": query.by and str(query.by),
        "first": query.from_ and query.from_.isoformat(),
        "last": query.to and query.to.isoformat(),
    }


def _rows(connection: Connection, **values: Any) -> Sequence[Mapping[Any, Any]]:
    asked = {**_EVERY, "current": False, **values}
    return SQL["list_records"].run(connection, asked).mappings().all()


def _told(row: Mapping[Any, Any], forms: InForce) -> dict[str, Any]:
    form: Form = forms.rows[row["form"]]
    heads = orjson.loads(row["heads"])
    given = orjson.loads(row["answers"])
    return {
        "id": str(row["id"]),
        "form": {
            **{name: getattr(form, name) for name in ("code", "name", "name_en")},
            "rulebook": forms.id,
            "version": forms.version,
            "sample": forms.sample,
        },
        "at": wire_time(row["at"]),
        "received_at": wire_time(row["received_at"]),
        "by": {
            "account": str(row["account_id"]),
            "name": row["by_name"],
            "body": row["body"],
            "body_name": row["body_name"],
        },
        "about": {
            "kind": row["about_kind"],
            "code": row["about_code"],
            "name": row["about_name"],
            "zone_kind": row["zone_kind"],
        },
        "township": row["township_code"],
        "position": {"lon": row["lon"], "lat": row["lat"]} if row["lon"] is not None else None,
        "answers": [_answer(field, given[field.code]) for field in form.fields if field.code in given],
        "score": None if row["score"] is None else float(row["score"]),
        "no_score": _why(row["no_score"]),
        "heads": [
            {**_named(head), "score": _number(told["score"]), "no_score": _why(told["why"])}
            for head in form.heads
            if (told := heads.get(head.code)) is not None
        ],
        **{name: row[name] for name in ("sees", "means", "visit", "outside_roster")},
        **{name: row[name] and str(row[name]) for name in ("corrects", "corrected_by")},
        "shift": row["shift_id"] and str(row["shift_id"]),
    }


def told_trial(form: Form, judged: Judged) -> dict[str, Any]:
    """What answers would score, as it is answered."""
    return {
        **_scored(judged.score),
        "heads": [{**_named(head), **_scored(judged.heads[head.code])} for head in form.heads],
        "errors": list(judged.faults),
    }


def _scored(scored: Scored | None) -> dict[str, Any]:
    told = scored.as_json() if scored else {"score": None, "why": None}
    return {"score": _number(told["score"]), "no_score": _why(told["why"])}


def _named(one: Any) -> dict[str, str]:
    return {name: getattr(one, name) for name in ("code", "name", "name_en")}


def _number(text: str | None) -> float | None:
    return None if text is None else float(text)


def _why(code: str | None) -> dict[str, Any] | None:
    return None if code is None else {"code": code, **say(f"record_no_score.{code}")}


def _answer(field: FormField, value: Any) -> dict[str, Any]:
    option = next((one for one in field.options if one.code == value), None)
    return {
        **{name: getattr(field, name) for name in ("code", "label", "label_en", "type", "unit")},
        "value": value,
        "value_name": option and option.name,
        "value_name_en": option and option.name_en,
    }
