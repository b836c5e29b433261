"""A large layer is taken at once and read by the worker: how far it got is told, nothing is kept twice or by halves."""

from __future__ import annotations

import io
import json
import os
import threading
import time
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from config import Config
from server import jobs, schema
from server.cli import main
from server.deployment import WORKER_ROLE
from server.places.importing.wire import ImportOut
from server.wiring import runner_of
from tests import factories
from tests.factories import JINXIN
from tests.postgres import TestServer, engine
from tests.server.places.layer_files import API, apply, feature, geojson, row, send, strip
from tests.server.places.working import start_worker, take_up_again, work
from tests.server.world import SignIn

ASYNC = {"Prefer": "wait=5, respond-async"}
# Long enough that somebody can look, or pull the plug, in between.
MANY = 20_000


@pytest.fixture
def worker_url(postgres: TestServer, database_url: str) -> str:
    return schema.role_url(database_url, WORKER_ROLE, postgres.app_password)


@pytest.fixture
def manager(sign_in: SignIn) -> dict[str, str]:
    return sign_in("zone_manager")


def order(client: FlaskClient, headers: dict[str, str], data: bytes, **options: Any) -> dict[str, Any]:
    answer = (
        send_body(client, headers, data)
        if not options
        else send(client, {**headers, **ASYNC}, data, **options)
    )
    assert answer.status_code == 202, answer.text
    made: dict[str, Any] = answer.json
    return made


def send_body(client: FlaskClient, headers: dict[str, str], data: bytes) -> Any:
    """The parts written here: the test client keeps a file open for larger ones that it writes itself."""
    head = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="layer.geojson"\r\n\r\n'
    return client.post(
        f"{API}/zones/frontage/imports",
        data=head + data + b"\r\n--edge--\r\n",
        content_type="multipart/form-data; boundary=edge",
        headers={**headers, **ASYNC},
    )


def told(client: FlaskClient, headers: dict[str, str], import_id: str) -> dict[str, Any]:
    answer = client.get(f"{API}/zones/imports/{import_id}", headers=headers)
    assert answer.status_code == 200, answer.text
    ImportOut.model_validate(answer.get_json())
    made: dict[str, Any] = answer.get_json()
    return made


def count(owner: Engine, table: str) -> int:
    return factories.count_rows(owner, table)


def state_of(owner: Engine, run_id: str) -> tuple[str, str | None]:
    with owner.connect() as connection:
        row = connection.execute(
            text("SELECT state, phase FROM zone_run WHERE id = :id"), {"id": run_id}
        ).one()
    return row.state, row.phase


def faulty() -> bytes:
    wide = feature(strip(0, size_deg=1.2e-4), "WIDE", township=None, note="a\x00b", path="c:\\u0000")
    return geojson(wide, feature(strip(1), "NARROW", township=None), feature(strip(5), None))


def test_a_file_sent_with_respond_async_is_taken_at_once_and_read_by_the_worker(
    client: FlaskClient, owner: Engine, manager: dict[str, str], worker_url: str, config: Config
) -> None:
    answer = send(client, {**manager, **ASYNC}, faulty(), valid_from="2026-11-01")
    assert answer.status_code == 202, answer.text
    assert answer.headers["Preference-Applied"] == "respond-async"
    assert answer.headers["Location"] == f"{API}/zones/imports/{answer.json['id']}"
    waiting = told(client, manager, answer.json["id"])
    assert waiting == answer.json
    assert (waiting["state"], waiting["read"], waiting["errors"], waiting["faults"]) == (
        "waiting",
        None,
        None,
        [],
    )
    work(worker_url, config)
    report = told(client, manager, waiting["id"])
    at_once = send(client, manager, faulty(), valid_from="2026-11-01").json
    assert (report["state"], at_once["state"]) == ("reported", "reported")
    own = ("id", "made_at")
    assert {k: v for k, v in report.items() if k not in own} == {
        k: v for k, v in at_once.items() if k not in own
    }
    assert report["faults"] and report["errors"] == 1
    kept = client.get(f"{API}/zones/imports/{report['id']}/file", headers=manager)
    assert kept.data == faulty()
    assert count(owner, "zone_run_piece") == 0 and count(owner, "zone") == 0


def test_what_the_worker_read_is_applied_like_any_import(
    client: FlaskClient, owner: Engine, manager: dict[str, str], worker_url: str, config: Config
) -> None:
    ordered = order(client, manager, row(4))
    assert apply(client, manager, ordered["id"]).status_code == 404
    work(worker_url, config)
    assert apply(client, manager, ordered["id"]).json["new"] == 4
    assert told(client, manager, ordered["id"])["state"] == "applied"
    assert count(owner, "zone") == 4


def test_a_file_that_is_no_layer_fails_with_the_reason_and_nothing_of_it_is_kept(
    client: FlaskClient, owner: Engine, manager: dict[str, str], worker_url: str, config: Config
) -> None:
    ordered = order(client, manager, b"GIF89a\x00\x01")
    work(worker_url, config)
    failed = told(client, manager, ordered["id"])
    assert (failed["state"], failed["problem"]["code"]) == ("failed", "import_format_unknown")
    assert failed["problem"]["text"] and failed["problem"]["text_en"]
    assert count(owner, "zone_import") == 0 and count(owner, "zone_run_piece") == 0
    assert [one for one in jobs.count_jobs(worker_url) if one.task == "zone_run"] == []


def test_how_far_the_reading_got_is_told_while_it_goes_on(
    client: FlaskClient, manager: dict[str, str], worker_url: str, config: Config
) -> None:
    ordered = order(client, manager, row(MANY))
    worker = threading.Thread(target=work, args=(worker_url, config))
    seen = []
    worker.start()
    while (now := told(client, manager, ordered["id"]))["state"] in ("waiting", "reading"):
        listed: Any = client.get(f"{API}/zones/imports?state=reading", headers=manager).json
        seen += [now["progress"], *(one["progress"] for one in listed["items"])]
    worker.join()
    assert now["state"] == "reported" and now["fates"]["new"]["zones"] == MANY
    steps = [one["done"] for one in seen if one]
    assert steps and steps == sorted(steps)
    assert all(0 <= one["done"] < one["total"] and one["phase"] for one in seen if one)


@pytest.mark.parametrize("phase", ["read", "keep"])
def test_a_worker_killed_at_its_work_leaves_nothing_and_the_next_one_does_it_whole(
    client: FlaskClient, owner: Engine, manager: dict[str, str], worker_url: str, config: Config, phase: str
) -> None:
    ordered = order(client, manager, row(MANY))
    doomed = start_worker(worker_url, config)
    while state_of(owner, ordered["id"])[1] != phase:
        assert doomed.is_alive()
        time.sleep(0.01)
    doomed.kill()
    doomed.join()
    assert state_of(owner, ordered["id"])[0] == "reading"
    assert count(owner, "zone_import") == 0 and count(owner, "zone_import_zone") == 0
    take_up_again(owner)
    work(worker_url, config)
    report = told(client, manager, ordered["id"])
    assert report["state"] == "reported" and report["fates"]["new"]["zones"] == MANY
    assert count(owner, "zone_import") == 1 and count(owner, "zone_import_zone") == MANY
    assert count(owner, "zone") == 0


def test_an_attempt_that_was_overtaken_keeps_nothing(
    client: FlaskClient, owner: Engine, manager: dict[str, str], worker_url: str, config: Config
) -> None:
    ordered = order(client, manager, row(2))
    with jobs.connect(worker_url) as slow:
        slow.execute("SELECT zone_run_take_v1(%s, 5)", (UUID(ordered["id"]),))
        assert (
            runner_of(config).do(lambda: jobs.connect(worker_url), ordered["id"], tries_max=5) == "reported"
        )
        for call in (
            "SELECT zone_run_keep_v1(%s, 1, '{}')",
            "SELECT zone_run_zones_v1(%s, 1, '[]')",
            "SELECT zone_run_end_v1(%s, 1, NULL, NULL)",
        ):
            with pytest.raises(psycopg.errors.RestrictViolation, match="another attempt"):
                slow.execute(call, (UUID(ordered["id"]),))
    assert runner_of(config).do(lambda: jobs.connect(worker_url), ordered["id"], tries_max=5) == "left"
    assert count(owner, "zone_import") == 1 and count(owner, "zone_import_zone") == 2


def test_a_run_that_breaks_every_worker_fails_for_good(
    client: FlaskClient, owner: Engine, manager: dict[str, str], worker_url: str, config: Config
) -> None:
    ordered = order(client, manager, row(2))
    with jobs.connect(worker_url) as worker:
        for _ in range(jobs.TRIES_MAX):
            worker.execute("SELECT zone_run_take_v1(%s, %s)", (UUID(ordered["id"]), jobs.TRIES_MAX))
    assert state_of(owner, ordered["id"])[0] == "reading"
    work(worker_url, config)
    failed = told(client, manager, ordered["id"])
    assert (failed["state"], failed["problem"]["code"]) == ("failed", "internal")


def test_a_run_of_somebody_who_may_no_longer_manage_zones_fails(
    client: FlaskClient, owner: Engine, sign_in: SignIn, worker_url: str, config: Config
) -> None:
    leaving = factories.make_account(owner, role="zone_manager")
    ordered = order(client, sign_in(leaving.username), row(2))
    with owner.begin() as connection:
        connection.execute(
            text("UPDATE account SET role = 'officer' WHERE username = :who"), {"who": leaving.username}
        )
    work(worker_url, config)
    failed = told(client, sign_in("zone_manager"), ordered["id"])
    assert (failed["state"], failed["problem"]["code"]) == ("failed", "not_allowed")
    assert count(owner, "zone_import") == 0


def test_folders_that_a_killed_worker_left_are_swept_once_they_are_old(config: Config) -> None:
    scratch = config.var / "layers"
    for name, age_s in (("layer-old", 4000), ("drawing-young", 3000)):
        (scratch / name).mkdir(parents=True)
        (scratch / name / "layer.geojson").write_bytes(b"half of it")
        os.utime(scratch / name, (time.time() - age_s,) * 2)
    assert runner_of(config).sweep(3600) == 1
    assert [path.name for path in scratch.iterdir()] == ["drawing-young"]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM zone_run",
        "SELECT * FROM zone_run_piece",
        "INSERT INTO zone_import_piece (import_id, ordinal, bytes) VALUES (gen_random_uuid(), 0, '')",
        "SELECT zone_run_import(gen_random_uuid(), 1)",
        "SELECT zone_run_order_v1(gen_random_uuid(), gen_random_uuid(), 'import', 'site', '{}', '[]', now())",
    ],
)
def test_the_worker_may_do_runs_and_nothing_else_with_them(worker_url: str, statement: str) -> None:
    with engine(worker_url) as as_worker, as_worker.begin() as connection:
        with pytest.raises(ProgrammingError, match="permission denied"):
            connection.execute(text(statement))


def test_the_server_may_order_runs_and_not_do_them(as_app_role: Engine) -> None:
    for statement in (
        "SELECT zone_run_take_v1(gen_random_uuid(), 5)",
        "SELECT zone_run_end_v1(gen_random_uuid(), 1, NULL, NULL)",
        "SELECT zone_run_order_v1(gen_random_uuid(), gen_random_uuid(), 'import', 'site', '{}', '[]', now())",
        "UPDATE zone_run SET state = 'reported'",
    ):
        with as_app_role.connect() as connection:
            with pytest.raises(ProgrammingError, match="permission denied|the district's"):
                connection.execute(text(statement))


def test_imports_are_listed_newest_first_with_their_states_by_pages(
    client: FlaskClient, owner: Engine, sign_in: SignIn, clock: Any, worker_url: str, config: Config
) -> None:
    wang = factories.make_account(owner, role="zone_manager")
    headers, other = sign_in(wang.username), sign_in("admin")
    made = [order(client, headers, row(1))["id"], order(client, other, b"no layer")["id"]]
    work(worker_url, config)
    clock.advance(seconds=2)
    made.append(order(client, headers, row(1), kind="site")["id"])
    made.append(send(client, headers, row(2)).json["id"])
    assert apply(client, headers, made[3]).status_code == 200

    def listed(query: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page: Any = client.get(f"{API}/zones/imports?limit=1&{query}{cursor}", headers=headers).json
            items += page["items"]
            if page["next"] is None:
                return items
            cursor = f"&cursor={page['next']}"

    everything = listed("")
    assert {one["id"]: one["state"] for one in everything} == dict(
        zip(made, ("reported", "failed", "waiting", "applied"), strict=True)
    )
    times = [one["made_at"] for one in everything]
    assert times == sorted(times, reverse=True)
    assert [one["id"] for one in listed("state=applied")] == [made[3]]
    assert [one["id"] for one in listed("kind=site")] == [made[2]]
    assert {one["id"] for one in listed(f"made_by={wang.username}")} == {made[0], made[2], made[3]}
    (applied,) = listed("state=applied")
    assert (applied["features"], applied["errors"], applied["valid_from"]) == (2, 0, "2026-11-01")
    assert client.get(f"{API}/zones/imports?cursor=nonsense", headers=headers).status_code == 400


def test_the_list_is_the_district_s(client: FlaskClient, sign_in: SignIn) -> None:
    headers = sign_in("zone_manager", organisation=JINXIN)
    assert client.get(f"{API}/zones/imports", headers=headers).status_code == 403
    assert send(client, {**headers, **ASYNC}, row(1)).status_code == 403


def test_an_operator_lists_imports_with_how_far_they_got(
    client: FlaskClient,
    manager: dict[str, str],
    database_url: str,
    config: Config,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ordered = order(client, manager, row(1))
    send(client, manager, row(3), kind="site")
    for name, value in {"DATABASE_URL": database_url, "VAR": str(config.var)}.items():
        monkeypatch.setenv(f"FRONTAGE_{name}", value)
    monkeypatch.setenv("COLUMNS", "200")
    told_all = CliRunner().invoke(main, ["zones", "imports"], catch_exceptions=False)
    assert ordered["id"] in told_all.output and "waiting" in told_all.output and "reported" in told_all.output
    told_sites = CliRunner().invoke(main, ["zones", "imports", "--kind", "site"], catch_exceptions=False)
    assert ordered["id"] not in told_sites.output and "reported" in told_sites.output


@pytest.mark.parametrize("data", [{}, {"other": b"x"}, {"file": [b"a", b"b"]}])
def test_a_request_without_its_one_file_is_refused_before_anything_is_kept(
    client: FlaskClient, owner: Engine, manager: dict[str, str], data: dict[str, Any]
) -> None:
    parts = {
        name: [(io.BytesIO(one), "x") for one in given]
        if isinstance(given, list)
        else (io.BytesIO(given), "x")
        for name, given in data.items()
    }
    body = {**parts, "options": json.dumps({})}
    answer = client.post(
        f"{API}/zones/frontage/imports",
        data=body,
        headers={**manager, **ASYNC},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 422, answer.text
    assert count(owner, "zone_run") == 0


def test_an_import_that_was_never_sent_is_not_found(client: FlaskClient, manager: dict[str, str]) -> None:
    assert client.get(f"{API}/zones/imports/{uuid4()}", headers=manager).status_code == 404
