"""Every call of versions, editing and re-matching, with what it gives and refuses, for the test of the document."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine

from tests.server.places.plots import API, SignIn, draw_street, line, plot
from tests.server.world import Place

Check = Callable[[dict[str, Any], str, str, Any], None]
READS = [
    ("/zones/{kind}/{code}", 200),
    ("/zones/{kind}/nowhere", 404),
    ("/zones/{kind}/{code}/versions", 200),
    ("/zones/{kind}/changes?from=2020-01-01&to=2026-12-31", 200),
    ("/zones/{kind}/changes", 422),
    ("/zones/{kind}/newest?bbox=121,32,121.1,32.1", 200),
    ("/zones/{kind}/newest", 422),
    ("/zones/{kind}/days", 200),
    ("/zones/{kind}/days?cursor=nonsense", 400),
    ("/zone-edits", 200),
    ("/zone-edits?cursor=nonsense", 400),
    ("/zone-edits/{edit_id}", 200),
    ("/rematches", 200),
    ("/rematches/{rematch_id}", 200),
    ("/rematches/{rematch_id}/moves", 200),
]


def read_addresses(place: Place) -> Iterator[tuple[str, str, str, int]]:
    """Every read: path of the document, address, method, status."""
    values = {
        "kind": "frontage",
        "code": place.frontage,
        "edit_id": place.edit_id,
        "rematch_id": place.rematch_id,
    }
    for address, status in READS:
        path = address.partition("?")[0].replace("/nowhere", "/{code}")
        yield path, API + address.format_map(values), "get", status


def check_edits(
    described: dict[str, Any],
    check: Check,
    client: FlaskClient,
    sign_in: SignIn,
    owner: Engine,
    place: Place,
) -> Iterator[tuple[str, str]]:
    """Every edit and re-match once as it is meant and once refused; yields path and method."""
    # Parking may lie where the frontages of the other tests are.
    draw_street(owner, "PA", "PB", "PC", "PD", kind="parking")
    headers = sign_in("zone_manager")
    made: dict[str, Any] = {}

    def send(method: str, path: str, status: int, body: Any, version: int | None = None, **ids: Any) -> None:
        match = {} if version is None else {"If-Match": f'"{version}"'}
        address = API + path.format_map({"kind": "parking", **ids})
        answer = client.open(address, method=method.upper(), json=body, headers={**headers, **match})
        assert answer.status_code == status, answer.text
        check(described, path, method, answer)
        made.update(answer.get_json())

    def named(*codes: str) -> list[dict[str, Any]]:
        return [{"code": code, "version": 1} for code in codes]

    why: dict[str, Any] = {"note": "试"}
    drawn = {**why, "code": "PE", "name": "P", "geometry": plot(50, 60)}
    path = "/zones/{kind}"
    for body, status in [(drawn, 201), (drawn, 409), ({}, 422)]:
        send("post", path, status, body)
    send("post", path, 404, drawn, kind="merge")
    yield path, "post"

    path = "/zone-edits/{edit_id}/undo"
    drawn_id = client.get(f"{API}/zone-edits?kind=parking", headers=headers).get_json()["items"][0]["id"]
    for body, status in [(why, 200), (why, 409), ({}, 422)]:
        send("post", path, status, body, edit_id=drawn_id)
    yield path, "post"

    path = "/zones/{kind}/{code}"
    for version, code, status in [(1, "PA", 200), (1, "PA", 412), (None, "PA", 428), (1, "none", 404)]:
        send("patch", path, status, {**why, "name": "改"}, version, code=code)
    yield path, "patch"

    path = "/zones/{kind}/{code}/split"
    cut = {**why, "code": "PA2"}
    send("post", path, 422, {**cut, "line": line((4, -1), (4, 1))}, 2, code="PA")
    send("post", path, 200, {**cut, "line": line((4, -1), (4, 6))}, 2, code="PA")
    yield path, "post"

    path = "/zones/{kind}/trial"
    for body, status in [({"geometry": plot(50, 60)}, 200), ({}, 422)]:
        send("post", path, status, body)
    yield path, "post"

    path = "/zones/{kind}/border"
    send("post", path, 422, {**why, "zones": named("PB", "PD"), "line": line((15, -1), (15, 6))})
    send("post", path, 200, {**why, "zones": named("PB", "PC"), "line": line((15, -1), (15, 6))})
    yield path, "post"

    path = "/zones/{kind}/merge"
    send("post", path, 409, {**why, "zones": named("PB", "PC"), "keep": "PB"})
    zones = [{"code": "PC", "version": 2}, {"code": "PD", "version": 1}]
    send("post", path, 200, {**why, "zones": zones, "keep": "PD"})
    yield path, "post"

    path = "/zones/{kind}/{code}/close"
    send("post", path, 200, why, 2, code="PB")
    send("post", path, 404, why, 2, code="PB")
    yield path, "post"

    period = {"received_from": "2026-01-01T00:00:00Z", "received_to": "2027-01-01T00:00:00Z"}
    send("post", "/rematches", 202, period)
    yield "/rematches", "post"
    path = "/rematches/{rematch_id}/run"
    send("post", path, 409, None, rematch_id=made["id"])
    send("post", path, 202, None, rematch_id=place.rematch_id)
    yield path, "post"
