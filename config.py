"""The settings of one deployment: typed, frozen, read once from the environment.

Every field can be set by `FRONTAGE_<FIELD IN CAPITALS>`; units stand in the names and the description says why the
default is what it is. All mistakes are reported together. Only server.app, server.cli and server.gunicorn_conf
import this module; everything else receives the plain values it needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

PREFIX = "FRONTAGE_"


class ConfigRefused(ValueError):
    """One or more settings cannot be used; the message lists all of them."""


class Config(BaseModel):
    """One deployment. Field descriptions are the source of docs/configuration.md."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # Where things are
    var: Path = Field(
        Path("var"), description="Data folder: private cluster, photos, keys, demo accounts. Not in git."
    )
    host: str = Field(
        "127.0.0.1", description="Address the server listens on; loopback unless you mean otherwise."
    )
    port: int = Field(8000, ge=1, le=65535, description="TCP port of the server.")
    public_url: str | None = Field(None, description="Address people use; unset: http://<host>:<port>.")
    database_url: str | None = Field(
        None,
        description="Owner's URL of a PostgreSQL 15+ with PostGIS; unset: the private cluster under var/.",
    )
    app_database_url: str | None = Field(
        None,
        description="URL the server uses (role frontage_app, owns nothing); unset: derived from database_url.",
    )
    photo_store_url: str | None = Field(
        None, description="`file:///folder` or `s3://bucket/prefix`; unset: the folder var/photos."
    )

    # The district
    time_zone: str = Field(
        "Asia/Shanghai", description="Local time of the district: dates of zones, displays."
    )
    metric_srid: int = Field(
        4549,
        ge=1024,
        le=998999,
        description="Metric CRS of the district (4549: CGCS2000 3-degree GK, CM 120E).",
    )
    case_number_prefix: str = Field(
        "TZ", pattern=r"^[A-Z]{1,8}$", description="First part of case numbers, as in TZ-2026-000123."
    )

    # Server
    server_processes: int = Field(2, ge=1, le=64, description="Worker processes; two saturate two cores.")
    server_threads: int = Field(
        8, ge=1, le=256, description="Threads a process; each may hold one connection."
    )
    database_pool_size: int = Field(
        8,
        ge=1,
        le=256,
        description="Connections a process; equal to server_threads, so that no thread waits for one.",
    )
    database_statement_timeout_ms: int = Field(
        15_000, ge=100, description="No request's statement may run longer."
    )
    prepared_statements: bool = Field(
        True,
        description="Prepare hot statements once a connection. Turn off behind PgBouncer in transaction mode.",
    )
    trusted_proxies: int = Field(
        0, ge=0, le=8, description="How many proxies in front set X-Forwarded-*; 0: believe none."
    )
    json_max_bytes: int = Field(256 * 1024, ge=1024, description="Largest JSON body; a report is about 1 kB.")
    retry_after_s: int = Field(
        5, ge=1, description="What a 503 tells the phone to wait; a database restart takes less."
    )

    # Photos
    photo_max_bytes: int = Field(20_000_000, ge=1000, description="Largest photo; phones send 1 to 8 MB.")
    photo_max_pixels: int = Field(
        50_000_000, ge=1_000_000, description="Largest image; 50 MP phones exist, bombs are larger."
    )
    photo_max_count: int = Field(20, ge=1, le=100, description="Photos one report may declare.")
    photo_decode_memory_bytes: int = Field(
        1024 * 1024 * 1024,
        ge=64 * 1024 * 1024,
        description="Address space of one decoding child: 50 MP of WebP take 819 MB, of HEIC 410, of JPEG far less.",
    )
    photo_decode_timeout_s: float = Field(20.0, gt=0, description="A photo that decodes longer is refused.")
    photo_decode_parallel: int = Field(2, ge=1, le=32, description="Decoding children at once a process.")
    orphan_min_age_s: int = Field(
        86_400, ge=60, description="A photo without a row is swept only when older than a day."
    )
    thumbnail_max_px: int = Field(512, ge=64, le=4096, description="Longer side of a thumbnail.")

    # Evidence that leaves
    heads_folder: Path | None = Field(
        None,
        description="Where heads of chains are written; unset: var/heads. Better another disk, written once.",
    )
    heads_plain_http: bool = Field(
        False, description="Whether heads may be sent over http: whoever is on the way could change them."
    )
    heads_webhook_url: str | None = Field(
        None,
        max_length=2000,
        description="Each line of heads is sent here too: a copy that this machine's administrator cannot change.",
    )
    heads_webhook_timeout_s: float = Field(
        10.0, gt=0, description="For connecting, and for the answer; tried again with the next head."
    )
    font_folder: Path = Field(
        Path("/usr/share/fonts/opentype/noto"),
        description="Folder of Noto Sans and Serif CJK (Debian: fonts-noto-cjk), embedded in files and copies.",
    )
    photo_copy_max_px: int = Field(
        1600, ge=320, le=4096, description="Longer side of a stamped copy: sharp across an A4 page."
    )
    case_file_photos_max_count: int = Field(
        24, ge=0, le=200, description="Photos a case file shows, two a page; further ones are listed only."
    )
    case_file_zones_max_count: int = Field(
        400, ge=1, le=5000, description="Zones a map sketch draws: more than fit into 300 m of street."
    )
    case_file_timeout_s: float = Field(
        20.0, gt=0.5, description="Setting one case file; with 24 photos it takes about 2 s."
    )
    case_file_memory_bytes: int = Field(
        2 * 1024 * 1024 * 1024,
        ge=512 * 1024 * 1024,
        description="Address space of that child: fonts are mapped, photos decoded.",
    )
    case_file_parallel: int = Field(1, ge=1, le=16, description="Such children at once a process.")

    # Login
    access_token_lifetime_s: int = Field(900, ge=60, description="15 minutes: a stolen token is short-lived.")
    refresh_token_lifetime_s: int = Field(
        30 * 86_400, ge=3600, description="A phone stays signed in for a month of use."
    )
    refresh_retry_s: int = Field(
        30,
        ge=0,
        le=300,
        description="How long a used refresh token is taken once more while what it was exchanged for is unused: "
        "the answer may have been lost on the way. 0: never, and whoever lost it signs in again.",
    )
    login_window_s: int = Field(900, ge=60, description="Failed logins are counted over the last 15 minutes.")
    login_max_failures_per_account_and_address: int = Field(
        10, ge=1, description="Guesses at one account from one place."
    )
    login_max_failures_per_address: int = Field(
        60, ge=1, description="Guesses at any account from one place (a shared NAT)."
    )
    login_max_failures_per_account: int = Field(
        100,
        ge=1,
        description="Guesses at one account from everywhere; an address that signed in before still passes.",
    )

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

    # Casework
    case_after_photo_within_m: float = Field(
        50.0,
        gt=0,
        le=1000,
        description="Where a case lies in no zone, an after-photo must be this near: some shop fronts and a poor fix.",
    )
    case_batch_max_count: int = Field(
        100, ge=1, le=1000, description="Cases one batch action takes: two screens of a list, some seconds."
    )
    clock_yellow_share: float = Field(
        0.5, gt=0, lt=1, description="Share of a clock at which it turns yellow: half the time is left."
    )
    clock_red_share: float = Field(
        0.8, gt=0, lt=1, description="Share of a clock at which it turns red: a fifth is left, enough to act."
    )

    # Deadlines
    calendar_horizon_days: int = Field(
        90,
        ge=0,
        le=3660,
        description="A year reached within this without a calendar is a warning: next year's comes out in November.",
    )
    deadline_rows_max_count: int = Field(
        2000, ge=1, le=100_000, description="Rows of a table of deadlines; a city's list has some hundred."
    )

    # Parking and service points
    parking_gap_within_m: float = Field(
        100.0, gt=0, le=2000, description="A bay serves what lies this far along the street: a minute's walk."
    )
    parking_gap_sides: Literal["either", "same"] = Field(
        "either",
        description="Whether a bay serves both sides of the street, or its own side of its own street.",
    )
    parking_street_reach_m: float = Field(
        60.0, gt=0, le=1000, description="What is farther from every street line stands on no street."
    )
    parking_gap_things_max: int = Field(
        50_000,
        ge=100,
        le=1_000_000,
        description="Fronts, streets or bays one call of the gap finder takes: some seconds of one processor.",
    )
    parking_attractors: str = Field(
        "market,kiosk,toilet,restaurant",
        pattern=r"^[a-z_]{1,40}(,[a-z_]{1,40})*$",
        description="Kinds of sites and service points that should have a bay near: people ride there.",
    )
    service_point_radius_max_m: float = Field(
        20_000.0, gt=0, description="Nearest service points are looked for no farther: a district's width."
    )

    # Editing zones
    zone_vertices_max: int = Field(
        10_000, ge=100, description="Vertices one zone may be sent with; the largest township has 5,000."
    )
    zone_line_vertices_max: int = Field(
        1000, ge=2, description="Vertices of a line that splits a zone or moves a border."
    )
    zone_properties_max_bytes: int = Field(
        16_384, ge=256, description="JSON of a zone's own attributes; a shop's are under 1 kB."
    )
    zones_per_edit_max: int = Field(20, ge=2, le=100, description="Zones one edit may merge or reshape.")
    zone_computing_timeout_s: float = Field(
        5.0, gt=0.5, description="Cutting and comparing shapes in a child; usual ones take 0.3 s."
    )
    zone_computing_memory_bytes: int = Field(
        512 * 1024 * 1024,
        ge=256 * 1024 * 1024,
        description="Address space of that child; its program takes 200 MB of it.",
    )
    zone_computing_parallel: int = Field(2, ge=1, le=32, description="Such children at once a process.")

    # Maps
    tile_features_max: int = Field(
        20_000,
        ge=1,
        le=200_000,
        description="A tile that would hold more things is drawn as counts: a phone draws no more.",
    )
    tile_statement_timeout_ms: int = Field(
        3000,
        ge=100,
        description="A tile that takes longer is not worth waiting for; the slowest here takes a tenth.",
    )
    tile_max_age_s: int = Field(
        3600,
        ge=0,
        description="How long a tile of a known version of its layer may be kept, never past midnight.",
    )

    # Live feed
    stream_poll_ms: int = Field(
        150,
        ge=20,
        le=10_000,
        description="How often a server process with streams looks for changes; half of it is the usual delay.",
    )
    stream_heartbeat_s: float = Field(
        15.0, gt=0, description="A stream is never silent for longer: proxies hang up after 30 to 60 s."
    )
    stream_retry_ms: int = Field(
        2000,
        ge=100,
        description="Clients come again after one to two times this, so that not all come at once.",
    )
    stream_recheck_s: float = Field(
        5.0, gt=0, description="A revoked session or a disabled account hears nothing after this."
    )
    streams_max_count: int = Field(
        1000,
        ge=1,
        le=50_000,
        description="Streams a process; each costs a file descriptor and some kilobytes.",
    )
    streams_per_account_max_count: int = Field(
        8, ge=1, le=1000, description="Streams of one account a process: a few screens and tabs."
    )
    stream_buffer_max_bytes: int = Field(
        262_144,
        ge=4096,
        description="What a slow reader may leave unread, about 1,000 changes, before it is closed.",
    )
    stream_replay_max_count: int = Field(
        1000,
        ge=1,
        le=10_000,
        description="Missed changes told at once when a client comes again; then it comes again.",
    )
    stream_ticket_lifetime_s: int = Field(
        30, ge=1, le=600, description="A ticket is used at once, or was lost on its way."
    )
    changes_kept_days: int = Field(
        7, ge=1, le=366, description="How old a cursor may be: a client away for longer loads its lists anew."
    )

    # Complaints
    complaint_attach_m: float = Field(
        30.0,
        gt=0,
        le=2000,
        description="A complaint joins an open case of its category this near if none is in its zone: two fronts.",
    )
    complaint_accuracy_m: float = Field(
        3.0,
        gt=0,
        le=1000,
        description="How sure a point is that intake picks on a map: it means that very front.",
    )
    complaint_category_unsorted: str = Field(
        "unsorted",
        min_length=1,
        max_length=64,
        description="Category of a case whose complaint names none; registering it says which it is.",
    )
    complaint_calls_max_count: int = Field(
        3, ge=1, le=20, description="Calls after which a complainant who was not reached is given up."
    )

    # A dispatcher's aids
    duplicate_radius_m: float = Field(
        60.0, gt=0, le=2000, description="Cases farther apart are no duplicates unless they share a zone."
    )
    duplicate_ended_days: int = Field(
        7, ge=0, le=366, description="How long an ended case is still told as a likely duplicate."
    )
    duplicate_photo_bits_max: int = Field(
        26,
        ge=0,
        le=128,
        description="Photos that differ in at most so many of 128 features look alike; strangers differ in about 64.",
    )
    duplicate_candidates_max_count: int = Field(
        200, ge=1, le=5000, description="Nearest cases that are compared with one; more are not looked at."
    )
    officer_fix_max_age_h: int = Field(
        8, ge=1, le=72, description="An older position says nothing of where an officer is: a shift."
    )
    officer_fix_age_m_per_h: float = Field(
        500.0, ge=0, description="What an hour since the fix counts in metres of way: officers stroll."
    )
    officer_fix_unknown_m: float = Field(
        5000.0, ge=0, description="What an unknown position counts in metres of way: half a district."
    )
    officer_case_m: float = Field(
        500.0, ge=0, description="What an open case at hand counts in metres of way: some minutes."
    )
    officer_other_area_m: float = Field(
        3000.0,
        ge=0,
        description="What another township's officer counts in metres of way: they have their own.",
    )

    # Importing layers
    import_max_bytes: int = Field(
        200_000_000, ge=10_000, description="Largest file of a layer; 100,000 zones of GeoJSON are 35 MB."
    )
    import_unpacked_max_bytes: int = Field(
        1_000_000_000,
        ge=10_000,
        description="What an archive may unpack to; a larger one is a bomb or a mistake.",
    )
    import_zones_max: int = Field(
        300_000, ge=1, description="Zones of one file; a district has tens of thousands."
    )
    import_memory_bytes: int = Field(
        3 * 1024 * 1024 * 1024,
        ge=512 * 1024 * 1024,
        description="Address space of the reading process; 100,000 zones take a third.",
    )
    import_timeout_s: float = Field(
        120.0, gt=0, description="A file that reads longer is refused; 100,000 zones take 6 s."
    )
    import_repair_timeout_s: float = Field(
        5.0, gt=0, description="A shape that takes longer to repair has no repair proposed."
    )
    import_parallel: int = Field(
        1, ge=1, le=16, description="Files read at once a process: each may fill a processor."
    )
    import_statement_timeout_ms: int = Field(
        120_000, ge=1000, description="Comparing and writing a whole layer; 100,000 zones take about 25 s."
    )
    import_faults_max_count: int = Field(
        500, ge=1, le=100_000, description="Faults of one code that are kept with a report; all are counted."
    )
    import_overlap_min_m2: float = Field(
        0.01, gt=0, description="Zones that share less are told of no overlap."
    )
    import_gap_min_m: float = Field(0.002, gt=0, description="Borders nearer than this touch.")
    import_gap_max_m: float = Field(
        0.5, gt=0, description="Borders farther apart than this are meant to be apart."
    )
    import_sliver_width_m: float = Field(0.3, gt=0, description="A thinner zone is told as a sliver.")
    drawing_memory_bytes: int = Field(
        2 * 1024 * 1024 * 1024,
        ge=512 * 1024 * 1024,
        description="Address space of the process that draws strips; 10,000 buildings take under a half.",
    )
    drawing_timeout_s: float = Field(
        300.0, gt=0, description="Strips that take longer are given up; 10,000 buildings take under 60 s."
    )
    drawing_findings_max_count: int = Field(
        20_000, ge=1, le=1_000_000, description="Findings kept with a drawing; all are counted."
    )

    # Notices
    smtp_host: str | None = Field(
        None, description="Mail server; unset: no channel of e-mail can be made, and none leaves."
    )
    smtp_port: int = Field(587, ge=1, le=65535, description="Its port; 587 takes mail from programs.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the way to it is kept secret; none only within one machine."
    )
    smtp_user: str | None = Field(None, description="Account there; unset: none is asked for.")
    smtp_password_file: Path | None = Field(
        None,
        description="File with its password, read at each sending; a variable would show in process lists.",
    )
    smtp_from: str = Field(
        "frontage@localhost",
        pattern=r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+$",
        description="Address mail comes from; its domain ends the Message-IDs.",
    )
    smtp_timeout_s: float = Field(20.0, gt=0, description="For connecting, and for each wait on an answer.")
    webhook_plain_http: bool = Field(
        False, description="Whether webhooks may go over http: what is told is read on the way then."
    )
    webhook_private_networks: str = Field(
        "",
        description="Networks (CIDR, parted by commas) that are not public and may be called all the same; none: "
        "a webhook's address is typed by people.",
    )
    webhook_ca_file: Path | None = Field(
        None,
        description="PEM of further authorities, such as the bureau's own, for webhooks and the mail server.",
    )
    webhook_timeout_s: float = Field(
        10.0,
        gt=0,
        description="From connecting to the last byte of the answer; a receiver only takes a note.",
    )
    webhook_answer_max_bytes: int = Field(
        65_536, ge=1024, description="What is read of an answer; robots answer 40 bytes."
    )
    notice_retry_base_s: float = Field(
        30.0, gt=0, description="Wait after a first failure; each further one doubles it."
    )
    notice_retry_max_s: float = Field(
        14_400.0, gt=0, description="Longest wait between two tries: a receiver is back within a shift."
    )
    notice_give_up_s: float = Field(
        86_400.0,
        gt=0,
        description="A message that failed for a day is given up, to be looked at and replayed.",
    )
    notice_channels_at_once: int = Field(
        8, ge=1, le=64, description="Channels a worker sends by side by side; each holds one connection."
    )
    notice_digest_max_count: int = Field(
        100, ge=1, le=1000, description="Events in one collected message; nobody reads more."
    )
    handover_alarm_after_s: int = Field(
        14_400,
        ge=60,
        description="A handover not accepted for so long is told to the district: four hours, day or night.",
    )

    @field_validator("time_zone")
    @classmethod
    def _known_time_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{value!r} is no IANA time zone") from error
        return value

    @field_validator("webhook_private_networks")
    @classmethod
    def _networks(cls, value: str) -> str:
        for network in filter(None, value.split(",")):
            ip_network(network)
        return value

    @field_validator("heads_webhook_url")
    @classmethod
    def _safe_way(cls, value: str | None, info: ValidationInfo) -> str | None:
        parts = urlsplit(value or "https://unset")
        if not parts.hostname or parts.scheme not in ("https", "http"):
            raise ValueError("an address as https://host/path")
        if parts.scheme == "http" and not info.data.get("heads_plain_http"):
            raise ValueError("https only, unless FRONTAGE_HEADS_PLAIN_HTTP allows http")
        return value

    @field_validator("var")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.absolute()

    @property
    def secrets(self) -> Path:
        """Folder of keys this deployment made for itself, mode 0700."""
        return self.var / "secrets"

    @property
    def url(self) -> str:
        return self.public_url or f"http://{self.host}:{self.port}"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Read every FRONTAGE_* variable.

        Raises:
            ConfigRefused: with one line per mistake, unknown variables included.
        """
        given = {
            name.removeprefix(PREFIX).lower(): value
            for name, value in environ.items()
            if name.startswith(PREFIX) and value != ""
        }
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            lines = [f"{PREFIX}{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()]
            raise ConfigRefused("\n".join(sorted(lines))) from None
