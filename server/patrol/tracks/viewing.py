"""How tracks are read and shown in a deployment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from geo.metric import MetricPlane
from geo.tracks import TrackSettings
from server.patrol.tracking import TrackingSettings, track_settings


@dataclass(frozen=True)
class Viewing:
    """How tracks are shown in this deployment.

    Attributes:
        thinned_m: fixes that bend the shown line by less are left out. step_m: of figures.
    """

    plane: MetricPlane
    settings: TrackSettings
    thinned_m: float
    step_m: float


class TrackReading(TrackingSettings, Protocol):
    """The settings of reading tracks; read-only, so that a frozen configuration fits."""

    @property
    def metric_srid(self) -> int: ...
    @property
    def track_period_max_h(self) -> int: ...
    @property
    def track_fixes_max_count(self) -> int: ...
    @property
    def track_display_m(self) -> float: ...
    @property
    def track_step_m(self) -> float: ...
    @property
    def shift_summaries_max_count(self) -> int: ...


def viewing_of(settings: TrackReading) -> Viewing:
    """How tracks are shown in this deployment."""
    plane = MetricPlane(settings.metric_srid)
    return Viewing(plane, track_settings(settings), settings.track_display_m, settings.track_step_m)
