"""Imports called once each, well and badly, for the test that answers are what the document promises."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flask.testing import FlaskClient

from tests.server.places.layer_files import API, apply, feature, geojson, send, strip
from tests.server.world import SignIn

Check = Callable[[dict[str, Any], str, str, Any], None]
ONE, APPLY = "/zones/imports/{import_id}", "/zones/imports/{import_id}/apply"


def check_imports(
    described: dict[str, Any], check: Check, client: FlaskClient, sign_in: SignIn
) -> Iterator[tuple[str, str]]:
    """Every operation of imports; gives path and method of each that was checked."""
    headers = sign_in("zone_manager")
    wide = feature(strip(0, size_deg=1.2e-4, lon=121.3), "WIDE", township=None)
    narrow = feature(strip(1, lon=121.3), "NARROW", township=None)
    sent = send(client, headers, geojson(wide, narrow), columns={"name": "name"}, valid_from="2026-11-01")
    assert sent.status_code == 201, sent.text
    assert sent.json["faults"]
    check(described, "/zones/{kind}/imports", "post", sent)
    check(described, "/zones/{kind}/imports", "post", send(client, headers, b""))
    yield "/zones/{kind}/imports", "post"
    address = f"{API}/zones/imports/{sent.json['id']}"
    check(described, f"{ONE}/file", "get", client.get(f"{address}/file", headers=headers))
    yield f"{ONE}/file", "get"
    for _ in range(2):
        check(described, APPLY, "post", apply(client, headers, sent.json["id"]))
    yield APPLY, "post"
    for query in ("", "?severity=warning&limit=1", "?cursor=nonsense", "?severity=bad"):
        check(described, ONE, "get", client.get(address + query, headers=headers))
    yield ONE, "get"
