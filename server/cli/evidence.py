"""`frontage verify` and `frontage photos`: is everything there that was acknowledged, and nothing else?"""

from __future__ import annotations

import click
from sqlalchemy import Connection, text

from server.cli.base import Place, cluster_up, console, pass_place, progress
from server.deployment import Deployment
from server.evidence import photos as photo_store
from server.evidence.ledger import verify_chain
from server.evidence.photos import PhotoStore, store_from_url
from server.evidence.staging import Staging
from server.jobs import connect, known_photos, sweep_orphans

_PHOTO_WORDS = {"missing": "照片缺失 / a photo is missing", "altered": "照片被改动 / a photo was altered"}
_BATCH_COUNT = 500


@click.command("verify")
@click.option(
    "--photos/--no-photos", default=True, help="重算照片摘要 / Read every photo again. [default: yes]"
)
@pass_place
def verify(place: Place, photos: bool) -> None:
    """核验全部案卷的哈希链与照片 / Check every case's chain, every report and photo.

    指出第一处问题并以 1 退出 / Names the first broken link and exits with 1.
    """
    # One snapshot for all of it: a report that arrives meanwhile is whole or not seen.
    with place.owner(isolation="REPEATABLE READ") as connection:
        entries = _verify_chain(connection)
        checked = _verify_photos(connection, store_of(place.deployment)) if photos else 0
        cases, reports = _count(connection, "case_file"), _count(connection, "report")
    console().print(
        f"完好 / whole: 案卷 cases {cases}, 记录 entries {entries}, 上报 reports {reports}, "
        f"照片 photos {checked if photos else '未查 not read'}"
    )


def _verify_chain(connection: Connection) -> int:
    entries = _count(connection, "ledger")
    with progress("哈希链 / chains", entries) as bar:
        for fault in verify_chain(connection, bar):
            raise click.ClickException(f"第一处断裂 / first broken link: {fault}")
    return entries


def _verify_photos(connection: Connection, store: PhotoStore) -> int:
    query = "SELECT DISTINCT sha256 FROM photo_arrival ORDER BY sha256"
    expected = list(connection.scalars(text(query)))
    with progress("照片 / photos", len(expected)) as bar:
        for fault in photo_store.verify(store, expected, bar):
            raise click.ClickException(f"{_PHOTO_WORDS[fault.what]}: {fault.sha256}")
    return len(expected)


@click.group("photos")
def photos() -> None:
    """照片存储 / The photo store."""


@photos.command("sweep")
@click.option("--dry-run", is_flag=True, help="只计数,不删除 / Count only.")
@pass_place
def sweep(place: Place, dry_run: bool) -> None:
    """清除没有任何上报引用的旧照片 / Remove old photos that no report relies on."""
    deployment = place.deployment
    store, min_age_s = store_of(deployment), deployment.config.orphan_min_age_s
    with cluster_up(deployment):
        if dry_run:
            orphans = _count_orphans(deployment.owner_url, store)
            click.echo(f"无引用照片 / photos without a report, of any age: {orphans}")
            return
        swept = sweep_orphans(deployment.owner_url, store, min_age_s)
    if swept is None:
        raise click.ClickException("另一次清理正在进行 / Another sweep is running.")
    click.echo(
        f"已删除 / removed {swept.removed}, 已恢复 / put back {swept.restored}, 待删 / waiting {swept.waiting}"
    )


def _count_orphans(database_url: str, store: PhotoStore) -> int:
    held = list(store.digests())
    with connect(database_url) as connection:
        batches = [held[start : start + _BATCH_COUNT] for start in range(0, len(held), _BATCH_COUNT)]
        return len(held) - sum(len(known_photos(connection, batch)) for batch in batches)


def store_of(deployment: Deployment) -> PhotoStore:
    """The deployment's photo store."""
    config = deployment.config
    return store_from_url(deployment.photo_store_url, Staging(config.var / "staging", config.photo_max_bytes))


def _count(connection: Connection, table: str) -> int:
    return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608


COMMANDS = (verify, photos)
