"""The things that stand about in the drawn street scenes: crates, boxes, bags, bikes, cars, a stall, trees, a heap.

Each is drawn standing on `ground` (its lowest y) at x, in picture units.
"""

from collections.abc import Callable
from random import Random

from demo.sketch import Sheet

Prop = Callable[[Sheet, float, float, Random], None]

SHADOW = "#8f8a80"
INK = "#2f3640"
FRUITS = ("#e2574c", "#f0a93b", "#7fb24a", "#d9c93e", "#b8496b")


def crate(sheet: Sheet, x: float, ground: float, random: Random) -> None:
    """A slatted crate heaped with fruit of one colour."""
    colour = random.choice(FRUITS)
    sheet.oval(x, ground, 92, 10, SHADOW)
    for row, count in ((0, 6), (1, 5), (2, 3)):
        for place in range(count):
            sheet.disc(x + (place - (count - 1) / 2) * 26, ground - 74 - row * 15, 15, colour)
    sheet.shape([(x - 84, ground - 72), (x + 84, ground - 72), (x + 76, ground), (x - 76, ground)], "#b98a56")
    for slat in (-52, -26):
        sheet.line([(x - 80, ground + slat), (x + 80, ground + slat)], "#8f6437", 4)


def carton(sheet: Sheet, x: float, ground: float, random: Random) -> None:
    """A pile of two cartons."""
    sheet.oval(x, ground, 86, 10, SHADOW)
    lean = random.uniform(-10, 10)
    for level, (width, height) in enumerate(((74, 84), (60, 68))):
        low = ground - level * 84
        left, right = x - width + level * lean, x + width + level * lean
        sheet.box(left, low - height, right, low, ("#c99d68", "#d6b07e")[level])
        sheet.box((left + right) / 2 - 7, low - height, (left + right) / 2 + 7, low, "#ead7b4")
        sheet.line([(left, low - height), (right, low - height)], "#a77c48", 3)


def bag(sheet: Sheet, x: float, ground: float, random: Random) -> None:
    """A tied rubbish bag with a little litter beside it."""
    sheet.oval(x, ground, 64, 9, SHADOW)
    colour = random.choice(("#3c4148", "#4a5159", "#57636b"))
    sheet.oval(x, ground - 42, 58, 46, colour)
    sheet.shape(
        [(x - 16, ground - 82), (x + 16, ground - 82), (x + 28, ground - 104), (x - 26, ground - 106)], colour
    )
    sheet.line([(x - 17, ground - 82), (x + 17, ground - 82)], "#c9ccd1", 5)
    for _ in range(3):
        litter, low = x + random.uniform(-110, 110), ground + random.uniform(4, 22)
        sheet.box(litter, low - 10, litter + 20, low, random.choice(("#f2efe6", "#e7c15b", "#9cc3d5")), 2)


def bike(sheet: Sheet, x: float, ground: float, random: Random) -> None:
    """A shared-looking bicycle seen from the side."""
    colour = random.choice(("#2f74b5", "#e0a020", "#3f9b6c"))
    sheet.oval(x, ground, 120, 8, SHADOW)
    for wheel in (-72, 72):
        sheet.ring(x + wheel, ground - 52, 50, INK, 7)
        sheet.disc(x + wheel, ground - 52, 7, INK)
    back, pedal, seat, head = (
        (x - 72, ground - 52),
        (x - 6, ground - 56),
        (x - 28, ground - 126),
        (x + 54, ground - 132),
    )
    for points in ((back, pedal, seat, back), (seat, head, pedal), (head, (x + 72, ground - 52))):
        sheet.line(points, colour, 9)
    sheet.line([(x + 50, ground - 132), (x + 46, ground - 160), (x + 84, ground - 164)], INK, 7)
    sheet.box(x - 56, ground - 144, x - 8, ground - 130, INK, 6)


def ebike(sheet: Sheet, x: float, ground: float, random: Random) -> None:
    """An electric scooter seen from the side."""
    colour = random.choice(("#c8433a", "#33658a", "#e3e0d8", "#5b8c5a"))
    sheet.oval(x, ground, 128, 8, SHADOW)
    for wheel in (-82, 84):
        sheet.disc(x + wheel, ground - 38, 38, INK)
        sheet.disc(x + wheel, ground - 38, 18, "#b9bec6")
    sheet.shape(
        [(x - 118, ground - 92), (x - 14, ground - 98), (x + 6, ground - 46), (x - 100, ground - 52)], colour
    )
    sheet.box(x - 20, ground - 58, x + 60, ground - 42, colour, 6)
    sheet.shape(
        [(x + 42, ground - 50), (x + 66, ground - 50), (x + 58, ground - 168), (x + 38, ground - 160)], colour
    )
    sheet.box(x - 116, ground - 116, x - 10, ground - 94, INK, 10)
    sheet.line([(x + 48, ground - 160), (x + 40, ground - 190), (x + 10, ground - 192)], INK, 8)
    sheet.disc(x + 62, ground - 150, 11, "#f6e7a8")


def stall(sheet: Sheet, x: float, ground: float, random: Random) -> None:
    """A vendor's barrow with a striped roof and goods of several colours."""
    sheet.oval(x, ground, 220, 12, SHADOW)
    for pole in (-180, 180):
        sheet.line([(x + pole, ground - 60), (x + pole, ground - 380)], "#6c6f75", 9)
    for stripe in range(8):
        left = x - 216 + stripe * 54
        high, low = ground - 430, ground - 350
        roof = [(left + 14, high), (left + 68, high), (left + 54, low), (left, low)]
        sheet.shape(roof, ("#d9574a", "#f6f1e6")[stripe % 2])
    sheet.box(x - 196, ground - 150, x + 196, ground - 40, "#e6dcc6", 4)
    sheet.box(x - 206, ground - 170, x + 206, ground - 146, "#a9794b", 4)
    for place in range(9):
        sheet.disc(x - 168 + place * 42, ground - 184, 19, random.choice(FRUITS))
    for wheel in (-130, 130):
        sheet.disc(x + wheel, ground - 34, 34, INK)
        sheet.disc(x + wheel, ground - 34, 14, "#b9bec6")


def heap(sheet: Sheet, x: float, ground: float, random: Random) -> None:
    """A heap of soil and rubble."""
    sheet.oval(x, ground, 330, 16, SHADOW)
    ridge = [
        (-320, 0),
        (-230, -96),
        (-150, -170),
        (-60, -214),
        (30, -196),
        (120, -206),
        (210, -120),
        (320, 0),
    ]
    sheet.shape([(x + dx, ground + dy + random.uniform(-9, 9) * (dy != 0)) for dx, dy in ridge], "#a5815a")
    sheet.shape(
        [(x - 60, ground - 212), (x + 30, ground - 194), (x + 120, ground - 204), (x + 40, ground - 60)],
        "#b89368",
    )
    for _ in range(22):
        dx = random.uniform(-250, 250)
        dy = random.uniform(6, max(10.0, 150 - abs(dx) * 0.5))
        size = random.uniform(7, 17)
        sheet.box(
            x + dx,
            ground - dy,
            x + dx + size * 1.5,
            ground - dy + size,
            random.choice(("#8b6a45", "#c7c3ba", "#9a8f80")),
            3,
        )


def cylinder(sheet: Sheet, x: float, ground: float, random: Random) -> None:
    """A gas cylinder with its valve."""
    sheet.oval(x, ground, 52, 9, SHADOW)
    sheet.box(x - 46, ground - 176, x + 46, ground, random.choice(("#8f979f", "#7f9aa8", "#a5785f")), 26)
    sheet.box(x - 46, ground - 60, x + 46, ground - 50, "#5f666e")
    sheet.box(x - 20, ground - 206, x + 20, ground - 170, "#5f666e", 5)
    sheet.disc(x, ground - 212, 15, "#c8433a")


def brick_wall(sheet: Sheet, x: float, ground: float, random: Random) -> None:
    """A wall that is being built, higher on one side, with bricks before it."""
    sheet.oval(x, ground, 330, 14, SHADOW)
    for row in range(9):
        for place in range(8 - row // 2):
            left = x - 310 + place * 78 + (row % 2) * 30
            low = ground - row * 36
            sheet.box(left, low - 32, left + 72, low, random.choice(("#b5624a", "#a9573f", "#bf6f55")), 3)
    for loose in range(5):
        left = x + 190 + loose * 34
        sheet.box(
            left, ground + 6 - 30 * (loose % 2), left + 62, ground + 34 - 30 * (loose % 2), "#b5624a", 3
        )


def car(sheet: Sheet, x: float, ground: float, random: Random) -> None:
    """A small car seen from the side."""
    colour = random.choice(("#3e6f9e", "#c2c6cb", "#a63d40", "#50565e"))
    sheet.oval(x, ground, 230, 13, SHADOW)
    roof = [(x - 128, ground - 128), (x - 78, ground - 206), (x + 66, ground - 206), (x + 136, ground - 128)]
    sheet.shape(roof, colour)
    panes = [(x - 104, ground - 130), (x - 68, ground - 190), (x + 58, ground - 190), (x + 108, ground - 130)]
    sheet.shape(panes, "#cfe0ea")
    sheet.line([(x - 4, ground - 192), (x - 4, ground - 130)], colour, 10)
    sheet.box(x - 222, ground - 134, x + 222, ground - 40, colour, 26)
    for wheel in (-134, 134):
        sheet.disc(x + wheel, ground - 40, 44, INK)
        sheet.disc(x + wheel, ground - 40, 20, "#b9bec6")
    sheet.box(x + 196, ground - 108, x + 222, ground - 86, "#f6e7a8", 6)


def tree(sheet: Sheet, x: float, ground: float, random: Random) -> None:
    """A round street tree."""
    sheet.oval(x, ground, 70, 9, SHADOW)
    sheet.box(x - 11, ground - 210, x + 11, ground, "#7b5b3e", 4)
    for dx, dy, radius in ((-58, -250, 72), (52, -262, 78), (0, -330, 88), (-8, -240, 74)):
        sheet.disc(x + dx, ground + dy, radius, random.choice(("#6f9f5a", "#7cab63", "#64944f")))
