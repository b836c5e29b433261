"""Sends each line of heads to an address elsewhere, in order and none left out, so that a copy lies where the
administrator of this machine has no hand on it.

The address is the operator's own setting. The file `posted` beside the heads says how far it got; a line may arrive
twice when a process is killed between the answer and that note, and its number tells.
"""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from urllib.parse import urlsplit

from server.evidence.faults import EvidenceFault
from server.evidence.heads import HeadsBook

POSTED = "posted"
MEDIA_TYPE = "application/json"


class HeadNotPosted(EvidenceFault):
    """The other side did not take a head; it will be sent again."""


@dataclass(frozen=True)
class HeadsPost:
    """Where heads are sent.

    Attributes:
        url: https, or http where the settings allow it. Redirects are not followed: they count as refusals.
        timeout_s: for connecting, and for each wait on the answer.
    """

    url: str
    timeout_s: float

    def send_new(self, book: HeadsBook) -> int:
        """Send every line that was not sent yet; returns how many. Errors: HeadNotPosted, OSError."""
        note = book.folder / POSTED
        sent = int(note.read_text(encoding="ascii")) if note.exists() else 0
        lines = book.lines(sent)
        for number, line in enumerate(lines, start=sent + 1):
            self._send(line)
            draft = note.with_suffix(".new")
            draft.write_text(str(number), encoding="ascii")
            draft.rename(note)
        return len(lines)

    def _send(self, line: bytes) -> None:
        parts = urlsplit(self.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=self.timeout_s)
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", path, body=line, headers={"Content-Type": MEDIA_TYPE})
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            raise HeadNotPosted(f"链首未送达 / a head was not delivered: {type(error).__name__}") from error
        finally:
            connection.close()
        if not 200 <= status < 300:
            raise HeadNotPosted(f"链首未被接收 / a head was not taken: {status}")
