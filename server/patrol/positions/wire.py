"""Fixes as a phone sends them and what it is told of them: the models that validate are the ones documented."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator

from geo.datum import Datum, Position, convert
from server.contract import Answer, Moment, Strict, Text
from server.places.wire import DatumName, Reason

APP_DEVICE = "phone"


class FixIn(Strict):
    """One position of the device. What it does not know it leaves out."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, strict=True)

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
    recorded_at: Annotated[
        Moment,
        Field(description="定位时刻;同一设备同一时刻只有一点 / when; a device has one fix at a moment"),
    ]
    accuracy_m: Annotated[
        float | None,
        Field(
            ge=0,
            le=100_000,
            description="68% 半径,米;0 视为未知 / 68 % radius in metres; 0 counts as not known",
        ),
    ] = None
    speed_mps: Annotated[float | None, Field(ge=0, le=1000)] = None
    bearing_deg: Annotated[
        float | None, Field(ge=0, le=360, description="行进方向,真北起算 / way it moves, from true north")
    ] = None
    altitude_m: Annotated[float | None, Field(ge=-100_000, le=100_000)] = None
    battery: Annotated[
        float | None, Field(ge=0, le=1, description="电量,0 至 1 / charge, 0 to 1", examples=[0.8])
    ] = None
    mock: Annotated[
        bool, Field(description="设备称定位是模拟的 / the device says the position is simulated")
    ] = False

    @model_validator(mode="after")
    def _on_the_globe(self) -> Self:
        # Numbers of BD-09 at a pole or the date line may lie beyond both.
        convert(Position(self.lon, self.lat, Datum(self.datum)), Datum.WGS84)
        return self


class PositionsIn(Strict):
    """Fixes of one device of whoever sends them, in any order."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, strict=True)

    device: Annotated[
        Text,
        Field(
            min_length=1,
            max_length=100,
            description="自己的哪台设备 / which of the sender's own devices",
        ),
    ] = APP_DEVICE
    positions: Annotated[
        list[FixIn], Field(min_length=1, description="上限见配置 positions_max_count / limited by settings")
    ]


class PositionsOut(Answer):
    """What became of a batch: every fix is accepted, duplicate or off duty; accepted ones may be flagged as well."""

    accepted: Annotated[int, Field(description="新保存 / newly stored")]
    duplicate: Annotated[
        int, Field(description="该设备该时刻已有一点 / this device has a fix of that moment already")
    ]
    off_duty: Annotated[
        int, Field(description="不在班次内,未保存 / recorded in no shift, not stored; send the shift first")
    ]
    flagged: Annotated[int, Field(description="已保存且存疑 / stored and doubtful")]
    flags: Annotated[
        dict[str, int],
        Field(
            description="各种存疑的点数 / how many fixes of each doubt",
            examples=[{"jump": 2, "poor_accuracy": 1}],
        ),
    ]
    newest_at: Annotated[datetime | None, Field(description="新保存中最新的时刻 / newest time stored now")]
    hints: Annotated[list[Reason], Field(description="基准疑似有误 / signs of a wrong datum")]
