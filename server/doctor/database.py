"""The database: versions, schema, clock, datum of layers, tables of days; and what the page of operation tells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from server import schema, sqltext
from server.deployment import Deployment
from server.doctor.line import Line, Mark
from server.operation import keeping
from server.operation.database import apart_s, ask, clock, waiting
from server.operation.watching import Watch
from server.wiring import watch_of

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
POSTGRESQL_LEAST = 15
POSTGIS_LEAST = (3, 3)
DOUBTS_LOOKED_AT = timedelta(days=30)
# Fewer reports say nothing about all.
DOUBTED_LEAST = 5


@dataclass(frozen=True)
class Now:
    """When it is looked. at: aware. today: the local day."""

    at: datetime
    today: date

    @classmethod
    def of(cls, at: datetime, time_zone: str) -> Now:
        return cls(at, at.astimezone(ZoneInfo(time_zone)).date())


def of_database(connection: Connection, deployment: Deployment, now: Now) -> Iterator[Line]:
    """Everything the database is asked; only the first lines when it has no schema. Errors: SQLAlchemyError."""
    config, watch = deployment.config, watch_of(deployment.config)
    yield from _versions(connection)
    yield _clock(connection, watch)
    revision = _revision(connection)
    yield revision
    if revision.mark is Mark.OK:
        yield _metric_srid(connection, config.metric_srid)
        yield from _layers(connection, config.zones_outside_share, now)
        yield _doubts(connection, config.datum_doubt_share, now)
        yield from _days(connection, config.position_days_ahead, now)
        told, _ = ask(connection, watch)
        yield from map(Line.of, waiting(told, watch, now.at))
        yield from map(Line.of, keeping.checks(told, watch, now.at))


def _versions(connection: Connection) -> Iterator[Line]:
    found = SQL["fetch_doctor_versions"].run(connection).one()
    old = found.postgresql < POSTGRESQL_LEAST
    yield Line(
        "postgresql",
        "数据库 / database",
        Mark.BAD if old else Mark.OK,
        f"PostgreSQL {found.postgresql}",
        f"需要 {POSTGRESQL_LEAST} 或更新 / {POSTGRESQL_LEAST} or newer is needed" if old else "",
    )
    about = "空间扩展 / PostGIS"
    if found.postgis is None:
        do = "请安装 PostGIS,再运行 frontage db migrate / install PostGIS, then run frontage db migrate"
        yield Line("postgis", about, Mark.BAD, "未安装 / not there", do)
        return
    old = tuple(int(part) for part in found.postgis.split(".")[:2]) < POSTGIS_LEAST
    least = ".".join(map(str, POSTGIS_LEAST))
    do = f"需要 {least} 或更新 / {least} or newer is needed" if old else ""
    yield Line("postgis", about, Mark.BAD if old else Mark.OK, found.postgis, do)


def _clock(connection: Connection, watch: Watch) -> Line:
    before = datetime.now(UTC)
    there = SQL["fetch_doctor_clock"].run(connection).scalar_one()
    return Line.of(clock(apart_s(before, there, datetime.now(UTC)), watch))


def _revision(connection: Connection) -> Line:
    there, here = schema.revisions(connection)
    same = there == here
    return Line(
        "schema",
        "数据库结构 / schema",
        Mark.OK if same else Mark.BAD,
        f"{there or '无 / none'}" if same else f"{there or '无 / none'} ≠ {here}",
        "" if same else "请运行 frontage db migrate / run frontage db migrate",
    )


def _metric_srid(connection: Connection, setting: int) -> Line:
    srid = SQL["fetch_doctor_srid"].run(connection).scalar_one()
    same = srid == setting
    do = f"请设置 FRONTAGE_METRIC_SRID={srid} / set FRONTAGE_METRIC_SRID={srid}"
    return Line(
        "metric_srid",
        "量测坐标系 / metric CRS",
        Mark.OK if same else Mark.BAD,
        f"EPSG:{srid}" if same else f"EPSG:{srid} ≠ FRONTAGE_METRIC_SRID {setting}",
        "" if same else do,
    )


def _layers(connection: Connection, limit_share: float, now: Now) -> Iterator[Line]:
    layers = SQL["list_doctor_layers"].run(connection, {"today": now.today.isoformat()}).all()
    if not any(layer.kind == "township" for layer in layers):
        do = "请先导入镇街界:frontage zones import township … / import townships first"
        yield Line("layers", "图层 / layers", Mark.BAD, "没有镇街界 / no townships in force", do)
    for layer in layers:
        share = layer.outside / layer.zones
        wrong = share > limit_share
        do = (
            "若相差约 500 米,该文件可能按错误的坐标系导入:请以 --datum gcj02 或 bd09 重新导入并比较 / "
            "if it is off by 500 m the file was declared in the wrong datum: import it anew with --datum gcj02 or bd09"
        )
        declared = f"声明 / declared {layer.datum}" if layer.datum else "入库即 / kept as wgs84"
        yield Line(
            f"layer_{layer.kind}",
            f"图层坐标系 / datum of {layer.kind}",
            Mark.WARN if wrong else Mark.OK,
            f"{declared}, {layer.zones} 个 zones, 区外 outside {share:.1%}",
            do if wrong else "",
        )


def _doubts(connection: Connection, limit_share: float, now: Now) -> Line:
    found = SQL["fetch_doctor_doubts"].run(connection, {"since": now.at - DOUBTS_LOOKED_AT}).one()
    many = found.doubted >= DOUBTED_LEAST and found.doubted > found.reports * limit_share
    do = (
        "多部手机一致时,多半是图层或手机程序声明了错误的坐标系 / "
        "when many phones agree, a layer or their program declares the wrong datum"
    )
    return Line(
        "reports_datum",
        "上报坐标系 / datum of reports",
        Mark.WARN if many else Mark.OK,
        f"30 天内 {found.reports} 条,{found.doubted} 条存疑 / {found.doubted} of {found.reports} in 30 days in doubt",
        do if many else "",
    )


def _days(connection: Connection, ahead: int, now: Now) -> Iterator[Line]:
    today = now.at.astimezone(UTC).date()
    for found in SQL["list_doctor_days"].run(connection):
        left = (found.last_day - today).days if found.last_day else -1
        mark = Mark.BAD if left < 1 else Mark.WARN if left < ahead // 2 else Mark.OK
        yield Line(
            f"days_{found.parent}",
            f"按日分表 / tables of days: {found.parent}",
            mark,
            f"至 {found.last_day or '-'} / until {found.last_day or '-'}",
            ""
            if mark is Mark.OK
            else "后台任务每小时补建,请查看它 / the worker makes them hourly: look at it",
        )
