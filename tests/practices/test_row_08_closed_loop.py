"""Row 8: no case closes without an after-photo, nor by whoever handled it; the answer says why."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from tests.server.cases.desk import make_desk
from tests.server.cases.test_guards import refused

SignIn = Callable[..., dict[str, str]]


def test_row_08_closing_without_an_after_photo_or_by_the_handler_is_refused_with_the_reason(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    desk = make_desk(client, owner, sign_in)
    number = desk.to("handling")
    desk.did("handler", number, "reply", note="已清理")
    refused(desk.act("checker", number, "pass"), "after_photo")
    desk.after(number)
    # The handler becomes a checker: what counts is who did it, not what they are called today.
    with owner.begin() as connection:
        values = {"id": desk.account("handler")}
        connection.execute(text("UPDATE account SET role = 'checker' WHERE id = CAST(:id AS uuid)"), values)
    refused(desk.act("handler", number, "pass"), "checker_is_not_handler")
    assert desk.case(number)["state"] == "replied"
    assert desk.did("checker", number, "pass")["state"] == "closed"
