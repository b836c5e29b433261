"""Whether ledgers of scores hang together, from their first entries to the ones they remember as their newest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy import Connection

from server.evidence.ledger import ledger_hash
from server.ratings.entering import SQL


def broken(connection: Connection, subjects: Sequence[UUID] | None = None) -> set[UUID]:
    """Subjects whose ledger does not hang together; of all that the asker sees, or of some."""
    wanted = {"subjects": [str(subject) for subject in subjects] if subjects is not None else None}
    heads: dict[UUID, tuple[str, int]] = {}
    wrong: set[UUID] = set()
    for row in SQL["list_chain"].run(connection, wanted):
        head, seq = heads.get(row.subject_id, ("", 0))
        made = ledger_hash(head, row.subject_id, seq + 1, row.recorded_at, row.actor_id, row.action, row.body)
        if (row.seq, row.prev_hash, row.hash) != (seq + 1, head, made):
            wrong.add(row.subject_id)
        heads[row.subject_id] = (made, seq + 1)
    remembered = {row.subject_id: (row.head, row.seq) for row in SQL["list_heads"].run(connection, wanted)}
    cut = {one for one in heads.keys() | remembered.keys() if heads.get(one) != remembered.get(one)}
    return wrong | cut


def verify_scores(connection: Connection) -> Iterator[str]:
    """Each ledger that does not hang together, in words; needs the owner's rights."""
    for subject in sorted(broken(connection), key=str):
        code = SQL["rated_subject_code"].run(connection, {"subject": str(subject)}).scalar_one()
        yield f"计分台账不完整 / a ledger of scores does not hang together: {code}"
