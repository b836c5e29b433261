"""Draws the built layers into one PNG for a look: `python -m demo.preview out.png lon lat metres`.

For the eye of whoever changes the scripts, not for the product: flat colours, no labels.
"""

import json
import math
import sys
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from demo.build import HOME
from demo.plane import Point, to_plane

PAPER = "#f6f4ef"
SIZE_PX = 1400
STYLES: tuple[tuple[str, str | None, str | None], ...] = (
    ("zones/township.geojson", "#fbfaf6", "#8a8f98"),
    ("buildings.geojson", "#dcd8cf", "#c9c4b8"),
    ("zones/site.geojson", "#efe0b8", "#c79a2b"),
    ("zones/grid.geojson", None, "#9aa7b8"),
    ("zones/frontage.geojson", "#cfe0f7", "#2d63ad"),
    ("zones/parking.geojson", "#bfe6c8", "#2c8a4a"),
)


def draw(low: Point, width_m: float) -> Image.Image:
    """A square picture of the plane (EPSG:4549) from its low corner, `width_m` metres wide."""
    scale = SIZE_PX / width_m
    image = Image.new("RGB", (SIZE_PX, SIZE_PX), PAPER)
    pen = ImageDraw.Draw(image)

    def pixels(points: list[list[float]]) -> list[Point]:
        placed = [to_plane(lon, lat) for lon, lat in points]
        return [((x - low[0]) * scale, SIZE_PX - (y - low[1]) * scale) for x, y in placed]

    for name, fill, line in STYLES:
        for feature in _features(name):
            ring = pixels(feature["geometry"]["coordinates"][0])
            if _visible(ring):
                pen.polygon(ring, fill=fill, outline=line)
        if name == "zones/township.geojson":
            for feature in _features("streets.geojson"):
                width_px = max(1, round(feature["properties"]["width_m"] * scale))
                pen.line(pixels(feature["geometry"]["coordinates"]), fill="#ffffff", width=width_px + 2)
                pen.line(pixels(feature["geometry"]["coordinates"]), fill="#e9e5da", width=width_px)
    return image


def _features(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((HOME / name).read_text(encoding="utf-8"))["features"]
    return found


def _visible(ring: list[Point]) -> bool:
    xs, ys = [x for x, _ in ring], [y for _, y in ring]
    return max(xs) > 0 and min(xs) < SIZE_PX and max(ys) > 0 and min(ys) < SIZE_PX and not math.isnan(xs[0])


if __name__ == "__main__":
    target, lon_text, lat_text, width_text = sys.argv[1:5]
    centre, across_m = to_plane(float(lon_text), float(lat_text)), float(width_text)
    draw((centre[0] - across_m / 2, centre[1] - across_m / 2), across_m).save(Path(target))
