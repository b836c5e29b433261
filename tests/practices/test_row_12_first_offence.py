"""Row 12: the first offence within the window is a warning, the next a case; it follows who did it, not the name."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from tests import factories
from tests.conftest import StandingClock
from tests.server.cases.desk import BEFORE_SOUTH, SignIn, make_desk


def test_row_12_the_first_offence_is_a_warning_the_second_a_case_and_the_count_follows_merging_and_renaming(
    client: FlaskClient, owner: Engine, sign_in: SignIn, clock: StandingClock
) -> None:
    factories.make_rulebook(owner, "first_offence")
    desk = make_desk(client, owner, sign_in)
    shop = factories.make_subject(owner, zone="F-SOUTH", name="水果店")
    double = factories.make_subject(owner, name="水果店(重复登记)")
    neighbour = factories.make_subject(owner, zone="F-NORTH")
    reviewer = sign_in("reviewer")

    def look(subject: str, **query: Any) -> dict[str, Any]:
        asked = {"subject": subject, "item": "goods_on_pavement", **query}
        answer = client.get("/api/v1/leniency/first-offence", query_string=asked, headers=reviewer)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.get_json()
        return told

    number = desk.open(BEFORE_SOUTH)
    assert look(shop.code)["decision"] == "warn"
    assert look(shop.code, case=number)["decision"] == "warn"
    desk.walk(number, "register", "dispatch", "accept", "start", "after", "reply", "pass")

    # Its own case is not an earlier one; for the next it is. Others have done nothing.
    assert look(shop.code, case=number)["decision"] == "warn"
    second = look(shop.code)
    assert (second["decision"], [one["case"] for one in second["earlier"]]) == ("case", [number])
    assert second["reason"] and "24" in second["reason_en"] and second["rulebook"]["sample"] is True
    assert look(shop.code, item="work_outdoors")["decision"] == "case"  # the same kind of matter
    assert look(shop.code, item="sign_damaged")["decision"] == "warn"  # another kind
    assert look(neighbour.code)["decision"] == look(double.code)["decision"] == "warn"
    # Beyond the window it is the first again.
    assert look(shop.code, on="2028-09-01")["decision"] == "case"
    assert look(shop.code, on="2028-09-02")["decision"] == "warn"

    with owner.begin() as connection:
        connection.execute(
            text(
                "UPDATE subject_version SET valid = daterange(lower(valid), '2026-09-01') WHERE subject_id = :id"
            ),
            {"id": shop.id},
        )
        connection.execute(
            text(
                "INSERT INTO subject_version (subject_id, valid, name, kind, recorded_at) "
                "VALUES (:id, '[2026-09-01,)', '鲜果行', 'shop', now())"
            ),
            {"id": shop.id},
        )
    assert look(shop.code)["decision"] == "case"
    with owner.begin() as connection:
        connection.execute(
            text("UPDATE subject SET merged_into = :root, merged_at = now() WHERE id = :id"),
            {"root": double.id, "id": shop.id},
        )
    for code in (shop.code, double.code):
        merged = look(code)
        assert (merged["decision"], merged["subject"]) == ("case", double.code)
    missing = client.get(
        "/api/v1/leniency/first-offence",
        query_string={"subject": shop.code, "item": "nothing_known"},
        headers=reviewer,
    )
    assert (missing.status_code, missing.get_json()["code"]) == (409, "rulebook_missing")
