"""The sample reports a phone would send, in the wire format of PUT /reports, each with what to expect.

`captured_at` is told as `captured_before_s`, seconds before sending, so that a report is always fresh; the
sender adds the photo digests. Places come from `demo.scenes`, figures in other datums from `geo.datum`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from demo import scenes
from demo.frontages import Frontage
from demo.plane import Point
from demo.scenes import Spot, told
from demo.words import WORDS
from geo.datum import Datum

JINSHA = "320612001"
OUTSIDE: Point = (120.86, 31.99)
FIRST_BEFORE_S, APART_S = 60, 240
SURE = ("certain", "likely")
# What an old picture from elsewhere leaves behind when it is sent today from Tongzhou.
FOREIGN = ("exif_far", "exif_time_skew")

# name, photos, category, officer, findings, which shop.
_PLAIN: tuple[tuple[str, tuple[str, ...], str, str, tuple[str, ...], dict[str, Any]], ...] = (
    (
        "nikon_0010_jinsha",
        ("ianare_DSCN0010.jpg",),
        "goods_on_pavement",
        "officer01",
        FOREIGN,
        {"township": JINSHA, "street": "新金路", "trade": "fruit"},
    ),
    (
        "nikon_0021_jinxin",
        ("ianare_DSCN0021.jpg",),
        "illegal_signs",
        "officer03",
        FOREIGN,
        {"township": "320612004"},
    ),
    (
        "nikon_0042_xingren",
        ("ianare_DSCN0042.jpg",),
        "exposed_waste",
        "officer05",
        FOREIGN,
        {"township": "320612117", "street": "徐庄中心路"},
    ),
    (
        "pixel_shigang",
        ("pixel_gps.jpg",),
        "shop_front_dirty",
        "officer04",
        FOREIGN,
        {"township": "320612110"},
    ),
    (
        "iphone_heic_pingchao",
        ("iphone11_gps.HEIC",),
        "goods_on_pavement",
        "officer07",
        FOREIGN,
        {"township": "320612114", "odd": True},
    ),
    ("noexif_sanyu", ("noexif.jpg",), "drying_clothes", "officer04", (), {"township": "320612104"}),
    (
        "portrait_3_chuanjiang",
        ("ianare_portrait_3.jpg",),
        "work_outdoors",
        "officer06",
        (),
        {"township": "320612120"},
    ),
    (
        "two_photos_xianfeng",
        ("ianare_portrait_6.jpg", "ianare_portrait_8.jpg"),
        "goods_on_pavement",
        "officer06",
        (),
        {"township": "320612003"},
    ),
)


@dataclass(frozen=True)
class Sample:
    """One sample report with its spot and shop kept, so that drawn pictures can carry the same place."""

    body: dict[str, Any]
    spot: Spot
    zone: Frontage | None

    @property
    def name(self) -> str:
        """Stable short name."""
        return str(self.body["name"])


@cache
def samples() -> tuple[Sample, ...]:
    """All sample reports in sending order, the oldest capture first."""
    plain = [_plain(*row) for row in _PLAIN]
    made = [*plain, *_three_datums(), *_across_the_alley(), *_unsure(), *_odd()]
    for place, sample in enumerate(made):
        sample.body["captured_before_s"] = FIRST_BEFORE_S + APART_S * (len(made) - 1 - place)
    return tuple(made)


def reports() -> list[dict[str, Any]]:
    """The content of reports.json."""
    return [sample.body for sample in samples()]


def _sample(
    name: str,
    photos: Sequence[str],
    category: str,
    username: str,
    place: tuple[Spot, dict[str, Any]],
    expect: dict[str, Any],
    zone: Frontage | None = None,
    hint: dict[str, str] | None = None,
) -> Sample:
    note, scene_zh, scene_en = WORDS[name]
    spot, position = place
    body = {
        "name": name,
        "scene_zh": scene_zh,
        "scene_en": scene_en,
        "username": username,
        "captured_before_s": 0,
        "photos": [{"file": file, "role": "scene"} for file in photos],
        "position": position,
        "category": category,
        "note": note,
        **({"zone_hint": hint} if hint else {}),
        "expect": expect,
    }
    return Sample(body, spot, zone)


def _expect(
    zone: Frontage | None, verdicts: Iterable[str] = SURE, findings: Iterable[str] = (), **more: Any
) -> dict[str, Any]:
    return {
        "township": zone.town.township.code if zone else None,
        "frontage": zone.code if zone else None,
        "frontage_verdicts": list(verdicts),
        "parking": None,
        "findings": list(findings),
        **more,
    }


def _blind(spot: Spot, accuracy_m: float) -> tuple[Spot, dict[str, Any]]:
    return spot, told(spot.fix, Datum.WGS84, accuracy_m)


def _aimed(spot: Spot, accuracy_m: float, datum: Datum = Datum.WGS84) -> tuple[Spot, dict[str, Any]]:
    return spot, {**told(spot.fix, datum, accuracy_m), "bearing_deg": spot.bearing_deg}


def _plain(
    name: str,
    photos: tuple[str, ...],
    category: str,
    username: str,
    findings: tuple[str, ...],
    which: dict[str, Any],
) -> Sample:
    """The plain case: an officer with a good fix stands before the shop and looks at it."""
    zone = scenes.pick(**which)
    expect = _expect(zone, findings=findings)
    return _sample(name, photos, category, username, _aimed(scenes.before(zone), 4.0), expect, zone)


def fruit_shop() -> Frontage:
    """The fruit shop told in three datums."""
    return scenes.pick(JINSHA, "银河路", "fruit", front_m=(10.0, 14.0))


def _three_datums() -> list[Sample]:
    zone = fruit_shop()
    files = {
        Datum.WGS84: "drawn_01_fruit.jpg",
        Datum.GCJ02: "drawn_02_fruit_crates.jpg",
        Datum.BD09: "drawn_03_fruit_boxes.jpg",
    }
    return [
        _sample(
            f"same_place_{datum.value}",
            [file],
            "goods_on_pavement",
            "officer01",
            _aimed(scenes.before(zone), 3.0, datum),
            _expect(zone),
            zone,
        )
        for datum, file in files.items()
    ]


def _across_the_alley() -> list[Sample]:
    zone, spot, opposite = scenes.facing_pair(JINSHA, "新市巷")
    seen, stood = _expect(zone, (*SURE, "ambiguous")), _expect(opposite, (*SURE, "ambiguous"))
    goods = "goods_on_pavement"
    return [
        _sample(
            "across_with_bearing", ["drawn_04_goods.jpg"], goods, "officer02", _aimed(spot, 3.0), seen, zone
        ),
        _sample(
            "across_without_bearing",
            ["drawn_05_goods_far.jpg"],
            goods,
            "officer02",
            _blind(spot, 3.0),
            stood,
            opposite,
        ),
    ]


def _unsure() -> list[Sample]:
    narrow = scenes.pick(JINSHA, "人民东路", front_m=(5.0, 6.5))
    guess = _expect(None, ("ambiguous",), township=JINSHA, frontage_candidate=narrow.code)
    scanned = scenes.pick("320612101", front_m=(5.0, 7.0))
    aside = scenes.before(scanned, out_m=-1.0, aside_m=5.0)
    bay = scenes.pick_bay("320612103", "bike")
    beside = _expect(
        None,
        (*SURE, "ambiguous", "near", "none"),
        ("exif_time_skew",),
        township="320612103",
        parking=bay.code,
        parking_verdicts=[*SURE, "ambiguous"],
    )
    return [
        _sample(
            "ambiguous_narrow_shops",
            ["drawn_06_row.jpg"],
            "shop_front_dirty",
            "officer01",
            _blind(scenes.before(narrow, out_m=1.0), 20.0),
            guess,
            narrow,
        ),
        _sample(
            "qr_hint_xiting",
            ["ianare_portrait_1.jpg"],
            "illegal_signs",
            "officer07",
            _blind(aside, 12.0),
            _expect(scanned),
            scanned,
            {"code": scanned.code, "how": "qr"},
        ),
        _sample(
            "bike_bay_dongshe",
            ["drawn_07_bikes.jpg"],
            "bikes_outside_bay",
            "officer03",
            _aimed(scenes.along_bay(bay), 3.0),
            beside,
            scenes.shop_behind(bay),
        ),
    ]


def _odd() -> list[Sample]:
    park = scenes.in_park(JINSHA)
    outside = Spot(OUTSIDE, (OUTSIDE[0], OUTSIDE[1] + 0.0001))
    shifted = scenes.south_east_corner(JINSHA)
    spot, position = _aimed(scenes.before(shifted), 4.0, Datum.GCJ02)
    meant = {"datum_meant": "gcj02", "frontage_meant": shifted.code, "township": JINSHA}
    mocked = scenes.pick("320612112")
    mock_spot, mock_position = _aimed(scenes.before(mocked), 4.0)
    cell = scenes.cell_at(park.fix)
    return [
        _sample(
            "grid_only_park",
            ["drawn_08_waste.jpg"],
            "road_dirt",
            "officer01",
            _blind(park, 4.0),
            _expect(None, ("near",), township=JINSHA, grid=cell),
        ),
        _sample(
            "outside_district",
            ["drawn_09_soil.jpg"],
            "construction_waste",
            "officer03",
            _blind(outside, 5.0),
            _expect(None, ("none",)),
        ),
        _sample(
            "wrong_datum_declared",
            ["drawn_10_stall.jpg"],
            "stall_outdoors",
            "officer02",
            (spot, {**position, "datum": Datum.WGS84.value}),
            _expect(None, ("near", "none"), ("datum_hint_zone",), **meant),
            shifted,
        ),
        _sample(
            "mock_flag_liuqiao",
            ["drawn_11_ebikes.jpg"],
            "goods_on_pavement",
            "officer03",
            (mock_spot, {**mock_position, "mock": True}),
            _expect(mocked, findings=("mock_location",)),
            mocked,
        ),
    ]
