"""A sheet to draw flat street scenes on: shapes and Chinese text in units of the finished 1600x1200 picture.

Everything is drawn at twice the size and reduced once, which smooths the edges; needs the Noto CJK fonts.
"""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from demo.plane import Point

WIDTH_PX, HEIGHT_PX = 1600, 1200
ENLARGED = 2
FONT_FOLDER = Path("/usr/share/fonts/opentype/noto")
SIMPLIFIED_FACE = 2


class Sheet:
    """One picture in the making; coordinates run right and down from the top left."""

    def __init__(self, paper: str) -> None:
        self._image = Image.new("RGB", (WIDTH_PX * ENLARGED, HEIGHT_PX * ENLARGED), paper)
        self._pen = ImageDraw.Draw(self._image)

    def box(self, x0: float, y0: float, x1: float, y1: float, fill: str, radius: float = 0.0) -> None:
        """A filled rectangle, its corners rounded by `radius`."""
        corners = [x0 * ENLARGED, y0 * ENLARGED, x1 * ENLARGED, y1 * ENLARGED]
        self._pen.rounded_rectangle(corners, radius * ENLARGED, fill=fill)

    def shape(self, points: Sequence[Point], fill: str) -> None:
        """A filled polygon."""
        self._pen.polygon([(x * ENLARGED, y * ENLARGED) for x, y in points], fill=fill)

    def line(self, points: Sequence[Point], colour: str, width: float) -> None:
        """A line with rounded joints."""
        placed = [(x * ENLARGED, y * ENLARGED) for x, y in points]
        self._pen.line(placed, fill=colour, width=round(width * ENLARGED), joint="curve")

    def disc(self, x: float, y: float, radius: float, fill: str) -> None:
        """A filled circle."""
        self.oval(x, y, radius, radius, fill)

    def oval(self, x: float, y: float, half_width: float, half_height: float, fill: str) -> None:
        """A filled ellipse around a point."""
        corners = [x - half_width, y - half_height, x + half_width, y + half_height]
        self._pen.ellipse([corner * ENLARGED for corner in corners], fill=fill)

    def ring(self, x: float, y: float, radius: float, colour: str, width: float) -> None:
        """A circle's outline."""
        corners = [x - radius, y - radius, x + radius, y + radius]
        self._pen.ellipse(
            [corner * ENLARGED for corner in corners], outline=colour, width=round(width * ENLARGED)
        )

    def text(self, x: float, y: float, words: str, size: float, fill: str, anchor: str = "mm") -> None:
        """Words in bold Noto Sans CJK around a point; `anchor` as Pillow names it."""
        font = ImageFont.truetype(
            FONT_FOLDER / "NotoSansCJK-Bold.ttc", round(size * ENLARGED), index=SIMPLIFIED_FACE
        )
        self._pen.text((x * ENLARGED, y * ENLARGED), words, font=font, fill=fill, anchor=anchor)

    def finished(self) -> Image.Image:
        """The picture at its final size."""
        return self._image.resize((WIDTH_PX, HEIGHT_PX), Image.Resampling.LANCZOS)
