"""What can go wrong with attachments."""

from __future__ import annotations

from server.problems.base import Problem


class AttachmentMissing(Problem):
    """Attachments that something names were not sent, or are not yours to use; `sha256` lists them."""

    status, code = 422, "attachment_missing"


class AttachmentPdfRefused(Problem):
    """A PDF without its end: it was cut on the way."""

    status, code = 422, "attachment_pdf_refused"
