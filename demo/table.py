"""The tables `frontage run` ends with: where each sample report went, how sure that is, and why; who patrolled what.

One row a report. The first line of every cell belongs together, so that a photo's file stands beside its zone, its
probability and its township also in a narrow terminal. Words come from the server's own catalogue.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from demo.patrol import Patrolled, StreetCovered
from demo.phone import Sent

WIDE_COLUMNS = 104
DAY_S = 86_400
ZONES_HEADING = {
    True: "门前责任区 · 停车区\nfrontage, parking",
    False: "镇街 门前责任区 · 停车区\ntownship frontage, parking",
}
VERDICTS = {
    "certain": ("确定", "green"),
    "likely": ("很可能", "green"),
    "ambiguous": ("不确定", "yellow"),
    "near": ("附近", "yellow"),
    "none": ("无", "dim"),
}


def report_table(sent: Iterable[Sent], *, width: int) -> Table:
    """The table for a terminal of `width` columns."""
    wide = width >= WIDE_COLUMNS
    table = Table(
        title="上报去向 / Where each report went",
        title_justify="left",
        box=box.HORIZONTALS,
        show_lines=True,
    )
    table.add_column("照片 · 上报\nphoto, report", no_wrap=True)
    if wide:
        table.add_column("坐标系\ndatum", no_wrap=True)
    table.add_column(ZONES_HEADING[wide], width=26 if width < 130 else 36)
    if wide:
        table.add_column("镇街 · 案卷\ntownship, case", no_wrap=True)
    table.add_column("提示与理由\nfindings, why", ratio=1, overflow="fold")
    for one in sent:
        table.add_row(*_cells(one, wide))
    return table


def _cells(one: Sent, wide: bool) -> list[Text]:
    receipt = one.receipt
    datum, number = one.report["position"]["datum"], receipt["case"]["number"]
    photos = "\n".join(photo["file"] for photo in one.sample["photos"])
    name = Text(photos).append(f"\n{one.sample['name']}", style="dim")
    township = receipt["township"]["name"] if receipt["township"] else "区外"
    if wide:
        body = Text(township).append(f"\n{number}", style="dim")
        return [name, Text(datum), _zones(receipt["match"], "门前"), body, _reasons(receipt)]
    name.append(f"\n{number} {datum}", style="dim")
    return [name, _zones(receipt["match"], township), _reasons(receipt)]


def _zones(match: Mapping[str, Any], lead: str) -> Text:
    frontage, parking = match["frontage"], match["parking"]
    lines = _verdict(frontage, f"{lead} ")
    if frontage["verdict"] == "ambiguous":
        rivals = [f"{_short(one['code'])} {one['probability']:.0%}" for one in _rest(match)]
        lines.append(f"\n或 {', '.join(rivals)}", style="dim")
    elif frontage["name"]:
        lines.append(f"\n{frontage['name']}", style="dim")
    if parking["verdict"] not in ("none", "near"):
        lines.append("\n").append_text(_verdict(parking, "停车 "))
    if frontage["verdict"] in ("none", "near") and match["grid"]["code"]:
        lines.append("\n").append_text(_verdict(match["grid"], "网格 "))
    return lines


def _verdict(one: Mapping[str, Any], lead: str) -> Text:
    word, style = VERDICTS[one["verdict"]]
    text = Text(lead)
    if one["verdict"] == "none" or not one["code"]:
        return text.append("无", style="dim")
    text.append(f"{_short(one['code'])} ", style="bold")
    sure = (
        f"{word} {one['distance_m']:.0f} 米"
        if one["verdict"] == "near"
        else f"{word} {one['probability']:.0%}"
    )
    return text.append(sure, style=style)


def _short(code: str) -> str:
    """Codes repeat their township, which has a column of its own."""
    return code.rpartition("-")[2]


def _reasons(receipt: Mapping[str, Any]) -> Text:
    text = Text(overflow="fold")
    for finding in receipt["findings"]:
        text.append(f"! {_finding(finding)}\n", style="yellow")
    # Without a space inside a phrase, lines break between phrases.
    text.append(" ".join(said for reason in receipt["match"]["why"] if (said := _why(reason))))
    if receipt["routing"]["code"] != "township_answers":
        text.append(f"\n→{receipt['routing']['text']}", style="yellow")
    return text


def _finding(finding: Mapping[str, Any]) -> str:
    """In a few words where there are such; else the sentence of the receipt."""
    params = finding["params"]
    match finding["code"]:
        case "exif_far":
            return f"照片自带位置远 {params['distance_km']:.0f} 公里"
        case "exif_time_skew":
            return f"照片自带时间差 {abs(params['skew_s']) / DAY_S:.0f} 天"
        case "datum_fits_zone_only_as":
            return f"疑为 {params['datum']},差 {params['moved_m']:.0f} 米"
    return str(finding["text"])


def _why(reason: Mapping[str, Any]) -> str:
    """What the row does not show already, in a few words."""
    params = reason["params"]
    match reason["code"]:
        case "bearing_used":
            return f"朝{params['bearing_deg']:.0f}° 镜头前{params['camera_distance_m']:.0f}米"
        case "fix_spread":
            return f"精度{params['accuracy_m']:.0f}米"
        case "share" if params["kind"] == "frontage" and params.get("distance_m") is not None:
            return f"{_short(params['zone'])}占{params['share']:.0%} 距{params['distance_m']:.0f}米"
        case "hint_believed":
            return f"队员指明({params['how']}),采信"
        case "near_only" | "none_within" if params["kind"] == "frontage":
            return "估计位置不在任何门前区内"
        case "township_none":
            return "不在任何镇街内"
    return ""


def _rest(match: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [one for one in match["candidates"] if one["kind"] == "frontage"][1:3]


def patrol_table(done: Iterable[Patrolled]) -> Table:
    """Who walked, how far, and what was seen of the fronts along the way."""
    table = Table(
        title="巡查 / Patrols",
        title_justify="left",
        box=box.HORIZONTALS,
    )
    for heading in (
        "队员 officer",
        "路程 walked",
        "门前 fronts",
        "看到 seen",
        "到访 visits",
        "标记 flags",
        "排班 roster",
    ):
        table.add_column(heading, no_wrap=heading != "标记 flags", overflow="fold")
    for one in done:
        told, figures = one.summary, one.summary["figures"] or {}
        flags = " ".join(f"{name} {count}" for name, count in figures.get("flagged", {}).items())
        on_duty = "" if told["ended_at"] else " 在岗"
        table.add_row(
            one.officer,
            f"{figures.get('distance_m', 0) / 1000:.2f} km",
            str(told["zones_visited"]),
            f"{told['seen_m']:.0f} m",
            str(told["visits"]),
            Text(flags or "-", style="yellow" if flags else "dim"),
            ("排班外 off roster" if told["outside_roster"] else "在列 on roster") + on_duty,
        )
    return table


def coverage_table(streets: Iterable[StreetCovered]) -> Table:
    """How the streets stand that were walked."""
    table = Table(title="街道覆盖 / Coverage of streets", title_justify="left", box=box.HORIZONTALS)
    for heading in ("街道 street", "看到 seen", "已看 visited", "待看 due", "逾期 late", "从未 never"):
        table.add_column(heading, no_wrap=True)
    for one in streets:
        told = one.told
        share = told["seen_m"] / told["length_m"] if told["length_m"] else 0
        table.add_row(
            one.street,
            f"{told['seen_m']:.0f} / {told['length_m']:.0f} m {share:.0%}",
            *(f"{told[name]} / {told['zones']}" for name in ("visited", "due", "late", "never")),
        )
    return table
