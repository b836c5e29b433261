"""Proof that nothing of the evidence was edited: every case's hash chain, and what its entries say of reports.

`ledger_hash` says in Python what the database function of that name says in SQL; a change of one needs the other.
Cases stream by in one order through two server-side cursors, so memory holds one case at a time. The bytes of
photos are checked by server.evidence.photos.verify.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, Row, text

BATCH_ROWS = 2000
NO_CASE = UUID(int=0)

# What each kind of broken link means, zh-CN and English.
WORDS = {
    "first_seq": ("第一条记录的序号不是 1", "the first entry is not number 1"),
    "seq": ("序号不连续", "the numbers are not consecutive"),
    "prev_hash": ("未接在前一条记录之后", "does not continue the entry before it"),
    "hash": ("内容与其哈希不符", "the content does not have its hash"),
    "tail": ("末尾与案卷所记不符,可能被截断", "the end is not the one the case remembers: it may be cut off"),
    "body": ("记录内容无法读取", "the body cannot be read"),
    "report_missing": ("所记上报不存在", "the report it names is not there"),
    "report_unrecorded": ("上报没有对应的记录", "no entry names the report"),
    "payload": ("上报内容与其摘要不符", "the payload does not have its digest"),
    "digest": ("上报摘要与记录不符", "the report's digest is not the one recorded"),
    "match": ("落区结果与记录不符", "the match is not the one recorded"),
    "photos": ("照片到达情况与记录不符", "the photos received are not those recorded"),
    "complaint_missing": ("所记诉求不存在", "the complaint it names is not there"),
    "complaint_unrecorded": ("诉求没有对应的记录", "no entry names the complaint"),
    "complaint_payload": (
        "诉求原件与其承诺值不符",
        "the complaint as received is not what the entry commits to",
    ),
    "complaint_record": ("诉求内容与记录不符", "what is kept of the complaint is not what was recorded"),
}


@dataclass(frozen=True)
class Fault:
    """One broken link. `seq` counts within the case; `report_id` is set where a report is concerned."""

    code: str
    case_number: str | None
    seq: int | None = None
    report_id: UUID | None = None

    def __str__(self) -> str:
        chinese, english = WORDS[self.code]
        where = [
            f"{name} {value}"
            for name, value in (
                ("案卷/case", self.case_number),
                ("#", self.seq),
                ("上报/report", self.report_id),
            )
            if value is not None
        ]
        return f"{' '.join(where)}: {chinese} / {english} ({self.code})"


@dataclass
class Told:
    """What the entries of one case say of one report."""

    digest: str | None
    matches: set[str]
    photos: set[str]


def ledger_hash(
    prev: str, case_id: UUID, seq: int, at: datetime, actor_id: UUID | None, action: str, body: str
) -> str:
    """Hex SHA-256 of one entry; `at` is aware, to the microsecond."""
    moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    said = f"{prev}\n{case_id}\n{seq}\n{moment}\n{actor_id or ''}\n{action}\n{body}"
    return hashlib.sha256(said.encode()).hexdigest()


def verify_chain(
    connection: Connection, progress: Callable[[int], None] = lambda done: None
) -> Iterator[Fault]:
    """Check every case in the order of their ids; needs the owner's rights.

    Args:
        connection: in a transaction; REPEATABLE READ shows both cursors the same moment.
        progress: called with the number of entries read so far, a case at a time.
    Yields: every broken link; of a broken chain only the first.
    """
    reports = _grouped(_stream(connection, _REPORTS))
    waiting = next(reports, None)
    done = 0
    for case_id, entries in _grouped(_stream(connection, _ENTRIES)):
        while waiting is not None and waiting[0] < case_id:
            yield from _unrecorded(waiting[1])
            waiting = next(reports, None)
        rows: list[Row[Any]] = []
        if waiting is not None and waiting[0] == case_id:
            rows, waiting = waiting[1], next(reports, None)
        yield from _case_faults(entries, rows)
        done += len(entries)
        progress(done)
    while waiting is not None:
        yield from _unrecorded(waiting[1])
        waiting = next(reports, None)


_ENTRIES = """
SELECT c.id AS case_id, c.number, c.ledger_seq, c.ledger_head, l.seq, l.recorded_at, l.actor_id, l.action, l.body,
  l.prev_hash, l.hash
FROM case_file c LEFT JOIN ledger l ON l.case_id = c.id
ORDER BY c.id, l.seq
"""
# A report that belongs to no case sorts first, under an id no case has.
_REPORTS = """
SELECT coalesce(cr.case_id, CAST('00000000-0000-0000-0000-000000000000' AS uuid)) AS case_id, r.id AS report_id,
  r.digest, r.payload,
  (SELECT array_agg(CAST(m.result AS text)) FROM zone_match m WHERE m.report_id = r.id) AS matches,
  (SELECT array_agg(a.sha256) FROM photo_arrival a WHERE a.report_id = r.id) AS photos
FROM report r LEFT JOIN case_report cr ON cr.report_id = r.id
ORDER BY 1, 2
"""


def _stream(connection: Connection, query: str) -> Iterator[Row[Any]]:
    options = {"stream_results": True, "max_row_buffer": BATCH_ROWS}
    yield from connection.execute(text(query), execution_options=options)


def _grouped(rows: Iterable[Row[Any]]) -> Iterator[tuple[UUID, list[Row[Any]]]]:
    for case_id, group in groupby(rows, key=lambda row: row.case_id):
        yield case_id, list(group)


def _unrecorded(rows: Iterable[Row[Any]]) -> Iterator[Fault]:
    for row in rows:
        yield Fault("report_unrecorded", None, None, row.report_id)


def _case_faults(entries: list[Row[Any]], reports: list[Row[Any]]) -> Iterator[Fault]:
    number = entries[0].number
    broken = _chain_fault(entries)
    if broken is not None:
        yield Fault(broken[0], number, broken[1])
        return
    told: dict[UUID, Told] = {}
    for entry in entries:
        if entry.seq is not None and not _note(entry, told):
            yield Fault("body", number, entry.seq)
    for row in reports:
        code = _report_fault(row, told.pop(row.report_id, None))
        if code is not None:
            yield Fault(code, number, None, row.report_id)
    for report_id in told:
        yield Fault("report_missing", number, None, report_id)


def _chain_fault(entries: list[Row[Any]]) -> tuple[str, int | None] | None:
    head, seq = "", 0
    for entry in entries:
        if entry.seq is None:
            break
        if entry.seq != seq + 1:
            return ("first_seq" if seq == 0 else "seq"), entry.seq
        if entry.prev_hash != head:
            return "prev_hash", entry.seq
        made = ledger_hash(
            head, entry.case_id, entry.seq, entry.recorded_at, entry.actor_id, entry.action, entry.body
        )
        if made != entry.hash:
            return "hash", entry.seq
        head, seq = entry.hash, entry.seq
    last = entries[-1]
    return None if (last.ledger_seq, last.ledger_head) == (seq, head) and seq > 0 else ("tail", seq or None)


def _note(entry: Row[Any], told: dict[UUID, Told]) -> bool:
    """Add what one entry says of a report; False when it cannot be read."""
    try:
        body = orjson.loads(entry.body)
        if "report" not in body:
            return True
        of_report = told.setdefault(UUID(body["report"]), Told(None, set(), set()))
        if "digest" in body:
            of_report.digest = body["digest"]
        if "match" in body:
            of_report.matches.add(body["match"])
        of_report.photos.update(body.get("photos_arrived", ()))
        if entry.action == "photo.received":
            of_report.photos.add(body["sha256"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
    return True


def _report_fault(row: Row[Any], told: Told | None) -> str | None:
    if told is None:
        return "report_unrecorded"
    if hashlib.sha256(row.payload.encode()).hexdigest() != row.digest:
        return "payload"
    if told.digest != row.digest:
        return "digest"
    # The column holds the very text that was hashed: one byte more is as much a change as another digit.
    if {hashlib.sha256(result.encode()).hexdigest() for result in row.matches or ()} != told.matches:
        return "match"
    return None if set(row.photos or ()) == told.photos else "photos"
