"""A complaint as intake sends it, and what is answered: its matter to all who see the case, the person to intake."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, StrictBool, StrictInt, field_validator, model_validator

from server.contract import Answer, Moment, Strict, Text
from server.places.wire import DatumName, LonLat, MatchOut, Reason

Channel = Literal["phone_12345", "petition", "web", "walk_in"]
Relation = Literal["opened", "attached", "corrected"]
CallbackState = Literal["not_wished", "waiting", "due", "reached", "given_up", "corrected"]
Why = Literal["callback", "inquiry", "correction", "supervision"]


class PickedIn(Strict):
    """A point somebody picked on a map for what the complainant said."""

    lon: Annotated[float, Field(ge=-180, le=180, strict=True)]
    lat: Annotated[float, Field(ge=-90, le=90, strict=True)]
    datum: DatumName
    accuracy_m: Annotated[
        float | None,
        Field(ge=0, le=100_000, description="68% 半径,米 / 68 % radius in metres"),
    ] = None


class ComplainantIn(Strict):
    """Who complained; seen by intake only, and every look is noted."""

    name: Annotated[Text, Field(min_length=1, max_length=100)] | None = None
    phone: Annotated[Text, Field(pattern=r"^[0-9+() -]{3,40}$")] | None = None
    address: Annotated[Text, Field(min_length=1, max_length=200)] | None = None
    wishes_callback: StrictBool = False

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.wishes_callback and self.phone is None:
            raise ValueError("a call-back needs a telephone number")
        return self


class ComplaintMatterIn(Strict):
    """Where and what: all that decides where a complaint goes. Where: a point or a zone."""

    received_at: Annotated[Moment, Field(description="诉求提出之时 / when the complaint was made")]
    category: Annotated[Text | None, Field(min_length=1, max_length=64)] = None
    position: PickedIn | None = None
    zone: Annotated[
        Text | None, Field(min_length=1, max_length=64, description="所指之区的代码 / code of the zone meant")
    ] = None
    case: Annotated[
        Text | None,
        Field(min_length=1, max_length=64, description="所指案卷 / number of the case it is about"),
    ] = None

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if self.position is None and self.zone is None:
            raise ValueError("a position or a zone is wanted; for an address, the point picked for it")
        return self


class ComplaintIn(ComplaintMatterIn):
    """One complaint; an address goes with the point picked for it."""

    channel: Channel
    external_number: Annotated[
        Text | None,
        Field(min_length=1, max_length=64, description="来件编号 / number it has where it came from"),
    ] = None
    text: Annotated[Text, Field(min_length=1, max_length=4000)]
    address: Annotated[
        Text | None,
        Field(
            min_length=1, max_length=200, description="所诉地点的地址 / address of the place complained of"
        ),
    ] = None
    complainant: ComplainantIn | None = None
    corrects: Annotated[UUID | None, Field(description="所更正的诉求 / the complaint this one corrects")] = (
        None
    )
    force_new: Annotated[
        Text | None,
        Field(min_length=1, max_length=400, description="另立新案的理由 / why it must be a case of its own"),
    ] = None

    @field_validator("text")
    @classmethod
    def _said(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("a complaint says something")
        return value

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(one is not None for one in (self.case, self.corrects, self.force_new)) > 1:
            raise ValueError("only one of case, corrects and force_new")
        return self


class CallbackIn(Strict):
    """One call after the case ended."""

    reached: StrictBool
    satisfaction: Annotated[
        StrictInt | None,
        Field(ge=1, le=5, description="1 很不满意 … 5 很满意 / 1 very dissatisfied … 5 very satisfied"),
    ] = None
    note: Annotated[Text | None, Field(max_length=2000)] = None

    @model_validator(mode="after")
    def _said_by_somebody(self) -> Self:
        if self.satisfaction is not None and not self.reached:
            raise ValueError("satisfaction is what somebody who was reached says")
        return self


class OfCaseOut(Answer):
    number: str
    state: str
    state_name: str
    state_name_en: str


class ComplaintOut(Answer):
    """What is known of a complaint without who made it."""

    id: str
    channel: Channel
    external_number: str | None
    received_at: datetime
    recorded_at: datetime
    text: str = Field(description="诉求人信息已遮盖 / without the complainant's name, numbers and address")
    category: str | None
    address: str | None
    position: LonLat
    zone: str | None
    township: str | None = Field(description="9 位代码 / 9-digit code")
    match: MatchOut
    routing: dict[str, Any]
    case: OfCaseOut
    relation: Relation = Field(description="立案、并入或更正 / whether it opened, joined or corrects")
    because: list[Reason]
    corrects: str | None
    corrected_by: str | None
    commitment: str = Field(description="原件的承诺值 / commitment to the complaint as received")
    callback: CallbackState


class KnownCaseOut(OfCaseOut):
    """An open case at the place."""

    category: str
    opened_at: datetime
    due_at: datetime | None
    distance_m: float
    zone: str | None = Field(description="两者同在之区 / the zone both are in")


class ComplaintTrialOut(Answer):
    """Where a complaint would go, and the open cases at its place."""

    match: MatchOut
    body: str = Field(description="承办单位名称 / name of the body that would answer")
    relation: Relation
    because: list[Reason]
    case: str | None = Field(description="将并入的案卷 / number of the case it would join")
    known: list[KnownCaseOut] = Field(
        description="同区者先,近者先 / of the same zone first, then the nearest"
    )


class ComplaintList(Answer):
    items: list[ComplaintOut]
    next: str | None


class ComplainantOut(Answer):
    name: str | None
    phone: str | None
    address: str | None
    wishes_callback: bool


class CallOut(Answer):
    called_at: datetime
    reached: bool
    satisfaction: int | None
    note: str | None


class PersonOut(Answer):
    """The complaint in the complainant's words, and who that is. Reading it is noted."""

    complaint: str
    text: str
    address: str | None
    complainant: ComplainantOut | None
    calls: list[CallOut]


class AccessOut(Answer):
    account: str
    name: str = Field(description="查看人 / display name of who looked")
    looked_at: datetime
    why: Why


class AccessList(Answer):
    items: list[AccessOut]
    next: str | None
