"""The coverage layer: fronts and how they stand, counts below, in the base map's datum, for who may know of them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine

from tests import factories
from tests.factories import CORNER, JINSHA, JINXIN
from tests.server.maps.decoding import API, fetch, tile_at
from tests.server.patrol.standings import SignIn, keep_standing, make_front, plan, put_plans, visit

TUESDAY = date(2026, 9, 1)
LAYER = "coverage"


def street(client: FlaskClient, owner: Engine, sign_in: SignIn) -> None:
    """Four fronts of Jinsha, one of each status, and one of Jinxin beside them that nobody visited."""
    officer = factories.make_account(owner, role="officer", organisation=JINSHA).id
    lon, lat = CORNER
    for n, back in enumerate((0, 1, 5, None)):
        zone = make_front(owner, code=f"F{n}", at=(lon + n * 0.0005, lat))
        if back is not None:
            visit(owner, zone, officer, TUESDAY - timedelta(days=back), cells="1111100000")
    make_front(owner, code="G", at=(lon + 0.002, lat), township=JINXIN)
    put_plans(client, sign_in("zone_manager"), date(2026, 8, 1), plan())


def told(features: Any) -> dict[str, tuple[Any, ...]]:
    return {
        one.properties["code"]: tuple(one.properties[name] for name in ("status", "visits", "seen_share"))
        for one in features
    }


def test_a_tile_shows_how_each_front_stands_whether_that_is_kept_or_not(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    street(client, owner, sign_in)
    headers = sign_in("zone_manager")
    tile = tile_at(*CORNER, 15)
    worked_out = fetch(client, headers, LAYER, tile)[LAYER]
    # The week began on Monday: what was seen on Thursday is not of it.
    expected = {
        "F0": ("visited", 1, 0.5),
        "F1": ("due", 1, 0.5),
        "F2": ("late", 0, 0),
        "F3": ("never", 0, 0),
        "G": ("never", 0, 0),
    }
    assert told(worked_out) == expected
    keep_standing(owner, TUESDAY)
    assert told(fetch(client, headers, LAYER, tile)[LAYER]) == expected
    shifted = fetch(client, headers, LAYER, tile_at(CORNER[0] + 0.0045, CORNER[1] - 0.002, 15), "datum=gcj02")
    assert told(shifted[LAYER]) == expected
    past = fetch(client, headers, LAYER, tile, "from=2026-08-24&to=2026-08-27")
    assert told(past[LAYER])["F2"] == ("visited", 1, 0.5) and told(past[LAYER])["F0"][0] == "never"


def test_below_and_for_each_reader_the_counts_are_those_of_the_list(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    street(client, owner, sign_in)
    keep_standing(owner, TUESDAY)
    readers = [("zone_manager", None, 5), ("officer", JINSHA, 4), ("handler", JINXIN, 1)]
    for role, organisation, known in readers:
        headers = sign_in(role, organisation=organisation) if organisation else sign_in(role)
        items = client.get(f"{API}/coverage", headers=headers).get_json()["items"]
        listed = [item["status"] for item in items]
        cells = fetch(client, headers, LAYER, tile_at(*CORNER, 11)).get("coverage_cells", [])
        for status in ("due", "visited", "late", "never"):
            assert sum(cell.properties[status] for cell in cells) == listed.count(status), (role, status)
        assert sum(cell.properties["count"] for cell in cells) == len(listed) == known
        assert len(told(fetch(client, headers, LAYER, tile_at(*CORNER, 15))[LAYER])) == len(listed)


def test_only_coverage_has_a_period_and_it_lies_in_order(client: FlaskClient, sign_in: SignIn) -> None:
    headers = sign_in("officer")
    for asked in (
        "frontage.json?from=2026-08-01",
        "coverage.json?from=2026-09-02",
        "coverage.json?from=2020-01-01",
    ):
        assert client.get(f"{API}/tiles/{asked}", headers=headers).status_code == 422, asked
    layer = client.get(f"{API}/tiles/coverage.json?to=2026-08-31", headers=headers).get_json()
    assert layer["tiles"][0].endswith("?to=2026-08-31T12%3A00%3A00Z")
    assert {one["id"]: "late" in one["fields"] for one in layer["vector_layers"]} == {
        "coverage": False,
        "coverage_cells": True,
    }
