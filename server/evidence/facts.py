"""What a photo says about itself, as plain frozen values that travel from the decoding child to the server.

Nothing here is truth: EXIF can be forged, and "no EXIF" is normal, since phones strip it from photos picked
in web pages. The server compares these values with the fix the phone sent; it never replaces anything by
them.
"""

import math
from dataclasses import asdict, dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pydantic import TypeAdapter

PhotoFormat = Literal["jpeg", "png", "webp", "heic"]
ExifProblem = Literal[
    "exif_damaged",
    "exif_zero_denominator",
    "exif_out_of_range",
    "exif_not_a_number",
    "exif_position_incomplete",
    "exif_position_zero",
    "exif_time_unreadable",
    "exif_offset_unreadable",
    "exif_text_cleaned",
    "exif_orientation_unknown",
]


@dataclass(frozen=True)
class ExifPosition:
    """A position in degrees, lon-lat.

    `map_datum` is the text the camera wrote, or None; it is not interpreted.
    """

    lon: float
    lat: float
    map_datum: str | None = None

    def __post_init__(self) -> None:
        # NaN compares false with everything, so it ends up here too.
        if not (-180 <= self.lon <= 180 and -90 <= self.lat <= 90):
            raise ValueError(f"no position on earth: {self.lon} {self.lat}")


@dataclass(frozen=True)
class ExifFacts:
    """What EXIF says. None where it says nothing or nothing readable; then `problems` has the code.

    altitude_m is above sea level (or the ellipsoid, as the camera wrote it). bearing_deg is where the
    camera looked (GPSImgDirection), clockwise from true ("T") or magnetic ("M") north, [0, 360];
    bearing_ref None when unsaid. taken_at is the camera's local time, ISO 8601 without offset; offset
    "+08:00" only when written beside it. gps_time_utc is ISO 8601 with Z.
    """

    present: bool = False
    position: ExifPosition | None = None
    altitude_m: float | None = None
    bearing_deg: float | None = None
    bearing_ref: Literal["T", "M"] | None = None
    taken_at: str | None = None
    offset: str | None = None
    gps_time_utc: str | None = None
    make: str | None = None
    model: str | None = None
    problems: tuple[ExifProblem, ...] = ()

    def __post_init__(self) -> None:
        for value in (self.altitude_m, self.bearing_deg):
            if value is not None and not math.isfinite(value):
                raise ValueError("EXIF facts are finite numbers")


@dataclass(frozen=True)
class PhotoFacts:
    """A photo that was decoded to its end. width and height in pixels as stored; orientation is EXIF's 1..8.

    HEIC turns its pixels while decoding, so there the size is the upright one and orientation 1.
    frames counts the pictures in the file; only the first (the primary one) is what this photo shows.
    """

    format: PhotoFormat
    width: int
    height: int
    orientation: int
    frames: int
    exif: ExifFacts

    def to_json(self) -> dict[str, Any]:
        """A dict of plain values, for JSON; None and empty tuples included."""
        return asdict(self)


def facts_from_json(line: bytes) -> PhotoFacts:
    """The facts a child wrote, checked value by value: a child that decoded hostile bytes is not trusted.

    Errors: ValueError when it is anything else than PhotoFacts in JSON.
    """
    return _adapter().validate_json(line, strict=True)


@cache
def _adapter() -> "TypeAdapter[PhotoFacts]":
    # Imported here: the child needs this module but must stay small.
    from pydantic import TypeAdapter

    return TypeAdapter(PhotoFacts)
