"""Names and positions that are planted in a patrol's day turn up for nobody but those who may read them by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import structlog
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from config import Config
from server.patrol.keeping.nightly import keep_all
from server.patrol.tracks.working_out import work_out_due
from server.wiring import keeping_of
from tests import factories
from tests.conftest import StandingClock
from tests.factories import DISTRICT, JINSHA, JINXIN, NOW
from tests.server.patrol.covered import as_worker, at_metres, cover_all, make_street
from tests.server.patrol.walks import Officer, fix, send, start_shift, walk
from tests.server.world import SignIn

API = "/api/v1"
NAME, LOGIN, PHONE, REASON = "甄不外泄", "zhen.bu-wai-xie", "甄的手机", "怀疑其脱岗"
# East of the first fronts, to the last digit nobody else's.
HERE = at_metres(31.7717, 0.7171)
LON, LAT = (repr(degrees)[:9] for degrees in HERE)
PLANTED = (NAME, LOGIN, PHONE, LON, LAT)
PUBLIC = ("/", "/healthz", "/readyz", "/metrics", f"{API}/openapi.json", f"{API}/keys")
# Coverage without an officer, and what else everybody of the bureau may read of a patrol.
NAMELESS = (
    "/coverage?from=2026-08-31&to=2026-09-02",
    "/coverage/summary?from=2026-08-31&to=2026-09-02",
    "/coverage/gaps?from=2026-08-31&to=2026-09-02",
    "/coverage/hours?from=2026-08-31&to=2026-09-02",
    "/coverage.geojson?from=2026-08-31&to=2026-09-02",
    "/changes",
    "/deletion-reports",
    "/position-looks",
    "/shifts",
)


@pytest.fixture
def documented() -> bool:
    return True


@pytest.fixture
def planted(owner: Engine, sign_in: SignIn, client: FlaskClient) -> Officer:
    """An officer with a name of its own who has walked past the fronts of a street, and reported nothing."""
    account = factories.make_account(owner, username=LOGIN, organisation=JINSHA)
    with owner.begin() as connection:
        connection.execute(
            text("UPDATE account SET display_name = :name WHERE id = :id"), {"name": NAME, "id": account.id}
        )
    make_street(owner)
    factories.make_zone(owner, kind="township", at=HERE, width_m=3000, depth_m=3000)
    officer = Officer(LOGIN, account.id, sign_in(LOGIN))
    start_shift(owner, account.id, NOW - timedelta(hours=1))
    fixes = [fix(HERE, NOW - timedelta(minutes=9, seconds=-n)) for n in range(60)]
    fixes += walk([HERE, at_metres(60.0, 0.5)], NOW - timedelta(minutes=7))
    assert send(client, officer, fixes, device=PHONE).status_code == 200
    cover_all(owner)
    return officer


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], str]]:
    """All that was logged since, as one text."""
    caplog.set_level("DEBUG")
    with structlog.testing.capture_logs() as entries:
        yield lambda: f"{entries!r}\n{caplog.text}"


def leaks(said: str) -> list[str]:
    return [word for word in PLANTED if word in said]


def test_neither_the_log_nor_a_problem_says_who_or_where(
    client: FlaskClient,
    owner: Engine,
    sign_in: SignIn,
    planted: Officer,
    logged: Callable[[], str],
    clock: StandingClock,
    config: Config,
) -> None:
    bad: list[dict[str, Any]] = [
        {**fix(HERE, NOW), "lat": 95.0},
        {**fix(HERE, NOW), "colour": PHONE},
        {**fix(HERE, NOW), "recorded_at": REASON},
    ]
    refused = [send(client, planted, [one], device=PHONE) for one in bad]
    refused.append(send(client, planted, [fix(HERE, NOW - timedelta(days=3))], device=PHONE))
    track = f"{API}/officers/{planted.account_id}/track"
    strangers = [
        sign_in(role, organisation=JINXIN) for role in ("officer", "zone_manager", "dispatcher", "intake")
    ]
    refused += [client.get(f"{track}?why={REASON}", headers=headers) for headers in strangers]
    manager = sign_in("zone_manager")
    refused.append(client.get(track, headers=manager))
    refused.append(client.get(f"{track}?why={REASON}&from={NAME}", headers=manager))
    assert {answer.status_code for answer in refused} == {403, 404, 409, 422}
    assert [leaks(answer.text) for answer in refused] == [[]] * len(refused)
    assert client.get(f"{track}?why={REASON}", headers=manager).status_code == 200
    rules = keeping_of(config)
    with as_worker(owner) as worker:
        work_out_due(worker, rules.figures, clock.now + timedelta(hours=13))
        assert keep_all(worker, rules, clock.now + timedelta(days=40))
    assert leaks(logged()) == []
    assert REASON not in logged()


@pytest.mark.parametrize(
    "role, organisation", [("officer", JINSHA), ("acceptor", DISTRICT), ("handler", JINSHA)]
)
def test_what_everybody_may_read_of_a_patrol_names_nobody_and_shows_nobody(
    client: FlaskClient, sign_in: SignIn, planted: Officer, role: str, organisation: str
) -> None:
    headers = sign_in(role, organisation=organisation)
    for path in NAMELESS:
        answer = client.get(API + path, headers=headers)
        assert answer.status_code == 200, f"{path}: {answer.text[:200]}"
        assert leaks(answer.text) == [], path
        if not path.startswith(("/shifts", "/changes")):
            assert str(planted.account_id) not in answer.text, path
    for path in (f"/officers/live?why={REASON}", f"/officers/{planted.account_id}/track?why={REASON}"):
        assert client.get(API + path, headers=headers).status_code in (403, 404), path


def test_what_needs_no_token_says_nothing_of_it(client: FlaskClient, planted: Officer) -> None:
    for path in PUBLIC:
        answer = client.get(path)
        assert answer.status_code in (200, 503), path
        assert leaks(answer.text) == [], path


def test_the_words_that_are_looked_for_are_there_for_who_may_read_them(
    client: FlaskClient, sign_in: SignIn, planted: Officer
) -> None:
    """Else the other tests would find nothing whatever is said."""
    manager = sign_in("zone_manager")
    track = client.get(f"{API}/officers/{planted.account_id}/track?why={REASON}", headers=manager)
    for word in (NAME, PHONE, LON, LAT):
        assert word in track.text
    live = client.get(f"{API}/officers/live", headers=manager)
    assert NAME in live.text
    (look, *_) = client.get(f"{API}/position-looks", headers=planted.headers).get_json()["items"]
    assert look["why"] in ("track_playback", "live_map")
