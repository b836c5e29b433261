"""One changed byte anywhere in the evidence is found and named; evidence that is whole is not suspected.

Every change is made as the owner with the triggers off: what grants and triggers refuse is tested with the schema,
here they have failed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from server.evidence.ledger import WORDS, Fault, ledger_hash, verify_chain
from tests import factories
from tests.factories import JINSHA

SignIn = Callable[..., dict[str, str]]
REHASHED = "ledger_hash(prev_hash, case_id, seq, recorded_at, actor_id, action, '{body}')"
TABLES = (
    "ledger",
    "report",
    "report_photo",
    "photo",
    "photo_arrival",
    "zone_match",
    "finding",
    "case_report",
)


@pytest.fixture
def report_id(owner: Engine, client: FlaskClient, sign_in: SignIn) -> UUID:
    """A report with two photos that came after it: three entries in its case."""
    factories.make_zone(owner, kind="township", township=JINSHA, width_m=3000, depth_m=3000)
    factories.make_zone(owner, width_m=12, depth_m=6)
    return send(client, sign_in("officer"), 1, 2)


def send(client: FlaskClient, headers: dict[str, str], *seeds: int) -> UUID:
    made, photos = uuid4(), [factories.photo_bytes(seed=seed) for seed in seeds]
    report = factories.report_json(photos=photos, note="门前堆物")
    assert client.put(f"/api/v1/reports/{made}", json=report, headers=headers).status_code == 201
    for photo, declared in zip(photos, report["photos"], strict=True):
        path = f"/api/v1/reports/{made}/photos/{declared['sha256']}"
        assert client.put(path, data=photo, headers=headers).status_code == 201
    return made


def faults(owner: Engine) -> list[Fault]:
    with owner.connect() as connection:
        return list(verify_chain(connection))


def codes(owner: Engine) -> list[str]:
    return [fault.code for fault in faults(owner)]


@pytest.fixture
def forge(owner: Engine) -> Iterator[Callable[[str], int]]:
    """`forge(sql)` changes evidence with all triggers off; returns how many rows."""

    def change(statement: str) -> int:
        with owner.begin() as connection:
            for table in TABLES:
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            return connection.execute(text(statement.replace(":", "\\:"))).rowcount

    yield change


def test_evidence_that_is_whole_is_not_suspected(
    report_id: UUID, owner: Engine, client: FlaskClient, sign_in: SignIn
) -> None:
    for seed in (3, 4):
        send(client, sign_in("officer"), seed)
    assert factories.count_rows(owner, "ledger") == 7
    assert faults(owner) == []


def test_an_empty_database_is_whole(owner: Engine) -> None:
    assert faults(owner) == []


CHANGES = {
    "a byte of the first entry's body": (
        "UPDATE ledger SET body = replace(body, 'routed_to', 'routed_tp') WHERE seq = 1",
        "hash",
    ),
    "a byte of the last entry's body": (
        "UPDATE ledger SET body = body || ' ' WHERE seq = 3",
        "hash",
    ),
    "a digit of a hash in the middle": (
        "UPDATE ledger SET hash = CASE left(hash, 1) WHEN '0' THEN '1' ELSE '0' END || substr(hash, 2) WHERE seq = 2",
        "hash",
    ),
    "the link to the entry before": (
        "UPDATE ledger SET prev_hash = repeat('0', 64) WHERE seq = 2",
        "prev_hash",
    ),
    "a microsecond of the time": (
        "UPDATE ledger SET recorded_at = recorded_at + interval '1 microsecond' WHERE seq = 2",
        "hash",
    ),
    "who did it": ("UPDATE ledger SET actor_id = NULL WHERE seq = 2", "hash"),
    "what was done": ("UPDATE ledger SET action = 'photo.refused' WHERE seq = 2", "hash"),
    "the first entry is gone": ("DELETE FROM ledger WHERE seq = 1", "first_seq"),
    "an entry in the middle is gone": ("DELETE FROM ledger WHERE seq = 2", "seq"),
    "the last entry is gone": ("DELETE FROM ledger WHERE seq = 3", "tail"),
    "all entries are gone": ("DELETE FROM ledger", "tail"),
    "the last entry is gone and the case was told so": (
        "WITH cut AS (DELETE FROM ledger WHERE seq = 3 RETURNING case_id, prev_hash) "
        "UPDATE case_file c SET ledger_seq = 2, ledger_head = cut.prev_hash FROM cut WHERE c.id = cut.case_id",
        "photos",
    ),
    "the head the case remembers": ("UPDATE case_file SET ledger_head = repeat('a', 64)", "tail"),
    "the last entry was written anew with its right hash": (
        f"UPDATE ledger SET body = '{{}}', hash = {REHASHED.format(body='{}')} WHERE seq = 3",
        "tail",
    ),
    "the last entry and the case's head were written anew": (
        f"WITH anew AS (UPDATE ledger SET body = 'x', hash = {REHASHED.format(body='x')} WHERE seq = 3 "
        "RETURNING case_id, hash) "
        "UPDATE case_file c SET ledger_head = anew.hash FROM anew WHERE c.id = anew.case_id",
        "body",
    ),
    "a byte of the report's payload": (
        "UPDATE report SET payload = replace(payload, '门前堆物', '门前堆勿')",
        "payload",
    ),
    "payload and digest together": (
        "UPDATE report SET payload = '{}', digest = encode(sha256('{}'), 'hex')",
        "digest",
    ),
    "a digit of the match": (
        "UPDATE zone_match SET result = "
        "CAST(jsonb_set(CAST(result AS jsonb), '{frontage,probability}', '0.9') AS json)",
        "match",
    ),
    "the match is gone": ("DELETE FROM zone_match", "match"),
    "a second match nobody recorded": (
        "INSERT INTO zone_match (report_id, made_at, algorithm, judged_on, result, routing) "
        "SELECT report_id, made_at, algorithm, judged_on, '{}', routing FROM zone_match",
        "match",
    ),
    "a photo's arrival is gone": (
        "DELETE FROM photo_arrival WHERE sha256 = (SELECT min(sha256) FROM photo_arrival)",
        "photos",
    ),
    "the report left its case": ("DELETE FROM case_report", "report_unrecorded"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_as_the_owner_is_found(
    what: str, report_id: UUID, owner: Engine, forge: Callable[[str], int]
) -> None:
    statement, code = CHANGES[what]
    assert forge(statement) == 1 or "all entries" in what
    assert codes(owner)[0] == code


def test_a_report_that_was_deleted_is_missed_by_its_entries(
    report_id: UUID, owner: Engine, forge: Callable[[str], int]
) -> None:
    for table in ("case_glance", "photo_arrival", "report_photo", "zone_match", "finding", "case_report"):
        forge(f"DELETE FROM {table}")
    forge("DELETE FROM report")
    assert codes(owner) == ["report_missing"]


def test_a_broken_case_is_named_with_its_number_and_entry_and_the_others_are_still_checked(
    report_id: UUID, owner: Engine, client: FlaskClient, sign_in: SignIn, forge: Callable[[str], int]
) -> None:
    send(client, sign_in("officer"), 3)
    forge("UPDATE ledger SET body = body || ' ' WHERE seq = 2")
    found = faults(owner)
    assert sorted((fault.code, fault.seq) for fault in found) == [("hash", 2), ("hash", 2)]
    with owner.connect() as connection:
        numbers = set(connection.scalars(text("SELECT number FROM case_file")))
    assert {fault.case_number for fault in found} == numbers
    assert all(str(fault.case_number) in str(fault) and "内容与其哈希不符" in str(fault) for fault in found)


def test_the_python_twin_hashes_as_the_database_does(owner: Engine) -> None:
    case_id, actor_id = uuid4(), uuid4()
    for at in (datetime(2026, 9, 1, 2, 0, tzinfo=UTC), datetime(1999, 12, 31, 23, 59, 59, 7, tzinfo=UTC)):
        for actor in (actor_id, None):
            values = ("ab" * 32, case_id, 12, at, actor, "report.received", '{"备注":"门前\\n堆物"}')
            with owner.connect() as connection:
                theirs = connection.exec_driver_sql(
                    "SELECT ledger_hash(%s, %s::uuid, %s, %s, %s::uuid, %s, %s)",
                    tuple(str(value) if isinstance(value, UUID) else value for value in values),
                ).scalar_one()
            assert ledger_hash(*values) == theirs


def test_progress_counts_every_entry(report_id: UUID, owner: Engine) -> None:
    seen: list[int] = []
    with owner.connect() as connection:
        assert list(verify_chain(connection, seen.append)) == []
    assert seen == [3]


def test_every_kind_of_fault_has_a_sentence_in_both_languages() -> None:
    assert all(chinese and english for chinese, english in WORDS.values())
    assert {code for _, code in CHANGES.values()} | {"report_missing"} == {
        # Those of complaints are in tests/server/complaints/test_verifying.py.
        code
        for code in WORDS
        if not code.startswith("complaint_")
    }
