"""Administrators keep people and bodies: every change noted, undone where it can be, and nobody raises themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from server.people import accounts
from tests.factories import DISTRICT, JINSHA, JINXIN, PASSWORD, QUICK_PASSWORDS, make_account
from tests.server.patrol.rosters import roster, turn
from tests.server.world import SignIn

API = "/api/v1"
NEW = {
    "username": "new.officer",
    "display_name": "<img src=x onerror=alert(1)>",
    "role": "officer",
    "body": JINSHA,
}
Call = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def call(client: FlaskClient) -> Call:
    """`call(headers, "POST", "/accounts", json=...)` -> status and body; `seen` is sent as If-Match."""

    def do(
        headers: dict[str, str], method: str, path: str, *, seen: int | None = None, **sent: Any
    ) -> tuple[int, dict[str, Any]]:
        sent_with = headers if seen is None else headers | {"If-Match": f'"{seen}"'}
        answer = client.open(API + path, method=method, headers=sent_with, **sent)
        return answer.status_code, answer.get_json()

    return do


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_an_officer_from_the_first_password_to_the_last_session(
    call: Call, sign_in: SignIn, owner: Engine
) -> None:
    admin = sign_in(make_account(owner, role="admin", username="boss").username)
    status, made = call(admin, "POST", "/accounts", json=NEW)
    assert (status, made["account"]["version"], made["account"]["must_change_password"]) == (201, 1, True)
    one, first = f"/accounts/{made['account']['id']}", made["password"]
    assert made["account"]["display_name"] == NEW["display_name"]

    told = {"username": "new.officer", "password": first}
    assert call({}, "POST", "/auth/login", json=told)[1]["code"] == "password_must_change"
    same = call({}, "POST", "/auth/password", json={**told, "new_password": first})
    assert (same[0], same[1]["errors"][0]["path"]) == (422, "/new_password")
    own = "a password of my own"
    status, opened = call({}, "POST", "/auth/password", json={**told, "new_password": own})
    assert status == 200
    officer = bearer(opened["access_token"])
    assert call(officer, "GET", "/me")[0] == 200
    assert call({}, "POST", "/auth/login", json=told)[0] == 401

    # Another password of one's own ends every other session, and opens one.
    again = {"username": "new.officer", "password": own, "new_password": "yet another one"}
    status, reopened = call({}, "POST", "/auth/password", json=again)
    assert (status, call(officer, "GET", "/me")[0]) == (200, 401)
    officer = bearer(reopened["access_token"])

    assert call(admin, "POST", f"{one}/sessions/end")[1]["sessions"] == 0
    assert call(officer, "GET", "/me")[0] == 401
    told = {"username": "new.officer", "password": "yet another one"}
    officer = bearer(call({}, "POST", "/auth/login", json=told)[1]["access_token"])
    version = call(admin, "GET", one)[1]["version"]
    assert call(admin, "PATCH", one, seen=version, json={"disabled": True})[0] == 200
    assert call(officer, "GET", "/me")[0] == 401
    assert call({}, "POST", "/auth/login", json=told)[0] == 401
    assert call(admin, "POST", f"{one}/changes/{version + 1}/undo")[1]["disabled_at"] is None
    assert call({}, "POST", "/auth/login", json=told)[0] == 200

    history = call(admin, "GET", f"{one}/changes")[1]["items"]
    assert [change["action"] for change in history] == [
        "enabled",
        "disabled",
        "sessions_ended",
        "password_changed",
        "password_changed",
        "created",
    ]
    by = {change["action"]: (change["made_by"]["username"], change["undo"]) for change in history}
    assert by["created"] == ("boss", "final")
    assert by["password_changed"] == ("new.officer", "final")
    assert by["enabled"] == ("boss", "possible")
    assert [change["undo"] for change in history if change["action"] == "disabled"] == ["overtaken"]


def test_of_two_who_change_the_same_person_the_second_reads_again(
    call: Call, sign_in: SignIn, owner: Engine
) -> None:
    admin, other = sign_in("admin"), sign_in("admin")
    officer = make_account(owner, organisation=JINSHA)
    leader = sign_in("zone_manager", organisation=JINSHA)
    listed = roster(turn(officer.username), teams=[{"name": "一队", "members": []}])
    assert call(leader, "POST", "/roster/imports", json=listed)[0] == 201
    one = f"/accounts/{officer.id}"
    seen = call(admin, "GET", one)[1]["version"]
    changed = call(admin, "PATCH", one, seen=seen, json={"role": "checker", "team": "一队"})[1]
    assert (changed["role"], changed["team"]) == ("checker", "一队")
    late = call(other, "PATCH", one, seen=seen, json={"role": "handler"})
    assert (late[0], late[1]["code"]) == (412, "record_changed")
    assert call(other, "PATCH", one, json={"role": "handler"})[0] == 428

    # Another body ends the team; the role can be put back by itself, the team there no longer.
    moved = call(other, "PATCH", one, seen=changed["version"], json={"body": JINXIN})[1]
    assert (moved["body"]["code"], moved["team"]) == (JINXIN, None)
    undo = {
        tuple(change["after"]): (change["version"], change["undo"])
        for change in call(admin, "GET", f"{one}/changes")[1]["items"]
        if change["version"] <= changed["version"] and change["before"]
    }
    assert undo[("role",)][1] == "possible"
    assert undo[("team",)][1] == "overtaken"
    refused = call(admin, "POST", f"{one}/changes/{undo[('team',)][0]}/undo")
    assert (refused[0], refused[1]["why"]) == (409, "overtaken")
    assert call(admin, "POST", f"{one}/changes/{undo[('role',)][0]}/undo")[1]["role"] == "officer"


def test_nobody_raises_themselves_and_the_district_keeps_an_administrator(
    call: Call, sign_in: SignIn, owner: Engine
) -> None:
    last = make_account(owner, role="admin", username="last")
    admin, one = sign_in("last"), f"/accounts/{last.id}"
    seen = call(admin, "GET", one)[1]["version"]
    refused = [
        call(admin, "PATCH", one, seen=seen, json=said)[1]["code"]
        for said in ({"role": "officer"}, {"disabled": True}, {"body": JINSHA})
    ]
    assert refused == ["account_last_admin"] * 3
    second = make_account(owner, role="admin", username="second")
    assert call(admin, "PATCH", one, seen=seen, json={"role": "reviewer"})[1]["code"] == "account_own"
    assert call(admin, "POST", f"{one}/password")[1]["code"] == "account_own"
    assert call(admin, "PATCH", one, seen=seen, json={"display_name": "本人"})[0] == 200

    # An administrator of a township: its own people, and nobody into another body.
    township = sign_in("admin", organisation=JINSHA)
    assert call(township, "GET", f"/accounts/{second.id}")[0] == 404
    assert call(township, "PATCH", f"/accounts/{second.id}", seen=1, json={"role": "officer"})[0] == 404
    assert call(township, "POST", f"/accounts/{second.id}/password")[0] == 404
    assert call(township, "POST", f"/accounts/{second.id}/sessions/end")[0] == 404
    assert call(township, "GET", f"/accounts/{second.id}/changes")[0] == 404
    assert call(township, "POST", "/accounts", json={**NEW, "body": DISTRICT})[1]["code"] == "account_place"
    status, made = call(township, "POST", "/accounts", json=NEW)
    assert status == 201
    theirs = f"/accounts/{made['account']['id']}"
    assert call(township, "PATCH", theirs, seen=1, json={"body": DISTRICT})[1]["code"] == "account_place"
    assert call(township, "POST", "/accounts", json=NEW)[1]["code"] == "username_taken"

    # One who was an administrator a moment ago, in a transaction that began before, is none any more.
    assert call(admin, "PATCH", f"/accounts/{second.id}", seen=1, json={"role": "reviewer"})[0] == 200
    assert call(sign_in("second"), "GET", f"/accounts/{last.id}/changes")[0] == 403


def test_who_directs_people_looks_up_those_in_the_street_and_no_more(
    call: Call, sign_in: SignIn, owner: Engine
) -> None:
    here = make_account(owner, organisation=JINSHA, username="here")
    make_account(owner, organisation=JINXIN, username="there")
    make_account(owner, role="reviewer", organisation=JINSHA, username="indoors")
    leader = sign_in("zone_manager", organisation=JINSHA)
    (only,) = call(leader, "GET", "/accounts")[1]["items"]
    assert only["username"] == "here"
    assert (only["sessions"], only["tokens"], only["must_change_password"]) == (None, None, None)
    assert call(leader, "GET", f"/accounts/{here.id}/changes")[0] == 403

    listed = call(leader, "POST", "/roster/imports", json=roster(turn("here")))
    assert listed[0] == 201
    off = "off_from=2026-08-31T16:00:00Z&off_to={}"
    for until, names in (("2026-09-07T16:00:00Z", []), ("2026-08-31T17:00:00Z", ["here"])):
        items = call(leader, "GET", f"/accounts?{off.format(until)}")[1]["items"]
        assert [one["username"] for one in items] == names
    assert call(leader, "GET", "/accounts?off_from=2026-08-31T16:00:00Z")[0] == 422

    admin = sign_in("admin")
    pages, cursor = [], ""
    while True:
        page = call(admin, "GET", f"/accounts?limit=2{cursor}")[1]
        pages += [one["username"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert pages == sorted(set(pages))
    assert {"here", "there", "indoors"} <= set(pages)
    for query, names in (
        ("search=HER", ["here", "there"]),
        ("search=%25", []),
        (f"body={JINXIN}", ["there"]),
    ):
        items = call(admin, "GET", f"/accounts?{query}&role=officer")[1]["items"]
        assert [one["username"] for one in items] == names


def test_a_body_is_given_renamed_and_closed_when_nothing_needs_it(
    call: Call, sign_in: SignIn, owner: Engine
) -> None:
    admin = sign_in("admin")
    new = {"code": "320612999", "name": "某镇", "body_name": "某镇执法局", "body_name_en": "Bureau of Mou"}
    assert call(admin, "POST", "/organisations", json=new)[0] == 201
    one = f"/organisations/{new['code']}"
    assert call(admin, "PATCH", one, seen=1, json={"name": "改名镇"})[1]["name"] == "改名镇"
    made = call(admin, "POST", "/accounts", json={**NEW, "body": new["code"]})[1]["account"]
    used = call(admin, "PATCH", one, seen=2, json={"closed": True})
    assert (used[0], used[1]["code"]) == (409, "organisation_in_use")
    call(admin, "PATCH", f"/accounts/{made['id']}", seen=1, json={"disabled": True})
    assert call(admin, "PATCH", one, seen=2, json={"closed": True})[1]["closed_at"] is not None
    assert new["code"] not in {body["code"] for body in call(admin, "GET", "/bodies")[1]["items"]}
    back = call(admin, "PATCH", f"/accounts/{made['id']}", seen=2, json={"disabled": False})
    assert back[1]["code"] == "account_place"
    assert call(admin, "POST", f"{one}/changes/3/undo")[1]["closed_at"] is None
    assert call(admin, "POST", f"{one}/changes/2/undo")[1]["name"] == "某镇"
    history = call(admin, "GET", f"{one}/changes")[1]["items"]
    assert [change["action"] for change in history] == ["changed", "opened", "closed", "changed", "created"]
    district = call(admin, "PATCH", f"/organisations/{DISTRICT}", seen=1, json={"closed": True})
    assert district[1]["code"] == "organisation_in_use"


def test_what_an_operator_changes_at_the_command_line_is_noted_too(
    call: Call, sign_in: SignIn, owner: Engine
) -> None:
    account = make_account(owner, organisation=JINSHA)
    with owner.begin() as connection:
        accounts.set_role(connection, account.username, "checker")
    with owner.begin() as connection:
        accounts.set_role(connection, account.username, "checker")
        accounts.set_password(connection, account.username, PASSWORD, passwords=QUICK_PASSWORDS)
    history = call(sign_in("admin"), "GET", f"/accounts/{account.id}/changes")[1]["items"]
    told = [(change["action"], change["after"], change["made_by"]) for change in history[:2]]
    assert told == [("password_reset", None, None), ("changed", {"role": "checker"}, None)]
    with owner.connect() as connection:
        hashes = connection.execute(
            text("SELECT count(*) FROM account_change WHERE after::text LIKE '%argon2%'")
        )
        assert hashes.scalar_one() == 0
