"""Attachments, documents and letters as the document of the API promises them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy import Engine

from tests import factories
from tests.server.documents.doors import consent, letter, make_street
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
    described: dict[str, Any],
    check_answer: Callable[..., None],
    client: FlaskClient,
    sign_in: SignIn,
    owner: Engine,
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

    factories.make_rulebook(owner, "service_methods")
    ((shop, zone),) = make_street(owner, 1)
    signature, at = digest["sha256"], factories.NOW.isoformat()
    ids = {name: str(uuid4()) for name in ("document_id", "attempt_id", "consent_id", "letter_id")}
    known, unknown = {**ids, "code": shop}, {**dict.fromkeys(ids, str(uuid4())), "code": "S-999999"}

    path, paper = "/documents/{document_id}", {"kind": "notice", "title": "告知书", "subject": shop}
    for body, status in [(paper, 200), ({**paper, "title": "other"}, 409), ({**paper, "colour": "red"}, 422)]:
        call("put", path, status, known, json=body)
    call("put", path, 422, unknown, json={**paper, "attachments": ["f" * 64]})
    call("put", path, 404, unknown, json={**paper, "replaces": str(uuid4())})
    call("put", path, 422, unknown, json={**paper, "kind": "liability_letter"})
    factories.make_rulebook(owner, "document_kinds")
    call("put", path, 409, unknown, json={**paper, "kind": "poem"})
    yield path, "put"
    call("get", path, 200, known)
    call("get", path, 404, unknown)
    yield path, "get"
    call("get", f"{path}/paper.pdf", 200, known)
    call("get", f"{path}/paper.pdf", 404, unknown)
    yield f"{path}/paper.pdf", "get"
    call("get", f"/documents?subject={shop}&limit=1", 200, known)
    call("get", "/documents?cursor=nonsense", 400, known)
    yield "/documents", "get"

    path = f"{path}/services/{{attempt_id}}"
    post = {"how": "post", "served_at": at, "outcome": "delivered", "receipt": signature}
    for body, status in [
        ({**post, "how": "pigeon"}, 409),
        ({"how": "email", "served_at": at}, 409),
        ({**post, "receipt": "f" * 64}, 422),
        (post, 201),
        (post, 200),
    ]:
        call("put", path, status, known, json=body)
    call("put", path, 404, unknown, json=post)
    yield path, "put"
    call("get", "/service-tasks?open=false", 200, known)
    call("get", "/service-tasks?cursor=nonsense", 400, known)
    yield "/service-tasks", "get"

    path, form = "/subjects/{code}/service-consents/{consent_id}", consent(signature)
    for body, status in [(form, 200), ({**form, "signer": "other"}, 409), ({**form, "form": "f" * 64}, 409)]:
        call("put", path, status, known, json=body)
    call("put", path, 422, {**unknown, "code": shop}, json={**form, "form": "f" * 64})
    call("put", path, 404, unknown, json=form)
    yield path, "put"
    call("post", f"{path}/withdraw", 200, known, json={"reason": "test"})
    call("post", f"{path}/withdraw", 404, {**unknown, "code": shop}, json={"reason": "test"})
    yield f"{path}/withdraw", "post"
    call("get", path.rpartition("/")[0], 200, known)
    call("get", path.rpartition("/")[0], 404, unknown)
    yield path.rpartition("/")[0], "get"

    path = "/letters/{letter_id}"
    for body, status in [
        (letter(shop, signature, how="pigeon"), 409),
        (letter(shop, "f" * 64), 422),
        (letter(shop, signature), 201),
        (letter(shop, signature), 200),
        (letter(shop, signature, note="other"), 409),
    ]:
        call("put", path, status, known, json=body)
    yield path, "put"
    call("get", f"/coverage/letters?zone={zone}", 200, known)
    call("get", "/coverage/letters?cursor=nonsense", 400, known)
    yield "/coverage/letters", "get"
    call("get", "/coverage/letters/streets", 200, known)
    yield "/coverage/letters/streets", "get"
    doors, printed = "/letters/doors", "/letters/print.pdf"
    for path, query, status in [
        (doors, "bbox=121,32,121.2,32.2", 200),
        (doors, "", 422),
        (doors, "bbox=121,32,121.2,32.2&cursor=nonsense", 400),
        (printed, f"subject={shop}", 200),
        (printed, "road=none", 404),
        (printed, "", 422),
    ]:
        call("get", f"{path}?{query}", status, known)
    yield doors, "get"
    yield printed, "get"
