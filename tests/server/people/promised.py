"""Accounts, bodies and personal tokens as the document promises them: each call with what it gives and refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine

from tests.factories import DISTRICT, JINSHA, PASSWORD, make_account
from tests.server.world import SignIn

API = "/api/v1"
NOBODY = "00000000-0000-4000-8000-00000000dead"
NEW = {"username": "new.officer", "display_name": "新人", "role": "officer", "body": JINSHA}
BODY = {"code": "320612999", "name": "某镇", "body_name": "某镇执法局", "body_name_en": "Bureau of Mou"}


def check_people(
    described: dict[str, Any],
    check_answer: Callable[..., None],
    client: FlaskClient,
    sign_in: SignIn,
    owner: Engine,
) -> Iterator[tuple[str, str]]:
    """Every operation of administration, of personal tokens, and of passwords."""
    admin, officer = sign_in("admin", organisation=DISTRICT), sign_in("officer")

    def call(method: str, path: str, status: int, headers: dict[str, str], **sent: Any) -> Any:
        address = API + path.format(**sent.pop("names", {})) + sent.pop("query", "")
        version = sent.pop("version", None)
        seen = headers if version is None else headers | {"If-Match": f'"{version}"'}
        answer = client.open(address, method=method.upper(), headers=seen, **sent)
        assert answer.status_code == status, f"{method} {address}: {answer.status_code} {answer.text[:300]}"
        check_answer(described, path, method, answer)
        return answer.json

    yield from _accounts(call, admin, officer)
    yield from _organisations(call, admin, sign_in("admin", organisation=JINSHA))
    yield from _tokens(call, admin, officer)
    account = make_account(owner, role="handler", organisation=JINSHA)
    right = {"username": account.username, "password": PASSWORD, "new_password": "another for tests"}
    for status, body in [(200, right), (401, right), (422, {**right, "new_password": "short"})]:
        call("post", "/auth/password", status, {}, json=body)
    yield "/auth/password", "post"


def _accounts(
    call: Callable[..., Any], admin: dict[str, str], officer: dict[str, str]
) -> Iterator[tuple[str, str]]:
    made = call("post", "/accounts", 201, admin, json=NEW)
    told = {"username": NEW["username"], "password": made["password"]}
    call("post", "/auth/login", 409, {}, json=told)
    for status, body in [(409, NEW), (422, {**NEW, "body": "999999"}), (422, {})]:
        call("post", "/accounts", status, admin, json=body)
    call("post", "/accounts", 403, officer, json=NEW)
    yield "/accounts", "post"
    for status, query in [(200, "?limit=1"), (400, "?cursor=nonsense"), (422, "?role=king")]:
        call("get", "/accounts", status, admin, query=query)
    yield "/accounts", "get"
    yield from _account(call, admin, made["account"])


def _account(
    call: Callable[..., Any], admin: dict[str, str], account: dict[str, Any]
) -> Iterator[tuple[str, str]]:
    path, one, no_one = "/accounts/{account_id}", {"account_id": account["id"]}, {"account_id": NOBODY}
    for status, names in [(200, one), (404, no_one)]:
        call("get", path, status, admin, names=names)
    yield path, "get"
    version = account["version"]
    for status, seen, said in [
        (428, None, {}),
        (412, version + 7, {}),
        (422, version, {"role": "king"}),
        (422, version, {"team": "none of theirs"}),
        (200, version, {"display_name": "改名"}),
    ]:
        call("patch", path, status, admin, names=one, version=seen, json=said)
    call("patch", path, 404, admin, names=no_one, version=1, json={})
    yield path, "patch"
    path += "/changes"
    for status, names, query in [(200, one, ""), (404, no_one, ""), (400, one, "?cursor=nonsense")]:
        call("get", path, status, admin, names=names, query=query)
    yield path, "get"
    path += "/{version}/undo"
    for status, names in [(200, version + 1), (409, version + 1), (409, version), (404, 900)]:
        call("post", path, status, admin, names={**one, "version": names})
    yield path, "post"
    for path in ("/accounts/{account_id}/password", "/accounts/{account_id}/sessions/end"):
        for status, names in [(200, one), (404, no_one)]:
            call("post", path, status, admin, names=names)
        yield path, "post"


def _organisations(
    call: Callable[..., Any], admin: dict[str, str], township: dict[str, str]
) -> Iterator[tuple[str, str]]:
    call("get", "/organisations", 200, admin)
    yield "/organisations", "get"
    for status, body in [(201, BODY), (409, BODY), (422, {**BODY, "code": "110101001"}), (422, {})]:
        call("post", "/organisations", status, admin, json=body)
    call("post", "/organisations", 403, township, json=BODY)
    yield "/organisations", "post"
    path, one = "/organisations/{code}", {"code": BODY["code"]}
    for status, names, seen in [(428, one, None), (412, one, 7), (404, {"code": "1"}, 1), (200, one, 1)]:
        call("patch", path, status, admin, names=names, version=seen, json={"closed": True})
    call("patch", path, 409, admin, names={"code": JINSHA}, version=1, json={"closed": True})
    yield path, "patch"
    path += "/changes"
    for status, names, query in [(200, one, ""), (404, {"code": "1"}, ""), (400, one, "?cursor=nonsense")]:
        call("get", path, status, admin, names=names, query=query)
    yield path, "get"
    path += "/{version}/undo"
    for status, version in [(200, 2), (409, 2), (409, 1), (404, 900)]:
        call("post", path, status, admin, names={**one, "version": version})
    yield path, "post"


def _tokens(
    call: Callable[..., Any], admin: dict[str, str], officer: dict[str, str]
) -> Iterator[tuple[str, str]]:
    wanted = {"name": "月报脚本", "scope": "read", "days": 30}
    made = call("post", "/tokens", 201, officer, json=wanted)
    call("post", "/tokens", 422, officer, json={**wanted, "days": 3000})
    for _ in range(19):
        call("post", "/tokens", 201, officer, json=wanted)
    call("post", "/tokens", 409, officer, json=wanted)
    by_token = {"Authorization": f"Bearer {made['secret']}"}
    call("post", "/tokens", 403, by_token, json=wanted)
    yield "/tokens", "post"
    call("get", "/tokens", 200, officer)
    call("get", "/tokens", 422, officer, query="?account=1")
    yield "/tokens", "get"
    path = "/tokens/{token_id}/revoke"
    call("post", path, 403, by_token, names={"token_id": made["token"]["id"]})
    for status, which in [(200, made["token"]["id"]), (200, made["token"]["id"]), (404, NOBODY)]:
        call("post", path, status, admin, names={"token_id": which})
    yield path, "post"
