"""What is said and answered about devices."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from server.contract import Answer, Strict, Text
from server.patrol.trackers.enrolling import Kind
from server.places.wire import DatumName

State = Literal["unenrolled", "waiting", "expired", "active", "revoked"]

_HEARD: JsonDict = {"accepted": 12, "duplicate": 0, "off_duty": 0, "unreadable": 0, "ignored": 0}
_DEVICE: JsonDict = {
    "id": 17,
    "account": {
        "id": "0d9f4c1e-6a57-4a0e-9a43-0f6a2c7f5b1d",
        "username": "officer01",
        "display_name": "张三",
    },
    "kind": "owntracks",
    "name": "工作手机",
    "datum": "wgs84",
    "state": "active",
    "enrolled_by": "officer01",
    "client": "pixel",
    "created_at": "2026-11-25T02:00:00.000000Z",
    "enrolled_at": "2026-11-25T02:00:00.000000Z",
    "expires_at": "2026-11-25T02:30:00.000000Z",
    "claimed_at": "2026-11-25T02:01:12.000000Z",
    "revoked_at": None,
    "heard_at": "2026-11-25T02:42:00.000000Z",
    "heard": _HEARD,
}


class DeviceIn(Strict):
    """A phone to set up with one code."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"kind": "owntracks", "name": "工作手机"}]})

    kind: Kind = Field(
        description="app 为本系统应用,osmand 含 Traccar Client / app is ours; osmand is Traccar Client, too"
    )
    name: Text = Field(
        min_length=1,
        max_length=100,
        pattern=r"^[^\x00-\x1f]+$",
        description="同名再登记即换新令牌 / enrolling the same name again gives it a new token",
    )
    datum: DatumName = Field(
        "wgs84", description="该手机定位所用坐标基准 / what the positions of this phone refer to"
    )
    account: UUID | None = Field(
        None,
        description="为谁登记,缺省为本人;他人须由管理员登记 / for whom; unset: oneself. Others by an administrator",
    )


class CarrierOut(Answer):
    """Who carries a device."""

    id: UUID
    username: str
    display_name: str


class HeardOut(Answer):
    """What the last request of a device brought."""

    accepted: int = Field(description="已保存 / stored")
    duplicate: int = Field(description="此前已有 / had before")
    off_duty: int = Field(description="不在岗,未保存 / not on duty, not stored")
    unreadable: int = Field(description="无位置或无时间,未保存 / without a place or a time, not stored")
    ignored: int = Field(description="本就不是位置 / no position by its own name")


class DeviceOut(Answer):
    """One phone as its officer and administrators see it; never its token."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DEVICE]})

    id: int
    account: CarrierOut
    kind: Kind
    name: str
    datum: DatumName
    state: State = Field(
        description="unenrolled 未经二维码登记,waiting 待首次使用,expired 过期未用,active 使用中,revoked 已吊销 / "
        "unenrolled: signed in rather than enrolled; waiting for its first use; expired unused; in use; revoked"
    )
    enrolled_by: str | None = Field(
        description="登记人账号,令牌曾向其出示 / whose account enrolled it and was shown the token"
    )
    client: str | None = Field(
        description="首次使用者自报的标识,据此拒绝另一部手机 / what the first client told of itself; others are refused"
    )
    created_at: str
    enrolled_at: str | None
    expires_at: str | None = Field(
        description="在此之前须首次使用 / until when it has to be used for the first time"
    )
    claimed_at: str | None = Field(description="首次使用 / when it was used for the first time")
    revoked_at: str | None
    heard_at: str | None = Field(description="最近一次来报 / when it was heard last")
    heard: HeardOut | None


class DeviceList(Answer):
    items: list[DeviceOut]
    next: str | None


class EnrolmentOut(Answer):
    """A device with the one code that sets it up; shown once, kept nowhere."""

    device: DeviceOut
    token: str = Field(
        description="仅此一次可见;手工设置时填作密码或编号 / seen this once; the password or id when set up by hand"
    )
    address: str = Field(description="上报地址 / where positions go")
    uri: str = Field(description="二维码内容 / what the code holds")
    qr_svg: str = Field(description="二维码,SVG / the code as SVG")
    qr_png: str = Field(description="二维码,PNG 的 base64 / the code as PNG in base64")


class TrackerAnswer(HeardOut):
    """What a request of a tracker brought. Never a refusal of what would only be sent again."""

    message: str | None = Field(description="有未保存的才有说明 / says why when something was not stored")
    message_en: str | None = Field(description="同上,英文 / the same in English")


class OverlandAnswer(TrackerAnswer):
    """Overland forgets what it sent when `result` is ok."""

    result: Literal["ok"] = "ok"
    set: dict[str, object] | None = Field(
        None, description="首次来报时的采集设置 / how to track, told once at its first report"
    )
