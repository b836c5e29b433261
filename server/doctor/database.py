"""The database: versions, schema, clock, datum of layers, calendar, tables of days, worker."""

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

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
POSTGRESQL_LEAST = 15
POSTGIS_LEAST = (3, 3)
# A worker says every 10 s that it lives.
WORKER_HEARD_WITHIN_S = 45
DOUBTS_LOOKED_AT = timedelta(days=30)
# Fewer reports say nothing about all.
DOUBTED_LEAST = 5
# The State Council publishes next year's days off in November.
NEXT_YEAR_KNOWN_FROM_MONTH = 11


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
    config = deployment.config
    yield from _versions(connection)
    yield _clock(connection, config.database_clock_skew_s)
    revision = _revision(connection)
    yield revision
    if revision.mark is Mark.OK:
        yield _metric_srid(connection, config.metric_srid)
        yield from _layers(connection, config.zones_outside_share, now)
        yield _doubts(connection, config.datum_doubt_share, now)
        yield _calendar(connection, now)
        yield from _days(connection, config.position_days_ahead, now)
        yield from _worker(connection)


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


def _clock(connection: Connection, limit_s: float) -> Line:
    before = datetime.now(UTC)
    there = SQL["fetch_doctor_clock"].run(connection).scalar_one()
    after = datetime.now(UTC)
    # The answer was written somewhere between the two.
    skew_s = max((before - there).total_seconds(), (there - after).total_seconds(), 0.0)
    apart = skew_s > limit_s
    return Line(
        "clock",
        "时钟 / clock against the database",
        Mark.BAD if apart else Mark.OK,
        f"相差 {skew_s:.1f} 秒 / {skew_s:.1f} s apart",
        "请在两台机器上开启 NTP 对时 / turn NTP on on both machines" if apart else "",
    )


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


def _calendar(connection: Connection, now: Now) -> Line:
    about = "工作日历 / work calendar"
    found = SQL["fetch_doctor_calendar"].run(connection).one_or_none()
    this, following = now.today.year, now.today.year + 1
    do = "请导入 / import it: frontage calendars import FILE"
    if found is None or this not in found.years:
        return Line("calendar", about, Mark.BAD, f"没有 {this} 年 / {this} is not covered", do)
    years = ", ".join(map(str, sorted(found.years)))
    if following not in found.years and now.today.month >= NEXT_YEAR_KNOWN_FROM_MONTH:
        return Line("calendar", about, Mark.WARN, f"{years}; 缺 {following} 年 / {following} is missing", do)
    if found.sample:
        words = "样例,请核对国务院通知 / a sample: compare it with the notice"
        return Line("calendar", about, Mark.WARN, years, words)
    return Line("calendar", about, Mark.OK, years)


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


def _worker(connection: Connection) -> Iterator[Line]:
    found = SQL["fetch_doctor_worker"].run(connection, {"within_s": WORKER_HEARD_WITHIN_S}).one()
    yield Line(
        "worker",
        "后台任务 / worker",
        Mark.OK if found.alive else Mark.BAD,
        f"{found.alive} 个在运行 / {found.alive} alive",
        "" if found.alive else "请运行 make run 或 frontage worker / run make run, or frontage worker",
    )
    yield Line(
        "jobs",
        "失败任务 / failed jobs",
        Mark.WARN if found.failed else Mark.OK,
        str(found.failed),
        "见 frontage jobs / see frontage jobs" if found.failed else "",
    )
