"""Every route of documents, letters and attachments, put together for the app."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from flask_openapi3 import APIBlueprint

from server.documents.attachment_routes import attachment_routes
from server.documents.desk import Desk
from server.documents.letter_routes import letter_routes
from server.documents.letters import LetterPress, Print
from server.documents.printing import Press
from server.documents.routes import document_routes
from server.documents.serving import Serving
from server.evidence.attachments import Attachments
from server.evidence.thumbnails import Thumbnails


class DocumentSettings(Protocol):
    """What the deployment sets for documents."""

    @property
    def photo_max_bytes(self) -> int: ...
    @property
    def letters_print_max_count(self) -> int: ...
    @property
    def smtp_host(self) -> str | None: ...
    @property
    def sms_gateway_url(self) -> str | None: ...
    @property
    def sms_gateway_secret_file(self) -> Path | None: ...


def document_apis(
    attachments: Attachments,
    thumbnails: Thumbnails,
    settings: DocumentSettings,
    time_zone: ZoneInfo,
    printing: Print,
) -> list[APIBlueprint]:
    """Their routes. `printing`: sets a template."""
    db, clock = attachments.db, attachments.clock
    serving = Serving(_gateways(settings), time_zone)
    desk = Desk(db, clock, time_zone, serving, Press(printing, time_zone))
    return [
        attachment_routes(attachments, thumbnails, settings.photo_max_bytes),
        document_routes(desk),
        letter_routes(desk, LetterPress(printing, settings.letters_print_max_count)),
    ]


def _gateways(settings: DocumentSettings) -> frozenset[str]:
    """To which addresses of a consent this deployment can send."""
    there = {
        "email": settings.smtp_host,
        "phone": settings.sms_gateway_url and settings.sms_gateway_secret_file,
    }
    return frozenset(name for name, given in there.items() if given)
