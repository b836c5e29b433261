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
from geo.hints import DatumHintSettings
from server import access, contract, pages, phones, secrets
from server.assessment.apis import indicator_apis
from server.assessment.recheck_routes import recheck_routes
from server.cases.calendars.routes import calendar_routes
from server.cases.deadlines.routes import deadline_routes
from server.cases.routes import case_routes
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
from server.feed.routes import feed_routes
from server.feed.streams import Streams
from server.leniency.routes import leniency_routes
from server.litigation.routes import litigation_routes
from server.maps.routes import map_routes
from server.notices.routes import notice_routes
from server.openness.apis import openness_apis
from server.operation import measuring
from server.operation.routes import operation_routes
from server.parts import (
    casework_of,
    database_of,
    editor_of,
    feed_settings_of,
    figure_book_of,
    gap_rules_of,
    import_settings_of,
    limits_of,
    listener_of,
    map_settings_of,
    rule_limits_of,
    stream_limits_of,
)
from server.patrol.apis import patrol_apis
from server.patrol.law_cards import page as law_card_page
from server.people.apis import people_apis
from server.places.categories.routes import category_routes
from server.places.drawing.routes import drawing_routes
from server.places.editing.routes import add_editing_routes
from server.places.exporting.routes import ExportSettings, layer_export_routes
from server.places.importing.routes import import_routes
from server.places.matching import Matcher
from server.places.parking.routes import parking_routes
from server.places.routes import place_routes
from server.places.rules.book import RuleBook
from server.places.rules.routes import rule_routes
from server.places.runs.sending import UploadSettings
from server.places.services.routes import service_routes
from server.places.versions.routes import add_version_routes
from server.problems import answering
from server.ratings.routes import rating_routes
from server.records.apis import record_apis
from server.records.keeping import Desk
from server.reports import upload
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
    matcher_of,
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
    db = database_of(config, app_database_url)
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
        limits=limits_of(config, time_zone),
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
    add_editing_routes(places, editor_of(config, db, clock, time_zone), db)
    app.register_api(places)
    app.register_api(rematch_routes(db, clock))
    app.register_api(parking_routes(db, gap_rules_of(config, matcher.plane), clock, time_zone))
    radius_max_m = config.service_point_radius_max_m
    app.register_api(service_routes(db, matcher.plane, clock, time_zone, radius_max_m))
    app.register_api(category_routes(db, clock, time_zone, config.category_list_max_count))
    app.register_api(rule_routes(db, rule_limits_of(config, time_zone), clock))
    app.register_api(rulebook_routes(db, clock, time_zone, config.rulebook_rows_max_count))
    layer_staging = Staging(config.var / "staging", config.import_max_bytes)
    layer_uploads = UploadSettings(layer_staging.open, config.import_max_bytes, config.json_max_bytes)
    import_settings = import_settings_of(config, layer_uploads, time_zone)
    app.register_api(import_routes(db, importer_of(config), import_settings, clock))
    app.register_api(drawing_routes(db, layer_uploads, clock, config.drawing_streets_max))
    export_settings = ExportSettings(config.var / "layers", config.import_statement_timeout_ms, time_zone)
    app.register_api(layer_export_routes(db, export_settings, clock))
    casework = casework_of(config, db, clock, time_zone, intake.rulebook)
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
    book = figure_book_of(config, db, clock, time_zone)
    for api in indicator_apis(book, config, clock, config.var / "workbooks"):
        app.register_api(api)
    app.register_api(month_report_routes(Reporter(db, book, exporter.printer, clock)))
    app.register_api(complaint_routes(ComplaintDesk(db, matcher, intake.rulebook, clock, config, time_zone)))
    app.register_api(dispatch_routes(db, clock, config))
    app.register_api(litigation_routes(db, clock, time_zone, config.litigation_import_lines_max_count))
    app.register_api(rating_routes(db, clock, time_zone))
    app.register_api(leniency_routes(db, clock, time_zone))
    public_url = public_database_url or public_url_of(app_database_url)
    public_db = database_of(config, public_url, pool_size=config.open_database_pool_size)
    opened = openness_apis(db, public_db, pictures_of(config, exporter.copies), config, clock, time_zone)
    streams = Streams(stream_limits_of(config))
    listener = listener_of(config, app_database_url, streams)
    app.register_api(feed_routes(db, streams, listener, feed_settings_of(config)))
    app.register_api(recheck_routes(db, casework, clock, time_zone))
    app.register_api(operation_routes(db, watch_of(config), clock))
    app.register_api(notice_routes(db, channel_rules_of(config), config.handover_alarm_after_s))
    app.register_api(map_routes(db, clock, map_settings_of(config, time_zone)))
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
