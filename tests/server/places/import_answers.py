"""Imports called once each, well and badly, for the test that answers are what the document promises."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

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
    for query, body in (
        ("", {}),
        ("?fate=new&limit=1", {"valid_from": "2026-11-01"}),
        ("?cursor=bad", {"valid_from": "2026-11-01"}),
    ):
        check(
            described,
            f"{ONE}/comparison",
            "post",
            client.post(f"{address}/comparison{query}", json=body, headers=headers),
        )
    yield f"{ONE}/comparison", "post"
    for number in (1, 999):
        check(
            described,
            f"{ONE}/faults/{{number}}",
            "get",
            client.get(f"{address}/faults/{number}", headers=headers),
        )
    yield f"{ONE}/faults/{{number}}", "get"
    for again in (address, f"{API}/zones/imports/{uuid4()}"):
        check(
            described,
            f"{ONE}/readings",
            "post",
            client.post(f"{again}/readings", json={"datum": "wgs84"}, headers=headers),
        )
    yield f"{ONE}/readings", "post"
    check(described, f"{ONE}/file", "get", client.get(f"{address}/file", headers=headers))
    yield f"{ONE}/file", "get"
    for _ in range(2):
        check(described, APPLY, "post", apply(client, headers, sent.json["id"]))
    yield APPLY, "post"
    for query in ("", "?severity=warning&limit=1", "?cursor=nonsense", "?severity=bad"):
        check(described, ONE, "get", client.get(address + query, headers=headers))
    taken = send(client, {**headers, "Prefer": "respond-async"}, geojson(wide))
    assert taken.status_code == 202, taken.text
    check(described, "/zones/{kind}/imports", "post", taken)
    check(described, ONE, "get", client.get(f"{API}/zones/imports/{taken.json['id']}", headers=headers))
    yield ONE, "get"
    for query in ("", "?state=reported&kind=frontage", "?cursor=nonsense", "?state=bad"):
        check(described, "/zones/imports", "get", client.get(f"{API}/zones/imports{query}", headers=headers))
    yield "/zones/imports", "get"
    yield from _check_files(described, check, client, headers)


def _check_files(
    described: dict[str, Any], check: Check, client: FlaskClient, headers: dict[str, str]
) -> Iterator[tuple[str, str]]:
    """Drawings and exports."""
    path, ids = "/zones/{kind}/drawings", []
    for options, status in (({"township": "320612001", "valid_from": "2026-11-01"}, 202), ({}, 422)):
        parts = {
            "buildings": (io.BytesIO(geojson()), "buildings.geojson"),
            "streets": (io.BytesIO(geojson()), "streets.geojson"),
            "options": json.dumps(options),
        }
        answer: Any = client.post(f"{API}/zones/frontage/drawings", data=parts, headers=headers)
        assert answer.status_code == status, answer.text
        check(described, path, "post", answer)
        ids += [answer.json["id"]] if status == 202 else []
    yield path, "post"
    for query in ("", "?kind=gap", "?cursor=nonsense", "?kind=bad"):
        answer = client.get(f"{API}/zones/drawings/{ids[0]}{query}", headers=headers)
        check(described, "/zones/drawings/{drawing_id}", "get", answer)
    yield "/zones/drawings/{drawing_id}", "get"
    for drawing_id in (ids[0], "00000000-0000-4000-8000-000000000000"):
        answer = client.post(f"{API}/zones/drawings/{drawing_id}/cancel", headers=headers)
        check(described, "/zones/drawings/{drawing_id}/cancel", "post", answer)
    yield "/zones/drawings/{drawing_id}/cancel", "post"
    for query in ("", "?format=csv", "?format=geojson", "?format=dwg"):
        with client.get(f"{API}/zones/frontage/export{query}", headers=headers) as file:
            check(described, "/zones/{kind}/export", "get", file)
    yield "/zones/{kind}/export", "get"
