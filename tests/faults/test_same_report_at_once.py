"""One report from fifty threads at the same moment, and two reports that share photos in opposite order."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from server.app import create_app
from tests.factories import photo_bytes
from tests.faults.ledger_of_promises import broken_promises
from tests.faults.phone import BOUNDARY, Job, multipart
from tests.faults.world import make_world, unique_photo
from tests.postgres import TestServer


def all_at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """Every call in a thread of its own, let go together; their results in order."""
    start, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(number: int) -> None:
        start.wait()
        results[number] = calls[number]()

    threads = [threading.Thread(target=run, args=[number]) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_fifty_times_at_once_is_one_report_and_one_answer(postgres: TestServer, tmp_path: Path) -> None:
    job = Job((photo_bytes(seed=1), photo_bytes(seed=2)))
    body = multipart(job.report, job.photos)
    with make_world(postgres, tmp_path) as world:
        app = create_app(world.config, app_database_url=world.app_database_url)

        def send() -> Any:
            return app.test_client().put(
                job.path,
                data=body,
                headers=world.headers,
                content_type=f"multipart/form-data; boundary={BOUNDARY}",
            )

        answers = all_at_once([send] * 50)
        app.extensions["frontage"].close()

        assert Counter(answer.status_code for answer in answers) == {201: 1, 200: 49}
        assert all(answer.json == answers[0].json for answer in answers)
        assert answers[0].json["state"] == "complete"
        assert broken_promises(world, {job: answers[0].json}) == []


def test_reports_that_share_photos_in_opposite_order_never_wait_for_each_other(
    postgres: TestServer, tmp_path: Path
) -> None:
    with make_world(postgres, tmp_path) as world:
        app = create_app(world.config, app_database_url=world.app_database_url)
        sent: list[Any] = []
        for _ in range(10):
            photos = tuple(unique_photo(photo_bytes()) for _ in range(6))
            jobs = [Job(photos if number % 2 else photos[::-1]) for number in range(4)]
            sent += all_at_once([_sender(app, world.headers, job) for job in jobs])
        app.extensions["frontage"].close()

    assert Counter(sent) == {201: 40}


def _sender(app: Any, headers: dict[str, str], job: Job) -> Callable[[], int]:
    def send() -> int:
        answer = app.test_client().put(
            job.path,
            data=multipart(job.report, job.photos),
            headers=headers,
            content_type=f"multipart/form-data; boundary={BOUNDARY}",
        )
        return int(answer.status_code)

    return send
