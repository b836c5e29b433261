"""HTTP words of rulebooks: everybody may look, the district imports, activates and takes back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from server.access import allow, district_claim, everyone, principal
from server.contract import API, Day, Page, Strict, answers, json_response
from server.db import Claim, Database
from server.messages import say
from server.problems.request import CursorRefused, InputRefused, NotAllowed, NotFound
from server.problems.rulebooks import RulebookDayRefused, RulebookInForce, RulebookRefused
from server.rulebooks import store
from server.rulebooks.book import Book, BookRefused
from server.rulebooks.wire import InForce, Kinds, RulebookActivationIn, RulebookIn, RulebookOut, RulebookSets

TAG = Tag(
    name="规则册 rulebooks",
    description="各项工作所依据的规则,有版本、有出处。What practices go by, in versions and with their sources.",
)
KEEPERS = ("admin", "reviewer", "zone_manager")


class KindPath(Strict):
    kind: str = Field(max_length=64)


class SetPath(KindPath):
    rulebook_id: int = Field(ge=1, lt=2**63)


class OnQuery(Strict):
    on: Day | None = Field(None, description="哪一天有效,缺省今天 / in force on this day; left out: today")


def rulebook_routes(
    db: Database, clock: Callable[[], datetime], time_zone: ZoneInfo, rows_max: int
) -> APIBlueprint:
    """Routes of rulebooks. `rows_max`: rows of a set."""
    api = APIBlueprint("rulebooks", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])

    def today() -> date:
        return clock().astimezone(time_zone).date()

    _reading(api, db, today)
    _writing(api, db, clock, today, rows_max)
    return api


def _reading(api: APIBlueprint, db: Database, today: Callable[[], date]) -> None:
    @api.get("/rulebooks", summary="规则册的种类 Kinds of rulebooks", responses=answers({200: Kinds}))
    @everyone
    def list_rulebook_kinds() -> Response:
        with db.transaction(principal().claim) as (connection, _):
            counts = store.counting(connection, today())
        items = [_kind(book, counts.get(book.name)) for book in store.BOOKS.values()]
        return json_response({"items": items, "next": None})

    @api.get(
        "/rulebooks/<kind>",
        summary="有效的规则册 The rulebook of a kind that counts on a day",
        responses=answers({200: InForce}, NotFound),
    )
    @everyone
    def get_rulebook_in_force(path: KindPath, query: OnQuery) -> Response:
        store.book(path.kind)
        with db.transaction(principal().claim) as (connection, _):
            found = store.in_force(connection, path.kind, query.on or today())
            told = found and store.told(store.SETS.fetch(connection, found.id), today())
        return json_response({"set": told})

    @api.get(
        "/rulebooks/<kind>/sets",
        summary="规则册各版 Sets of a kind, newest written first",
        responses=answers({200: RulebookSets}, NotFound, CursorRefused),
    )
    @everyone
    def list_rulebook_sets(path: KindPath, query: Page) -> Response:
        store.book(path.kind)
        with db.transaction(principal().claim) as (connection, _):
            page = store.SETS.list(connection, today(), query.cursor, query.limit, kind=path.kind)
        return json_response(page)

    @api.get(
        "/rulebooks/<kind>/sets/<int:rulebook_id>",
        summary="一版规则册 One set with its rows",
        responses=answers({200: RulebookOut}, NotFound),
    )
    @everyone
    def get_rulebook_set(path: SetPath) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            return json_response(store.told(store.fetch(connection, path.kind, path.rulebook_id), today()))


def _writing(
    api: APIBlueprint,
    db: Database,
    clock: Callable[[], datetime],
    today: Callable[[], date],
    rows_max: int,
) -> None:
    @api.post(
        "/rulebooks/<kind>/drafts",
        summary="提交规则册草案 Check a set and keep it as a draft",
        responses=answers({201: RulebookOut}, NotFound, RulebookRefused, InputRefused),
    )
    @allow(*KEEPERS)
    def post_rulebook_draft(path: KindPath, body: RulebookIn) -> Response:
        with db.transaction(_keeper(path.kind)) as (connection, _):
            try:
                made = store.keep_draft(connection, path.kind, body, at=clock(), rows_max=rows_max)
            except BookRefused as refused:
                raise RulebookRefused(
                    errors=[{"path": fault.path, "message": fault.message()} for fault in refused.found]
                ) from refused
            return json_response(store.told(store.SETS.fetch(connection, made), today()), 201)

    @api.post(
        "/rulebooks/<kind>/drafts/<int:rulebook_id>/activate",
        summary="规则册生效 Bring a draft into force on a day; what was decided keeps its version",
        responses=answers({200: RulebookOut}, NotFound, RulebookInForce, RulebookDayRefused, InputRefused),
    )
    @allow(*KEEPERS)
    def activate_rulebook_draft(path: SetPath, body: RulebookActivationIn) -> Response:
        with db.transaction(_keeper(path.kind)) as (connection, _):
            kind, set_id = path.kind, path.rulebook_id
            store.activate(connection, kind, set_id, body.valid_from, at=clock(), today=today())
            return json_response(store.told(store.SETS.fetch(connection, set_id), today()))

    @api.post(
        "/rulebooks/<kind>/sets/<int:rulebook_id>/withdraw",
        summary="撤回未生效的规则册 Take a set back before its first day; the one before it goes on",
        responses=answers({200: RulebookOut}, NotFound, RulebookDayRefused),
    )
    @allow(*KEEPERS)
    def withdraw_rulebook(path: SetPath) -> Response:
        with db.transaction(_keeper(path.kind)) as (connection, _):
            store.withdraw(connection, path.kind, path.rulebook_id, at=clock(), today=today())
            return json_response(store.told(store.SETS.fetch(connection, path.rulebook_id), today()))


def _keeper(kind: str) -> Claim:
    """The claim of somebody who keeps this kind. Raises NotFound, NotAllowed."""
    keepers = store.book(kind).keepers
    claim = district_claim(keepers)
    if principal().role not in keepers:
        raise NotAllowed(allowed_roles=sorted(keepers), scope="district")
    return claim


def _kind(book: Book, counts: dict[str, object] | None) -> dict[str, object]:
    words, about = say(f"rulebook.{book.name}", {}), say(f"rulebook_about.{book.name}", {})
    return {
        "kind": book.name,
        "name": words["text"],
        "name_en": words["text_en"],
        "about": about["text"],
        "about_en": about["text_en"],
        "keepers": sorted(book.keepers),
        "row": book.row.model_json_schema(),
        "in_force": counts,
    }
