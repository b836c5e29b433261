"""One report from fifty threads at the same moment, and two reports that share photos in opposite order."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import text

from server.app import create_app
from tests.factories import photo_bytes
from tests.faults.ledger_of_promises import broken_promises
from tests.faults.phone import BOUNDARY, Job, multipart
from tests.faults.served import wait_until
from tests.faults.world import World, make_world, unique_photo
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


def together_before_the_database(count: int) -> Callable[[str], None]:
    """A listener that lets requests pass to their transaction only `count` at a time, so that they meet in it."""
    start = threading.Barrier(count, timeout=60.0)

    def reach(point: str) -> None:
        if point == "intake.photos_kept":
            start.wait()

    return reach


def test_fifty_times_at_once_is_one_report_and_one_answer(postgres: TestServer, tmp_path: Path) -> None:
    job = Job((photo_bytes(seed=1), photo_bytes(seed=2)))
    body = multipart(job.report, job.photos)
    with make_world(postgres, tmp_path, database_pool_size=50) as world:
        app = create_app(
            world.config,
            app_database_url=world.app_database_url,
            reach=together_before_the_database(50),
        )

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
    """Both are held up at the photo in the middle, come from either end: each would need what the other has."""
    photos = tuple(unique_photo(photo_bytes()) for _ in range(5))
    with make_world(postgres, tmp_path) as world:
        app = create_app(world.config, app_database_url=world.app_database_url)
        with world.owner.connect() as holding:
            holding.execute(
                text(
                    "INSERT INTO photo (sha256, size_bytes, format, width_px, height_px, exif, first_received_at) "
                    "VALUES (:sha256, 1, 'jpeg', 1, 1, '{}', now())"
                ),
                {"sha256": sorted(hashlib.sha256(photo).hexdigest() for photo in photos)[2]},
            )
            in_order = sorted(photos, key=lambda photo: hashlib.sha256(photo).hexdigest())
            calls = [_sender(app, world.headers, Job(tuple(way))) for way in (in_order, in_order[::-1])]

            def let_go() -> bool:
                both_wait = wait_until(lambda: _waiting(world) == 2)
                holding.rollback()
                return both_wait

            *statuses, both_waited = all_at_once([*calls, let_go])
        app.extensions["frontage"].close()

    assert both_waited, "they never met"
    assert statuses == [201, 201]


def _waiting(world: World) -> int:
    """Sessions of the server that wait for a lock another one holds."""
    with world.owner.connect() as connection:
        return int(
            connection.execute(
                text(
                    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                    "AND application_name = 'frontage' AND datname = current_database()"
                )
            ).scalar_one()
        )


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
