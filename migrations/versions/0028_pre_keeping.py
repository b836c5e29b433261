"""Tracks are read, and the look noted; they become coarse, then go, unless a hold keeps them; what went is reported."""

from migrations import keeping, tracks
from migrations.sql import SERVER_ROLE, WORKER_ROLE, append_only, definer, run, secure

revision = "0028"
down_revision = "0027"

FOR_THE_SERVER = {
    "legal_hold_put_v1": "uuid, uuid, timestamptz, timestamptz, text, timestamptz",
    "legal_hold_lift_v1": "uuid, text, timestamptz",
    "legal_holds_v1": "uuid, timestamptz, uuid, integer",
    "deletion_reports_v1": "bigint, integer",
    "days_closed_v1": "date, date",
    "track_read_v1": "uuid, timestamptz, timestamptz, interval, integer, text, text, timestamptz",
    "shift_summaries_v1": "uuid, uuid, text, timestamptz, timestamptz, integer, text, timestamptz",
    "shift_track_v1": "uuid, interval, integer",
}
FOR_THE_WORKER = {
    "keeping_due_v1": "timestamptz, timestamptz",
    "track_keep_v1": "date, text, timestamptz, timestamptz, integer",
    "sightings_forget_v1": "date, timestamptz, timestamptz, integer",
    "forget_v1": "text, text, date, timestamptz, timestamptz, integer",
    "figures_due_v1": "timestamptz, timestamptz, integer",
    "figures_open_v1": "date",
    "figures_put_v1": "uuid, jsonb, timestamptz, boolean",
}
# Of the functions above alone.
PLAIN = {
    "held_v1": "uuid, timestamptz",
    "holds_seen_v1": "",
    "going_v1": "text, text, text, timestamptz",
    "coarse_v1": "double precision",
    "track_goes_v1": "text",
    "fixes_of_v1": "uuid, timestamptz, timestamptz",
    "fixes_count_v1": "uuid, timestamptz, timestamptz, integer",
    "day_of_v1": "uuid, timestamptz, timestamptz",
    "tracks_seen_v1": "uuid, uuid",
    "figures_stale_v1": "uuid, timestamptz",
}
TABLES = ("deletion_report", "shift_figures", "track_day", "legal_hold_end", "legal_hold")


def upgrade() -> None:
    run(keeping.TABLES)
    append_only(["legal_hold", "legal_hold_end", "deletion_report"])
    for table in TABLES:
        secure(table, read="false")
    run(keeping.HOLDS)
    run(keeping.KEEPING)
    run(tracks.TRACKS)
    for name, arguments in PLAIN.items():
        run(f"REVOKE ALL ON FUNCTION {name}({arguments}) FROM PUBLIC")
    for name, arguments in (FOR_THE_SERVER | FOR_THE_WORKER).items():
        definer(name, arguments)
        # Digests are of the same text whatever the clocks of who asks.
        run(f"ALTER FUNCTION {name}({arguments}) SET timezone = 'UTC'")
    for name, arguments in FOR_THE_WORKER.items():
        run(f"REVOKE EXECUTE ON FUNCTION {name}({arguments}) FROM {SERVER_ROLE}")
        run(f"GRANT EXECUTE ON FUNCTION {name}({arguments}) TO {WORKER_ROLE}")
        # Who waits for a table makes everybody behind it wait: rather the next night.
        run(f"ALTER FUNCTION {name}({arguments}) SET lock_timeout = '5s'")
    for shared in ("days_closed_v1(date, date)", "shift_track_v1(uuid, interval, integer)"):
        run(f"GRANT EXECUTE ON FUNCTION {shared} TO {WORKER_ROLE}")


def downgrade() -> None:
    for name, arguments in (FOR_THE_SERVER | FOR_THE_WORKER | PLAIN).items():
        run(f"DROP FUNCTION {name}({arguments})")
    for table in TABLES:
        run(f"DROP TABLE {table}")
