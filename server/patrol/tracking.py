"""What the deployment sets for tracks, as geo takes it: one place, so that phones, worker and batch judge alike."""

from __future__ import annotations

from typing import Protocol

from geo.tracks import TrackSettings
from geo.visits import SightSettings


class TrackingSettings(Protocol):
    """The settings of judging fixes, joining them and seeing from them."""

    @property
    def accuracy_poor_m(self) -> float: ...
    @property
    def fix_accuracy_unknown_m(self) -> float: ...
    @property
    def jump_speed_mps(self) -> float: ...
    @property
    def jump_neighbours_count(self) -> int: ...
    @property
    def over_speed_mps(self) -> float: ...
    @property
    def speed_over_s(self) -> float: ...
    @property
    def segment_max_gap_s(self) -> float: ...
    @property
    def segment_max_m(self) -> float: ...
    @property
    def seeing_max_speed_mps(self) -> float: ...
    @property
    def static_radius_m(self) -> float: ...
    @property
    def static_after_s(self) -> float: ...
    @property
    def fix_duplicate_within_s(self) -> float: ...
    @property
    def fix_future_s(self) -> float: ...
    @property
    def fix_past_s(self) -> float: ...
    @property
    def stop_radius_m(self) -> float: ...
    @property
    def stop_after_s(self) -> float: ...
    @property
    def sight_m(self) -> float: ...
    @property
    def visit_gap_s(self) -> float: ...
    @property
    def visit_dwell_s(self) -> float: ...
    @property
    def visit_share(self) -> float: ...


def track_settings(settings: TrackingSettings) -> TrackSettings:
    """How fixes are judged and joined in this deployment."""
    return TrackSettings(
        accuracy_poor_m=settings.accuracy_poor_m,
        accuracy_unknown_m=settings.fix_accuracy_unknown_m,
        jump_speed_mps=settings.jump_speed_mps,
        jump_neighbours=settings.jump_neighbours_count,
        over_speed_mps=settings.over_speed_mps,
        speed_over_s=settings.speed_over_s,
        segment_max_gap_s=settings.segment_max_gap_s,
        segment_max_m=settings.segment_max_m,
        seeing_max_speed_mps=settings.seeing_max_speed_mps,
        static_radius_m=settings.static_radius_m,
        static_after_s=settings.static_after_s,
        duplicate_within_s=settings.fix_duplicate_within_s,
        future_s=settings.fix_future_s,
        past_s=settings.fix_past_s,
        stop_radius_m=settings.stop_radius_m,
        stop_after_s=settings.stop_after_s,
    )


def sight_settings(settings: TrackingSettings) -> SightSettings:
    """How far one sees and what makes a visit in this deployment."""
    return SightSettings(
        sight_m=settings.sight_m,
        visit_gap_s=settings.visit_gap_s,
        visit_dwell_s=settings.visit_dwell_s,
        visit_share=settings.visit_share,
    )
