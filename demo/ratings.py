"""What shops of the demo were given and lost, a list that was published and corrected, one that is open to appeals.

And decisions of leniency with what they waived. All of it is made up but the sum of five of them, which stands in an
article.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from demo.load import read_json
from demo.managing import ASK, MANAGER

REVIEWER = "reviewer01"
_RATED, _UNTIDY, _TIDY = 60, 0.12, 0.45
_WELL_KEPT = (("well_kept", 1), ("helped", 1), ("well_kept", 2))
_ILL_KEPT = (("refused_cooperation", 1), ("dirty_front", 2), ("goods_outside", 2))
_PUBLISHED_D, _PROPOSED_D, _OPEN_D = 12, 20, 3
_LET_OFF = 4
_MOVE = Callable[[datetime], None]


def rate(ask: ASK, move: _MOVE, until: datetime, id_of: Callable[[str], str]) -> None:
    """Let it happen, once: what is there from a month that was interrupted stays.

    Args:
        move: sets the clock. until: the end of the month, at which the clock is left.
    """
    if ask(MANAGER, "GET", "/ratings/publications?limit=1", None)["items"]:
        return
    shops = _shops(ask)
    move(until - timedelta(days=_PROPOSED_D))
    for nth, shop in enumerate(shops):
        _enter(ask, shop, nth, until - timedelta(days=_PROPOSED_D + 2), id_of)
    first = ask(MANAGER, "POST", "/ratings/publications", _on(until, _PROPOSED_D))
    _publish(ask, move, first, until)
    move(until - timedelta(days=_OPEN_D))
    second = ask(MANAGER, "POST", "/ratings/publications", _on(until, _OPEN_D))
    ask(MANAGER, "POST", f"/ratings/publications/{second['id']}/notice", None)
    _appeal(ask, second, "当日已清理,照片为邻店门前")
    move(until)
    _let_off(ask, [shop for shop in shops if not shop["vacant"]], until, id_of)


def _shops(ask: ASK) -> list[dict[str, Any]]:
    page = ask(MANAGER, "GET", f"/subjects?limit={_RATED}", None)["items"]
    return [{"code": one["code"], "vacant": one["kind"] == "vacant"} for one in page]


def _on(until: datetime, days: int) -> dict[str, Any]:
    return {"on": (until - timedelta(days=days)).date().isoformat()}


def _enter(ask: ASK, shop: dict[str, Any], nth: int, last: datetime, id_of: Callable[[str], str]) -> None:
    chance = Random(f"rating/{nth}")
    drawn = chance.random()
    if shop["vacant"] or drawn > _UNTIDY + _TIDY:
        return
    versions = ask(MANAGER, "GET", f"/subjects/{shop['code']}", None)["versions"]
    since = min(version["valid_from"] for version in versions)
    if since > last.date().isoformat():
        return
    for event, times in _ILL_KEPT if drawn < _UNTIDY else (chance.choice(_WELL_KEPT),):
        for time in range(times):
            on = max((last - timedelta(days=chance.randint(0, 25))).date().isoformat(), since)
            said = {"subject": shop["code"], "event": event, "on": on, "reason": "巡查记录(样例)"}
            ask(MANAGER, "PUT", f"/ratings/entries/{id_of(f'rating/{nth}/{event}/{time}')}", said)


def _publish(ask: ASK, move: _MOVE, proposed: dict[str, Any], until: datetime) -> None:
    """Through its notice, with one appeal that was upheld."""
    address = f"/ratings/publications/{proposed['id']}"
    ask(MANAGER, "POST", f"{address}/notice", None)
    appealed = _appeal(ask, proposed, "记录的并非本店门前")
    if appealed:
        upheld = {"upheld": True, "reason": "经核实,照片中为相邻店面"}
        ask(REVIEWER, "POST", f"/ratings/appeals/{appealed}/decision", upheld)
    move(until - timedelta(days=_PUBLISHED_D))
    ask(MANAGER, "POST", f"{address}/publish", None)


def _appeal(ask: ASK, of: dict[str, Any], grounds: str) -> str | None:
    """The last of the black list appeals; the id of the appeal."""
    black = [one["subject"]["code"] for one in of["entries"] if one["colour"] == "black"]
    if not black:
        return None
    said = {"subject": black[-1], "grounds": grounds}
    made = ask(MANAGER, "POST", f"/ratings/publications/{of['id']}/appeals", said)
    appealed: str = next(one["appeal"]["id"] for one in made["entries"] if one["appeal"])
    return appealed


def _let_off(ask: ASK, shops: Sequence[dict[str, Any]], until: datetime, id_of: Callable[[str], str]) -> None:
    """The five decisions of the article, and some on cases of the month that the lists offer it for."""
    educated = {"education": "当面讲解并签收告诫书(样例)", "educated_on": until.date().isoformat()}
    for nth, decision in enumerate(read_json("waived_2022.json")["decisions"]):
        on = (until - timedelta(days=9 + nth)).date().isoformat()
        said = {**decision, **educated, "subject": shops[-1 - nth]["code"], "on": on}
        ask(REVIEWER, "PUT", f"/leniency/decisions/{id_of(f'leniency/article/{nth}')}", said)
    said_of_harm = {"harm": "none", "light": True}
    let_off = 0
    for case in ask(MANAGER, "GET", "/cases?state=closed&limit=40", None)["items"]:
        number = case["number"]
        if ask(MANAGER, "GET", f"/cases/{number}/subject", None)["subject"] is None:
            continue
        offers = ask(REVIEWER, "POST", "/leniency/help", {"case": number, "facts": said_of_harm})["offers"]
        row = next((one["code"] for one in offers if one["offered"] and one["branch"] != "mitigate"), None)
        if row is None:
            continue
        said = {"case": number, "row": row, "facts": said_of_harm, "amount_yuan": 200, **educated}
        said["reason"] = "初次或轻微,已在限期内改正(样例)"
        ask(REVIEWER, "PUT", f"/leniency/decisions/{id_of(f'leniency/{number}')}", said)
        let_off += 1
        if let_off == _LET_OFF:
            return
