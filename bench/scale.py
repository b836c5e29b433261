"""How large a run is: the full one of the documentation, a long one, and a short one that only shows that all works.

Every size is here and nowhere else, with its unit in its name. Figures of the short run mean nothing.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Sizes of one run.

    Attributes:
        rounds: how often each thing is measured, taking turns; the table shows medians.
        round_s: how long one round over HTTP takes.
        limit_round_s: how long one round of a limit takes.
        officers: who send in turn over HTTP.
        zones: frontage zones an intake is matched against.
        match_zones: the table sizes that matching is compared over.
        match_points: points of one round of single matches.
        batch_points: points in one batch.
        township_vertices: vertices of one township's outline, the closing one included.
        photo_px: width and height of the photo.
        photo_bytes: its size in the file, reached within a few per cent.
        memory_photos: photos the memory part sends.
        calibration_reports: simulated reports a row of the calibration table.
        streams: open streams that hear of every report.
        cases: open ones that are acted on, listed and verified.
        live_officers: on duty, all of whom move each second; live_dispatchers: who all watch them.
        walk_s: how long officers send where they walk.
        desk_cases: open ones that a desk shows; changes: told to it in its hour; pan_s: how long its map is dragged.
        fixes_kept: sizes of the table of positions that batches and days are compared over.
        one_server: parts share a server; each start takes seconds of the processors.
    """

    rounds: int
    round_s: float
    limit_round_s: float
    officers: int
    zones: int
    match_zones: tuple[int, ...]
    match_points: int
    batch_points: int
    township_vertices: int
    photo_px: tuple[int, int]
    photo_bytes: int
    memory_photos: int
    calibration_reports: int
    streams: int
    cases: int
    live_officers: int
    live_dispatchers: int
    walk_s: float
    desk_cases: int
    changes: int
    pan_s: float
    fixes_kept: tuple[int, ...]
    one_server: bool = False


FULL = Scale(
    rounds=3,
    round_s=8.0,
    limit_round_s=4.0,
    officers=16,
    zones=100_000,
    match_zones=(10_000, 100_000, 1_000_000),
    match_points=1500,
    batch_points=1000,
    township_vertices=5001,
    photo_px=(4000, 3000),
    photo_bytes=2_000_000,
    memory_photos=200,
    calibration_reports=3000,
    streams=200,
    cases=100_000,
    live_officers=500,
    live_dispatchers=20,
    walk_s=600.0,
    desk_cases=10_000,
    changes=5_000,
    pan_s=6.0,
    fixes_kept=(1_000_000, 10_000_000),
)
LONG = Scale(
    rounds=7,
    round_s=15.0,
    limit_round_s=8.0,
    officers=16,
    zones=100_000,
    match_zones=(10_000, 100_000, 1_000_000),
    match_points=4000,
    batch_points=1000,
    township_vertices=5001,
    photo_px=(4000, 3000),
    photo_bytes=2_000_000,
    memory_photos=600,
    calibration_reports=10_000,
    streams=200,
    cases=100_000,
    live_officers=500,
    live_dispatchers=20,
    walk_s=600.0,
    desk_cases=10_000,
    changes=5_000,
    pan_s=6.0,
    fixes_kept=(1_000_000, 10_000_000, 100_000_000),
)
SHORT = Scale(
    rounds=1,
    round_s=0.5,
    limit_round_s=0.2,
    officers=2,
    zones=1000,
    match_zones=(300, 1000),
    match_points=30,
    batch_points=40,
    township_vertices=201,
    photo_px=(640, 480),
    photo_bytes=60_000,
    memory_photos=8,
    calibration_reports=20,
    streams=20,
    cases=500,
    live_officers=8,
    live_dispatchers=2,
    walk_s=5.0,
    desk_cases=60,
    changes=10,
    pan_s=0.3,
    fixes_kept=(2_000, 20_000),
    one_server=True,
)
