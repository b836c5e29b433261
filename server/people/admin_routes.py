"""HTTP words of administration: accounts and bodies with their histories."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from flask import Response, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from server import qr
from server.access import DIRECTING_ROLES, allow, district_claim, principal
from server.contract import API, Page, Strict, answers, json_response
from server.db import Database
from server.people import administering, organisations
from server.people.accounts import new_password
from server.people.histories import seen_version
from server.people.passwords import Passwords
from server.people.wire import (
    AccountIn,
    AccountList,
    AccountOut,
    AccountPatch,
    AccountSecretOut,
    AccountsQuery,
    ChangeList,
    Code,
    IfMatch,
    OrganisationIn,
    OrganisationList,
    OrganisationOut,
    OrganisationPatch,
)
from server.problems.people import (
    AccountOwn,
    AccountPlaceRefused,
    ChangeStands,
    LastAdministrator,
    OrganisationCodeRefused,
    OrganisationInUse,
    OrganisationTaken,
    RecordChanged,
    UsernameTaken,
)
from server.problems.request import CursorRefused, InputRefused, NotFound, PreconditionMissing

TAG = Tag(
    name="账号与机构 administration",
    description="账号、机构及其变更记录;每次更改都留名留时,能撤销的可撤销。"
    "Accounts and bodies with their histories: every change with who and when, undone where it can be.",
)
ADMIN = ("admin",)
_PIXELS_A_MODULE = 6
LOOKING = (*ADMIN, *DIRECTING_ROLES)
_CHANGING = (NotFound, AccountOwn, LastAdministrator, AccountPlaceRefused)


class AccountPath(Strict):
    account_id: UUID


class AccountChangePath(AccountPath):
    version: int = Field(ge=1, lt=2**31 - 1, description="更改的版本号 / version that the change made")


class OrganisationPath(Strict):
    code: Code


class OrganisationChangePath(OrganisationPath):
    version: int = Field(ge=1, lt=2**31 - 1, description="更改的版本号 / version that the change made")


def account_routes(
    db: Database, passwords: Passwords, today: Callable[[], date], public_url: str | None
) -> APIBlueprint:
    """Routes of accounts.

    Args:
        today: the day in the district, by which teams are told. public_url: where people find the server.
    """
    api = APIBlueprint("accounts", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])
    _reading(api, db, today)
    _changing(api, db, today)
    _telling(api, db, passwords, today, public_url)
    _ending(api, db, today)
    return api


def _versioned(told: Mapping[str, Any], status: int = 200) -> Response:
    response = json_response(told, status)
    response.headers["ETag"] = f'"{told["version"]}"'
    return response


def _with_secret(account: Mapping[str, Any], password: str, public_url: str | None, status: int) -> Response:
    """What is handed to the holder of an account: on paper, with a code that opens the place to sign in."""
    address = f"{(public_url or request.url_root).rstrip('/')}/app/"
    code = base64.b64encode(qr.png(address, pixels_a_module=_PIXELS_A_MODULE)).decode()
    told = {"account": account, "password": password, "address": address, "qr_png": code}
    return json_response(told, status)


def _reading(api: APIBlueprint, db: Database, today: Callable[[], date]) -> None:
    @api.get(
        "/accounts",
        summary="账号列表 Accounts: all one administers; of those one directs, who they are",
        responses=answers({200: AccountList}, CursorRefused),
    )
    @allow(*LOOKING)
    def list_accounts(query: AccountsQuery) -> Response:
        if (query.off_from is None) != (query.off_to is None):
            raise InputRefused(errors=[{"path": "/off_to", "message": "off_from and off_to go together"}])
        wanted = query.model_dump(mode="json", exclude={"cursor", "limit"}, exclude_none=True)
        with db.transaction(principal().claim) as (connection, _):
            page = administering.list_accounts(connection, wanted, today(), query.cursor, query.limit)
        return json_response(page)

    @api.get(
        "/accounts/<uuid:account_id>",
        summary="账号详情 One account",
        responses=answers({200: AccountOut}, NotFound),
    )
    @allow(*LOOKING)
    def get_account(path: AccountPath) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            return _versioned(administering.fetch_account(connection, path.account_id, today()))

    @api.get(
        "/accounts/<uuid:account_id>/changes",
        summary="账号变更记录 What was changed of an account, by whom, and whether it can be undone",
        responses=answers({200: ChangeList}, NotFound, CursorRefused),
    )
    @allow(*ADMIN)
    def list_account_changes(path: AccountPath, query: Page) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            page = administering.list_account_changes(
                connection, path.account_id, today(), query.cursor, query.limit
            )
        return json_response(page)


def _changing(api: APIBlueprint, db: Database, today: Callable[[], date]) -> None:
    @api.patch(
        "/accounts/<uuid:account_id>",
        summary="更改账号 Change name, role, body, team, or whether it is disabled",
        responses=answers({200: AccountOut}, *_CHANGING, RecordChanged, PreconditionMissing),
    )
    @allow(*ADMIN)
    def patch_account(path: AccountPath, header: IfMatch, body: AccountPatch) -> Response:
        version = seen_version(header.if_match)
        # A team that is null is none; anything else that is null is not said.
        given = body.model_dump(exclude_unset=True).items()
        said = {name: value for name, value in given if value is not None or name == "team"}
        with db.transaction(principal().claim) as (connection, _):
            told = administering.change_account(connection, path.account_id, version, said, today())
        return _versioned(told)

    @api.post(
        "/accounts/<uuid:account_id>/changes/<int:version>/undo",
        summary="撤销账号变更 Take a change back, by a new one",
        responses=answers({200: AccountOut}, *_CHANGING, ChangeStands, RecordChanged),
    )
    @allow(*ADMIN)
    def undo_account_change(path: AccountChangePath) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            told = administering.undo_account_change(connection, path.account_id, path.version, today())
        return _versioned(told)


def _telling(
    api: APIBlueprint, db: Database, passwords: Passwords, today: Callable[[], date], public_url: str | None
) -> None:
    @api.post(
        "/accounts",
        summary="新建账号 A new account; the answer alone holds its first password",
        responses=answers({201: AccountSecretOut}, UsernameTaken, AccountPlaceRefused),
    )
    @allow(*ADMIN)
    def post_account(body: AccountIn) -> Response:
        password = new_password()
        hashed = passwords.hash(password)
        with db.transaction(principal().claim) as (connection, _):
            made = administering.create_account(connection, body.model_dump(), hashed, today())
        return _with_secret(made, password, public_url, 201)

    @api.post(
        "/accounts/<uuid:account_id>/password",
        summary="重置密码 Another first password; every session ends at once",
        responses=answers({200: AccountSecretOut}, NotFound, AccountOwn),
    )
    @allow(*ADMIN)
    def reset_password(path: AccountPath) -> Response:
        password = new_password()
        hashed = passwords.hash(password)
        with db.transaction(principal().claim) as (connection, _):
            told = administering.reset_password(connection, path.account_id, hashed, today())
        return _with_secret(told, password, public_url, 200)


def _ending(api: APIBlueprint, db: Database, today: Callable[[], date]) -> None:
    @api.post(
        "/accounts/<uuid:account_id>/sessions/end",
        summary="结束会话 End every session of an account",
        responses=answers({200: AccountOut}, NotFound),
    )
    @allow(*ADMIN)
    def end_sessions(path: AccountPath) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            return _versioned(administering.end_sessions(connection, path.account_id, today()))


def organisation_routes(db: Database) -> APIBlueprint:
    """Routes of bodies."""
    api = APIBlueprint(
        "organisations", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}]
    )

    @api.get(
        "/organisations",
        summary="机构 The district and its townships, closed ones too",
        responses=answers({200: OrganisationList}),
    )
    @allow(*LOOKING)
    def list_organisations() -> Response:
        with db.transaction(principal().claim) as (connection, _):
            return json_response(organisations.list_organisations(connection))

    @api.post(
        "/organisations",
        summary="新建机构 A new township, by its administrative code",
        responses=answers({201: OrganisationOut}, OrganisationTaken, OrganisationCodeRefused),
    )
    @allow(*ADMIN)
    def post_organisation(body: OrganisationIn) -> Response:
        with db.transaction(district_claim(ADMIN)) as (connection, _):
            return _versioned(organisations.create_organisation(connection, body.model_dump()), 201)

    @api.patch(
        "/organisations/<code>",
        summary="更改机构 Rename or close a body",
        responses=answers(
            {200: OrganisationOut}, NotFound, OrganisationInUse, RecordChanged, PreconditionMissing
        ),
    )
    @allow(*ADMIN)
    def patch_organisation(path: OrganisationPath, header: IfMatch, body: OrganisationPatch) -> Response:
        claim, version = district_claim(ADMIN), seen_version(header.if_match)
        said = body.model_dump(exclude_none=True)
        with db.transaction(claim) as (connection, _):
            return _versioned(organisations.change_organisation(connection, path.code, version, said))

    @api.get(
        "/organisations/<code>/changes",
        summary="机构变更记录 What was changed of a body, by whom, and whether it can be undone",
        responses=answers({200: ChangeList}, NotFound, CursorRefused),
    )
    @allow(*ADMIN)
    def list_organisation_changes(path: OrganisationPath, query: Page) -> Response:
        with db.transaction(district_claim(ADMIN)) as (connection, _):
            page = organisations.list_organisation_changes(connection, path.code, query.cursor, query.limit)
        return json_response(page)

    @api.post(
        "/organisations/<code>/changes/<int:version>/undo",
        summary="撤销机构变更 Take a change back, by a new one",
        responses=answers({200: OrganisationOut}, NotFound, OrganisationInUse, ChangeStands, RecordChanged),
    )
    @allow(*ADMIN)
    def undo_organisation_change(path: OrganisationChangePath) -> Response:
        with db.transaction(district_claim(ADMIN)) as (connection, _):
            return _versioned(organisations.undo_organisation_change(connection, path.code, path.version))

    return api
