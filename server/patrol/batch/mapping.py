"""Work that is mapped over parts by Dask: on processes of this machine, or on a cluster by its address."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

import dask
from distributed import Client, LocalCluster, as_completed
from distributed.security import Security

Item = TypeVar("Item")
Done = TypeVar("Done")

RETRIES = 2
"""Of one part, when a worker dies; working a part out twice writes the same files."""
_LOCAL: Final = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    # Dask has memory given back at once; looking at fronts would then spend twice its own time on page faults.
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": 256 * 1024 * 1024,
    "distributed.nanny.pre-spawn-environ.MALLOC_MMAP_THRESHOLD_": 256 * 1024 * 1024,
}
"""Of processes of this machine: no pages, and memory that is used again and again is kept."""


def over(
    parts: Iterable[Item], work: Callable[[Item], Done], *, scheduler: str | None, workers: int
) -> Iterator[Done]:
    """What `work` returns for every part, in the order they are done.

    Args:
        work: a function that other processes can import. scheduler: address of a cluster whose machines have this
            program and see the same folder; None works on `workers` processes of this machine.

    Raises:
        OSError: no scheduler answers. What `work` raises.
    """
    with _client(scheduler, workers) as client:
        futures = client.map(work, list(parts), pure=False, retries=RETRIES)
        for done in as_completed(futures, loop=client.loop):
            yield done.result()


@contextmanager
def _client(scheduler: str | None, workers: int) -> Iterator[Client]:
    if scheduler is not None:
        with Client(scheduler, set_as_default=False) as client:
            yield client
        return
    # Whoever reaches a scheduler may run what they like: on loopback too nobody gets in without a key of this run.
    security = Security.temporary()
    with (
        dask.config.set(_LOCAL),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            security=security,
            silence_logs=logging.WARNING,
        ) as cluster,
        Client(cluster, security=security, set_as_default=False) as client,
    ):
        yield client
