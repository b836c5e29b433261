"""Batches of fixes over HTTP: kept as told, once, on duty only, with doubts flagged and nothing dropped."""

from __future__ import annotations

import gzip
import json
import random
import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from config import Config
from geo.datum import Datum, Position, convert
from tests import factories
from tests.conftest import StandingClock
from tests.factories import CORNER, JINSHA
from tests.postgres import METRIC_SRID
from tests.server.patrol.walks import POSITIONS, Fix, Officer, fix, send, start_shift, stored, walk
from tests.server.world import SignIn

END = (CORNER[0] + 0.0008, CORNER[1] + 0.0003)
JSON = {"Content-Type": "application/json"}
GZIP = JSON | {"Content-Encoding": "gzip"}


def counts(answer: Any) -> tuple[int, int, int]:
    """accepted, duplicate, off_duty."""
    return answer.json["accepted"], answer.json["duplicate"], answer.json["off_duty"]


def arrived(owner: Engine) -> list[datetime]:
    """What waits to be counted as seen, all batches together."""
    with owner.connect() as connection:
        found = connection.execute(text("SELECT unnest(recorded) FROM fix_arrival ORDER BY 1"))
        return list(found.scalars())


def test_a_walk_is_kept_as_told_in_any_order_and_once(
    client: FlaskClient, owner: Engine, patrolling: Officer, clock: StandingClock
) -> None:
    told = walk([CORNER, END], clock.now - timedelta(minutes=5))
    told[3] |= {"speed_mps": 1.5, "bearing_deg": 90, "altitude_m": 4.5, "battery": 0.5, "mock": True}
    shuffled = random.Random(1).sample(told, len(told))
    packed = gzip.compress(json.dumps({"positions": shuffled[:40]}).encode())
    first = client.post(POSITIONS, data=packed, headers=patrolling.headers | GZIP)
    assert (first.status_code, counts(first)) == (200, (40, 0, 0))

    rest = send(client, patrolling, told[::-1])
    assert counts(rest) == (len(told) - 40, 40, 0)
    again = send(client, patrolling, told + told[:5])
    assert (counts(again), again.json["newest_at"]) == ((0, len(told) + 5, 0), None)

    kept = stored(owner)
    assert [one["recorded_at"].isoformat() for one in kept] == [one["recorded_at"] for one in told]
    assert [(one["lon"], one["lat"]) for one in kept] == [(one["lon"], one["lat"]) for one in told]
    odd = kept[3]
    assert (odd["speed_mps"], odd["bearing_deg"], odd["altitude_m"], odd["battery"], odd["mock"]) == (
        1.5,
        90.0,
        4.5,
        0.5,
        True,
    )
    assert {one["account_id"] for one in kept} == {patrolling.account_id}
    assert kept[0]["speed_mps"] is None and not kept[0]["mock"]
    assert arrived(owner) == [one["recorded_at"] for one in kept]


def test_of_two_fixes_of_one_moment_the_first_counts(
    client: FlaskClient, owner: Engine, patrolling: Officer, clock: StandingClock
) -> None:
    answer = send(client, patrolling, [fix(END, clock.now), fix(CORNER, clock.now)])
    later = send(client, patrolling, [fix(CORNER, clock.now)])
    assert (counts(answer), counts(later)) == ((1, 1, 0), (0, 1, 0))
    assert [one["lon"] for one in stored(owner)] == [END[0]]


def test_every_fix_is_converted_from_its_own_datum_and_kept_as_sent(
    client: FlaskClient, owner: Engine, patrolling: Officer, clock: StandingClock
) -> None:
    datums = ["gcj02", "wgs84", "bd09", "cgcs2000", "gcj02"]
    told = [fix(CORNER, clock.now - timedelta(seconds=90 * n), datum=datum) for n, datum in enumerate(datums)]
    assert counts(send(client, patrolling, told)) == (5, 0, 0)
    for one, datum in zip(stored(owner), reversed(datums), strict=True):
        there = convert(Position(*CORNER, Datum(datum)), Datum.WGS84)
        assert (one["datum"], one["sent_lon"], one["sent_lat"]) == (datum, *CORNER)
        assert (one["lon"], one["lat"]) == pytest.approx((there.lon, there.lat), abs=1e-9)
    with owner.connect() as connection:
        shown = connection.execute(
            text("SELECT recorded_at, lon, lat, accuracy_m FROM officer_position")
        ).one()
        newest = stored(owner)[-1]
        assert tuple(shown) == (clock.now, newest["lon"], newest["lat"], 5.0)
        # What the newest fix was told in.
        assert connection.execute(text("SELECT datum FROM device")).scalar_one() == "gcj02"


def test_what_was_recorded_off_duty_is_counted_and_not_kept(
    client: FlaskClient, owner: Engine, officer: Officer, clock: StandingClock
) -> None:
    morning, noon = clock.now - timedelta(hours=4), clock.now - timedelta(hours=2)
    alone = send(client, officer, [fix(CORNER, noon)])
    assert (alone.status_code, alone.json["code"], counts(alone)) == (409, "off_duty", (0, 0, 1))

    before = start_shift(owner, officer.account_id, morning, noon)
    # Begun within the grace of the first one: each fix belongs to one shift.
    after = start_shift(owner, officer.account_id, noon + timedelta(seconds=60))
    told = [
        fix(CORNER, morning - timedelta(seconds=121)),
        fix(CORNER, morning - timedelta(seconds=120)),
        fix(END, morning),
        fix(END, noon + timedelta(seconds=59)),
        fix(END, noon + timedelta(seconds=60)),
    ]
    answer = send(client, officer, told)
    assert counts(answer) == (4, 0, 1)
    assert answer.json["flags"]["outside_duty"] == 2
    assert [(one["shift_id"], one["on_duty"]) for one in stored(owner)] == [
        (before, False),
        (before, True),
        (before, False),
        (after, True),
    ]


def test_doubtful_fixes_are_flagged_and_kept_and_judged_beside_what_was_there_before(
    client: FlaskClient, owner: Engine, patrolling: Officer, clock: StandingClock
) -> None:
    begin = clock.now - timedelta(minutes=20)
    straight = walk([CORNER, END], begin)
    assert send(client, patrolling, straight).json["flags"] == {}

    late = begin + timedelta(seconds=10.5)
    spike = fix((CORNER[0] + 0.05, CORNER[1]), late)
    assert send(client, patrolling, [spike]).json["flags"] == {"jump": 1}

    far = begin + timedelta(minutes=10)
    odd = [
        fix((0.0, 0.0), far),
        fix(CORNER, far + timedelta(seconds=1), accuracy_m=10_000),
        fix(CORNER, far + timedelta(seconds=2), accuracy_m=0, mock=True),
        fix(CORNER, far + timedelta(seconds=3)),
        fix(CORNER, far + timedelta(seconds=4)),
        fix(END, far + timedelta(seconds=20)),
        fix(END, clock.now + timedelta(hours=1)),
    ]
    answer = send(client, patrolling, odd)
    assert (counts(answer), answer.json["flagged"]) == ((7, 0, 0), 6)
    assert answer.json["flags"] == {
        "zero": 1,
        "poor_accuracy": 1,
        "mock": 1,
        # The place of the one before, which was a mock, and of that one.
        "duplicate": 3,
        "future": 1,
    }
    assert len(stored(owner)) == len(straight) + 8


def test_a_device_that_says_the_wrong_datum_is_told_so(
    client: FlaskClient, patrolling: Officer, clock: StandingClock
) -> None:
    begin = clock.now - timedelta(minutes=5)
    assert send(client, patrolling, walk([CORNER, END], begin)).json["hints"] == []
    shifted = convert(Position(*END, Datum.WGS84), Datum.GCJ02)
    wrong = [fix((shifted.lon, shifted.lat), begin + timedelta(seconds=70))]
    answer = send(client, patrolling, wrong)
    assert counts(answer) == (1, 0, 0)
    assert [(hint["code"], hint["params"]["datum"]) for hint in answer.json["hints"]] == [
        ("datum_fits_track_only_as", "gcj02")
    ]


def test_a_name_of_a_device_is_always_one_of_the_sender_s_own(
    client: FlaskClient,
    owner: Engine,
    as_app_role: Engine,
    patrolling: Officer,
    clock: StandingClock,
    sign_in: SignIn,
) -> None:
    other = factories.make_account(owner, role="handler", organisation=JINSHA)
    start_shift(owner, other.id, clock.now - timedelta(hours=1))
    others = Officer(other.username, other.id, sign_in(other.username))
    for who in (patrolling, others):
        assert counts(send(client, who, [fix(CORNER, clock.now)], device="的手机")) == (1, 0, 0)
    kept = stored(owner)
    assert [one["account_id"] for one in kept] == [patrolling.account_id, other.id]
    assert len({one["device_id"] for one in kept}) == 2

    with as_app_role.begin() as connection:
        session = connection.execute(
            text("SELECT set_config('frontage.account_id', :id, true)"), {"id": str(other.id)}
        )
        assert session.scalar_one()
        for table in ("device", "position_fix"):
            assert connection.execute(text(f"SELECT DISTINCT account_id FROM {table}")).scalars().all() == [
                other.id
            ]
        assert connection.execute(text("SELECT 1 FROM fix_arrival")).all() == []

    with owner.begin() as connection:
        connection.execute(
            text("UPDATE device SET revoked_at = now() WHERE account_id = :id"), {"id": other.id}
        )
    refused = send(client, others, [fix(END, clock.now + timedelta(seconds=1))], device="的手机")
    assert (refused.status_code, refused.json["code"]) == (409, "device_revoked")
    assert send(client, others, [fix(END, clock.now)], device="new").status_code == 200


class TestLimits:
    """A deployment with small limits."""

    @pytest.fixture
    def config(self, tmp_path: Any) -> Config:
        return Config(
            var=tmp_path / "var",
            metric_srid=METRIC_SRID,
            database_pool_size=4,
            positions_max_count=100,
            positions_max_bytes=100_000,
            devices_per_account_max_count=2,
        )

    def test_what_is_too_large_is_refused_with_the_limit_named_before_it_is_unpacked(
        self, client: FlaskClient, owner: Engine, patrolling: Officer, clock: StandingClock
    ) -> None:
        many = json.dumps({"positions": [fix(CORNER, clock.now + timedelta(seconds=n)) for n in range(101)]})
        bomb = gzip.compress(gzip.compress(b" " * 50_000_000) + b" " * 200_000_000)
        assert len(many) < 100_000 and len(bomb) < 1_000_000
        million = b'{"positions": [' + b"{}," * 1_000_000
        for body, headers in [
            (many, JSON),
            (gzip.compress(many.encode()), GZIP),
            (million, JSON),
            (gzip.compress(million), GZIP),
            (gzip.compress(b" " * 100_000) + gzip.compress(b" "), GZIP),
            (gzip.compress(b" " * 50_000_000), GZIP),
            (bomb, GZIP),
        ]:
            tracemalloc.start()
            answer = client.post(POSITIONS, data=body, headers=patrolling.headers | headers)
            _, most_bytes = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            # What is read of the body, and what is unpacked of it until the limit.
            assert most_bytes < 2_000_000
            told: Any = answer.json
            assert (answer.status_code, told["code"]) == (413, "body_too_large")
            assert (told["limit_bytes"], told["limit_fixes"]) == (100_000, 100)
        assert stored(owner) == []

    def test_an_account_has_so_many_devices_and_no_more(
        self, client: FlaskClient, patrolling: Officer, clock: StandingClock
    ) -> None:
        answers = [send(client, patrolling, [fix(CORNER, clock.now)], device=name) for name in "abab"]
        assert [answer.status_code for answer in answers] == [200] * 4
        refused = send(client, patrolling, [fix(CORNER, clock.now)], device="c")
        assert (refused.status_code, refused.json["code"]) == (409, "too_many_devices")


def at(moment: str, **others: Any) -> str:
    return json.dumps({"positions": [{**fix(CORNER, datetime.now(UTC)), "recorded_at": moment, **others}]})


GOOD = "2026-09-01T02:00:00Z"
UNREADABLE: list[tuple[str, str | bytes, dict[str, str], int, str]] = [
    ("nan", at(GOOD, lon="?").replace('"?"', "NaN"), JSON, 400, ""),
    ("cut off", at(GOOD)[:-3], JSON, 400, ""),
    ("no gzip at all", at(GOOD), GZIP, 400, ""),
    ("gzip cut off", gzip.compress(at(GOOD).encode())[:-9], GZIP, 400, ""),
    ("garbage behind gzip", gzip.compress(at(GOOD).encode()) + b"?", GZIP, 400, ""),
    ("packed otherwise", at(GOOD), JSON | {"Content-Encoding": "br"}, 415, ""),
    ("not said to be json", at(GOOD), {"Content-Type": "text/plain"}, 415, ""),
    ("no list", '{"positions": {}}', JSON, 422, "/positions"),
    ("nothing in it", '{"positions": []}', JSON, 422, "/positions"),
    ("a list alone", "[]", JSON, 422, ""),
    ("beyond every float", at(GOOD, lat="?").replace('"?"', "1" * 400), JSON, 400, ""),
    ("text for a number", at(GOOD, lon="121.07"), JSON, 422, "/positions/0/lon"),
    ("a word nobody knows", at(GOOD, wrong=1), JSON, 422, "/positions/0/wrong"),
    ("truth for accuracy", at(GOOD, accuracy_m=True), JSON, 422, "/positions/0/accuracy_m"),
    ("negative accuracy", at(GOOD, accuracy_m=-1), JSON, 422, "/positions/0/accuracy_m"),
    ("unknown datum", at(GOOD, datum="mars"), JSON, 422, "/positions/0/datum"),
    ("beyond the globe", at(GOOD, datum="bd09", lat=-90, lon=121.07), JSON, 422, "/positions/0"),
    ("without offset", at("2026-09-01T02:00:00"), JSON, 422, "/positions/0/recorded_at"),
    ("no day", at("2026-02-30T02:00:00Z"), JSON, 422, "/positions/0/recorded_at"),
    ("before the calendar", at("0001-01-01T00:00:00+08:00"), JSON, 422, "/positions/0/recorded_at"),
    ("seconds of the epoch", at(1_700_000_000), JSON, 422, "/positions/0/recorded_at"),  # type: ignore[arg-type]
    ("a device without a name", at(GOOD)[:-1] + ', "device": ""}', JSON, 422, "/device"),
    # Off duty, and no fault of ours: the first and the last moment there is.
    ("year 1", at("0001-01-01T00:00:00Z"), JSON, 409, ""),
    ("year 9999", at("9999-12-31T23:59:59.999999Z"), JSON, 409, ""),
    ("2099", at("2099-01-01T00:00:00Z"), JSON, 409, ""),
]


def test_what_cannot_be_read_is_refused_whole_and_each_fault_is_named(
    client: FlaskClient, owner: Engine, patrolling: Officer, clock: StandingClock
) -> None:
    for name, body, headers, status, path in UNREADABLE:
        answer: Any = client.post(POSITIONS, data=body, headers=patrolling.headers | headers)
        assert answer.status_code == status, f"{name}: {answer.text}"
        if path:
            assert [error["path"] for error in answer.json["errors"]] == [path], name
    told: list[Fix] = walk([CORNER, END], clock.now - timedelta(minutes=5))
    del told[17]["recorded_at"]
    told[30]["lat"] = 91
    answer = send(client, patrolling, told)
    assert [error["path"] for error in answer.json["errors"]] == [
        "/positions/17/recorded_at",
        "/positions/30/lat",
    ]
    assert stored(owner) == []


@pytest.mark.parametrize(
    ("extreme", "starts"),
    [
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("1970-01-01T00:00:00Z", "1969-12-31T20:00:00Z"),
        ("2099-01-01T00:00:00Z", "2098-12-31T20:00:00Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T00:59:30Z"),
    ],
)
def test_fixes_of_clocks_that_are_years_wrong_are_kept_when_the_shift_is_too(
    client: FlaskClient, owner: Engine, officer: Officer, extreme: str, starts: str
) -> None:
    start_shift(owner, officer.account_id, datetime.fromisoformat(starts), limit_h=23)
    body = at(extreme, accuracy_m=5e-324, lat=5e-324)
    for expected in ((1, 0, 0), (0, 1, 0)):
        answer = client.post(POSITIONS, data=body, headers=officer.headers | JSON)
        assert (answer.status_code, counts(answer)) == (200, expected)
    with owner.connect() as connection:
        kept = connection.execute(text("SELECT recorded_at FROM position_fix_odd")).scalars().all()
    assert kept == [datetime.fromisoformat(extreme)]
