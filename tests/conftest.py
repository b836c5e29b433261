"""What every test may ask for: a database of its own, the app over it, a standing clock, signed-in headers.

The server is the private cluster under var/ (another folder with FRONTAGE_VAR) or the one that
FRONTAGE_DATABASE_URL names; nothing else of FRONTAGE_* in the shell reaches a test. Every test finds a database
without rows, in which server threads may commit as they do in production.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from inspect import unwrap
from pathlib import Path
from types import CodeType
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from flask_jwt_extended import create_access_token
from flask_openapi3 import APIBlueprint, OpenAPI
from flask_openapi3.types import ParametersTuple
from flask_openapi3.utils import parse_parameters
from hypothesis import settings
from sqlalchemy import Engine, make_url, text

from config import Config
from server.access import ROLES
from server.app import create_app
from server.cluster import PrivateCluster
from tests import factories, quick_routes
from tests.postgres import METRIC_SRID, TestServer, engine, private_server

# Before a change lands the same examples are tried every time; whoever works on it looks for new ones.
settings.register_profile("landing", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("landing")

quick_routes.install()

ROOT = Path(__file__).resolve().parents[1]
# Read before `_no_settings_from_the_shell` hides them.
_VAR = Path(os.environ.get("FRONTAGE_VAR") or ROOT / "var")
_DATABASE_URL = os.environ.get("FRONTAGE_DATABASE_URL")
_APP_DATABASE_URL = os.environ.get("FRONTAGE_APP_DATABASE_URL")


def pytest_addoption(parser: pytest.Parser) -> None:
    # The long form is 10,000: `pytest tests/server/cases/test_asking_again.py --races 10000 --timeout 0`.
    parser.addoption("--races", type=int, default=50, help="how often two dispatchers act at once")


# The longest first: what two processes share out ends for both at the same time.
_LONGEST = (
    "tests/test_bench.py",
    "tests/server/test_run.py",
    "tests/server/test_fuzz.py",
    "tests/browser/",
    "tests/server/test_matrix.py",
    "tests/faults/",
    "tests/demo/",
    "tests/server/feed/test_stream.py",
    "tests/server/notices/",
    "tests/server/test_cluster.py",
    "tests/server/test_https.py",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Stable: within and behind them the order stays as drawn.
    items.sort(
        key=lambda item: next(
            (n for n, name in enumerate(_LONGEST) if item.nodeid.startswith(name)), len(_LONGEST)
        )
    )


@dataclass
class StandingClock:
    """A clock that moves only when told to."""

    now: datetime = factories.NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        """`advance(minutes=15)`, words as for timedelta."""
        self.now += timedelta(**by)


@pytest.fixture(autouse=True)
def _no_settings_from_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("FRONTAGE_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def postgres() -> Iterator[TestServer]:
    """The server with the migrated template; for tests that need several databases or an empty one."""
    if _DATABASE_URL:
        password = make_url(_APP_DATABASE_URL).password if _APP_DATABASE_URL else None
        with TestServer(_DATABASE_URL, app_password=password) as server:
            yield server
    else:
        with private_server(PrivateCluster(_VAR, tell=lambda _: None)) as server:
            yield server


@pytest.fixture
def database_url(postgres: TestServer) -> Iterator[str]:
    """Owner's URL of this test's own database: the schema, and no row."""
    with postgres.clean() as url:
        yield url


@pytest.fixture
def owner(postgres: TestServer, database_url: str) -> Engine:
    """The database as its owner, who sees everything: for preparing and for looking."""
    return postgres.owner(database_url)


@pytest.fixture
def as_app_role(postgres: TestServer, database_url: str) -> Iterator[Engine]:
    """The database as the role the server works with."""
    with engine(postgres.app_url(database_url)) as made:
        yield made


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Settings of this test's deployment; override the fixture for other ones."""
    return Config(var=tmp_path / "var", metric_srid=METRIC_SRID, database_pool_size=4)


@pytest.fixture
def documented() -> bool:
    """Whether routes are in the app's OpenAPI document; override the fixture where that is read.

    Without it an app is made in less than half of the time.
    """
    return False


_types: dict[tuple[CodeType, tuple[tuple[str, Any], ...]], ParametersTuple] = {}


def _types_of_arguments(_: APIBlueprint, __: str, view: Callable[..., Any], **___: Any) -> ParametersTuple:
    """Every app has functions of its own from the same code, whose arguments are of the same types."""
    key = (unwrap(view).__code__, tuple(view.__annotations__.items()))
    if key not in _types:
        _types[key] = parse_parameters(view, doc_ui=False)
    return _types[key]


@pytest.fixture
def app(
    postgres: TestServer,
    database_url: str,
    config: Config,
    clock: StandingClock,
    documented: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[OpenAPI]:
    """The whole app over this test's database; an exception nobody expected is raised, not answered."""
    if not documented:
        monkeypatch.setattr(APIBlueprint, "_collect_openapi_info", _types_of_arguments)
    monkeypatch.setattr("server.people.login.Passwords", lambda: factories.QUICK_PASSWORDS)
    monkeypatch.setattr("server.parts.Database", postgres.served)
    made = create_app(config, app_database_url=postgres.app_url(database_url), clock=clock)
    made.testing = True
    yield made
    made.extensions["frontage"].close()


@pytest.fixture
def client(app: OpenAPI) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def sign_in(app: OpenAPI, owner: Engine) -> Callable[..., dict[str, str]]:
    """`sign_in("officer")` or `sign_in("some.username")` -> request headers.

    For a role an account is made, in the organisation named or where such a role is at home. Goes past the
    password check; the session and the token are as the login makes them.
    """

    def headers(who: str, *, organisation: str | None = None) -> dict[str, str]:
        if who in ROLES:
            who = factories.make_account(owner, role=who, organisation=organisation).username
        session_id = uuid4()
        with owner.begin() as connection:
            account_id = connection.execute(
                text(
                    "INSERT INTO session (id, account_id, refresh_jti, expires_at) "
                    "SELECT :session, id, :jti, now() + interval '1 day' FROM account WHERE username = :who "
                    "RETURNING account_id"
                ),
                {"session": session_id, "jti": uuid4(), "who": who},
            ).scalar_one()
        with app.app_context():
            token = create_access_token(str(account_id), additional_claims={"sid": str(session_id)})
        return {"Authorization": f"Bearer {token}"}

    return headers
