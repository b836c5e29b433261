"""What phones sent becomes visits and coverage: in any order, twice, in pieces, late, or with a worker killed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, text

from tests import factories
from tests.factories import NOW
from tests.server.patrol.covered import (
    Row,
    along,
    arrive,
    as_worker,
    at_metres,
    cover_all,
    covered,
    coverer,
    make_device,
    make_street,
    rebuild_all,
    visits_of,
)

TODAY = date(2026, 9, 1)


def odd_walk(rng: random.Random, at: datetime) -> list[Row]:
    """Some minutes along the street and back, with all that phones do wrong on the way."""
    there = along(
        at, seconds=rng.randint(60, 200), from_m=rng.uniform(-40, 60), speed_mps=rng.uniform(0.3, 2.0)
    )
    later = at + timedelta(seconds=rng.choice((205, 290, 400, 1000)))
    back = along(later, seconds=rng.randint(20, 200), from_m=80, speed_mps=-1.1, every_s=rng.choice((1, 7)))
    walk = there + back
    for n in rng.sample(range(len(walk)), 8):
        at_s, lon, lat, accuracy, _ = walk[n]
        walk[n] = rng.choice(
            [
                (at_s, *at_metres(rng.uniform(2000, 9000), 500), accuracy, False),  # a spike
                (at_s, lon, lat, 200.0, False),
                (at_s, lon, lat, None, False),
                (at_s, lon, lat, accuracy, True),
                (at_s, 0.0, 0.0, accuracy, False),
            ]
        )
    car = along(at + timedelta(seconds=2000), seconds=15, from_m=-60, speed_mps=14.0)
    return walk + car


def batches_of(rng: random.Random, walk: Sequence[Row]) -> list[list[Row]]:
    """The walk cut anywhere, the pieces in any order, some of them again."""
    cuts = sorted(rng.sample(range(1, len(walk)), rng.randint(2, 12)))
    batches = [list(walk[a:b]) for a, b in zip([0, *cuts], [*cuts, len(walk)], strict=True)]
    # One fix between others that were there before it.
    late = [batch.pop(rng.randrange(1, len(batch) - 1)) for batch in batches if len(batch) > 5]
    batches += [[row] for row in late]
    batches += [rng.sample(batch, len(batch)) for batch in rng.sample(batches, 3)]
    rng.shuffle(batches)
    return batches


def test_any_order_any_split_any_repetition_and_any_lateness_give_what_a_rebuild_gives(owner: Engine) -> None:
    make_street(owner)
    # Little is taken up at once, so that passes end between batches of one device.
    few = coverer(fixes_max=60, batches_max=3)
    for seed in range(4):
        rng = random.Random(seed)
        account = factories.make_account(owner).id
        devices = [make_device(owner, account, name) for name in ("phone", "tablet")]
        begun = NOW + timedelta(seconds=rng.randint(0, 3600))
        sent = [(device, batch) for device in devices for batch in batches_of(rng, odd_walk(rng, begun))]
        rng.shuffle(sent)
        with as_worker(owner) as worker:
            for device, batch in sent:
                arrive(owner, device, batch)
                if rng.random() < 0.4:
                    few.cover(worker)
        cover_all(owner, few)
        gathered = covered(owner)
        assert gathered["visit"] and gathered["coverage_week"]
        rebuild_all(owner, TODAY, TODAY)
        assert covered(owner) == gathered, seed


def test_what_still_waits_is_not_taken_for_known(owner: Engine) -> None:
    """Two late fixes, each enough to say that nobody walked straight on, and neither takes the other's word for it."""
    factories.make_zone(owner, at=at_metres(40, 9), width_m=2.0)
    device = make_device(owner, factories.make_account(owner).id)

    def at(second: int, east_m: float, north_m: float) -> list[Row]:
        return [(NOW.timestamp() + second, *at_metres(east_m, north_m), 5.0, False)]

    arrive(owner, device, at(290, 0, 0) + at(400, 80, 0))
    cover_all(owner)
    assert len(covered(owner)["sighting"]) == 1
    # By car from the second, in the next slot: the first belongs to no segment that could be missed without it.
    arrive(owner, device, at(350, 0, 600))
    arrive(owner, device, at(330, 0, 200))
    cover_all(owner, coverer(batches_max=1))
    assert covered(owner)["sighting"] == []


def test_a_walk_over_midnight_and_the_year_s_end_is_a_visit_on_each_side_of_it(owner: Engine) -> None:
    midnight = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)  # in the district
    [code, *_] = make_street(owner, 2)
    device = make_device(owner, factories.make_account(owner).id)
    standing = along(midnight - timedelta(seconds=40), seconds=80, from_m=4, speed_mps=0.01)
    arrive(owner, device, standing[30:])
    cover_all(owner)
    arrive(owner, device, standing[:30])
    cover_all(owner)

    at_s = midnight.timestamp()
    assert [visit[2:] for visit in visits_of(owner) if visit[0] == code] == [
        (at_s - 40, at_s),  # the step over midnight began before it
        (at_s, at_s + 39),
    ]
    rows = covered(owner)
    assert {day for day, *_ in rows["coverage_day"]} == {date(2026, 12, 31), date(2027, 1, 1)}
    assert {(week, visits) for week, *_, visits, _, _, _ in rows["coverage_week"]} == {
        (date(2026, 12, 28), 2)
    }
    rebuild_all(owner, date(2026, 12, 31), date(2027, 1, 1))
    assert covered(owner) == rows


def test_two_phones_of_one_officer_make_one_visit_and_two_officers_two(owner: Engine) -> None:
    make_street(owner, 1)
    one, other = (factories.make_account(owner).id for _ in range(2))
    for account, name in ((one, "phone"), (one, "tablet"), (other, "phone")):
        arrive(owner, make_device(owner, account, name), along(NOW, seconds=60, speed_mps=0.1))
    cover_all(owner)
    assert len(covered(owner)["sighting"]) == 3
    assert len(visits_of(owner)) == 2
    [row] = covered(owner)["coverage_day"]
    assert row[6:8] == (2, 2)  # visits, officers


def test_a_zone_that_changed_yesterday_is_seen_as_it_was_on_each_day(owner: Engine) -> None:
    device = make_device(owner, factories.make_account(owner).id)
    old: dict[str, Any] = {"at": at_metres(4, 9), "width_m": 8.0, "valid_to": TODAY}
    code = factories.make_zone(owner, **old)
    one = coverer()
    arrive(owner, device, along(NOW - timedelta(days=1), seconds=60))
    cover_all(owner, one)
    # While the coverer holds the fronts of before.
    factories.make_zone(
        owner,
        code=code,
        at=at_metres(12, 9),
        width_m=24.0,
        version=2,
        valid_from=TODAY,
        properties={"street": "新金路"},
    )
    arrive(owner, device, along(NOW, seconds=60))
    cover_all(owner, one)

    rows = covered(owner)
    assert [(str(day), len(certain)) for day, _, certain, *_ in rows["coverage_day"]] == [
        ("2026-08-31", 8),
        ("2026-09-01", 24),
    ]
    with owner.connect() as connection:
        fronts = connection.exec_driver_sql(
            "SELECT version, street, cells FROM patrol_front ORDER BY version"
        )
        assert [tuple(row) for row in fronts] == [(1, None, 8), (2, "新金路", 24)]


def test_a_past_that_was_changed_later_counts_after_a_rebuild(owner: Engine) -> None:
    account = factories.make_account(owner).id
    device = make_device(owner, account)
    make_street(owner, 1)
    arrive(owner, device, along(NOW - timedelta(days=1), seconds=60))
    cover_all(owner)
    # Imported today, valid for a year: yesterday's walk went by it.
    [late] = [factories.make_zone(owner, at=at_metres(20, -9), width_m=8.0)]
    assert late not in {visit[0] for visit in visits_of(owner)}
    told = rebuild_all(owner, TODAY - timedelta(days=1), TODAY, account)
    assert late in {visit[0] for visit in visits_of(owner)}
    assert [(one.day, one.accounts, one.closed) for one in told] == [
        (TODAY - timedelta(days=1), 1, False),
        (TODAY, 1, False),
    ]


def close_day(owner: Engine, day: date) -> None:
    """As keeping does when the precise fixes of a day of UTC go."""
    with owner.begin() as connection:
        connection.execute(
            text("INSERT INTO track_day (day, coarsened_at) VALUES (:day, now())"), {"day": day}
        )


def test_a_day_whose_precise_fixes_are_gone_stays_as_it_was_seen(owner: Engine) -> None:
    make_street(owner, 3)
    account = factories.make_account(owner).id
    device = make_device(owner, account)
    arrive(owner, device, along(NOW, seconds=40))
    cover_all(owner)
    before = covered(owner)
    close_day(owner, TODAY)
    # Late, a mark and a rebuild: the first two are used up and leave no trace.
    arrive(owner, device, along(NOW + timedelta(seconds=90), seconds=40))
    mark_visit(owner, account, at=NOW)
    cover_all(owner)
    [told] = rebuild_all(owner, TODAY, TODAY)
    assert told.closed
    assert covered(owner) == before
    assert factories.count_rows(owner, "fix_arrival") == factories.count_rows(owner, "mark_arrival") == 0


def mark_visit(owner: Engine, account: UUID, *, at: datetime, kind: str = "service") -> None:
    """At the first front there is."""
    with owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO visit_mark (id, account_id, organisation_id, zone_id, kind, at, received_at) "
                "SELECT gen_random_uuid(), a.id, a.organisation_id, (SELECT min(id) FROM zone), :kind, :at, now() "
                "FROM account a WHERE a.id = :account"
            ),
            {"account": account, "at": at, "kind": kind},
        )


def test_a_mark_makes_a_visit_without_positions_and_gives_its_kind_to_the_walk_it_falls_into(
    owner: Engine,
) -> None:
    [code] = make_street(owner, 1)
    account = factories.make_account(owner).id
    mark_visit(owner, account, at=NOW + timedelta(seconds=20))
    cover_all(owner)
    at_s = NOW.timestamp()
    assert visits_of(owner) == [(code, "service", at_s + 20, at_s + 20)]
    [row] = covered(owner)["coverage_day"]
    assert row[2:8] == ("0" * 8, "0" * 8, 0, 0, 1, 1)  # nothing was seen, somebody was there

    arrive(owner, make_device(owner, account), along(NOW, seconds=60, speed_mps=0.1))
    cover_all(owner)
    assert visits_of(owner) == [(code, "service", at_s, at_s + 59)]
    gathered = covered(owner)
    rebuild_all(owner, TODAY, TODAY)
    assert covered(owner) == gathered
