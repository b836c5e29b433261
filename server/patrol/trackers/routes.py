"""HTTP words of trackers: enrolling phones, and taking what OwnTracks, OsmAnd, Traccar Client and Overland send."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, Protocol
from urllib.parse import parse_qsl
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from flask import Response, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from server.access import FIELD_ROLES, allow, principal, public
from server.contract import API, Page, Strict, answers, json_response, ref
from server.db import Database
from server.patrol.positions.body import BodyLimits, read_body
from server.patrol.positions.taking import TakingRules, TakingSettings
from server.patrol.positions.wire import PositionsIn
from server.patrol.trackers import devices, payloads
from server.patrol.trackers.devices import Credential, EnrolmentRules
from server.patrol.trackers.enrolling import overland_settings
from server.patrol.trackers.hearing import Payload, TrackerDesk
from server.patrol.trackers.wire import (
    DeviceIn,
    DeviceList,
    DeviceOut,
    EnrolmentOut,
    OverlandAnswer,
    TrackerAnswer,
)
from server.problems.positions import GzipBroken, TooManyDevices
from server.problems.request import (
    BodyTooLarge,
    CursorRefused,
    InputRefused,
    MalformedRequest,
    MediaTypeRefused,
    NotFound,
)
from server.problems.trackers import DeviceTokenRefused

TAG = Tag(
    name="设备 trackers",
    description="手机扫一次二维码即设置完毕;OwnTracks、Traccar Client、Overland 直接上报,凭设备令牌。"
    "One scan sets a phone up; trackers people already have report with a token of their device.",
)
EQUIPPED = (*FIELD_ROLES, "admin")
_SAID = (DeviceTokenRefused, BodyTooLarge, GzipBroken, MediaTypeRefused, MalformedRequest)
_TOKEN: list[dict[str, list[str]]] = [{"device": []}]
_NONE: dict[str, Any] = {
    "content": {"application/json": {"schema": {"type": "array", "items": {"type": "object"}, "maxItems": 0}}}
}
_LON_LAT = [
    {"name": name, "in": "query", "required": False, "schema": {"type": "string"}, "description": said}
    for name, said in (
        ("id", "设备令牌,亦可作 `deviceid` / the token of the device, or `deviceid`"),
        ("lat", "纬度,度 / latitude in degrees"),
        ("lon", "经度,度 / longitude in degrees"),
        ("timestamp", "秒、毫秒或 ISO 8601 / seconds, milliseconds or ISO 8601"),
        ("accuracy", "米 / metres"),
        ("speed", "节 / knots"),
        ("bearing", "度 / degrees"),
        ("altitude", "米 / metres"),
        ("batt", "百分比 / percent"),
        ("mock", "模拟定位为 `true` / `true` when simulated"),
    )
]


class TrackerSettings(TakingSettings, Protocol):
    """The settings that these routes need; read-only, so that a frozen configuration fits."""

    @property
    def positions_max_count(self) -> int: ...
    @property
    def positions_max_bytes(self) -> int: ...
    @property
    def public_url(self) -> str | None: ...
    @property
    def enrolment_lifetime_s(self) -> int: ...
    @property
    def tracker_interval_s(self) -> int: ...


class DevicePath(Strict):
    device_id: int = Field(ge=1, le=2**63 - 1, description="设备编号 / device")


class DevicesQuery(Page):
    account: UUID | None = Field(None, description="某人的设备 / devices of one account")


def device_routes(db: Database, settings: TrackerSettings, clock: Callable[[], datetime]) -> APIBlueprint:
    """Routes for people: enrolling, listing and revoking phones."""
    api = APIBlueprint("devices", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])
    rules = EnrolmentRules(
        settings.enrolment_lifetime_s, settings.tracker_interval_s, settings.devices_per_account_max_count
    )

    @api.post(
        "/devices",
        summary="登记手机 Enrol a phone; the answer holds the one code that sets it up",
        responses=answers({201: EnrolmentOut}, NotFound, TooManyDevices),
    )
    @allow(*EQUIPPED)
    def post_device(body: DeviceIn) -> Response:
        root = (settings.public_url or request.url_root).rstrip("/")
        with db.transaction(principal().claim) as (connection, _):
            return json_response(devices.enrol(connection, body, root, rules, clock()), 201)

    @api.get(
        "/devices",
        summary="手机列表 Phones of oneself, or of those one looks after",
        responses=answers({200: DeviceList}, CursorRefused),
    )
    @allow(*EQUIPPED)
    def list_devices(query: DevicesQuery) -> Response:
        account = str(query.account) if query.account else None
        with db.transaction(principal().claim) as (connection, _):
            return json_response(
                devices.list_devices(connection, account, clock(), query.cursor, query.limit)
            )

    @api.post(
        "/devices/<int:device_id>/revoke",
        summary="吊销手机 Take a phone out of use, at once",
        responses=answers({200: DeviceOut}, NotFound),
    )
    @allow(*EQUIPPED)
    def post_device_revocation(path: DevicePath) -> Response:
        with db.transaction(principal().claim) as (connection, _):
            return json_response(devices.revoke(connection, path.device_id, clock()))

    return api


def tracker_routes(
    db: Database, settings: TrackerSettings, clock: Callable[[], datetime], time_zone: ZoneInfo
) -> APIBlueprint:
    """Routes for phones: what they send is answered 2xx whenever sending it again would change nothing."""
    api = APIBlueprint("trackers", __name__, url_prefix=API, abp_tags=[TAG], abp_security=_TOKEN)
    desk = TrackerDesk(db, TakingRules.of(settings), clock, time_zone)
    limits = BodyLimits(settings.positions_max_bytes, settings.positions_max_count)
    _one_by_one(api, desk, limits)
    _batches(api, desk, limits, settings.tracker_interval_s)
    return api


def _one_by_one(api: APIBlueprint, desk: TrackerDesk, limits: BodyLimits) -> None:
    @api.post(
        "/trackers/owntracks",
        summary="OwnTracks 上报 One message of OwnTracks in HTTP mode",
        responses=answers({200: _NONE}, *_SAID),
        openapi_extensions={"requestBody": _body("OwnTracks JSON, `_type` location", required=False)},
    )
    @public  # A device token opens it, which server.access does not know.
    def post_owntracks() -> Response:
        shown, body = _shown(), read_body(limits)
        named = request.headers.get("X-Limit-D")

        def opened() -> Payload:
            message = _json(body)
            return Payload(payloads.owntracks_mark(message, named), partial(payloads.owntracks, message))

        desk.hear("owntracks", shown, opened)
        return json_response([])

    def hear_osmand(body: bytes) -> Response:
        mark = payloads.agent_mark(request.headers.get("User-Agent"))
        if request.mimetype == "application/json":
            shown = _shown(_named(body))
            outcome = desk.hear(
                "osmand", shown, lambda: Payload(mark, partial(payloads.traccar, _json(body)))
            )
        else:
            told = request.args.to_dict() or dict(parse_qsl(body.decode("ascii", "replace")))
            shown = _shown(told.get("id", told.get("deviceid")))
            outcome = desk.hear("osmand", shown, lambda: Payload(mark, partial(payloads.osmand, told)))
        return json_response(TrackerAnswer.model_validate(outcome.told()))

    @api.get(
        "/trackers/osmand",
        summary="OsmAnd 上报 One position in the address, as OsmAnd sends it",
        responses=answers({200: TrackerAnswer}, DeviceTokenRefused),
        openapi_extensions={"parameters": _LON_LAT},
    )
    @public
    def get_osmand() -> Response:
        return hear_osmand(b"")

    @api.post(
        "/trackers/osmand",
        summary="Traccar Client 上报 One position in the address, a form, or JSON with `location.coords`",
        responses=answers({200: TrackerAnswer}, *_SAID),
        openapi_extensions={
            "requestBody": _body("Traccar Client JSON, or none", required=False),
            "parameters": _LON_LAT,
        },
    )
    @public
    def post_osmand() -> Response:
        return hear_osmand(read_body(limits))


def _batches(api: APIBlueprint, desk: TrackerDesk, limits: BodyLimits, interval_s: int) -> None:
    @api.post(
        "/trackers/overland",
        summary="Overland 上报 A batch of GeoJSON points of Overland",
        responses=answers({200: OverlandAnswer}, *_SAID, InputRefused),
        openapi_extensions={"requestBody": _body("`{locations: [GeoJSON Feature]}`")},
    )
    @public
    def post_overland() -> Response:
        shown, body = _shown(), read_body(limits)

        def opened() -> Payload:
            locations = _items(body, "locations", limits)
            return Payload(payloads.overland_mark(locations), partial(payloads.overland, locations))

        outcome = desk.hear("overland", shown, opened)
        settings = overland_settings(interval_s) if outcome.claimed else None
        told = OverlandAnswer.model_validate({**outcome.told(), "set": settings})
        return json_response(told.model_dump(exclude={"set"} if settings is None else None))

    @api.post(
        "/trackers/app",
        summary="本系统应用上报 A batch as for /positions, with a device token instead of a login",
        responses=answers({200: TrackerAnswer}, *_SAID, InputRefused),
        openapi_extensions={
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": ref(PositionsIn)}},
            }
        },
    )
    @public
    def post_app_positions() -> Response:
        shown, body = _shown(), read_body(limits)
        mark = payloads.agent_mark(request.headers.get("User-Agent"))
        outcome = desk.hear(
            "app",
            shown,
            lambda: Payload(mark, partial(payloads.own_app, _items(body, "positions", limits))),
        )
        return json_response(TrackerAnswer.model_validate(outcome.told()))


def _shown(named: object = None) -> Credential:
    """The token of this request: in its headers, or where nothing else can be sent, in what names the device.

    Raises:
        DeviceTokenRefused: there is none.
    """
    given = request.authorization
    if given is not None and given.type == "bearer" and given.token:
        return Credential(given.token)
    if given is not None and given.type == "basic" and given.password:
        username = given.username or None
        if username is not None and "\x00" in username:
            raise DeviceTokenRefused()
        return Credential(given.password, username)
    if isinstance(named, str) and named:
        return Credential(named)
    raise DeviceTokenRefused()


def _named(body: bytes) -> object:
    """What a body of Traccar Client names as its device; nothing when there is no such body."""
    try:
        value = _json(body)
    except MalformedRequest:
        return None
    return value.get("device_id") if isinstance(value, dict) else None


def _items(body: bytes, name: str, limits: BodyLimits) -> list[Any]:
    """The batch under `name`. Raises BodyTooLarge, InputRefused, MalformedRequest."""
    value = _json(body)
    items = value.get(name) if isinstance(value, dict) else None
    if not isinstance(items, list):
        raise InputRefused(errors=[{"path": f"/{name}", "message": "a list wanted"}])
    if len(items) > limits.fixes_max:
        raise limits.refusal()
    return items


def _json(body: bytes) -> Any:
    # Whatever the media type says: the documents of OwnTracks themselves send JSON as a form.
    if not body:
        return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedRequest(detail=f"not JSON: {error.msg} at byte {error.pos}") from None


def _body(said: str, *, required: bool = True) -> dict[str, Any]:
    return {
        "required": required,
        "description": f"原样接收应用自身的格式。The app's own format as it is: {said}.",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
