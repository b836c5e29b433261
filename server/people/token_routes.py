"""HTTP words of personal tokens."""

from __future__ import annotations

from uuid import UUID

from flask import Response
from flask_openapi3 import APIBlueprint, Tag

from server.access import by_session, everyone, principal
from server.contract import API, Strict, answers, json_response
from server.db import Database
from server.people import tokens
from server.people.wire import TokenIn, TokenList, TokenOut, TokenSecretOut, TokensQuery
from server.problems.people import TooManyTokens
from server.problems.request import InputRefused, NotFound

TAG = Tag(
    name="个人令牌 tokens",
    description="供本人的程序调用接口:只显示一次,可限只读,到期或吊销即失效,权限随本人。"
    "For programs of one's own: shown once, reading only if wished, with the rights their owner has at the time.",
)


class TokenPath(Strict):
    token_id: UUID


def token_routes(db: Database, most: int, days_max: int) -> APIBlueprint:
    """Routes of personal tokens. `most`: good ones of an account. `days_max`: longest life."""
    api = APIBlueprint("tokens", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])

    @api.get(
        "/tokens",
        summary="个人令牌 Personal tokens of oneself, or of somebody one administers; never what opens them",
        responses=answers({200: TokenList}),
    )
    @everyone
    def list_tokens(query: TokensQuery) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            return json_response(tokens.list_tokens(connection, query.account))

    @api.post(
        "/tokens",
        summary="新建令牌 A personal token; the answer alone holds its text",
        responses=answers({201: TokenSecretOut}, TooManyTokens),
    )
    @everyone
    @by_session
    def post_token(body: TokenIn) -> Response:
        if body.days > days_max:
            raise InputRefused(errors=[{"path": "/days", "message": f"at most {days_max} days"}])
        asking = principal()
        with db.transaction(asking.claim) as (connection, _):
            return json_response(tokens.create_token(connection, asking.account_id, body, most), 201)

    @api.post(
        "/tokens/<uuid:token_id>/revoke",
        summary="吊销令牌 End a personal token at once",
        responses=answers({200: TokenOut}, NotFound),
    )
    @everyone
    def revoke_token(path: TokenPath) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            return json_response(tokens.revoke_token(connection, path.token_id))

    return api
