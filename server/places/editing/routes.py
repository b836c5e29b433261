"""HTTP words of editing: each edit one request, with the version it was made from, answered with what it made."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from server.access import allow, everyone, principal
from server.contract import Page, Strict, Text, answers, json_response
from server.db import Database
from server.places.editing import reading
from server.places.editing.steps import Editor
from server.places.editing.trials import try_shape
from server.places.editing.wire import (
    BorderIn,
    CloseIn,
    DrawIn,
    EditList,
    EditOut,
    IfMatch,
    MergeIn,
    ReplaceIn,
    SplitIn,
    TrialIn,
    TrialOut,
    UndoIn,
)
from server.places.wire import KindName
from server.problems.places import (
    ZoneComputingLimit,
    ZoneConflict,
    ZoneDateRefused,
    ZoneNotYours,
    ZoneReportsDepend,
    ZoneShapeRefused,
    ZoneVersionConflict,
)
from server.problems.request import CursorRefused, NotFound, PreconditionMissing

TAG = Tag(
    name="编辑 editing",
    description="画、改、分、合、移界、停用、撤销:每次都是一个新版本,留有原因。"
    "Every edit is a new version, and its reason is kept.",
)
EDITORS = ("admin", "zone_manager")
_STEP = (ZoneConflict, ZoneDateRefused, ZoneReportsDepend, ZoneNotYours, ZoneShapeRefused, ZoneComputingLimit)
_ONE = (NotFound, PreconditionMissing, ZoneVersionConflict, *_STEP)


class LayerPath(Strict):
    kind: KindName


class EditedZonePath(Strict):
    kind: KindName
    code: Text = Field(max_length=64, description="责任区代码 / code of the zone")


class EditPath(Strict):
    edit_id: UUID


class EditsQuery(Page):
    kind: KindName | None = None
    code: Text | None = Field(None, max_length=64, description="责任区代码 / code of a zone")


def add_editing_routes(api: APIBlueprint, editor: Editor, db: Database) -> None:
    """Add the routes of editing to those of places."""
    _of_layers(api, editor)
    _of_zones(api, editor)
    _of_edits(api, editor, db)


def _answer(edit: dict[str, Any], status: int = 200) -> Response:
    response = json_response(edit, status)
    if len(edit["after"]) == 1:
        response.headers["ETag"] = f'"{edit["after"][0]["properties"]["version"]}"'
    return response


def _of_layers(api: APIBlueprint, editor: Editor) -> None:
    @api.post(
        "/zones/<zone:kind>",
        summary="新画 Draw a zone",
        tags=[TAG],
        responses=answers({201: EditOut}, *_STEP),
    )
    @allow(*EDITORS)
    def draw_zone(path: LayerPath, body: DrawIn) -> Response:
        return _answer(editor.draw(principal(), path.kind, body), 201)

    @api.post(
        "/zones/<kind>/trial",
        summary="试画 What a shape would overlap and leave open; nothing is kept",
        tags=[TAG],
        responses=answers({200: TrialOut}, ZoneShapeRefused, ZoneComputingLimit),
    )
    @allow(*EDITORS)
    def try_zone(path: LayerPath, body: TrialIn) -> Response:
        return json_response(try_shape(editor, principal(), path.kind, body))

    @api.post(
        "/zones/<kind>/merge",
        summary="合并 Make neighbours one",
        tags=[TAG],
        responses=answers({200: EditOut}, *_STEP),
    )
    @allow(*EDITORS)
    def merge_zones(path: LayerPath, body: MergeIn) -> Response:
        return _answer(editor.merge(principal(), path.kind, body))

    @api.post(
        "/zones/<kind>/border",
        summary="移动共有边界 Move a shared border without tearing",
        tags=[TAG],
        responses=answers({200: EditOut}, *_STEP),
    )
    @allow(*EDITORS)
    def move_border(path: LayerPath, body: BorderIn) -> Response:
        return _answer(editor.move_border(principal(), path.kind, body))


def _of_zones(api: APIBlueprint, editor: Editor) -> None:
    @api.patch(
        "/zones/<zone:kind>/<zone:code>",
        summary="修改 Replace geometry or attributes",
        tags=[TAG],
        responses=answers({200: EditOut}, *_ONE),
    )
    @allow(*EDITORS)
    def replace_zone(path: EditedZonePath, header: IfMatch, body: ReplaceIn) -> Response:
        return _answer(editor.replace(principal(), path.kind, path.code, header.if_match, body))

    @api.post(
        "/zones/<zone:kind>/<zone:code>/split",
        summary="切分 Cut in two by a line",
        tags=[TAG],
        responses=answers({200: EditOut}, *_ONE),
    )
    @allow(*EDITORS)
    def split_zone(path: EditedZonePath, header: IfMatch, body: SplitIn) -> Response:
        return _answer(editor.split(principal(), path.kind, path.code, header.if_match, body))

    @api.post(
        "/zones/<zone:kind>/<zone:code>/close",
        summary="停用 End a zone",
        tags=[TAG],
        responses=answers({200: EditOut}, *_ONE),
    )
    @allow(*EDITORS)
    def close_zone(path: EditedZonePath, header: IfMatch, body: CloseIn) -> Response:
        return _answer(editor.close(principal(), path.kind, path.code, header.if_match, body))


def _of_edits(api: APIBlueprint, editor: Editor, db: Database) -> None:
    @api.get(
        "/zone-edits",
        summary="编辑记录 Edits, newest first",
        tags=[TAG],
        responses=answers({200: EditList}, CursorRefused),
    )
    @everyone
    def list_edits(query: EditsQuery) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            page = reading.list_edits(connection, query.kind, query.code, query.cursor, query.limit)
        return json_response(page)

    @api.get(
        "/zone-edits/<uuid:edit_id>",
        summary="一次编辑 One edit, with the versions before and after",
        tags=[TAG],
        responses=answers({200: EditOut}, NotFound),
    )
    @everyone
    def get_edit(path: EditPath) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            edit = reading.fetch_edit(connection, path.edit_id)
        return json_response(edit)

    @api.post(
        "/zone-edits/<uuid:edit_id>/undo",
        summary="撤销 What stood before stands again, as new versions",
        tags=[TAG],
        responses=answers({200: EditOut}, NotFound, *_STEP),
    )
    @allow(*EDITORS)
    def undo_edit(path: EditPath, body: UndoIn) -> Response:
        return _answer(editor.undo(principal(), path.edit_id, body))
