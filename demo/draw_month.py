"""Draws the pictures of the month: `python -m demo.draw_month [folder]`. The same place before and after, no EXIF.

They name no shop and no number, since one picture stands for many places. Kept in the repository like those of
demo.draw.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

from PIL import Image

from demo import props
from demo.build import HOME
from demo.draw import draw_pavement, draw_shop, labelled
from demo.month import after, before
from demo.props import Prop
from demo.sketch import HEIGHT_PX, WIDTH_PX, Sheet

FRONT = "店铺门前"
# Enough to see what is meant, and half the bytes of a phone's.
SIZE_PX, QUALITY = (1200, 900), 80
WIDTHS = (300, 1000, 300)


@dataclass(frozen=True)
class Scene:
    """Signs of three houses, and what stands before them; no signs: open ground."""

    signs: tuple[str, ...]
    gathered: tuple[tuple[Prop, float, float], ...]
    place: str


def _oil(sheet: Sheet, x: float, ground: float, random: Random) -> None:
    for _ in range(5):
        away, down = random.uniform(-110, 110), random.uniform(-26, 26)
        sheet.oval(x + away, ground + down, random.uniform(40, 90), random.uniform(10, 20), "#8f8778")


SCENES: Mapping[str, Scene] = {
    "fruit": Scene(
        ("杂货", "水果店", "面馆"), tuple((props.crate, 500 + 165 * i, 900 + 28 * (i % 2)) for i in range(5)), FRONT
    ),
    "goods": Scene(
        ("理发", "五金店", "图文"), tuple((props.carton, 470 + 170 * i, 905 + 26 * (i % 3)) for i in range(5)), FRONT
    ),
    "stall": Scene(("服装", "便利店", "药房"), ((props.stall, 820, 1000),), FRONT),
    "ebikes": Scene(
        ("小吃", "烧烤店", "窗帘"), tuple((props.ebike, 430 + 245 * i, 930 + 28 * (i % 2)) for i in range(4)), FRONT
    ),
    "waste": Scene(
        ("饭店", "早餐店", "果蔬"), tuple((props.bag, 520 + 180 * i, 905 + 22 * (i % 2)) for i in range(4)), FRONT
    ),
    "repair": Scene(
        ("轮胎", "修车行", "洗车"),
        ((props.bike, 560, 930), (props.bike, 800, 960), (props.carton, 1010, 930)),
        FRONT,
    ),
    "oil": Scene(("烟酒", "小炒店", "茶馆"), ((_oil, 700, 920), (_oil, 900, 955)), FRONT),
    "gas": Scene(
        ("烟酒", "火锅店", "茶馆"), tuple((props.cylinder, 520 + 150 * i, 910 + 24 * (i % 2)) for i in range(5)), FRONT
    ),
    "build": Scene(("杂货", "粮油店", "理发"), ((props.brick_wall, 780, 960),), FRONT),
    "cars": Scene(("服装", "便利店", "药房"), ((props.car, 520, 930), (props.car, 1060, 955)), FRONT),
    "soil": Scene((), ((props.heap, 800, 960),), "工地旁"),
}  # fmt: skip


def draw_all(folder: Path) -> list[Path]:
    """Write every picture and return the paths."""
    written = []
    for name, scene in SCENES.items():
        for file, gathered in ((before(name), scene.gathered), (after(name), ())):
            sheet = _houses(scene) if scene.signs else _ground()
            random = Random(name)
            for prop, at, ground in gathered:
                prop(sheet, at, ground, random)
            image = labelled(sheet, scene.place).resize(SIZE_PX, Image.Resampling.LANCZOS)
            image.save(folder / file, quality=QUALITY, optimize=True)
            written.append(folder / file)
    return written


def _houses(scene: Scene) -> Sheet:
    sheet, x = Sheet("#cfe3ee"), 0.0
    sheet.box(0, 0, WIDTH_PX, 190, "#d9e9f1")
    for sign, width in zip(scene.signs, WIDTHS, strict=True):
        draw_shop(sheet, x, x + width, sign, sign)
        x += width
    draw_pavement(sheet)
    return sheet


def _ground() -> Sheet:
    sheet = Sheet("#d5e7f0")
    sheet.box(0, 560, WIDTH_PX, HEIGHT_PX, "#c9bd9f")
    sheet.shape([(0, 1010), (WIDTH_PX, 940), (WIDTH_PX, HEIGHT_PX), (0, HEIGHT_PX)], "#6d7278")
    for x in range(0, WIDTH_PX, 100):
        sheet.box(x + 4, 560, x + 96, 720, ("#3e7f8c", "#4b93a1")[x // 100 % 2])
    return sheet


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else HOME / "photos"
    for done in draw_all(target):
        print(f"{done.stat().st_size:>9,} bytes  {done}")
