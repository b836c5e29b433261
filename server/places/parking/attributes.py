"""What a parking area's own properties say: vehicle, capacity, legal hours, sign, condition, last inspection.

A layer of others may hold anything in its columns. What cannot be read is None and named in `faults`, so that a bad
cell costs neither the import nor the map; an area with unreadable hours is never called legal or illegal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from geo.hours import HoursRefused, WeekHours, read_hours

Vehicle = Literal["bike", "car"]
VEHICLES: tuple[Vehicle, ...] = ("bike", "car")
CAPACITY_MAX = 100_000
_TEXT_MAX_CHARS = 200


@dataclass(frozen=True)
class ParkingAttributes:
    """Properties of one version of a parking area, as far as they can be read.

    `legal_hours` is the text as given; `legal` its meaning, None when there is none. `capacity` counts places.
    """

    vehicle: Vehicle | None
    capacity: int | None
    legal_hours: str | None
    legal: WeekHours | None
    sign: str | None
    condition: str | None
    inspected_on: date | None
    faults: tuple[str, ...]

    def legal_at(self, local: datetime) -> bool | None:
        """Whether it is legal to stand there at a local time; None when its hours are not known."""
        return None if self.legal is None else self.legal.holds(local)


def read_attributes(properties: Mapping[str, Any]) -> ParkingAttributes:
    """Read the properties of a zone of kind parking; never raises for what they hold."""
    faults: list[str] = []
    vehicle = next((one for one in VEHICLES if properties.get("vehicle") == one), None)
    if vehicle is None:
        faults.append("vehicle")
    capacity = _capacity(properties, faults)
    hours = _text(properties, "legal_hours", faults)
    legal = hours_of(hours)
    if legal is None and "legal_hours" not in faults:
        faults.append("legal_hours")
    sign, condition = _text(properties, "sign", faults), _text(properties, "condition", faults)
    inspected_on = _day(properties, faults)
    return ParkingAttributes(vehicle, capacity, hours, legal, sign, condition, inspected_on, tuple(faults))


def hours_of(text: str | None) -> WeekHours | None:
    """The meaning of hours as written; None for no hours, or a text that is none."""
    if text is None:
        return None
    try:
        return read_hours(text)
    except HoursRefused:
        return None


def _capacity(properties: Mapping[str, Any], faults: list[str]) -> int | None:
    given = properties.get("capacity")
    if given is None:
        return None
    # Attribute tables know no whole numbers: 12 comes as 12.0 or as text.
    text = str(given).removesuffix(".0")
    if isinstance(given, bool) or not (text.isascii() and text.isdigit()) or len(text) > 6:
        faults.append("capacity")
        return None
    places = int(text)
    if places > CAPACITY_MAX:
        faults.append("capacity")
        return None
    return places


def _text(properties: Mapping[str, Any], name: str, faults: list[str]) -> str | None:
    given = properties.get(name)
    if given is None or given == "":
        return None
    if not isinstance(given, str) or len(given) > _TEXT_MAX_CHARS:
        faults.append(name)
        return None
    return given


def _day(properties: Mapping[str, Any], faults: list[str]) -> date | None:
    given = _text(properties, "inspected_on", faults)
    if given is None:
        return None
    try:
        return date.fromisoformat(given)
    except ValueError:
        faults.append("inspected_on")
        return None
