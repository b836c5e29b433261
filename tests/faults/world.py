"""A deployment for fault runs, usable without pytest: its own database and folder, one officer, zones, a token."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from flask_jwt_extended import create_access_token
from sqlalchemy import Engine, text

from config import Config
from server.app import create_app
from tests import factories
from tests.postgres import METRIC_SRID, TestServer, engine

_serial = itertools.count(1)


@dataclass(frozen=True)
class World:
    """One deployment: its settings, its database as the owner and as the server see it, and an officer's token."""

    config: Config
    database_url: str
    app_database_url: str
    owner: Engine
    headers: dict[str, str]


def make_district(owner: Engine) -> None:
    """A district that a report at factories.CORNER lands in: one township, one frontage zone, one category."""
    factories.make_organisations(owner)
    factories.make_zone(owner, kind="township", township=factories.JINSHA, width_m=4000, depth_m=4000)
    factories.make_zone(owner, code="F-1", width_m=40, depth_m=20)
    factories.make_category(owner)


def token_headers(app: Flask, owner: Engine, account_id: UUID) -> dict[str, str]:
    """Request headers of a new session of the account; the token outlives any run."""
    session_id = uuid4()
    with owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO session (id, account_id, refresh_jti, expires_at) "
                "VALUES (:session, :account, :jti, now() + interval '1 day')"
            ),
            {"session": session_id, "jti": uuid4(), "account": account_id},
        )
    with app.app_context():
        token = create_access_token(
            str(account_id), additional_claims={"sid": str(session_id)}, expires_delta=timedelta(days=1)
        )
    return {"Authorization": f"Bearer {token}"}


@contextmanager
def make_world(postgres: TestServer, folder: Path, **settings: Any) -> Iterator[World]:
    """A deployment in `folder` with a database of its own, gone when the block ends."""
    with postgres.clone() as url, engine(url) as owner:
        yield world_on(url, postgres.app_url(url), owner, folder, **settings)


def world_on(url: str, app_url: str, owner: Engine, folder: Path, **settings: Any) -> World:
    """A deployment over a migrated, empty database."""
    config = Config(
        **{"var": folder / "var", "metric_srid": METRIC_SRID, "photo_decode_parallel": 8, **settings}
    )
    make_district(owner)
    officer = factories.make_account(owner)
    app = create_app(config, app_database_url=app_url)
    headers = token_headers(app, owner, officer.id)
    app.extensions["frontage"].close()
    return World(config, url, app_url, owner, headers)


def unique_photo(base: bytes) -> bytes:
    """The JPEG with a comment nobody used before: other bytes, the same picture, no encoding."""
    remark = f"{next(_serial)} {uuid4()}".encode()
    return base[:2] + b"\xff\xfe" + struct.pack(">H", len(remark) + 2) + remark + base[2:]
