"""Every route of records, put together for the app."""

from __future__ import annotations

from flask_openapi3 import APIBlueprint

from server.db import Database
from server.records.figure_routes import record_figure_routes
from server.records.keeping import Desk
from server.records.routes import record_routes


def record_apis(db: Database, desk: Desk) -> tuple[APIBlueprint, ...]:
    """What `desk` files, and what it comes to."""
    return record_routes(db, desk), record_figure_routes(db, desk)
