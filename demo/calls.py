"""Who called during the month: people who complained, and an officer who needed help. Nobody of them is anybody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from demo.managing import ASK

INTAKE, DISPATCHER, OFFICER = "intake01", "dispatcher01", "officer02"
_CHANNELS = ("phone_12345", "phone_12345", "web", "petition", "walk_in")
_SAID = (
    "店门口一直这样,走路要绕到车道上去,希望尽快处理。",
    "上周反映过一次,今天又是老样子。",
    "老人孩子从这里过不安全,请派人来看看。",
)
_SURNAMES = "周吴郑王冯陈"
_LEFT_TO_CALL = 2
_HELP_DAYS, _TAKEN_MIN, _OVER_MIN = 2, 1, 25


def complaint(told: Mapping[str, Any], at: datetime, chance: Random) -> dict[str, Any]:
    """What somebody complains of: the place and matter of a report."""
    position = {name: told["position"][name] for name in ("lon", "lat", "datum")}
    return {
        "channel": chance.choice(_CHANNELS),
        "external_number": f"示例{chance.randrange(10**6):06}",
        "received_at": at.replace(microsecond=0).isoformat(),
        "text": chance.choice(_SAID),
        "category": told["category"],
        "position": position,
        "complainant": {
            "name": f"{chance.choice(_SURNAMES)}某某",
            "phone": f"000-0000-{chance.randrange(10**4):04}",
            "wishes_callback": True,
        },
    }


def call_back(ask: ASK) -> None:
    """Ask those whose cases have ended how it went, all but the last two."""
    due = ask(INTAKE, "GET", "/complaints?callback=due&limit=100", None)["items"]
    for one in due[_LEFT_TO_CALL:]:
        told = {"reached": True, "satisfaction": 3 + len(one["text"]) % 3, "note": "已电话回访"}
        ask(INTAKE, "POST", f"/complaints/{one['id']}/callbacks", told)


def help_called(
    ask: ASK, move: Callable[[datetime], None], until: datetime, id_of: Callable[[str], str]
) -> None:
    """An officer calls for help and is helped; once."""
    if ask(DISPATCHER, "GET", "/sos?limit=1", None)["items"]:
        return
    at, call = until - timedelta(days=_HELP_DAYS), f"/sos/{id_of('sos')}"
    spot = {"lon": 121.0691668, "lat": 32.0702, "datum": "wgs84", "accuracy_m": 5}
    move(at)
    ask(OFFICER, "PUT", call, {"position": spot, "note": "有人围堵,请支援"})
    move(at + timedelta(minutes=_TAKEN_MIN))
    ask(DISPATCHER, "POST", f"{call}/acknowledge", None)
    move(at + timedelta(minutes=_OVER_MIN))
    ask(DISPATCHER, "POST", f"{call}/close", {"outcome": "helped", "note": "派出所到场,已化解"})
