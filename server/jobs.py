"""What is done beside requests: thumbnails, sweeping, purging, by a worker that takes jobs from the database.

A job is put into the transaction that needs it (job_put_v1), so none is lost and none runs for a report that was
rolled back. Every task may run twice. The worker's role can do its jobs and nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from tempfile import TemporaryFile
from typing import Any

import procrastinate
import procrastinate.exceptions
import psycopg
import structlog
from psycopg.conninfo import make_conninfo
from sqlalchemy.engine import make_url

from server.cases.clocks import MARKS, Marks
from server.cases.deadlines.beginning import begin_registering
from server.cases.deadlines.ticking import tick
from server.documents.sending import ServiceSender, service_tasks
from server.evidence.derive import thumbnail
from server.evidence.heads import HeadsBook
from server.evidence.inspector import PhotoInspector
from server.evidence.photos import PhotoStore
from server.evidence.posting import HeadsPost
from server.evidence.staging import Staging
from server.evidence.sweeping import Swept
from server.evidence.thumbnails import Thumbnails
from server.notices import terms
from server.notices.delivering import Deliverer
from server.patrol.tasks import PatrolChores, patrol_tasks
from server.places.runs.doing import Runner
from server.ratings.entering import enter_all_due
from server.reports.rematch.judging import Rematcher

log = structlog.get_logger()

TRIES_MAX = 5
# 7, 49, 343 and 2401 s between the tries: a store that is away for half an hour loses no thumbnail.
RETRY_BASE_S = 7
STALLED_AFTER_S = 60
LOGIN_ATTEMPTS_KEPT = timedelta(days=1)
_SWEEP_LOCK = 0x53574545


@dataclass(frozen=True)
class Chores:
    """What tasks work with.

    Attributes:
        database_url: of the worker's role.
        orphan_min_age_s: a photo without a row is removed only when older.
        staging_max_age_s: a staged file is left over when older; longer than any upload may take.
        thumbnail_max_px: longer side.
        changes_kept: how old a cursor of the feed may be.
        notices: sends what is told to others; without one the jobs of sending fail likewise.
        handover_alarm_after: how long a handover may wait to be accepted before the district is told.
        clock_marks: shares of a clock at which it turns yellow and red. time_zone: of the district.
        rematcher: judges past reports anew; without one the jobs of a re-match fail and stay to be looked at.
        patrol: what the tasks of patrol work with; without it there are none.
        services: sends documents to mailboxes and telephones; likewise.
        heads, heads_post: where heads of chains are written, and sent to; without heads that job does nothing.
        copy_evidence: copies to the backup what came in since the last time; how many photos.
        note_disks: remembers how much room there is, hourly.
        runner: does imports and drawings that were ordered; without one their jobs fail likewise.
    """

    database_url: str
    store: PhotoStore
    staging: Staging
    inspector: PhotoInspector
    thumbnails: Thumbnails
    thumbnail_max_px: int
    orphan_min_age_s: float
    staging_max_age_s: float = 3600.0
    changes_kept: timedelta = timedelta(days=7)
    notices: Deliverer | None = None
    handover_alarm_after: timedelta = timedelta(hours=4)
    clock_marks: Marks = MARKS
    time_zone: str = "Asia/Shanghai"
    rematcher: Rematcher | None = None
    runner: Runner | None = None
    heads: HeadsBook | None = None
    heads_post: HeadsPost | None = None
    copy_evidence: Callable[[], int] | None = None
    note_disks: Callable[[], None] | None = None
    patrol: PatrolChores | None = None
    services: ServiceSender | None = None

    def make_thumbnail(self, sha256: str) -> bool:
        """Make the small picture of one photo and its likeness; False when both are there. Errors: EvidenceFault."""
        pictured = self.thumbnails.get(sha256) is not None
        with connect(self.database_url) as connection:
            row = connection.execute("SELECT photo_likeness_wanted_v1(%s)", (sha256,)).fetchone()
            wanted = row is not None and row[0]
            if pictured and not wanted:
                return False
            # Without a name: a killed worker leaves nothing behind.
            with TemporaryFile(dir=self.staging.folder) as original:
                for piece in self.store.open(sha256):
                    original.write(piece)
                original.flush()
                photo = original.fileno()
                if not pictured:
                    picture = thumbnail(self.inspector, photo, edge_px=self.thumbnail_max_px, form="webp")
                    self.thumbnails.put(sha256, picture)
                if wanted:
                    likeness = self.inspector.likeness(photo)
                    connection.execute("SELECT photo_likeness_put_v1(%s, %s)", (sha256, likeness))
        return True

    def list_rematch(self, rematch_id: str) -> int:
        """List what a re-match would move, from where it got to; returns how many reports were looked at."""
        with connect(self.database_url) as connection:
            return self._rematcher().list_moves(connection, rematch_id)

    def run_rematch(self, rematch_id: str) -> int:
        """Add the matches a re-match listed; returns how many reports were taken up."""
        with connect(self.database_url) as connection:
            return self._rematcher().run(connection, rematch_id)

    def do_zone_run(self, run_id: str) -> str:
        """Do an import or a drawing; returns how it ended."""
        if self.runner is None:
            raise RuntimeError("this worker has no runner")
        return self.runner.do(lambda: connect(self.database_url), run_id, tries_max=TRIES_MAX)

    def _rematcher(self) -> Rematcher:
        if self.rematcher is None:
            raise RuntimeError("this worker has no matcher")
        return self.rematcher

    def deliver_notices(self) -> int:
        """Send what is due by every channel; returns how many messages arrived."""
        if self.notices is None:
            raise RuntimeError("this worker sends no notices")
        return self.notices.run()

    def alarm_handovers(self) -> int:
        """Tell the district of handovers that nobody accepts; returns how many were new."""
        before = datetime.now(UTC) - self.handover_alarm_after
        with connect(self.database_url) as connection:
            row = connection.execute("SELECT handover_alarms_v1(%s)", (before,)).fetchone()
        return int(row[0]) if row else 0

    def write_heads(self) -> tuple[int, int]:
        """Write off the heads of cases that grew, and send what was not sent; how many lines of each.

        Errors: EvidenceFault, OSError; what was written stays, and is sent the next time.
        """
        written = sent = 0
        if self.heads is not None:
            with connect(self.database_url) as connection:
                written = int(self.heads.write(connection, datetime.now(UTC)) is not None)
            if self.heads_post is not None:
                sent = self.heads_post.send_new(self.heads)
        return written, sent

    def tick_clocks(self) -> int:
        """Begin the first clocks of new cases, tell the marks that clocks have passed and the terms by days that end.

        Returns how many of both."""
        with connect(self.database_url) as connection:
            begin_registering(connection, datetime.now(UTC), self.clock_marks, self.time_zone)
            told = tick(connection, datetime.now(UTC))
            return told + terms.tick(connection, datetime.now(UTC), self.time_zone)

    def rate_cases(self) -> int:
        """Enter closed cases and records in the ledgers of whom they are about; returns how many were looked at."""
        with connect(self.database_url) as connection:
            return enter_all_due(lambda statement, values: connection.execute(statement.bound, values))

    def sweep_staging(self) -> int:
        """Remove what killed requests and killed children left; returns how many files and folders."""
        removed = self.staging.sweep(self.staging_max_age_s, time.time)
        return removed + (self.runner.sweep(self.staging_max_age_s) if self.runner else 0)

    def sweep_orphans(self) -> Swept | None:
        """Remove photos no report relies on; None when another sweep runs."""
        return sweep_orphans(self.database_url, self.store, self.orphan_min_age_s)

    def purge_login_attempts(self) -> int:
        """Forget attempts that no throttling looks at any more; returns how many."""
        before = datetime.now(UTC) - LOGIN_ATTEMPTS_KEPT
        with connect(self.database_url) as connection:
            row = connection.execute("SELECT login_attempts_purge_v1(%s)", (before,)).fetchone()
        return int(row[0]) if row else 0


def sweep_orphans(database_url: str, store: PhotoStore, min_age_s: float) -> Swept | None:
    """Remove photos older than `min_age_s` that no committed row knows; None when another sweep runs."""
    with connect(database_url) as connection:
        taken = connection.execute("SELECT pg_try_advisory_lock(%s)", (_SWEEP_LOCK,)).fetchone()
        if not taken or not taken[0]:
            return None
        return store.remove_orphans(lambda digests: known_photos(connection, digests), min_age_s, time.time)


def purge_changes(database_url: str, before: datetime) -> int:
    """Forget changes that happened before; returns how many. Cursors that lead to them are expired from then on."""
    with connect(database_url) as connection:
        row = connection.execute("SELECT feed_purge_v1(%s)", (before,)).fetchone()
    return int(row[0]) if row else 0


def known_photos(connection: psycopg.Connection[Any], digests: Sequence[str]) -> set[str]:
    """Those of the digests a committed row speaks of, as of now."""
    rows = connection.execute("SELECT * FROM photos_known_v1(%s)", (list(digests),))
    return {row[0] for row in rows}


@contextmanager
def connect(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection on which each statement sees what is committed by then; closing it drops its locks."""
    with psycopg.connect(conninfo(database_url), autocommit=True) as connection:
        yield connection


def conninfo(database_url: str) -> str:
    """libpq's form of a URL that may name a driver of SQLAlchemy."""
    url = make_url(database_url).set(drivername="postgresql")
    return make_conninfo(url.render_as_string(hide_password=False), application_name="frontage worker")


def make_worker(chores: Chores, *, retry_base_s: int = RETRY_BASE_S) -> procrastinate.App:
    """The queue with its tasks; `run` works on it until it is told to stop."""
    connector = procrastinate.PsycopgConnector(conninfo=conninfo(chores.database_url), min_size=1, max_size=4)
    queue = procrastinate.App(connector=connector)
    # One that was tried `max_attempts` times before is not tried again: five tries in all.
    again = procrastinate.RetryStrategy(max_attempts=TRIES_MAX - 1, exponential_wait=retry_base_s)

    @queue.task(name="make_thumbnail", retry=again)
    def make_thumbnail(sha256: str) -> None:
        log.info("thumbnail", sha256=sha256, made=chores.make_thumbnail(sha256))

    @queue.task(name="rematch_list", retry=again)
    def rematch_list(rematch_id: str) -> None:
        log.info("rematch_listed", rematch=rematch_id, reports=chores.list_rematch(rematch_id))

    @queue.task(name="rematch_run", retry=again)
    def rematch_run(rematch_id: str) -> None:
        log.info("rematch_run", rematch=rematch_id, reports=chores.run_rematch(rematch_id))

    @queue.task(name="zone_run", retry=again)
    def zone_run(run_id: str) -> None:
        log.info("zone_run", run=run_id, ended=chores.do_zone_run(run_id))

    _telling(queue, chores, again)
    _ticking(queue, chores)
    _periodic(queue, chores)
    _keeping_evidence(queue, chores)
    if chores.patrol:
        patrol_tasks(queue, chores.patrol)
    if chores.services:
        service_tasks(queue, chores.services, again)
    return queue


def _telling(queue: procrastinate.App, chores: Chores, again: procrastinate.RetryStrategy) -> None:
    @queue.task(name="notices_deliver", retry=again)
    def notices_deliver() -> None:
        log.info("notices_delivered", arrived=chores.deliver_notices())

    # What was put off, by a failure, by quiet hours or to be collected, has no job of its own.
    @queue.periodic(cron="* * * * *")
    @queue.task(name="notices_tick", queueing_lock="notices_tick")
    def notices_tick(timestamp: int) -> None:
        alarms = chores.alarm_handovers()
        arrived = chores.deliver_notices() if chores.notices else 0
        if alarms or arrived:
            log.info("notices_tick", alarms=alarms, arrived=arrived)


def _ticking(queue: procrastinate.App, chores: Chores) -> None:
    @queue.periodic(cron="* * * * *")
    @queue.task(name="clocks_tick", queueing_lock="clocks_tick")
    def clocks_tick(timestamp: int) -> None:
        told = chores.tick_clocks()
        if told:
            log.info("clocks_ticked", told=told)

    @queue.periodic(cron="* * * * *")
    @queue.task(name="rate_cases", queueing_lock="rate_cases")
    def rate_cases(timestamp: int) -> None:
        looked_at = chores.rate_cases()
        if looked_at:
            log.info("cases_rated", looked_at=looked_at)


def _keeping_evidence(queue: procrastinate.App, chores: Chores) -> None:
    @queue.periodic(cron="7 * * * *")
    @queue.task(name="sweep_staging", queueing_lock="sweep_staging")
    def sweep_staging(timestamp: int) -> None:
        log.info("staging_swept", removed=chores.sweep_staging())

    @queue.periodic(cron="23 19 * * *")  # 03:23 in the district
    @queue.task(name="sweep_orphans", queueing_lock="sweep_orphans")
    def sweep_orphans_daily(timestamp: int) -> None:
        swept = chores.sweep_orphans()
        log.info("orphans_swept", **(vars(swept) if swept else {"skipped": "another sweep runs"}))

    @queue.periodic(cron="53 * * * *")
    @queue.task(name="write_heads", queueing_lock="write_heads")
    def write_heads(timestamp: int) -> None:
        written, sent = chores.write_heads()
        log.info("heads_written", lines=written, sent=sent)

    # By itself again after a minute, whatever became of it.
    @queue.periodic(cron="* * * * *")
    @queue.task(name="copy_evidence", queueing_lock="copy_evidence")
    def copy_evidence(timestamp: int) -> None:
        copied = chores.copy_evidence() if chores.copy_evidence else 0
        if copied:
            log.info("evidence_copied", photos=copied)

    @queue.periodic(cron="17 * * * *")
    @queue.task(name="note_disks", queueing_lock="note_disks")
    def note_disks(timestamp: int) -> None:
        if chores.note_disks:
            chores.note_disks()


def _periodic(queue: procrastinate.App, chores: Chores) -> None:
    @queue.periodic(cron="31 * * * *")
    @queue.task(name="purge_changes", queueing_lock="purge_changes")
    def purge_changes_hourly(timestamp: int) -> None:
        before = datetime.now(UTC) - chores.changes_kept
        log.info("changes_purged", removed=purge_changes(chores.database_url, before))

    @queue.periodic(cron="41 * * * *")
    @queue.task(name="purge_login_attempts", queueing_lock="purge_login_attempts")
    def purge_login_attempts(timestamp: int) -> None:
        log.info("login_attempts_purged", removed=chores.purge_login_attempts())

    # A worker that was killed leaves its job marked as being done.
    @queue.periodic(cron="*/2 * * * *")
    @queue.task(name="retry_stalled", queueing_lock="retry_stalled", pass_context=True)
    async def retry_stalled(context: procrastinate.JobContext, timestamp: int) -> None:
        manager = context.app.job_manager
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_S):
            try:
                await manager.retry_job(job)
            except procrastinate.exceptions.ConnectorException as error:
                # Another worker was first. A lock would not do: killed in here, it would stay locked for ever.
                log.info("job_not_taken_up", task=job.task_name, job=job.id, exc_info=error)
            else:
                log.warning("job_taken_up_again", task=job.task_name, job=job.id)


def run(queue: procrastinate.App, *, wait: bool = True, concurrency: int = 2) -> None:
    """Work until SIGTERM or SIGINT; with `wait` off, until nothing is left to do now.

    Done jobs are deleted, failed ones stay to be looked at (`frontage jobs`).
    """
    queue.run_worker(
        wait=wait,
        concurrency=concurrency,
        delete_jobs="successful",
        shutdown_graceful_timeout=8.0,
        name="frontage",
        install_signal_handlers=wait,
    )


@dataclass(frozen=True)
class JobCount:
    """Jobs of one task in one state: todo, doing, failed, ..."""

    task: str
    state: str
    jobs: int
    oldest_at: datetime | None
    tries: int


def count_jobs(database_url: str) -> list[JobCount]:
    """All jobs that are not done, by task and state; `failed` ones had all their tries."""
    with connect(database_url) as connection:
        rows = connection.execute(
            "SELECT j.task_name, CAST(j.status AS text), count(*), min(e.at), max(j.attempts) "
            "FROM procrastinate_jobs j "
            "LEFT JOIN procrastinate_events e ON e.job_id = j.id AND e.type = 'deferred' "
            "GROUP BY 1, 2 ORDER BY 1, 2"
        )
        return [JobCount(*row) for row in rows]
