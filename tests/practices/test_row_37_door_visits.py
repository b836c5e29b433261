"""Rows 36 and 37: law cards and door visits. Both count as service; a visit counts in coverage and is no violation."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from tests import factories
from tests.factories import CORNER, JINSHA, NOW
from tests.server.patrol.covered import cover_all
from tests.server.records.filing import API, VISIT, filed

SignIn = Callable[..., dict[str, str]]
CARDS = Path(__file__).resolve().parents[2] / "demo" / "tongzhou" / "law_cards.json"


def steps(owner: Engine) -> list[tuple[str, str | None, str | None]]:
    """What records and marks of visits are among the steps of 721: origin, township, what its form says it is."""
    with owner.connect() as connection:
        found = connection.execute(
            text("SELECT origin, township_code, own_means FROM means_step_v1 ORDER BY origin, name")
        )
        return [tuple(row) for row in found]


def test_row_37_a_door_visit_counts_in_coverage_and_is_no_violation(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    factories.make_organisations(owner)
    factories.make_rulebook(owner, "forms")
    factories.make_zone(owner, kind="township", township=JINSHA, at=CORNER, width_m=3000, depth_m=3000)
    zone, other = (factories.make_zone(owner) for _ in range(2))
    officer = sign_in("officer", organisation=JINSHA)
    made = filed(client, officer, "door_visit", VISIT, about=zone)
    assert (made["visit"], made["means"], made["township"]) == ("service", "service", JINSHA)
    filed(client, officer, "snow_clearing", {"cleared": True, "ice": False}, about=other)
    cover_all(owner)
    with owner.connect() as connection:
        visits = connection.execute(
            text(
                "SELECT z.code, v.kind, v.day FROM visit v JOIN zone z ON z.id = v.zone_id ORDER BY v.kind DESC"
            )
        ).all()
    assert [tuple(row) for row in visits] == [
        (zone, "service", NOW.date()),
        (other, "inspection", NOW.date()),
    ]
    assert [factories.count_rows(owner, name) for name in ("report", "case_file", "finding")] == [0, 0, 0]
    # Counted once: as the record, not as the mark of a visit that it made besides.
    assert steps(owner) == [("record_form", JINSHA, "service")] * 2


def test_row_36_each_of_the_four_trades_has_a_law_card_and_handing_one_over_is_service(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    factories.make_organisations(owner)
    factories.make_rulebook(owner, "forms")
    sent = json.loads(CARDS.read_text(encoding="utf-8"))
    assert client.post(f"{API}/law-cards", json=sent, headers=sign_in("zone_manager")).status_code == 201
    officer = sign_in("officer", organisation=JINSHA)
    told = client.get(f"{API}/law-cards", headers=officer).get_json()
    by_trade = {card["trade"]: card for card in told["cards"]}
    assert len(by_trade) == 4 and all(card["points"] for card in by_trade.values())
    for card in by_trade.values():
        assert client.get(f"/cards/{card['code']}").status_code == 200
        body = {
            "zone": {"kind": "frontage", "code": factories.make_zone(owner)},
            "kind": "service",
            "law_card": {"set": told["set"], "code": card["code"]},
        }
        assert client.put(f"{API}/visit-marks/{uuid4()}", json=body, headers=officer).status_code == 201
    event = {"kind": "open_day", "title": "城管开放日", "people": 60, "leaflets": 200}
    place = {"lon": CORNER[0], "lat": CORNER[1], "datum": "gcj02"}
    filed(client, officer, "outreach_event", event, position=place)
    counted = [(origin, means) for origin, _, means in steps(owner)]
    assert counted == [("law_card", None)] * 4 + [("record_form", "service")]
