"""The worker's part of service: sends what is due to a mailbox or a telephone, and notes what became of it.

A mail carries the document's text and its attachments, a text message its title and number. A gateway that took it
counts as delivered; one that refuses the reader, or fails for too long, as failed, and the database opens a task to
serve it on paper. A worker that dies between sending and noting sends once more, under the same key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import orjson
import procrastinate
import psycopg
import structlog
from standardwebhooks import Webhook

from server.evidence.attachments import Attachment
from server.evidence.photos import PhotoStore
from server.notices.delivering import Patience
from server.notices.mail import Mailer
from server.notices.outcome import Outcome, Trouble, failed
from server.notices.posting import Poster

log = structlog.get_logger()
Connect = Callable[[], AbstractContextManager[psycopg.Connection[Any]]]


@dataclass(frozen=True)
class SmsGateway:
    """Where text messages are posted as JSON, signed as Standard Webhooks says; `url` None: nowhere.

    Attributes:
        secret_path: file with the secret (whsec_...), read at every sending.
    """

    url: str | None
    secret_path: Path | None


@dataclass(frozen=True)
class ServiceSender:
    """Sends what is due. `store`: where attachments lie."""

    connect: Connect
    store: PhotoStore
    mailer: Mailer
    poster: Poster
    sms: SmsGateway
    clock: Callable[[], datetime]
    patience: Patience

    def run(self) -> int:
        """Send until nothing is due; returns how many messages arrived."""
        arrived = 0
        with self.connect() as connection:
            while (message := self._take(connection)) is not None:
                outcome = self._send(message)
                noted = self._note(connection, message, outcome)
                arrived += noted == "sent"
                log.info("document_sent", attempt=message["attempt"], gateway=message["gateway"], noted=noted)
        return arrived

    def _take(self, connection: psycopg.Connection[Any]) -> dict[str, Any] | None:
        values = (self.clock(), self.patience.base_s)
        row = connection.execute("SELECT service_take_v1(%s, %s)", values).fetchone()
        return row[0] if row else None

    def _send(self, message: Mapping[str, Any]) -> Outcome:
        try:
            return self._mail(message) if message["gateway"] == "email" else self._text(message)
        except Exception as error:
            log.error("document_not_sent", attempt=message["attempt"], exc_info=error)
            return failed(Trouble.DEFECT)

    def _mail(self, message: Mapping[str, Any]) -> Outcome:
        mail = EmailMessage()
        mail["From"], mail["To"] = self.mailer.server.sender, message["address"]
        mail["Subject"] = f"{message['title']} {message['code']}"
        mail["Date"] = format_datetime(self.clock())
        mail["Message-ID"] = f"<{message['attempt']}@{self.mailer.server.sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(
            "\n\n".join((*_opening(message), message["content"].get("text", ""))).strip() + "\n",
            charset="utf-8",
            cte="base64",
        )
        for sha256, media_type in message["attachments"]:
            kind, _, form = media_type.partition("/")
            held = Attachment(sha256, media_type, 0)
            content = b"".join(self.store.open(sha256))
            mail.add_attachment(content, maintype=kind, subtype=form, filename=held.file_name)
        return self.mailer.post(mail)

    def _text(self, message: Mapping[str, Any]) -> Outcome:
        if self.sms.url is None or self.sms.secret_path is None:
            return failed(Trouble.UNREACHABLE)
        said = {"to": message["address"], "text": _opening(message)[0], "key": message["attempt"]}
        body, now = orjson.dumps(said, option=orjson.OPT_SORT_KEYS), self.clock()
        secret = self.sms.secret_path.read_text("utf-8").strip()
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message["attempt"],
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(secret).sign(message["attempt"], now, body.decode()),
        }
        return self.poster.post(self.sms.url, body, headers)[0]

    def _note(self, connection: psycopg.Connection[Any], message: Mapping[str, Any], outcome: Outcome) -> str:
        now = self.clock()
        row = connection.execute(
            "SELECT service_note_v1(%s, %s, %s, %s, %s, %s, %s)",
            (
                message["attempt"],
                now,
                outcome.word,
                outcome.trouble.value if outcome.trouble else None,
                outcome.status,
                now + timedelta(seconds=self.patience.wait_s(message["tries"])),
                self.patience.give_up_s,
            ),
        ).fetchone()
        return str(row[0]) if row else "settled"


def service_tasks(
    queue: procrastinate.App, sender: ServiceSender, again: procrastinate.RetryStrategy
) -> None:
    """The tasks of sending: one for what was just put down, one each minute for what is tried again."""

    @queue.task(name="services_send", retry=again)
    def services_send() -> None:
        log.info("documents_sent", arrived=sender.run())

    @queue.periodic(cron="* * * * *")
    @queue.task(name="services_tick", queueing_lock="services_tick")
    def services_tick(timestamp: int) -> None:
        sender.run()


def _opening(message: Mapping[str, Any]) -> tuple[str, str]:
    """What a reader is told first, in Chinese and in English."""
    title, code = message["title"], message["code"]
    return (
        f"{message['body_name']}向您送达《{title}》,编号 {code}。",
        f"{message['body_name_en']} serves on you: {title}, number {code}.",
    )
