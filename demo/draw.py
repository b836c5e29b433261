"""Draws the sample street pictures: `python -m demo.draw [folder]`. Each says in it that it is drawn.

The JPEGs are kept in the repository, so only a change of the drawings needs this (and the Noto CJK fonts);
some carry an EXIF place, bearing and time, for the cross-check. Nothing here is a photograph.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from PIL import ExifTags, Image

from demo import props
from demo.build import HOME
from demo.frontages import Frontage, frontages
from demo.props import Prop
from demo.reports import Sample, fruit_shop, samples
from demo.sketch import HEIGHT_PX, WIDTH_PX, Sheet

QUALITY = 84
TAKEN_AT, TAKEN_OFFSET = "2026:09:01 09:30:00", "+08:00"
PAVEMENT_Y, KERB_Y = 800, 1045
SIGNS = ("#2c6e63", "#b5473c", "#2f5d93", "#8a5a2b", "#6a4a86", "#3d7a3f")
WALLS = ("#e9dcc5", "#d9dfe3", "#ead3c4", "#dfe3d2")
GATHERED: dict[str, tuple[tuple[Prop, float, float], ...]] = {
    "drawn_01_fruit.jpg": tuple((props.crate, 470 + 175 * i, 890 + 30 * (i % 2)) for i in range(5)),
    "drawn_02_fruit_crates.jpg": tuple((props.crate, 560 + 190 * i, 960) for i in range(4)),
    "drawn_03_fruit_boxes.jpg": ((props.carton, 520, 900), (props.crate, 720, 930), (props.crate, 910, 950)),
    "drawn_04_goods.jpg": tuple((props.carton, 480 + 170 * i, 900 + 26 * (i % 3)) for i in range(5)),
    "drawn_05_goods_far.jpg": ((props.carton, 690, 880), (props.carton, 860, 900), (props.bag, 1010, 905)),
    "drawn_06_row.jpg": tuple((props.bag, 420 + 260 * i, 900 + 20 * (i % 2)) for i in range(4)),
    "drawn_07_bikes.jpg": tuple((props.bike, 330 + 200 * i, 985 + 18 * (i % 2)) for i in range(6)),
    "drawn_10_stall.jpg": ((props.stall, 800, 1000),),
    "drawn_11_ebikes.jpg": tuple((props.ebike, 440 + 245 * i, 930 + 28 * (i % 2)) for i in range(4)),
    "drawn_12_after.jpg": (),
}
OPEN_GROUND: dict[str, tuple[tuple[Prop, float, float], ...]] = {
    "drawn_08_waste.jpg": ((props.bag, 700, 960), (props.bag, 820, 990), (props.bag, 930, 950)),
    "drawn_09_soil.jpg": ((props.heap, 800, 960),),
}


@dataclass(frozen=True)
class Tags:
    """What a drawn picture's EXIF tells: a place and bearing, and whether a time as well."""

    sample: str
    timed: bool


EXIF: dict[str, Tags] = {
    "drawn_01_fruit.jpg": Tags("same_place_wgs84", False),
    "drawn_04_goods.jpg": Tags("across_with_bearing", False),
    "drawn_07_bikes.jpg": Tags("bike_bay_dongshe", True),
    "drawn_11_ebikes.jpg": Tags("mock_flag_liuqiao", False),
}


def draw_all(folder: Path) -> list[Path]:
    """Write every drawn picture and return the paths."""
    by_file = {photo["file"]: sample for sample in samples() for photo in sample.body["photos"]}
    by_name = {sample.name: sample for sample in samples()}
    written = []
    for name in sorted([*GATHERED, *OPEN_GROUND]):
        image = _street(name, by_file.get(name)) if name in GATHERED else _ground(name)
        tags = EXIF.get(name)
        exif = _exif(by_name[tags.sample], tags.timed) if tags else Image.Exif()
        path = folder / name
        image.save(path, quality=QUALITY, optimize=True, exif=exif)
        written.append(path)
    return written


def _street(name: str, sample: Sample | None) -> Image.Image:
    random = Random(name)
    zone = sample.zone if sample and sample.zone else fruit_shop()
    row = _neighbours(zone)
    sheet = Sheet("#cfe3ee")
    sheet.box(0, 0, WIDTH_PX, 190, "#d9e9f1")
    if name == "drawn_06_row.jpg":
        widths: Sequence[float] = (400, 400, 400, 400)
    else:
        widths = (300, 1000, 300)
    x = 0.0
    for place, width in enumerate(widths):
        shop = row[place]
        draw_shop(sheet, x, x + width, shop.code, shop.shop, f"{shop.number}号")
        x += width
    draw_pavement(sheet)
    for prop, at, ground in GATHERED[name]:
        prop(sheet, at, ground, random)
    if name == "drawn_07_bikes.jpg":
        _bay_marks(sheet)
    return labelled(sheet, f"{zone.street} {zone.number} 号")


def _neighbours(zone: Frontage) -> list[Frontage]:
    same = [other for other in frontages() if other.town is zone.town and other.street == zone.street]
    side = [other for other in same if other.plot.side.odd == zone.plot.side.odd]
    place = side.index(zone)
    # At an end of the street the row is mirrored, so that no far house number turns up next door.
    return [side[place + step if 0 <= place + step < len(side) else place - step] for step in (-1, 0, 1, 2)]


def draw_shop(sheet: Sheet, x0: float, x1: float, colours_of: str, name: str, number: str = "") -> None:
    """A house front with its sign from x0 to x1, in the colours of a word; a plate when it has a number."""
    colours = Random(colours_of)
    sign, wall = colours.choice(SIGNS), colours.choice(WALLS)
    sheet.box(x0, 120, x1, PAVEMENT_Y, wall)
    for window in range(max(1, round((x1 - x0) / 240))):
        left = x0 + 40 + window * 240
        if left + 130 < x1:
            sheet.box(left, 155, left + 130, 270, "#9fb6c4", 4)
            sheet.box(left + 61, 155, left + 69, 270, "#eef2f4")
    sheet.box(x0 + 8, 310, x1 - 8, 420, sign, 6)
    size = min(66.0, (x1 - x0 - 50) / max(len(name), 1))
    sheet.text((x0 + x1) / 2, 362, name, size, "#fffaf0")
    stripes = max(4, round((x1 - x0) / 80))
    width = (x1 - x0 - 16) / stripes
    for stripe in range(stripes):
        left = x0 + 8 + stripe * width
        sheet.shape(
            [(left, 420), (left + width, 420), (left + width, 470), (left, 470)],
            (sign, "#f7f2e8")[stripe % 2],
        )  # fmt: skip
    sheet.box(x0 + 26, 490, x1 - 26, PAVEMENT_Y, "#5f7482", 3)
    middle = (x0 + x1) / 2
    for pane in (x0 + 38, middle + 70):
        right = middle - 70 if pane < middle else x1 - 38
        if right - pane > 30:
            sheet.box(pane, 502, right, 730, "#bcd2de", 3)
            sheet.box(pane, 730, right, PAVEMENT_Y, "#8d7760")
            sheet.shape(
                [(pane + 20, 502), (pane + 56, 502), (pane + 16, 640), (pane, 640), (pane, 570)], "#d3e3eb"
            )
    sheet.box(middle - 58, 510, middle + 58, PAVEMENT_Y, "#425560", 3)
    sheet.box(middle - 46, 522, middle - 4, 770, "#a5c0cf", 2)
    sheet.box(middle + 4, 522, middle + 46, 770, "#a5c0cf", 2)
    if not number:
        return
    half = 50.0 if x1 - x0 > 500 else 38.0
    plate = middle + 66 + half
    sheet.box(plate - half, 520, plate + half, 520 + half, "#1f4f9e", 6)
    sheet.text(plate, 519 + half / 2, number, half * 0.58, "#ffffff")


def draw_pavement(sheet: Sheet) -> None:
    """The strip before the houses, kerb and road."""
    sheet.box(0, PAVEMENT_Y, WIDTH_PX, KERB_Y, "#cdc6b8")
    for y in (840, 890, 955):
        sheet.line([(0, y), (WIDTH_PX, y)], "#bab2a2", 3)
    for step in range(-12, 29):
        far = step * 100
        sheet.line([(far, PAVEMENT_Y), (800 + (far - 800) * 1.5, KERB_Y)], "#c0b8a8", 2)
    sheet.box(0, KERB_Y, WIDTH_PX, KERB_Y + 30, "#e4dfd4")
    sheet.box(0, KERB_Y + 26, WIDTH_PX, KERB_Y + 34, "#8b867c")
    sheet.box(0, KERB_Y + 34, WIDTH_PX, HEIGHT_PX, "#6d7278")
    for x in range(60, WIDTH_PX, 420):
        sheet.box(x, 1150, x + 220, 1164, "#eceae3")


def _bay_marks(sheet: Sheet) -> None:
    for x in range(210, 1500, 100):
        sheet.line([(x, 1012), (x - 14, KERB_Y - 4)], "#fbfaf5", 6)
    sheet.line([(200, 1012), (1420, 1012)], "#fbfaf5", 6)
    sheet.text(800, KERB_Y + 60, "非机动车停车位", 34, "#f2f0e8")


def _ground(name: str) -> Image.Image:
    random = Random(name)
    park = name == "drawn_08_waste.jpg"
    sheet = Sheet("#d5e7f0")
    sheet.box(0, 560, WIDTH_PX, HEIGHT_PX, "#a9c68d" if park else "#c9bd9f")
    for x in range(-40, 1700, 230):
        sheet.box(x, 380 + (x // 230 % 3) * 34, x + 150, 570, "#c6d3da")
    if park:
        for x in (130, 420, 1180, 1470):
            props.tree(sheet, x, 760 + random.uniform(-30, 30), random)
        sheet.shape([(660, 600), (860, 600), (1240, HEIGHT_PX), (240, HEIGHT_PX)], "#d8cfbc")
    else:
        sheet.shape([(0, 1010), (WIDTH_PX, 940), (WIDTH_PX, HEIGHT_PX), (0, HEIGHT_PX)], "#6d7278")
        for x in range(0, 1600, 100):
            sheet.box(x + 4, 600, x + 96, 720, ("#3e7f8c", "#4b93a1")[x // 100 % 2])
    for prop, at, ground in OPEN_GROUND[name]:
        prop(sheet, at, ground, random)
    return labelled(sheet, "公园内" if park else "区界外路边")


def labelled(sheet: Sheet, place: str) -> Image.Image:
    """The finished picture, which says that it is drawn."""
    sheet.box(36, 36, 500, 104, "#20303f", 34)
    sheet.text(268, 69, "示意图 · drawn sample", 36, "#ffffff")
    sheet.box(
        WIDTH_PX - 36 - 27 * (len(place) + 14), HEIGHT_PX - 66, WIDTH_PX - 36, HEIGHT_PX - 18, "#20303f", 24
    )
    sheet.text(WIDTH_PX - 62, HEIGHT_PX - 43, f"演示 {place} · 地点与店铺均为虚构", 26, "#f7f4ec", "rm")
    return sheet.finished()


def _exif(sample: Sample, timed: bool) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = "Drawn sample, not a photograph"
    lon, lat = sample.spot.fix
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitudeRef], gps[ExifTags.GPS.GPSLatitude] = "N", _sexagesimal(lat)
    gps[ExifTags.GPS.GPSLongitudeRef], gps[ExifTags.GPS.GPSLongitude] = "E", _sexagesimal(lon)
    gps[ExifTags.GPS.GPSImgDirectionRef] = "T"
    gps[ExifTags.GPS.GPSImgDirection] = sample.spot.bearing_deg
    if timed:
        taken = exif.get_ifd(ExifTags.IFD.Exif)
        taken[ExifTags.Base.DateTimeOriginal] = TAKEN_AT
        taken[ExifTags.Base.OffsetTimeOriginal] = TAKEN_OFFSET
    return exif


def _sexagesimal(degrees: float) -> tuple[float, float, float]:
    whole = int(degrees)
    minutes = (degrees - whole) * 60.0
    return float(whole), float(int(minutes)), round((minutes - int(minutes)) * 60.0, 4)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else HOME / "photos"
    target.mkdir(parents=True, exist_ok=True)
    for done in draw_all(target):
        print(f"{done.stat().st_size:>9,} bytes  {done}")
