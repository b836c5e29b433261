"""Reads EXIF out of an opened picture, where every value may be missing, absurd or of a wrong type.

A value that cannot be read becomes None and leaves a problem code; it never becomes an exception, since a
photo with odd EXIF is still a photo. Interpreting what was read (datum, time skew, distance to the fix) is
not done here.
"""

import re
import warnings
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

from server.evidence.facts import ExifFacts, ExifPosition, ExifProblem

TEXT_CHARS = 100
TIME = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)")
BLANK_TIME = re.compile(r"[ 0:TZ-]*")
OFFSET = re.compile(r"[+-](0\d|1[0-4]):[0-5]\d")
DATE = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)")
ALTITUDE_MAX_M = 100_000
# Cameras write both; the time of digitising is the same moment for a digital camera.
TAKEN_TAGS = (
    (Base.DateTimeOriginal, Base.OffsetTimeOriginal),
    (Base.DateTimeDigitized, Base.OffsetTimeDigitized),
)
NORTH: dict[str, Literal["T", "M"]] = {"T": "T", "M": "M"}
SIGNS = {"N": 1, "S": -1, "E": 1, "W": -1}


def read_exif(image: Image.Image) -> tuple[ExifFacts, int]:
    """The facts and the orientation 1..8 (1 when unsaid or unknown) of a picture that was loaded."""
    reader = _Reader(image)
    taken_at, offset = reader.taken()
    orientation = reader.orientation()
    facts = ExifFacts(
        present=bool(reader.main),
        position=reader.position(),
        altitude_m=reader.altitude_m(),
        bearing_deg=reader.bearing_deg(),
        bearing_ref=reader.bearing_ref(),
        taken_at=taken_at,
        offset=offset,
        gps_time_utc=reader.gps_time_utc(),
        make=reader.text(reader.main, Base.Make),
        model=reader.text(reader.main, Base.Model),
    )
    return replace(facts, problems=tuple(reader.problems)), orientation


class _Reader:
    """One photo's EXIF tables and the problems met while reading them (each code once, in order)."""

    def __init__(self, image: Image.Image) -> None:
        self.problems: dict[ExifProblem, None] = {}
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            self.main, self.detail, self.gps = self._tables(image)
        if caught:
            self._problem("exif_damaged")

    def position(self) -> ExifPosition | None:
        lat = self._degrees(GPS.GPSLatitude, GPS.GPSLatitudeRef, "NS", 90)
        lon = self._degrees(GPS.GPSLongitude, GPS.GPSLongitudeRef, "EW", 180)
        if (GPS.GPSLatitude in self.gps) != (GPS.GPSLongitude in self.gps):
            self._problem("exif_position_incomplete")
        if lat is None or lon is None:
            return None
        if lat == 0 and lon == 0:
            # Cameras without a fix write zeros.
            self._problem("exif_position_zero")
            return None
        return ExifPosition(lon, lat, self.text(self.gps, GPS.GPSMapDatum))

    def altitude_m(self) -> float | None:
        altitude_m = self._number(self.gps.get(GPS.GPSAltitude), -ALTITUDE_MAX_M, ALTITUDE_MAX_M)
        below = self.gps.get(GPS.GPSAltitudeRef) in (b"\x01", b"\x03", 1, 3)
        return -altitude_m if altitude_m is not None and below else altitude_m

    def bearing_deg(self) -> float | None:
        return self._number(self.gps.get(GPS.GPSImgDirection), 0, 360)

    def bearing_ref(self) -> Literal["T", "M"] | None:
        if GPS.GPSImgDirection not in self.gps:
            return None
        ref = self.text(self.gps, GPS.GPSImgDirectionRef)
        return NORTH.get(ref or "")

    def taken(self) -> tuple[str | None, str | None]:
        for time_tag, offset_tag in TAKEN_TAGS:
            text = self.text(self.detail, time_tag)
            if text is None or BLANK_TIME.fullmatch(text):
                continue
            taken_at = self._time(text)
            if taken_at is not None:
                return taken_at, self._offset(offset_tag)
        return None, None

    def gps_time_utc(self) -> str | None:
        date = self.text(self.gps, GPS.GPSDateStamp)
        parts = self.gps.get(GPS.GPSTimeStamp)
        if date is None or parts is None or BLANK_TIME.fullmatch(date):
            return None
        found = DATE.fullmatch(date)
        clock = list(self._numbers(parts, (23, 59, 60)))
        if found is None or len(clock) != 3 or None in clock:
            self._problem("exif_time_unreadable")
            return None
        hours, minutes, seconds = (part or 0.0 for part in clock)
        try:
            day = datetime.strptime(":".join(found.groups()), "%Y:%m:%d")
            moment = day + timedelta(hours=hours, minutes=minutes, seconds=seconds)
        except (ValueError, OverflowError):
            self._problem("exif_time_unreadable")
            return None
        precision = "milliseconds" if moment.microsecond else "seconds"
        return moment.isoformat(timespec=precision) + "Z"

    def orientation(self) -> int:
        value = self.main.get(Base.Orientation, 1)
        if isinstance(value, int) and 1 <= value <= 8:
            return value
        self._problem("exif_orientation_unknown")
        return 1

    def text(self, table: dict[int, Any], tag: int) -> str | None:
        """The text up to its first NUL, without control and direction characters; None when that is empty."""
        value = table.get(tag)
        if value is None:
            return None
        if isinstance(value, bytes):
            value = value.decode("latin-1")
        if not isinstance(value, str):
            self._problem("exif_text_cleaned")
            return None
        until_nul = _as_utf8(value.partition("\0")[0]).strip()
        clean = "".join(char for char in until_nul if char.isprintable())[:TEXT_CHARS].strip()
        if clean != until_nul or value.partition("\0")[2].strip("\0 "):
            self._problem("exif_text_cleaned")
        return clean or None

    def _tables(self, image: Image.Image) -> tuple[dict[int, Any], dict[int, Any], dict[int, Any]]:
        main: dict[int, Any] = {}
        others: list[dict[int, Any]] = [{}, {}]
        try:
            # Parsed anew: opening may have parsed it already, and then its warnings would be missed here.
            exif = Image.Exif()
            exif.load(image.info.get("exif") or b"")
            main = dict(exif)
            for place, ifd in enumerate((IFD.Exif, IFD.GPSInfo)):
                others[place] = dict(exif.get_ifd(ifd))
        except MemoryError:
            raise
        except Exception:
            # Pillow has no one exception for damaged tables, and the photo is judged by its pixels.
            self._problem("exif_damaged")
        return main, others[0], others[1]

    def _degrees(self, tag: int, ref_tag: int, refs: str, limit: int) -> float | None:
        value = self.gps.get(tag)
        if value is None:
            return None
        ref = (self.text(self.gps, ref_tag) or "").upper()
        if len(ref) != 1 or ref not in refs:
            self._problem("exif_position_incomplete")
            return None
        parts = list(self._numbers(value, (limit, 60, 60)))
        if not 1 <= len(parts) <= 3 or None in parts:
            if not parts or len(parts) > 3:
                self._problem("exif_not_a_number")
            return None
        degrees: float = sum((part or 0.0) / 60**power for power, part in enumerate(parts))
        if degrees > limit:
            self._problem("exif_out_of_range")
            return None
        return SIGNS[ref] * degrees

    def _numbers(self, values: Any, limits: tuple[int, ...]) -> Iterator[float | None]:
        listed = values if isinstance(values, tuple | list) else (values,)
        for place, value in enumerate(listed[:4]):
            yield self._number(value, 0, limits[min(place, len(limits) - 1)])

    def _number(self, value: Any, least: float, most: float) -> float | None:
        if value is None:
            return None
        if isinstance(value, tuple | list) and len(value) == 1:
            value = value[0]
        if getattr(value, "denominator", 1) == 0:
            self._problem("exif_zero_denominator")
            return None
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError, ZeroDivisionError):
            self._problem("exif_not_a_number")
            return None
        # NaN compares false with everything, so it ends up here too.
        if not least <= number <= most:
            self._problem("exif_out_of_range")
            return None
        return number

    def _time(self, text: str) -> str | None:
        found = TIME.fullmatch(text)
        if found is not None:
            try:
                return datetime.strptime(":".join(found.groups()), "%Y:%m:%d:%H:%M:%S").isoformat()
            except ValueError:
                pass
        self._problem("exif_time_unreadable")
        return None

    def _offset(self, tag: int) -> str | None:
        text = self.text(self.detail, tag)
        if text is None or BLANK_TIME.fullmatch(text):
            return None
        if OFFSET.fullmatch(text):
            return text
        self._problem("exif_offset_unreadable")
        return None

    def _problem(self, code: ExifProblem) -> None:
        self.problems[code] = None


def _as_utf8(text: str) -> str:
    # EXIF text is ASCII by the book and Pillow reads it as Latin-1; phones that write Chinese write UTF-8.
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text
