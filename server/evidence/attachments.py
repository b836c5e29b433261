"""Attachments: photos and PDFs that people put to documents, records and steps; bytes as evidence, as those of reports.

They lie in the store of photos under their SHA-256 and are never altered. Somebody sends one (`Attachments.put`), then
a feature lets something of its own rely on it, in the transaction that writes that thing:

    attachments.use(connection, [sha256, ...], kind="document", thing=document_id, organisation_id=..., at=clock())

From then on the bytes are read by everybody of that body, besides whoever used them and the district; without a body,
by those two only. `kind` is the name of the feature's table. Nobody can use bytes that they may not see.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection

from server import sqltext
from server.db import Claim, Database
from server.evidence.inspector import PhotoInspector
from server.evidence.photos import PhotoStore
from server.evidence.staging import StagedPhoto
from server.problems.attachments import AttachmentMissing, AttachmentPdfRefused
from server.problems.reports import PhotoDigestMismatch
from server.problems.request import NotFound

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
PDF = "application/pdf"
MEDIA_TYPES = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "heic": "image/heic"}
ENDINGS = {**{media_type: name for name, media_type in MEDIA_TYPES.items()}, PDF: "pdf"}
_BEGIN, _END = b"%PDF-", b"%%EOF"
# Readers look for the end mark within so many bytes; programs that write PDFs may put line ends behind it.
_END_WITHIN_BYTES = 1024


@dataclass(frozen=True)
class Attachment:
    """Bytes that are held: `media_type` as their content says, never as a sender claims."""

    sha256: str
    media_type: str
    size_bytes: int

    @property
    def file_name(self) -> str:
        return f"{self.sha256}.{ENDINGS[self.media_type]}"


@dataclass(frozen=True)
class Attachments:
    """Taking attachments and giving them out."""

    db: Database
    store: PhotoStore
    inspector: PhotoInspector
    clock: Callable[[], datetime]

    def put(self, claim: Claim, sha256: str, staged: StagedPhoto) -> tuple[Attachment, bool]:
        """Keep bytes; true when whoever asks had not sent them before. They are durable before a row names them.

        Raises:
            PhotoDigestMismatch, AttachmentPdfRefused; PhotoRefused of what is neither photo nor PDF, storage faults.
        """
        if staged.sha256 != sha256:
            raise PhotoDigestMismatch(expected=sha256, received=staged.sha256)
        media_type = self._media_type(staged)
        self.store.keep(staged)
        kept = Attachment(sha256, media_type, staged.size_bytes)
        with self.db.transaction(claim) as (connection, _):
            values = {"sha256": sha256, "media_type": media_type, "size_bytes": kept.size_bytes}
            created = SQL["put_attachment"].run(connection, {**values, "at": self.clock()}).scalar_one()
        return kept, created

    def find(self, claim: Claim, sha256: str) -> Attachment:
        """What is known of bytes that whoever asks may see. Raises NotFound."""
        with self.db.transaction(claim) as (connection, _):
            row = SQL["fetch_attachment"].run(connection, {"sha256": sha256}).one_or_none()
        if row is None:
            raise NotFound()
        return Attachment(sha256, row.media_type, row.size_bytes)

    def bytes_of(self, attachment: Attachment) -> Iterator[bytes]:
        """The original bytes, in pieces."""
        return self.store.open(attachment.sha256)

    def _media_type(self, staged: StagedPhoto) -> str:
        file = staged.fileno()
        if os.pread(file, len(_BEGIN), 0) != _BEGIN:
            return MEDIA_TYPES[self.inspector.inspect(file).format]
        # A PDF is never parsed here, and given out as an attachment only: its ends tell a whole file from a cut one.
        if _END not in os.pread(file, _END_WITHIN_BYTES, max(0, staged.size_bytes - _END_WITHIN_BYTES)):
            raise AttachmentPdfRefused()
        return PDF


def use(
    connection: Connection,
    digests: Sequence[str],
    *,
    kind: str,
    thing: UUID | str,
    organisation_id: UUID | str | None,
    at: datetime,
) -> None:
    """Let a thing of a table `kind` rely on attachments, in the caller's transaction; repeating it changes nothing.

    Raises:
        AttachmentMissing: naming those that were not sent, or that whoever asks may not see; none is used then.
    """
    if not digests:
        return
    values = {
        "digests": list(digests),
        "kind": kind,
        "thing": str(thing),
        "organisation_id": str(organisation_id) if organisation_id else None,
        "at": at,
    }
    hidden = SQL["use_attachments"].run(connection, values).scalar_one()
    if hidden:
        raise AttachmentMissing(sha256=hidden)
