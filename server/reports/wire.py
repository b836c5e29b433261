"""The report as a phone sends it and the receipt it gets: the models that validate are the ones documented.

Odd values are kept and become findings; only what cannot be what it claims to be is refused.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, field_validator

from server.contract import Answer, Moment, Sha256, Strict, Text
from server.places.wire import DatumName, MatchOut, Reason

PhotoRole = Literal["scene", "before", "after", "document"]


class Wire(Strict):
    """A part of the report: exact types, so that "121.07" is no number and 1 is no truth value."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, strict=True)


class PositionIn(Wire):
    """The device's fix at the time of capture."""

    lon: Annotated[
        float,
        Field(ge=-180, le=180, description="度,基准见 `datum` / degrees, in `datum`", examples=[121.07]),
    ]
    lat: Annotated[
        float, Field(ge=-90, le=90, description="度,基准见 `datum` / degrees, in `datum`", examples=[32.07])
    ]
    datum: Annotated[
        DatumName,
        Field(
            description="两数的基准,换算一次 / the datum both numbers are in; converted once, kept as sent"
        ),
    ]
    accuracy_m: Annotated[
        float, Field(ge=0, le=100_000, description="68% 半径,米 / 68 % radius in metres", examples=[6.0])
    ]
    bearing_deg: Annotated[
        float | None,
        Field(
            ge=0,
            le=360,
            description="镜头朝向,真北起算,度 / where the camera looked, degrees from true north",
        ),
    ] = None
    fixed_at: Moment | None = None
    source: Literal["device", "exif", "manual"]
    mock: Annotated[
        bool | None, Field(description="设备称定位是模拟的 / the device says the position is simulated")
    ] = None


class ZoneHintIn(Wire):
    """The zone the officer named."""

    code: Annotated[Text, Field(min_length=1, max_length=64)]
    how: Literal["qr", "picked"]


class PhotoIn(Wire):
    """One photo the report relies on, by its digest; the bytes come with the report or later."""

    sha256: Sha256
    role: PhotoRole
    captured_at: Moment | None = None


class ReportIn(Wire):
    """One observation by an officer."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, strict=True, title="Report")

    captured_at: Moment
    position: PositionIn
    category: Annotated[
        Text,
        Field(
            min_length=1,
            max_length=64,
            description="类别代码,未知的保留并标出 / a code of the category list; an unknown one is kept and flagged",
        ),
    ]
    items: Annotated[
        list[Annotated[Text, Field(min_length=1, max_length=64)]] | None,
        Field(
            min_length=1,
            max_length=50,
            description="门前三包检查项代码,缺省由类别定 / codes of items of duties; left out: what the category means",
        ),
    ] = None
    note: Annotated[Text, Field(max_length=4000)] | None = None
    zone_hint: ZoneHintIn | None = None
    photos: Annotated[list[PhotoIn], Field(max_length=100)]
    app_version: Annotated[Text, Field(max_length=64)] | None = None
    case: Annotated[
        Text | None,
        Field(
            max_length=64,
            description="所属案卷编号,如处置后照片 / number of a case this belongs to, as an after-photo does",
        ),
    ] = None

    @field_validator("photos")
    @classmethod
    def _each_once(cls, photos: list[PhotoIn]) -> list[PhotoIn]:
        if len({photo.sha256 for photo in photos}) != len(photos):
            raise ValueError("a photo is listed twice")
        return photos


class TownshipOut(Answer):
    code: str
    name: str


class CaseRef(Answer):
    number: str
    state: str
    due_at: datetime | None


class Finding(Reason):
    """What does not fit together; never a reason to refuse, never an edit."""

    sha256: str | None


class Receipt(Answer):
    """Proof of receipt. `signature` is a detached JWS (RFC 7515 appendix F, EdDSA) over the RFC 8785 form of the
    rest; `digest` is the SHA-256 of the RFC 8785 form of the report as sent."""

    id: str
    digest: Sha256
    received_at: datetime
    state: Literal["complete", "awaiting_photos"]
    missing_photos: list[Sha256]
    match: MatchOut
    township: TownshipOut | None
    routing: Reason
    case: CaseRef
    findings: list[Finding]
    signature: str
