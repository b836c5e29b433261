"""Whoever imports a layer and whoever edits it take turns: neither writes over ground the other has just taken."""

from __future__ import annotations

import threading
import time
from datetime import date
from typing import Any
from uuid import UUID

from flask_openapi3 import OpenAPI
from sqlalchemy import Engine, text

from server.places.importing import layers
from server.places.importing.layers import Decision
from tests.factories import NOW
from tests.server.places.layer_files import API, feature, geojson, row, send, strip
from tests.server.world import SignIn

WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


def waiting(owner: Engine) -> int:
    with owner.connect() as connection:
        found: int = connection.execute(text(WAITING)).scalar_one()
    return found


def drawn_over(number: int) -> dict[str, Any]:
    zone = feature(strip(number), "OVER")
    return {
        "code": "OVER",
        "name": "x",
        "note": "new",
        "geometry": zone["geometry"],
        "valid_from": "2026-11-01",
    }


def test_an_edit_waits_for_an_import_and_then_sees_what_it_wrote(
    app: OpenAPI, owner: Engine, sign_in: SignIn
) -> None:
    headers = sign_in("zone_manager")
    report = send(app.test_client(), headers, row(3)).json
    answers: list[Any] = []

    def draw() -> None:
        answers.append(app.test_client().post(f"{API}/zones/frontage", json=drawn_over(1), headers=headers))

    editing = threading.Thread(target=draw)
    with owner.begin() as importing:
        done = layers.apply(importing, UUID(report["id"]), Decision(date(2026, 11, 1)), today=NOW.date())
        assert done.counts["new"] == 3
        editing.start()
        while not waiting(owner):
            assert editing.is_alive(), answers[0].text
            time.sleep(0.01)
    editing.join()
    (answer,) = answers
    assert (answer.status_code, answer.json["code"]) == (422, "zone_shape_refused"), answer.text
    assert [one["other"] for one in answer.json["overlaps"]] == ["A1"]


def test_an_import_waits_for_an_edit_of_its_layer_and_for_no_other(
    app: OpenAPI, owner: Engine, sign_in: SignIn
) -> None:
    headers = sign_in("zone_manager")
    client = app.test_client()
    site = send(client, headers, geojson(feature(strip(9), "S")), kind="site").json
    frontage = send(client, headers, row(1)).json
    answers: list[Any] = []

    def apply_to(import_id: str) -> threading.Thread:
        def post() -> None:
            body = {"valid_from": "2026-11-01"}
            path = f"{API}/zones/imports/{import_id}/apply"
            answers.append(app.test_client().post(path, json=body, headers=headers))

        thread = threading.Thread(target=post)
        thread.start()
        return thread

    with owner.begin() as editing:
        editing.execute(text("SELECT zone_layer_lock_v1('frontage')"))
        apply_to(site["id"]).join()
        assert [one.status_code for one in answers] == [200]
        other = apply_to(frontage["id"])
        while not waiting(owner):
            assert other.is_alive(), answers[-1].text
            time.sleep(0.01)
    other.join()
    assert [one.status_code for one in answers] == [200, 200]
