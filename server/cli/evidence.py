"""`frontage verify`, `replay`, `photos`, `heads`, `bundle`: is all there that was acknowledged, and the proof of it."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import click
from sqlalchemy import Connection, text

from server.cli.base import Place, cluster_up, console, pass_place, progress
from server.complaints.verifying import verify_complaints
from server.deployment import Deployment
from server.evidence import heads as heads_file
from server.evidence import photos as photo_store
from server.evidence.heads import HeadsBook, read_line
from server.evidence.ledger import verify_chain
from server.evidence.photos import PhotoStore, store_from_url
from server.evidence.staging import Staging
from server.jobs import connect, known_photos, sweep_orphans
from server.operation import keeping
from server.problems.request import NotFound
from server.ratings.chain import verify_scores
from server.wiring import REPLAYED, bundler_of, heads_of, heads_post_of

_PHOTO_WORDS = {"missing": "照片缺失 / a photo is missing", "altered": "照片被改动 / a photo was altered"}
_BATCH_COUNT = 500


@click.command("verify")
@click.option(
    "--photos/--no-photos", default=True, help="重算照片摘要 / Read every photo again. [default: yes]"
)
@pass_place
def verify(place: Place, photos: bool) -> None:
    """核验全部案卷的哈希链、库外链首与照片 / Check every chain, its head off the database, reports, photos.

    指出第一处问题并以 1 退出 / Names the first broken link and exits with 1.
    """
    try:
        _verify(place, photos)
    except click.ClickException as broken:
        keeping.note_verified(place.deployment.config.var, broken.message)
        raise
    if photos:
        keeping.note_verified(place.deployment.config.var, None)


def _verify(place: Place, photos: bool) -> None:
    book = heads_of(place.deployment.config)
    lines = book.lines()
    # One snapshot for all of it: a report that arrives meanwhile is whole or not seen.
    with place.owner(isolation="REPEATABLE READ") as connection:
        entries = _verify_chain(connection)
        _verify_heads(connection, book, lines)
        checked = _verify_photos(connection, store_of(place.deployment)) if photos else 0
        cases, reports = _count(connection, "case_file"), _count(connection, "report")
    console().print(
        f"完好 / whole: 案卷 cases {cases}, 记录 entries {entries}, 上报 reports {reports}, "
        f"链首 heads {len(lines)}, 照片 photos {checked if photos else '未查 not read'}"
    )


def _verify_chain(connection: Connection) -> int:
    entries = _count(connection, "ledger")
    with progress("哈希链 / chains", entries) as bar:
        for fault in chain(verify_chain(connection, bar), verify_complaints(connection)):
            raise click.ClickException(f"第一处断裂 / first broken link: {fault}")
    for broken in verify_scores(connection):
        raise click.ClickException(broken)
    return entries


def _verify_heads(connection: Connection, book: HeadsBook, lines: list[bytes]) -> None:
    for fault in heads_file.compare(connection, book, lines):
        raise click.ClickException(f"第一处不符 / first difference: {fault}")


def _verify_photos(connection: Connection, store: PhotoStore) -> int:
    query = "SELECT DISTINCT sha256 FROM evidence_file_v1 ORDER BY sha256"
    expected = list(connection.scalars(text(query)))
    with progress("照片 / photos", len(expected)) as bar:
        for fault in photo_store.verify(store, expected, bar):
            raise click.ClickException(f"{_PHOTO_WORDS[fault.what]}: {fault.sha256}")
    return len(expected)


@click.command("replay")
@pass_place
def replay(place: Place) -> None:
    """由所存事件与当时规则重算所有名单与分数 / Work every kept list and score out again, and compare the bytes.

    逐一指出不同之处并以 1 退出 / Names each that differs and exits with 1.
    """
    differing = []
    with place.owner(isolation="REPEATABLE READ") as connection:
        for kind in REPLAYED:
            done = list(kind.replay(connection))
            console().print(f"{kind.name}: {len(done)}")
            differing += [f"{kind.name}: {one.name}" for one in done if one.kept != one.again]
    if differing:
        raise click.ClickException("重算不同 / worked out again, these differ:\n" + "\n".join(differing))


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


@click.group("heads")
def heads() -> None:
    """库外链首 / Heads of the chains, off the database."""


@heads.command("write")
@pass_place
def write_heads(place: Place) -> None:
    """写出有新记录的案卷的链首,并发送未送达的 / Write off cases that grew, and send what was not sent."""
    deployment = place.deployment
    book, post = heads_of(deployment.config), heads_post_of(deployment.config)
    with cluster_up(deployment), connect(deployment.owner_url) as connection:
        line = book.write(connection, datetime.now(UTC))
    said = read_line(line) if line else None
    if said:
        click.echo(f"链首 / head {said['number']}: 案卷 cases {said['cases']}, 根 root {said['root']}")
    else:
        click.echo("没有新记录 / no case grew")
    if post is not None:
        click.echo(f"已发送 / sent: {post.send_new(book)}")


@click.command("bundle")
@click.argument("number")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@pass_place
def bundle(place: Place, number: str, out: Path) -> None:
    """制作一个案卷的证据包 / Make the evidence bundle of a case: NUMBER OUT.zip.

    记入该案流水 / Taking it is a ledger entry of the case.
    """
    deployment = place.deployment
    store = store_of(deployment)
    bundler = bundler_of(deployment.config, store, lambda: datetime.now(UTC))
    if out.exists():
        raise click.ClickException(f"文件已存在 / {out} exists: nothing was written.")
    with place.owner() as connection:
        # The ledger asks who acts: an operator, who sees the whole district and is no account.
        connection.execute(text("SELECT set_config('frontage.scope', 'district', true)"))
        try:
            made = bundler.bundle(connection, number, None)
        except NotFound:
            raise click.ClickException(f"没有此案卷 / there is no case {number}") from None
    with open(out, "xb") as file:
        file.writelines(made.stream(store))
    click.echo(f"{out}: 清单摘要 / digest of the manifest {made.digest}")


COMMANDS = (verify, replay, photos, heads, bundle)
