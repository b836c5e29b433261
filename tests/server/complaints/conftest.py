"""Two townships with a case each, and somebody who takes complaints."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from tests.server.world import Place, SignIn, make_two_places


@pytest.fixture
def places(owner: Engine, client: FlaskClient, sign_in: SignIn) -> tuple[Place, Place]:
    return make_two_places(owner, client, sign_in)


@pytest.fixture
def intake(places: tuple[Place, Place], sign_in: SignIn) -> dict[str, str]:
    """Headers of an intake account of the district."""
    return sign_in("intake")
