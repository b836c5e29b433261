"""HTTP words of notices: channels, deliveries, handovers, and reading an inbox entry."""

from __future__ import annotations

from flask import Response
from flask_openapi3 import APIBlueprint, Tag

from server.access import ROLES, allow, everyone, principal
from server.contract import API, Page, answers, json_response
from server.db import Database
from server.notices import channels, reading
from server.notices.channels import ChannelRules
from server.notices.wire import (
    ChannelIn,
    ChannelList,
    ChannelOut,
    ChannelPatch,
    ChannelPath,
    DeliveriesQuery,
    DeliveryList,
    DeliveryOut,
    DeliveryPath,
    EntryPath,
    HandoverList,
    HandoversQuery,
)
from server.problems.notices import NoticeChannelOff
from server.problems.request import CursorRefused, InputRefused, NotFound

TAG = Tag(
    name="通知 notices",
    description="何事以何种方式告知谁,是否送达;交办是否签收。"
    "What is told to whom and by which way, whether it arrived; whether a handover was accepted.",
)
OFFICE = tuple(role for role in ROLES if role != "officer")


def notice_routes(db: Database, rules: ChannelRules, handover_alarm_after_s: int) -> APIBlueprint:
    """Routes of notices."""
    api = APIBlueprint("notices", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])
    _channels(api, db, rules)
    _deliveries(api, db)
    _people(api, db, handover_alarm_after_s)
    return api


def _channels(api: APIBlueprint, db: Database, rules: ChannelRules) -> None:
    @api.get(
        "/notices/channels",
        summary="通知渠道 Channels by which events are told",
        responses=answers({200: ChannelList}, CursorRefused),
    )
    @allow("admin")
    def list_notice_channels(query: Page) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            return json_response(channels.list_channels(connection, query.cursor, query.limit))

    @api.post(
        "/notices/channels",
        summary="新建渠道 Make a channel",
        responses=answers({201: ChannelOut}, InputRefused),
    )
    @allow("admin")
    def post_notice_channel(body: ChannelIn) -> Response:
        with db.transaction(principal().claim) as (connection, asking):
            made = channels.create_channel(connection, asking, rules, body)
        return json_response(made, 201)

    @api.patch(
        "/notices/channels/<uuid:channel_id>",
        summary="修改渠道 Change a channel",
        responses=answers({200: ChannelOut}, InputRefused, NotFound),
    )
    @allow("admin")
    def patch_notice_channel(path: ChannelPath, body: ChannelPatch) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            changed = channels.change_channel(connection, rules, path.channel_id, body)
        return json_response(changed)

    @api.delete(
        "/notices/channels/<uuid:channel_id>",
        summary="删除渠道 End a channel and forget its secret",
        responses=answers({204: None}, NotFound),
    )
    @allow("admin")
    def delete_notice_channel(path: ChannelPath) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            channels.delete_channel(connection, path.channel_id)
        return Response(status=204)

    @api.post(
        "/notices/channels/<uuid:channel_id>/test",
        summary="发送测试消息 Send a test message; the delivery tells whether it arrived",
        responses=answers({202: DeliveryOut}, NotFound, NoticeChannelOff),
    )
    @allow("admin")
    def post_notice_channel_test(path: ChannelPath) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            made = channels.test_channel(connection, path.channel_id)
            told = reading.fetch_delivery(connection, made)
        return json_response(told, 202)


def _deliveries(api: APIBlueprint, db: Database) -> None:
    @api.get(
        "/notices/deliveries",
        summary="投递记录 Deliveries, newest first",
        responses=answers({200: DeliveryList}, CursorRefused),
    )
    @allow("admin", "dispatcher")
    def list_notice_deliveries(query: DeliveriesQuery) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            page = reading.list_deliveries(
                connection,
                state=query.state,
                case=query.case,
                channel=query.channel,
                cursor=query.cursor,
                limit=query.limit,
            )
        return json_response(page)

    @api.post(
        "/notices/deliveries/<int:delivery_id>/replay",
        summary="重新投递 Try a delivery anew under its old key",
        responses=answers({202: DeliveryOut}, NotFound, NoticeChannelOff),
    )
    @allow("admin")
    def post_notice_delivery_replay(path: DeliveryPath) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            told = reading.replay_delivery(connection, path.delivery_id)
        return json_response(told, 202)


def _people(api: APIBlueprint, db: Database, handover_alarm_after_s: int) -> None:
    @api.get(
        "/handovers",
        summary="交办签收情况 Cases handed to a body, whether they arrived, and how long ago",
        responses=answers({200: HandoverList}, CursorRefused),
    )
    @allow(*OFFICE)
    def list_handovers(query: HandoversQuery) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            page = reading.list_handovers(
                connection,
                state=query.state,
                alarm_after_s=handover_alarm_after_s,
                cursor=query.cursor,
                limit=query.limit,
            )
        return json_response(page)

    @api.post(
        "/inbox/<int:entry_id>/read",
        summary="标记已读 Mark an inbox entry as read",
        responses=answers({204: None}, NotFound),
    )
    @everyone
    def read_inbox_entry(path: EntryPath) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            reading.read_entry(connection, path.entry_id)
        return Response(status=204)
