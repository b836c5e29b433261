"""Places for the sample reports: picks zones by what a scene needs and stands an officer before them.

A spot is a real lon/lat (WGS-84) of the drawn district and the true bearing to the photographed thing, told
as a phone would in any datum.
"""

from dataclasses import dataclass
from typing import Any

from shapely.geometry import Point as ShapelyPoint
from shapely.geometry import Polygon

from demo.cells import cell_features, inside
from demo.frontages import Frontage, frontages, street_of
from demo.parking import Bay, bays
from demo.plane import Point, bearing_deg
from demo.town import Side, Town, town_of
from geo.datum import Datum, Position, convert

PARK_INSET_M = 16.0


@dataclass(frozen=True)
class Spot:
    """Where the officer's phone is and where the thing is, both lon/lat WGS-84."""

    fix: Point
    thing: Point

    @property
    def bearing_deg(self) -> float:
        """True bearing from the phone to the thing."""
        return bearing_deg(self.fix, self.thing)


def pick(
    township: str,
    street: str | None = None,
    trade: str | None = None,
    front_m: tuple[float, float] = (8.0, 14.0),
    odd: bool | None = None,
) -> Frontage:
    """The fitting shop nearest the middle of its row, corners left out; LookupError when none fits."""
    fitting = [
        zone
        for zone in frontages()
        if zone.town.township.code == township
        and not zone.plot.corner
        and (street is None or zone.street == street)
        and (trade is None or zone.trade.code == trade)
        and (odd is None or zone.plot.side.odd == odd)
        and front_m[0] <= zone.plot.front_m <= front_m[1]
    ]
    if not fitting:
        raise LookupError(f"no shop in {township} for street={street} trade={trade} front_m={front_m}")
    return min(fitting, key=lambda zone: (_off_middle_m(zone), zone.code))


def before(zone: Frontage, out_m: float = 4.0, aside_m: float = 0.0) -> Spot:
    """Before a shop: the phone `out_m` outside the kerb (negative: on the strip), the thing on the strip."""
    side, middle_m = zone.plot.side, zone.plot.middle_m
    return _spot(zone.town, side, (middle_m + aside_m, -out_m), (middle_m, zone.plot.depth_m / 2.0))


def across(zone: Frontage, away_m: float = 12.0) -> tuple[Spot, Frontage] | None:
    """Across the street, in a strip there, `away_m` from the middle of the strip looked at.

    Returns the spot and the shop the officer stands before; None when nobody's strip is there.
    """
    side, middle_m = zone.plot.side, zone.plot.middle_m
    half_m = zone.plot.depth_m / 2.0
    spot = _spot(zone.town, side, (middle_m, half_m - away_m), (middle_m, half_m))
    into_m = away_m - half_m - street_of(side).carriageway_m
    for other in frontages():
        facing = other.town is zone.town and other.street == zone.street and other.plot.side.odd != side.odd
        if facing and not other.plot.corner and 0.3 < into_m < other.plot.depth_m - 0.3:
            if _covers(other, side.station_m(middle_m)):
                return spot, other
    return None


def along_bay(bay: Bay, away_m: float = 4.0) -> Spot:
    """At one end of a bay, `away_m` before it, looking along it: how a row of bikes is photographed."""
    middle_m, depth_m = (bay.start_m + bay.end_m) / 2.0, (bay.near_m + bay.far_m) / 2.0
    return _spot(bay.town, bay.side, (bay.start_m - away_m, depth_m), (middle_m, depth_m))


def shop_behind(bay: Bay) -> Frontage:
    """The shop on the bay's own side nearest the bay's middle."""
    middle_m = (bay.start_m + bay.end_m) / 2.0
    shops = [zone for zone in frontages() if zone.plot.side is bay.side and not zone.plot.corner]
    return min(shops, key=lambda zone: (round(abs(zone.plot.middle_m - middle_m), 2), zone.code))


def pick_bay(township: str, vehicle: str) -> Bay:
    """The township's largest bay for a vehicle."""
    fitting = [bay for bay in bays() if bay.town.township.code == township and bay.vehicle == vehicle]
    return max(fitting, key=lambda bay: (bay.end_m - bay.start_m, bay.code))


def in_park(township: str) -> Spot:
    """Well inside a town's largest park: shops across the street are near, yet none can be meant."""
    town = town_of(township)
    parks = [
        block for block in town.blocks if block.use == "park" and all(side.street for side in block.sides)
    ]
    low, high = max((inside(block, 0.0) for block in parks), key=lambda span: span[1][0] - span[0][0])
    inner = (low[0] + PARK_INSET_M, (low[1] + high[1]) / 2.0)
    fix, thing = town.frame.to_degrees([inner, (inner[0] + 6.0, inner[1])])
    return Spot(fix, thing)


def told(fix: Point, datum: Datum, accuracy_m: float, digits: int = 7) -> dict[str, Any]:
    """A WGS-84 place as a device says it in `datum`: the `position` of a report, without bearing."""
    there = convert(Position(fix[0], fix[1], Datum.WGS84), datum)
    return {
        "lon": round(there.lon, digits),
        "lat": round(there.lat, digits),
        "datum": datum.value,
        "accuracy_m": accuracy_m,
        "source": "device",
    }


def _spot(town: Town, side: Side, fix: Point, thing: Point) -> Spot:
    placed = town.frame.to_degrees([side.at(*fix), side.at(*thing)])
    return Spot(placed[0], placed[1])


def _off_middle_m(zone: Frontage) -> float:
    return round(abs(zone.plot.middle_m - zone.plot.side.length_m / 2.0), 1)


def _covers(zone: Frontage, station_m: float) -> bool:
    ends = sorted(zone.plot.side.station_m(along_m) for along_m in (zone.plot.start_m, zone.plot.end_m))
    return ends[0] + 1.0 < station_m < ends[1] - 1.0


def on_street(township: str, street: str) -> list[Frontage]:
    """The shops of one street in code order, corners left out."""
    return [
        zone
        for zone in frontages()
        if zone.town.township.code == township and zone.street == street and not zone.plot.corner
    ]


def south_east_corner(township: str) -> Frontage:
    """The shop farthest to the south-east: read as WGS-84, its GCJ-02 figures fall into the fields."""
    shops = [zone for zone in frontages() if zone.town.township.code == township and not zone.plot.corner]

    def corner_m(zone: Frontage) -> float:
        x, y = zone.town.frame.to_plane(zone.plot.outline[0])
        return round(x - y, 2)

    return max(shops, key=lambda zone: (corner_m(zone), zone.code))


def cell_at(place: Point) -> str:
    """Code of the grid cell a lon/lat lies in; LookupError outside all cells."""
    for feature in cell_features():
        if Polygon(feature["geometry"]["coordinates"][0]).contains(ShapelyPoint(place)):
            return str(feature["properties"]["code"])
    raise LookupError(f"no grid cell at {place}")


def facing_pair(township: str, street: str) -> tuple[Frontage, Spot, Frontage]:
    """Two wide shops facing each other: the one looked at, the spot 12 m away, the one stood before."""
    pairs = []
    for zone in on_street(township, street):
        found = across(zone)
        if found is not None:
            width_m = min(zone.plot.front_m, found[1].plot.front_m)
            pairs.append((width_m, zone.code, zone, *found))
    best = max(pairs, key=lambda pair: pair[:2])
    return best[2], best[3], best[4]
