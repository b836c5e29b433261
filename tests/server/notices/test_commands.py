"""`frontage notices` shows what was given up and tries it anew."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from config import Config
from server.cli import main
from server.jobs import count_jobs
from server.notices.delivering import Deliverer
from tests.server.notices.conftest import Desk, ShiftedClock
from tests.server.notices.receivers import Mailbox, Receiver


@pytest.fixture
def frontage(database_url: str, config: Config, monkeypatch: pytest.MonkeyPatch):
    """`frontage("notices", "channels")` on this test's database."""
    settings = {"FRONTAGE_DATABASE_URL": database_url, "FRONTAGE_VAR": str(config.var), "COLUMNS": "220"}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, list(arguments), catch_exceptions=False)

    return run


def test_what_was_given_up_is_shown_and_tried_anew(
    frontage, desk: Desk, deliverer: Deliverer, receiver: Receiver, shifted: ShiftedClock
) -> None:
    desk.channel("webhook", receiver.url)
    desk.tell("k", case="TZ-2026-000007")
    receiver.answers(500)
    deliverer.run()
    assert frontage("notices", "deliveries").exit_code == 0
    shifted.advance(days=1, minutes=1)
    deliverer.run()
    shown = frontage("notices", "deliveries", "--state", "failed", "--case", "TZ-2026-000007")
    assert shown.exit_code == 1
    assert "TZ-2026-000007" in shown.output and "对方返回错误" in shown.output and "500" in shown.output
    number = next(word for word in shown.output.split() if word.isdigit())
    receiver.answers(200)
    replayed = frontage("notices", "replay", number)
    assert (replayed.exit_code, replayed.output.strip()[-1]) == (0, "1")
    assert deliverer.run() == 1
    assert frontage("notices", "deliveries", "--state", "failed").exit_code == 0


def test_the_worker_of_a_deployment_sends_what_its_job_was_put_for(
    frontage,
    desk: Desk,
    receiver: Receiver,
    post_office: Mailbox,
    monkeypatch: pytest.MonkeyPatch,
    worker_url: str,
) -> None:
    settings = {
        "FRONTAGE_WEBHOOK_PLAIN_HTTP": "true",
        "FRONTAGE_WEBHOOK_PRIVATE_NETWORKS": "127.0.0.0/8",
        "FRONTAGE_SMTP_HOST": "127.0.0.1",
        "FRONTAGE_SMTP_PORT": str(post_office.port),
        "FRONTAGE_SMTP_SECURITY": "none",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    desk.channel("webhook", receiver.url)
    desk.channel("email", "duty@jinsha.test")
    desk.tell("k", case="TZ-2026-000007")
    assert frontage("worker", "--once").exit_code == 0
    assert receiver.keys == ["k"] and len(post_office.mails) == 1
    assert count_jobs(worker_url) == []


def test_channels_are_shown_without_what_is_secret(frontage, desk: Desk) -> None:
    desk.channel("wecom", "https://robot.test/send?key=very-secret")
    shown = frontage("notices", "channels")
    assert shown.exit_code == 0
    assert "wecom" in shown.output and "very-secret" not in shown.output


def test_a_delivery_that_is_not_there_is_refused_in_words(frontage, desk: Desk) -> None:
    refused = frontage("notices", "replay", "999")
    assert refused.exit_code == 1 and "999" in refused.output
