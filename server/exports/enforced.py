"""What the printable case file says of enforcement, of court and of papers, as rows of casefile.typ.

Steps, officers, terms and what came of them are read from the ledger, as a court can check them in the bundle; what a
proceeding is about and how papers were served comes with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from server.exports import timeline
from server.exports.gathering import Gathered, read_body
from server.messages import say

Words = Callable[[datetime | str | None], str]
"""A moment in local time, in words; a dash for none."""
_APART = ("proceeding", "officers", "matter", "on")
"""Members of an entry that stand above a table or in columns of their own."""


def proceedings(gathered: Gathered, words: Words) -> list[dict[str, Any]]:
    """Every proceeding with its facts, steps and terms.

    Its `steps` are [entry, time, step, who, what], its `terms` [name, began, last day, ended].
    """
    known = {one["number"]: one for one in gathered.papers["proceedings"]}
    return [
        {
            "number": number,
            "facts": _facts(known[number]) if number in known else [],
            "steps": [_step(entry, gathered, words) for entry in entries],
            "terms": [_term(term) for term in read_body(entries[-1])["terms"]],
        }
        for number, entries in _grouped(gathered, lambda body: body.get("proceeding")).items()
    ]


def matters(gathered: Gathered) -> list[dict[str, Any]]:
    """Every matter of court: `rows` [entry, day, what, outcome and papers, terms it began]."""
    grouped = _grouped(gathered, lambda body: (body.get("matter") or {}).get("id"))
    return [
        {
            "title": timeline.matter_named(read_body(entries[0])["matter"]),
            "rows": [_happened(entry) for entry in entries if "on" in read_body(entry)],
        }
        for entries in grouped.values()
    ]


def papers(gathered: Gathered, words: Words) -> list[list[str]]:
    """Every document: number, title, when it was made, and how each attempt to serve it went."""
    return [
        [
            one["code"],
            one["title"],
            words(one["made_at"]),
            "\n".join(_service(attempt, words) for attempt in one["services"]) or "—",
        ]
        for one in gathered.papers["documents"]
    ]


def _grouped(
    gathered: Gathered, key: Callable[[Mapping[str, Any]], str | None]
) -> dict[str, list[dict[str, Any]]]:
    """Entries of the ledger by what they belong to, in their order."""
    found: dict[str, list[dict[str, Any]]] = {}
    for entry, body in zip(gathered.entries, gathered.bodies, strict=True):
        if of := key(body):
            found.setdefault(of, []).append(entry)
    return found


def _facts(one: Mapping[str, Any]) -> list[list[str]]:
    return [
        ["当事人", one["party"], "案由", one["item"] or "—"],
        ["办案机构", one["body"], "现况", say(f"enforcement_state.{one['state']}")["text"]],
    ]


def _step(entry: Mapping[str, Any], gathered: Gathered, words: Words) -> list[str]:
    body = read_body(entry)
    title = next(
        (
            f"文书：{paper['title']}（{paper['code']}）"
            for paper in gathered.papers["documents"]
            if body["document"] and paper["id"] == body["document"]["id"]
        ),
        None,
    )
    said = [timeline.details(body, {}, _APART), title, _attached(body)]
    return [
        str(entry["seq"]),
        words(body["at"]),
        say(f"enforcement_step.{body['step']}")["text"],
        "\n".join(_who(entry, body, gathered)),
        "；".join(part for part in said if part),
    ]


def _who(entry: Mapping[str, Any], body: Mapping[str, Any], gathered: Gathered) -> Iterator[str]:
    """Officers with their certificates; of a step that needs none, who took it."""
    for one in body["officers"]:
        yield f"{_username(one['account'], gathered)} 证号 {one['certificate']}"
    if not body["officers"]:
        yield _username(entry["actor_id"], gathered)


def _username(account: str, gathered: Gathered) -> str:
    name: str = gathered.people.get(account, {}).get("username", "—")
    return name


def _attached(body: Mapping[str, Any]) -> str | None:
    count = len(body["said"].get("attachments", ()))
    return f"附件 {count} 件" if count else None


def _term(term: Mapping[str, Any]) -> list[str]:
    name = say(f"enforcement_clock.{term['name']}")["text"]
    return [name, term["began_on"], term["due_on"], term["stopped_on"] or "—"]


def _happened(entry: Mapping[str, Any]) -> list[str]:
    body = read_body(entry)
    said = [timeline.details(body, {}, _APART) or None, _attached(body)]
    return [
        str(entry["seq"]),
        body["on"],
        timeline.words(entry["action"]),
        "；".join(part for part in said if part) or "—",
        "\n".join(f"{term['name']} 至 {term['due_on']}" for term in body["terms"]) or "—",
    ]


def _service(attempt: Mapping[str, Any], words: Words) -> str:
    how = attempt["how_name"] or attempt["how"]
    outcome = say(f"service_outcome.{attempt['outcome'] or 'sending'}")["text"]
    receipt = f"，回执 {attempt['receipt'][:16]}" if attempt["receipt"] else ""
    return f"{words(attempt['served_at'])} {how}，{outcome}{receipt}"
