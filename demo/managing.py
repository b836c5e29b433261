"""What the zone manager has going at the end of the month: a campaign with answers, and a sample to look at again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from demo.bureau import DISTRICT

MANAGER = "zone_manager01"
ASK = Callable[..., dict[str, Any]]
"""`ask(who, method, path, body)`: the answer's body. Raises NotSent for a refusal."""

_NAME = "四类行业门前专项（示例）"
_BEGAN_DAYS, _LASTS_DAYS, _DRAWN_DAYS, _DRAWN = 9, 21, 30, 12
_CHECKLIST = (
    ("goods", "货物、器具不出店门", "goods and tools stay inside"),
    ("water", "油污、积水已冲洗", "oil and standing water washed off"),
    ("bins", "垃圾分类入桶,桶盖合上", "waste sorted, lids closed"),
)
_ANSWERED, _IN_ORDER = 0.12, 0.85
_PAGE = 200


def campaign(until: datetime) -> dict[str, Any]:
    """The campaign as it is asked for."""
    first = (until - timedelta(days=_BEGAN_DAYS)).date()
    return {
        "name": _NAME,
        "note": "样例:四类行业商户门前巡查。",
        "from": first.isoformat(),
        "to": (first + timedelta(days=_LASTS_DAYS)).isoformat(),
        "selection": {"trades": ["fruit", "hardware", "car_wash_repair", "ebike"]},
        "checklist": [{"code": code, "text": text, "text_en": en} for code, text, en in _CHECKLIST],
        "target_visits": 2,
    }


def manage(ask: ASK, officers: Mapping[str, str], until: datetime, id_of: Callable[[str], str]) -> None:
    """Begin both, once: what is there already from a month that was interrupted stays.

    Args:
        officers: user names with the codes of where they belong; those of a township answer for its fronts only.
    """
    chance = Random(7)
    running = [one for one in ask(MANAGER, "GET", "/campaigns", None)["items"] if one["name"] == _NAME]
    made = running[0] if running else ask(MANAGER, "POST", "/campaigns", campaign(until))
    for zone, township in _zones(ask, made["id"]):
        there = sorted(name for name, home in officers.items() if home in (township, DISTRICT))
        if chance.random() > _ANSWERED or not there:
            continue
        looked_at = until - timedelta(minutes=chance.uniform(60, 60 * 24 * (_BEGAN_DAYS - 1)))
        items = [{"item": code, "ok": chance.random() < _IN_ORDER} for code, *_ in _CHECKLIST]
        found = {"zone": zone, "looked_at": looked_at.replace(microsecond=0).isoformat(), "items": items}
        result = id_of(f"campaign/{zone}")
        ask(chance.choice(there), "PUT", f"/campaigns/{made['id']}/results/{result}", found)
    if not ask(MANAGER, "GET", "/rechecks", None)["items"]:
        first = (until - timedelta(days=_DRAWN_DAYS)).date().isoformat()
        wanted = {"from": first, "to": until.date().isoformat(), "seed": "demo-month", "size": _DRAWN}
        ask(MANAGER, "POST", "/rechecks", wanted)


def _zones(ask: ASK, campaign_id: str) -> Iterator[tuple[str, str]]:
    cursor = ""
    while cursor is not None:
        page = ask(MANAGER, "GET", f"/campaigns/{campaign_id}/zones?limit={_PAGE}{cursor}", None)
        yield from ((one["code"], one["township"]) for one in page["items"])
        cursor = page["next"] and f"&cursor={page['next']}"
