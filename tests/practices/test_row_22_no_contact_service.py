"""Row 22: electronic service needs a signed consent; what does not arrive is served on paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from config import Config
from server import schema
from server.deployment import WORKER_ROLE
from server.evidence.photos import store_from_url
from server.evidence.staging import Staging
from server.jobs import connect
from server.wiring import service_sender_of
from tests import factories
from tests.conftest import StandingClock
from tests.factories import JINSHA, JINXIN, NOW
from tests.postgres import METRIC_SRID, TestServer
from tests.server.documents.doors import API, consent, make_street, put_document, serve
from tests.server.documents.promised import PDF, put_attachment
from tests.server.notices.receivers import Mailbox, Receiver, http_receiver, mailbox

SECRET = "whsec_" + "c2VjcmV0IG9mIHRoZSB0ZXN0cywgMzIgYnl0ZXMgbG9uZw=="


@pytest.fixture
def post_office() -> Iterator[Mailbox]:
    with mailbox() as made:
        yield made


@pytest.fixture
def sms() -> Iterator[Receiver]:
    with http_receiver() as made:
        yield made


@pytest.fixture
def config(tmp_path: Path, post_office: Mailbox, sms: Receiver) -> Config:
    secret = tmp_path / "sms.secret"
    secret.write_text(SECRET)
    return Config(
        var=tmp_path / "var",
        metric_srid=METRIC_SRID,
        database_pool_size=4,
        smtp_host="127.0.0.1",
        smtp_port=post_office.port,
        smtp_security="none",
        smtp_from="frontage@bureau.test",
        sms_gateway_url=sms.url,
        sms_gateway_secret_file=secret,
        webhook_plain_http=True,
        webhook_private_networks="127.0.0.0/8",
    )


@pytest.fixture
def send(config: Config, postgres: TestServer, database_url: str, clock: StandingClock) -> Callable[[], int]:
    """Does what the worker does when there is something to send."""
    url = schema.role_url(database_url, WORKER_ROLE, postgres.app_password)
    store = store_from_url((config.var / "photos").as_uri(), Staging(config.var / "staging", 2**20))
    return service_sender_of(config, lambda: connect(url), store, clock).run


def test_row_22_electronic_service_needs_a_stored_consent_and_paper_follows_a_failure(
    client: FlaskClient,
    owner: Engine,
    sign_in: Callable[..., dict[str, str]],
    send: Callable[[], int],
    post_office: Mailbox,
    sms: Receiver,
    clock: StandingClock,
) -> None:
    factories.make_organisations(owner)
    factories.make_rulebook(owner, "service_methods")
    ((shop, _), (other, _)) = make_street(owner, 2)
    handler = sign_in("handler", organisation=JINSHA)
    document = put_document(client, handler, shop, attachments=[put_attachment(client, handler, PDF)])

    def refused(how: str = "email", of: str = document) -> tuple[int, str]:
        answer = serve(client, handler, of, how=how)
        return answer.status_code, answer.get_json()["code"]

    def tasks(who: dict[str, str] = handler, query: str = "") -> list[dict]:
        return client.get(f"{API}/service-tasks{query}", headers=who).get_json()["items"]

    # Without a consent nothing leaves, and nothing is noted.
    assert refused() == (409, "service_consent_missing")
    assert factories.count_rows(owner, "service_attempt") == 0

    form = put_attachment(client, handler, factories.photo_bytes(seed=7))
    chosen = f"{API}/subjects/{shop}/service-consents/{uuid4()}"
    assert client.put(chosen, json=consent(form), headers=handler).status_code == 200
    # It has no telephone, and is nobody else's.
    assert refused("sms") == (409, "service_consent_missing")
    assert refused(of=put_document(client, handler, other)) == (409, "service_consent_missing")

    # With one it goes out with its attachment, and comes back as delivered.
    answer = serve(client, handler, document, how="email")
    assert answer.status_code == 201 and answer.get_json()["served"] == "sending"
    assert send() == 1
    (mail,) = post_office.mails
    assert isinstance(mail, EmailMessage) and mail["To"] == "shop@example.test"
    assert "责令改正通知书" in mail["Subject"] and [
        part.get_content() for part in mail.iter_attachments()
    ] == [PDF]
    told = client.get(f"{API}/documents/{document}", headers=handler).get_json()
    assert told["served"] == "delivered" and tasks() == []

    # A mailbox that does not exist: paper within the days that the method says, told once, closed by paper.
    post_office.recipient_verdict = "550 No such user"
    second = put_document(client, handler, shop)
    serve(client, handler, second, how="email")
    assert send() == 0
    (task,) = tasks()
    assert (task["document"], task["failed_how"], task["trouble"]) == (second, "email", "recipient_refused")
    assert task["due_at"].startswith((NOW + timedelta(days=3)).date().isoformat()) and not task["late"]
    assert tasks(sign_in("handler", organisation=JINXIN)) == []
    clock.advance(days=4)
    assert tasks()[0]["late"]
    serve(client, handler, second, how="in_person", outcome="failed", note="店门紧锁")
    assert len(tasks()) == 1
    clock.advance(hours=1)
    served = serve(client, handler, second, how="in_person", outcome="delivered", receipt=form)
    assert served.get_json()["services"][-1]["receipt"] == form
    assert tasks() == [] and len(tasks(query="?open=false")) == 1

    # What a gateway sends brings its own proof.
    odd = serve(client, handler, document, how="email", receipt=form)
    assert (odd.status_code, odd.get_json()["errors"][0]["path"]) == (422, "/receipt")

    # A text message, signed; then the shop withdraws, and nothing electronic is left.
    phone = f"{API}/subjects/{shop}/service-consents/{uuid4()}"
    client.put(phone, json=consent(form, email=None, phone="000-0000-0001"), headers=handler)
    third = put_document(client, handler, shop)
    serve(client, handler, third, how="sms", served_at=clock().isoformat())
    assert send() == 1
    (message,) = sms.requests
    assert message.json["to"] == "000-0000-0001" and message.headers["webhook-signature"]
    for one in (chosen, phone):
        answer = client.post(f"{one}/withdraw", json={"reason": "更换号码"}, headers=handler)
        assert answer.status_code == 200
    assert {refused("sms"), refused("email")} == {(409, "service_consent_missing")}


def test_row_22_a_gateway_that_is_not_there_is_told_and_a_host_that_fails_long_enough_means_paper(
    client: FlaskClient,
    owner: Engine,
    sign_in: Callable[..., dict[str, str]],
    send: Callable[[], int],
    sms: Receiver,
    clock: StandingClock,
) -> None:
    factories.make_organisations(owner)
    factories.make_rulebook(owner, "service_methods")
    ((shop, _),) = make_street(owner, 1)
    handler, officer = sign_in("handler", organisation=JINSHA), sign_in("officer", organisation=JINSHA)
    document = put_document(client, handler, shop)
    form = put_attachment(client, handler, factories.photo_bytes(seed=8))
    consents = f"{API}/subjects/{shop}/service-consents"
    given = consent(form, email=None, phone="000-0000-0001")
    client.put(f"{consents}/{uuid4()}", json=given, headers=handler)
    # Where somebody is reached is not for who walks the streets.
    assert client.get(consents, headers=officer).status_code == 403
    assert (serve(client, handler, document, how="sms", outcome="delivered")).status_code == 422
    attempt = uuid4()
    for status in (201, 200):
        assert serve(client, handler, document, attempt, how="sms").status_code == status
    sms.answers(503)
    assert send() == 0 and send() == 0
    clock.advance(hours=1)
    assert send() == 0
    assert client.get(f"{API}/service-tasks", headers=handler).get_json()["items"] == []
    clock.advance(days=2)
    assert send() == 0
    (task,) = client.get(f"{API}/service-tasks", headers=handler).get_json()["items"]
    assert task["trouble"] == "answered_error" and len(sms.requests) == 3
