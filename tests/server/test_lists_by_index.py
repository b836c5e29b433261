"""Lists of a small rectangle are found by an index as the server's role, whom row-level security binds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, text

from tests import factories
from tests.factories import CORNER, DISTRICT, JINSHA
from tests.server.world import SignIn

API = "/api/v1"
ROWS = 20_000
WEST, SOUTH = CORNER
REPORTS = """
INSERT INTO report (id, officer_id, organisation_id, digest, payload, captured_at, received_at, judged_on, place,
  sent_lon, sent_lat, datum, accuracy_m, source, category, zone_codes)
SELECT gen_random_uuid(), a.id, a.organisation_id, repeat('a', 64), '{}', n.at, n.at, '2026-09-01',
  ST_SetSRID(ST_MakePoint(:west + n.n % 200 * 0.001, :south + n.n / 200 * 0.001), 4326),
  121, 32, 'wgs84', 5, 'device', 'c', '{}'
FROM account a
CROSS JOIN (SELECT n, timestamptz '2026-09-01T00:00Z' + n * interval '1 s' AS at FROM generate_series(0, :rows - 1) n) n
WHERE a.id = :who
"""

CASES = """
INSERT INTO case_file (id, number, state, organisation_id, township_code, category, place, reporter_id, opened_at)
SELECT gen_random_uuid(), 'TZ-' || n.n, 'reported', a.organisation_id, NULL, 'c',
  ST_SetSRID(ST_MakePoint(:west + n.n % 200 * 0.001, :south + n.n / 200 * 0.001), 4326), a.id,
  timestamptz '2026-09-01T00:00Z' + n.n * interval '1 s'
FROM account a CROSS JOIN generate_series(0, :rows - 1) n (n)
WHERE a.id = :who
"""


@contextmanager
def plans(engine: Engine, table: str) -> Iterator[list[str]]:
    """The plan of every statement from a table, made right before it runs: in its transaction, for its asker."""
    found: list[str] = []

    def explain(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if f"FROM {table}" in statement:
            with connection.connection.cursor() as beside:
                beside.execute("EXPLAIN " + statement, parameters)
                found.append("\n".join(line for (line,) in beside.fetchall()))

    event.listen(engine, "before_cursor_execute", explain)
    yield found
    event.remove(engine, "before_cursor_execute", explain)


@pytest.fixture
def full(owner: Engine) -> Engine:
    """20,000 reports and as many cases on a lattice of a thousandth of a degree, of 200 columns."""
    factories.make_organisations(owner)
    who = factories.make_account(owner, role="officer", organisation=DISTRICT).id
    with owner.begin() as connection:
        connection.execute(text(REPORTS), {"west": WEST, "south": SOUTH, "rows": ROWS, "who": who})
        connection.execute(text(CASES), {"west": WEST, "south": SOUTH, "rows": ROWS, "who": who})
        connection.execute(text("ANALYZE report, case_file"))
    return owner


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("role, organisation, seen", [("dispatcher", DISTRICT, 20), ("handler", JINSHA, 0)])
@pytest.mark.parametrize("layer, table", [("reports", "report"), ("cases", "case_file")])
def test_what_lies_in_a_rectangle_is_found_by_its_keys(
    client: FlaskClient, sign_in: SignIn, layer: str, table: str, role: str, organisation: str, seen: int
) -> None:
    headers = sign_in(role, organisation=organisation)
    # Five columns and four rows.
    bbox = f"{WEST + 0.0095},{SOUTH + 0.0195},{WEST + 0.0145},{SOUTH + 0.0235}"
    with plans(client.application.extensions["frontage"].db.engine, table) as made:
        page = client.get(f"{API}/{layer}?limit=100&bbox={bbox}", headers=headers).get_json()
    assert len(page.get("items", page.get("features"))) == seen
    (plan,) = made
    assert f"{table}_tile_key" in plan
    assert f"Seq Scan on {table} " not in plan
