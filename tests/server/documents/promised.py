"""Attachments, documents and letters as the document of the API promises them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from flask.testing import FlaskClient

from tests import factories
from tests.server.world import SignIn

PDF = b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n"


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def put_attachment(client: FlaskClient, headers: dict[str, str], data: bytes) -> str:
    """The digest of bytes that were sent."""
    answer = client.put(f"/api/v1/attachments/{digest_of(data)}", data=data, headers=headers)
    assert answer.status_code in (200, 201), answer.text
    return digest_of(data)


def check_documents(
    described: dict[str, Any], check_answer: Callable[..., None], client: FlaskClient, sign_in: SignIn
) -> Iterator[tuple[str, str]]:
    """Every operation with what it gives and refuses."""
    handler = sign_in("handler", organisation=factories.JINSHA)

    def call(method: str, path: str, status: int, values: dict[str, Any], **sent: Any) -> Any:
        address = f"/api/v1{path.format_map(values)}"
        answer = client.open(address, method=method.upper(), headers=handler, **sent)
        assert answer.status_code == status, answer.text[:300]
        check_answer(described, path.partition("?")[0], method, answer)
        return answer.json

    path, photo = "/attachments/{sha256}", factories.photo_bytes(seed=41)
    digest, none = {"sha256": digest_of(photo)}, {"sha256": "0" * 64}
    for values, data, status in [
        (digest, photo, 201),
        (digest, photo, 200),
        (none, photo, 422),
        ({"sha256": digest_of(b"no photo")}, b"no photo", 422),
        ({"sha256": digest_of(PDF[:-8])}, PDF[:-8], 422),
    ]:
        call("put", path, status, values, data=data)
    yield path, "put"
    call("get", path, 200, digest)
    call("get", path, 404, none)
    yield path, "get"
    call("get", f"{path}/thumbnail", 404, digest)
    yield f"{path}/thumbnail", "get"
