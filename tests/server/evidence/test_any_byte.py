"""Any one byte of a ledger row, of a report as received, of a match or of a photo: changed, it is found and named.

Every change is made as the owner with all triggers off, looked at in the same transaction, and taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine, text

from config import Config
from server.evidence import photos
from server.evidence.ledger import Fault, verify_chain
from server.evidence.photos import PhotoStore, store_from_url
from server.evidence.staging import Staging
from server.evidence.tables import ledger
from tests import factories
from tests.factories import JINSHA

SignIn = Callable[..., dict[str, str]]
# Of a long text every one of so many characters is changed; a prime, so that all kinds of places come up.
STEP = 23


@pytest.fixture
def case_number(owner: Engine, client: FlaskClient, sign_in: SignIn) -> str:
    """A case with a report, a photo that came after it, and what casework adds to its ledger; another case beside."""
    factories.make_zone(owner, kind="township", township=JINSHA, width_m=3000, depth_m=3000)
    factories.make_zone(owner, width_m=12, depth_m=6)
    numbers = [_send(client, sign_in("officer"), seed) for seed in (1, 2)]
    with owner.begin() as connection:
        connection.execute(text("SELECT set_config('frontage.scope', 'district', true)"))
        for action in ("case.registered", "case.dispatched", "case.replied"):
            append(connection, numbers[0], action, '{"action":"x","note":"已清理 cleared","version":2}')
    return numbers[0]


def _send(client: FlaskClient, headers: dict[str, str], seed: int) -> str:
    photo, made = factories.photo_bytes(seed=seed), uuid4()
    report = factories.report_json(photos=[photo], note="门前堆物 goods, 3 boxes")
    answer = client.put(f"/api/v1/reports/{made}", json=report, headers=headers)
    path = f"/api/v1/reports/{made}/photos/{report['photos'][0]['sha256']}"
    assert client.put(path, data=photo, headers=headers).status_code == 201
    number: str = answer.get_json()["case"]["number"]
    return number


def append(connection: Connection, number: str, action: str, body: str) -> None:
    connection.execute(
        text("SELECT ledger_append_v1(id, :action, :body) FROM case_file WHERE number = :number"),
        {"number": number, "action": action, "body": body},
    )


class Forger:
    """Changes evidence in a transaction that is never committed, and asks what is found."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        connection.execute(text("SET LOCAL session_replication_role = replica"))

    def found(self, statement: str, **values: object) -> list[Fault]:
        with self._connection.begin_nested() as trial:
            changed = self._connection.execute(text(statement), values).rowcount
            assert changed == 1, f"{statement} changed {changed} rows"
            faults = list(verify_chain(self._connection))
            trial.rollback()
        return faults

    def ask(self, question: str, **values: object) -> list:
        return list(self._connection.execute(text(question), values))


@pytest.fixture
def forger(owner: Engine, case_number: str) -> Iterator[Forger]:
    with owner.connect() as connection:
        yield Forger(connection)


def others(content: str, step: int) -> Iterator[tuple[int, str]]:
    """Places in a text, each with another letter for it that leaves JSON and UUIDs what they are."""
    for place in range(0, len(content), step):
        letter = content[place]
        if letter.isdigit():
            # No leading nought where a number would then be none.
            yield place, "8" if letter == "9" else "9"
        elif "a" <= letter <= "e":
            yield place, chr(ord(letter) + 1)
        elif letter.isalpha():
            yield place, "b"
        elif letter == " ":
            yield place, "_"


CHANGED = "overlay({column} PLACING :letter FROM :place FOR 1)"


@pytest.mark.parametrize("column", [column.name for column in ledger.columns])
def test_every_column_of_every_entry_is_covered_by_the_chain(
    column: str, case_number: str, forger: Forger
) -> None:
    asked = (
        f"SELECT l.case_id, l.seq, CAST(l.{column} AS text) AS content FROM ledger l "
        "JOIN case_file c ON c.id = l.case_id WHERE c.number = :number ORDER BY l.seq"
    )
    entries = forger.ask(asked, number=case_number)
    assert len(entries) == 5
    for case_id, seq, content in entries:
        for change, values in changes_of(column, content):
            statement = f"UPDATE ledger SET {column} = {change} WHERE case_id = :case AND seq = :seq"
            found = forger.found(statement, case=case_id, seq=seq, **values)
            assert found, f"entry {seq}: {column} {content!r} with {values} is not found"
            assert {fault.case_number for fault in found} & {case_number, None}


def changes_of(column: str, content: str | None) -> Iterator[tuple[str, dict[str, object]]]:
    if column == "seq":
        yield "seq + 1000", {}
    elif column == "recorded_at":
        yield "recorded_at + interval '1 microsecond'", {}
    elif column in ("case_id", "actor_id"):
        yield "gen_random_uuid()", {}
        if content and column == "actor_id":
            yield "NULL", {}
        for place, letter in others(content or "", STEP):
            changed = CHANGED.format(column=f"CAST({column} AS text)")
            yield f"CAST({changed} AS uuid)", {"place": place + 1, "letter": letter}
    else:
        for place, letter in others(content or "", STEP if column == "body" else 7):
            yield CHANGED.format(column=column), {"place": place + 1, "letter": letter}


def test_every_character_of_a_report_as_received_is_covered(case_number: str, forger: Forger) -> None:
    report, payload = first_report(forger, case_number, "r.payload")
    tried = 0
    for place, letter in others(payload, 7):
        found = forger.found(
            f"UPDATE report SET payload = {CHANGED.format(column='payload')} WHERE id = :report",
            report=report,
            place=place + 1,
            letter=letter,
        )
        assert [(fault.code, fault.report_id) for fault in found] == [("payload", report)], payload[place]
        tried += 1
    assert tried > 20


def test_every_character_of_a_match_is_covered_and_one_too_many_as_well(
    case_number: str, forger: Forger
) -> None:
    report, match = first_report(
        forger, case_number, "(SELECT CAST(m.result AS text) FROM zone_match m WHERE m.report_id = r.id)"
    )
    changed = f"CAST({CHANGED.format(column='CAST(result AS text)')} AS json)"
    tried = 0
    for place, letter in others(match, 61):
        # A true, false or null with another letter is no JSON any more, and PostgreSQL takes none.
        if is_in_string(match, place) or letter in "89":
            found = forger.found(
                f"UPDATE zone_match SET result = {changed} WHERE report_id = :report",
                report=report,
                place=place + 1,
                letter=letter,
            )
            assert [fault.code for fault in found] == ["match"], match[place - 20 : place + 20]
            tried += 1
    assert tried > 10
    found = forger.found(
        "UPDATE zone_match SET result = CAST(CAST(result AS text) || ' ' AS json) WHERE report_id = :report",
        report=report,
    )
    assert [fault.code for fault in found] == ["match"]


def is_in_string(content: str, place: int) -> bool:
    return content[:place].count('"') % 2 == 1


def first_report(forger: Forger, number: str, what: str) -> tuple[UUID, str]:
    ((report, content),) = forger.ask(
        f"SELECT r.id, {what} FROM report r JOIN case_report cr ON cr.report_id = r.id "
        "JOIN case_file c ON c.id = cr.case_id WHERE c.number = :number",
        number=number,
    )
    return report, content


def test_every_byte_of_a_photo_is_covered_and_its_absence_too(
    case_number: str, forger: Forger, config: Config
) -> None:
    ((digest,),) = forger.ask(
        "SELECT a.sha256 FROM photo_arrival a JOIN case_report cr ON cr.report_id = a.report_id "
        "JOIN case_file c ON c.id = cr.case_id WHERE c.number = :number",
        number=case_number,
    )
    store = store_from_url((config.var / "photos").as_uri(), Staging(config.var / "staging", 10_000_000))
    path = next((config.var / "photos").rglob(digest))
    whole = path.read_bytes()
    path.chmod(0o600)
    assert faults_of(store, digest) == []
    for place in range(len(whole)):
        change(path, whole, place)
        assert faults_of(store, digest) == ["altered"], place
    path.write_bytes(whole + b"\x00")
    assert faults_of(store, digest) == ["altered"]
    path.unlink()
    assert faults_of(store, digest) == ["missing"]


def change(path: Path, whole: bytes, place: int) -> None:
    path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])


def faults_of(store: PhotoStore, digest: str) -> list[str]:
    return [fault.what for fault in photos.verify(store, [digest])]
