"""An officer of Jinsha, and the same on duty since an hour before the clock of these tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from tests import factories
from tests.conftest import StandingClock
from tests.factories import JINSHA
from tests.server.patrol.walks import Officer, start_shift


@pytest.fixture
def officer(owner: Engine, sign_in: Callable[..., dict[str, str]]) -> Officer:
    """An officer of Jinsha, off duty."""
    account = factories.make_account(owner, role="officer", organisation=JINSHA)
    return Officer(account.username, account.id, sign_in(account.username))


@pytest.fixture
def patrolling(owner: Engine, officer: Officer, clock: StandingClock) -> Officer:
    """The officer on duty: from an hour before the clock to eleven hours after."""
    start_shift(owner, officer.account_id, clock.now - timedelta(hours=1))
    return officer
