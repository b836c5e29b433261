"""Records as they are sent and answered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from server.contract import Answer, Day, Moment, Page, Strict, Text
from server.places.wire import DatumName, KindName, LonLat

AboutKind = Literal["subject", "zone", "street", "township", "case", "person", "place"]
MeansName = Literal["service", "management", "enforcement"]
_Code = Annotated[Text, Field(min_length=1, max_length=200)]
_FORM = Field(min_length=1, max_length=64, description="表单代码 / code of the form")


class RecordPath(Strict):
    record_id: UUID = Field(
        description="由设备生成,同一记录始终同一编号 / made by the device; the same record always has the same id"
    )


class RecordPlaceIn(Strict):
    lon: float = Field(ge=-180, le=180, description="度,基准见 `datum` / degrees, in `datum`")
    lat: float = Field(ge=-90, le=90, description="度,基准见 `datum` / degrees, in `datum`")
    datum: DatumName
    accuracy_m: float | None = Field(
        None, ge=0, le=100_000, description="68% 半径,米 / 68 % radius in metres"
    )


class RecordAboutIn(Strict):
    """What a record is about; of which kind says its form."""

    code: _Code = Field(
        description="区、镇街、责任主体的代码,路名,案号或用户名 / "
        "code of a zone, township or subject; name of a street, number of a case, user name"
    )
    zone_kind: KindName | None = Field(
        None, description="表单可用于多种区时 / where a form takes several kinds"
    )
    township: _Code | None = Field(
        None, description="同名路在多个镇街时 / of a street whose name several townships have"
    )


class RecordTrialIn(Strict):
    """Answers to be judged."""

    form: Text = _FORM
    at: Moment | None = Field(None, description="发生之时,缺省为收到之时 / when it was; left out: now")
    answers: dict[Annotated[Text, Field(max_length=40)], Any] = Field(
        max_length=100, description="按项填写:数、是非、文字、选项代码、日期、照片 SHA-256 列表 / by field"
    )


class RecordIn(RecordTrialIn):
    """A form that was filled in."""

    about: RecordAboutIn | None = Field(None, description="about 为 place 的表单不填 / none for a place")
    position: RecordPlaceIn | None = Field(None, description="about 为 place 的表单必填 / wanted for a place")
    corrects: UUID | None = Field(
        None, description="所更正的记录;原记录保留 / the record it corrects, which stays as it is"
    )


class NoScore(Answer):
    """Why there is no score."""

    code: Literal["divides_by_zero", "unanswered"]
    text: str
    text_en: str


class HeadOut(Answer):
    code: str
    name: str
    name_en: str
    score: float | None
    no_score: NoScore | None


class RecordTrialOut(Answer):
    """What answers would score. `errors` names what keeps them from being filed."""

    score: float | None
    no_score: NoScore | None
    heads: list[HeadOut]
    errors: list[RecordTrialError]


class RecordTrialError(Answer):
    path: str
    message: str


class RecordForm(Answer):
    """The form as it read then."""

    code: str
    name: str
    name_en: str
    rulebook: int
    version: int
    sample: bool


class RecordBy(Answer):
    account: str
    name: str
    body: str
    body_name: str


class RecordAbout(Answer):
    kind: AboutKind
    code: str | None
    name: str | None
    zone_kind: KindName | None


class AnswerOut(Answer):
    code: str
    label: str
    label_en: str
    type: str
    unit: str | None
    value: Any
    value_name: str | None = Field(description="选项的名称 / name of an option")
    value_name_en: str | None


class RecordOut(Answer):
    """One record, as its form read when it was filled in."""

    id: str
    form: RecordForm
    at: datetime
    received_at: datetime
    by: RecordBy
    about: RecordAbout
    township: str | None
    position: LonLat | None = Field(description="WGS-84,度 / degrees, WGS-84")
    answers: list[AnswerOut]
    score: float | None
    no_score: NoScore | None
    heads: list[HeadOut]
    sees: Literal["body", "district", "own"]
    means: MeansName | None
    visit: Literal["inspection", "service"] | None = Field(
        description="所计入的到访 / the kind of visit it makes of its zone"
    )
    shift: str | None
    outside_roster: bool | None = Field(
        description="当时的班次是否排班外,不在班为 null / whether the shift was outside the roster; null: on none"
    )
    corrects: str | None
    corrected_by: str | None


class RecordList(Answer):
    items: list[RecordOut]
    next: str | None


class RecordFilter(Strict):
    form: Text | None = Field(None, min_length=1, max_length=64, description="表单代码 / code of a form")
    about_kind: AboutKind | None = None
    about: _Code | None = Field(None, description="对象的代码或名称 / code or name of what it is about")
    township: _Code | None = Field(None, description="9 位代码 / 9-digit code")
    by: UUID | None = Field(None, description="填写人 / account that filled it in")
    from_: Day | None = Field(None, alias="from", description="首日 / first local day")
    to: Day | None = Field(None, description="末日,含 / last local day, itself counted")
    current: bool = Field(False, description="不列已更正的 / leave out those that were corrected")


class RecordsQuery(Page, RecordFilter):
    pass


class RecordFileQuery(Strict):
    form: Text = _FORM
    township: _Code | None = Field(None, description="9 位代码 / 9-digit code")
    from_: Day = Field(alias="from", description="首日 / first local day")
    to: Day = Field(description="末日,含 / last local day, itself counted")


_PERIOD = Field(
    pattern=r"^(19|20|21)\d{2}(-(0[1-9]|1[0-2])|-Q[1-4])?$",
    description="月、季或年 / month, quarter or year: `2026-09`, `2026-Q3`, `2026`",
)


class FiguresOfFormQuery(Strict):
    form: Text = _FORM
    period: Text = _PERIOD


class Ranked(Answer):
    """One of those compared. Its score is the mean of the stored scores of `records`."""

    rank: int | None = Field(
        description="同分同名次;仅区级可排 / equal scores share it; the district's view only"
    )
    code: str
    name: str
    township: str | None
    score: float | None
    flagged: bool | None = Field(
        description="如示范路;表单无此标记为 null / as a model street; null: no such mark"
    )
    records: list[str]
    unscored: int = Field(description="没有得分的记录数 / records without a score")


class Ranking(Answer):
    form: str
    first: date
    last: date
    items: list[Ranked]
    flagged_mean: float | None
    other_mean: float | None
    next: None = None


class HeadFigure(Answer):
    code: str
    name: str
    name_en: str
    score: float | None = Field(description="各记录分项得分的平均 / mean of the records")


class HeadsOfOne(Answer):
    code: str
    name: str
    score: float | None
    heads: list[HeadFigure]
    records: list[str] = Field(description="作为依据的记录编号 / ids of the records behind it")


class Heads(Answer):
    form: str
    first: date
    last: date
    items: list[HeadsOfOne]
    next: None = None


class MissedQuery(Strict):
    form: Text = _FORM
    on: Day | None = Field(
        None, description="哪一天所在的一期,缺省今天 / the round of this day; left out: today"
    )
    state: Literal["done", "due", "missed"] | None = None


class RoundOfZone(Answer):
    code: str
    name: str
    township: str | None
    state: Literal["done", "due", "missed"]
    record: str | None
    at: datetime | None


class Missed(Answer):
    """How a round stands: every zone of the schedule's kind, with the record that it has."""

    form: str
    first: date
    last: date
    due_at: datetime
    done: int
    due: int
    missed: int
    items: list[RoundOfZone]
    next: None = None


class GridQuery(Strict):
    from_: Day = Field(alias="from", description="首日 / first local day")
    to: Day = Field(description="末日,含 / last local day, itself counted")
    cell_m: int = Field(250, ge=50, le=5000, description="格边长,米 / side of a cell in metres")


class GridCellProperties(Answer):
    east: int = Field(
        description="格号,自米制平面原点向东 / number of the cell to the east in the metric plane"
    )
    north: int
    cases: int
    notes: int
    count: int


class GridCell(Answer):
    type: Literal["Feature"]
    geometry: dict[str, Any]
    properties: GridCellProperties


class Grid(Answer):
    """Cells where something was, most first, as GeoJSON in WGS-84."""

    type: Literal["FeatureCollection"]
    features: list[GridCell]
    cases: int
    notes: int


RecordTrialOut.model_rebuild()
