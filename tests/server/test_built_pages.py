"""What web/ built, as it leaves the server: compressed for who takes it so, kept for ever where its name says what it is."""

from __future__ import annotations

import gzip
import json

from flask.testing import FlaskClient

from scripts.pack_web import DIST, FIRST_LOAD_MAX_BYTES, first_load


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
