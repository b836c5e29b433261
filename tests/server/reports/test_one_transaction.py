"""All an intake leaves behind is there together or not at all, and costs two statements."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import orjson
import pytest
import rfc8785
from flask_openapi3 import OpenAPI
from sqlalchemy import Engine, event

from config import Config
from server.problems.request import Unavailable
from tests.factories import JINSHA, photo_bytes, report_json
from tests.server.reports.street import Officer, row_counts, rows, sha256_of, spot, tree

PHOTO = photo_bytes()


def test_one_report_leaves_every_row_it_should(officer: Officer, street: Engine) -> None:
    empty = row_counts(street)

    officer.receipt(report_json(photos=[PHOTO], position={"mock": True}), PHOTO)

    added = {table: count - empty[table] for table, count in row_counts(street).items()}
    assert added == dict.fromkeys(added, 1)


def test_the_ledger_entry_holds_the_digests_of_all_it_speaks_of(officer: Officer, street: Engine) -> None:
    report_id, late = uuid4(), photo_bytes(seed=2)
    receipt = officer.receipt(report_json(photos=[PHOTO, late]), PHOTO, report_id=report_id)
    officer.send_photo(report_id, late)

    first, second = rows(street, "SELECT * FROM ledger ORDER BY seq")

    body = orjson.loads(first["body"])
    assert body["digest"] == receipt["digest"] and body["report"] == str(report_id)
    assert body["match"] == hashlib.sha256(rfc8785.dumps(receipt["match"])).hexdigest()
    assert body["photos_arrived"] == [sha256_of(PHOTO)]
    assert body["routed_to"] == JINSHA and body["reason"] == "township_answers"
    assert orjson.loads(second["body"])["sha256"] == sha256_of(late)
    for entry in (first, second):
        assert rfc8785.dumps(orjson.loads(entry["body"])).decode() == entry["body"]
        assert entry["hash"] == chained(entry)
    assert first["prev_hash"] == "" and second["prev_hash"] == first["hash"]
    (case,) = rows(street, "SELECT ledger_seq, ledger_head FROM case_file")
    assert tuple(case.values()) == (2, second["hash"])


def chained(entry: Any) -> str:
    """The hash of an entry, worked out without the database."""
    recorded_at = entry["recorded_at"].strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    parts = [
        entry["prev_hash"],
        str(entry["case_id"]),
        str(entry["seq"]),
        recorded_at,
        str(entry["actor_id"]),
        entry["action"],
        entry["body"],
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@pytest.mark.parametrize("point", ["intake.photos_kept", "intake.before_commit"])
def test_what_fails_before_the_commit_leaves_no_row(
    officer: Officer, street: Engine, app: OpenAPI, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    def fail(reached: str) -> None:
        if reached == point:
            raise Unavailable()

    before = row_counts(street)
    intake = app.extensions["frontage"].intake
    object.__setattr__(intake, "reach", fail)

    answer = officer.send(report_json(photos=[PHOTO]), [PHOTO])

    assert answer.status_code == 503 and answer.headers["Retry-After"]
    assert row_counts(street) == before


def test_a_refused_photo_leaves_no_row_of_the_others_that_came_with_it(
    officer: Officer, street: Engine, config: Config
) -> None:
    before, cut = row_counts(street), photo_bytes(seed=2)[:-30]

    answer = officer.send(report_json(photos=[PHOTO, cut]), [PHOTO, cut])

    assert answer.status_code == 422 and answer.json["code"] == "photo_truncated"
    assert row_counts(street) == before
    assert tree(config.var / "staging") == {}


@contextmanager
def statements(app: OpenAPI) -> Iterator[list[str]]:
    """What is sent to the database meanwhile; COMMIT and ROLLBACK by these names."""
    seen: list[str] = []
    engine = app.extensions["frontage"].db.engine

    def execute(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(" ".join(statement.split()))

    listeners: dict[str, Callable[..., None]] = {
        "before_cursor_execute": execute,
        "commit": lambda _: seen.append("COMMIT"),
        "rollback": lambda _: seen.append("ROLLBACK"),
    }
    for name, listener in listeners.items():
        event.listen(engine, name, listener)
    try:
        yield seen
    finally:
        for name, listener in listeners.items():
            event.remove(engine, name, listener)


def test_an_intake_takes_two_statements_between_entering_and_the_commit(
    officer: Officer, app: OpenAPI
) -> None:
    officer.receipt(report_json(photos=[PHOTO]), PHOTO)
    photo = photo_bytes(seed=2)

    with statements(app) as seen:
        officer.receipt(report_json(photos=[photo], zone_hint={"code": "x", "how": "qr"}), photo)

    # Prepared once a connection; the pool may have given another than before.
    run = [statement for statement in seen if not statement.startswith("PREPARE ")]
    enters = [number for number, statement in enumerate(run) if "enter_v1" in statement]
    commit = run.index("COMMIT", enters[-1])
    assert 1 <= commit - enters[-1] - 1 <= 2, run


def test_a_report_may_join_the_case_it_names(officer: Officer, street: Engine) -> None:
    case = officer.receipt(report_json())["case"]["number"]
    before = row_counts(street)

    report_id = uuid4()
    receipt = officer.receipt(
        report_json(case=case, photos=[PHOTO], note="after"), PHOTO, report_id=report_id
    )

    assert receipt["case"]["number"] == case
    after = row_counts(street)
    assert after["case_file"] == before["case_file"] and after["inbox_entry"] == before["inbox_entry"]
    actions = [row["action"] for row in rows(street, "SELECT action FROM ledger ORDER BY seq")]
    assert actions == ["report.received", "report.attached"]
    assert officer.get(f"/reports/{report_id}/receipt").json == receipt


def test_a_case_one_may_not_see_cannot_be_joined(
    officer: Officer, make_officer: Callable[..., Officer], street: Engine
) -> None:
    case = officer.receipt(report_json(at=spot(3000, 0)))["case"]["number"]

    receipt = make_officer(organisation=JINSHA).receipt(report_json(case=case))

    assert receipt["case"]["number"] != case
    assert "case_unknown" in {finding["code"] for finding in receipt["findings"]}
    assert len(rows(street, "SELECT 1 FROM case_file")) == 2
