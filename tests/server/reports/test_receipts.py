"""Receipts: signed, checkable by anybody with the published key, and spoilt by any change."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner

from config import Config
from server.app import create_app
from server.cli import main
from server.evidence.signing import verify_with
from tests.factories import photo_bytes, report_json
from tests.postgres import TestServer
from tests.server.reports.street import Officer

PHOTO = photo_bytes()


def holds(officer: Officer, receipt: dict[str, Any]) -> bool:
    """Whether the key the server publishes signed this receipt."""
    keys = officer.get("/keys").json["keys"]
    unsigned = {name: value for name, value in receipt.items() if name != "signature"}
    return any(verify_with(key, unsigned, receipt["signature"]) for key in keys)


def test_the_signature_holds_with_the_published_key(officer: Officer) -> None:
    report_id = uuid4()
    sent = officer.receipt(report_json(photos=[PHOTO]), report_id=report_id)
    after_photo = officer.send_photo(report_id, PHOTO).json

    assert holds(officer, sent) and holds(officer, after_photo)
    assert sent["signature"] != after_photo["signature"]


@pytest.mark.parametrize(
    "place",
    [
        ("id",),
        ("digest",),
        ("received_at",),
        ("state",),
        ("missing_photos", 0),
        ("match", "frontage", "code"),
        ("township", "code"),
        ("case", "number"),
        ("findings", 0, "code"),
    ],
    ids=lambda place: ".".join(map(str, place)),
)
def test_one_changed_character_anywhere_spoils_the_signature(
    officer: Officer, place: tuple[str | int, ...]
) -> None:
    receipt = officer.receipt(report_json(photos=[PHOTO], position={"mock": True}))
    forged: Any = copy.deepcopy(receipt)
    inner = forged
    for step in place[:-1]:
        inner = inner[step]
    old = inner[place[-1]]
    inner[place[-1]] = ("0" if old[0] != "0" else "1") + old[1:]

    assert holds(officer, receipt)
    assert not holds(officer, forged)


def test_the_first_receipt_says_what_every_later_one_says(officer: Officer) -> None:
    """The first is built from what was computed, the later ones from what was stored."""
    report_id = uuid4()
    awkward = report_json(accuracy_m=0.1 + 0.2, position={"bearing_deg": 1e-7}, photos=[PHOTO])

    first = officer.receipt(awkward, PHOTO, report_id=report_id)

    assert officer.get(f"/reports/{report_id}/receipt").json == first


def test_receipts_of_before_hold_after_the_key_was_replaced(
    officer: Officer,
    config: Config,
    postgres: TestServer,
    database_url: str,
    sign_in: Callable[..., dict[str, str]],
) -> None:
    report_id = uuid4()
    before = officer.receipt(report_json(), report_id=report_id)
    environment = {"FRONTAGE_VAR": str(config.var), "FRONTAGE_METRIC_SRID": str(config.metric_srid)}
    done = CliRunner().invoke(main, ["keys", "rotate"], env=environment, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    app = create_app(config, app_database_url=postgres.app_url(database_url))
    try:
        restarted = Officer(app.test_client(), sign_in("dispatcher"))
        after = restarted.get(f"/reports/{report_id}/receipt").json
        assert holds(restarted, before) and holds(restarted, after)
        assert before["signature"].partition(".")[0] != after["signature"].partition(".")[0]
        keys = restarted.get("/keys").json["keys"]
        assert [("retired_at" in key) for key in keys] == [False, True]
        listed = CliRunner().invoke(main, ["keys", "list"], env=environment, catch_exceptions=False).output
        assert [line.split()[0] for line in listed.splitlines()] == [key["kid"] for key in keys]
    finally:
        app.extensions["frontage"].close()
