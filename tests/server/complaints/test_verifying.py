"""Any change of a complaint, or of who made it, is found. The shared places keep rows that stand in no ledger: told."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from server.complaints.verifying import verify_complaints
from server.evidence.ledger import verify_chain
from tests.server.complaints.calls import taken
from tests.server.world import Place

Places = tuple[Place, Place]
CHANGES = {
    "relation": "'opened'",
    "because": "'[]'",
    "channel": "'web'",
    "external_number": "'another'",
    "made_at": "made_at + interval '1 microsecond'",
    "recorded_at": "recorded_at + interval '1 microsecond'",
    "taken_by": "(SELECT a.id FROM account a WHERE a.id <> taken_by LIMIT 1)",
    "organisation_id": "(SELECT o.id FROM organisation o WHERE o.id <> organisation_id LIMIT 1)",
    "matter": "matter || '.'",
    "category": "'noise'",
    "address": "'elsewhere'",
    "zone_hint": "'F1'",
    "place": "ST_Translate(place, 1e-9, 0)",
    "sent_lon": "sent_lon + 1e-9",
    "sent_lat": "sent_lat + 1e-9",
    "datum": "'cgcs2000'",
    "accuracy_m": "accuracy_m + 1e-9",
    "judged_on": "judged_on + 1",
    "township_code": "NULL",
    "zone_codes": "zone_codes || CAST('F1' AS text)",
    "match": "CAST(' ' || CAST(match AS text) AS json)",
    "routing": "CAST(' ' || CAST(routing AS text) AS json)",
    "callback_wished": "NOT callback_wished",
    "commitment": "repeat('0', 64)",
    "case_id": "(SELECT c.id FROM case_file c WHERE c.id <> case_id LIMIT 1)",
}


def faults(owner: Engine) -> list[str]:
    """What verification finds, but for the rows that the shared places keep without an entry."""
    with owner.connect() as connection:
        found = [*verify_chain(connection), *verify_complaints(connection)]
    unrecorded = [fault for fault in found if fault.code == "complaint_unrecorded"]
    assert len(unrecorded) >= 2
    return sorted(
        [fault.code for fault in found if fault not in unrecorded]
        + ["complaint_unrecorded"] * (len(unrecorded) - 2)
    )


def tamper(owner: Engine, statement: str, complaint_id: str) -> None:
    """As somebody with the owner's rights who turned the triggers off."""
    with owner.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        assert connection.execute(text(statement), {"id": complaint_id}).rowcount == 1


def test_complaints_as_they_were_taken_are_whole(
    client: FlaskClient, owner: Engine, places: Places, intake: dict[str, str]
) -> None:
    first = taken(client, intake)
    taken(client, intake, force_new="x", address="路口")
    taken(client, intake, corrects=first["id"])
    assert faults(owner) == []


def test_a_change_of_any_column_of_a_complaint_is_found(
    client: FlaskClient, owner: Engine, places: Places, intake: dict[str, str]
) -> None:
    told = taken(client, intake)
    with owner.connect() as connection:
        columns = set(
            connection.execute(
                text("SELECT attname FROM pg_attribute WHERE attrelid = 'complaint'::regclass AND attnum > 0")
            ).scalars()
        )
    assert columns == set(CHANGES) | {"id", "corrects"}
    for column, value in CHANGES.items():
        before = kept(owner, told["id"])
        tamper(owner, f"UPDATE complaint SET {column} = {value} WHERE id = :id", told["id"])
        assert faults(owner), column
        restore(owner, column, before)
        assert faults(owner) == [], column


def kept(owner: Engine, complaint_id: str) -> dict[str, Any]:
    with owner.connect() as connection:
        row = (
            connection.execute(
                text(
                    "SELECT k.*, CAST(k.match AS text) AS match_text, CAST(k.routing AS text) AS routing_text, "
                    "CAST(k.because AS text) AS because_text FROM complaint k WHERE id = :id"
                ),
                {"id": complaint_id},
            )
            .mappings()
            .one()
        )
        return dict(row)


def restore(owner: Engine, column: str, before: dict[str, Any]) -> None:
    value = before.get(f"{column}_text", before[column])
    with owner.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(
            text(f"UPDATE complaint SET {column} = :value WHERE id = :id"),
            {"value": value, "id": before["id"]},
        )


@pytest.mark.parametrize(
    "statement, code",
    [
        (
            "UPDATE complaint_person SET payload = replace(payload, '139', '138') WHERE complaint_id = :id",
            "complaint_payload",
        ),
        ("UPDATE complaint_person SET salt = repeat('0', 64) WHERE complaint_id = :id", "complaint_payload"),
        ("DELETE FROM complaint_person WHERE complaint_id = :id", "complaint_payload"),
        ("DELETE FROM complaint WHERE id = :id", "complaint_missing"),
    ],
)
def test_a_change_of_who_complained_or_a_complaint_that_is_gone_is_found(
    client: FlaskClient, owner: Engine, places: Places, intake: dict[str, str], statement: str, code: str
) -> None:
    told = taken(client, intake)
    tamper(owner, statement, told["id"])
    assert faults(owner) == [code]
