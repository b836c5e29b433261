"""Personal tokens: shown once, good for what their owner may do now, no more and no longer."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from sqlalchemy import Engine, text

from server import access
from server.access import PersonalToken
from tests.factories import JINSHA, count_rows, make_account
from tests.server.test_matrix import TABLE, call
from tests.server.world import SignIn, make_two_places

API = "/api/v1"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def make_token(client: FlaskClient, headers: dict[str, str], scope: str) -> dict[str, Any]:
    wanted = {"name": "a script", "scope": scope, "days": 30}
    answer = client.post(f"{API}/tokens", json=wanted, headers=headers)
    assert answer.status_code == 201
    made: dict[str, Any] = answer.get_json()
    return made


def test_a_token_opens_every_route_as_its_owner_s_session_does(
    app: OpenAPI, client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    place, _ = make_two_places(owner, client, sign_in)
    session = sign_in("zone_manager", organisation=JINSHA)
    reads, writes = (bearer(make_token(client, session, scope)["secret"]) for scope in ("read", "write"))
    views = {
        (method, rule.rule): app.view_functions[rule.endpoint]
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
    }
    differs = {}
    for (method, rule), row in TABLE.items():
        if "zone_manager" not in row.roles:
            continue
        # What only the district decides is refused to this one anyhow.
        refused = row.district or access.needs_session(views[method, rule])
        if method != "GET" and call(client, method, rule, place, reads, "") != 403:
            differs[method, rule] = "changed by a token that reads"
        got = call(client, method, rule, place, reads if method == "GET" else writes, "")
        if got != (403 if refused else row.status):
            differs[method, rule] = f"{got} for {row.status}"
    assert differs == {}


def test_a_token_is_worth_what_its_owner_is_worth_now(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    account = make_account(owner, role="zone_manager", organisation=JINSHA)
    session, admin = sign_in(account.username), sign_in("admin")
    made = make_token(client, session, "write")
    token, one = bearer(made["secret"]), f"{API}/accounts/{account.id}"

    def opens(path: str = "/me") -> int:
        return client.get(API + path, headers=token).status_code

    assert (opens(), opens("/accounts")) == (200, 200)
    version = client.get(one, headers=admin).get_json()["version"]
    for said, expected in (
        ({"role": "handler"}, (200, 403)),
        ({"disabled": True}, (401, 401)),
        ({"disabled": False, "role": "zone_manager"}, (200, 200)),
    ):
        answer = client.patch(one, json=said, headers=admin | {"If-Match": f'"{version}"'})
        version = answer.get_json()["version"]
        assert (opens(), opens("/accounts")) == expected

    # Its owner and their administrator see it, nobody else does; nobody sees what opens it.
    listed = client.get(f"{API}/tokens?account={account.id}", headers=admin)
    (told,) = listed.get_json()["items"]
    assert (told["name"], told["state"], told["revoked_by"]) == ("a script", "active", None)
    assert told["last_used_on"] is not None
    assert made["secret"] not in listed.text
    other = sign_in("dispatcher")
    assert client.get(f"{API}/tokens?account={account.id}", headers=other).get_json()["items"] == []
    revoke = f"{API}/tokens/{told['id']}/revoke"
    assert client.post(revoke, headers=other).status_code == 404
    assert client.post(revoke, headers=admin).get_json()["state"] == "revoked"
    assert opens() == 401
    assert (
        client.get(f"{API}/tokens", headers=sign_in(account.username)).get_json()["items"][0]["state"]
        == "revoked"
    )


def test_a_token_that_is_over_or_altered_opens_nothing(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    session = sign_in("officer")
    made = make_token(client, session, "read")
    token = PersonalToken.read(made["secret"])
    assert token is not None
    with owner.connect() as connection:
        kept = connection.execute(text("SELECT CAST(k AS text) FROM api_token k")).scalar_one()
    assert token.secret.hex() not in kept
    raised = PersonalToken(token.account_id, token.token_id, True, token.secret).text
    other = PersonalToken(token.account_id, token.token_id, False, bytes(32)).text
    for shown in (raised, other, made["secret"][:-4], "fgr_", "fgw_ñ", f"fgx_{made['secret'][4:]}"):
        assert client.get(f"{API}/me", headers=bearer(shown)).status_code == 401, shown
    assert client.get(f"{API}/me", headers=bearer(made["secret"])).status_code == 200
    with owner.begin() as connection:
        connection.execute(text("UPDATE api_token SET expires_at = now()"))
    assert client.get(f"{API}/me", headers=bearer(made["secret"])).status_code == 401
    assert count_rows(owner, "api_token") == 1


@pytest.mark.parametrize("scope", ["read", "write"])
def test_a_token_makes_no_token_and_no_stream(client: FlaskClient, sign_in: SignIn, scope: str) -> None:
    token = bearer(make_token(client, sign_in("dispatcher"), scope)["secret"])
    wanted = {"name": "a child", "scope": "read", "days": 1}
    for answer in (
        client.post(f"{API}/tokens", json=wanted, headers=token),
        client.post(f"{API}/stream/tickets", headers=token),
        client.get(f"{API}/stream", headers=token),
        client.post(f"{API}/auth/logout", headers=token),
    ):
        assert (answer.status_code, answer.get_json()["code"]) == (403, "session_needed")
