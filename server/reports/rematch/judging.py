"""What the worker does of a re-match: judge reports anew by the zones now valid for their day, batch by batch.

Listing keeps only reports whose answer differs: another zone, or another verdict. Running adds exactly what was
listed; a report whose answer changed again since is marked and left alone. Each batch is one transaction that also
notes how far it got, so a worker that dies loses one batch, and two workers take turns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
import psycopg

from geo.datum import Datum, Position
from server.evidence.canonical import canonical
from server.places.matching import Fix, Judged, Matcher

_TOLD = ("code", "name", "version", "verdict", "probability", "distance_m")
_NOTHING: Mapping[str, Any] = {"verdict": "none", "code": None}


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Kinds of zones for which two matches name another zone or give another verdict, with both sides."""
    kinds = {key for match in (before, after) for key, said in match.items() if _is_verdict(said)}
    found = []
    for kind in sorted(kinds):
        was, now = before.get(kind, _NOTHING), after.get(kind, _NOTHING)
        if (was["code"], was["verdict"]) != (now["code"], now["verdict"]):
            found.append({"kind": kind, "before": _told(was), "after": _told(now)})
    return found


def _is_verdict(said: Any) -> bool:
    return isinstance(said, dict) and "verdict" in said


def _told(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: said.get(name) for name in _TOLD}


@dataclass(frozen=True)
class Rematcher:
    """Judges past reports as the intake judges new ones.

    Attributes:
        matcher: the deployment's own.
        batch_reports: reports a transaction; 200 take about half a second.
    """

    matcher: Matcher
    batch_reports: int = 200

    def list_moves(self, connection: psycopg.Connection[Any], rematch_id: str) -> int:
        """Go on listing until nothing is left to look at; returns how many reports were looked at."""
        looked = 0
        while True:
            with connection.transaction():
                rows = connection.execute(
                    "SELECT * FROM rematch_batch_v1(%s, %s)", (UUID(rematch_id), self.batch_reports)
                ).fetchall()
                reports = [orjson.loads(row[0]) for row in rows]
                moves = self._moves(connection, reports)
                last = reports[-1] if reports else {"received_at": None, "id": None}
                connection.execute(
                    "SELECT rematch_note_v1(%s, %s, %s, %s, %s)",
                    (UUID(rematch_id), len(reports), last["received_at"], last["id"], _json(moves)),
                )
            if not reports:
                return looked
            looked += len(reports)

    def run(self, connection: psycopg.Connection[Any], rematch_id: str) -> int:
        """Add the matches that were listed and still hold; returns how many reports were taken up."""
        taken = 0
        while True:
            with connection.transaction():
                rows = connection.execute(
                    "SELECT * FROM rematch_due_v1(%s, %s)", (UUID(rematch_id), self.batch_reports)
                ).fetchall()
                reports = [orjson.loads(row[0]) for row in rows]
                judged = self._judge(connection, reports)
                written = [
                    _row(rematch_id, report, one, listed)
                    for report, one, (_, listed) in zip(reports, judged, rows, strict=True)
                ]
                connection.execute(
                    "SELECT rematch_write_v1(%s, %s, %s)",
                    (UUID(rematch_id), datetime.now(UTC), _json(written)),
                )
            if not reports:
                return taken
            taken += len(reports)

    def _moves(
        self, connection: psycopg.Connection[Any], reports: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, Any]]:
        moves = []
        for report, judged in zip(reports, self._judge(connection, reports), strict=True):
            changes = differences(report["match"], judged.wire)
            if changes:
                moves.append(
                    {
                        "report": report["id"],
                        "before_match": report["match_id"],
                        "changes": changes,
                        "result": canonical(judged.wire).decode(),
                    }
                )
        return moves

    def _judge(
        self, connection: psycopg.Connection[Any], reports: Sequence[Mapping[str, Any]]
    ) -> list[Judged]:
        fixes = [self._fix(report) for report in reports]
        spots = [
            self.matcher.candidate_values(fix, date.fromisoformat(report["judged_on"]), _hint_code(report))
            for fix, report in zip(fixes, reports, strict=True)
        ]
        candidates: list[list[dict[str, Any]]] = [[] for _ in reports]
        for spot, candidate in connection.execute("SELECT * FROM rematch_candidates_v1(%s)", (_json(spots),)):
            candidates[spot].append(orjson.loads(candidate))
        return [
            self.matcher.judge(fix, rows, none_weights=report["none_weights"], hint=_hint(report))
            for fix, rows, report in zip(fixes, candidates, reports, strict=True)
        ]

    def _fix(self, report: Mapping[str, Any]) -> Fix:
        sent = Position(report["sent_lon"], report["sent_lat"], Datum(report["datum"]))
        return self.matcher.fix(sent, report["accuracy_m"], report["bearing_deg"])


def _hint(report: Mapping[str, Any]) -> tuple[str, str] | None:
    hint = report["zone_hint"]
    return (hint["code"], hint["how"]) if hint else None


def _hint_code(report: Mapping[str, Any]) -> str | None:
    hint = _hint(report)
    return hint[0] if hint else None


def _row(rematch_id: str, report: Mapping[str, Any], judged: Judged, listed: str) -> dict[str, Any]:
    """One row of rematch_write_v1. The ledger keeps the digest of the match, so that `frontage verify` knows it."""
    result = canonical(judged.wire)
    changes = differences(report["match"], judged.wire)
    body = {
        "report": report["id"],
        "rematch": rematch_id,
        "match": sha256(result).hexdigest(),
        "algorithm": judged.match.algorithm,
        "judged_on": report["judged_on"],
        "changes": [
            {"kind": one["kind"], **{side: _zone(one[side]) for side in ("before", "after")}}
            for one in changes
        ],
    }
    return {
        "report": report["id"],
        "agrees": result.decode() == listed,
        "algorithm": judged.match.algorithm,
        "judged_on": report["judged_on"],
        "body": canonical(body).decode(),
    }


def _zone(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: told[name] for name in ("code", "version", "verdict")}


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
