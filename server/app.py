"""The whole wiring on one screen: configuration in, a Flask app out.

Collaborators that reach outside (clock, photo store, failpoints) can be replaced by keyword, so that a test or a fault
run uses its own. Importing this module does nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response
from flask_jwt_extended import JWTManager
from flask_openapi3 import Info, OpenAPI
from werkzeug.middleware.proxy_fix import ProxyFix

from config import Config
from geo.gaps import Sides
from geo.hints import DatumHintSettings
from geo.metric import MetricPlane
from geo.observation import MatchSettings
from server import access, contract, pages, phones, secrets
from server.assessment.apis import indicator_apis
from server.assessment.book import FigureBook
from server.assessment.covered import Coverer
from server.assessment.recheck_routes import recheck_routes
from server.cases.calendars.routes import calendar_routes
from server.cases.clocks import Marks
from server.cases.deadlines.routes import deadline_routes
from server.cases.routes import case_routes
from server.cases.transitions import Casework
from server.complaints.routes import complaint_routes
from server.complaints.taking import ComplaintDesk
from server.db import Database
from server.dispatch.routes import dispatch_routes
from server.documents.apis import document_apis
from server.enforcement.routes import enforcement_routes
from server.evidence.attachments import Attachments
from server.evidence.faults import EvidenceFault
from server.evidence.photos import PhotoStore, store_from_url
from server.evidence.reach import ignore
from server.evidence.signing import ReceiptSigner
from server.evidence.staging import Staging
from server.evidence.thumbnails import Thumbnails, thumbnails_url
from server.evidence.translate import to_problem
from server.exports.exporting import Exporter
from server.exports.month_report import Reporter
from server.exports.report_routes import month_report_routes
from server.exports.routes import case_export_routes
from server.feed import tickets
from server.feed.listener import Listener
from server.feed.officers import LiveSettings
from server.feed.routes import FeedSettings, feed_routes
from server.feed.streams import StreamLimits, Streams
from server.leniency.routes import leniency_routes
from server.litigation.routes import litigation_routes
from server.maps.routes import MapSettings, map_routes
from server.notices.routes import notice_routes
from server.openness.apis import openness_apis
from server.operation import measuring
from server.operation.routes import operation_routes
from server.patrol.apis import patrol_apis
from server.patrol.coverage.asked import Calendar
from server.patrol.coverage.summing import TownshipSums
from server.patrol.law_cards import page as law_card_page
from server.people.apis import people_apis
from server.places.categories.routes import category_routes
from server.places.drawing.routes import drawing_routes
from server.places.editing.limited import LimitedChild
from server.places.editing.routes import add_editing_routes
from server.places.editing.shapes import CHILD, ShapeLimits, Shapes
from server.places.editing.steps import Editor
from server.places.exporting.routes import ExportSettings, layer_export_routes
from server.places.importing.comparing import Around
from server.places.importing.routes import ImportSettings, import_routes
from server.places.matching import Matcher
from server.places.parking.finding_gaps import GapRules
from server.places.parking.routes import parking_routes
from server.places.routes import place_routes
from server.places.rules.book import RuleBook
from server.places.rules.replay import ReplayLimits
from server.places.rules.routes import RuleLimits, rule_routes
from server.places.runs.sending import UploadSettings
from server.places.services.routes import service_routes
from server.places.versions.routes import add_version_routes
from server.problems import answering
from server.ratings.routes import rating_routes
from server.records.apis import record_apis
from server.records.keeping import Desk
from server.reports import upload
from server.reports.findings import Limits
from server.reports.intake import Intake
from server.reports.rematch.routes import rematch_routes
from server.reports.routes import UploadLimits, report_routes
from server.rulebooks.routes import rulebook_routes
from server.subjects.apis import subject_api
from server.wiring import (
    channel_rules_of,
    exporter_of,
    importer_of,
    inspector_of,
    pictures_of,
    public_url_of,
    watch_of,
)


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Services:
    """What create_app built, for the command line and tests."""

    config: Config
    db: Database
    public_db: Database
    intake: Intake
    matcher: Matcher
    listener: Listener
    exporter: Exporter

    def close(self) -> None:
        self.listener.close()
        self.db.close()
        self.public_db.close()
        self.intake.inspector.close()
        self.exporter.copies.inspector.close()


def create_app(
    config: Config,
    *,
    app_database_url: str,
    public_database_url: str | None = None,
    photo_store_url: str | None = None,
    clock: Callable[[], datetime] = utc_now,
    photo_store: PhotoStore | None = None,
    reach: Callable[[str], None] = ignore,
) -> OpenAPI:
    """Build the application of one deployment.

    Args:
        config: its settings.
        app_database_url: URL with the server's own role (see server.deployment).
        public_database_url: URL with the role of the public page; unset: the same with that role's name.
        photo_store_url: where photos are kept; unset: the folder var/photos.
        clock: aware UTC time of receipt; claimed times never come from it.
        photo_store, reach: replace the store, or listen at failpoints, in fault runs.
    """
    app = OpenAPI(
        "server",
        info=Info(
            title="门前 Frontage", version="1", description="Photo reports to the township that answers."
        ),
        security_schemes={"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        validation_error_model=contract.ProblemBody,
        validation_error_callback=_refuse,
        doc_ui=False,
        static_folder=None,
    )
    app.config.update(
        JWT_SECRET_KEY=secrets.random_key(config.secrets / "jwt.key"),
        JWT_ALGORITHM="HS256",
        JWT_DECODE_ALGORITHMS=["HS256"],
        JWT_TOKEN_LOCATION=["headers"],
        JWT_COOKIE_CSRF_PROTECT=False,  # There are no cookies; else every token carries a claim for them.
        JWT_ENCODE_ISSUER="frontage",
        JWT_DECODE_ISSUER="frontage",
        MAX_CONTENT_LENGTH=config.json_max_bytes,
        MAX_FORM_MEMORY_SIZE=config.json_max_bytes,
    )
    JWTManager(app)
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]

    time_zone = ZoneInfo(config.time_zone)
    db = _database(config, app_database_url)
    staging = Staging(config.var / "staging", config.photo_max_bytes)
    store = photo_store or store_from_url(
        photo_store_url or (config.var / "photos").as_uri(), staging, reach=reach
    )
    thumbnails = Thumbnails(thumbnails_url(photo_store_url or "", (config.var / "thumbnails").as_uri()))
    matcher = matcher_of(config)
    intake = Intake(
        db=db,
        store=store,
        staging=staging,
        inspector=inspector_of(config),
        signer=ReceiptSigner.load_or_create(config.secrets / "receipt.pem"),
        matcher=matcher,
        limits=_limits(config, time_zone),
        clock=clock,
        case_prefix=config.case_number_prefix,
        datum_hints=DatumHintSettings(config.plausible_speed_mps, track_window_s=config.track_window_s),
        photo_max_count=config.photo_max_count,
        rulebook=RuleBook(config.routing_trace_missed_max_count),
        reach=reach,
    )

    contract.use_orjson(app)
    answering.install(app, retry_after_s=config.retry_after_s)
    measuring.install(app, db, metric_srid=config.metric_srid)
    access.install(app, db, partial(tickets.redeem, db))
    upload.install(app, staging)
    upload_limits = UploadLimits(config.json_max_bytes, config.photo_max_bytes, config.photo_max_count)
    for api in people_apis(db, config, clock, time_zone):
        app.register_api(api)
    app.register_api(report_routes(intake, db, store, thumbnails, upload_limits))
    places = place_routes(db, matcher, clock, time_zone)
    add_version_routes(places, db, clock, time_zone, config.zones_in_view_max)
    add_editing_routes(places, _editor(config, db, clock, time_zone), db)
    app.register_api(places)
    app.register_api(rematch_routes(db, clock))
    app.register_api(parking_routes(db, _gap_rules(config, matcher.plane), clock, time_zone))
    radius_max_m = config.service_point_radius_max_m
    app.register_api(service_routes(db, matcher.plane, clock, time_zone, radius_max_m))
    app.register_api(category_routes(db, clock, time_zone, config.category_list_max_count))
    app.register_api(rule_routes(db, _rule_limits(config, time_zone), clock))
    app.register_api(rulebook_routes(db, clock, time_zone, config.rulebook_rows_max_count))
    layer_staging = Staging(config.var / "staging", config.import_max_bytes)
    layer_uploads = UploadSettings(layer_staging.open, config.import_max_bytes, config.json_max_bytes)
    import_settings = _import_settings(config, layer_uploads, time_zone)
    app.register_api(import_routes(db, importer_of(config), import_settings, clock))
    app.register_api(drawing_routes(db, layer_uploads, clock, config.drawing_streets_max))
    export_settings = ExportSettings(config.var / "layers", config.import_statement_timeout_ms, time_zone)
    app.register_api(layer_export_routes(db, export_settings, clock))
    casework = _casework(config, db, clock, time_zone, intake.rulebook)
    app.register_api(calendar_routes(db, clock, time_zone, config.calendar_horizon_days))
    app.register_api(deadline_routes(db, clock, time_zone, config.deadline_rows_max_count))
    app.register_api(
        case_routes(casework, batch_max=config.case_batch_max_count, places_max=config.case_places_max_count)
    )
    exporter = exporter_of(config, db, store, thumbnails, clock)
    app.register_api(case_export_routes(exporter))
    app.register_api(subject_api(db, config, clock, time_zone, exporter.printer.set))
    attachments = Attachments(db, store, intake.inspector, clock)
    for api in document_apis(attachments, thumbnails, config, time_zone, exporter.printer.set):
        app.register_api(api)
    app.register_api(enforcement_routes(db, clock, time_zone, exporter.printer.set))
    book = _figure_book(config, db, clock, time_zone)
    for api in indicator_apis(book, config, clock, config.var / "workbooks"):
        app.register_api(api)
    app.register_api(month_report_routes(Reporter(db, book, exporter.printer, clock)))
    app.register_api(complaint_routes(ComplaintDesk(db, matcher, intake.rulebook, clock, config, time_zone)))
    app.register_api(dispatch_routes(db, clock, config))
    app.register_api(litigation_routes(db, clock, time_zone, config.litigation_import_lines_max_count))
    app.register_api(rating_routes(db, config, clock, time_zone))
    app.register_api(leniency_routes(db, clock, time_zone))
    public_url = public_database_url or public_url_of(app_database_url)
    public_db = _database(config, public_url, pool_size=config.open_database_pool_size)
    opened = openness_apis(db, public_db, pictures_of(config, exporter.copies), config, clock, time_zone)
    streams = Streams(_stream_limits(config))
    listener = _listener(config, app_database_url, streams)
    app.register_api(feed_routes(db, streams, listener, _feed_settings(config)))
    app.register_api(recheck_routes(db, casework, clock, time_zone))
    app.register_api(operation_routes(db, watch_of(config), clock))
    app.register_api(notice_routes(db, channel_rules_of(config), config.handover_alarm_after_s))
    app.register_api(map_routes(db, clock, _map_settings(config, time_zone)))
    for api in (*patrol_apis(db, config, clock, time_zone, reach), *opened):
        app.register_api(api)
    for api in record_apis(db, Desk(config, matcher.plane, clock, time_zone)):
        app.register_api(api)
    pages.install(app)
    phones.install(app, config.secrets, config.https_port)
    law_card_page.install(app, db, clock, time_zone)

    @app.errorhandler(EvidenceFault)
    def _evidence(fault: EvidenceFault) -> Response:
        return answering.respond(to_problem(fault), retry_after_s=config.retry_after_s)

    app.extensions["frontage"] = Services(config, db, public_db, intake, matcher, listener, exporter)
    return app


def _refuse(error: Any) -> Response:
    return answering.respond(answering.from_validation(error), retry_after_s=0)


def _database(config: Config, url: str, *, pool_size: int | None = None) -> Database:
    return Database(
        url,
        pool_size=pool_size or config.database_pool_size,
        statement_timeout_ms=config.database_statement_timeout_ms,
        prepared_statements=config.prepared_statements,
    )


def _listener(config: Config, url: str, streams: Streams) -> Listener:
    engine = _database(config, url, pool_size=1).engine
    live = LiveSettings(config.stream_positions_ms / 1000, config.live_fresh_s, config.live_stale_s)
    poll_s = config.stream_poll_ms / 1000
    return Listener(engine, streams, poll_s=poll_s, recheck_s=config.stream_recheck_s, live=live)


def _stream_limits(config: Config) -> StreamLimits:
    return StreamLimits(
        process_max=config.streams_max_count,
        account_max=config.streams_per_account_max_count,
        buffer_max_bytes=config.stream_buffer_max_bytes,
        heartbeat_s=config.stream_heartbeat_s,
        recent_max=config.stream_replay_max_count,
    )


def _feed_settings(config: Config) -> FeedSettings:
    return FeedSettings(
        config.stream_retry_ms, config.stream_replay_max_count, config.stream_ticket_lifetime_s
    )


def _casework(
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


def _figure_book(
    config: Config, db: Database, clock: Callable[[], datetime], time_zone: ZoneInfo
) -> FigureBook:
    calendar = Calendar(clock, time_zone, config)
    sums = TownshipSums(db, calendar, config.coverage_days_max, config.coverage_statement_timeout_ms)
    return FigureBook(db, Coverer(sums, config.indicator_coverage_months_max), time_zone)


def _import_settings(config: Config, uploads: UploadSettings, time_zone: ZoneInfo) -> ImportSettings:
    return ImportSettings(
        uploads=uploads,
        statement_timeout_ms=config.import_statement_timeout_ms,
        near_m=config.near_limit_m,
        time_zone=time_zone,
        around=Around(config.import_around_m, config.import_around_max_count),
    )


def _map_settings(config: Config, time_zone: ZoneInfo) -> MapSettings:
    return MapSettings(
        time_zone=time_zone,
        features_max=config.tile_features_max,
        statement_timeout_ms=config.tile_statement_timeout_ms,
        max_age_s=config.tile_max_age_s,
        public_url=config.public_url,
        coverage_days_max=config.coverage_days_max,
    )


def _editor(config: Config, db: Database, clock: Callable[[], datetime], time_zone: ZoneInfo) -> Editor:
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


def matcher_of(config: Config) -> Matcher:
    settings = MatchSettings(
        accuracy_floor_m=config.accuracy_floor_m,
        standing_spread_m=config.standing_spread_m,
        camera_distance_m=config.camera_distance_m,
        camera_distance_spread_m=config.camera_distance_spread_m,
        bearing_spread_deg=config.bearing_spread_deg,
        hint_far_m=config.hint_far_m,
        near_limit_m=config.near_limit_m,
    )
    return Matcher(
        MetricPlane(config.metric_srid), settings, config.match_radius_max_m, config.candidates_max
    )


def _gap_rules(config: Config, plane: MetricPlane) -> GapRules:
    return GapRules(
        plane,
        config.parking_gap_within_m,
        Sides(config.parking_gap_sides),
        config.parking_street_reach_m,
        config.parking_gap_things_max,
        tuple(config.parking_attractors.split(",")),
    )


def _rule_limits(config: Config, time_zone: ZoneInfo) -> RuleLimits:
    replay = ReplayLimits(
        time_zone=time_zone,
        reports_max=config.replay_max_reports,
        missed_max=config.routing_trace_missed_max_count,
        clock_skew_s=config.clock_skew_s,
    )
    return RuleLimits(config.routing_rules_max_count, config.replay_max_days, replay)


def _limits(config: Config, time_zone: ZoneInfo) -> Limits:
    return Limits(
        time_zone=time_zone,
        clock_skew_s=config.clock_skew_s,
        capture_max_age_days=config.capture_max_age_days,
        accuracy_poor_m=config.accuracy_poor_m,
        exif_far_m=config.exif_far_m,
        exif_time_skew_s=config.exif_time_skew_s,
        exif_bearing_skew_deg=config.exif_bearing_skew_deg,
    )
