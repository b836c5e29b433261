"""Every route of documents, put together for the app."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from flask_openapi3 import APIBlueprint

from server.db import Database
from server.documents.letter_routes import letter_routes
from server.documents.letters import LetterPress, Print
from server.documents.routes import Desk, document_routes
from server.documents.serving import Serving


class DocumentSettings(Protocol):
    """What the deployment sets for documents."""

    @property
    def letters_print_max_count(self) -> int: ...


def document_apis(
    db: Database,
    settings: DocumentSettings,
    gateways: Collection[str],
    clock: Callable[[], datetime],
    time_zone: ZoneInfo,
    print: Print,
) -> list[APIBlueprint]:
    """Routes of documents and letters. `gateways`: see Serving; `print`: sets a template."""
    desk = Desk(db, Serving(gateways, time_zone), clock, time_zone)
    return [
        document_routes(desk),
        letter_routes(desk, LetterPress(print, settings.letters_print_max_count)),
    ]
