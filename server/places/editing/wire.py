"""What an editor sends, and how an edit is answered: who, when, why, and the versions before and after."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt

from server.contract import Answer, Strict, Text
from server.places.fixed_words import FIXED_WORDS
from server.places.wire import GeometryOut, KindName, ZoneProperties

Action = Literal["draw", "replace", "split", "merge", "border", "close", "undo"]


def _day(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        raise ValueError("a day wanted, as 2026-11-25")
    return value


Day = Annotated[date, BeforeValidator(_day, json_schema_input_type=str)]


def _no_fixed_word(value: str) -> str:
    if value in FIXED_WORDS:
        raise ValueError("a word of the addresses is no code")
    return value


Code = Annotated[
    Text,
    AfterValidator(_no_fixed_word),
    Field(
        min_length=1,
        max_length=64,
        pattern=r"^[^/\x00-\x1f]+$",
        json_schema_extra={"not": {"enum": sorted(FIXED_WORDS)}},
    ),
]
Name = Annotated[Text, Field(min_length=1, max_length=200)]
Township = Annotated[Text, Field(min_length=1, max_length=64)]
Version = Annotated[StrictInt, Field(ge=1, lt=2**31)]
Lon = Annotated[float, Field(ge=-180, le=180, strict=True)]
Lat = Annotated[float, Field(ge=-90, le=90, strict=True)]
Shape = Annotated[
    dict[str, Any], Field(description="GeoJSON 几何,WGS-84 / a GeoJSON geometry (RFC 7946), WGS-84")
]


class IfMatch(BaseModel):
    """The version an edit was made from."""

    model_config = ConfigDict(extra="ignore")

    if_match: str | None = Field(
        None, alias="If-Match", description='所依据的版本,如 "3" / the version it is made from, as in "3"'
    )


class LineIn(Strict):
    """A GeoJSON line, WGS-84."""

    type: Literal["LineString"]
    coordinates: list[tuple[Lon, Lat]] = Field(min_length=2)


class Why(Strict):
    """What every edit says."""

    note: Text = Field(
        min_length=1, max_length=1000, pattern=r"\S", description="修改原因,存档 / why; it is kept"
    )
    valid_from: Day | None = Field(
        None,
        description="生效之日。缺省为明天,若所改版本更晚生效则为其生效之日 / first day it holds; "
        "when left out tomorrow, or the day the version it changes begins when that is later",
    )
    rematch: StrictBool = Field(
        False,
        description="允许生效日在过去,即使已有上报按其判定;随后应重判 / a past day though reports depend on it; "
        "a re-match should follow",
    )


class Checked(Why):
    """An edit that lays claim to ground."""

    allow_overlap: StrictBool = Field(
        False, description="允许与同类的其他区重叠 / although it overlaps another of its kind"
    )


class Trimmed(Checked):
    """An edit with a shape of its own."""

    trim: StrictBool = Field(
        False, description="裁去与同类其他区重叠的部分 / cut off what lies on ground of others of its kind"
    )


class DrawIn(Trimmed):
    """A new zone."""

    code: Code
    name: Name
    township: Township | None = Field(None, description="9 位代码 / 9-digit code")
    properties: dict[str, Any] = Field(default_factory=dict)
    geometry: Shape


class ReplaceIn(Trimmed):
    """New geometry or attributes; what is left out stays."""

    name: Name | None = None
    township: Township | None = Field(None, description="9 位代码 / 9-digit code")
    properties: dict[str, Any] | None = Field(None, description="整体替换 / replaces all of them")
    geometry: Shape | None = None


class SplitIn(Why):
    """A line across a zone, and the new zone that the smaller part becomes; the larger keeps its code."""

    line: LineIn
    code: Code
    name: Name | None = Field(None, description="缺省与原区同名 / when left out, that of the zone cut")


class VersionIn(Strict):
    """A zone, and the version the edit was made from."""

    code: Code
    version: Version


class MergeIn(Why):
    """Neighbours that become one, under the code of one of them."""

    zones: list[VersionIn] = Field(min_length=2, max_length=100)
    keep: Code = Field(description="合并后沿用的代码 / the code that stays")


class ReshapedIn(VersionIn):
    """A zone of a border, with its new shape when that is how the border is told."""

    geometry: Shape | None = None


class BorderIn(Why):
    """Two neighbours and the line that is to be their border, or neighbours each with its new shape."""

    zones: list[ReshapedIn] = Field(min_length=2, max_length=100)
    line: LineIn | None = None


class CloseIn(Why):
    """The zone ends on that day."""


class UndoIn(Checked):
    """What stood before an edit stands again, as new versions."""


class TrialIn(Strict):
    """A shape to try: nothing is kept."""

    code: Code | None = Field(
        None, description="原区代码,新画则无 / code of the zone it would replace; none for a new one"
    )
    geometry: Shape
    valid_from: Day | None = Field(
        None, description="生效之日,缺省为明天 / first day; tomorrow when left out"
    )


class TriedOverlap(Answer):
    """Ground that another zone of the kind has."""

    other: str
    other_version: int
    area_m2: float
    geometry: GeometryOut


class TriedGap(Answer):
    """Ground that would be nobody's."""

    why: Literal["bare", "narrow"] = Field(
        description="bare: 让出而无人接; narrow: 与邻区间的窄缝 / given up and taken by none; narrow beside others"
    )
    area_m2: float
    geometry: GeometryOut


class TrialOut(Answer):
    """What a shape would do to its neighbours."""

    area_m2: float
    overlaps: list[TriedOverlap]
    gaps: list[TriedGap]


class EditedProperties(ZoneProperties):
    """A version before or after an edit; one withdrawn before it began has no day."""

    valid_from: date | None = Field(description="生效之日 / first day it is valid")  # type: ignore[assignment]


class EditedFeature(Answer):
    """A GeoJSON feature (RFC 7946), WGS-84."""

    type: Literal["Feature"]
    id: str
    geometry: GeometryOut
    properties: EditedProperties


class EditItem(Answer):
    """One edit of a list."""

    id: UUID
    action: Action
    kind: KindName
    zones: list[str] = Field(description="涉及的责任区代码 / codes of the zones it is about")
    note: str
    valid_from: date
    rematch: bool
    undoes: UUID | None
    by: str
    at: datetime


class EditOut(EditItem):
    """One edit, with the versions it closed and those it made."""

    before: list[EditedFeature]
    after: list[EditedFeature]


class EditList(Answer):
    """Edits, newest first; `next` is the cursor of the next page or null."""

    items: list[EditItem]
    next: str | None
