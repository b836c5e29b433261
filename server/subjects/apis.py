"""Every route of subjects, put together for the app."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from flask_openapi3 import APIBlueprint

from server.db import Database
from server.places.editing.limited import LimitedChild
from server.subjects.desk import Desk
from server.subjects.import_routes import FileLimits, add_imports
from server.subjects.routes import Print, subject_routes
from server.subjects.sheets import CHILD, SheetReader

_READING_AT_ONCE = 1


class SubjectSettings(Protocol):
    """What the deployment sets for subjects."""

    @property
    def url(self) -> str: ...
    @property
    def subject_import_max_bytes(self) -> int: ...
    @property
    def subject_import_rows_max_count(self) -> int: ...
    @property
    def subject_import_unpacked_max_bytes(self) -> int: ...
    @property
    def subject_import_listed_max_count(self) -> int: ...
    @property
    def subject_import_timeout_s(self) -> float: ...
    @property
    def subject_import_memory_bytes(self) -> int: ...


def subject_api(
    db: Database,
    settings: SubjectSettings,
    clock: Callable[[], datetime],
    time_zone: ZoneInfo,
    printing: Print,
) -> APIBlueprint:
    """The routes of the register, its changes, its files and its sheets for doors."""
    desk = Desk(db, clock, time_zone)
    api = subject_routes(desk, printing, settings.url)
    child = LimitedChild(
        CHILD,
        timeout_s=settings.subject_import_timeout_s,
        memory_bytes=settings.subject_import_memory_bytes,
        parallel=_READING_AT_ONCE,
    )
    reader = SheetReader(
        child, settings.subject_import_rows_max_count, settings.subject_import_unpacked_max_bytes
    )
    limits = FileLimits(settings.subject_import_max_bytes, settings.subject_import_listed_max_count)
    add_imports(api, desk, reader, limits)
    return api
