"""Scores of records that were kept, judged again from the answers by the forms that were in force."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
from sqlalchemy import Connection

from server.evidence.canonical import canonical
from server.evidence.replaying import Kept
from server.records.judging import judge
from server.records.keeping import SQL, told_scores
from server.records.reading import FormSets


def scores(connection: Connection) -> Iterator[Kept]:
    """Score and sub-scores of each record, or why there is none."""
    sets = FormSets(connection)
    for row in SQL["kept_scores"].run(connection):
        # No text of it is longer than all of it.
        judged = judge(sets[row.rulebook_id].rows[row.form], orjson.loads(row.answers), len(row.answers))
        kept = {"score": row.score, "no_score": row.no_score, "heads": orjson.loads(row.heads)}
        yield Kept(f"{row.form} {row.day}, {row.id}", canonical(kept), canonical(told_scores(judged)))
