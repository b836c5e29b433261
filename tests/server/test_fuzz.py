"""Schemathesis over the server as it is run: what its document promises holds for what nobody thought of sending.

Most of a minute within `make test`; FUZZ_TIME_S=600 looks longer.
What cannot be guessed from a document is sent by hand.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from config import Config
from server.access import ROLES
from server.app import create_app
from tests import factories
from tests.factories import JINSHA
from tests.faults.world import token_headers
from tests.postgres import METRIC_SRID, TestServer, engine
from tests.server.fuzz_hooks import REQUEST_LINE_MAX_BYTES
from tests.server.world import SignIn, make_two_places
from tests.serving import ROOT, Served, serving

FUZZ_TIME_S = int(os.environ.get("FUZZ_TIME_S", "45"))
# Before a change lands the same cases are tried every time, as tests/conftest.py does for Hypothesis.
SEED = ["--seed", "1"] if os.environ.get("CI") else []
# A call that is right in form may still be refused for what it is about: no such report, no such account.
NOT_HERE = "positive_data_acceptance"


@dataclass(frozen=True)
class Deployment:
    """A running server with two townships in its database, and a way to sign in to it."""

    served: Served
    sign_in: SignIn


@pytest.fixture(scope="module")
def deployment(postgres: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    config = Config(var=tmp_path_factory.mktemp("fuzz") / "var", metric_srid=METRIC_SRID)
    with postgres.clone() as database_url, engine(database_url) as owner:
        app_database_url = postgres.app_url(database_url)
        app = create_app(config, app_database_url=app_database_url)

        def sign_in(who: str, *, organisation: str | None = None) -> dict[str, str]:
            username = who if who not in ROLES else None
            if username is None:
                account_id = factories.make_account(owner, role=who, organisation=organisation).id
            else:
                with owner.connect() as connection:
                    account_id = connection.execute(
                        text("SELECT id FROM account WHERE username = :who"), {"who": username}
                    ).scalar_one()
            return token_headers(app, owner, account_id)

        make_two_places(owner, app.test_client(), sign_in)
        with serving(config, database_url=database_url, app_database_url=app_database_url) as running:
            yield Deployment(running, sign_in)
        app.extensions["frontage"].close()


@pytest.fixture
def served(deployment: Deployment) -> Served:
    return deployment.served


@pytest.fixture
def sign_in(deployment: Deployment) -> SignIn:
    return deployment.sign_in


def schemathesis(served: Served, headers: dict[str, str], folder: Path, *arguments: str) -> str:
    """What a run finds, in its own words; it fails the test when that is anything."""
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{served.url}/api/v1/openapi.json"),
        *("--header", f"Authorization: {headers['Authorization']}"),
        *("--checks", "all", "--exclude-checks", NOT_HERE),
        *("--suppress-health-check", "all", "--request-timeout", "20", "--workers", "2"),
        *("--generation-database", "none", "--no-color", "--warnings", "off"),
        *arguments,
    ]
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "SCHEMATHESIS_HOOKS": "tests.server.fuzz_hooks"},
        capture_output=True,
        text=True,
        check=False,
    )
    server = served.log_path.read_text(encoding="utf-8", errors="replace")
    faults = [line for line in server.splitlines() if '"unexpected"' in line or "Traceback" in line]
    assert done.returncode == 0 and not faults, "\n".join(
        [done.stdout[-12_000:], done.stderr[-2000:], *faults[:5]]
    )
    return done.stdout


def test_no_call_gets_an_answer_that_the_document_does_not_promise(
    served: Served, sign_in: SignIn, tmp_path: Path
) -> None:
    headers = sign_in("handler", organisation=JINSHA)
    # Signing out ends the session that the other calls need; it has a test of its own.
    left_out = ["--exclude-operation-id", "sign_out"]
    told = schemathesis(served, headers, tmp_path, *left_out, "--max-time", str(FUZZ_TIME_S), *SEED)
    assert "No issues found" in told, told[-3000:]


def test_signing_out_answers_as_documented(served: Served, sign_in: SignIn, tmp_path: Path) -> None:
    headers = sign_in("officer")
    told = schemathesis(
        served,
        headers,
        tmp_path,
        "--include-operation-id",
        "sign_out",
        "--phases",
        "coverage,fuzzing",
        "-n",
        "5",
    )
    assert "No issues found" in told, told[-3000:]


# --- What no document describes -----------------------------------------------------------------------------

REPORT = f"/api/v1/reports/{uuid4()}"


def ask(
    served: Served, method: str, path: str, headers: dict[str, str], body: bytes = b""
) -> tuple[int, str]:
    connection = HTTPConnection(served.host, served.port, timeout=20)
    try:
        connection.request(method, path, body=body or None, headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers.get_content_type()
    finally:
        connection.close()


@pytest.mark.parametrize(
    "headers, status",
    [
        ({"Content-Type": "multipart/form-data"}, 400),
        ({"Content-Type": "multipart/form-data; boundary="}, 400),
        ({"Content-Type": "multipart/form-data; boundary=" + "x" * 5000}, 400),
        ({"Content-Type": "multipart/form-data; boundary=a"}, 400),
        ({"Content-Type": "application/json; charset=no-such"}, 400),
        ({"Content-Type": "application/json", "Content-Encoding": "gzip"}, 400),
        ({"Content-Type": "; ; ="}, 415),
        ({"Content-Type": "text/html"}, 415),
        ({"Authorization": "Bearer"}, 401),
        ({"Authorization": "Bearer a b c"}, 401),
        ({"Authorization": "Bearer \xe9\xff"}, 401),
        ({"Authorization": "Basic b2ZmaWNlcjpwYXNzd29yZA=="}, 401),
        ({"Authorization": "Bearer " + "e30." * 1500}, 401),
    ],
)
def test_a_weird_header_is_refused_as_a_problem(
    served: Served, sign_in: SignIn, headers: dict[str, str], status: int
) -> None:
    sent = {**sign_in("officer"), **headers}
    assert ask(served, "PUT", REPORT, sent, b"{") == (status, "application/problem+json")


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Request-Id": "\xff" * 200},
        {"Accept": "no/such;q=2, */*;q=nan"},
        {"Accept-Language": "x" * 4000},
        {"If-None-Match": "\xe9"},
        {"If-Modified-Since": "yesterday"},
        {"Range": "bytes=9-1,-,x"},
        {"Cookie": "a=b; \xff=;;;"},
        {
            "X-Forwarded-For": "'; DROP TABLE report; --",
            "X-Forwarded-Proto": "gopher",
            "Forwarded": "for=_;;",
        },
        {"Host": "a b:99999"},
        {"X-HTTP-Method-Override": "DELETE"},
    ],
)
def test_a_weird_header_that_means_nothing_here_changes_nothing(
    served: Served, headers: dict[str, str]
) -> None:
    assert ask(served, "GET", "/api/v1/keys", headers) == (200, "application/json")


@pytest.mark.parametrize("method", ["TRACE", "PATCH", "DELETE", "POST", "CONNECT", "PROPFIND"])
@pytest.mark.parametrize("path", ["/api/v1/keys", "/healthz", "/", "/api/v1/docs"])
def test_a_method_no_route_has_is_405_everywhere(served: Served, method: str, path: str) -> None:
    assert ask(served, method, path, {}) == (405, "application/problem+json")


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/cases/%00",
        "/api/v1/cases/TZ%2F..%2F..%2Fetc",
        "/api/v1/zones/%ff%fe",
        "/api/v1/zones/frontage?cursor=WyJhXHUwMDAwIl0",
        "/api/v1/inbox?cursor=WzE4NDQ2NzQ0MDczNzA5NTUxNjE1XQ",
        "/api/v1/cases/TZ-1/history?cursor=WzkyMjMzNzIwMzY4NTQ3NzU4MDdd",
        "/api/v1/reports?cursor=WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzIzOjU5OjAxLjUiLCJ4Il0",
        "/api/v1/match?lon=121&lat=32&at=0001-01-01T00:00:00%2B23:59",
        "/api/v1/zones/frontage?at=9999-12-31T23:59:59Z",
        "/api/v1/docs/static/..%2F..%2Fapp.py",
        "/api/v1/docs/swagger/%2e%2e/%2e%2e/__init__.py",
    ],
)
def test_a_weird_address_is_refused_and_breaks_nothing(served: Served, sign_in: SignIn, path: str) -> None:
    status, media_type = ask(served, "GET", path, sign_in("dispatcher"))
    assert 400 <= status < 500
    assert media_type == "application/problem+json"


def test_an_address_that_is_too_long_is_refused_before_it_is_read(served: Served) -> None:
    assert ask(served, "GET", "/api/v1/keys?" + "x" * REQUEST_LINE_MAX_BYTES, {})[0] == 414
    assert ask(served, "GET", "/api/v1/keys", {})[0] == 200
