"""HTTP of signing in: login, refresh, logout, and who am I.

Routes translate between JSON and server.people.login and decide nothing themselves.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Literal
from uuid import UUID

from flask import Response, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from server import access
from server.contract import API, Answer, Strict, Text, answers, json_response, ref
from server.db import Principal
from server.people.accounts import PASSWORD_MIN_CHARS
from server.people.login import Login, Tokens
from server.people.passwords import PASSWORD_MAX_CHARS
from server.problems.people import (
    LoginRefused,
    NotAuthenticated,
    PasswordMustChange,
    RefreshRefused,
    TooManyLogins,
)

USERNAME_MAX_CHARS = 200
_IPV6_SITE_BITS = 64
_NOWHERE = "0.0.0.0"

TAG = Tag(name="登录 people", description="登录、换令牌、退出。Signing in, staying signed in, signing out.")

_ORGANISATION: JsonDict = {"code": "320612001", "name": "金沙街道", "kind": "township"}
_USER: JsonDict = {
    "id": "0d9f4c1e-6a57-4a0e-9a43-0f6a2c7f5b1d",
    "username": "jinsha.handler",
    "display_name": "张三",
    "role": "handler",
    "organisation": _ORGANISATION,
    "township": "320612001",
}


class Credentials(Strict):
    """User name and password as typed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"username": "jinsha.handler", "password": "correct horse battery staple"}]
        }
    )

    username: Text = Field(min_length=1, max_length=USERNAME_MAX_CHARS)
    password: Text = Field(min_length=1, max_length=PASSWORD_MAX_CHARS, repr=False)


class PasswordChange(Credentials):
    """What Credentials says, and the password that is to count from now on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "username": "jinsha.handler",
                    "password": "told on paper",
                    "new_password": "correct horse battery staple",
                }
            ]
        }
    )

    new_password: Text = Field(
        min_length=PASSWORD_MIN_CHARS,
        max_length=PASSWORD_MAX_CHARS,
        repr=False,
        description="至少 10 个字符,不同于原密码 / 10 characters or more, and not the old one",
    )


class OrganisationBody(Answer):
    """The district or one of its townships."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ORGANISATION]})

    code: str = Field(description="区 6 位,镇街 9 位 / 6 digits for the district, 9 for a township")
    name: str
    kind: Literal["district", "township"]


class UserBody(Answer):
    """An account as its holder sees it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_USER]})

    id: UUID
    username: str
    display_name: str
    role: str
    organisation: OrganisationBody
    township: str | None = Field(
        description="9 位代码,区级人员为 null / 9-digit code; null for people of the district"
    )


class TokensBody(Answer):
    """Two bearer tokens: the access token for every call, the refresh token once for the next two."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "access_token": "eyJhbGciOiJIUzI1NiJ9.e30.c2ln",
                    "refresh_token": "eyJhbGciOiJIUzI1NiJ9.e30.c2ln",
                    "token_type": "Bearer",
                    "expires_in": 900,
                    "user": _USER,
                }
            ]
        }
    )

    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: int = Field(description="访问令牌有效秒数 / seconds the access token is good for")
    user: UserBody


class RefreshToken(Strict):
    """The refresh token, for clients that keep it out of headers."""

    refresh_token: Text = Field(min_length=1, max_length=4000, repr=False)


REFRESH_BODY = {
    "required": False,
    "description": "刷新令牌可放在此处,或作为 Bearer。The refresh token, here or as the bearer token.",
    "content": {"application/json": {"schema": ref(RefreshToken)}},
}


def people_routes(login: Login) -> APIBlueprint:
    """The routes of this feature over one door."""
    routes = APIBlueprint("people", __name__, url_prefix=API, abp_tags=[TAG])

    @routes.post(
        "/auth/login",
        summary="登录 / Sign in",
        responses=answers({200: TokensBody}, LoginRefused, PasswordMustChange, TooManyLogins),
    )
    @access.public
    def sign_in(body: Credentials) -> Response:
        return _tokens(login.sign_in(body.username, body.password, _counted_address()))

    @routes.post(
        "/auth/password",
        summary="更换密码并登录 Another password: every other session ends, and this one begins",
        responses=answers({200: TokensBody}, LoginRefused, TooManyLogins),
    )
    @access.public  # The password itself opens it, also one that opens nothing else.
    def change_password(body: PasswordChange) -> Response:
        address = _counted_address()
        return _tokens(login.change_password(body.username, body.password, body.new_password, address))

    @routes.post(
        "/auth/refresh",
        summary="换取新令牌 / New tokens for a refresh token, which is good once",
        security=[{"refresh": []}, {}],
        responses=answers({200: TokensBody}, NotAuthenticated, RefreshRefused),
        openapi_extensions={"requestBody": REFRESH_BODY},
    )
    @access.public  # What it takes is no access token, which is all that access.install checks.
    def refresh() -> Response:
        encoded = RefreshToken.model_validate(request.get_json()).refresh_token if request.is_json else None
        return _tokens(login.refresh(*access.token_claim(refresh=True, encoded=encoded)))

    @routes.post(
        "/auth/logout",
        summary="退出登录 / Sign out: the session and its tokens end at once",
        responses=answers({204: None}),
    )
    @access.everyone
    @access.by_session
    def sign_out() -> Response:
        login.sign_out(access.principal().claim)
        return Response(status=204)

    @routes.get(
        "/me",
        summary="我的账号 / Who am I",
        responses=answers({200: UserBody}),
    )
    @access.everyone
    def me() -> Response:
        return json_response(_user(access.principal()))

    return routes


def _tokens(tokens: Tokens) -> Response:
    return json_response(
        TokensBody(
            access_token=tokens.access_token,
            refresh_token=tokens.refresh_token,
            expires_in=tokens.expires_in_s,
            user=_user(tokens.principal),
        )
    )


def _user(principal: Principal) -> UserBody:
    return UserBody.model_validate(
        {
            "id": principal.account_id,
            "username": principal.username,
            "display_name": principal.display_name,
            "role": principal.role,
            "organisation": {
                "code": principal.organisation_code,
                "name": principal.organisation_name,
                "kind": principal.organisation_kind,
            },
            "township": principal.organisation_code if principal.organisation_kind == "township" else None,
        }
    )


def _counted_address() -> str:
    """The address that attempts are counted for; for IPv6 the whole /64 that one connection is given.

    A proxy may write anything into X-Forwarded-For: what is no address shares one count.
    """
    try:
        address = ip_address((request.remote_addr or "").partition("%")[0])
    except ValueError:
        return _NOWHERE
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ip_network((address, _IPV6_SITE_BITS), strict=False))
    return str(address)
