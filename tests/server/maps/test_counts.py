"""The counts of low zooms are at every moment what a full recount gives: for zones of any day, reports and cases."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import date, timedelta
from uuid import UUID, uuid4

import numpy as np
import pytest
from flask.testing import FlaskClient
from shapely import Point
from sqlalchemy import Engine, text

from geo.tile import CELL_ZOOM, KEY_ZOOM, Tile, centres_m, keys_of
from tests import factories
from tests.factories import CORNER, JINSHA, JINXIN, SHIGANG
from tests.server.maps.decoding import STEPS, fetch, scatter, tile_at
from tests.server.world import SignIn, make_two_places

FIRST_DAY = date(2022, 9, 1)
SHIFT = 2 * (KEY_ZOOM - CELL_ZOOM)


def cells_of(points: list[tuple[float, float]]) -> Counter[int]:
    """Points counted by cell, in Python."""
    if not points:
        return Counter()
    lon, lat = np.array(points).T
    return Counter((keys_of(lon, lat) >> SHIFT).tolist())


def zones_on(owner: Engine, day: date) -> Counter[int]:
    """A full recount of the frontages valid on a day, from the zones themselves."""
    asked = (
        "SELECT ST_X(c), ST_Y(c) FROM (SELECT ST_Centroid(geom) AS c FROM zone "
        "WHERE kind = 'frontage' AND valid @> :day) z"
    )
    with owner.connect() as connection:
        return cells_of([(row[0], row[1]) for row in connection.execute(text(asked), {"day": day})])


def counted_on(owner: Engine, day: date) -> Counter[int]:
    """The same from the counts that are kept."""
    asked = "SELECT cell, sum(change) FROM zone_cell WHERE kind = 'frontage' AND day <= :day GROUP BY cell"
    with owner.connect() as connection:
        return Counter({row[0]: row[1] for row in connection.execute(text(asked), {"day": day}) if row[1]})


def kept(owner: Engine) -> tuple[set[tuple], set[tuple]]:
    """Every count that is not nothing."""
    with owner.connect() as connection:
        zones = connection.execute(text("SELECT kind, cell, day, change FROM zone_cell WHERE change <> 0"))
        work = connection.execute(
            text("SELECT layer, cell, organisation_id, account_id, things FROM work_cell WHERE things <> 0")
        )
        return {tuple(row) for row in zones}, {tuple(row) for row in work}


@pytest.mark.parametrize("seed", range(2))
def test_counts_of_zones_stay_those_of_a_recount_under_insert_close_and_delete(
    owner: Engine, seed: int
) -> None:
    lot, codes, days = np.random.default_rng(seed), [], [FIRST_DAY]
    for step in range(9):
        day = FIRST_DAY + timedelta(days=int(lot.integers(0, 1000)))
        days.append(day)
        match lot.choice(["insert", "insert", "close", "delete"]):
            case "insert":
                zones = scatter(
                    owner, count=20, seed=100 * seed + step, valid_from=str(day), prefix=f"{step}-"
                )
                codes += list(zones)
            case "close":
                some = [str(code) for code in lot.choice(codes or ["none"], 8)]
                with owner.begin() as connection:
                    connection.execute(
                        text(
                            "UPDATE zone SET valid = daterange(lower(valid), lower(valid) + 30) "
                            "WHERE code = ANY (:codes) AND upper_inf(valid)"
                        ),
                        {"codes": some},
                    )
            case "delete":
                with owner.begin() as connection:
                    connection.execute(
                        text("DELETE FROM zone WHERE code = ANY (:codes)"),
                        {"codes": [str(code) for code in lot.choice(codes or ["none"], 5)]},
                    )
        for looked in (day, day + timedelta(days=31)):
            assert counted_on(owner, looked) == zones_on(owner, looked)
    for looked in days:
        assert counted_on(owner, looked) == zones_on(owner, looked)
    before = kept(owner)
    with owner.begin() as connection:
        connection.execute(text("SELECT tile_recount()"))
    assert kept(owner) == before
    assert before[0]


def test_a_step_that_is_rolled_back_leaves_no_count(owner: Engine) -> None:
    scatter(owner, count=5)
    before = kept(owner)
    with owner.connect() as connection:
        connection.execute(text("DELETE FROM zone"))
        connection.rollback()
    assert kept(owner) == before


def test_two_who_add_zones_to_the_same_cells_at_once_are_both_counted(owner: Engine) -> None:
    wrong: list[Exception] = []

    def add(prefix: str) -> None:
        try:
            for round_ in range(4):
                scatter(owner, count=30, seed=round_, prefix=f"{prefix}{round_}-")
        except Exception as error:  # noqa: BLE001 - shown below, in the thread that tests
            wrong.append(error)

    threads = [threading.Thread(target=add, args=(prefix,)) for prefix in "ABC"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    today = date(2026, 1, 1)
    assert counted_on(owner, today) == zones_on(owner, today)
    assert sum(counted_on(owner, today).values()) == 3 * 4 * 30


def test_a_version_grows_with_every_statement_that_changes_a_layer_and_with_no_other(owner: Engine) -> None:
    def version() -> int:
        with owner.connect() as connection:
            asked = text("SELECT version FROM tile_layer WHERE layer = 'frontage'")
            return int(connection.execute(asked).scalar_one())

    scatter(owner, count=3)
    first = version()
    factories.make_zone(owner, kind="parking")
    assert version() == first
    factories.make_zone(owner)
    assert version() == first + 1
    with owner.begin() as connection:
        connection.execute(
            text("UPDATE zone SET valid = daterange(lower(valid), '2030-01-01') WHERE code = 'Z0001'")
        )
    assert version() == first + 2
    with owner.begin() as connection:
        connection.execute(text("DELETE FROM zone WHERE code = 'Z0001'"))
    assert version() == first + 3


# --- Reports and cases ----------------------------------------------------------------------------------------


def make_case(owner: Engine, *, township: str, at: tuple[float, float], reporter: UUID) -> UUID:
    case_id = uuid4()
    with owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO case_file (id, number, state, organisation_id, township_code, category, place, "
                "reporter_id, opened_at) SELECT :id, :number, 'reported', o.id, o.code, 'goods', "
                "ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), :reporter, now() FROM organisation o WHERE o.code = :code"
            ),
            {
                "id": case_id,
                "number": f"TZ-{case_id}",
                "lon": at[0],
                "lat": at[1],
                "reporter": reporter,
                "code": township,
            },
        )
    return case_id


def test_counts_of_cases_follow_them_from_body_to_body_and_from_place_to_place(owner: Engine) -> None:
    reporter = factories.make_account(owner).id
    lot = np.random.default_rng(5)
    cases = [
        make_case(
            owner,
            township=[JINSHA, JINXIN][number % 2],
            at=(CORNER[0] + float(lot.uniform(0, 0.004)), CORNER[1]),
            reporter=reporter,
        )
        for number in range(30)
    ]
    steps = (
        "UPDATE case_file SET organisation_id = (SELECT id FROM organisation WHERE code = :other) WHERE id = :id",
        "UPDATE case_file SET place = ST_Translate(place, 0.01, 0), version = version + 1 WHERE id = :id",
        "UPDATE case_file SET due_at = now() WHERE id = :id",
        "DELETE FROM case_file WHERE id = :id",
    )
    for number, case_id in enumerate(cases):
        with owner.begin() as connection:
            connection.execute(text(steps[number % 4]), {"id": case_id, "other": SHIGANG})
    before = kept(owner)[1]
    assert sum(row[-1] for row in before) == len([n for n in range(30) if n % 4 != 3])
    with owner.begin() as connection:
        connection.execute(text("SELECT tile_recount()"))
    assert kept(owner)[1] == before


def test_reports_and_cases_of_the_intake_are_counted(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    make_two_places(owner, client, sign_in)
    before = kept(owner)[1]
    assert {(row[0], row[-1]) for row in before} == {("reports", 1), ("cases", 1)}
    assert len(before) == 4
    with owner.begin() as connection:
        connection.execute(text("SELECT tile_recount()"))
    assert kept(owner)[1] == before


# --- In tiles -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zoom", [0, 8, 10, 12, 13])
def test_cells_of_a_tile_hold_all_its_zones_each_where_it_is(
    client: FlaskClient, owner: Engine, sign_in: SignIn, zoom: int
) -> None:
    scatter(owner, count=300)
    tile = tile_at(*CORNER, zoom)
    cells = fetch(client, sign_in("officer"), "frontage", tile)["frontage_cells"]
    # A recount, at the zoom of the cells of this tile.
    level = min(zoom + 6, CELL_ZOOM)
    wanted: Counter[tuple[float, float]] = Counter()
    first, end = tile.keys(CELL_ZOOM)
    for cell, zones in zones_on(owner, date(2026, 9, 1)).items():
        if first <= cell < end:
            east, north = centres_m(np.array([cell >> 2 * (CELL_ZOOM - level)]), level)
            wanted[round(float(east[0]), 3), round(float(north[0]), 3)] += zones
    assert len(cells) == len(wanted) > 0
    for spot, count in wanted.items():
        (drawn,) = [one for one in cells if one.in_metres.distance(Point(spot)) < tile.width_m / STEPS]
        assert drawn.properties == {"count": count}


def test_cells_of_another_day_count_the_zones_of_that_day(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    scatter(owner, count=40, valid_from="2026-01-01")
    headers, tile = sign_in("officer"), Tile(0, 0, 0)

    def total(query: str) -> int:
        cells = fetch(client, headers, "frontage", tile, query).get("frontage_cells", [])
        return sum(cell.properties["count"] for cell in cells)

    assert total("at=2025-12-31") == 0
    assert total("at=2026-01-01") == total("") == 40
    with owner.begin() as connection:
        connection.execute(
            text("UPDATE zone SET valid = daterange(lower(valid), '2026-06-01') WHERE code < 'Z0010'")
        )
    assert total("at=2026-05-31") == 40
    assert total("at=2026-06-01") == 30
