"""Alembic's environment: one connection of the owner, time limits, and one migration run at a time."""

from __future__ import annotations

import re
from typing import Any

from alembic import context
from sqlalchemy import Connection

from server.assessment import tables as _assessment  # noqa: F401 - each registers its tables in metadata
from server.cases import tables as _cases  # noqa: F401 - each registers its tables in metadata
from server.cases.calendars import tables as _calendars  # noqa: F401
from server.cases.deadlines import tables as _deadlines  # noqa: F401
from server.complaints import tables as _complaints  # noqa: F401
from server.db import metadata
from server.dispatch import tables as _dispatch  # noqa: F401
from server.documents import tables as _documents  # noqa: F401
from server.enforcement import tables as _enforcement  # noqa: F401
from server.evidence import tables as _evidence  # noqa: F401
from server.feed import tables as _feed  # noqa: F401
from server.leniency import tables as _leniency  # noqa: F401
from server.litigation import tables as _litigation  # noqa: F401
from server.maps import tables as _maps  # noqa: F401
from server.notices import tables as _notices  # noqa: F401
from server.openness import tables as _openness  # noqa: F401
from server.patrol.campaigns import tables as _campaigns  # noqa: F401
from server.patrol.coverage import tables as _coverage  # noqa: F401
from server.patrol.covering import tables as _covering  # noqa: F401
from server.patrol.duty import tables as _duty  # noqa: F401
from server.patrol.keeping import tables as _keeping  # noqa: F401
from server.patrol.law_cards import tables as _law_cards  # noqa: F401
from server.patrol.live import tables as _live  # noqa: F401
from server.patrol.positions import tables as _positions  # noqa: F401
from server.patrol.rounds import tables as _rounds  # noqa: F401
from server.patrol.trackers import tables as _trackers  # noqa: F401
from server.patrol.tracks import tables as _tracks  # noqa: F401
from server.people import tables as _people  # noqa: F401
from server.people.certificates import tables as _certificates  # noqa: F401
from server.places import tables as _places  # noqa: F401
from server.places.categories import tables as _categories  # noqa: F401
from server.places.editing import tables as _editing  # noqa: F401
from server.places.importing import tables as _importing  # noqa: F401
from server.places.parking import tables as _parking  # noqa: F401
from server.places.rules import tables as _rules  # noqa: F401
from server.places.runs import tables as _runs  # noqa: F401
from server.places.services import tables as _services  # noqa: F401
from server.ratings import tables as _ratings  # noqa: F401
from server.records import tables as _records  # noqa: F401
from server.reports import tables as _reports  # noqa: F401
from server.reports.rematch import tables as _rematch  # noqa: F401
from server.rulebooks import tables as _rulebooks  # noqa: F401
from server.subjects import tables as _subjects  # noqa: F401

# Same number for every deployment of Frontage: it only has to differ from other programs' in one database.
_ADVISORY_LOCK = 0x46524F4E54
_NOT_OURS = re.compile(r"procrastinate.*|spatial_ref_sys|.*_p[0-9]{8}|.*_odd")


def _ours(name: str | None, kind: str, _: Any) -> bool:
    """PostGIS's and the job queue's tables are theirs to compare, and a day's table is as its parent is."""
    return not (kind == "table" and name is not None and _NOT_OURS.fullmatch(name))


def migrate(connection: Connection) -> None:
    connection.exec_driver_sql("SET lock_timeout = '5s'")
    connection.exec_driver_sql("SET statement_timeout = '10min'")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_name=_ours,
        compare_type=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


migrate(context.config.attributes["connection"])
