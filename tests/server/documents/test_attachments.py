"""Attachments: kept byte for byte, read by whom they concern, known to whatever keeps and checks evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from sqlalchemy import Engine, text

from server.access import token_claim
from server.evidence import attachments
from server.problems.attachments import AttachmentMissing
from tests import factories
from tests.factories import JINSHA, JINXIN, NOW
from tests.server.documents.promised import PDF, digest_of, put_attachment
from tests.server.world import SignIn

API = "/api/v1/attachments"


def test_what_was_sent_is_given_back_byte_for_byte_to_whom_it_concerns(
    client: FlaskClient, owner: Engine, app: OpenAPI, sign_in: SignIn
) -> None:
    factories.make_organisations(owner)
    sender, of_jinsha = sign_in("officer", organisation=JINSHA), sign_in("handler", organisation=JINSHA)
    of_jinxin, district = sign_in("handler", organisation=JINXIN), sign_in("dispatcher")
    photo, named_wrongly = factories.photo_bytes(seed=5), "0" * 64
    digests = [put_attachment(client, sender, data) for data in (photo, PDF)]
    for data, digest, media_type in zip(
        (photo, PDF), digests, ("image/jpeg", "application/pdf"), strict=True
    ):
        for headers in (sender, district):
            got = client.get(f"{API}/{digest}", headers=headers)
            assert (got.status_code, got.data, got.mimetype) == (200, data, media_type)
            assert got.headers["Content-Disposition"].startswith("attachment")
            assert got.headers["X-Content-Type-Options"] == "nosniff"
        # Nobody else, before something of their body relies on it.
        assert {client.get(f"{API}/{digest}", headers=one).status_code for one in (of_jinsha, of_jinxin)} == {
            404
        }
    refused = client.put(f"{API}/{named_wrongly}", data=PDF, headers=sender)
    assert (refused.status_code, refused.get_json()["code"]) == (422, "photo_digest_mismatch")
    cut = client.put(f"{API}/{digest_of(PDF[:-8])}", data=PDF[:-8], headers=sender)
    assert (cut.status_code, cut.get_json()["code"]) == (422, "attachment_pdf_refused")

    _rely(app, owner, sender, digests, JINSHA)
    assert client.get(f"{API}/{digests[0]}", headers=of_jinsha).data == photo
    assert client.get(f"{API}/{digests[0]}", headers=of_jinxin).status_code == 404


def test_nobody_relies_on_bytes_they_may_not_see(
    client: FlaskClient, owner: Engine, app: OpenAPI, sign_in: SignIn
) -> None:
    factories.make_organisations(owner)
    hidden = put_attachment(client, sign_in("handler", organisation=JINSHA), PDF)
    asking = sign_in("handler", organisation=JINXIN)
    own = put_attachment(client, asking, factories.photo_bytes(seed=6))
    refused = _rely(app, owner, asking, [own, hidden, "f" * 64], JINXIN)
    assert refused is not None and set(refused.members["sha256"]) == {hidden, "f" * 64}
    assert factories.count_rows(owner, "attachment_use") == 2


def test_the_sweep_the_backup_and_the_check_know_of_attachments(
    client: FlaskClient, owner: Engine, sign_in: SignIn, tmp_path: Path
) -> None:
    digest = put_attachment(client, sign_in("officer"), PDF)
    with owner.connect() as connection:
        known = connection.execute(
            text("SELECT * FROM photos_known_v1(:d)"), {"d": [digest, "f" * 64]}
        ).scalars()
        arrived = connection.execute(text("SELECT sha256 FROM photos_arrived_v1(:since, 10)"), {"since": NOW})
        assert list(known) == [digest] == list(arrived.scalars())
        assert list(connection.scalars(text("SELECT sha256 FROM evidence_file_v1"))) == [digest]


def _rely(
    app: OpenAPI, owner: Engine, headers: dict[str, str], digests: list[str], body: str
) -> AttachmentMissing | None:
    """Let a document rely on them, as a feature does; what was refused."""
    services: Any = app.extensions["frontage"]
    with app.test_request_context(headers=headers):
        claim, _ = token_claim()
    with owner.connect() as connection:
        home = connection.execute(
            text("SELECT id FROM organisation WHERE code = :c"), {"c": body}
        ).scalar_one()
    try:
        with services.db.transaction(claim) as (connection, _):
            attachments.use(connection, digests, kind="document", thing=uuid4(), organisation_id=home, at=NOW)
    except AttachmentMissing as refused:
        return refused
    return None
