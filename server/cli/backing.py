"""`frontage backup` and `frontage restore`: a copy of all that matters, and a deployment made of it again."""

from __future__ import annotations

import time
from datetime import datetime
from zoneinfo import ZoneInfo

import click
from rich.table import Table

from server import running
from server.backup import taking
from server.backup.restoring import Restored
from server.backup.restoring import restore as bring_back
from server.backup.taking import Taken, folder_of
from server.backup_folder import BackupFolder, BackupRefused
from server.cli.base import Place, cluster_up, console, pass_place, progress
from server.deployment import Deployment
from server.operation import keeping

_FAULTS_SHOWN = 20


@click.group("backup", invoke_without_command=True)
@click.pass_context
def backup(context: click.Context) -> None:
    """备份:数据库、照片、密钥 / Back up database, photos and keys; read it again; keep the log from then on.

    可在运行中执行,失败时不影响已有备份 / May run beside the server; when it fails, what was there stays as it was.
    """
    if context.invoked_subcommand is not None:
        return
    deployment = context.find_object(Place).deployment  # type: ignore[union-attr]
    begun = time.monotonic()
    with cluster_up(deployment):
        taken = taking.take(deployment, click.echo)
    _tell_taken(deployment, taken, time.monotonic() - begun)
    if taken.copied.faults:
        raise click.exceptions.Exit(1)


def _tell_taken(deployment: Deployment, taken: Taken, took_s: float) -> None:
    manifest, copied, screen = taken.manifest, taken.copied, console()
    rows = manifest.counts
    screen.print(
        f"备份完成并已核验 / backed up and read again: {folder_of(deployment).root / manifest.name} ({took_s:.1f} s)\n"
        f"  案卷 cases {rows['cases']}, 记录 entries {rows['entries']}, 上报 reports {rows['reports']}",
        soft_wrap=True,
    )
    if manifest.database:
        packed_mb, log = manifest.database.file.size_bytes / 1e6, manifest.database.log
        screen.print(
            f"  数据库 / database {packed_mb:.1f} MB,日志持续归档 / its log is kept from now on: wal/{log}",
            soft_wrap=True,
        )
    else:
        screen.print(
            "  数据库由 FRONTAGE_DATABASE_URL 的管理员备份,须先于本命令 / the database is its administrator's to "
            "back up (pg_basebackup with the log, or the provider's own), BEFORE this command: docs/operations.md",
            soft_wrap=True,
        )
    if manifest.photos is None:
        screen.print("  照片在对象存储,由其自身复制 / photos are in a bucket, which keeps copies of its own")
    else:
        screen.print(
            f"  照片 / photos {manifest.photos}: 新 new {copied.photos} ({copied.size_bytes / 1e6:.1f} MB)"
        )
    for fault in copied.faults[:_FAULTS_SHOWN]:
        screen.print(f"  照片有误 / a photo is {fault.what}: {fault.sha256}", style="red")
    if taken.forgotten:
        screen.print(f"  已清理 / removed: {' '.join(taken.forgotten)}", soft_wrap=True)


@backup.command("list")
@pass_place
def list_backups(place: Place) -> None:
    """列出备份 / List the backups, oldest first."""
    folder = folder_of(place.deployment)
    table = Table("备份 / backup", "完成 / finished", "上报 / reports", "照片 / photos", "核验 / read again")
    for name in folder.names():
        table.add_row(name, *_told(folder, name, ZoneInfo(place.deployment.config.time_zone)))
    console().print(table)


def _told(folder: BackupFolder, name: str, zone: ZoneInfo) -> tuple[str, str, str, str]:
    try:
        manifest = folder.manifest(name)
    except BackupRefused as refused:
        return ("-", "-", "-", refused.code)
    checked = folder.checked(name)
    return (
        manifest.finished_at.astimezone(zone).isoformat(" ", "seconds"),
        str(manifest.counts["reports"]),
        str(manifest.photos if manifest.photos is not None else "-"),
        (checked.fault or checked.at.astimezone(zone).isoformat(" ", "seconds")) if checked else "-",
    )


@backup.command("check")
@click.argument("name", required=False)
@pass_place
def check(place: Place, name: str | None) -> None:
    """重读备份的每个字节 / Read a backup to its last byte, the newest when none is named."""
    folder = folder_of(place.deployment)
    chosen = name or next(reversed(folder.names()), None)
    if chosen is None:
        raise BackupRefused("backup_none", folder=folder.root)
    with progress("核验 / reading again", folder.manifest(chosen).photos) as bar:
        photos = taking.check(place.deployment, chosen, bar)
    mended = f", 已修复 mended {photos.photos}" if photos.photos else ""
    click.echo(f"完好 / whole: {chosen}, 照片 photos {photos.held + photos.photos}{mended}")


@click.command("restore")
@click.option(
    "--to",
    "until",
    default="latest",
    show_default=True,
    help="恢复到此刻 / A moment as 2026-11-30T09:40:00+08:00, or latest.",
)
@click.option(
    "--from", "name", help="从此备份开始 / Begin with this backup. [default: the newest before --to]"
)
@click.option(
    "--replace", is_flag=True, help="移开现有数据,不删除 / Move what is there aside; nothing is deleted."
)
@pass_place
def restore(place: Place, until: str, name: str | None, replace: bool) -> None:
    """从备份恢复并核验 / Bring database, photos and keys back and verify all of it; exit code 1 when anything is amiss.

    须先停止运行 / Stop the run first. 不覆盖任何现有数据 / Nothing that is there is written over.
    """
    deployment = place.deployment
    moment = None if until == "latest" else _moment(until, ZoneInfo(deployment.config.time_zone))
    with running.only_one(deployment.config.var):
        restored = bring_back(deployment, moment, name=name, replace=replace, tell=click.echo)
    keeping.note_verified(deployment.config.var, next(iter(restored.faults), None))
    _tell_restored(deployment, restored)
    if restored.faults:
        raise click.exceptions.Exit(1)


def _moment(given: str, zone: ZoneInfo) -> datetime:
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise click.BadParameter(
            "不是时刻 / no moment: 2026-11-30T09:40:00+08:00, or latest", param_hint="--to"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _tell_restored(deployment: Deployment, restored: Restored) -> None:
    screen, rows = console(), restored.counts
    zone = ZoneInfo(deployment.config.time_zone)
    until = restored.until.astimezone(zone).isoformat(" ", "seconds") if restored.until else "-"
    screen.print(
        f"已从备份 {restored.manifest.name} 恢复,最后一笔为 {until} / brought back from it, up to that moment:\n"
        f"  案卷 cases {rows['cases']}, 记录 entries {rows['entries']}, 上报 reports {rows['reports']}, "
        f"照片 photos {rows['photos']} (取回 brought {restored.photos.photos})",
        soft_wrap=True,
    )
    if restored.heads_later:
        screen.print(
            f"  有 {restored.heads_later} 行库外链首晚于此刻,留在备份中 / so many lines of heads are later and stay in "
            "the backup: what they name is not in this database",
            style="yellow",
            soft_wrap=True,
        )
    for place in restored.aside:
        screen.print(f"  原有数据移至 / what was there is now {place}", soft_wrap=True)
    for fault in restored.faults[:_FAULTS_SHOWN]:
        screen.print(f"  有误 / amiss: {fault}", style="red", markup=False, soft_wrap=True)
    if not restored.faults:
        screen.print(
            "  哈希链、链首、照片全部核验无误 / every chain, head and photo was verified: all is there"
        )
    screen.print(
        "请启动后立即再备份一次 / start it, then back up again at once: frontage run, frontage backup"
    )


COMMANDS = (backup, restore)
