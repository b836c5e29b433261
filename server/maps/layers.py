"""The layers: every kind of zone, reports and cases, how fronts stand, and the streets they lie on.

Of each: from which zoom its things are drawn, and what is said of them. Below its detail zoom, and wherever a tile
would hold too many, a layer is drawn as counts in cells.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from geo.observation import Kind

ZOOM_MAX = 18
"""A step of the grid of such a tile is 4 cm; clients enlarge it beyond."""

CELL_FIELDS = {"count": "Number"}
_ZONE_FIELDS = {
    "code": "String",
    "name": "String",
    "version": "Number",
    "township": "String",
    "sample": "Boolean",
}


@dataclass(frozen=True)
class Layer:
    """One layer.

    Attributes:
        name: as in the address, and of the layer of things within a tile.
        detail_zoom: the lowest zoom at which its things are drawn themselves; 14 or less.
        fields: what is said of a thing, with the types of TileJSON.
        scoped: whether who asks decides what is in it.
        judged: whether it shows how fronts stand, over a period of days, and not what lies where.
        cell_fields: what is said of a cell.
        counted: whether it is drawn as counts where its things are too many; streets are thinned, to the widest.
    """

    name: str
    detail_zoom: int
    fields: dict[str, str]
    scoped: bool = False
    judged: bool = False
    cell_fields: dict[str, str] = field(default_factory=lambda: CELL_FIELDS)
    counted: bool = True

    @property
    def cells(self) -> str:
        """Name of the layer of counts within a tile."""
        return f"{self.name}_cells"


# Townships, villages and cells of supervision stay few in a tile long before shops do.
_ZONE_DETAIL = {Kind.TOWNSHIP: 0, Kind.COMMUNITY: 9, Kind.GRID: 12}
_DETAIL_ZOOM = 14
_STREET_ZOOM = 11

LAYERS: dict[str, Layer] = {
    **{kind.value: Layer(kind.value, _ZONE_DETAIL.get(kind, _DETAIL_ZOOM), _ZONE_FIELDS) for kind in Kind},
    "reports": Layer(
        "reports",
        _DETAIL_ZOOM,
        {"id": "String", "category": "String", "township": "String", "received_at": "String"},
        scoped=True,
    ),
    "cases": Layer(
        "cases",
        _DETAIL_ZOOM,
        {
            "number": "String",
            "state": "String",
            "category": "String",
            "township": "String",
            "open": "Boolean",
            "due": "Number",
        },
        scoped=True,
        cell_fields={"count": "Number", "overdue": "Number"},
    ),
    "coverage": Layer(
        "coverage",
        _DETAIL_ZOOM,
        {
            "kind": "String",
            "code": "String",
            "name": "String",
            "township": "String",
            "street": "String",
            "status": "String",
            "visits": "Number",
            "seen_share": "Number",
        },
        scoped=True,
        judged=True,
        cell_fields={name: "Number" for name in ("count", "due", "visited", "late", "never")},
    ),
    "streets": Layer(
        "streets",
        _STREET_ZOOM,
        {"name": "String", "kind": "String", "width_m": "Number", "township": "String", "sample": "Boolean"},
        counted=False,
    ),
}
