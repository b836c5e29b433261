"""HTTP words of the live feed: the stream, the same feed for those who poll, and tickets that open a stream."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from flask import Response, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from server import access
from server.contract import API, PAGE_MAX, Answer, Strict, Text, answers, json_response
from server.db import Database, Principal
from server.feed import tickets, wire
from server.feed.changes import NOW, Pages, fetch_changes
from server.feed.handover import HandedOverBody, is_offered
from server.feed.listener import Listener
from server.feed.streams import Stream, Streams
from server.problems.feed import CursorExpired, StreamsFull
from server.problems.request import CursorRefused, InputRefused

TAG = Tag(
    name="动态 feed",
    description="发生了什么:实时推送,或按游标轮询。What changed: pushed, or polled by cursor.",
)
_STREAM = {"content": {wire.MEDIA_TYPE: {"schema": {"type": "string"}}}}
_CURSOR_MAX_CHARS = 20


class ChangesQuery(Strict):
    after: Text | None = Field(
        None,
        max_length=_CURSOR_MAX_CHARS,
        description="上一页的 `next`;`now` 为此刻;缺省为所存最早 / `next` of the page before; `now`: from now on; "
        "left out: from the oldest kept",
    )
    limit: int = Field(100, ge=1, le=PAGE_MAX, description="每页行数 / rows a page")


class StreamQuery(Strict):
    after: Text | None = Field(
        None,
        max_length=_CURSOR_MAX_CHARS,
        description="从此游标之后;缺省为此刻 / behind this cursor; left out: from now on",
    )
    positions: bool = Field(
        False,
        description="另推在岗人员位置(事件 `officers`),仅派遣员与片区负责人;每次查看均有记录 / also where people on "
        "duty are, as events `officers`: for dispatchers and zone managers, and every look is recorded",
    )
    ticket: Text | None = Field(
        None,
        max_length=tickets.TICKET_MAX_CHARS,
        description="一次性票据,代替令牌 / a ticket, instead of a token",
    )


class StreamHeaders(BaseModel):
    """What an EventSource sends when it comes again."""

    model_config = ConfigDict(extra="ignore")

    last_event_id: Text | None = Field(
        None,
        alias="Last-Event-ID",
        max_length=_CURSOR_MAX_CHARS,
        description="最后收到的事件号,优先于 `after` / id of the last event received; wins over `after`",
    )


class ChangePosition(Answer):
    lon: float
    lat: float


class ChangeItem(Answer):
    """One change: what happened and where to ask; no more."""

    id: int = Field(description="游标 / the cursor behind it")
    kind: str = Field(
        description="案卷经过中的动作;`case.left`:案卷已离开本单位;`sos.*`、`shift.*`、`assist.recorded` "
        "另见 `subject` / the action in the history of the case; `case.left`: the case is no longer with your body; "
        "`sos.*`, `shift.*`, `assist.recorded`: see `subject`"
    )
    at: datetime
    case: str | None = None
    state: str | None = None
    version: int | None = None
    subject: UUID | None = Field(
        None, description="呼救、班次或救助的编号 / id of the call for help, shift or assist"
    )
    body: str = Field(description="当时可见单位的代码 / code of the body that could see the case then")
    township: str | None = None
    position: ChangePosition | None = None


class Changes(Answer):
    items: list[ChangeItem]
    next: str = Field(description="永不为空:继续轮询 / never null: go on from here")


class StreamTicket(Answer):
    ticket: str
    expires_in: int = Field(description="秒 / seconds")


@dataclass(frozen=True)
class FeedSettings:
    """See config.py for their reasons."""

    retry_ms: int
    replay_max: int
    ticket_lifetime_s: int


def feed_routes(db: Database, streams: Streams, listener: Listener, settings: FeedSettings) -> APIBlueprint:
    """Routes of the feed."""
    api = APIBlueprint("feed", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])
    opening = _Opening(db, streams, listener, settings)

    @api.get(
        "/changes",
        summary="动态(轮询) What changed, to be polled",
        responses=answers({200: Changes}, CursorRefused, CursorExpired),
    )
    @access.everyone
    def list_changes(query: ChangesQuery) -> Response:
        with db.transaction(access.principal().claim) as (connection, _):
            pages = fetch_changes(connection, query.after, query.limit)
        return json_response({"items": [one.item() for one in pages.changes], "next": str(pages.upto)})

    @api.get(
        "/stream",
        summary="动态(推送) What changed, as server-sent events",
        responses=answers({200: _STREAM}, CursorRefused, CursorExpired, StreamsFull),
    )
    @access.by_ticket
    @access.everyone
    @access.by_session
    def open_stream(header: StreamHeaders, query: StreamQuery) -> Response:
        if query.positions and access.principal().role not in access.DIRECTING_ROLES:
            raise InputRefused(
                errors=[{"path": "/positions", "message": f"for {' and '.join(access.DIRECTING_ROLES)} only"}]
            )
        return opening.stream(header.last_event_id or query.after or NOW, positions=query.positions)

    @api.post(
        "/stream/tickets",
        summary="推送票据 A ticket for an EventSource, good once",
        responses=answers({200: StreamTicket}),
    )
    @access.everyone
    @access.by_session
    def issue_ticket() -> Response:
        lifetime_s = settings.ticket_lifetime_s
        ticket = tickets.issue(
            db, access.principal(), token_ends_at_s=access.token_ends_at_s(), lifetime_s=lifetime_s
        )
        return json_response({"ticket": ticket, "expires_in": lifetime_s})

    return api


class _Opening:
    """How a stream begins: its place is reserved, what was missed is read, the connection is handed over."""

    def __init__(self, db: Database, streams: Streams, listener: Listener, settings: FeedSettings) -> None:
        self._db, self._streams, self._listener, self._settings = db, streams, listener, settings

    def stream(self, cursor: str, *, positions: bool) -> Response:
        asking = access.principal()
        if request.method != "GET":
            return _answer(())
        give_up = partial(self._streams.release, asking.account_id)
        self._streams.reserve(asking.account_id)
        try:
            with self._db.transaction(asking.claim) as (connection, _):
                pages = fetch_changes(connection, cursor, self._settings.replay_max)
            first = self._first(pages)
        except BaseException:
            give_up()
            raise
        if not (pages.whole and is_offered(request.environ)):
            # More than one page was missed, or this server keeps its connections: the client comes again for the rest.
            give_up()
            return _answer([first])
        stream = self._new(asking, pages, positions)
        return _answer(HandedOverBody(first, partial(self._streams.adopt, stream), give_up))

    def _first(self, pages: Pages) -> bytes:
        # Spread, so that those whom a restart sent away do not all come back in one moment.
        retry_ms = random.randint(self._settings.retry_ms, 2 * self._settings.retry_ms)
        place = pages.changes[0].seq - 1 if pages.changes else pages.upto
        return wire.opening(retry_ms, place) + wire.events(pages.changes)

    def _new(self, asking: Principal, pages: Pages, positions: bool) -> Stream:
        self._listener.begin()
        return Stream(
            asking,
            pages.upto,
            access.token_ends_at_s(),
            chunked=request.environ.get("SERVER_PROTOCOL") == "HTTP/1.1",
            officers_told=0 if positions else None,
        )


def _answer(body: Iterable[bytes]) -> Response:
    # The body must reach the server as it is, or nobody would know that its connection is given away.
    response = Response(body, content_type=wire.MEDIA_TYPE, direct_passthrough=True)
    # nginx would keep events until a buffer is full.
    response.headers["X-Accel-Buffering"] = "no"
    return response
