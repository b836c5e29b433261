"""A sketch map of where a photo was taken, as SVG from our own zones: nothing is asked of any map service.

Drawn in metres east and north of the fix (y turned, as SVG counts downwards): streets, strips and bays around, the zone
the match names, the fix with its circle of accuracy and where the camera looked, north, and a bar of twenty metres.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

HALF_MIN_M, HALF_MAX_M = 40.0, 150.0
# Streets without a known width, and the smallest text that can be read on paper when 80 metres are 10 centimetres.
STREET_M = 6.0
TEXT_SHARE = 0.022
NAME_MAX = 12
_FILL = {"frontage": "#dfe9f3", "parking": "#dcefdc", "site": "#eee3d3"}
_LINE = {"frontage": "#5b7a99", "parking": "#4f8a4f", "site": "#9a7b4f"}


def half_width_m(accuracy_m: float) -> float:
    """How far a sketch reaches to each side: three times the accuracy, within limits."""
    return min(max(3 * accuracy_m, HALF_MIN_M), HALF_MAX_M)


def draw(
    around: Mapping[str, Any],
    *,
    half_m: float,
    accuracy_m: float,
    bearing_deg: float | None,
    chosen: Sequence[str],
) -> str:
    """The SVG.

    Args:
        around: zones and streets, see the statement fetch_surroundings. half_m: half the side of the square.
        bearing_deg: where the camera looked, from true north. chosen: codes of the zones that the match names.
    """
    size = f"{-half_m:g} {-half_m:g} {2 * half_m:g} {2 * half_m:g}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{size}" width="1000" height="1000">',
        f'<rect x="{-half_m:g}" y="{-half_m:g}" width="{2 * half_m:g}" height="{2 * half_m:g}" fill="#fbfaf6"/>',
        *_streets(around["streets"]),
        *_zones(around["zones"], half_m, frozenset(chosen)),
        *_names(around, half_m, frozenset(chosen)),
        *_fix(half_m, accuracy_m, bearing_deg),
        *_frame(half_m),
        "</svg>",
    ]
    return "\n".join(parts)


def _streets(streets: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for edge_m, colour in ((0.6, "#b9b6ad"), (0.0, "#ffffff")):
        for street in streets:
            width = (street["width_m"] or STREET_M) + edge_m
            for line in _lines(street["shape"]):
                yield (
                    f'<path d="{_path(line)}" fill="none" stroke="{colour}" stroke-width="{width:g}" '
                    'stroke-linecap="round" stroke-linejoin="round"/>'
                )


def _zones(zones: Sequence[Mapping[str, Any]], half_m: float, chosen: frozenset[str]) -> Iterator[str]:
    # Those the match names last, so that their line lies above their neighbours'.
    for zone in sorted(zones, key=lambda zone: zone["code"] in chosen):
        named = zone["code"] in chosen
        fill = "#f6d6c4" if named else _FILL[zone["kind"]]
        line, width = ("#b3391b", 0.010) if named else (_LINE[zone["kind"]], 0.004)
        for rings in _areas(zone["shape"]):
            path = " ".join(f"{_path(ring)} Z" for ring in rings)
            yield (
                f'<path d="{path}" fill="{fill}" fill-rule="evenodd" stroke="{line}" '
                f'stroke-width="{width * half_m:.2f}"/>'
            )


def _names(around: Mapping[str, Any], half_m: float, chosen: frozenset[str]) -> Iterator[str]:
    """Names where there is room for them: that of the chosen zone first, then the nearest."""
    size = TEXT_SHARE * 2 * half_m
    # Nothing is written over the fix.
    taken = [(0.0, 0.0, 3 * size, 2 * size)]
    zones = sorted(around["zones"], key=lambda zone: zone["code"] not in chosen)
    for x, y, turn, colour, words in [*_zone_names(zones, size, chosen), *_street_names(around["streets"])]:
        width = size * sum(1.0 if letter > "\u2e80" else 0.6 for letter in words)
        box = (x, y, width, size) if abs(turn) < 45 else (x, y, size, width)
        inside = abs(x) + box[2] / 2 < half_m and abs(y) + box[3] / 2 < half_m
        if inside and not any(_overlap(box, other) for other in taken):
            taken.append(box)
            yield _text(x, y + size * 0.35, size, colour, words, turn)


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return abs(a[0] - b[0]) < (a[2] + b[2]) / 2 and abs(a[1] - b[1]) < (a[3] + b[3]) / 2


_Name = tuple[float, float, float, str, str]


def _zone_names(zones: Sequence[Mapping[str, Any]], size: float, chosen: frozenset[str]) -> Iterator[_Name]:
    for zone in zones:
        areas = _areas(zone["shape"])
        if not areas:
            continue
        x, y = _centre(areas[0][0])
        # What stands before the last hyphen is the same for all around: the township.
        words = zone["code"].rpartition("-")[2][:NAME_MAX]
        if zone["code"] in chosen:
            yield x, min(-point[1] for point in areas[0][0]) - size * 0.8, 0.0, "#8c2a12", words
        else:
            yield x, y, 0.0, "#33475c", words


def _street_names(streets: Sequence[Mapping[str, Any]]) -> Iterator[_Name]:
    for street in _longest(streets):
        line = max(_lines(street["shape"]), key=_length)
        for share in (0.5, 0.25, 0.75):
            x, y, turn = _along(line, share)
            yield x, y, turn, "#6b675c", street["name"][:NAME_MAX]


def _longest(streets: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Of each name the piece with most of it in sight."""
    best: dict[str, tuple[float, Mapping[str, Any]]] = {}
    for street in streets:
        seen = max((_length(line) for line in _lines(street["shape"])), default=0.0)
        if street["name"] and seen > best.get(street["name"], (0.0, street))[0]:
            best[street["name"]] = (seen, street)
    for _, street in best.values():
        yield street


def _fix(half_m: float, accuracy_m: float, bearing_deg: float | None) -> Iterator[str]:
    thin = 0.005 * half_m
    yield (
        f'<circle cx="0" cy="0" r="{max(accuracy_m, 0.5):g}" fill="#1f6feb" fill-opacity="0.10" stroke="#1f4fa8" '
        f'stroke-width="{thin:.2f}" stroke-dasharray="{4 * thin:.2f} {3 * thin:.2f}"/>'
    )
    if bearing_deg is not None:
        angle = math.radians(bearing_deg)
        x, y = math.sin(angle) * half_m * 0.22, -math.cos(angle) * half_m * 0.22
        yield (
            f'<line x1="0" y1="0" x2="{x:.2f}" y2="{y:.2f}" stroke="#1f4fa8" stroke-width="{2 * thin:.2f}" '
            'stroke-linecap="round"/>'
        )
    yield f'<circle cx="0" cy="0" r="{0.016 * half_m:.2f}" fill="#c1121f" stroke="#ffffff" stroke-width="{thin:.2f}"/>'


def _frame(half_m: float) -> Iterator[str]:
    unit, size = half_m / 40, TEXT_SHARE * 2 * half_m
    thin = f'stroke="#222" stroke-width="{0.15 * unit:g}"'
    x, y = half_m - 5 * unit, -half_m + 3.5 * unit
    for side, look in ((1.8 * unit, 'fill="#222"'), (-1.8 * unit, f'fill="#fff" {thin}')):
        yield f'<path d="M {x:g} {y:g} l {side:g} {6 * unit:g} l {-side:g} {-1.3 * unit:g} Z" {look}/>'
    yield _text(x, y + 8.7 * unit, size, "#222", "北 N")
    bar, thick = (20.0 if half_m <= 80 else 50.0), 0.8 * unit
    left, low = -half_m + 3 * unit, half_m - 3 * unit
    for start, look in ((left, 'fill="#222"'), (left + bar / 2, f'fill="#fff" {thin}')):
        place = f'x="{start:g}" y="{low - thick:g}"'
        yield f'<rect {place} width="{bar / 2:g}" height="{thick:g}" {look}/>'
    yield _text(left, low - 1.6 * unit, size, "#222", "0")
    yield _text(left + bar, low - 1.6 * unit, size, "#222", f"{bar:.0f} 米")
    place = f'x="{-half_m:g}" y="{-half_m:g}" width="{2 * half_m:g}" height="{2 * half_m:g}"'
    yield f'<rect {place} fill="none" stroke="#222" stroke-width="{0.5 * unit:g}"/>'


def _text(x: float, y: float, size: float, colour: str, words: str, turn: float = 0.0) -> str:
    place = f'x="{x:.2f}" y="{y:.2f}" transform="rotate({turn:.1f} {x:.2f} {y:.2f})"'
    look = (
        f'font-family="Noto Sans CJK SC" font-size="{size:.2f}" text-anchor="middle" fill={quoteattr(colour)} '
        f'stroke="#fbfaf6" stroke-width="{size * 0.18:.2f}" paint-order="stroke" stroke-linejoin="round"'
    )
    return f"<text {place} {look}>{escape(words)}</text>"


# --- Shapes -----------------------------------------------------------------------------------------------------

Ring = Sequence[Sequence[float]]


def _each(shape: Mapping[str, Any] | None) -> Iterator[Mapping[str, Any]]:
    """The simple shapes in one; what was clipped away entirely is none."""
    if shape is None:
        return
    for part in shape.get("geometries", [shape]):
        if part["type"].startswith("Multi"):
            yield from ({"type": part["type"][5:], "coordinates": one} for one in part["coordinates"])
        elif part.get("coordinates"):
            yield part


def _lines(shape: Mapping[str, Any] | None) -> list[Ring]:
    return [part["coordinates"] for part in _each(shape) if part["type"] == "LineString"]


def _areas(shape: Mapping[str, Any] | None) -> list[Sequence[Ring]]:
    return [part["coordinates"] for part in _each(shape) if part["type"] == "Polygon"]


def _path(points: Ring) -> str:
    return "M " + " L ".join(f"{point[0]:g} {-point[1]:g}" for point in points)


def _length(line: Ring) -> float:
    return sum(math.dist(a[:2], b[:2]) for a, b in zip(line, line[1:], strict=False))


def _along(line: Ring, share: float) -> tuple[float, float, float]:
    """A share of the way along a line, and how far text there is turned so that it reads from the left."""
    rest = _length(line) * share
    for a, b in zip(line, line[1:], strict=False):
        step = math.dist(a[:2], b[:2])
        if step >= rest > 0:
            part = rest / step
            turn = -math.degrees(math.atan2(b[1] - a[1], b[0] - a[0]))
            upright = (turn + 90) % 180 - 90
            return a[0] + part * (b[0] - a[0]), -(a[1] + part * (b[1] - a[1])), upright
        rest -= step
    return line[0][0], -line[0][1], 0.0


def _centre(ring: Ring) -> tuple[float, float]:
    points = ring[:-1]
    return sum(p[0] for p in points) / len(points), -sum(p[1] for p in points) / len(points)
