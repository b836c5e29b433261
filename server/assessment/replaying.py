"""Rankings and samples that were kept, worked out again: from counts and formulas, from population and seed."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from server.assessment.rechecks import draw, kept_samples
from server.assessment.scorecards import SQL, worked_again
from server.assessment.scoring import bytes_of, digest_of
from server.evidence.replaying import Kept


def rankings(connection: Connection) -> Iterator[Kept]:
    """Each kept ranking with its digest."""
    for row in SQL["kept_scorecard_runs"].run(connection).mappings().all():
        again = worked_again(connection, row)
        name = f"{row['code']} {row['from_day']} – {row['to_day']}, {row['id']}"
        kept = f"{row['digest']}\n{row['result']}"
        yield Kept(name, kept.encode(), f"{digest_of(again)}\n{again.decode()}".encode())


def samples(connection: Connection) -> Iterator[Kept]:
    """The cases of each sample in the order they were drawn."""
    for row in kept_samples(connection):
        again = draw(row.population, row.seed, len(row.drawn))
        yield Kept(f"{row.seed}, {row.id}", bytes_of(row.drawn), bytes_of(again))
