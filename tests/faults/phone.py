"""A phone as it has to be: it sends a report until it holds a receipt that lets it delete its own copy.

A receipt counts only when its digest is the phone's own and no photo is missing. Whatever a dying server does to a
connection is tried again; an answer the contract does not know is a fault and ends the run.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import random
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import rfc8785

from tests import factories

BOUNDARY = "frontage-part"
_PAUSE_S = 0.02
_TIMEOUT_S = 30.0


class Answered(AssertionError):
    """The server answered what a phone cannot make sense of."""


@dataclass(frozen=True)
class Job:
    """One report of the phone with its photos."""

    photos: tuple[bytes, ...]
    report_id: UUID = field(default_factory=uuid4)
    at: tuple[float, float] = factories.CORNER

    @property
    def report(self) -> dict[str, Any]:
        return factories.report_json(at=self.at, photos=self.photos, note=str(self.report_id))

    @property
    def digest(self) -> str:
        return hashlib.sha256(rfc8785.dumps(self.report)).hexdigest()

    @property
    def path(self) -> str:
        return f"/api/v1/reports/{self.report_id}"


def multipart(report: Any, photos: tuple[bytes, ...], boundary: str = BOUNDARY) -> bytes:
    """The body of a report with its photos, as phones send it."""
    parts = [b'Content-Disposition: form-data; name="report"\r\n\r\n' + json.dumps(report).encode()]
    parts += [
        b'Content-Disposition: form-data; name="photo"; filename="p.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
        + photo
        for photo in photos
    ]
    line = f"--{boundary}\r\n".encode()
    return line + (b"\r\n" + line).join(parts) + f"\r\n--{boundary}--\r\n".encode()


@dataclass(frozen=True)
class Phone:
    """Sends to one server as one officer."""

    port: int
    headers: dict[str, str]

    def put(self, path: str, body: bytes, content_type: str) -> tuple[int, Any]:
        """One request on a connection of its own. Errors: OSError, HTTPException when the server dies."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_TIMEOUT_S)
        try:
            connection.request("PUT", path, body, {**self.headers, "Content-Type": content_type})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def send_whole(self, job: Job) -> tuple[int, Any]:
        body = multipart(job.report, job.photos)
        return self.put(job.path, body, f"multipart/form-data; boundary={BOUNDARY}")

    def send_words(self, job: Job) -> tuple[int, Any]:
        return self.put(job.path, json.dumps(job.report).encode(), "application/json")

    def send_photo(self, job: Job, sha256: str) -> tuple[int, Any]:
        photo = next(p for p in job.photos if hashlib.sha256(p).hexdigest() == sha256)
        return self.put(f"{job.path}/photos/{sha256}", photo, "image/jpeg")

    def deliver(self, job: Job, rng: random.Random, give_up_s: float) -> dict[str, Any]:
        """Send until acknowledged; returns the receipt that allows the phone to forget.

        Raises:
            Answered: a status that is neither success nor "try again", or another report's receipt.
            TimeoutError: not acknowledged at `give_up_s` (time.monotonic).
        """
        whole = rng.random() < 0.5
        while time.monotonic() < give_up_s:
            try:
                receipt = self._try(job, whole)
            except (OSError, http.client.HTTPException, json.JSONDecodeError):
                receipt = None
            if receipt is not None:
                return receipt
            # Most phones ask with the words alone what is still missing before they send megabytes again.
            whole = rng.random() < 0.3
            time.sleep(_PAUSE_S)
        raise TimeoutError(f"{job.report_id} was never acknowledged")

    def _try(self, job: Job, whole: bool) -> dict[str, Any] | None:
        receipt = self._receipt(job, *(self.send_whole(job) if whole else self.send_words(job)))
        while receipt is not None and receipt["missing_photos"]:
            receipt = self._receipt(job, *self.send_photo(job, receipt["missing_photos"][0]))
        return receipt

    def _receipt(self, job: Job, status: int, body: Any) -> dict[str, Any] | None:
        if status == 503:
            return None
        if status not in (200, 201):
            raise Answered(f"{job.report_id}: {status} {body}")
        if body["id"] != str(job.report_id) or body["digest"] != job.digest:
            raise Answered(f"{job.report_id}: a receipt of something else: {body}")
        receipt: dict[str, Any] = body
        return receipt
