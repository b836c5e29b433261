"""Imports as they are asked for and told: how to read a file, the report of a dry run, and how to apply it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field

from server.contract import Answer, Page, Strict, Text
from server.places.foreign.formats_known import ENCODINGS, PropertyName, codec_of
from server.places.runs.wire import ProgressOut, RunProblemOut
from server.places.wire import DatumName, KindName

_DATE = r"^\d{4}-\d{2}-\d{2}$"


def _day(value: Any) -> Any:
    # A number is a date to pydantic; here it is a mistake.
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or len(value) != 10:
        raise ValueError("a date wanted, as 2026-11-25")
    return date.fromisoformat(value)


Day = Annotated[
    date,
    BeforeValidator(_day, json_schema_input_type=str),
    Field(json_schema_extra={"type": "string", "format": "date"}),
]
Severity = Literal["error", "warning", "note"]
ImportState = Literal["waiting", "reading", "reported", "applied", "failed"]
Fate = Literal["new", "changed", "unchanged", "gone", "faulty", "before_version"]
Column = Annotated[Text, Field(min_length=1, max_length=100)]


class ImportOptions(Strict):
    """How a file is to be read; all may be left out when the file says it itself."""

    datum: DatumName | None = Field(
        None, description="坐标基准,如 gcj02 / the datum, where the file does not say or says WGS-84 wrongly"
    )
    crs: Text | None = Field(
        None,
        max_length=100,
        pattern=r"^(EPSG|ESRI):[0-9]{3,6}$",
        description="坐标系,如 EPSG:4549;shapefile 无 .prj 时必填 / wanted for a shapefile without .prj",
    )
    columns: dict[Literal["code", "name", "township"] | PropertyName, Column] = Field(
        default_factory=dict,
        description="我方字段 <- 文件列名;编码、名称、镇街可自动猜测 / ours <- theirs; the first three are guessed",
    )
    encoding: Annotated[Text, AfterValidator(codec_of)] | None = Field(
        None,
        max_length=20,
        description=f"属性表编码,缺省自动识别 / of the attribute table: {', '.join(ENCODINGS)}; guessed when left out",
    )
    layer: Text | None = Field(None, max_length=200, description="图层名 / of several layers in one file")
    properties: Literal["merge", "replace"] = Field(
        "merge", description="属性并入或取代现有 / laid over those in force, or instead of them"
    )
    source: Text | None = Field(
        None, min_length=1, max_length=200, description="来源,随每个版本保存 / kept with every version"
    )
    sample: bool = Field(False, description="仅供演示的样例 / made up for a demonstration")
    valid_from: Day | None = Field(
        None,
        description="报告按此日应用计算,缺省为今天 / the report counts for this day; today when left out",
    )


class ImportDecision(Strict):
    """How an import is applied: as one version step, all of it or nothing."""

    valid_from: Day = Field(description="新版本生效之日 / first day of the new versions")
    accept_repairs: list[Annotated[Text, Field(max_length=64)]] | Literal["all"] = Field(
        default_factory=list,
        max_length=10_000,
        description="接受修复的区的代码 / codes of zones whose repair is taken",
    )
    refuse_repairs: list[Annotated[Text, Field(max_length=64)]] = Field(
        default_factory=list,
        max_length=10_000,
        description="接受全部修复时除外的区 / of `all`, zones whose repair is not taken",
    )
    gone: Literal["keep", "close"] = Field(
        "keep", description="文件中没有的区:保留或停用 / zones that are not in the file"
    )
    rematch: bool = Field(
        False, description="允许影响已有上报,随后重新判定 / reports already judged will be matched again"
    )
    confirm_datum: bool = Field(
        False, description="确认声明的基准无误 / the declared datum is right although another would fit"
    )


class FaultsQuery(Page):
    code: Text | None = Field(None, max_length=64, description="只看此类 / of this code only")
    severity: Severity | None = None


class RepairOut(Answer):
    """What accepting the repair of this zone would change; one shape a zone, with all that is proposed for it."""

    geometry: dict[str, Any] | None
    township: str | None


class FaultOut(Answer):
    """One fault, with where it is."""

    number: int
    code: str
    severity: Severity
    feature: int | None = Field(description="文件中第几个要素,从 1 起 / of the file, from 1")
    zone: str | None
    text: str
    text_en: str
    params: dict[str, Any]
    geometry: dict[str, Any] | None = Field(description="几何 GeoJSON, WGS-84")
    repair: RepairOut | None


class BesideOut(Answer):
    """A zone beside a fault."""

    code: str | None
    name: str
    in_force: bool = Field(description="已生效且不在文件中 / in force and not in the file")
    geometry: dict[str, Any]


class FaultAroundOut(FaultOut):
    """A fault with its zone as the file tells it, and the zones beside."""

    told: dict[str, Any] | None = Field(
        description="文件中的形状,画不出则为空 / null where nothing can be drawn"
    )
    around: list[BesideOut]


class FateOut(Answer):
    zones: int
    codes: list[str] = Field(description="前若干个 / the first of them")


class ComparisonQuery(Page):
    fate: Fate | None = Field(None, description="列出此类的区 / list the zones of this fate")


class ZoneSideOut(Answer):
    name: str
    township: str | None
    geometry: dict[str, Any] | None = Field(description="几何 GeoJSON, WGS-84")


class ZoneFateOut(Answer):
    """A zone before and after the step."""

    code: str | None
    feature: int | None
    before: ZoneSideOut | None
    after: ZoneSideOut | None
    reshaped: bool | None = Field(
        description="边界不同;缺一方则为空 / another border; null where there is only one"
    )


class ComparisonOut(Answer):
    """What applying by these decisions would do, and a page of the zones of one fate."""

    fates: dict[str, FateOut]
    items: list[ZoneFateOut]
    next: str | None


class ImportReadOut(Answer):
    """How the file was read, guesses included."""

    format: str
    archive: bool
    encoding: str | None
    layer: str | None
    crs: str
    columns: list[dict[str, str]]
    mapping: dict[str, str]
    features: int


class AppliedOut(Answer):
    valid_from: date
    at: datetime
    decisions: dict[str, Any]
    counts: dict[str, int]


class ImportOut(Answer):
    """The report of one import; faults come by pages."""

    id: UUID
    kind: KindName
    state: ImportState
    progress: ProgressOut | None = Field(description="读取进度 / how far the reading got")
    problem: RunProblemOut | None = Field(description="为何未能读取 / why it could not be read")
    file_name: str
    sha256: str
    size_bytes: int
    made_at: datetime
    made_by: str | None = Field(description="空:命令行操作员 / null: an operator at the command line")
    options: dict[str, Any]
    read: ImportReadOut | None = Field(description="尚未读完则为空 / null until it has been read")
    fates: dict[str, FateOut] | None = Field(
        description="现在应用会怎样;已应用则为空 / what applying it would do now; null once applied"
    )
    fault_counts: dict[str, int]
    errors: int | None
    faults: list[FaultOut]
    next: str | None
    applied: AppliedOut | None


class ImportsQuery(Page):
    kind: KindName | None = None
    state: ImportState | None = None
    made_by: Text | None = Field(None, max_length=64, description="导入者的用户名 / user name of who sent it")


class ImportListed(Answer):
    """One import in sum."""

    id: UUID
    kind: KindName
    state: ImportState
    progress: ProgressOut | None
    problem: RunProblemOut | None
    file_name: str
    size_bytes: int
    made_at: datetime
    made_by: str | None = Field(description="空:命令行操作员 / null: an operator at the command line")
    features: int | None = Field(
        description="要素数,尚未读完则为空 / of the file; null until it has been read"
    )
    errors: int | None
    valid_from: date | None = Field(description="应用后生效之日 / first day of its versions, once applied")
    applied_at: datetime | None


class ImportList(Answer):
    """Imports, newest first; `next` is the cursor of the next page or null."""

    items: list[ImportListed]
    next: str | None
    file_max_bytes: int = Field(description="一个文件的上限,字节 / largest file that is taken")


class StepOut(Answer):
    """What applying did."""

    id: UUID
    valid_from: date
    new: int
    changed: int
    unchanged: int
    gone: int = Field(
        description="文件中没有的区 / zones that are not in the file, closed or kept as decided"
    )
    rematch_from: date | None = Field(
        description="此日起的上报须重新判定 / reports of this day and later are to be matched again"
    )
