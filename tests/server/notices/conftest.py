"""A deployment whose notices may go to this machine, those who are told, and the worker's sender with its own clock."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from config import Config
from server import schema
from server.deployment import WORKER_ROLE
from server.jobs import connect
from server.notices.delivering import Deliverer
from server.notices.sealing import Seal, Target
from server.wiring import deliverer_of
from tests import factories
from tests.factories import JINSHA
from tests.postgres import METRIC_SRID, TestServer
from tests.server.notices.receivers import Mailbox, Receiver, http_receiver, mailbox

SECRET = "whsec_" + "c2VjcmV0IG9mIHRoZSB0ZXN0cywgMzIgYnl0ZXMgbG9uZw=="


@dataclass
class ShiftedClock:
    """The real time, ahead by what it was told: rows the database dates by its own clock are due at once."""

    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def advance(self, **by: float) -> None:
        self.ahead += timedelta(**by)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with http_receiver() as made:
        yield made


@pytest.fixture
def post_office() -> Iterator[Mailbox]:
    with mailbox() as made:
        yield made


@pytest.fixture
def config(tmp_path: Path, post_office: Mailbox) -> Config:
    return Config(
        var=tmp_path / "var",
        metric_srid=METRIC_SRID,
        database_pool_size=4,
        smtp_host="127.0.0.1",
        smtp_port=post_office.port,
        smtp_security="none",
        smtp_from="frontage@bureau.test",
        webhook_plain_http=True,
        webhook_private_networks="127.0.0.0/8",
        webhook_timeout_s=2.0,
    )


@pytest.fixture
def shifted() -> ShiftedClock:
    return ShiftedClock()


@pytest.fixture
def worker_url(postgres: TestServer, database_url: str) -> str:
    return schema.role_url(database_url, WORKER_ROLE, postgres.app_password)


@pytest.fixture
def deliverer(config: Config, worker_url: str, shifted: ShiftedClock) -> Deliverer:
    return deliverer_of(config, lambda: connect(worker_url), shifted)


@dataclass(frozen=True)
class Desk:
    """Makes channels and events, and looks at what became of them, as the owner of the database."""

    owner: Engine
    seal: Seal

    def channel(self, kind: str, address: str, *, body: str = JINSHA, **others: Any) -> str:
        """A channel of a body; returns its id."""
        secret = {"webhook": SECRET, "dingtalk": "SECtest"}.get(kind)
        values = {
            "all_bodies": False,
            "events": ["*"],
            "quiet_hours": None,
            "digest_minutes": 0,
            **others,
            "kind": kind,
            "body": body,
            "sealed": self.seal.close(Target(address, secret)),
        }
        with self.owner.begin() as connection:
            made = connection.execute(
                text(
                    "INSERT INTO notice_channel (organisation_id, all_bodies, kind, name, shown, sealed, events, "
                    "quiet_hours, digest_minutes) SELECT id, :all_bodies, :kind, 'test', 'shown', :sealed, :events, "
                    ":quiet_hours, :digest_minutes FROM organisation WHERE code = :body RETURNING id"
                ),
                values,
            )
            return str(made.scalar_one())

    def tell(self, key: str, *, event: str = "case.dispatched", body: str = JINSHA, **payload: Any) -> None:
        """An event, as an action on a case puts it into the outbox."""
        with self.owner.begin() as connection:
            connection.execute(
                text(
                    "SELECT outbox_put_v1(:event, :key, o.id, CAST(:payload AS jsonb)) "
                    "FROM organisation o WHERE o.code = :body"
                ),
                {
                    "event": event,
                    "key": key,
                    "body": body,
                    "payload": json.dumps(payload, ensure_ascii=False),
                },
            )

    def next_try_at(self) -> datetime | None:
        """When the first of those that wait is tried again; None when none waits."""
        with self.owner.connect() as connection:
            found: datetime | None = connection.execute(
                text("SELECT min(next_try_at) FROM notice_delivery WHERE state = 'pending'")
            ).scalar_one()
            return found

    def states(self) -> list[tuple[str, int, str | None]]:
        """State, tries and last trouble of each delivery, oldest first."""
        with self.owner.connect() as connection:
            rows = connection.execute(
                text("SELECT state, attempts, last_error FROM notice_delivery ORDER BY id")
            )
            return [(row.state, row.attempts, row.last_error) for row in rows]


@pytest.fixture
def desk(owner: Engine, config: Config) -> Desk:
    factories.make_organisations(owner)
    return Desk(owner, Seal(config.secrets / "notices.key"))
