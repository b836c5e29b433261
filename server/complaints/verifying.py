"""Proof that no complaint was edited: each stands in the ledger of its case with a digest of what is kept of it and a
commitment to what was received."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from sqlalchemy import Connection, Row, text

from server.complaints.rows import commitment, record_digest
from server.contract import wire_time
from server.evidence.ledger import BATCH_ROWS, Fault

# A complaint without an entry, and an entry without its complaint, are faults alike.
_COMPLAINTS = """
SELECT f.number, l.seq, l.body, l.actor_id, k.id, k.taken_by, k.organisation_id, CAST(k.match AS text) AS match,
  CAST(k.routing AS text) AS routing, p.salt, p.payload, k.commitment,
  CAST(json_build_object('relation', k.relation, 'corrects', k.corrects, 'because', k.because, 'channel', k.channel,
    'external_number', k.external_number, 'made_at', k.made_at, 'recorded_at', k.recorded_at, 'matter', k.matter,
    'category', k.category, 'address', k.address, 'zone_hint', k.zone_hint, 'lon', ST_X(k.place), 'lat', ST_Y(k.place),
    'sent_lon', k.sent_lon, 'sent_lat', k.sent_lat, 'datum', k.datum, 'accuracy_m', k.accuracy_m,
    'judged_on', k.judged_on, 'township_code', k.township_code, 'zone_codes', k.zone_codes,
    'callback_wished', k.callback_wished, 'commitment', k.commitment) AS text) AS kept
FROM (
  SELECT e.case_id, e.seq, e.body, e.actor_id, CAST(CAST(e.body AS json) ->> 'complaint' AS uuid) AS complaint_id
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
    if row.payload is None or commitment(row.salt, row.payload.encode()) != said["commitment"]:
        return "complaint_payload"
    kept = orjson.loads(row.kept)
    kept |= {name: wire_time(kept[name]) for name in ("made_at", "recorded_at")}
    made = record_digest(kept, str(row.organisation_id), row.match, row.routing)
    return None if (made, row.taken_by) == (said["record"], row.actor_id) else "complaint_record"
