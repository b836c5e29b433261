"""The bureau the tests of casework act in."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from tests.server.cases.desk import Desk, SignIn, make_desk


@pytest.fixture
def desk(client: FlaskClient, owner: Engine, sign_in: SignIn) -> Desk:
    return make_desk(client, owner, sign_in)
