"""What leaves the server for pages: compressed for who takes it so; what web/ built kept for ever by its name."""

from __future__ import annotations

import gzip
import json

from flask import Response
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI

from scripts.pack_web import DIST, FIRST_LOAD_MAX_BYTES, first_load
from server.access import public
from server.contract import json_response


def test_the_phones_first_load_leaves_compressed_and_is_small_enough(client: FlaskClient) -> None:
    total_bytes = 0
    loaded = first_load()
    doors = json.loads((DIST / ".vite" / "manifest.json").read_text(encoding="utf-8"))
    assert doors["src/officer/index.tsx"]["file"] in loaded
    assert not any("/map-" in name for name in loaded)
    for name in loaded:
        with (
            client.get(f"/app/{name}", headers={"Accept-Encoding": "identity"}) as plain,
            client.get(f"/app/{name}", headers={"Accept-Encoding": "gzip"}) as packed,
        ):
            assert "Content-Encoding" not in plain.headers
            assert packed.headers["Content-Encoding"] == "gzip"
            assert packed.headers["Content-Type"] == plain.headers["Content-Type"]
            assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
            assert gzip.decompress(packed.data) == plain.data == (DIST / name).read_bytes()
            assert ("immutable" in packed.headers["Cache-Control"]) == name.startswith("assets/")
            total_bytes += len(packed.data)
    assert total_bytes < FIRST_LOAD_MAX_BYTES


def test_json_that_is_asked_for_leaves_compressed_where_it_is_large(app: OpenAPI) -> None:
    @app.route("/large")
    @public
    def large() -> Response:
        return json_response(["门前责任区"] * 1000)

    client = app.test_client()
    plain = client.get("/large")
    packed = client.get("/large", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) == packed.content_length < len(plain.data) / 4
    assert "Content-Encoding" not in plain.headers
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
    assert "Content-Encoding" not in client.get("/healthz", headers={"Accept-Encoding": "gzip"}).headers
