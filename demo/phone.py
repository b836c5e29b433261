"""Sends the sample reports through the public API as an officer's phone would, and believes nothing it cannot check.

A report is fixed on the first run (id, time, digests) and kept in a queue file, so that sending it again is the same
report. It counts as sent when the receipt has the digest computed here, misses no photo, and is signed by the key
the server publishes.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import rfc8785

from demo.load import TONGZHOU, read_json
from server.evidence.signing import verify_with

PHOTOS = TONGZHOU / "photos"
WIRE_MEMBERS = ("position", "category", "note", "zone_hint")
TRIES_MAX = 6
WAIT_MAX_S = 10.0
TIMEOUT_S = 60.0


class NotSent(RuntimeError):
    """The server refused, or its receipt proves nothing; the message says which."""


@dataclass(frozen=True)
class Answer:
    """One HTTP answer: status, headers in lower case, JSON body."""

    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True)
class Sent:
    """A sample, what was sent, and the receipt; `statuses` are those of every request it took."""

    sample: Mapping[str, Any]
    report: Mapping[str, Any]
    receipt: Mapping[str, Any]
    statuses: tuple[int, ...]


@dataclass
class Phone:
    """One officer's phone. Not for several threads.

    Attributes:
        url: of the server, without a path.
        wait: how it waits between tries, in seconds.
    """

    url: str
    username: str
    password: str = field(repr=False)
    wait: Callable[[float], None] = time.sleep
    _token: str = field(default="", repr=False)
    _line: http.client.HTTPConnection | None = field(default=None, repr=False)

    def sign_in(self) -> None:
        """Raises NotSent when the account is not let in."""
        credentials = json.dumps({"username": self.username, "password": self.password}).encode()
        answer = self.ask("POST", "/api/v1/auth/login", credentials, "application/json")
        if answer.status != 200:
            raise NotSent(f"登录失败 / {self.username} cannot sign in: {_told(answer)}")
        self._token = answer.body["access_token"]

    def send(self, item: Mapping[str, Any], keys: Mapping[str, Mapping[str, str]]) -> Sent:
        """Send one report of the queue, with its photos or, when there are several, the photos after it.

        Raises:
            NotSent: refused, or the receipt is not what it must be.
        """
        report, path = item["report"], f"/api/v1/reports/{item['id']}"
        files = {photo["sha256"]: PHOTOS / photo["file"] for photo in item["photos"]}
        if len(files) > 1:
            answers = [self.ask("PUT", path, json.dumps(report).encode(), "application/json")]
            for sha256 in _accepted(answers[0])["missing_photos"]:
                raw = files[sha256].read_bytes()
                answers.append(self.ask("PUT", f"{path}/photos/{sha256}", raw, "application/octet-stream"))
        else:
            body, content_type = _multipart(report, list(files.values()))
            answers = [self.ask("PUT", path, body, content_type)]
        receipts = [_accepted(answer) for answer in answers]
        check_receipt(item["id"], report, receipts[-1], keys)
        return Sent(item["sample"], report, receipts[-1], tuple(answer.status for answer in answers))

    def ask(self, method: str, path: str, body: bytes | None = None, content_type: str = "") -> Answer:
        """One request; tried again while the server says 503 or is not there.

        Raises:
            NotSent: it never answered.
        """
        headers = {"Content-Type": content_type} if body is not None else {}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        for attempt in range(1, TRIES_MAX + 1):
            try:
                answer = self._once(method, path, body, headers)
            except (OSError, http.client.HTTPException) as error:
                self.hang_up()
                if attempt == TRIES_MAX:
                    raise NotSent(f"服务器没有应答 / {self.url} does not answer: {error}") from error
                self.wait(min(WAIT_MAX_S, 0.2 * 2**attempt))
                continue
            if answer.status != 503 or attempt == TRIES_MAX:
                return answer
            self.wait(min(WAIT_MAX_S, float(answer.headers.get("retry-after", 1))))
        raise AssertionError("unreachable")

    def hang_up(self) -> None:
        """Close the connection; the next request opens another."""
        if self._line is not None:
            self._line.close()
        self._line = None

    def _once(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        if self._line is None:
            self._line = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=TIMEOUT_S)
        self._line.request(method, path, body, dict(headers))
        response = self._line.getresponse()
        text = response.read()
        names = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, names, json.loads(text) if text else None)


def send_all(
    url: str, accounts: Sequence[Mapping[str, Any]], queue_file: Path, time_zone: ZoneInfo
) -> Iterator[Sent]:
    """Send every sample in order, each as its officer.

    Raises:
        NotSent: the first that could not be sent ends it; what was sent before stays sent.
    """
    passwords = {one["username"]: one["password"] for one in accounts}
    keys = published_keys(url)
    phones: dict[str, Phone] = {}
    try:
        for item in fixed_queue(queue_file, time_zone):
            username = item["sample"]["username"]
            if username not in phones:
                if username not in passwords:
                    raise NotSent(f"演示账号缺失 / there is no password of {username}")
                phones[username] = Phone(url, username, passwords[username])
                phones[username].sign_in()
            yield phones[username].send(item, keys)
    finally:
        for phone in phones.values():
            phone.hang_up()


def published_keys(url: str) -> dict[str, Mapping[str, str]]:
    """The server's public keys by their ids."""
    phone = Phone(url, "", "")
    try:
        return {key["kid"]: key for key in _accepted(phone.ask("GET", "/api/v1/keys"))["keys"]}
    finally:
        phone.hang_up()


def check_receipt(
    report_id: str,
    report: Mapping[str, Any],
    receipt: Mapping[str, Any],
    keys: Mapping[str, Mapping[str, str]],
) -> None:
    """Raises NotSent unless the receipt proves that exactly this report and all its photos are kept."""
    signed = {name: value for name, value in receipt.items() if name != "signature"}
    signature = receipt.get("signature", "")
    if not any(verify_with(key, signed, signature) for key in keys.values()):
        raise NotSent(f"回执签名无效 / the receipt of {report_id} is not signed by a published key")
    digest = hashlib.sha256(rfc8785.dumps(dict(report))).hexdigest()
    if (receipt["id"], receipt["digest"]) != (report_id, digest):
        raise NotSent(f"回执不是这条上报的 / the receipt is not about report {report_id} as sent")
    if receipt["missing_photos"]:
        raise NotSent(f"照片未到齐 / photos of {report_id} are missing: {receipt['missing_photos']}")


def fixed_queue(path: Path, time_zone: ZoneInfo) -> list[dict[str, Any]]:
    """The samples as they are sent, the same at every call; a sample that changed gets a new report."""
    known = {item["origin"]: item for item in _read_queue(path)}
    now = datetime.now(time_zone).replace(microsecond=0)
    queue = []
    for sample in read_json("reports.json"):
        photos = [
            {**photo, "sha256": hashlib.sha256((PHOTOS / photo["file"]).read_bytes()).hexdigest()}
            for photo in sample["photos"]
        ]
        origin = hashlib.sha256(rfc8785.dumps([sample, photos])).hexdigest()
        queue.append(known.get(origin) or _fixed(sample, photos, origin, now))
    if list(known) != [item["origin"] for item in queue]:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps(queue, ensure_ascii=False, indent=1), encoding="utf-8")
        draft.rename(path)
    return queue


def _read_queue(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


def _fixed(
    sample: Mapping[str, Any], photos: Sequence[Mapping[str, Any]], origin: str, now: datetime
) -> dict[str, Any]:
    captured_at = (now - timedelta(seconds=sample["captured_before_s"])).isoformat()
    report = {
        "captured_at": captured_at,
        **{name: sample[name] for name in WIRE_MEMBERS if name in sample},
        "photos": [
            {"sha256": photo["sha256"], "role": photo["role"], "captured_at": captured_at} for photo in photos
        ],
        "app_version": "demo",
    }
    return {
        "origin": origin,
        "id": str(uuid.uuid4()),
        "sample": dict(sample),
        "report": report,
        "photos": list(photos),
    }


def _multipart(report: Mapping[str, Any], files: Sequence[Path]) -> tuple[bytes, str]:
    boundary = f"frontage-{uuid.uuid4().hex}"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="report"\r\n'
        f"Content-Type: application/json\r\n\r\n".encode()
        + json.dumps(report).encode()
    ]
    for file in files:
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="photo"; filename="{file.name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        parts.append(head.encode() + file.read_bytes())
    return b"\r\n".join([*parts, f"--{boundary}--\r\n".encode()]), f"multipart/form-data; boundary={boundary}"


def _accepted(answer: Answer) -> Any:
    if answer.status not in (200, 201):
        raise NotSent(_told(answer))
    return answer.body


def _told(answer: Answer) -> str:
    body = answer.body if isinstance(answer.body, dict) else {}
    return f"{answer.status} {body.get('code', '')} {body.get('title', '')} / {body.get('title_en', '')}"
