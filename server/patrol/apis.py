"""Every route of patrol, put together for the app."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from flask_openapi3 import APIBlueprint

from server.db import Database
from server.evidence.reach import ignore
from server.patrol.campaigns.routes import CampaignSettings, campaign_routes
from server.patrol.coverage.plans.routes import plan_routes
from server.patrol.coverage.routes import CoverageSettings, coverage_routes
from server.patrol.covering.routes import CoveringSettings, covering_routes
from server.patrol.duty.roster_routes import roster_routes
from server.patrol.duty.rosters import RosterSettings
from server.patrol.duty.routes import shift_routes
from server.patrol.duty.shifts import ShiftSettings
from server.patrol.keeping.keeper import KeepingSettings
from server.patrol.keeping.routes import keeping_routes
from server.patrol.law_cards.routes import LawCardSettings, law_card_routes
from server.patrol.live.routes import LiveSettings, live_routes
from server.patrol.positions.routes import PositionSettings, position_routes
from server.patrol.reads.routes import read_routes
from server.patrol.rounds.routes import SentRoundSettings, round_routes
from server.patrol.trackers.routes import TrackerSettings, device_routes, tracker_routes
from server.patrol.tracks.routes import track_routes
from server.patrol.tracks.viewing import TrackReading


class PatrolSettings(
    ShiftSettings,
    RosterSettings,
    TrackerSettings,
    PositionSettings,
    LiveSettings,
    CoverageSettings,
    CoveringSettings,
    TrackReading,
    CampaignSettings,
    LawCardSettings,
    SentRoundSettings,
    KeepingSettings,
    Protocol,
):
    """What the deployment sets for patrol: the settings of its parts together."""

    @property
    def patrol_plans_max_count(self) -> int: ...


def patrol_apis(
    db: Database,
    settings: PatrolSettings,
    clock: Callable[[], datetime],
    time_zone: ZoneInfo,
    reach: Callable[[str], None] = ignore,
) -> list[APIBlueprint]:
    """The routes of every part of patrol.

    Args:
        clock: aware UTC time of receipt.
        time_zone: of the district; its days are the days of coverage.
        reach: hears of the points that a batch of positions passes, in fault runs.
    """
    return [
        shift_routes(db, settings, clock, time_zone),
        roster_routes(db, settings, clock, time_zone),
        position_routes(db, settings, clock, reach),
        campaign_routes(db, settings, clock, time_zone),
        law_card_routes(db, settings, clock, time_zone),
        device_routes(db, settings, clock),
        tracker_routes(db, settings, clock, time_zone),
        live_routes(db, settings, clock, time_zone),
        track_routes(db, settings, clock, time_zone),
        keeping_routes(db, settings, clock),
        read_routes(db, clock, time_zone),
        plan_routes(db, clock, time_zone, settings.patrol_plans_max_count),
        coverage_routes(db, settings, clock, time_zone),
        round_routes(db, settings, clock, time_zone),
        covering_routes(db, settings, clock, time_zone),
    ]
