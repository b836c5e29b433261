"""What the commands share: the deployment they act on, the owner's connection, and how they show things."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool

from server.deployment import Deployment
from server.schema import owner_engine_url

# A pipe has no width; tables are meant for this one.
PIPE_COLUMNS = 120


@dataclass
class Place:
    """The deployment the commands act on; read from the environment when a command first asks."""

    read: Callable[[], Deployment]
    override: Callable[..., Deployment]

    @cached_property
    def deployment(self) -> Deployment:
        return self.read()

    @contextmanager
    def owner(self, *, isolation: str = "READ COMMITTED") -> Iterator[Connection]:
        """One transaction of the owner; a private cluster that is down is started for as long as it takes."""
        with cluster_up(self.deployment):
            engine = create_engine(
                owner_engine_url(self.deployment.owner_url), poolclass=NullPool, isolation_level=isolation
            )
            with engine.begin() as connection:
                yield connection


pass_place = click.make_pass_decorator(Place)


@contextmanager
def cluster_up(deployment: Deployment) -> Iterator[None]:
    """The private cluster, started when it is down and then stopped again."""
    cluster = deployment.cluster
    started = cluster.start() if cluster else False
    try:
        yield
    finally:
        if cluster and started:
            cluster.stop()


def console() -> Console:
    """Standard output, as wide as the terminal or as wide as a pipe is taken to be."""
    return Console(file=sys.stdout, width=None if sys.stdout.isatty() else _pipe_columns(), highlight=False)


def error_console() -> Console:
    return Console(file=sys.stderr, width=None if sys.stderr.isatty() else _pipe_columns(), highlight=False)


def _pipe_columns() -> int:
    return shutil.get_terminal_size((PIPE_COLUMNS, 24)).columns if os.environ.get("COLUMNS") else PIPE_COLUMNS


@contextmanager
def progress(words: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A bar on standard error while something long runs; call with how much is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    shown = error_console()
    with Progress(*columns, console=shown, transient=True, disable=not shown.is_terminal) as bar:
        task = bar.add_task(words, total=total)
        yield lambda done: bar.update(task, completed=done)
