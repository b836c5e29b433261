"""Row 34: listening. The grid of what people talk about is the count of cases and notes by cell, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random

from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from tests import factories
from tests.factories import NOW
from tests.server.records.filing import API, NOTE, filed, position
from tests.server.world import make_two_places

SignIn = Callable[..., dict[str, str]]


def test_row_34_the_hot_spot_grid_equals_the_count_of_cases_and_notes_per_cell(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    make_two_places(owner, client, sign_in)
    factories.make_rulebook(owner, "forms")
    manager, chance = sign_in("zone_manager"), Random(34)
    meeting = {"topic": "夜市", "people": 12, "agreed": "二十二点收摊"}
    for n in range(24):
        form, answers = ("listening_meeting", meeting) if n % 4 == 0 else ("listening_visit", NOTE)
        # Some in the datum of a phone's map, all within some cells; every sixth the day before.
        place = {**position(chance.choice([0, 0.004, 0.008])), "datum": chance.choice(["wgs84", "gcj02"])}
        at = NOW - timedelta(days=1) if n % 6 == 0 else NOW
        filed(client, manager, form, answers, position=place, at=at.isoformat())
    corrected = filed(client, manager, "listening_visit", NOTE, position=position())
    filed(client, manager, "listening_visit", NOTE, position=position(0.02), corrects=corrected["id"])
    for cell_m in (100, 500):
        asked = f"from=2026-09-01&to=2026-09-01&cell_m={cell_m}"
        told = client.get(f"{API}/listening/grid?{asked}", headers=manager).get_json()
        with owner.connect() as connection:
            counted = connection.execute(
                text("""
SELECT floor(ST_X(p) / :cell), floor(ST_Y(p) / :cell), sum(cases), sum(notes) FROM (
  SELECT to_metric(place) AS p, 1 AS cases, 0 AS notes FROM case_file
  WHERE CAST(opened_at AT TIME ZONE 'Asia/Shanghai' AS date) = '2026-09-01'
  UNION ALL
  SELECT to_metric(place), 0, 1 FROM form_record r
  WHERE form IN ('listening_visit', 'listening_meeting') AND day = '2026-09-01'
    AND id NOT IN (SELECT corrects FROM form_record WHERE corrects IS NOT NULL)) t
GROUP BY 1, 2"""),
                {"cell": cell_m},
            ).all()
        cells = [one["properties"] for one in told["features"]]
        assert sorted((one["east"], one["north"], one["cases"], one["notes"]) for one in cells) == sorted(
            tuple(map(int, row)) for row in counted
        )
        assert (told["cases"], told["notes"]) == (2, 21)
        assert [one["count"] for one in cells] == sorted((one["count"] for one in cells), reverse=True)
    # A cell's outline is where its things lie.
    lon = [corner[0] for corner in told["features"][0]["geometry"]["coordinates"][0]]
    assert 0.004 < max(lon) - min(lon) < 0.006
