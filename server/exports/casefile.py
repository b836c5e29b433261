"""What the printable case file says: the words and numbers of casefile.typ, which lays them out and adds none.

Everything here is text or a number in a JSON file; the template never reads any of it as markup.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from server.exports import enforced, timeline
from server.exports.copies import BELIEVED, degrees
from server.exports.gathering import Gathered, read_body
from server.messages import say

_RELATED = {
    "merged_into_this": "并入本案",
    "this_merged_into": "本案并入",
    "part_of_this": "由本案分出或协办",
    "this_part_of": "本案出自",
}
SHOWN = BELIEVED | {"ambiguous"}


@dataclass(frozen=True)
class Picture:
    """One photo of the file: the name of its stamped copy in the folder, or None when it is only listed."""

    file: str | None
    sha256: str
    role: str
    captured_at: str
    size_bytes: int
    format: str


@dataclass(frozen=True)
class Printing:
    """When, for whom and in which local time a file is printed; `proof` as HeadsBook.proof."""

    at: datetime
    made_for: str | None
    time_zone: ZoneInfo
    proof: Mapping[str, Any] | None


def opening_report(gathered: Gathered) -> dict[str, Any] | None:
    """The report that opened the case, as far as the asker sees it."""
    reports = gathered.reports
    return next((one for one in reports if one["relation"] == "opened"), reports[0] if reports else None)


def zones_of(report: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Frontage and parking area of a report's newest match, by kind; those it could say something about."""
    match = orjson.loads(report["matches"][-1]["result"])
    found = {kind: match.get(kind) for kind in ("frontage", "parking")}
    return {kind: zone for kind, zone in found.items() if zone and zone["verdict"] in SHOWN}


def believed_codes(report: Mapping[str, Any]) -> list[str]:
    """Codes of the zones that the match is certain or likely of: no guess is drawn as a fact."""
    return [zone["code"] for zone in zones_of(report).values() if zone["verdict"] in BELIEVED]


def lies_in(gathered: Gathered, report: Mapping[str, Any]) -> list[str]:
    """Codes of the zones the case lies in: as a person chose, else as the match is sure of."""
    return [gathered.choice["code"]] if gathered.choice else believed_codes(report)


def tell(gathered: Gathered, printing: Printing, pictures: Sequence[Picture]) -> dict[str, Any]:
    """The data of casefile.typ."""
    seq, head = gathered.head
    local = _Local(printing.time_zone)
    withheld = gathered.withheld()
    return {
        "district": gathered.stored["district"]["name"],
        "number": gathered.number,
        "printed_at": local.words(printing.at),
        "printed_for": printing.made_for or "系统管理",
        "ledger_seq": seq,
        "ledger_head": head,
        "facts": list(_facts(gathered, local)),
        "has_sketch": opening_report(gathered) is not None,
        "sketch_note": _sketch_note(gathered),
        "pictures": [_picture(number, one, local) for number, one in enumerate(pictures, start=1)],
        "timeline": [_entry(entry, gathered, local) for entry in gathered.entries],
        "proceedings": enforced.proceedings(gathered, local.words),
        "matters": enforced.matters(gathered),
        "papers": enforced.papers(gathered, local.words),
        "findings": list(_findings(gathered)),
        "digests": list(_digests(gathered, pictures)),
        "written_off": _written_off(printing.proof, local),
        "withheld": len(withheld),
        "withheld_papers": len(gathered.withheld_papers()),
    }


class _Local:
    """Local time of the district, in words."""

    def __init__(self, time_zone: ZoneInfo) -> None:
        self._zone = time_zone

    def words(self, moment: datetime | str | None) -> str:
        if moment is None:
            return "—"
        at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        return at.astimezone(self._zone).strftime("%Y-%m-%d %H:%M:%S")


def _facts(gathered: Gathered, local: _Local) -> Iterator[list[str]]:
    case, stored = gathered.stored["case"], gathered.stored
    category, township = stored["category"], stored["township"]
    report = opening_report(gathered)
    officer = gathered.people.get(case["reporter_id"], {})
    yield ["案卷编号", gathered.number, "当前状态", say(f"state.{case['state']}")["text"]]
    named = f"{category['name']}（{case['category']}）" if category else case["category"]
    yield ["问题类别", named, "建卷时间", local.words(case["opened_at"])]
    yield ["责任单位", stored["body"]["name"], "办理期限", local.words(case["due_at"])]
    yield [
        "属地镇街",
        township["name"] if township else "不在本区任何镇街",
        "上报人员",
        officer.get("username", "—"),
    ]
    if case["assignee_id"]:
        yield ["承办人", gathered.people.get(case["assignee_id"], {}).get("username", "—")]
    if stored["related"]:
        yield ["关联案卷", "、".join(f"{_RELATED[one['how']]} {one['number']}" for one in stored["related"])]
    if report is None:
        yield ["位置", degrees(case["lon"], case["lat"])]
        return
    yield [
        "位置",
        f"{degrees(report['lon'], report['lat'])}（WGS-84），定位精度 ±{report['accuracy_m']:.0f} 米",
    ]
    zones = zones_of(report)
    for kind, label in (("frontage", "门前责任区"), ("parking", "停车区")):
        if kind in zones or kind == "frontage":
            yield [label, _zone_words(zones.get(kind))]
    if gathered.choice:
        yield ["人工认定", _choice_words(gathered, local)]
    yield ["拍摄时间", local.words(report["captured_at"]), "收到时间", local.words(report["received_at"])]
    note = orjson.loads(report["payload"]).get("note")
    yield ["情况说明", note or "—"]


def _zone_words(zone: Mapping[str, Any] | None) -> str:
    if zone is None:
        return "未落入任何门前责任区"
    verdict = say(f"verdict.{zone['verdict']}")["text"]
    return f"{zone['code']} {zone['name']}（{verdict}，概率 {zone['probability']:.0%}）"


def _choice_words(gathered: Gathered, local: _Local) -> str:
    choice = gathered.choice or {}
    person = gathered.people.get(choice["chosen_by"], {}).get("username", "—")
    share = "判定未列为候选" if choice["share"] is None else f"判定概率 {choice['share']:.0%}"
    return (
        f"{choice['code']} {choice['name']}（{share}，{local.words(choice['chosen_at'])} 由 {person} 认定）"
    )


def _sketch_note(gathered: Gathered) -> str:
    report = opening_report(gathered)
    if report is None:
        return ""
    zones = "、".join(lies_in(gathered, report))
    looked = f"；蓝色短线为镜头朝向 {report['bearing_deg']:.0f}°" if report["bearing_deg"] is not None else ""
    return (
        f"红点为上报定位点，虚线圈为定位精度（半径 {report['accuracy_m']:.0f} 米）{looked}；"
        f"红框为判定或认定的责任区（{zones or '未能确定'}），其余为 {report['judged_on']} 有效的相邻责任区。"
        "按本区责任区图绘制，上为坐标北。"
    )


def _picture(number: int, one: Picture, local: _Local) -> dict[str, Any]:
    role = say(f"photo_role.{one.role}")["text"]
    return {
        "file": one.file,
        "sha256": one.sha256,
        "title": f"照片 {number}  {role}  拍摄于 {local.words(one.captured_at)}",
    }


def _entry(entry: Mapping[str, Any], gathered: Gathered, local: _Local) -> dict[str, Any]:
    person, bodies = gathered.people.get(entry["actor_id"]), gathered.stored["bodies"]
    who = (
        [person["username"], say(f"role.{person['role']}")["text"], person["body_name"]]
        if person
        else ["系统"]
    )
    return {
        "seq": entry["seq"],
        "at": local.words(entry["recorded_at"]),
        "who": who,
        "what": timeline.words(entry["action"]),
        "details": timeline.details(read_body(entry), bodies),
        "hash": entry["hash"][:16],
    }


def _findings(gathered: Gathered) -> Iterator[str]:
    for report in gathered.reports:
        for finding in report["findings"]:
            yield say(f"finding.{finding['code']}", finding["params"])["text"]


def _digests(gathered: Gathered, pictures: Sequence[Picture]) -> Iterator[list[str]]:
    for number, one in enumerate(pictures, start=1):
        yield [f"照片 {number}", f"{one.format.upper()} {one.size_bytes} 字节", one.sha256]
    for number, report in enumerate(gathered.reports, start=1):
        yield [f"上报 {number}", report["id"], report["digest"]]
    for paper in gathered.papers["documents"]:
        # Of the very text in the bundle; the ledger names it for papers that a step made.
        yield [
            "文书",
            f"{paper['code']} {paper['title']}",
            hashlib.sha256(paper["content"].encode()).hexdigest(),
        ]
    for number, one in enumerate(gathered.papers["attachments"], start=1):
        yield [f"附件 {number}", f"{one['media_type']} {one['size_bytes']} 字节", one["sha256"]]
    for number, body in enumerate([body for body in gathered.bodies if "match" in body], start=1):
        yield [f"落区判定 {number}", str(body.get("algorithm", "—")), str(body["match"])]
    seq, head = gathered.head
    yield ["流水链首", f"第 {seq} 条", head]


def _written_off(proof: Mapping[str, Any] | None, local: _Local) -> str:
    if proof is None:
        return "本案链首尚未写出数据库之外。"
    line, seq = orjson.loads(proof["line"]), proof["leaf"].split(" ")[1]
    return (
        f"本案第 {seq} 条记录的链首已于 {local.words(line['at'])} 写出数据库之外"
        f"（第 {line['number']} 次，根 {line['root'][:16]}…）。"
    )
