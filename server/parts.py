"""The parts that only the app has, each built from the settings; server.app puts them together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from config import Config
from geo.gaps import Sides
from geo.metric import MetricPlane
from server.assessment.book import FigureBook
from server.assessment.covered import Coverer
from server.cases.clocks import Marks
from server.cases.transitions import Casework
from server.db import Database
from server.feed.listener import Listener
from server.feed.officers import LiveSettings
from server.feed.routes import FeedSettings
from server.feed.streams import StreamLimits, Streams
from server.maps.routes import MapSettings
from server.patrol.coverage.asked import Calendar
from server.patrol.coverage.summing import TownshipSums
from server.places.editing.limited import LimitedChild
from server.places.editing.shapes import CHILD, ShapeLimits, Shapes
from server.places.editing.steps import Editor
from server.places.importing.comparing import Around
from server.places.importing.routes import ImportSettings
from server.places.parking.finding_gaps import GapRules
from server.places.rules.book import RuleBook
from server.places.rules.replay import ReplayLimits
from server.places.rules.routes import RuleLimits
from server.places.runs.sending import UploadSettings
from server.reports.findings import Limits


def database_of(config: Config, url: str, *, pool_size: int | None = None) -> Database:
    return Database(
        url,
        pool_size=pool_size or config.database_pool_size,
        statement_timeout_ms=config.database_statement_timeout_ms,
        prepared_statements=config.prepared_statements,
    )


def listener_of(config: Config, url: str, streams: Streams) -> Listener:
    engine = database_of(config, url, pool_size=1).engine
    live = LiveSettings(config.stream_positions_ms / 1000, config.live_fresh_s, config.live_stale_s)
    poll_s = config.stream_poll_ms / 1000
    return Listener(engine, streams, poll_s=poll_s, recheck_s=config.stream_recheck_s, live=live)


def stream_limits_of(config: Config) -> StreamLimits:
    return StreamLimits(
        process_max=config.streams_max_count,
        account_max=config.streams_per_account_max_count,
        buffer_max_bytes=config.stream_buffer_max_bytes,
        heartbeat_s=config.stream_heartbeat_s,
        recent_max=config.stream_replay_max_count,
    )


def feed_settings_of(config: Config) -> FeedSettings:
    return FeedSettings(
        config.stream_retry_ms, config.stream_replay_max_count, config.stream_ticket_lifetime_s
    )


def casework_of(
    config: Config, db: Database, clock: Callable[[], datetime], time_zone: ZoneInfo, rulebook: RuleBook
) -> Casework:
    return Casework(
        db,
        clock,
        time_zone,
        within_m=config.case_after_photo_within_m,
        near_m=config.near_limit_m,
        marks=Marks(config.clock_yellow_share, config.clock_red_share),
        rulebook=rulebook,
    )


def figure_book_of(
    config: Config, db: Database, clock: Callable[[], datetime], time_zone: ZoneInfo
) -> FigureBook:
    calendar = Calendar(clock, time_zone, config)
    sums = TownshipSums(db, calendar, config.coverage_days_max, config.coverage_statement_timeout_ms)
    return FigureBook(db, Coverer(sums, config.indicator_coverage_months_max), time_zone)


def import_settings_of(config: Config, uploads: UploadSettings, time_zone: ZoneInfo) -> ImportSettings:
    return ImportSettings(
        uploads=uploads,
        statement_timeout_ms=config.import_statement_timeout_ms,
        near_m=config.near_limit_m,
        time_zone=time_zone,
        around=Around(config.import_around_m, config.import_around_max_count),
    )


def map_settings_of(config: Config, time_zone: ZoneInfo) -> MapSettings:
    return MapSettings(
        time_zone=time_zone,
        features_max=config.tile_features_max,
        statement_timeout_ms=config.tile_statement_timeout_ms,
        max_age_s=config.tile_max_age_s,
        public_url=config.public_url,
        coverage_days_max=config.coverage_days_max,
    )


def editor_of(config: Config, db: Database, clock: Callable[[], datetime], time_zone: ZoneInfo) -> Editor:
    child = LimitedChild(
        CHILD,
        timeout_s=config.zone_computing_timeout_s,
        memory_bytes=config.zone_computing_memory_bytes,
        parallel=config.zone_computing_parallel,
    )
    limits = ShapeLimits(
        vertices_max=config.zone_vertices_max,
        line_vertices_max=config.zone_line_vertices_max,
        properties_max_bytes=config.zone_properties_max_bytes,
        zones_max=config.zones_per_edit_max,
    )
    return Editor(
        db,
        Shapes(limits, child, config.metric_srid),
        clock,
        time_zone,
        near_m=config.near_limit_m,
        radius_max_m=config.match_radius_max_m,
        gap_width_m=config.zone_gap_width_m,
    )


def gap_rules_of(config: Config, plane: MetricPlane) -> GapRules:
    return GapRules(
        plane,
        config.parking_gap_within_m,
        Sides(config.parking_gap_sides),
        config.parking_street_reach_m,
        config.parking_gap_things_max,
        tuple(config.parking_attractors.split(",")),
    )


def rule_limits_of(config: Config, time_zone: ZoneInfo) -> RuleLimits:
    replay = ReplayLimits(
        time_zone=time_zone,
        reports_max=config.replay_max_reports,
        missed_max=config.routing_trace_missed_max_count,
        clock_skew_s=config.clock_skew_s,
    )
    return RuleLimits(config.routing_rules_max_count, config.replay_max_days, replay)


def limits_of(config: Config, time_zone: ZoneInfo) -> Limits:
    return Limits(
        time_zone=time_zone,
        clock_skew_s=config.clock_skew_s,
        capture_max_age_days=config.capture_max_age_days,
        accuracy_poor_m=config.accuracy_poor_m,
        exif_far_m=config.exif_far_m,
        exif_time_skew_s=config.exif_time_skew_s,
        exif_bearing_skew_deg=config.exif_bearing_skew_deg,
    )
