"""Proof that no complaint was edited: each stands in the ledger of its case with a commitment to what was received."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import orjson
from sqlalchemy import Connection, Row, text

from server.complaints.taking import commitment
from server.evidence import canonical
from server.evidence.ledger import BATCH_ROWS, Fault

# A complaint without an entry, and an entry without its complaint, are faults alike.
_COMPLAINTS = """
SELECT f.number, l.seq, l.body, k.id, k.commitment, CAST(k.match AS text) AS match, p.salt, p.payload
FROM (
  SELECT e.case_id, e.seq, e.body, CAST(CAST(e.body AS json) ->> 'complaint' AS uuid) AS complaint_id
  FROM ledger e WHERE e.action IN ('complaint.received', 'complaint.attached', 'complaint.corrected')) l
FULL JOIN complaint k ON k.id = l.complaint_id AND k.case_id = l.case_id
LEFT JOIN complaint_person p ON p.complaint_id = k.id
LEFT JOIN case_file f ON f.id = coalesce(l.case_id, k.case_id)
ORDER BY f.number, l.seq
"""


def verify_complaints(connection: Connection) -> Iterator[Fault]:
    """Check every complaint against the ledger; needs the owner's rights, and chains that were checked before."""
    options = {"stream_results": True, "max_row_buffer": BATCH_ROWS}
    for row in connection.execute(text(_COMPLAINTS), execution_options=options):
        code = _fault(row)
        if code is not None:
            yield Fault(code, row.number, row.seq)


def _fault(row: Row[Any]) -> str | None:
    if row.id is None:
        return "complaint_missing"
    if row.seq is None:
        return "complaint_unrecorded"
    said = orjson.loads(row.body)
    if row.payload is None or commitment(row.salt, row.payload.encode()) != row.commitment:
        return "complaint_payload"
    if said["commitment"] != row.commitment:
        return "complaint_payload"
    plain = hashlib.sha256(row.match.encode()).hexdigest()
    matches = plain == said["match"] or canonical.digest(orjson.loads(row.match)) == said["match"]
    return None if matches else "complaint_match"
