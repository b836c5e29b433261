"""The worker of a test's deployment, doing what waits: in this process, or in one that may be killed."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event

from sqlalchemy import Engine, text

from config import Config
from server import jobs
from server.evidence.inspector import PhotoInspector
from server.evidence.photos import store_from_url
from server.evidence.staging import Staging
from server.evidence.thumbnails import Thumbnails
from server.jobs import Chores
from server.wiring import runner_of


def work(worker_url: str, config: Config) -> None:
    """Do all that waits, trying again at once."""
    staging = Staging(config.var / "staging", config.photo_max_bytes)
    inspector = PhotoInspector()
    chores = Chores(
        database_url=worker_url,
        store=store_from_url((config.var / "photos").as_uri(), staging),
        staging=staging,
        inspector=inspector,
        thumbnails=Thumbnails((config.var / "thumbnails").as_uri()),
        thumbnail_max_px=48,
        orphan_min_age_s=3600,
        runner=runner_of(config),
    )
    waiting = True
    while waiting:
        jobs.run(jobs.make_worker(chores, retry_base_s=0), wait=False)
        waiting = any(count.state == "todo" for count in jobs.count_jobs(worker_url))
    inspector.close()


def start_worker(worker_url: str, config: Config) -> BaseProcess:
    """The same in a process of its own."""
    process = multiprocessing.get_context("spawn").Process(target=work, args=(worker_url, config))
    process.start()
    return process


@contextmanager
def working(worker_url: str, config: Config) -> Iterator[None]:
    """A worker in a process of its own, until the block ends."""
    context = multiprocessing.get_context("spawn")
    ended = context.Event()
    process = context.Process(target=_until, args=(ended, worker_url, config))
    process.start()
    try:
        yield
    finally:
        ended.set()
        process.join()


def _until(ended: Event, worker_url: str, config: Config) -> None:
    while not ended.wait(0.2):
        # A worker that is started for nothing takes the processor from whoever waits for the next one.
        if any(count.state == "todo" for count in jobs.count_jobs(worker_url)):
            work(worker_url, config)


def take_up_again(owner: Engine) -> None:
    """Let the jobs of workers that died be found as the worker finds them every two minutes."""
    with owner.begin() as connection:
        connection.execute(text("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '5 min'"))
        connection.execute(text("SELECT job_put_v1('retry_stalled', '{\"timestamp\": 0}')"))
