"""Documents of any kind on paper, and files put to what is no document: both as their body reads them."""

from __future__ import annotations

from io import BytesIO
from uuid import uuid4

from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import Engine

from tests import factories
from tests.factories import JINSHA, JINXIN
from tests.server.documents.doors import API, put_document
from tests.server.documents.promised import PDF, put_attachment
from tests.server.world import SignIn


def test_a_document_is_printed_with_all_that_it_says_by_whoever_reads_it(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    factories.make_organisations(owner)
    factories.make_rulebook(owner, "document_kinds")
    shop = factories.make_subject(owner, name='#link("x")[立夏]', township=JINSHA).code
    handler, stranger = sign_in("handler", organisation=JINSHA), sign_in("handler", organisation=JINXIN)
    said = "第一段:请清理门前。\n第二段:#emph[不是排版] $x$"
    document = put_document(
        client, handler, shop, kind="notice", title="整改告知书", text=said,
        attachments=[put_attachment(client, handler, PDF)],
    )  # fmt: skip
    told = client.get(f"{API}/documents/{document}", headers=handler).get_json()
    printed = client.get(f"{API}/documents/{document}/paper.pdf", headers=handler)
    assert printed.headers["Content-Disposition"] == f'inline; filename="{told["code"]}.pdf"'
    (page,) = PdfReader(BytesIO(printed.data)).pages
    # Words are set as they are: nothing of them is markup. Titles are set with space between their characters.
    read = page.extract_text().replace(" ", "")
    for words in (
        "整改告知书",
        told["code"],
        told["body"],
        told["digest"][:16],
        "附件 1 件",
        '#link("x")[立夏]',
    ):
        assert words.replace(" ", "") in read
    for paragraph in said.splitlines():
        assert paragraph.replace(" ", "") in read
    assert client.get(f"{API}/documents/{document}/paper.pdf", headers=stranger).status_code == 404


def test_what_is_written_down_of_a_matter_shows_its_file_to_the_body_it_is_about(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    factories.make_organisations(owner)
    reviewer, matter = sign_in("reviewer"), f"{API}/litigation/matters/{uuid4()}"
    begun = {"kind": "lawsuit", "reference": "(2026)行初1号", "township": JINSHA}
    assert client.put(matter, json=begun, headers=reviewer).status_code == 201
    held = put_attachment(client, reviewer, PDF)

    def write(sha256: str) -> tuple[int, str | None]:
        entry = {"kind": "accepted", "on": "2026-08-20", "attachment": sha256}
        answer = client.put(f"{matter}/entries/{uuid4()}", json=entry, headers=reviewer)
        return answer.status_code, answer.get_json().get("code")

    def read(township: str) -> int:
        headers = sign_in("handler", organisation=township)
        return client.get(f"{API}/attachments/{held}", headers=headers).status_code

    assert write("f" * 64) == (422, "attachment_missing")
    assert client.get(matter, headers=reviewer).get_json()["entries"] == [] and read(JINSHA) == 404
    assert write(held) == (201, None)
    assert (read(JINSHA), read(JINXIN)) == (200, 404)
