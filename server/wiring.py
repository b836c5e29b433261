"""Collaborators that the app, the worker and the command line build alike from the configuration.

What only the app needs is in server.parts. Importing this module does nothing.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy.engine import make_url

from config import Config
from geo.metric import MetricPlane
from geo.observation import MatchSettings
from geo.visits import days_in
from server import schema
from server.assessment import replaying as assessment
from server.cluster import PrivateCluster
from server.db import Database
from server.documents.sending import ServiceSender, SmsGateway
from server.evidence.heads import HeadsBook
from server.evidence.inspector import PhotoInspector
from server.evidence.photos import PhotoStore
from server.evidence.posting import HeadsPost
from server.evidence.replaying import Kind
from server.evidence.signing import ReceiptSigner
from server.evidence.thumbnails import Thumbnails
from server.exports.copies import Copies
from server.exports.exporting import Bundler, Exporter
from server.exports.paper import CHILD as TYPESETTING
from server.exports.paper import Printer
from server.leniency import replaying as leniency
from server.notices.channels import ChannelRules
from server.notices.delivering import Connect, Deliverer, Patience, Senders, nobody_listens
from server.notices.mail import Mailer, MailServer
from server.notices.pinning import AddressRules, Pins, Resolve, resolve_by_system
from server.notices.posting import Poster
from server.notices.sealing import Seal
from server.openness.pictures import CHILD as BLURRING
from server.openness.pictures import Pictures
from server.operation.watching import Watch
from server.patrol.covering.covering import Coverer, CoveringRules
from server.patrol.covering.seeing import Eyes
from server.patrol.keeping.keeper import KeepingDays
from server.patrol.keeping.nightly import KeepingRules
from server.patrol.tracking import sight_settings, track_settings
from server.patrol.tracks.viewing import viewing_of
from server.patrol.tracks.working_out import FigureRules
from server.places.drawing.drawer import Drawer, DrawingLimits
from server.places.editing.limited import LimitedChild
from server.places.foreign.reader import LayerReader, ReadLimits, Tolerance
from server.places.importing.layers import Importer
from server.places.matching import Matcher
from server.places.runs.doing import Runner
from server.ratings import replaying as ratings
from server.records import replaying as records

SANS = "NotoSansCJK-Regular.ttc"
REPLAYED = (
    Kind("红黑榜 / red and black lists", ratings.lists),
    Kind("榜单更正 / corrections of lists", ratings.corrections),
    Kind("镇街评分 / rankings of townships", assessment.rankings),
    Kind("复核抽样 / samples drawn", assessment.samples),
    Kind("免罚决定 / leniency", leniency.decisions),
    Kind("表单得分 / scores of records", records.scores),
)
"""Whatever is worked out by rules and kept, as `frontage replay` works it out again."""


def inspector_of(config: Config) -> PhotoInspector:
    """What decodes photos; each has a decoding process of its own, started at its first photo."""
    return PhotoInspector(
        max_pixels=config.photo_max_pixels,
        max_memory_bytes=config.photo_decode_memory_bytes,
        timeout_s=config.photo_decode_timeout_s,
        parallel=config.photo_decode_parallel,
    )


def heads_of(config: Config) -> HeadsBook:
    """The heads of chains off the database."""
    return HeadsBook(
        config.heads_folder or config.var / "heads",
        ReceiptSigner.load_or_create(config.secrets / "receipt.pem"),
    )


def heads_post_of(config: Config) -> HeadsPost | None:
    """Where each line of heads is sent, if anywhere."""
    url = config.heads_webhook_url
    return HeadsPost(url, config.heads_webhook_timeout_s) if url else None


def bundler_of(config: Config, store: PhotoStore, clock: Callable[[], datetime]) -> Bundler:
    return Bundler(store, heads_of(config), clock, ZoneInfo(config.time_zone))


def exporter_of(
    config: Config, db: Database, store: PhotoStore, kept: Thumbnails, clock: Callable[[], datetime]
) -> Exporter:
    """Makes files about cases; `kept` holds its stamped copies beside the thumbnails."""
    copies = Copies(
        store=store,
        inspector=inspector_of(config),
        kept=kept,
        scratch=config.var / "staging",
        font=config.font_folder / SANS,
        edge_px=config.photo_copy_max_px,
        time_zone=ZoneInfo(config.time_zone),
    )
    child = LimitedChild(
        TYPESETTING,
        timeout_s=config.case_file_timeout_s,
        memory_bytes=config.case_file_memory_bytes,
        parallel=config.case_file_parallel,
    )
    return Exporter(
        db,
        bundler_of(config, store, clock),
        copies,
        Printer(child, config.var / "typesetting", config.font_folder),
        pictures_max=config.case_file_photos_max_count,
        sketch_zones_max=config.case_file_zones_max_count,
    )


def pictures_of(config: Config, copies: Copies) -> Pictures:
    """Makes what the public sees of photos, beside the stamped copies and as they are made."""
    child = LimitedChild(
        BLURRING, timeout_s=config.blur_timeout_s, memory_bytes=config.blur_memory_bytes, parallel=1
    )
    return Pictures(
        copies.store, copies.inspector, copies.kept, copies.scratch, child, config.open_photo_max_px
    )


def public_url_of(app_database_url: str) -> str:
    """URL of the public page's role beside that of the server's, where both have the same password or none."""
    return schema.role_url(app_database_url, "frontage_public", make_url(app_database_url).password)


def channel_rules_of(config: Config) -> ChannelRules:
    """What a channel of notices may be."""
    return ChannelRules(_seal(config), _addresses(config), mail=config.smtp_host is not None)


def deliverer_of(
    config: Config,
    connect: Connect,
    clock: Callable[[], datetime],
    *,
    resolve: Resolve = resolve_by_system,
    reach: Callable[[str], None] = nobody_listens,
) -> Deliverer:
    """The worker's sender of notices.

    Args:
        connect: see Deliverer.
        resolve, reach: replace how names become addresses, or listen at named points, in tests.
    """
    time_zone = ZoneInfo(config.time_zone)
    poster, mailer = _gateways(config, clock, resolve)
    return Deliverer(
        connect=connect,
        senders=Senders(_seal(config), poster, mailer, time_zone, clock),
        clock=clock,
        time_zone=time_zone,
        patience=_patience(config),
        channels_at_once=config.notice_channels_at_once,
        digest_max_count=config.notice_digest_max_count,
        reach=reach,
    )


def service_sender_of(
    config: Config,
    connect: Connect,
    store: PhotoStore,
    clock: Callable[[], datetime],
    *,
    resolve: Resolve = resolve_by_system,
) -> ServiceSender:
    """The worker's sender of documents. `resolve`: as of deliverer_of."""
    poster, mailer = _gateways(config, clock, resolve)
    sms = SmsGateway(config.sms_gateway_url, config.sms_gateway_secret_file)
    return ServiceSender(connect, store, mailer, poster, sms, clock, _patience(config))


def _gateways(config: Config, clock: Callable[[], datetime], resolve: Resolve) -> tuple[Poster, Mailer]:
    trust = ssl.create_default_context()
    if config.webhook_ca_file is not None:
        trust.load_verify_locations(config.webhook_ca_file)
    poster = Poster(
        Pins(_addresses(config), resolve), config.webhook_timeout_s, config.webhook_answer_max_bytes, trust
    )
    return poster, Mailer(_mail_server(config), ZoneInfo(config.time_zone), trust, clock)


def _patience(config: Config) -> Patience:
    return Patience(config.notice_retry_base_s, config.notice_retry_max_s, config.notice_give_up_s)


def _seal(config: Config) -> Seal:
    return Seal(config.secrets / "notices.key")


def _addresses(config: Config) -> AddressRules:
    networks = filter(None, config.webhook_private_networks.split(","))
    return AddressRules(config.webhook_plain_http, tuple(ip_network(network) for network in networks))


def _mail_server(config: Config) -> MailServer:
    return MailServer(
        host=config.smtp_host,
        port=config.smtp_port,
        security=config.smtp_security,
        user=config.smtp_user,
        password_path=config.smtp_password_file,
        sender=config.smtp_from,
        timeout_s=config.smtp_timeout_s,
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


def importer_of(config: Config) -> Importer:
    """Reads layers that others sent; the command line uses it too."""
    limits = ReadLimits(
        zones_max=config.import_zones_max,
        vertices_max=config.zone_vertices_max,
        unpacked_max_bytes=config.import_unpacked_max_bytes,
        memory_max_bytes=config.import_memory_bytes,
        timeout_s=config.import_timeout_s,
        repair_each_s=config.import_repair_timeout_s,
        repair_total_s=config.import_timeout_s / 4,
        faults_max_per_code=config.import_faults_max_count,
    )
    tolerance = Tolerance(
        overlap_min_m2=config.import_overlap_min_m2,
        gap_min_m=config.import_gap_min_m,
        gap_max_m=config.import_gap_max_m,
        sliver_width_m=config.import_sliver_width_m,
    )
    reader = LayerReader(
        config.var / "layers", config.metric_srid, limits, tolerance, parallel=config.import_parallel
    )
    return Importer(reader)


def drawer_of(config: Config) -> Drawer:
    """Draws strips from files that others sent; the worker and the command line use it."""
    limits = DrawingLimits(
        features_max=config.import_zones_max,
        vertices_max=config.zone_vertices_max,
        unpacked_max_bytes=config.import_unpacked_max_bytes,
        memory_max_bytes=config.drawing_memory_bytes,
        timeout_s=config.drawing_timeout_s,
        findings_max=config.drawing_findings_max_count,
    )
    return Drawer(config.var / "layers", config.metric_srid, limits)


def runner_of(config: Config) -> Runner:
    """Does the imports and drawings that were ordered."""
    return Runner(
        importer_of(config).reader, drawer_of(config), config.var / "layers", ZoneInfo(config.time_zone)
    )


def coverer_of(config: Config) -> Coverer:
    """Makes visits and coverage of what phones sent; one for each thread."""
    eyes = Eyes(
        MetricPlane(config.metric_srid),
        track_settings(config),
        sight_settings(config),
        days_in(ZoneInfo(config.time_zone)),
    )
    rules = CoveringRules(
        fixes_max=config.covering_fixes_max_count,
        batches_max=config.covering_batches_max_count,
        street_within_m=config.front_street_within_m,
        wait_s=config.covering_wait_ms / 1000,
        time_zone=config.time_zone,
    )
    return Coverer(eyes, rules)


def keeping_of(config: Config) -> KeepingRules:
    """How long tracks are kept, and how figures of shifts are worked out before."""
    days = KeepingDays(
        config.track_precise_days, config.track_kept_days, config.visits_kept_days, config.looks_kept_days
    )
    return KeepingRules(days, FigureRules(viewing_of(config), config.track_fixes_max_count))


def watch_of(config: Config) -> Watch:
    """What of a deployment is looked at, by whoever is on duty and by the doctor."""
    backups = config.backup_folder or config.var / "backups"
    folders = {"var": config.var, "backups": backups}
    if not config.database_url:
        folders["database"] = PrivateCluster(config.var).home
    store = urlsplit(config.photo_store_url or "")
    if store.scheme == "file":
        folders["photos"] = Path(unquote(store.path))
    limits = {
        name: getattr(config, name)
        for name in Watch.__dataclass_fields__
        if name in type(config).model_fields
    }
    given = {
        "folders": folders,
        "heads": config.heads_folder or config.var / "heads",
        "backups": backups,
        "own_cluster": not config.database_url,
        "time_zone": ZoneInfo(config.time_zone),
    }
    return Watch(**{**limits, **given})
