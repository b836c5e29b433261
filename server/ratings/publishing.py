"""A list on its way: proposed, open to the shops on it, published; and worked out again to prove it.

What was worked out is kept and never edited. Whoever makes a list has the ledgers to themselves meanwhile, so that it
reads all entries up to one and can be made again from exactly those.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import orjson
from sqlalchemy import Connection

from server.contract import read_cursor, wire_time, write_cursor
from server.documents import making
from server.messages import say
from server.problems.ratings import RatingAppealsOpen, RatingNoticeRuns, RatingStepRefused
from server.problems.request import InputRefused, NotFound
from server.ratings import entering
from server.ratings.entering import SQL, scheme_of, scheme_on
from server.ratings.replay import Rated, Scheme, content_of
from server.ratings.standing import entries_of, merged_of, names_of, rate_all, schemes_of, told_name


@dataclass(frozen=True)
class Now:
    """The moment of a request, and the local day it falls on."""

    at: datetime
    today: date


@dataclass(frozen=True)
class Stored:
    """A list as it is kept: what it was worked out from, and the steps it has taken."""

    id: UUID
    on: date
    scheme: Scheme
    through: int
    merged: Mapping[UUID, UUID]
    state: str
    steps: Mapping[str, Any]
    open_appeals: int


def propose(connection: Connection, on: date, now: Now) -> UUID:
    """Work out both lists as of a day and keep them.

    Raises:
        InputRefused: a day to come. RulebookMissing: no rules on that day. RatingWithoutValue.
    """
    if on > now.today:
        raise InputRefused(errors=[{"path": "/on", "message": "该日未到 / the day is still to come"}])
    SQL["lock_ratings"].run(connection)
    entering.enter_all_due(entering.of_server(connection))
    scheme, merged = scheme_on(connection, on), merged_of(connection)
    through = int(SQL["newest_score"].run(connection).scalar_one())
    standing, content = work_out(connection, scheme, merged, through, on)
    list_id = uuid4()
    values = {
        "id": str(list_id),
        "on": on.isoformat(),
        "rules": scheme.id,
        "through": through,
        "merged": orjson.dumps({str(one): str(root) for one, root in merged.items()}).decode(),
        "content": content.decode(),
        "digest": sha256(content).hexdigest(),
        "at": now.at,
    }
    SQL["insert_rating_list"].run(connection, values)
    names = names_of(connection, standing, on)
    entries = [
        {
            "subject_id": str(root),
            "colour": entry["colour"],
            "score": entry["score"],
            "stars": entry["stars"],
            "name": names[root]["name"] or names[root]["code"],
            "street": names[root]["street"],
            "township_code": names[root]["township_code"],
        }
        for root, entry in _listed(content, standing, names).items()
    ]
    rows = {"id": str(list_id), "entries": orjson.dumps(entries).decode()}
    SQL["insert_rating_entries"].run(connection, rows)
    return list_id


def notice(connection: Connection, list_id: UUID, now: Now) -> None:
    """Begin the notice: from now on shops may appeal, and a notice to each of them is there to be served.

    Raises:
        NotFound. RatingStepRefused: not proposed any more.
    """
    stored = read(connection, list_id)
    if stored.state != "proposed":
        raise RatingStepRefused(state=stored.state)
    rule = stored.scheme.rule
    until = {
        "notice_until": (now.today + timedelta(days=rule.notice_days)).isoformat(),
        "appeal_until": (now.today + timedelta(days=rule.appeal_days)).isoformat(),
    }
    _step(connection, stored, "noticed", now, **until)
    _tell_ledgers(connection, stored, "rating.noticed")
    _notify(connection, stored, now, until)


def publish(connection: Connection, list_id: UUID, now: Now) -> None:
    """Publish after the notice.

    Raises:
        NotFound. RatingStepRefused: no notice, or published or withdrawn before. RatingNoticeRuns. RatingAppealsOpen.
    """
    stored = read(connection, list_id)
    if stored.state != "noticed":
        raise RatingStepRefused(state=stored.state)
    until = stored.steps["noticed"]["notice_until"]
    if now.today <= date.fromisoformat(until):
        raise RatingNoticeRuns(notice_until=until)
    if stored.open_appeals:
        raise RatingAppealsOpen(open=stored.open_appeals)
    _step(connection, stored, "published", now)
    _tell_ledgers(connection, stored, "rating.published")


def withdraw(connection: Connection, list_id: UUID, reason: str, now: Now) -> None:
    """Take a list back, published or not: the one before it stands again. Raises NotFound, RatingStepRefused."""
    stored = read(connection, list_id)
    if stored.state == "withdrawn":
        raise RatingStepRefused(state=stored.state)
    _step(connection, stored, "withdrawn", now, reason=reason)


def replay(connection: Connection, list_id: UUID) -> dict[str, Any]:
    """Work a list out once more from the ledgers, and compare. Raises NotFound."""
    stored = read(connection, list_id)
    kept = SQL["fetch_list_content"].run(connection, {"id": str(list_id)}).scalar_one().encode()
    _, content = work_out(connection, stored.scheme, stored.merged, stored.through, stored.on)
    return {
        "digest": sha256(kept).hexdigest(),
        "replayed": sha256(content).hexdigest(),
        "same": content == kept,
    }


def read(connection: Connection, list_id: UUID) -> Stored:
    """A list with what it was worked out from. Raises NotFound."""
    row = _row(connection, list_id)
    steps = orjson.loads(row["steps"])
    merged = {UUID(one): UUID(root) for one, root in orjson.loads(row["merged"]).items()}
    scheme = scheme_of(connection, row["rules_id"])
    state = _state(steps)
    return Stored(row["id"], row["on_day"], scheme, row["through"], merged, state, steps, row["open_appeals"])


def one(connection: Connection, list_id: UUID) -> dict[str, Any]:
    """A list with everybody on it whom the asker may see. Raises NotFound."""
    rows = SQL["list_rating_entries"].run(connection, {"id": str(list_id)}).mappings()
    return {**_told(_row(connection, list_id)), "entries": [_told_entry(row) for row in rows]}


def list_publications(connection: Connection, cursor: str | None, limit: int) -> dict[str, Any]:
    """Lists, newest first. Raises CursorRefused."""
    after = read_cursor(cursor, datetime, UUID)
    values = {
        "id": None,
        "before_at": after and after[0],
        "before": after and str(after[1]),
        "rows": limit + 1,
    }
    rows = SQL["list_rating_lists"].run(connection, values).mappings().all()
    page = rows[:limit]
    last = page[-1] if len(rows) > limit else None
    following = write_cursor(wire_time(last["made_at"]), str(last["id"])) if last else None
    return {"items": [_told(row) for row in page], "next": following}


def work_out(
    connection: Connection, scheme: Scheme, merged: Mapping[UUID, UUID], through: int, on: date
) -> tuple[dict[UUID, Rated], bytes]:
    """Who is on the lists of a day by the entries up to one of them, and their content. Raises RatingWithoutValue."""
    entries = entries_of(connection, through=through)
    standing = rate_all(entries, merged, schemes_of(connection, entries, scheme), scheme, on)
    listed = {root: rated for root, rated in standing.items() if rated.colour}
    codes = {root: named["code"] for root, named in names_of(connection, listed, on).items()}
    return listed, content_of(listed, codes, scheme, on)


def _listed(
    content: bytes, standing: Mapping[UUID, Rated], names: Mapping[UUID, Mapping[str, Any]]
) -> dict[UUID, dict[str, Any]]:
    """The lines of a list as they stand in its content, by subject."""
    by_code = {entry["subject"]: entry for entry in orjson.loads(content)["entries"]}
    return {root: by_code[names[root]["code"]] for root in standing}


def _step(connection: Connection, stored: Stored, action: str, now: Now, **more: str) -> None:
    values = {"notice_until": None, "appeal_until": None, "reason": None, **more}
    taken = SQL["insert_rating_step"].run(
        connection, {"id": str(stored.id), "action": action, "at": now.at, **values}
    )
    if taken.rowcount == 0:
        # Somebody was first, a moment ago.
        raise RatingStepRefused(state=read(connection, stored.id).state)


def _tell_ledgers(connection: Connection, stored: Stored, action: str) -> None:
    """Everybody on a list has it in the ledger."""
    for row in SQL["list_rating_entries"].run(connection, {"id": str(stored.id)}).mappings().all():
        told = {
            "list": str(stored.id),
            "on": stored.on.isoformat(),
            "colour": row["colour"],
            "score": row["score"],
        }
        entering.append(connection, row["subject_id"], action, told, base=stored.scheme.rule.base)


def _notify(connection: Connection, stored: Stored, now: Now, until: Mapping[str, str]) -> None:
    """A notice for everybody on a list, to be served as other documents are."""
    for row in SQL["list_rating_entries"].run(connection, {"id": str(stored.id)}).mappings().all():
        colour = say(f"rating.on_{row['colour']}")
        said = {
            "name": row["name"],
            "on": stored.on.isoformat(),
            "score": row["score"],
            "until": until["notice_until"],
            "appeal_until": until["appeal_until"],
        }
        making.make(
            connection,
            kind="notice",
            title=say("rating.notice_title")["text"],
            content={"text": say("rating.notice_text", {**said, "colour": colour["text"]})["text"]},
            subject_id=row["subject_id"],
            at=now.at,
        )


def _row(connection: Connection, list_id: UUID) -> Mapping[str, Any]:
    values = {"id": str(list_id), "before_at": None, "before": None, "rows": 1}
    row = SQL["list_rating_lists"].run(connection, values).mappings().one_or_none()
    if row is None:
        raise NotFound()
    return dict(row)


def _state(steps: Mapping[str, Any]) -> str:
    return next((step for step in ("withdrawn", "published", "noticed") if step in steps), "proposed")


def _told(row: Mapping[Any, Any]) -> dict[str, Any]:
    steps = orjson.loads(row["steps"])
    noticed, withdrawn = steps.get("noticed", {}), steps.get("withdrawn", {})
    return {
        "id": row["id"],
        "on": row["on_day"],
        "state": _state(steps),
        "rules_id": row["rules_id"],
        "digest": row["digest"],
        "red": row["red"],
        "black": row["black"],
        "open_appeals": row["open_appeals"],
        "made_at": wire_time(row["made_at"]),
        "made_by": row["made_by"],
        "noticed_at": wire_time(noticed.get("at")),
        "notice_until": noticed.get("notice_until"),
        "appeal_until": noticed.get("appeal_until"),
        "published_at": wire_time(steps.get("published", {}).get("at")),
        "withdrawn_at": wire_time(withdrawn.get("at")),
        "withdrawn_because": withdrawn.get("reason"),
    }


def _told_entry(row: Mapping[Any, Any]) -> dict[str, Any]:
    appeal = correction = None
    if row["appeal_id"]:
        appeal = {
            "id": row["appeal_id"],
            "contested": orjson.loads(row["contested"]),
            "grounds": row["grounds"],
            "made_at": wire_time(row["appealed_at"]),
            "made_by": row["appealed_by"],
            "upheld": row["upheld"],
            "reason": row["reason"],
            "decided_at": wire_time(row["decided_at"]),
            "decided_by": row["decided_by"],
        }
    if row["corrected_at"]:
        correction = {
            "colour": row["colour_now"],
            "score": row["score_now"],
            "at": wire_time(row["corrected_at"]),
        }
    return {
        "subject": told_name(row),
        "colour": row["colour"],
        "score": row["score"],
        "stars": row["stars"],
        "appeal": appeal,
        "correction": correction,
    }
