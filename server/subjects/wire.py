"""Responsible subjects as they are sent and answered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from server.contract import Answer, Day, Page, Strict, Text

Kind = Literal["shop", "unit", "market", "site", "estate", "vacant"]
ZoneKind = Literal["frontage", "parking", "site", "service_point"]
State = Literal["current", "ended", "merged"]
_Name = Annotated[Text, Field(min_length=1, max_length=200, pattern=r"\S")]
_PersonName = Annotated[Text, Field(min_length=1, max_length=100, pattern=r"\S")]
_Phone = Annotated[Text, Field(min_length=1, max_length=40, pattern=r"^[0-9+() -]+$")]
_Trade = Annotated[Text, Field(max_length=64, pattern=r"^[a-z0-9_]+$")]
_Licence = Annotated[Text, Field(min_length=1, max_length=64, pattern=r"^\S+$")]
_Code = Annotated[Text, Field(min_length=1, max_length=64)]
CODE = r"^S-[0-9]{6,18}$"


class _Reasoned(Strict):
    reason: Annotated[Text, Field(min_length=1, max_length=500, pattern=r"\S")] = Field(
        description="为什么改,记入沿革 / why; kept with the change"
    )


class _From(_Reasoned):
    valid_from: Day | None = Field(
        None, description="自哪一天起,缺省今天 / from this day on; left out: today"
    )


class ZoneRef(Strict):
    """One zone, whatever its version."""

    zone_kind: ZoneKind = "frontage"
    zone: _Code = Field(description="责任区代码 / code of the zone")


class SubjectPersonIn(Strict):
    """One responsible person."""

    rank: Literal[1, 2] = Field(description="1 第一责任人(使用人),2 第二责任人(产权人) / 1 occupier, 2 owner")
    name: _PersonName
    phone: _Phone | None = Field(None, description="不对巡查员显示 / never shown to officers")
    capacity: Text = Field("", max_length=100, description="身份,如经营者、房东 / such as operator, landlord")


def _each_rank_once(persons: list[SubjectPersonIn]) -> list[SubjectPersonIn]:
    if len({one.rank for one in persons}) < len(persons):
        raise ValueError("one person of each rank at most")
    return persons


_Persons = Annotated[list[SubjectPersonIn], AfterValidator(_each_rank_once), Field(max_length=2)]


def _each_zone_once(places: list[ZoneRef]) -> list[ZoneRef]:
    if len({(one.zone_kind, one.zone) for one in places}) < len(places):
        raise ValueError("each zone once")
    return places


class SubjectWords(Strict):
    """What is said of a subject."""

    name: _Name
    kind: Kind
    trade: _Trade | None = Field(
        None, description="行业代码,同责任区的 trade / trade, as `trade` of zones has it"
    )
    licence: _Licence | None = Field(
        None,
        description="统一社会信用代码或其他证照号;只查重,不验真 / unified social credit code or another licence: "
        "kept as written, and held by one subject at a time",
    )


class SubjectIn(SubjectWords, _From):
    """A subject to be registered."""

    township: _Code | None = Field(
        None, description="镇街代码,缺省由责任区定 / township; left out: that of its zones, or one's own"
    )
    places: Annotated[list[ZoneRef], AfterValidator(_each_zone_once), Field(max_length=200)] = []
    persons: _Persons = []


class SubjectRevisionIn(_From):
    """Another name, kind, trade or licence from a day on; what is left out stays."""

    name: _Name | None = None
    kind: Kind | None = None
    trade: _Trade | None = None
    licence: _Licence | None = None


class SubjectPersonChangeIn(SubjectPersonIn, _From):
    """Somebody else of this rank, or another telephone number, from a day on."""


class SubjectPlaceIn(ZoneRef, _From):
    """A further zone that the subject answers for."""


class SubjectPlaceEndIn(ZoneRef, _Reasoned):
    """A zone that the subject no longer answers for."""

    on: Day | None = Field(
        None, description="第一天不再负责,缺省今天 / first day it no longer does; left out: today"
    )


class SubjectSuccessionIn(SubjectWords, _Reasoned):
    """A tenant change: from a day on somebody else answers for the same zones."""

    on: Day | None = Field(
        None, description="新主体负责的第一天,缺省今天 / first day of the new one; left out: today"
    )
    persons: _Persons = Field(
        [],
        description="未列第二责任人时沿用原产权人 / the owner stays when none of rank 2 is named",
    )


class SubjectMergeIn(_Reasoned):
    into: Text = Field(max_length=32, pattern=CODE, description="并入哪一条 / the record that stays")


class SubjectPath(Strict):
    code: Text = Field(max_length=32, pattern=CODE, description="主体编号,如 S-000123 / as in S-000123")


class SubjectsQuery(Page):
    township: _Code | None = Field(None, description="镇街代码 / township")
    kind: Kind | None = Field(None, description="类别;空置为 vacant / kind; `vacant` for vacant premises")
    trade: _Trade | None = Field(None, description="行业 / trade")
    state: State | None = Field(None, description="在册、已终止、已并入;缺省全部 / left out: all of them")
    zone: _Code | None = Field(None, description="今天负责这一责任区的 / who answers for this zone today")
    signed: bool | None = Field(
        None,
        description="今天门前责任区均有已签责任书;否:有未签的 / "
        "a signed letter holds for each of its frontages today; false: one lacks it",
    )
    responsible: bool | None = Field(
        None, description="今天有无责任人 / whether somebody is the responsible person today"
    )
    q: Text | None = Field(
        None,
        min_length=1,
        max_length=100,
        description="名称的一部分、编号或证照号 / part of the name, code or licence",
    )


class AtQuery(ZoneRef):
    on: Day | None = Field(None, description="哪一天,缺省今天 / on this day; left out: today")


class DoorQuery(Strict):
    zone_kind: ZoneKind = "frontage"
    zone: _Code | None = Field(
        None, description="哪一责任区,缺省今天的全部 / for which zone; left out: each of today's"
    )


class SubjectPlaceOut(Answer):
    zone_kind: str
    zone: str
    name: str | None
    valid_from: date
    valid_to: date | None = Field(description="第一天不再负责 / first day it no longer does")
    geometry: dict[str, Any] | None = Field(
        description="责任区形状(GeoJSON) / newest shape of the zone, GeoJSON"
    )


class SubjectPersonOut(Answer):
    rank: int
    name: str
    capacity: str
    phone: str | None = Field(description="仅对联系人显示 / null for those who do not call")
    valid_from: date
    valid_to: date | None


class SubjectVersionOut(Answer):
    name: str
    kind: Kind
    trade: str | None
    licence: str | None
    valid_from: date
    valid_to: date | None


class SubjectChangeOut(Answer):
    """One change: who made it, when, why."""

    action: str
    reason: str
    told: dict[str, Any]
    at: datetime
    by: str | None


class SubjectResponsibleOut(Answer):
    """Who answers first: the occupier, or the owner where premises are vacant."""

    rank: int
    name: str
    capacity: str
    phone: str | None


class SubjectItem(Answer):
    """A subject as lists have it, by what holds today or held last."""

    code: str
    name: str
    kind: Kind
    trade: str | None
    licence: str | None
    township: str | None
    township_name: str | None
    state: State
    merged_into: str | None
    sample: bool
    responsible: SubjectResponsibleOut | None
    zones: list[ZoneRef]


class SubjectList(Answer):
    items: list[SubjectItem]
    next: str | None


class SubjectOut(SubjectItem):
    """A subject with all its history, newest first."""

    created_at: datetime
    created_by: str | None
    successor_of: str | None
    successors: list[str]
    merged: list[str] = Field(description="并入本条的编号 / codes of records merged into this one")
    versions: list[SubjectVersionOut]
    places: list[SubjectPlaceOut]
    persons: list[SubjectPersonOut]
    changes: list[SubjectChangeOut]


class SubjectAnswerableOut(Answer):
    """Who answers for a zone on a day, as it was then."""

    code: str
    name: str
    kind: Kind
    trade: str | None
    responsible: SubjectResponsibleOut | None


class SubjectAtOut(Answer):
    zone_kind: str
    zone: str
    on: date
    subject: SubjectAnswerableOut | None = Field(description="未登记时为空 / null while nobody is registered")


class CaseSubjectOut(Answer):
    """Who answers for the zone of a case on the day of its first report; nothing while it lies in no zone."""

    zone_kind: str | None
    zone: str | None
    zone_name: str | None
    verdict: str | None = Field(description="落区把握 / how sure the zone is")
    on: date | None
    subject: SubjectAnswerableOut | None
