"""Law cards: sets that count from a day on, a page for whoever took one away, and deliveries that are door visits."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from tests import factories
from tests.factories import JINSHA
from tests.server.patrol.promised_law_cards import CARD, LAW_CARDS

API = "/api/v1"
SignIn = Callable[..., dict[str, str]]


@pytest.fixture
def keep(client: FlaskClient, sign_in: SignIn) -> Callable[..., Any]:
    def kept(status: int = 201, **changed: Any) -> Any:
        answer = client.post(f"{API}/law-cards", json={**LAW_CARDS, **changed}, headers=sign_in("admin"))
        assert answer.status_code == status, answer.text
        return answer.get_json()

    return kept


def test_a_set_counts_from_its_day_on_and_the_same_again_changes_nothing(
    client: FlaskClient, owner: Engine, sign_in: SignIn, keep: Callable[..., Any]
) -> None:
    officer = sign_in("officer", organisation=JINSHA)

    def told(on: str) -> Any:
        return client.get(f"{API}/law-cards?on={on}", headers=officer).get_json()

    assert told("2026-08-01")["cards"] == [] and told("2026-08-01")["set"] is None
    first = keep()
    assert keep(200) == first
    second = keep(valid_from="2026-10-01", cards=[{**CARD, "code": "ebike", "source_date": "2026-07-01"}])
    assert factories.count_rows(owner, "law_card_set") == 2
    assert told("2026-07-31")["set"] is None
    assert [told(day)["set"] for day in ("2026-08-01", "2026-09-30", "2026-10-01")] == [
        first["set"],
        first["set"],
        second["set"],
    ]
    (card,) = second["cards"]
    assert (card["source_date"], card["address"]) == ("2026-07-01", "http://localhost/cards/ebike")
    assert base64.b64decode(card["qr_png"]).startswith(b"\x89PNG")
    twice = client.post(
        f"{API}/law-cards", json={**LAW_CARDS, "cards": [CARD, CARD]}, headers=sign_in("admin")
    )
    assert (twice.status_code, twice.get_json()["errors"][0]["path"]) == (422, "/cards")


def test_anybody_reads_the_words_of_a_card_and_nothing_runs_there(
    client: FlaskClient, keep: Callable[..., Any]
) -> None:
    hostile = "<script>alert(1)</script>"
    keep(cards=[{**CARD, "title": hostile}], sample=True)
    page = client.get("/cards/fruit")
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert hostile not in page.text and "&lt;script&gt;" in page.text
    assert "筐箱不出店门" in page.text and "演示样例" in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src" not in policy and "unsafe-inline" not in policy
    keep(cards=[{**CARD, "code": "ebike"}])
    for gone in ("fruit", "%00", "A" * 100):
        answer = client.get(f"/cards/{gone}")
        assert (answer.status_code, "已不再使用" in answer.text) == (404, True)


def test_a_card_handed_over_is_a_door_visit_that_says_what_it_read(
    client: FlaskClient, owner: Engine, sign_in: SignIn, keep: Callable[..., Any]
) -> None:
    zone, officer = factories.make_zone(owner), sign_in("officer", organisation=JINSHA)
    card = {"set": keep()["set"], "code": "fruit"}

    def put(mark: str, **changed: Any) -> Any:
        body = {"zone": {"kind": "frontage", "code": zone}, "kind": "service", "law_card": card, **changed}
        return client.put(f"{API}/visit-marks/{mark}", json=body, headers=officer)

    mark = str(uuid4())
    assert (put(mark).status_code, put(mark).status_code) == (201, 200)
    assert put(mark).get_json()["law_card"] == card
    assert put(mark, law_card=None).get_json()["code"] == "visit_mark_conflict"
    # What was handed over stays as it read, whatever is in force by now.
    keep(cards=[{**CARD, "code": "ebike"}])
    assert put(str(uuid4())).status_code == 201
    for wrong in ({"set": card["set"], "code": "ebike"}, {"set": 1_000_000, "code": "fruit"}):
        answer = put(str(uuid4()), law_card=wrong)
        assert (answer.status_code, answer.get_json()["errors"][0]["path"]) == (422, "/law_card")
    assert put(str(uuid4()), kind="inspection").status_code == 422
    with owner.connect() as connection:
        kinds = connection.execute(text("SELECT kind, law_card FROM visit_mark")).all()
    assert [tuple(row) for row in kinds] == [("service", "fruit")] * 2


def test_a_set_is_the_district_s_to_keep_and_nobody_s_to_change(
    client: FlaskClient, owner: Engine, sign_in: SignIn, keep: Callable[..., Any], as_app_role: Engine
) -> None:
    keep()
    answer = client.post(
        f"{API}/law-cards", json=LAW_CARDS, headers=sign_in("zone_manager", organisation=JINSHA)
    )
    assert answer.status_code == 403
    with as_app_role.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM law_card_set")).scalar_one() == 0
        with pytest.raises(ProgrammingError, match="row-level security"):
            connection.execute(
                text(
                    "INSERT INTO law_card_set (name, sample, valid_from, digest, cards, made_at)"
                    " VALUES ('x', false, '2026-01-01', repeat('a', 64), '[]', now())"
                )
            )
