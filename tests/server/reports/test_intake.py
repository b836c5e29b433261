"""A report and its photos in every order a phone may send them, and the one answer it gets for ever."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
import rfc8785
from sqlalchemy import Engine

from config import Config
from tests.factories import photo_bytes, report_json
from tests.server.reports.street import REAL_PHOTOS, Officer, real_photo, row_counts, sha256_of, tree

PHOTOS = [photo_bytes(seed=seed) for seed in (1, 2, 3)]


def test_a_report_is_created_once_and_answered_the_same_ever_after(officer: Officer, street: Engine) -> None:
    report, report_id = report_json(photos=PHOTOS), uuid4()

    first = officer.send(report, PHOTOS, report_id=report_id)
    before = row_counts(street)
    again = officer.send(report, PHOTOS, report_id=report_id)
    alone = officer.send(report, report_id=report_id)
    read = officer.get(f"/reports/{report_id}/receipt")

    assert [first.status_code, again.status_code, alone.status_code, read.status_code] == [201, 200, 200, 200]
    assert first.json == again.json == alone.json == read.json
    assert first.json["state"] == "complete" and first.json["missing_photos"] == []
    assert row_counts(street) == before


def test_the_digest_is_the_sha256_of_the_canonical_form_of_what_was_sent(officer: Officer) -> None:
    report = report_json(note='门前堆物 ❄ "\\', position={"bearing_deg": 12.50})

    receipt = officer.receipt(report)

    assert receipt["digest"] == hashlib.sha256(rfc8785.dumps(report)).hexdigest()


def test_key_order_and_spacing_do_not_make_another_report(officer: Officer) -> None:
    report, report_id = report_json(note="a"), uuid4()
    officer.send(report, report_id=report_id)

    turned = dict(reversed(report.items())) | {"position": dict(reversed(report["position"].items()))}

    assert officer.send(turned, report_id=report_id).status_code == 200


@pytest.mark.parametrize("seed", range(5))
def test_photos_may_come_after_the_report_in_any_order_and_twice(
    officer: Officer, street: Engine, seed: int
) -> None:
    report, report_id = report_json(photos=PHOTOS), uuid4()
    receipt = officer.receipt(report, report_id=report_id)
    digests = [sha256_of(photo) for photo in PHOTOS]
    assert receipt["missing_photos"] == digests and receipt["state"] == "awaiting_photos"

    order = PHOTOS * 2
    random.Random(seed).shuffle(order)
    seen: set[str] = set()
    for photo in order:
        answer = officer.send_photo(report_id, photo)
        assert answer.status_code == (200 if sha256_of(photo) in seen else 201)
        seen.add(sha256_of(photo))
        assert answer.json["missing_photos"] == [digest for digest in digests if digest not in seen]

    assert answer.json["state"] == "complete"
    assert row_counts(street)["photo_arrival"] == 3
    # One entry for the report and one for each photo, however often it was sent.
    assert row_counts(street)["ledger"] == 4


def test_some_photos_with_the_report_and_the_rest_with_its_repetition(officer: Officer) -> None:
    report, report_id = report_json(photos=PHOTOS), uuid4()

    assert officer.receipt(report, PHOTOS[1], report_id=report_id)["missing_photos"] == [
        sha256_of(PHOTOS[0]),
        sha256_of(PHOTOS[2]),
    ]
    again = officer.send(report, [PHOTOS[2], PHOTOS[0]], report_id=report_id)

    assert again.status_code == 200 and again.json["state"] == "complete"


def test_the_same_photo_twice_in_one_request_is_one_photo(officer: Officer, street: Engine) -> None:
    receipt = officer.receipt(report_json(photos=PHOTOS[:1]), PHOTOS[0], PHOTOS[0])

    assert receipt["state"] == "complete"
    assert row_counts(street)["photo_arrival"] == 1


def test_the_same_photo_may_belong_to_two_reports(officer: Officer, street: Engine) -> None:
    officer.receipt(report_json(photos=PHOTOS[:1]), PHOTOS[0])
    receipt = officer.receipt(report_json(photos=PHOTOS[:1], note="another"), PHOTOS[0])

    assert receipt["state"] == "complete"
    assert row_counts(street)["photo"] == 1 and row_counts(street)["photo_arrival"] == 2


@pytest.mark.parametrize("name", sorted(p.name for p in REAL_PHOTOS.iterdir() if p.suffix != ".md"))
def test_every_photo_of_the_demo_is_kept_byte_for_byte(officer: Officer, config: Config, name: str) -> None:
    photo = real_photo(name)
    report_id = uuid4()

    officer.receipt(report_json(photos=[photo]), photo, report_id=report_id)
    got = officer.get(f"/reports/{report_id}/photos/{sha256_of(photo)}")

    assert got.status_code == 200 and got.data == photo
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in got.headers["Content-Security-Policy"]


def test_other_content_under_the_same_id_conflicts_and_changes_nothing(
    officer: Officer, street: Engine
) -> None:
    report_id = uuid4()
    officer.receipt(report_json(note="a"), report_id=report_id)
    before = row_counts(street)

    answer = officer.send(report_json(note="b"), report_id=report_id)

    assert answer.status_code == 409 and answer.json["code"] == "report_conflict"
    assert row_counts(street) == before


def test_somebody_elses_id_conflicts_with_the_very_same_body_as_ones_own(
    officer: Officer, make_officer: Callable[..., Officer]
) -> None:
    report_id, report = uuid4(), report_json(note="a secret of the first officer", photos=PHOTOS[:1])
    officer.receipt(report, report_id=report_id)
    stranger = make_officer()

    own = officer.send(report_json(note="b"), report_id=report_id)
    same_words = stranger.send(report, report_id=report_id)
    other_words = stranger.send(report_json(note="c"), report_id=report_id)
    with_photo = stranger.send(report, PHOTOS[:1], report_id=report_id)

    for answer in (same_words, other_words, with_photo):
        assert answer.status_code == 409
        assert _told(answer.json) == _told(own.json)
    assert set(own.json) == {
        "type",
        "title",
        "title_en",
        "status",
        "code",
        "instance",
        "request_id",
    }


def _told(body: dict) -> dict:
    return {name: value for name, value in body.items() if name != "request_id"}


def test_a_report_of_somebody_else_is_not_there(
    officer: Officer, make_officer: Callable[..., Officer], street: Engine
) -> None:
    report_id, nobody = uuid4(), uuid4()
    officer.receipt(report_json(photos=PHOTOS[:2]), PHOTOS[0], report_id=report_id)
    stranger = make_officer()
    before = row_counts(street)

    for path in ("", "/receipt", f"/photos/{sha256_of(PHOTOS[0])}"):
        theirs, none = (stranger.get(f"/reports/{one}{path}") for one in (report_id, nobody))
        assert theirs.status_code == none.status_code == 404
        assert theirs.json["code"] == none.json["code"] == "not_found"
    assert stranger.send_photo(report_id, PHOTOS[1]).status_code == 404
    assert stranger.send_photo(nobody, PHOTOS[1]).status_code == 404
    assert row_counts(street) == before


def test_a_photo_the_report_does_not_list_is_refused(
    officer: Officer, street: Engine, config: Config
) -> None:
    report_id = uuid4()
    officer.receipt(report_json(photos=PHOTOS[:1]), report_id=report_id)
    before = row_counts(street)

    after = officer.send_photo(report_id, PHOTOS[2])
    within = officer.send(report_json(photos=PHOTOS[:1], note="x"), PHOTOS[:2])

    assert after.status_code == 404
    assert within.status_code == 422 and within.json["code"] == "photo_not_declared"
    assert row_counts(street) == before
    assert tree(config.var / "photos") == {} and tree(config.var / "staging") == {}


def test_bytes_with_another_digest_than_the_one_in_the_address_are_refused(
    officer: Officer, config: Config
) -> None:
    report_id = uuid4()
    officer.receipt(report_json(photos=PHOTOS[:1]), report_id=report_id)

    answer = officer.send_photo(report_id, PHOTOS[0] + b"\0", sha256_of(PHOTOS[0]))

    assert answer.status_code == 422 and answer.json["code"] == "photo_digest_mismatch"
    assert tree(config.var / "photos") == {} and tree(config.var / "staging") == {}


def test_a_photo_is_kept_read_only_under_its_digest(officer: Officer, config: Config) -> None:
    officer.receipt(report_json(photos=PHOTOS[:1]), PHOTOS[0])

    (kept,) = [path for path in Path(config.var / "photos").rglob("*") if path.is_file()]

    assert kept.name == sha256_of(PHOTOS[0]) and kept.read_bytes() == PHOTOS[0]
    assert kept.stat().st_mode & 0o777 == 0o444
