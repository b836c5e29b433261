"""Row 26: a complaint about an open case joins it, and who complained is seen by intake alone."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import Engine

from server.access import ROLES
from tests.server.complaints.calls import API, PLANTED, end_case, taken
from tests.server.world import make_two_places

SignIn = Callable[..., dict[str, str]]


def test_row_26_a_complaint_joins_the_open_case_and_only_intake_sees_who_complained(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    place, _ = make_two_places(owner, client, sign_in)
    intake = sign_in("intake")
    channels = ("phone_12345", "petition", "web")
    told = [
        taken(client, intake, channel=channel, external_number=f"n{number}")
        for number, channel in enumerate(channels)
    ]
    assert {one["case"]["number"] for one in told} == {place.case_number}
    assert {one["relation"] for one in told} == {"attached"}
    person = f"{API}/complaints/{told[0]['id']}/complainant?why=inquiry"
    assert all(one in client.get(person, headers=intake).text for one in PLANTED)
    for role in ROLES:
        if role == "intake":
            continue
        headers = sign_in(role)
        assert client.get(person, headers=headers).status_code == 403
        for path in (
            f"/complaints/{told[0]['id']}",
            f"/cases/{place.case_number}",
            f"/cases/{place.case_number}/complaints",
            f"/cases/{place.case_number}/history",
            "/complaints",
        ):
            said = client.get(f"{API}{path}", headers=headers).text
            assert not [one for one in PLANTED if one in said], (role, path)
    # Once the case has ended, the next complaint is a matter of its own.
    end_case(owner, place.case_number)
    assert taken(client, intake, external_number="later")["relation"] == "opened"
