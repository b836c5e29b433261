"""The table the run ends with: nothing of a row is lost at any width, and what belongs together stands together."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from demo.phone import Sent
from demo.table import report_table


def sent(
    *,
    file: str = "drawn_02_fruit_crates.jpg",
    findings: list[dict[str, Any]] | None = None,
    verdict: str = "likely",
) -> Sent:
    zone = {"kind": "frontage", "code": "320612001-F0296", "name": "新金路47号 云帆鲜果铺", "version": 1}
    nothing = {
        "kind": "parking",
        "code": None,
        "name": None,
        "verdict": "none",
        "probability": 0,
        "distance_m": None,
    }
    frontage = {**zone, "verdict": verdict, "probability": 0.65, "distance_m": 4.0}
    why = [
        {"code": "fix_spread", "params": {"accuracy_m": 4.0}},
        {"code": "bearing_used", "params": {"bearing_deg": 357.2, "camera_distance_m": 8.0}},
        {
            "code": "share",
            "params": {"kind": "frontage", "zone": zone["code"], "share": 0.39, "distance_m": 4.0},
        },
    ]
    candidates = [
        {"kind": "frontage", "code": f"320612001-F{number:04}", "probability": 0.5 / number}
        for number in (1, 2, 3)
    ]
    return Sent(
        sample={"name": "nikon_0010_jinsha", "photos": [{"file": file}]},
        report={"position": {"datum": "gcj02"}},
        receipt={
            "match": {
                "frontage": frontage,
                "parking": nothing,
                "grid": {**nothing, "kind": "grid"},
                "candidates": candidates,
                "why": why,
            },
            "township": {"code": "320612001", "name": "金沙街道"},
            "case": {"number": "TZ-2026-000001"},
            "findings": findings or [],
            "routing": {"code": "township_answers", "text": ""},
        },
        statuses=(201,),
    )


def drawn(one: Sent, width: int) -> list[str]:
    into = io.StringIO()
    Console(file=into, width=width).print(report_table([one], width=width))
    return into.getvalue().splitlines()


@pytest.mark.parametrize("width", [*range(80, 124), 200])
def test_a_photo_stands_on_one_line_with_its_zone_its_probability_and_its_township(width: int) -> None:
    line = next(line for line in drawn(sent(), width) if "drawn_02_fruit_crates.jpg" in line)
    assert "金沙街道" in line and "F0296 很可能 65%" in line


@pytest.mark.parametrize("width", [*range(80, 124), 200])
def test_nothing_of_a_row_is_cut_off_at_any_width(width: int) -> None:
    long = {"code": "other", "params": {}, "text": "".join(chr(0x4E00 + n) for n in range(60))}
    text = "".join(drawn(sent(findings=[long]), width))
    parts = [
        "gcj02",
        "TZ-2026-000001",
        "nikon_0010_jinsha",
        "精度4米",
        "朝357°",
        "镜头前8米",
        "F0296占39%",
        "距4米",
    ]
    assert [part for part in [*parts, *long["text"]] if part not in text] == []


def test_an_unsure_frontage_shows_its_rivals() -> None:
    text = "\n".join(drawn(sent(verdict="ambiguous"), 120))
    assert "不确定" in text and "或 F0002 25%, F0003 17%" in text
