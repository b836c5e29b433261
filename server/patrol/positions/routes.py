"""HTTP words of positions: fixes of a phone, in batches."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from flask import Response
from flask_openapi3 import APIBlueprint, Tag

from server.access import FIELD_ROLES, allow, principal
from server.contract import API, answers, json_response, ref
from server.db import Database
from server.evidence.reach import ignore
from server.messages import say
from server.patrol.positions.body import BodyLimits, read_json
from server.patrol.positions.columns import Columns
from server.patrol.positions.taking import Taken, TakingRules, TakingSettings, take_fixes
from server.patrol.positions.wire import PositionsIn, PositionsOut
from server.places.wire import Reason
from server.problems.positions import DeviceRevoked, GzipBroken, OffDuty, TooManyDevices
from server.problems.request import BodyTooLarge, MediaTypeRefused

TAG = Tag(
    name="行踪 positions",
    description="在岗定位点:原样保留,存疑的标出而不丢弃;不在岗的不保存。"
    "Fixes on duty are kept as told, doubtful ones flagged, never dropped; off duty nothing is stored.",
)
POSITIONS_BODY = {
    "required": True,
    "description": "一台设备的定位点,任意顺序,可用 gzip 压缩(`Content-Encoding: gzip`)。"
    "Fixes of one device in any order, packed by gzip or not.",
    "content": {"application/json": {"schema": ref(PositionsIn)}},
}


class PositionSettings(TakingSettings, Protocol):
    """The settings that these routes need; read-only, so that a frozen configuration fits."""

    @property
    def positions_max_count(self) -> int: ...
    @property
    def positions_max_bytes(self) -> int: ...


def position_routes(
    db: Database,
    settings: PositionSettings,
    clock: Callable[[], datetime],
    reach: Callable[[str], None] = ignore,
) -> APIBlueprint:
    """Routes of positions.

    Args:
        reach: hears of the points that a batch passes, in fault runs.
    """
    api = APIBlueprint("positions", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])
    limits = BodyLimits(settings.positions_max_bytes, settings.positions_max_count)
    rules = TakingRules.of(settings)

    @api.post(
        "/positions",
        summary="上传定位点 Send fixes of one's device, recorded on duty",
        responses=answers(
            {200: PositionsOut},
            BodyTooLarge,
            GzipBroken,
            MediaTypeRefused,
            OffDuty,
            DeviceRevoked,
            TooManyDevices,
        ),
        openapi_extensions={"requestBody": POSITIONS_BODY},
    )
    @allow(*FIELD_ROLES)
    def post_positions() -> Response:
        device, given = _read(read_json(limits), limits)
        reach("positions.read")
        with db.transaction(principal().claim) as (connection, _):
            taken = take_fixes(connection, device, given, clock(), rules)
            if taken.nothing_on_duty:
                raise OffDuty(**_counts(taken))
            reach("positions.before_commit")
        reach("positions.committed")
        return json_response(told(taken))

    return api


def _read(value: Any, limits: BodyLimits) -> tuple[str, Columns]:
    """The device and its fixes. Raises BodyTooLarge; pydantic.ValidationError naming each fault."""
    positions = value.get("positions") if isinstance(value, dict) else None
    if isinstance(positions, list):
        if len(positions) > limits.fixes_max:
            raise limits.refusal()
        columns = Columns.quick(positions)
        if columns is not None:
            # The first fix stands for all of them: the model looks at the rest of the body.
            checked = PositionsIn.model_validate({**value, "positions": positions[:1]})
            return checked.device, columns
    checked = PositionsIn.model_validate(value)
    return checked.device, Columns.of(checked.positions)


def told(taken: Taken) -> PositionsOut:
    """What the sender is told."""
    hints = [
        Reason(code=hint.code, params=dict(hint.params), **say(f"finding.{hint.code}", hint.params))
        for hint in taken.hints
    ]
    return PositionsOut(**_counts(taken), hints=hints)


def _counts(taken: Taken) -> dict[str, Any]:
    return {
        "accepted": taken.accepted,
        "duplicate": taken.duplicate,
        "off_duty": taken.off_duty,
        "flagged": taken.flagged,
        "flags": taken.flags,
        "newest_at": taken.newest_at,
    }
