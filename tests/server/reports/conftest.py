"""The street of the intake tests and the officers on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from sqlalchemy import Engine

from server.app import create_app
from tests.faults.world import make_world
from tests.postgres import TestServer
from tests.server.reports.hostile import Target
from tests.server.reports.street import Officer, make_street


@pytest.fixture
def street(owner: Engine) -> Engine:
    """The database with the street in it, as its owner."""
    make_street(owner)
    return owner


@pytest.fixture
def make_officer(
    street: Engine, client: FlaskClient, sign_in: Callable[..., dict[str, str]]
) -> Callable[..., Officer]:
    """A new account with its phone; an officer of the district unless said otherwise."""

    def make(role: str = "officer", *, organisation: str | None = None) -> Officer:
        return Officer(client, sign_in(role, organisation=organisation))

    return make


@pytest.fixture
def officer(make_officer: Callable[..., Officer], app: OpenAPI) -> Officer:
    return make_officer()


@pytest.fixture(scope="module")
def target(postgres: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A deployment shared by the bad requests of a module: none of them may leave anything behind."""
    with make_world(postgres, tmp_path_factory.mktemp("target"), json_max_bytes=64 * 1024) as world:
        app = create_app(world.config, app_database_url=world.app_database_url)
        yield Target(app.test_client(), world.headers, world.owner, world.config)
        app.extensions["frontage"].close()
