"""The street of the intake tests and the officers on it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from sqlalchemy import Engine

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
