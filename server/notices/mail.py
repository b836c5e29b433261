"""Messages as e-mail: Chinese first, English beside it, under a Message-ID that is the same at every try."""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from server.notices import wording
from server.notices.outcome import Outcome, Trouble, failed, refused, sent
from server.notices.wording import Message

Security = Literal["starttls", "tls", "none"]


@dataclass(frozen=True)
class MailServer:
    """The deployment's SMTP server. Without `host` no e-mail leaves.

    Attributes:
        password_path: file with the password of `user`, read at every sending, so that it can be changed.
        sender: address messages come from; its domain also ends their Message-IDs.
    """

    host: str | None
    port: int = 587
    security: Security = "starttls"
    user: str | None = None
    password_path: Path | None = None
    sender: str = "frontage@localhost"
    timeout_s: float = 20.0


@dataclass(frozen=True)
class Mailer:
    """Sends messages by one SMTP server."""

    server: MailServer
    time_zone: ZoneInfo
    trust: ssl.SSLContext
    clock: Callable[[], datetime]

    def send(self, address: str, message: Message) -> Outcome:
        """Send once; what the server says of the recipient is about this message, all else about the server."""
        return self.post(self.compose(address, message))

    def post(self, mail: EmailMessage) -> Outcome:
        """Send a mail once, whatever it says."""
        if self.server.host is None:
            return failed(Trouble.NO_MAIL_SERVER)
        try:
            with self._connect(self.server.host) as session:
                session.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            return refused(Trouble.RECIPIENT_REFUSED, next(iter(error.recipients.values()))[0])
        except smtplib.SMTPResponseException as error:
            return failed(Trouble.ANSWERED_ERROR, error.smtp_code)
        except ssl.SSLError:
            return failed(Trouble.NOT_TRUSTED)
        except TimeoutError:
            return failed(Trouble.TIMED_OUT)
        except (OSError, smtplib.SMTPException):
            return failed(Trouble.UNREACHABLE)
        return sent(250)

    def compose(self, address: str, message: Message) -> EmailMessage:
        """The mail as it is sent."""
        mail = EmailMessage()
        mail["From"], mail["To"] = self.server.sender, address
        mail["Subject"] = wording.subject(message)
        mail["Date"] = format_datetime(self.clock())
        mail["Message-ID"] = self.message_id(address, message)
        # No holiday answers to a machine (RFC 3834).
        mail["Auto-Submitted"] = "auto-generated"
        both = [wording.text(message, self.time_zone, english=english) for english in (False, True)]
        mail.set_content("\n\n".join(both) + "\n", charset="utf-8", cte="base64")
        return mail

    def message_id(self, address: str, message: Message) -> str:
        """The same for the same message to the same address, whatever else changed since."""
        digest = hashlib.sha256(f"{message.key}\n{address}".encode()).hexdigest()[:40]
        return f"<{digest}@{self.server.sender.rpartition('@')[2]}>"

    def _connect(self, host: str) -> smtplib.SMTP:
        given = self.server
        if given.security == "tls":
            session: smtplib.SMTP = smtplib.SMTP_SSL(
                host, given.port, timeout=given.timeout_s, context=self.trust
            )
        else:
            session = smtplib.SMTP(host, given.port, timeout=given.timeout_s)
        try:
            if given.security == "starttls":
                session.starttls(context=self.trust)
            if given.user is not None:
                password = given.password_path.read_text("utf-8").strip() if given.password_path else ""
                session.login(given.user, password)
        except BaseException:
            session.close()
            raise
        return session
