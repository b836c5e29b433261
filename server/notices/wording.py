"""What leaves the product of an event, as data and as sentences: codes, numbers and times, and nobody's name.

Only members listed here pass, and only in the form listed here: a payload is written by other features, and a reason
somebody typed into a case may hold a person's name or telephone number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

from server.messages import catalogue, say

_CODE = re.compile(r"[a-z][a-z_.]{0,63}", re.ASCII)
_FORMS = {
    "case": re.compile(r"[A-Z]{1,8}-\d{4}-\d{6,10}", re.ASCII),
    "category": re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII),
    "township": re.compile(r"\d{9}", re.ASCII),
    "sos": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII),
    "due_at": re.compile(r"\d{4}-\d\d-\d\d[T ][0-9:.+Z-]{5,24}", re.ASCII),
    **dict.fromkeys(("action", "from", "to", "reason", "clock", "mark"), _CODE),
}
_WHOLE_NUMBERS = ("version",)
# Any run of digits a telephone may have; case numbers and townships have fewer.
_TELEPHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)", re.ASCII)


def told(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a payload that may leave the product."""
    passed = {
        name: payload[name]
        for name, form in _FORMS.items()
        if isinstance(payload.get(name), str)
        and form.fullmatch(payload[name])
        and not _TELEPHONE.search(payload[name])
    }
    numbers = {name: payload[name] for name in _WHOLE_NUMBERS if type(payload.get(name)) is int}
    return passed | numbers


@dataclass(frozen=True)
class Item:
    """One event as it is told.

    Attributes:
        key: dedupe key of its outbox row, the same at every try.
        at: when it happened, RFC 3339.
        data: what may be told, by `told`, and the code of the body concerned.
        names: body, township and category in words, Chinese and English; of places and things, never of a person.
    """

    event: str
    key: str
    at: str
    data: Mapping[str, Any]
    names: Mapping[str, str | None]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """An item of notice_take_v1."""
        names = {name: row[name] for name in row if "_name" in name}
        return cls(row["event"], row["key"], row["at"], {**told(row["payload"]), "body": row["body"]}, names)


@dataclass(frozen=True)
class Message:
    """What goes out in one piece. `key` names it at every try; a single event goes under its own dedupe key."""

    key: str
    items: tuple[Item, ...]

    @classmethod
    def of(cls, batch: str, rows: Sequence[Mapping[str, Any]]) -> Self:
        items = tuple(Item.of(row) for row in rows)
        return cls(items[0].key if len(items) == 1 else batch, items)


def subject(message: Message, *, english: bool = False) -> str:
    """One line for a message."""
    if len(message.items) > 1:
        return _line("digest", english, count=len(message.items))
    (item,) = message.items
    case = item.data.get("case")
    what = _event(item, english)
    return _line("about", english, what=what, case=case) if case else _line("subject", english, what=what)


def text(message: Message, time_zone: ZoneInfo, *, english: bool = False) -> str:
    """The whole message in one language: a line a fact, or a line an event when there are several."""
    if len(message.items) == 1:
        return "\n".join(_facts(message.items[0], time_zone, english))
    lines = [" · ".join(_facts(item, time_zone, english)) for item in message.items]
    return "\n".join([subject(message, english=english), *lines])


def _facts(item: Item, time_zone: ZoneInfo, english: bool) -> list[str]:
    lines = [_line("subject", english, what=_event(item, english))]
    data, names = item.data, item.names
    suffix = "_en" if english else ""
    if "case" in data:
        lines.append(_line("case", english, case=data["case"]))
    if "to" in data:
        lines.append(_line("state", english, state=_known(f"state.{data['to']}", data["to"], english)))
    if "category" in data:
        lines.append(
            _line("category", english, category=names.get(f"category_name{suffix}") or data["category"])
        )
    if "township" in data:
        lines.append(_line("township", english, township=names.get("township_name") or data["township"]))
    lines.append(_line("body", english, body=names.get(f"body_name{suffix}") or data["body"]))
    if "due_at" in data:
        lines.append(_line("due", english, due=_local(data["due_at"], time_zone)))
    return lines


def _event(item: Item, english: bool) -> str:
    return _known(f"event.{item.event}", item.event, english)


def _known(key: str, otherwise: str, english: bool) -> str:
    """The sentence of a key; the code itself for what other features have not worded."""
    return say(key)["text_en" if english else "text"] if key in catalogue("en") else otherwise


def _local(due_at: str, time_zone: ZoneInfo) -> str:
    try:
        moment = datetime.fromisoformat(due_at)
    except ValueError:
        return due_at
    return moment.astimezone(time_zone).strftime("%Y-%m-%d %H:%M") if moment.tzinfo else due_at


def _line(code: str, english: bool, **params: Any) -> str:
    return say(f"notice.{code}", params)["text_en" if english else "text"]
