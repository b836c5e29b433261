"""Scorecards: what is counted of each township in a period, what a scorecard makes of it, and runs that are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection

from server import sqltext
from server.assessment import handovers, means
from server.assessment.book import FigureBook
from server.assessment.covered import Covered
from server.assessment.formulas import MEASURES
from server.assessment.indicators import SQL as FIGURES
from server.assessment.indicators import Asked
from server.assessment.scoring import bytes_of, digest_of, ranking
from server.contract import read_cursor, wire_time, write_cursor
from server.db import Claim
from server.problems.request import NotFound
from server.problems.rulebooks import RulebookMissing
from server.rulebooks import store
from server.rulebooks.books.means_tags import MEANS
from server.rulebooks.books.scorecards import RECORDS, Scorecard

SQL = sqltext.load(Path(__file__).with_name("scorecards.sql"))
KIND = "scorecards"
_COVERAGE = {
    "fronts": "fronts",
    "fronts_due_m": "due_m",
    "fronts_seen_m": "seen_m",
    "fronts_late": "late",
    "fronts_never": "never",
    "front_visits": "visits",
}

_Inputs = dict[str, dict[str, int | str | None]]


@dataclass(frozen=True)
class Worked:
    """A scorecard worked out: by which set, over what, with what result."""

    used: store.InForce
    card: Scorecard
    asked: Asked
    inputs: _Inputs

    @property
    def result(self) -> list[dict[str, Any]]:
        return ranking(self.card, self.inputs)


def cards_on(connection: Connection, day: date) -> dict[str, Any]:
    """The scorecards that count on a day."""
    used = store.in_force(connection, KIND, day)
    cards: list[Scorecard] = list(used.rows.values()) if used else []
    return {
        "rulebook": means.set_told(used) if used else None,
        "items": [
            card.model_dump(mode="json", include={"code", "name", "name_en", "parts"}) for card in cards
        ],
        "next": None,
    }


@dataclass(frozen=True)
class Beside:
    """What is told of the same period elsewhere and counted once: steps by township, and handovers."""

    means: Mapping[str, Any]
    handovers: Mapping[str, Any]

    @classmethod
    def read(cls, connection: Connection, asked: Asked, by: Sequence[str] = ("township",)) -> Beside:
        return cls(means.figures(connection, asked, by), handovers.figures(connection, asked))


def work_out(book: FigureBook, claim: Claim, code: str, asked: Asked) -> Worked:
    """A scorecard of the townships the asker may see. Raises RulebookMissing: no such card counts on the last day."""
    with book.db.transaction(claim) as (connection, _):
        used = store.in_force(connection, KIND, asked.last)
    card = used.rows.get(code) if used else None
    if used is None or card is None:
        raise RulebookMissing(kind=KIND, row=code)
    return _work_out(book, claim, used, [card], asked, None)[0]


def work_out_all(book: FigureBook, claim: Claim, asked: Asked, beside: Beside) -> list[Worked]:
    """Every scorecard that counts on the last day."""
    with book.db.transaction(claim) as (connection, _):
        used = store.in_force(connection, KIND, asked.last)
    return _work_out(book, claim, used, list(used.rows.values()), asked, beside) if used else []


def _work_out(
    book: FigureBook,
    claim: Claim,
    used: store.InForce,
    cards: Sequence[Scorecard],
    asked: Asked,
    beside: Beside | None,
) -> list[Worked]:
    covered = None
    if any(_covers(card) for card in cards):
        covered = book.coverer.of(claim, asked.first, asked.last, None, ["township"])
    with book.db.transaction(claim) as (connection, _):
        counts = _counts(connection, asked, beside or Beside.read(connection, asked), covered)
        return [Worked(used, card, asked, _inputs(connection, card, asked, counts)) for card in cards]


def ranked(connection: Connection, worked: Worked) -> dict[str, Any]:
    """Scores and ranks as they are told, not kept."""
    result = worked.result
    return {
        **tell(connection, worked.used, worked.card, worked.inputs, result),
        "from": worked.asked.first.isoformat(),
        "to": worked.asked.last.isoformat(),
        "digest": digest_of(bytes_of(result)),
    }


def keep(connection: Connection, worked: Worked, at: datetime) -> UUID:
    """Keep a run; returns its id."""
    result = bytes_of(worked.result)
    values = {
        "rulebook": worked.used.id,
        "code": worked.card.code,
        "first": worked.asked.first,
        "last": worked.asked.last,
        "inputs": bytes_of(worked.inputs).decode(),
        "result": result.decode(),
        "digest": digest_of(result),
        "at": at,
    }
    return UUID(str(SQL["insert_scorecard_run"].run(connection, values).scalar_one()))


def run(connection: Connection, run_id: UUID) -> dict[str, Any]:
    """A run as it was kept, and whether its inputs still give its very bytes. Raises NotFound."""
    row = SQL["fetch_scorecard_run"].run(connection, {"id": str(run_id)}).mappings().one_or_none()
    if row is None:
        raise NotFound()
    used = store.one(connection, row["rulebook_id"])
    told = tell(
        connection, used, used.rows[row["code"]], orjson.loads(row["inputs"]), orjson.loads(row["result"])
    )
    again = worked_again(connection, row)
    return {
        **told,
        **_run_item(row),
        "same": again == row["result"].encode() and digest_of(again) == row["digest"],
    }


def worked_again(connection: Connection, row: Mapping[Any, Any]) -> bytes:
    """The result of a run from its inputs, by the scorecard of its set."""
    card: Scorecard = store.one(connection, row["rulebook_id"]).rows[row["code"]]
    return bytes_of(ranking(card, orjson.loads(row["inputs"])))


def list_runs(connection: Connection, code: str | None, cursor: str | None, limit: int) -> dict[str, Any]:
    """One page of runs, newest first. Raises CursorRefused."""
    before = read_cursor(cursor, datetime, UUID)
    values = {
        "code": code,
        "before_at": before[0] if before else None,
        "before": str(before[1]) if before else None,
        "rows": limit + 1,
    }
    rows = SQL["list_scorecard_runs"].run(connection, values).mappings().all()
    page = rows[:limit]
    last = page[-1] if len(rows) > limit else None
    return {
        "items": [_run_item(row) for row in page],
        "next": write_cursor(wire_time(last["made_at"]), str(last["id"])) if last else None,
    }


def tell(
    connection: Connection,
    used: store.InForce,
    card: Scorecard,
    inputs: Mapping[str, Mapping[str, Any]],
    result: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """A ranking with its inputs and formulas beside it."""
    names = {row.code: row.name for row in FIGURES["names_of_organisations"].run(connection)}
    return {
        "code": card.code,
        "name": card.name,
        "name_en": card.name_en,
        "rulebook": means.set_told(used),
        "parts": [part.model_dump(mode="json") for part in card.parts],
        "items": [
            {
                **row,
                "township_name": names.get(row["township"], row["township"]),
                "inputs": dict(inputs[row["township"]]),
            }
            for row in result
        ],
    }


def _run_item(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "run": str(row["id"]),
        "code": row["code"],
        "from": row["from_day"].isoformat(),
        "to": row["to_day"].isoformat(),
        "digest": row["digest"],
        "made_at": wire_time(row["made_at"]),
        "made_by": row["made_by_name"],
    }


def _covers(card: Scorecard) -> bool:
    return any(name in part.points for part in card.parts for name in _COVERAGE)


def _counts(connection: Connection, asked: Asked, beside: Beside, covered: Covered | None) -> _Inputs:
    """What is counted of each township: of nothing, nought; of coverage that cannot be told, None."""
    steps = dict.fromkeys([*(f"{name}_steps" for name in MEANS), "untagged_steps"], 0)
    nothing = dict.fromkeys([*MEASURES, *handovers.COUNTS], 0) | steps
    counts: _Inputs = {row.code: {**nothing} for row in SQL["scored_townships"].run(connection)}
    grouping = {
        "by_township": True,
        "by_category": False,
        "by_month": False,
        "time_zone": asked.time_zone.key,
    }
    for row in FIGURES["count_measures"].run(connection, {**asked.values(), **grouping}):
        if row.township_code in counts:
            counts[row.township_code][row.measure] = row.cases
    for one in beside.handovers["items"]:
        if one["township"] in counts:
            counts[one["township"]].update({name: one[name] for name in handovers.COUNTS})
    for code, values in counts.items():
        groups = [group for group in beside.means["items"] if group["township"] == code]
        values.update({f"{name}_steps": sum(one["means"][name]["steps"] for one in groups) for name in MEANS})
        values["untagged_steps"] = sum(one["untagged"] for one in groups)
        sums = covered.groups.get((code, None)) if covered else None
        values.update({name: _number(sums[of]) if sums else None for name, of in _COVERAGE.items()})
    return counts


def _inputs(connection: Connection, card: Scorecard, asked: Asked, counts: _Inputs) -> _Inputs:
    """The same with the means of the records that the card names."""
    inputs = {code: {**values} for code, values in counts.items()}
    for record in card.records:
        for values in inputs.values():
            values.update({record.name: None, f"{record.name}{RECORDS}": 0})
        wanted = {"form": record.form, "head": record.head, "first": asked.first, "last": asked.last}
        for row in SQL["mean_of_records"].run(connection, wanted):
            if row.township_code in inputs:
                mean = {record.name: str(row.mean), f"{record.name}{RECORDS}": row.records}
                inputs[row.township_code].update(mean)
    return inputs


def _number(value: int | float) -> int | str:
    """As it is told elsewhere: metres with two decimals."""
    return value if isinstance(value, int) else f"{value:.2f}"
