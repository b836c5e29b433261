"""Suggested rounds: on a grid of streets, over a river without a bridge, and from the database to the answer."""

from __future__ import annotations

from datetime import date
from itertools import pairwise, permutations
from typing import Any

import pytest
import shapely
from flask.testing import FlaskClient
from shapely.geometry import LineString
from sqlalchemy import Engine, text

from geo.metric import MetricPlane
from geo.streetnet import StreetNet
from server.patrol.coverage.rounds import Rounds, Target, line_of
from server.patrol.coverage.walking import Stretch, WalkGraph
from tests.factories import CORNER, JINSHA
from tests.postgres import METRIC_SRID
from tests.server.patrol.standings import SignIn, make_front, plan, put_plans, visit
from tests.server.patrol.walks import Officer

# Blocks of 100 m: streets 0 to 4 run east, 5 to 9 run north; 10 lies beyond a river.
GRID = [LineString([(0, 100 * n), (400, 100 * n)]) for n in range(5)]
GRID += [LineString([(100 * n, 0), (100 * n, 400)]) for n in range(5)]
RIVER = 10
NET = StreetNet([*GRID, LineString([(0, 900), (400, 900)])])
WANTED = [(0, 10, 90), (4, 310, 390), (2, 110, 190), (9, 220, 280), (5, 310, 390)]


def targets(*stretches: tuple[int, float, float]) -> list[Target]:
    return [Target(n, (Stretch(*stretch),)) for n, stretch in enumerate(stretches)]


def rounds(given: list[Target], *, start: Any = (0, 0.0), max_m: float = 10_000, streets: int = 40) -> Rounds:
    graph = WalkGraph(NET, [stretch for one in given for stretch in one.stretches], [start] if start else [])
    return Rounds(graph, start, max_m, streets, steps=200)


def test_a_round_on_a_grid_is_the_shortest_there_is() -> None:
    given = targets(*WANTED)
    looking = rounds(given)
    tour = looking.suggest(given)
    every = (looking._best([(n, given[n].stretches[0]) for n in order]) for order in permutations(range(5)))
    assert tour.length_m == pytest.approx(min(one.length_m for one in every))
    assert sorted(leg.key for leg in tour.legs) == [0, 1, 2, 3, 4] and tour.left == ()
    # By hand: 100 east, 200 north, 300 east along the middle, 200 north, 400 west, 400 south.
    assert tour.length_m == pytest.approx(1600)


def test_its_line_runs_along_streets_from_the_start_and_back_and_is_as_long_as_told() -> None:
    given = targets(*WANTED)
    looking = rounds(given)
    tour = looking.suggest(given)
    line = LineString(line_of(looking.graph, tour, looking.start))
    assert line.length == pytest.approx(tour.length_m)
    assert line.coords[0] == line.coords[-1] == (0.0, 0.0)
    assert shapely.union_all(GRID).buffer(0.01).covers(line)
    for street, from_m, to_m in WANTED:
        assert line.buffer(0.01).covers(shapely.ops.substring(NET.lines[street], from_m, to_m))


def test_the_most_overdue_come_first_and_what_does_not_fit_is_left_out_by_name() -> None:
    given = targets(*WANTED)
    tour = rounds(given, max_m=900).suggest(given)
    assert {leg.key for leg in tour.legs} == {0, 2} and tour.length_m <= 900
    assert tour.left == ((1, "too_far"), (3, "too_far"), (4, "too_far"))
    assert len(rounds(given, streets=2).suggest(given).legs) == 2


def test_what_lies_beyond_the_river_is_said_to_be_unreachable() -> None:
    given = targets((0, 10, 90), (RIVER, 10, 90), (5, 20, 60))
    tour = rounds(given).suggest(given)
    assert tour.left == ((1, "not_joined"),) and {leg.key for leg in tour.legs} == {0, 2}
    alone = targets((RIVER, 10, 90), (0, 10, 90))
    assert [leg.key for leg in rounds(alone, start=None).suggest(alone).legs] == [0]


def test_without_a_start_it_begins_where_its_longest_way_would_be() -> None:
    given = targets((0, 0, 50), (0, 60, 100), (0, 110, 150), (0, 350, 400))
    tour = rounds(given, start=None).suggest(given)
    assert tour.length_m == pytest.approx(400) and tour.back_m == 0
    assert [one.key for one in tour.legs] in ([0, 1, 2, 3], [3, 2, 1, 0])


def test_the_same_question_has_the_same_answer() -> None:
    many = targets(*((n, 100.0 * m + 10, 100.0 * m + 80) for n in range(10) for m in range(2)))
    first, second = (rounds(many).suggest(many) for _ in range(2))
    assert first == second and len(first.legs) == 20


TUESDAY = date(2026, 9, 1)


def lay_street(owner: Engine, name: str, *spots: tuple[float, float]) -> None:
    wkt = LineString(spots).wkt
    with owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO street (digest, name, valid, geom, source, sample) "
                "VALUES (encode(sha256(CAST(:name AS bytea)), 'hex'), :name, '[2022-09-01,)', "
                "ST_GeomFromText(:wkt, 4326), 'test', true)"
            ),
            {"name": name, "wkt": wkt},
        )


def test_a_round_is_suggested_over_late_fronts_on_their_streets(
    client: FlaskClient, owner: Engine, sign_in: SignIn, officer: Officer
) -> None:
    lon, lat = CORNER
    lay_street(owner, "新金路", (lon - 0.002, lat), (lon + 0.004, lat))
    lay_street(owner, "银河路", (lon + 0.003, lat - 0.001), (lon + 0.003, lat + 0.003))
    late = make_front(owner, code="F1", street="新金路", at=(lon + 0.001, lat + 0.0001))
    make_front(owner, code="F2", street="银河路", at=(lon + 0.0031, lat + 0.002))
    make_front(owner, code="F3", street="荒路", at=(lon + 0.04, lat))
    seen = make_front(owner, code="F4", street="新金路", at=(lon - 0.001, lat + 0.0001))
    manager = sign_in("zone_manager")
    put_plans(client, manager, date(2026, 8, 1), plan())
    visit(owner, late, officer.account_id, date(2026, 8, 20))
    visit(owner, seen, officer.account_id, TUESDAY)
    wanted = {"township": JINSHA, "start": {"lon": lon, "lat": lat}, "max_m": 3000, "max_streets": 10}
    answer = client.post("/api/v1/coverage/rounds", json=wanted, headers=manager)
    assert answer.status_code == 200, answer.text
    found = answer.get_json()
    assert [(one["street"], one["zones"]) for one in found["streets"]] == [
        ("新金路", ["F1"]),
        ("银河路", ["F2"]),
    ]
    assert found["left"] == [{"street": "荒路", "township": JINSHA, "why": "no_line"}]
    plane = MetricPlane(METRIC_SRID)
    met = [plane.forward(*spot) for spot in found["line"]["coordinates"]]
    walked = sum(shapely.Point(a).distance(shapely.Point(b)) for a, b in pairwise(met))
    assert walked == pytest.approx(found["length_m"], abs=0.5)
    # There and back: 0.003 degrees east, 0.002 north.
    assert found["length_m"] == pytest.approx(2 * (0.0031 * 94_400 + 0.002 * 110_900), rel=0.05)
    assert found["minutes"] == pytest.approx((found["length_m"] / 1.2 + 20 * 0.4) / 60, abs=0.1)
    assert client.post("/api/v1/coverage/rounds", json=wanted, headers=manager).get_json() == found
    box = {"bbox": [lon - 0.01, lat - 0.01, lon + 0.01, lat + 0.01], "max_m": 3000, "max_streets": 10}
    boxed = client.post("/api/v1/coverage/rounds", json=box, headers=manager).get_json()
    assert {one["street"] for one in boxed["streets"]} == {"新金路", "银河路"} and boxed["left"] == []
    for narrowed in ({"without": ["银河路"]}, {"street": "新金路"}):
        left_out = client.post(
            "/api/v1/coverage/rounds", json={**box, **narrowed}, headers=manager
        ).get_json()
        assert [one["street"] for one in left_out["streets"]] == ["新金路"] and left_out["left"] == []
    for odd in (
        {"team": "无此队"},
        {"start": {"lon": -100, "lat": 80}},
        {"bbox": [2, 1, 1, 2]},
        {"bbox": "1,1,2,2"},
    ):
        refused = client.post("/api/v1/coverage/rounds", json={**wanted, **odd}, headers=manager)
        assert (refused.status_code, refused.get_json()["code"]) == (422, "input_refused"), odd
