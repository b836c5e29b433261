"""How a report is judged: what is odd about it, where the thing lies, who answers for it."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Judging(BaseModel):
    """How a report is judged: what is odd about it, where the thing lies, who answers for it."""

    # Judging a report
    clock_skew_s: int = Field(300, ge=0, description="A device clock ahead by less is no finding.")
    capture_max_age_days: int = Field(
        60,
        ge=1,
        description="An older claimed capture time is kept but not believed: zones of the day of receipt apply.",
    )
    accuracy_floor_m: float = Field(
        1.0, gt=0, description="A device that claims to be better is not believed; 0 is what mocks say."
    )
    standing_spread_m: float = Field(
        5.0, ge=0, description="Spread (1 sigma) of the thing around the officer without a bearing."
    )
    accuracy_poor_m: float = Field(50.0, gt=0, description="A worse fix is a finding.")
    exif_far_m: float = Field(200.0, gt=0, description="EXIF position farther from the fix is a finding.")
    exif_time_skew_s: int = Field(600, ge=0, description="EXIF time farther from captured_at is a finding.")
    exif_bearing_skew_deg: float = Field(
        60.0, gt=0, le=180, description="EXIF direction farther from the bearing sent."
    )
    plausible_speed_mps: float = Field(
        15.0, gt=0, description="Nobody patrols faster; used by the wrong-datum hint."
    )
    track_window_s: int = Field(
        600, ge=1, description="Fixes of an officer farther apart in time are not compared."
    )

    # Matching
    near_limit_m: float = Field(
        50.0, gt=0, description="A zone within this is `near`; also 3 x accuracy when larger."
    )
    candidates_max: int = Field(
        64, ge=1, le=500, description="Candidates a kind taken from the database, nearest first."
    )
    camera_distance_m: float = Field(9.0, gt=0, description="How far before the camera the thing usually is.")
    camera_distance_spread_m: float = Field(6.0, ge=0, description="Spread (1 sigma) of that distance.")
    bearing_spread_deg: float = Field(15.0, ge=0, le=90, description="Spread (1 sigma) of a phone's compass.")
    match_radius_max_m: float = Field(
        2000.0, gt=0, description="A hopeless fix looks no farther: its township is told as unsure."
    )
    hint_far_m: float = Field(
        300.0, gt=0, description="A door code or picked zone farther than this is a finding."
    )

    # Routing
    routing_rules_max_count: int = Field(
        500, ge=1, le=5000, description="Rules of a set: each is looked at on every intake of its category."
    )
    routing_trace_missed_max_count: int = Field(
        20,
        ge=0,
        le=500,
        description="Rules that did not hold which the trace of a match names; more are counted.",
    )
    replay_max_days: int = Field(
        92, ge=1, le=3660, description="Days a dry run of routing rules may look back: a quarter."
    )
    replay_max_reports: int = Field(
        10_000, ge=1, le=1_000_000, description="Reports a dry run looks at, newest first; some seconds."
    )
