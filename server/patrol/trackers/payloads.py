"""What trackers send, read into fixes. Pure: no database, no clock, no Flask.

A tracker repeats for ever what is not answered 2xx, and everything after it waits. So one item that cannot be read (no
place, no time) is counted and left out, never a reason to refuse its neighbours; a value that only adds something
(accuracy, speed, battery) is left out by itself when it is no value: -1 means unknown to most of them.
The formats are those of the apps' own documents, see docs/trackers.md.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from typing import Any

from geo.datum import Datum, Position, convert

KNOT_MPS = 1852 / 3600
KMH_MPS = 1 / 3.6
ACCURACY_MAX_M = 100_000
SPEED_MAX_MPS = 1000
ALTITUDE_MAX_M = 100_000
# Below this a number is seconds of the epoch, above it milliseconds, as the Traccar server has it.
_SECONDS_MAX = 2**31 - 1
# Versions in a user agent: behind a slash, by themselves, or of a build.
_VERSIONS = re.compile(r"Build/[^;)\s]+|/\d[^;)\s]*|(?<![\w.-])\d[\w.]*", re.ASCII)
_TEXT_MAX_CHARS = 200
# What OwnTracks sends beside locations, by the names of its document; `encrypted` could hold a location and is not one.
OWNTRACKS_OTHER = frozenset(
    ("beacon", "card", "cmd", "configuration", "dump", "lwt", "request", "status", "steps", "transition")
    + ("waypoint", "waypoints")
)


@dataclass(frozen=True)
class Said:
    """One fix as a tracker told it. Degrees of `datum`, metres, m/s, share of charge; None: not told.

    Attributes:
        datum: that of the device, unless the item names its own.
    """

    lon: float
    lat: float
    datum: str
    recorded_at: datetime
    accuracy_m: float | None = None
    speed_mps: float | None = None
    bearing_deg: float | None = None
    altitude_m: float | None = None
    battery: float | None = None
    mock: bool = False


@dataclass(frozen=True)
class Reading:
    """What a payload leaves unsaid: the datum of the device, and the time zone of a time without one."""

    datum: str
    time_zone: tzinfo


@dataclass(frozen=True)
class Heard:
    """One request of a tracker.

    Attributes:
        fixes: in the order sent. unreadable: items without a place or a time. ignored: no position by its own name.
    """

    fixes: list[Said] = field(default_factory=list)
    unreadable: int = 0
    ignored: int = 0


def owntracks(body: Any, reading: Reading) -> Heard:
    """One message of OwnTracks in HTTP mode; an empty body is a friend deleted in the app, and nothing to us."""
    if body is None:
        return Heard(ignored=1)
    message = body if isinstance(body, Mapping) else {}
    kind = message.get("_type")
    if isinstance(kind, str) and kind in OWNTRACKS_OTHER:
        return Heard(ignored=1)
    if kind != "location":
        return Heard(unreadable=1)
    said = _said(
        reading,
        message.get("lon"),
        message.get("lat"),
        epoch(message.get("tst")),
        accuracy_m=message.get("acc"),
        speed_mps=_times(message.get("vel"), KMH_MPS),
        bearing_deg=message.get("cog"),
        altitude_m=message.get("alt"),
        battery=_times(message.get("batt"), 0.01),
    )
    return _heard([said])


def owntracks_mark(body: Any, device_header: str | None) -> str | None:
    """The device's name in the app: Android sends it as X-Limit-D, iOS as the topic of a location."""
    if device_header:
        return _text(device_header)
    return _text(body.get("topic")) if isinstance(body, Mapping) and body.get("_type") == "location" else None


def osmand(parameters: Mapping[str, str], reading: Reading) -> Heard:
    """One position in query or form parameters, of OsmAnd or Traccar Client up to version 9."""
    lat, lon = parameters.get("lat"), parameters.get("lon")
    if lat is None and lon is None:
        lat, _, lon = parameters.get("location", "").partition(",")
    said = _said(
        reading,
        _number(lon),
        _number(lat),
        moment(parameters.get("timestamp"), reading.time_zone),
        accuracy_m=_number(parameters.get("accuracy")),
        speed_mps=_times(_number(parameters.get("speed")), KNOT_MPS),
        bearing_deg=_number(parameters.get("bearing", parameters.get("heading"))),
        altitude_m=_number(parameters.get("altitude")),
        battery=_times(_number(parameters.get("batt")), 0.01),
        mock=parameters.get("mock") == "true",
    )
    return _heard([said])


def agent_mark(user_agent: str | None) -> str | None:
    """Program and model of a user agent, without its versions: an update of either is the same phone.

    >>> agent_mark("Dalvik/2.1.0 (Linux; U; Android 13; SM-A125F Build/TP1A.220624.014)")
    'Dalvik (Linux; U; Android ; SM-A125F )'
    """
    return _text(" ".join(_VERSIONS.sub("", user_agent or "").split()))


def traccar(body: Any, reading: Reading) -> Heard:
    """One position as JSON with `location.coords`, of Traccar Client from version 9 on. Speed is in m/s there."""
    location = _inner(body, "location")
    coords, battery = _inner(location, "coords"), _inner(location, "battery")
    said = _said(
        reading,
        coords.get("longitude"),
        coords.get("latitude"),
        moment(location.get("timestamp"), reading.time_zone),
        accuracy_m=coords.get("accuracy"),
        speed_mps=coords.get("speed"),
        bearing_deg=coords.get("heading"),
        altitude_m=coords.get("altitude"),
        battery=battery.get("level"),
        mock=location.get("mock") is True,
    )
    return _heard([said])


def overland(locations: Iterable[Any], reading: Reading) -> Heard:
    """A batch of GeoJSON points of Overland. What it logs about itself (`action`) is no position."""
    items: list[Said | None] = []
    ignored = 0
    for feature in locations:
        properties = _inner(feature, "properties")
        if "action" in properties:
            ignored += 1
            continue
        lon, lat = _point(_inner(feature, "geometry"))
        items.append(
            _said(
                reading,
                lon,
                lat,
                moment(properties.get("timestamp"), reading.time_zone),
                accuracy_m=properties.get("horizontal_accuracy"),
                speed_mps=properties.get("speed"),
                bearing_deg=properties.get("course"),
                altitude_m=properties.get("altitude"),
                battery=properties.get("battery_level"),
            )
        )
    return _heard(items, ignored=ignored)


def overland_mark(locations: Iterable[Any]) -> str | None:
    """The phone's own id, which the enrolment code asks Overland to put into every record."""
    named = (_text(_inner(feature, "properties").get("unique_id")) for feature in locations)
    return next((name for name in named if name), None)


def own_app(positions: Iterable[Any], reading: Reading) -> Heard:
    """A batch as POST /positions takes it, of our own app with a device token instead of a login."""
    items = []
    for one in positions:
        item = one if isinstance(one, Mapping) else {}
        items.append(
            _said(
                replace(reading, datum=item.get("datum", reading.datum)),
                item.get("lon"),
                item.get("lat"),
                moment(item.get("recorded_at"), reading.time_zone),
                mock=item.get("mock") is True,
                **{name: item.get(name) for name in _EXTRAS},
            )
        )
    return _heard(items)


def epoch(value: Any) -> datetime | None:
    """Seconds or milliseconds since 1970, UTC, as a number or as digits; None for anything else."""
    number = _number(value)
    if number is None:
        return None
    try:
        return datetime.fromtimestamp(number if abs(number) < _SECONDS_MAX else number / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def moment(value: Any, time_zone: tzinfo) -> datetime | None:
    """A time as trackers write it: epoch, or ISO 8601 with or without an offset; None when it is none."""
    if not isinstance(value, str) or value.replace(".", "", 1).isdecimal():
        return epoch(value)
    try:
        # A plus sign that nobody escaped arrives as a space; between day and time a space is right.
        told = datetime.fromisoformat(value[:11] + value[11:].replace(" ", "+"))
        return (told if told.tzinfo else told.replace(tzinfo=time_zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


# What only adds to a fix, and what it may be; all of it is None when it is not that.
_EXTRAS = {
    "accuracy_m": (0.0, ACCURACY_MAX_M),
    "speed_mps": (0.0, SPEED_MAX_MPS),
    "bearing_deg": (0.0, 360.0),
    "altitude_m": (-ALTITUDE_MAX_M, ALTITUDE_MAX_M),
    "battery": (0.0, 1.0),
}


def _said(
    reading: Reading, lon: Any, lat: Any, at: datetime | None, *, mock: bool = False, **extras: Any
) -> Said | None:
    east, north = _within(lon, -180, 180), _within(lat, -90, 90)
    if east is None or north is None or at is None or not _on_globe(east, north, reading.datum):
        return None
    told = {name: _within(value, *_EXTRAS[name]) for name, value in extras.items()}
    return Said(east, north, reading.datum, at, mock=mock, **told)


def _on_globe(lon: float, lat: float, datum: str) -> bool:
    # Only numbers of BD-09 at a pole or the date line may lie beyond both; to convert every fix here would be slow.
    try:
        if Datum(datum) is Datum.BD09:
            convert(Position(lon, lat, Datum.BD09), Datum.WGS84)
    except ValueError:
        return False
    return True


def _heard(items: Iterable[Said | None], *, ignored: int = 0) -> Heard:
    told = list(items)
    fixes = [one for one in told if one is not None]
    return Heard(fixes, len(told) - len(fixes), ignored)


def _number(value: Any) -> float | None:
    """A number, or digits as parameters have them; a boolean is none, and neither is what Python alone reads (1_0)."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and ("_" in value or not value.isascii()):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _within(value: Any, low: float, high: float) -> float | None:
    number = None if isinstance(value, str) else _number(value)
    return number if number is not None and low <= number <= high else None


def _times(value: Any, factor: float) -> float | None:
    number = None if isinstance(value, str) else _number(value)
    return None if number is None else number * factor


def _text(value: Any) -> str | None:
    return value[:_TEXT_MAX_CHARS].replace("\x00", "") if isinstance(value, str) and value else None


def _inner(value: Any, name: str) -> Mapping[str, Any]:
    inner = value.get(name) if isinstance(value, Mapping) else None
    return inner if isinstance(inner, Mapping) else {}


def _point(geometry: Mapping[str, Any]) -> tuple[Any, Any]:
    coordinates = geometry.get("coordinates")
    if geometry.get("type") != "Point" or not isinstance(coordinates, list) or len(coordinates) < 2:
        return None, None
    return coordinates[0], coordinates[1]
