"""Tracks: which fixes are doubtful, what is seen from a track, and what of it is a visit."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Tracking(BaseModel):
    """Tracks: which fixes are doubtful, what is seen from a track, and what of it is a visit."""

    # Tracks and visits
    fix_accuracy_unknown_m: float = Field(
        30.0, gt=0, description="Taken when a phone tells none, or 0: so a visit is probable, never certain."
    )
    fix_future_s: float = Field(
        60.0, ge=0, description="A fix farther ahead of its receipt is flagged: clocks drift by seconds."
    )
    fix_past_s: float = Field(
        604_800.0,
        gt=0,
        description="One that comes later than a week after is flagged; it counts all the same.",
    )
    fix_duplicate_within_s: float = Field(
        60.0, ge=0, description="The same place to the last digit so soon is a place the phone had kept."
    )
    jump_speed_mps: float = Field(
        40.0, gt=0, description="Nobody in a town comes from one fix to the next faster, accuracies granted."
    )
    jump_neighbours_count: int = Field(
        5,
        ge=1,
        le=50,
        description="Fixes on each side one is held against; a longer burst elsewhere is believed.",
    )
    over_speed_mps: float = Field(25.0, gt=0, description="90 km/h: a patrol car on a main road is slower.")
    speed_over_s: float = Field(
        15.0, ge=0, description="Speed is measured over at least this: noise of a second is no speed."
    )
    segment_max_gap_s: float = Field(
        120.0,
        gt=0,
        description="Between fixes farther apart nobody knows the way; trackers send every minute.",
    )
    segment_max_m: float = Field(300.0, gt=0, description="Nor between those: blocks are shorter.")
    seeing_max_speed_mps: float = Field(
        8.5, gt=0, description="Who is faster drives past and sees nothing; electric bicycles are held to 7."
    )
    static_radius_m: float = Field(
        25.0,
        gt=0,
        description="A phone that stays within is lying somewhere; fixes of one place scatter less.",
    )
    static_after_s: float = Field(1200.0, gt=0, description="So long that no inspection takes it.")
    stop_radius_m: float = Field(
        25.0, gt=0, description="A stop in a playback: one shop front and its scatter."
    )
    stop_after_s: float = Field(180.0, gt=0, description="Waiting at lights is no stop.")
    sight_m: float = Field(
        25.0,
        gt=0,
        le=200,
        description="How far one sees what stands before a shop: across an ordinary street.",
    )
    visit_gap_s: float = Field(
        300.0, ge=300, le=86_400, description="A longer absence ends a visit; one slot of sightings at least."
    )
    visit_dwell_s: float = Field(
        10.0, ge=0, description="Who is there so long visits; a glimpse at a corner is shorter."
    )
    visit_share: float = Field(0.5, gt=0, le=1, description="Or who saw this share of the front.")
