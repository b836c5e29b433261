"""721: which share of the steps of a period was service, management or enforcement, and the steps behind each share.

A step is what somebody did and that was kept: an entry of a case's ledger, a call at a door, a card handed over, a form
filled in. Which means it is, is data (`means_tags`). What has no tag is counted as such and listed like the rest.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from server import sqltext
from server.assessment.indicators import Asked
from server.contract import read_cursor, wire_time, write_cursor
from server.messages import LANGUAGES, catalogue
from server.rulebooks import store
from server.rulebooks.books.means_tags import EVERY, MEANS, MeansTag

SQL = sqltext.load(Path(__file__).with_name("means.sql"))
UNTAGGED: Final = "untagged"
TARGET: Final[Mapping[str, int]] = {"service": 70, "management": 20, "enforcement": 10}
"""Percent; what 721 stands for: seven parts service, two management, one enforcement."""
_PARTS: Final = 10_000
"""A share is told in hundredths of a percent."""


@dataclass(frozen=True)
class Kind:
    """One kind of step, as it was kept; `own` is the means that its form says itself."""

    of: str
    name: str
    own: str | None


class Tags:
    """The tags that count on a day; none of them before the first set.

    Attributes:
        names: what forms are called, by code, in Chinese and English.
    """

    def __init__(self, used: store.InForce | None, forms: store.InForce | None) -> None:
        self.used = used
        self.names = {row.code: (row.name, row.name_en) for row in forms.rows.values()} if forms else {}
        rows: Sequence[MeansTag] = list(used.rows.values()) if used else []
        self._rows: dict[tuple[str, str], MeansTag] = {(row.of, row.name): row for row in rows}

    def row(self, kind: Kind) -> MeansTag | None:
        """The tag of a kind: its own, or that of every other of its origin, unless its form says its means."""
        found = self._rows.get((kind.of, kind.name))
        return found or (None if kind.own else self._rows.get((kind.of, EVERY)))

    def means(self, kind: Kind) -> str:
        found = self.row(kind)
        return found.means if found else kind.own or UNTAGGED


def set_told(used: store.InForce) -> dict[str, Any]:
    """A rulebook by which something is told."""
    about = {name: getattr(used, name) for name in ("id", "version", "name", "source", "sample")}
    return {**about, "valid_from": used.valid_from.isoformat()}


def shares(steps: Mapping[str, int]) -> dict[str, str | None]:
    """Percent of each means among the steps with a tag, with two decimals, adding to 100.00 to the last digit.

    Each is rounded down, and the hundredths that are left go to those that lost most; of equals to the first.

    >>> shares({"service": 1, "management": 1, "enforcement": 1})
    {'service': '33.34', 'management': '33.33', 'enforcement': '33.33'}
    """
    total = sum(steps.get(name, 0) for name in MEANS)
    if not total:
        return dict.fromkeys(MEANS)
    parts = {name: divmod(steps.get(name, 0) * _PARTS, total) for name in MEANS}
    left = _PARTS - sum(whole for whole, _ in parts.values())
    gaining = sorted(MEANS, key=lambda name: -parts[name][1])[:left]
    whole = {name: parts[name][0] + (name in gaining) for name in MEANS}
    return {name: f"{share // 100}.{share % 100:02}" for name, share in whole.items()}


def tags_on(connection: Connection, day: date) -> Tags:
    used, forms = (store.in_force(connection, kind, day) for kind in ("means_tags", "forms"))
    return Tags(used, forms)


def figures(connection: Connection, asked: Asked, by: Sequence[str]) -> dict[str, Any]:
    """Steps and shares of a period, in all and by the groups of `by`, by the tags of its last day."""
    tags = tags_on(connection, asked.last)
    groups: dict[tuple[str | None, str | None], Counter[str]] = defaultdict(Counter)
    kinds: Counter[Kind] = Counter()
    for kind, township, month, steps in _counted(connection, asked, by):
        groups[township, month][tags.means(kind)] += steps
        kinds[kind] += steps
    whole: Counter[str] = sum(groups.values(), Counter())
    keys = sorted(groups, key=lambda key: [part or "" for part in key]) if by else []
    return {
        "from": asked.first.isoformat(),
        "to": asked.last.isoformat(),
        "tags": set_told(tags.used) if tags.used else None,
        "target": dict(TARGET),
        "total": _group(None, None, whole),
        "items": [_group(*key, groups[key]) for key in keys],
        "kinds": [_kind(kind, tags) | {"steps": kinds[kind]} for kind in sorted(kinds, key=_by_name)],
    }


def steps_behind(
    connection: Connection, asked: Asked, means: str | None, cursor: str | None, limit: int
) -> dict[str, Any]:
    """One page of the steps behind a share, oldest first; of all means when it is None. Raises CursorRefused."""
    after = read_cursor(cursor, datetime, str)
    tags = tags_on(connection, asked.last)
    kinds = {kind for kind, *_ in _counted(connection, asked, ())}
    wanted = [kind for kind in sorted(kinds, key=_by_name) if means in (None, tags.means(kind))]
    values = {
        **values_of(asked),
        "origins": [kind.of for kind in wanted],
        "names": [kind.name for kind in wanted],
        "owns": [kind.own or "" for kind in wanted],
        "after_at": after[0] if after else None,
        "after": after[1] if after else None,
        "rows": limit + 1,
    }
    rows = SQL["list_steps"].run(connection, values).mappings().all()
    page = rows[:limit]
    last = page[-1] if len(rows) > limit else None
    return {
        "items": [_step(row, tags) for row in page],
        "next": write_cursor(wire_time(last["at"]), last["key"]) if last else None,
    }


def values_of(asked: Asked) -> dict[str, Any]:
    return {name: value for name, value in asked.values().items() if name != "category"}


def _counted(
    connection: Connection, asked: Asked, by: Sequence[str]
) -> list[tuple[Kind, str | None, str | None, int]]:
    values = {
        **values_of(asked),
        "time_zone": asked.time_zone.key,
        "by_township": "township" in by,
        "by_month": "month" in by,
    }
    return [
        (
            Kind(row.origin, row.name, row.own_means),
            row.township_code,
            f"{row.month:%Y-%m}" if row.month else None,
            row.steps,
        )
        for row in SQL["count_steps"].run(connection, values)
    ]


def _by_name(kind: Kind) -> tuple[str, str, str]:
    return kind.of, kind.name, kind.own or ""


def _group(township: str | None, month: str | None, steps: Mapping[str, int]) -> dict[str, Any]:
    share = shares(steps)
    return {
        "township": township,
        "month": month,
        "steps": sum(steps.values()),
        "untagged": steps.get(UNTAGGED, 0),
        "means": {name: {"steps": steps.get(name, 0), "share": share[name]} for name in MEANS},
    }


def _kind(kind: Kind, tags: Tags) -> dict[str, Any]:
    tag, means = tags.row(kind), tags.means(kind)
    label: tuple[str | None, str | None] = (None, None)
    if tag and tag.name != EVERY:
        label = (tag.label, tag.label_en)
    elif kind.of == "record_form":
        label = tags.names.get(kind.name, label)
    elif kind.of == "enforcement_step":
        chinese, english = (catalogue(language) for language in LANGUAGES)
        key = f"enforcement_step.{kind.name}"
        label = (chinese.get(key), english.get(key))
    return {
        "of": kind.of,
        "name": kind.name,
        "label": label[0],
        "label_en": label[1],
        "means": None if means == UNTAGGED else means,
    }


def _step(row: Mapping[Any, Any], tags: Tags) -> dict[str, Any]:
    return {
        **_kind(Kind(row["origin"], row["name"], row["own_means"]), tags),
        "at": wire_time(row["at"]),
        "township": row["township_code"],
        "case": row["number"],
        "record": row["record_id"] and str(row["record_id"]),
    }
