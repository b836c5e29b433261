"""What could be the same thing as a case, with reasons: by zone, category, distance, time and likeness of photos."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import Engine

from config import Config
from server import jobs, schema
from server.deployment import WORKER_ROLE
from server.dispatch.duplicates import WORTH, Pair, judge
from server.evidence.inspector import PhotoInspector
from server.evidence.photos import store_from_url
from server.evidence.staging import Staging
from server.evidence.thumbnails import Thumbnails
from server.jobs import Chores
from tests import factories
from tests.conftest import StandingClock
from tests.factories import CORNER, JINSHA, JINXIN
from tests.postgres import TestServer
from tests.server.complaints.calls import METRE_EAST_DEG, complaint_json, end_case, put
from tests.server.evidence.conftest import REAL_PHOTOS
from tests.server.world import Place, SignIn, make_two_places, send_report

API = "/api/v1"
Places = tuple[Place, Place]
STREET = REAL_PHOTOS / "drawn_02_fruit_crates.jpg"
ELSEWHERE = REAL_PHOTOS / "noexif.jpg"


@pytest.fixture
def places(owner: Engine, client: FlaskClient, sign_in: SignIn) -> Places:
    return make_two_places(owner, client, sign_in)


def report(
    client: FlaskClient,
    headers: dict[str, str],
    *,
    east_m: float = 0.0,
    photo: bytes | None = None,
    **others: Any,
) -> str:
    """A report so many metres east of the corner; returns its case."""
    photos = [photo] if photo else []
    sent = factories.report_json(
        at=(CORNER[0] + east_m * METRE_EAST_DEG, CORNER[1]), photos=photos, accuracy_m=3.0, **others
    )
    answer = send_report(client, headers, uuid4(), sent, *photos)
    assert answer.status_code == 201, answer.text
    number: str = answer.get_json()["case"]["number"]
    return number


def found(
    client: FlaskClient, headers: dict[str, str], number: str, limit: int = 10
) -> dict[str, dict[str, Any]]:
    """Candidates by number, in the order they came."""
    answer = client.get(f"{API}/cases/{number}/duplicates?limit={limit}", headers=headers)
    assert answer.status_code == 200, answer.text
    return {item["number"]: item for item in answer.get_json()["items"]}


def codes(item: dict[str, Any]) -> set[str]:
    return {reason["code"] for reason in item["reasons"]}


def test_the_likeliest_comes_first_and_each_says_why_in_both_languages(
    client: FlaskClient, owner: Engine, places: Places, sign_in: SignIn
) -> None:
    factories.make_category(owner, code="bikes")
    officer, dispatcher = sign_in("officer"), sign_in("dispatcher")
    same_zone = report(client, officer)
    near = report(client, officer, east_m=25)
    other = report(client, officer, east_m=30, category="bikes")
    far = report(client, officer, east_m=200)
    candidates = found(client, dispatcher, places[0].case_number)
    assert list(candidates) == [same_zone, near, other]
    assert far not in candidates and places[0].case_number not in candidates
    assert codes(candidates[same_zone]) == {"same_zone", "same_category", "distance", "time_apart"}
    assert codes(candidates[near]) == {"same_category", "distance", "time_apart"}
    assert codes(candidates[other]) == {"distance", "time_apart"}
    assert candidates[near]["distance_m"] == pytest.approx(25, abs=0.5)
    for item in candidates.values():
        assert 0 < item["score"] <= 1
        assert all(reason["text"] and reason["text_en"] for reason in item["reasons"])
    assert list(found(client, dispatcher, places[0].case_number, limit=1)) == [same_zone]


def test_a_case_that_a_complaint_opened_is_a_candidate_and_has_some(
    client: FlaskClient, places: Places, sign_in: SignIn
) -> None:
    opened = put(client, sign_in("intake"), complaint_json(force_new="x")).get_json()["case"]["number"]
    dispatcher = sign_in("dispatcher")
    assert "same_zone" in codes(found(client, dispatcher, places[0].case_number)[opened])
    assert places[0].case_number in found(client, dispatcher, opened)


def test_nobody_hears_of_a_case_they_may_not_see(
    client: FlaskClient, places: Places, sign_in: SignIn
) -> None:
    # Routed to the district, for it lies outside every township; the corner of Jinsha is 12 metres away.
    officer, handler = sign_in("officer"), sign_in("handler", organisation=JINSHA)
    theirs = put(client, sign_in("intake", organisation=JINXIN), complaint_json(force_new="x")).get_json()
    number = theirs["case"]["number"]
    assert number in found(client, handler, places[0].case_number)
    outsider = sign_in("handler", organisation=JINXIN)
    assert client.get(f"{API}/cases/{places[0].case_number}/duplicates", headers=outsider).status_code == 404
    own = report(client, officer)
    assert set(found(client, officer, own)) == set()


def test_ended_cases_are_told_for_some_days_and_merged_ones_never(
    client: FlaskClient, owner: Engine, places: Places, sign_in: SignIn, clock: StandingClock
) -> None:
    officer, dispatcher = sign_in("officer"), sign_in("dispatcher")
    clock.now = datetime.now(UTC)
    closed, merged = report(client, officer), report(client, officer)
    end_case(owner, closed)
    end_case(owner, merged, into=places[0].case_number)
    assert set(found(client, dispatcher, places[0].case_number)) == {closed}
    clock.advance(days=8)
    assert set(found(client, dispatcher, places[0].case_number)) == set()


@pytest.fixture
def chores(config: Config, postgres: TestServer, database_url: str) -> Iterator[Chores]:
    staging, inspector = Staging(config.var / "staging", config.photo_max_bytes), PhotoInspector()
    yield Chores(
        database_url=schema.role_url(database_url, WORKER_ROLE, postgres.app_password),
        store=store_from_url((config.var / "photos").as_uri(), staging),
        staging=staging,
        inspector=inspector,
        thumbnails=Thumbnails((config.var / "thumbnails").as_uri()),
        thumbnail_max_px=48,
        orphan_min_age_s=3600,
    )
    inspector.close()


def again(photo: bytes) -> bytes:
    """The same picture, sent on by a program that makes it smaller."""
    out, picture = io.BytesIO(), Image.open(io.BytesIO(photo)).convert("RGB")
    picture.resize((picture.width // 2, picture.height // 2)).save(out, "JPEG", quality=60)
    return out.getvalue()


def test_photos_that_look_alike_speak_for_a_candidate_once_the_worker_has_seen_them(
    client: FlaskClient, places: Places, sign_in: SignIn, chores: Chores
) -> None:
    officer, dispatcher = sign_in("officer"), sign_in("dispatcher")
    street, elsewhere = STREET.read_bytes(), ELSEWHERE.read_bytes()
    subject = report(client, officer, east_m=20, photo=street)
    alike = report(client, officer, east_m=40, photo=again(street))
    same = report(client, officer, east_m=42, photo=street)
    unlike = report(client, officer, east_m=38, photo=elsewhere)
    before = found(client, dispatcher, subject)
    assert "photo_same" in codes(before[same])
    assert "photo_alike" not in codes(before[alike])
    jobs.run(jobs.make_worker(chores), wait=False)
    after = found(client, dispatcher, subject)
    assert list(after)[:2] == [same, alike]
    (reason,) = [one for one in after[alike]["reasons"] if one["code"] == "photo_alike"]
    assert reason["params"]["bits"] <= 26
    assert codes(after[unlike]) & {"photo_alike", "photo_same"} == set()


def pair(**others: Any) -> Pair:
    values: dict[str, Any] = {
        "number": "TZ-2026-000001",
        "state": "reported",
        "category": "goods",
        "opened_at": factories.NOW,
        "distance_m": 10.0,
        "zone": None,
        "bits_apart": None,
        "same_photo": False,
        "same_category": False,
        "sister_category": False,
        "hours_apart": 1.0,
    }
    return Pair(**{**values, **others})


@pytest.mark.parametrize(
    "weaker, stronger",
    [
        ({}, {"zone": "F1"}),
        ({}, {"same_category": True}),
        ({}, {"sister_category": True}),
        ({"sister_category": True}, {"same_category": True}),
        ({}, {"distance_m": 5.0}),
        ({}, {"hours_apart": 0.5}),
        ({"bits_apart": 27}, {"bits_apart": 26}),
        ({"bits_apart": 0}, {"bits_apart": 0, "same_photo": True}),
    ],
)
def test_each_sign_raises_the_score(config: Config, weaker: dict[str, Any], stronger: dict[str, Any]) -> None:
    assert judge(pair(**weaker), config)[0] < judge(pair(**stronger), config)[0]


def test_the_score_is_the_sum_of_what_its_signs_are_worth_and_ends_at_one(config: Config) -> None:
    everything = {"zone": "F1", "same_category": True, "distance_m": 0.0, "hours_apart": 0.0}
    score, signs = judge(pair(**everything), config)
    assert score == pytest.approx(sum(WORTH[name] for name in ("zone", "category", "near", "time")))
    assert [sign.code for sign in signs] == ["same_zone", "same_category", "distance", "time_apart"]
    assert judge(pair(**everything, same_photo=True), config)[0] == 1.0
    assert judge(pair(distance_m=500.0, hours_apart=1000.0), config)[0] == 0.0


def test_days_apart_are_told_in_hours(config: Config) -> None:
    apart = timedelta(days=2).total_seconds() / 3600
    (sign,) = [one for one in judge(pair(hours_apart=apart), config)[1] if one.code == "time_apart"]
    worded: Callable[[], dict[str, Any]] = sign.worded
    assert "48 小时" in worded()["text"]
