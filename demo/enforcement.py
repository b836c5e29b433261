"""What is enforced at the end of the month: certificates, proceedings at every step, decisions of every outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from demo.bureau import DISTRICT

ADMIN, REVIEWER = "admin01", "reviewer01"
ASK = Callable[..., dict[str, Any]]
"""`ask(who, method, path, body)`: the answer's body. Raises NotSent for a refusal."""

_ENDS_SOON_DAYS = 25
_CASES_EACH = 10
"""One proceeding for so many cases of the month."""
# Steps by a letter each, so that a way through the table is a word.
_STEPS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "I": ("inquire", {"note": "现场查实,已拍照取证"}),
    "O": ("order_correction", {}),
    "T": ("order_correction", {"days": 1}),
    "K": ("recheck", {"corrected": True, "note": "已按要求改正"}),
    "N": ("advance_notice", {}),
    "S": ("statement", {"note": "当事人无异议"}),
    "R": ("submit_review", {}),
    "A": ("approve", {"note": "事实清楚,证据充分,同意"}),
    "B": ("object", {"note": "补充询问笔录后再报"}),
    "D": ("decide", {}),
    "V": ("serve", {"how": "in_person"}),
    "P": ("comply", {}),
    "E": ("end", {}),
    "X": ("drop", {"note": "经查责任不在当事人"}),
}
VACANT = "空铺"
"""How premises that nobody uses are named on the map."""
_WITH_OFFICERS = frozenset("IOTKNDV")
_WITH_OUTCOME = frozenset("ND")
_OF_REVIEWER = frozenset("AB")


@dataclass(frozen=True)
class _Fate:
    """How far one comes: `spot` for the simple procedure (`C` confirms it, `Y` confirms it as paid).

    Without `item` it is the small one that fits what the case is about.
    """

    way: str
    outcome: str = "penalty"
    amount: str | None = "100"
    item: str = ""
    waived: str | None = None
    spot: bool = False


_FATES = (
    _Fate("INSD"),
    _Fate("INSR", amount="20000", item="spoil_dumped"),
    _Fate("Y", spot=True),
    _Fate("INSDVPE"),
    _Fate("IOKDVE", outcome="no_penalty_shall", amount=None, waived="100"),
    _Fate("C", spot=True, outcome="warning", amount=None),
    _Fate("", spot=True),
    _Fate("IT"),
    _Fate("INSRADV", amount="12000", item="spoil_dumped"),
    _Fate("IOKDVE", outcome="no_penalty_may", amount=None, waived="200"),
    _Fate("INSDV", outcome="mitigated", amount="10"),
    _Fate("Y", spot=True),
    _Fate("IN"),
    _Fate("INS"),
    _Fate("I"),
    _Fate("INSDVE", outcome="warning", amount=None),
    _Fate("INSRB", amount="30000", item="fumes"),
    _Fate("X"),
    _Fate("C", spot=True),
    _Fate("INSRA", amount="15000", item="spoil_dumped"),
    _Fate(""),
    _Fate("Y", spot=True),
    _Fate("INSDVP"),
    _Fate("C", spot=True, outcome="warning", amount=None),
    _Fate("IOK"),
)


def enforce(ask: ASK, accounts: Sequence[Mapping[str, Any]], until: datetime, cases: int) -> None:
    """Do all of it, once: what is there already from a month that was interrupted stays."""
    if ask(REVIEWER, "GET", "/proceedings", None)["items"]:
        return
    people = {one["username"]: (one["township"] or DISTRICT, one["role"]) for one in accounts}
    known = ask(ADMIN, "GET", "/accounts?limit=500", None)["items"]
    ids = {
        one["username"]: one["id"] for one in known if people.get(one["username"], _NOBODY)[1] in _ENFORCING
    }
    for nth, (name, account) in enumerate(sorted(ids.items()), start=1):
        ask(
            ADMIN, "POST", "/certificates", _certificate(account, nth, until.date(), soon=name == "officer02")
        )
    teams = list(_teams(people))
    for nth, fate in enumerate(_FATES[: max(1, cases // _CASES_EACH)]):
        whole = [team for team in teams if team[0] in _WHOLE] if fate.item else teams
        if not whole:
            continue
        body, pair = whole[nth % len(whole)]
        # Of those that the officer reported: whoever confirms a record sees its case.
        page = ask(pair[1], "GET", f"/cases?body={body}&limit=20", None)["items"]
        standing = [one["number"] for one in page if one["state"] not in ("refused", "cancelled", "merged")]
        if standing:
            _one(ask, fate, standing[nth % len(standing)], pair, ids)


_ENFORCING = ("handler", "officer")
_NOBODY = ("", "")
# Townships that all items of the sample are delegated to.
_WHOLE = ("320612001", "320612004", "320612114", "320612117", "320612120")


def _certificate(account: str, nth: int, today: date, *, soon: bool) -> dict[str, Any]:
    last = today + timedelta(days=_ENDS_SOON_DAYS) if soon else date(today.year + 2, 12, 31)
    first = date(today.year - 1, 1, 1).isoformat()
    return {"account": account, "number": f"示例{nth:05}", "first_day": first, "last_day": last.isoformat()}


def _teams(people: Mapping[str, tuple[str, str]]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Townships where a handler and an officer can go together."""
    for body in sorted({body for body, _ in people.values()} - {DISTRICT}):
        of = {role: name for name, (home, role) in sorted(people.items(), reverse=True) if home == body}
        if {"handler", "officer"} <= of.keys():
            yield body, (of["handler"], of["officer"])


def _fitting(items: Sequence[Mapping[str, Any]]) -> str:
    small = [one for one in items if one["simple_max_yuan"]]
    return str(next((one for one in small if one["fits"]), small[0])["code"])


def _one(ask: ASK, fate: _Fate, case: str, pair: tuple[str, str], ids: Mapping[str, str]) -> None:
    officers = [ids[name] for name in pair]
    begun = ask(pair[0], "GET", f"/cases/{case}/simple-procedure", None)
    subject = begun["subject"]
    at_door = (begun["zone"] or {"name": VACANT})["name"].rpartition(" ")[2]
    whom = (
        {"subject": subject["id"]}
        if subject
        else {"party_name": at_door.replace(VACANT, "示例商户"), "party_kind": "unit"}
    )
    opened = {"officers": officers, "item": fate.item or _fitting(begun["items"]), **whom}
    decided = {"outcome": fate.outcome, **({"amount_yuan": fate.amount} if fate.amount else {})}
    if fate.spot:
        said = {"note": "当场查实", "statement": "无异议,当场改正"}
        made = ask(pair[0], "POST", f"/cases/{case}/simple-procedure", {**opened, **said, **decided})
        if fate.way:
            confirmed = {"version": made["version"], "paid": fate.way == "Y"}
            ask(pair[1], "POST", f"/proceedings/{made['number']}/steps/confirm", confirmed)
        return
    made = ask(pair[0], "POST", f"/cases/{case}/proceedings", opened)
    for letter in fate.way:
        step, inputs = _STEPS[letter]
        body = {"version": made["version"], **inputs}
        if letter in _WITH_OFFICERS:
            body["officers"] = officers
        if letter in _WITH_OUTCOME:
            body |= decided
        if letter == "D" and fate.waived:
            body["waived_yuan"] = fate.waived
        who = REVIEWER if letter in _OF_REVIEWER else pair[0]
        made = ask(who, "POST", f"/proceedings/{made['number']}/steps/{step}", body)
