"""Zones: parking, editing, maps, and layers from files."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


class Places(BaseModel):
    """Zones: parking, editing, maps, and layers from files."""

    # Parking and service points
    parking_gap_within_m: float = Field(
        100.0, gt=0, le=2000, description="A bay serves what lies this far along the street: a minute's walk."
    )
    parking_gap_sides: Literal["either", "same"] = Field(
        "either",
        description="Whether a bay serves both sides of the street, or its own side of its own street.",
    )
    parking_street_reach_m: float = Field(
        60.0, gt=0, le=1000, description="What is farther from every street line stands on no street."
    )
    parking_gap_things_max: int = Field(
        50_000,
        ge=100,
        le=1_000_000,
        description="Fronts, streets or bays one call of the gap finder takes: some seconds of one processor.",
    )
    parking_attractors: str = Field(
        "market,kiosk,toilet,restaurant",
        pattern=r"^[a-z_]{1,40}(,[a-z_]{1,40})*$",
        description="Kinds of sites and service points that should have a bay near: people ride there.",
    )
    service_point_radius_max_m: float = Field(
        20_000.0, gt=0, description="Nearest service points are looked for no farther: a district's width."
    )

    category_list_max_count: int = Field(
        2000, ge=1, le=100_000, description="Categories of a list: national lists have some hundreds."
    )

    # Editing zones
    zone_vertices_max: int = Field(
        10_000, ge=100, description="Vertices one zone may be sent with; the largest township has 5,000."
    )
    zone_line_vertices_max: int = Field(
        1000, ge=2, description="Vertices of a line that splits a zone or moves a border."
    )
    zone_properties_max_bytes: int = Field(
        16_384, ge=256, description="JSON of a zone's own attributes; a shop's are under 1 kB."
    )
    zones_per_edit_max: int = Field(20, ge=2, le=100, description="Zones one edit may merge or reshape.")
    zone_computing_timeout_s: float = Field(
        5.0, gt=0.5, description="Cutting and comparing shapes in a child; usual ones take 0.3 s."
    )
    zone_computing_memory_bytes: int = Field(
        512 * 1024 * 1024,
        ge=256 * 1024 * 1024,
        description="Address space of that child; its program takes 200 MB of it.",
    )
    zone_computing_parallel: int = Field(2, ge=1, le=32, description="Such children at once a process.")

    zone_gap_width_m: float = Field(
        0.5,
        gt=0,
        le=10,
        description="Open ground beside a new shape is told as a gap when it is narrower than this.",
    )
    zones_in_view_max: int = Field(
        6000,
        ge=100,
        le=20_000,
        description="Zones an editor is given at once with every digit: a view of several streets, 3 MB of JSON.",
    )

    # Maps
    tile_features_max: int = Field(
        20_000,
        ge=1,
        le=200_000,
        description="A tile that would hold more things is drawn as counts: a phone draws no more.",
    )
    tile_statement_timeout_ms: int = Field(
        3000,
        ge=100,
        description="A tile that takes longer is not worth waiting for; the slowest here takes a tenth.",
    )
    tile_max_age_s: int = Field(
        3600,
        ge=0,
        description="How long a tile of a known version of its layer may be kept, never past midnight.",
    )

    # Importing layers
    import_max_bytes: int = Field(
        200_000_000, ge=10_000, description="Largest file of a layer; 100,000 zones of GeoJSON are 35 MB."
    )
    import_unpacked_max_bytes: int = Field(
        1_000_000_000,
        ge=10_000,
        description="What an archive may unpack to; a larger one is a bomb or a mistake.",
    )
    import_zones_max: int = Field(
        300_000, ge=1, description="Zones of one file; a district has tens of thousands."
    )
    import_memory_bytes: int = Field(
        3 * 1024 * 1024 * 1024,
        ge=512 * 1024 * 1024,
        description="Address space of the reading process; 100,000 zones take a third.",
    )
    import_timeout_s: float = Field(
        120.0, gt=0, description="A file that reads longer is refused; 100,000 zones take 6 s."
    )
    import_repair_timeout_s: float = Field(
        5.0, gt=0, description="A shape that takes longer to repair has no repair proposed."
    )
    import_parallel: int = Field(
        1, ge=1, le=16, description="Files read at once a process: each may fill a processor."
    )
    import_statement_timeout_ms: int = Field(
        120_000, ge=1000, description="Comparing and writing a whole layer; 100,000 zones take about 25 s."
    )
    import_faults_max_count: int = Field(
        500, ge=1, le=100_000, description="Faults of one code that are kept with a report; all are counted."
    )
    import_around_m: float = Field(
        25.0, gt=0, le=500, description="Zones this near a fault are shown beside it: the shops next door."
    )
    import_around_max_count: int = Field(
        60, ge=1, le=500, description="Zones shown beside a fault; nearest first."
    )
    import_overlap_min_m2: float = Field(
        0.01, gt=0, description="Zones that share less are told of no overlap."
    )
    import_gap_min_m: float = Field(0.002, gt=0, description="Borders nearer than this touch.")
    import_gap_max_m: float = Field(
        0.5, gt=0, description="Borders farther apart than this are meant to be apart."
    )
    import_sliver_width_m: float = Field(0.3, gt=0, description="A thinner zone is told as a sliver.")
    drawing_memory_bytes: int = Field(
        2 * 1024 * 1024 * 1024,
        ge=512 * 1024 * 1024,
        description="Address space of the process that draws strips; 10,000 buildings take under a half.",
    )
    drawing_timeout_s: float = Field(
        300.0, gt=0, description="Strips that take longer are given up; 10,000 buildings take under 60 s."
    )
    drawing_streets_max: int = Field(
        5000,
        ge=1,
        le=300_000,
        description="Street lines of the layer that one drawing goes along: a district's.",
    )
    drawing_findings_max_count: int = Field(
        20_000, ge=1, le=1_000_000, description="Findings kept with a drawing; all are counted."
    )
