"""What has to hold after servers died: everything acknowledged is there, once, with its photos, in an unbroken ledger.

Looks into the database as its owner and reads every photo again; says every promise that was broken in words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import rfc8785
from sqlalchemy import Connection, text

from server.evidence.photos import store_from_url, verify
from server.evidence.signing import ReceiptSigner
from server.evidence.staging import Staging
from tests.faults.phone import Job
from tests.faults.world import World

_COUNTS = """
SELECT (SELECT count(*) FROM report) AS reports, (SELECT count(*) FROM case_file) AS cases,
  (SELECT count(*) FROM case_report) AS links, (SELECT count(*) FROM zone_match) AS matches,
  (SELECT count(*) FROM inbox_entry) AS inbox, (SELECT count(*) FROM outbox) AS outbox
"""
_LEDGER = """
SELECT l.case_id, l.seq, l.action, l.body, l.prev_hash, l.hash, c.ledger_seq, c.ledger_head,
  ledger_hash(l.prev_hash, l.case_id, l.seq, l.recorded_at, l.actor_id, l.action, l.body) AS again,
  lag(l.hash, 1, '') OVER (PARTITION BY l.case_id ORDER BY l.seq) AS before,
  row_number() OVER (PARTITION BY l.case_id ORDER BY l.seq) AS place,
  lead(l.seq) OVER (PARTITION BY l.case_id ORDER BY l.seq) IS NULL AS last
FROM ledger l JOIN case_file c ON c.id = l.case_id
"""
_DOUBLED = """
SELECT c.number, count(*) FROM ledger l JOIN case_file c ON c.id = l.case_id
GROUP BY c.number, l.action, l.body HAVING count(*) > 1
"""
_UNTOLD = """
SELECT a.report_id, a.sha256 FROM photo_arrival a JOIN case_report cr ON cr.report_id = a.report_id
WHERE NOT EXISTS (
  SELECT 1 FROM ledger l WHERE l.case_id = cr.case_id AND (
    (l.action = 'photo.received' AND CAST(l.body AS json) ->> 'sha256' = a.sha256)
    OR (l.action = 'report.received' AND CAST(l.body AS jsonb) -> 'photos_arrived' ? a.sha256)))
"""


def broken_promises(world: World, receipts: Mapping[Job, Mapping[str, Any]]) -> list[str]:
    """Every promise that does not hold, as a sentence; none is the only good answer."""
    with world.owner.connect() as connection:
        found = [*_lost(world, connection, receipts)]
        found += _doubled(connection, len(receipts))
        found += _photos(world, connection)
        found += _chain(connection)
    return found


def _lost(world: World, connection: Connection, receipts: Mapping[Job, Mapping[str, Any]]) -> Iterator[str]:
    signer = ReceiptSigner.load_or_create(world.config.secrets / "receipt.pem")
    stored = {
        str(row.id): row for row in connection.execute(text("SELECT id, digest, payload FROM report")).all()
    }
    arrived = {
        tuple(row)
        for row in connection.execute(text("SELECT CAST(report_id AS text), sha256 FROM photo_arrival"))
    }
    for job, receipt in receipts.items():
        row = stored.get(str(job.report_id))
        if row is None:
            yield f"report {job.report_id} was acknowledged and is not there"
        elif row.payload.encode() != rfc8785.dumps(job.report) or row.digest != job.digest:
            yield f"report {job.report_id} is not what was sent"
        for photo in job.photos:
            sha256 = hashlib.sha256(photo).hexdigest()
            if (str(job.report_id), sha256) not in arrived:
                yield f"photo {sha256} of report {job.report_id} was acknowledged and did not arrive"
        unsigned = {name: value for name, value in receipt.items() if name != "signature"}
        if not signer.verify(unsigned, receipt["signature"]):
            yield f"the receipt of report {job.report_id} has no valid signature"


def _doubled(connection: Connection, wanted: int) -> Iterator[str]:
    for what, count in connection.execute(text(_COUNTS)).mappings().one().items():
        if count != wanted:
            yield f"{count} {what} for {wanted} reports"
    for number, count in connection.execute(text(_DOUBLED)):
        yield f"the ledger of case {number} says one thing {count} times"


def _photos(world: World, connection: Connection) -> Iterator[str]:
    staging = Staging(world.config.var / "staging", world.config.photo_max_bytes)
    store = store_from_url((world.config.var / "photos").as_uri(), staging)
    digests = connection.execute(text("SELECT DISTINCT sha256 FROM photo_arrival")).scalars().all()
    for fault in verify(store, digests):
        yield f"photo {fault.sha256} has a row and is {fault.what}"
    for report_id, sha256 in connection.execute(text(_UNTOLD)):
        yield f"the ledger does not speak of photo {sha256} of report {report_id}"


def _chain(connection: Connection) -> Iterator[str]:
    for row in connection.execute(text(_LEDGER)):
        head_holds = not row.last or (row.seq, row.hash) == (row.ledger_seq, row.ledger_head)
        if row.again != row.hash or row.prev_hash != row.before or row.seq != row.place or not head_holds:
            yield f"the ledger of case {row.case_id} is broken at entry {row.seq}"
