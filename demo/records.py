"""Forms filled in over the month: inspections, street scores, runs, visits, trainings and the like, a few of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from demo.bureau import DISTRICT
from demo.load import read_json
from demo.managing import ASK, MANAGER
from demo.month import DUTY_MIN, back

DISPATCHER, TOWN = "dispatcher01", "320612001"
_INSPECTED = {
    "patrol_kept": 40, "problems_found": 30, "rectified": 30, "disclosure": 35, "recording": 35, "legal_review": 30,
    "on_time": 50, "files": 50, "appearance": 30, "certificates": 40, "trained": 30,
}  # fmt: skip
_FOUND = ("两处问题未跟踪整改", "一份案卷缺现场照片", "三名队员未佩戴记录仪", "各项到位")
_STREET = {"ground": 20, "waste": 20, "goods": 20, "bikes": 15, "signs": 15, "walls": 10}
_HEARD = (
    ("shop", "waste", "夜里垃圾没人收,早上味道大"),
    ("household", "parking", "楼下人行道常有车占着"),
    ("shop", "stalls", "流动摊抢生意,希望划个疏导点"),
    ("household", "noise", "烧烤店油烟往楼上飘"),
    ("unit", "other", "门口的路灯坏了半个月"),
)
_RUNS_MIN = 300
_HELPED = ("lost", "ill", "hardship")


@dataclass(frozen=True)
class _Filled:
    """One record. ago_min: how long before the end of the month, in minutes of duty."""

    who: str
    form: str
    ago_min: float
    answers: Mapping[str, Any]
    code: str | None = None
    place: tuple[float, float] | None = None


def keep_records(
    ask: ASK,
    officers: Mapping[str, str],
    until: datetime,
    pass_to: Callable[[datetime], None],
    id_of: Callable[[str], str],
) -> None:
    """File them all, the oldest first, each told a minute after it was; sent again it is the same.

    Args:
        officers: user names with the codes of where they belong. pass_to: lets time pass.
    """
    planned = [*_planned(officers), *_asked_after_closing(ask)]
    filed: Counter[tuple[str, str | None]] = Counter()
    for one in sorted(planned, key=lambda one: -one.ago_min):
        filed[one.form, one.code] += 1
        record = id_of(f"record/{one.form}/{one.code}/{filed[one.form, one.code]}")
        at = back(until, one.ago_min).replace(microsecond=0)
        pass_to(at + timedelta(minutes=1))
        sent: dict[str, Any] = {"form": one.form, "at": at.isoformat(), "answers": dict(one.answers)}
        if one.code:
            sent["about"] = {
                "code": one.code,
                "township": TOWN if one.form in ("street_scorecard", "model_street") else None,
            }
        if one.place:
            lon, lat = one.place
            sent["position"] = {"lon": lon, "lat": lat, "datum": "wgs84", "accuracy_m": 6}
        ask(one.who, "PUT", f"/records/{record}", sent)


def _planned(officers: Mapping[str, str]) -> Iterator[_Filled]:
    chance = Random(40)
    yield from _inspections(chance)
    yield from _streets(chance)
    yield from _zones(chance)
    yield from _people(chance, officers)


def _days(chance: Random, most: float = 27) -> float:
    return chance.uniform(0.2, most) * DUTY_MIN


def _inspections(chance: Random) -> Iterator[_Filled]:
    towns = [feature["properties"]["code"] for feature in _features("township")]
    for town in towns:
        scores = {code: round(most * chance.uniform(0.68, 1)) for code, most in _INSPECTED.items()}
        yield _Filled(
            MANAGER, "inspection", _days(chance), {**scores, "findings": chance.choice(_FOUND)}, town
        )
    for town in towns[:3]:
        advice = {
            "topic": "procedure",
            "advice": "先亮证、开记录仪,再告知事由",
            "people": chance.randint(4, 9),
        }
        yield _Filled(MANAGER, "guidance_note", _days(chance), advice, town)


def _streets(chance: Random) -> Iterator[_Filled]:
    lines = [feature["properties"] for feature in read_json("streets.geojson")["features"]]
    names = sorted({line["name"] for line in lines if line["name"] and line["township"] == TOWN})
    for nth, name in enumerate(names[:12]):
        least = 0.9 if nth < 2 else 0.6
        scores = {code: round(most * chance.uniform(least, 1)) for code, most in _STREET.items()}
        answers = {**scores, "offences": chance.randint(0, 1 if nth < 2 else 6)}
        yield _Filled(MANAGER, "street_scorecard", _days(chance), answers, name)
        if nth < 2:
            yield _Filled(
                MANAGER, "model_street", _days(chance), {"model": True, "reason": "连续三月评分靠前"}, name
            )


def _zones(chance: Random) -> Iterator[_Filled]:
    # Runs of today: whoever looks in the evening sees which villages were left out.
    for feature in _features("community")[:20]:
        run = {
            "weight": chance.randrange(300, 1800, 10),
            "points": chance.randint(6, 20),
            "sorted": chance.random() < 0.9,
        }
        ago_min = _RUNS_MIN * chance.uniform(0.1, 0.9)
        yield _Filled(MANAGER, "waste_run", ago_min, run, feature["properties"]["code"])
    points = {
        kind: [f for f in _features("service_point") if f["properties"]["service"] == kind]
        for kind in ("kiosk", "waste_point")
    }
    for feature in points["waste_point"][:4]:
        looked = chance.randint(8, 20)
        seen = {"looked": looked, "right": looked - chance.randint(0, 5), "clean": chance.random() < 0.8}
        yield _Filled(MANAGER, "waste_quality", _days(chance), seen, feature["properties"]["code"])
    for feature in points["kiosk"][:3]:
        served = {"volunteers": chance.randint(1, 4), "hours": 3, "served": chance.randint(15, 60)}
        yield _Filled(MANAGER, "volunteer_shift", _days(chance), served, feature["properties"]["code"])
    bays = {
        v: [f["properties"] for f in _features("parking") if f["properties"]["vehicle"] == v]
        for v in ("car", "bike")
    }
    for bay in bays["bike"][:4]:
        seen = {
            "lines": chance.randint(20, 40),
            "sign": 20,
            "tidy": chance.randint(20, 40),
            "outside": chance.randint(0, 6),
        }
        yield _Filled(MANAGER, "bike_bay_condition", _days(chance), seen, bay["code"])
    for bay in bays["car"][:4]:
        spaces = int(bay["capacity"])
        taken = {"spaces": spaces, "taken": chance.randint(0, spaces), "outside": chance.randint(0, 2)}
        yield _Filled(MANAGER, "occupancy_count", _days(chance), taken, bay["code"])


def _people(chance: Random, officers: Mapping[str, str]) -> Iterator[_Filled]:
    fronts = _features("frontage")
    out = sorted(name for name, home in officers.items() if home in (DISTRICT, TOWN))
    own = [f for f in fronts if f["properties"]["township"] == TOWN]
    for who, topic, said in (chance.choice(_HEARD) for _ in range(14)):
        heard = {"who": who, "topic": topic, "said": said, "people": chance.randint(1, 4)}
        yield _Filled(
            chance.choice(out), "listening_visit", _days(chance), heard, place=_spot(chance.choice(own[:60]))
        )
    for topic, agreed in (("夜市收摊时间", "二十二点收摊,自带垃圾袋"), ("学校门口停车", "早晚高峰派人疏导")):
        met = {"topic": topic, "people": chance.randint(8, 25), "agreed": agreed}
        yield _Filled(MANAGER, "listening_meeting", _days(chance), met, place=_spot(chance.choice(own)))
    for purpose in ("talk", "talk", "care", "advice", "talk", "care"):
        code = chance.choice(own)["properties"]["code"]
        yield _Filled(
            chance.choice(out),
            "door_visit",
            _days(chance),
            {"purpose": purpose, "met": chance.randint(1, 3)},
            code,
        )
    event = {"kind": "open_day", "title": "城管开放日:一起看看一件案卷怎么办", "people": 46, "leaflets": 150}
    yield _Filled(MANAGER, "outreach_event", _days(chance), event, place=_spot(chance.choice(own)))
    for kind in _HELPED:
        helped = {
            "kind": kind,
            "people": 1,
            "outcome": "handed_over",
            "what": "就近照看,联系社区和家属后移交",
        }
        yield _Filled(
            chance.choice(out), "assist_event", _days(chance), helped, place=_spot(chance.choice(own))
        )
    cleared = {"cleared": True, "ice": False, "width": 3}
    yield _Filled(out[0], "snow_clearing", _days(chance), cleared, own[0]["properties"]["code"])
    for name in sorted(officers)[:4]:
        course = {
            "course": "行政处罚程序",
            "kind": "law",
            "hours": 4,
            "points": chance.randint(78, 98),
            "passed": True,
        }
        yield _Filled(MANAGER, "training", _days(chance), course, name)
        handed = {
            "item": "body_camera",
            "serial": f"JL-{chance.randint(100, 999)}",
            "handed": True,
            "works": True,
        }
        yield _Filled(MANAGER, "equipment_issue", _days(chance), handed, name)


def _asked_after_closing(ask: ASK) -> Iterator[_Filled]:
    closed = ask(DISPATCHER, "GET", "/cases?state=closed&limit=4", None)["items"]
    for number in sorted(str(case["number"]) for case in closed):
        said = {"rating": 4 + int(number[-1]) % 2, "asked": "phone", "said": "处理得快"}
        yield _Filled(DISPATCHER, "satisfaction", 5, said, number)


def _features(kind: str) -> list[dict[str, Any]]:
    return list(read_json(f"zones/{kind}.geojson")["features"])


def _spot(feature: Mapping[str, Any]) -> tuple[float, float]:
    """A corner of it: where somebody stood."""
    lon, lat = feature["geometry"]["coordinates"][0][0]
    return lon, lat
