"""HTTP words of lists of categories: everybody may look, the district imports, tries and activates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

import orjson
from flask import Response, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from server.access import allow, district_claim, everyone, principal
from server.contract import API, Day, Page, Strict, Text, answers, json_response, ref
from server.csv_text import FileUnreadable
from server.db import Database
from server.places.categories import files, store
from server.places.categories.checking import CategoriesRefused
from server.places.categories.wire import (
    CategoryActivationIn,
    CategorySetIn,
    CategorySetOut,
    CategorySets,
    CategoryTrial,
)
from server.problems.categories import CategoriesInForce, CategoryDayRefused, CategoryListRefused
from server.problems.request import CursorRefused, InputRefused, MalformedRequest, MediaTypeRefused, NotFound

TAG = Tag(
    name="问题类别 categories",
    description="问题类别表,有版本、有出处。Lists of categories, in versions and with their sources.",
)
KEEPERS = ("admin", "zone_manager")


class CategorySetPath(Strict):
    category_set_id: int = Field(ge=1, lt=2**63)


class CategoryFileQuery(Strict):
    """What a CSV has no place for."""

    name: Text | None = Field(None, min_length=1, max_length=200)
    source: Text | None = Field(None, min_length=1, max_length=500)
    source_date: Day | None = None
    list_id: Text | None = Field(None, min_length=1, max_length=64)
    list_version: Text | None = Field(None, min_length=1, max_length=64)
    sample: bool = False


class CategoryTrialQuery(Strict):
    day: Day | None = Field(None, description="缺省为今天 / today when left out")


LIST_BODY = {
    "required": True,
    "description": "类别表,JSON 或 CSV(UTF-8 或 GB 18030)。A list as JSON or CSV (UTF-8 or GB 18030).",
    "content": {
        "application/json": {"schema": ref(CategorySetIn)},
        "text/csv": {"schema": {"type": "string", "description": "列 columns: " + ",".join(files.COLUMNS)}},
    },
}


def category_routes(
    db: Database, clock: Callable[[], datetime], time_zone: ZoneInfo, categories_max: int
) -> APIBlueprint:
    """Routes of lists of categories. `categories_max`: categories of a list."""
    api = APIBlueprint("categories", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])

    def today() -> date:
        return clock().astimezone(time_zone).date()

    _reading(api, db, clock, today)
    _writing(api, db, clock, today, categories_max)
    return api


def _reading(
    api: APIBlueprint, db: Database, clock: Callable[[], datetime], today: Callable[[], date]
) -> None:
    @api.get(
        "/categories/sets",
        summary="类别表各版 Lists of categories, newest written first",
        responses=answers({200: CategorySets}, CursorRefused),
    )
    @everyone
    def list_category_sets(query: Page) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            return json_response(store.SETS.list(connection, today(), query.cursor, query.limit))

    @api.get(
        "/categories/sets/<int:category_set_id>",
        summary="一版类别表 One list with its categories",
        responses=answers({200: CategorySetOut}, NotFound),
    )
    @everyone
    def get_category_set(path: CategorySetPath) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            return json_response(store.told(store.SETS.fetch(connection, path.category_set_id), today()))

    @api.get(
        "/categories/sets/<int:category_set_id>/trial",
        summary="试算类别表 What a list would change; writes nothing",
        responses=answers({200: CategoryTrial}, NotFound),
    )
    @allow(*KEEPERS)
    def try_categories(path: CategorySetPath, query: CategoryTrialQuery) -> Response:
        with db.transaction(district_claim(KEEPERS)) as (connection, _):
            tried = store.trial(connection, path.category_set_id, query.day or today(), now=clock())
        return json_response(tried)


def _writing(
    api: APIBlueprint,
    db: Database,
    clock: Callable[[], datetime],
    today: Callable[[], date],
    categories_max: int,
) -> None:
    @api.post(
        "/categories/drafts",
        summary="提交类别表草案 Check a list and keep it as a draft",
        responses=answers({201: CategorySetOut}, MediaTypeRefused, CategoryListRefused, InputRefused),
        openapi_extensions={"requestBody": LIST_BODY},
    )
    @allow(*KEEPERS)
    def post_category_draft(query: CategoryFileQuery) -> Response:
        claim, given = district_claim(KEEPERS), _read(query)
        with db.transaction(claim) as (connection, _):
            try:
                made = store.keep_draft(connection, given, at=clock(), categories_max=categories_max)
            except CategoriesRefused as refused:
                raise CategoryListRefused(
                    errors=[{"path": fault.path, "message": fault.message()} for fault in refused.found]
                ) from refused
            told = store.told(store.SETS.fetch(connection, made), today())
        return json_response(told, 201)

    @api.post(
        "/categories/drafts/<int:category_set_id>/activate",
        summary="类别表生效 Bring a draft into force on a day; cases and reports keep their categories",
        responses=answers(
            {200: CategorySetOut}, NotFound, CategoriesInForce, CategoryDayRefused, InputRefused
        ),
    )
    @allow(*KEEPERS)
    def activate_category_draft(path: CategorySetPath, body: CategoryActivationIn) -> Response:
        with db.transaction(district_claim(KEEPERS)) as (connection, _):
            store.activate(connection, path.category_set_id, body.valid_from, at=clock(), today=today())
            return json_response(store.told(store.SETS.fetch(connection, path.category_set_id), today()))

    @api.post(
        "/categories/sets/<int:category_set_id>/withdraw",
        summary="撤回未生效的类别表 Take a list back before its first day; the one before it goes on",
        responses=answers({200: CategorySetOut}, NotFound, CategoryDayRefused),
    )
    @allow(*KEEPERS)
    def withdraw_categories(path: CategorySetPath) -> Response:
        with db.transaction(district_claim(KEEPERS)) as (connection, _):
            store.SETS.withdraw(connection, path.category_set_id, at=clock(), today=today())
            return json_response(store.told(store.SETS.fetch(connection, path.category_set_id), today()))


def _read(query: CategoryFileQuery) -> CategorySetIn:
    """The list in the body of this request."""
    data = request.get_data(cache=False)
    try:
        if request.mimetype == "application/json":
            return CategorySetIn.model_validate(orjson.loads(data))
        if request.mimetype == "text/csv":
            wanted = ("name", "source", "list_id", "list_version")
            missing = [name for name in wanted if getattr(query, name) is None]
            if missing:
                raise InputRefused(
                    errors=[{"path": f"/{name}", "message": f"a CSV needs ?{name}="} for name in missing]
                )
            about = {name: getattr(query, name) for name in (*wanted, "sample")}
            given_day = query.source_date.isoformat() if query.source_date else None
            return files.read_csv(data, {**about, "source_date": given_day})
    except (FileUnreadable, orjson.JSONDecodeError) as error:
        raise MalformedRequest(reason=str(error)) from error
    raise MediaTypeRefused()
