"""Serving documents: attempts are noted one by one; a way that needs a signed consent is refused without one.

What goes to a telephone or a mailbox is sent by the worker (`server.documents.sending`), and its end comes back into
the attempt. When an electronic way fails, a task is opened to serve it on paper, which a delivery on paper closes.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from server.contract import wire_time
from server.documents.making import SQL
from server.documents.wire import Outcome
from server.evidence import attachments as attaching
from server.evidence.canonical import digest
from server.problems.documents import DocumentConflict, ServiceConsentMissing, ServiceGatewayMissing
from server.problems.request import InputRefused, NotFound
from server.problems.rulebooks import RulebookMissing
from server.rulebooks import store as rulebooks
from server.rulebooks.books.service_methods import ServiceMethod

KIND = "service_methods"
# Clocks of phones differ; nothing was served tomorrow.
_AHEAD = timedelta(minutes=10)


@dataclass(frozen=True)
class Attempt:
    """One attempt to serve.

    Attributes:
        how: a code of the rulebook `service_methods`. outcome: None of what a gateway sends.
        receipt: digest of the attachment that proves it.
    """

    how: str
    served_at: datetime
    outcome: Outcome | None = None
    receipt: str | None = None
    note: str = ""


@dataclass(frozen=True)
class Serving:
    """How this deployment serves. `gateways`: to which addresses (`phone`, `email`) it can send itself."""

    gateways: Collection[str]
    time_zone: tzinfo

    def serve(
        self,
        connection: Connection,
        document_id: UUID,
        attempt_id: UUID,
        given: Attempt,
        *,
        at: datetime,
        written_later: bool = False,
    ) -> bool:
        """Note one attempt on behalf of whoever asks; false when it was noted before.

        Args:
            written_later: the paper was there before it was entered. Any other is served on the day it was made
                or after it.
        Raises:
            NotFound, DocumentConflict, RulebookMissing, InputRefused, AttachmentMissing.
            ServiceConsentMissing, ServiceGatewayMissing: nothing is noted then.
        """
        said = digest({"document": str(document_id), **vars(given), "served_at": wire_time(given.served_at)})
        about = {"id": str(document_id), "attempt": str(attempt_id)}
        found = SQL["fetch_served"].run(connection, about).one_or_none()
        if found is None:
            raise NotFound()
        if found.taken is not None:
            if found.taken != said:
                raise DocumentConflict()
            return False
        if given.served_at > at + _AHEAD:
            raise _refused("/served_at", "not yet")
        if not written_later and self._day(given.served_at) < self._day(found.made_at):
            raise _refused("/served_at", f"the document was made on {self._day(found.made_at)}")
        book, method = self._method(connection, given)
        gateway = self._gateway(method, given)
        values = {
            **about,
            **vars(given),
            "rulebook": book,
            "electronic": method.electronic,
            "consent": self._consent(connection, method, given, found),
            "digest": said,
            "gateway": gateway,
            "paper_days": method.fallback_days,
            "at": at,
        }
        if SQL["insert_attempt"].run(connection, values).one_or_none() is None:
            raise DocumentConflict()
        if gateway is not None:
            SQL["insert_message"].run(connection, values)
        else:
            self._end(connection, method, given, found.organisation_id, values)
        return True

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self.time_zone).date()

    def _method(self, connection: Connection, given: Attempt) -> tuple[int, ServiceMethod]:
        book = rulebooks.in_force(connection, KIND, self._day(given.served_at))
        if book is None or given.how not in book.rows:
            raise RulebookMissing(kind=KIND, row=given.how)
        return book.id, book.rows[given.how]

    def _gateway(self, method: ServiceMethod, given: Attempt) -> str | None:
        """Which gateway sends it; None of what people do."""
        gateway = method.address if method.address in ("phone", "email") else None
        if (given.outcome is None) is (gateway is None):
            raise _refused("/outcome", "wanted, unless a gateway sends it")
        if gateway is not None and given.receipt is not None:
            raise _refused("/receipt", "a gateway brings none")
        if gateway is not None and gateway not in self.gateways:
            raise ServiceGatewayMissing(how=method.code)
        return gateway

    def _consent(
        self, connection: Connection, method: ServiceMethod, given: Attempt, found: Any
    ) -> str | None:
        if not method.needs_consent:
            return None
        values = {
            "subject": str(found.subject_id) if found.subject_id else None,
            "on": self._day(given.served_at).isoformat(),
            "address": method.address,
        }
        consent = SQL["consent_on"].run(connection, values).scalar_one_or_none()
        if consent is None:
            raise ServiceConsentMissing(how=method.code, subject=found.subject)
        return str(consent)

    def _end(
        self,
        connection: Connection,
        method: ServiceMethod,
        given: Attempt,
        organisation_id: UUID,
        values: dict[str, Any],
    ) -> None:
        """Note how an attempt of people ended, and what follows of it."""
        if given.receipt is not None:
            attaching.use(
                connection,
                [given.receipt],
                kind="service_attempt",
                thing=values["attempt"],
                organisation_id=organisation_id,
                at=values["at"],
            )
        SQL["insert_outcome"].run(connection, values)
        if method.electronic and given.outcome != "delivered":
            SQL["open_task"].run(connection, values)
        elif not method.electronic and given.outcome == "delivered":
            SQL["close_task"].run(connection, values)


def _refused(path: str, message: str) -> InputRefused:
    return InputRefused(errors=[{"path": path, "message": message}])
