"""Re-matching: what would move is listed first, then added beside what was; no history changes and no case moves."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import Engine, text

from config import Config
from server import jobs, schema
from server.deployment import WORKER_ROLE
from server.evidence.inspector import PhotoInspector
from server.evidence.ledger import verify_chain
from server.evidence.photos import store_from_url
from server.evidence.staging import Staging
from server.evidence.thumbnails import Thumbnails
from server.jobs import Chores
from server.reports.rematch.judging import Rematcher, differences
from server.wiring import matcher_of
from tests import factories
from tests.factories import JINSHA, JINXIN, NOW
from tests.postgres import TestServer, engine
from tests.server.places.plots import Desk, plot
from tests.server.reports.street import Officer, rows, spot

PERIOD = {"received_from": "2026-01-01T00:00:00Z", "received_to": "2027-01-01T00:00:00Z"}
# Tables that hold what happened. The ledger gains entries; nothing in them may change.
HISTORY = ("report", "finding", "case_report", "report_photo", "inbox_entry", "outbox")


@pytest.fixture
def chores(config: Config, postgres: TestServer, database_url: str) -> Iterator[Chores]:
    """The worker of this test's deployment; a batch of two shows what happens between batches."""
    staging = Staging(config.var / "staging", config.photo_max_bytes)
    inspector = PhotoInspector()
    yield Chores(
        database_url=schema.role_url(database_url, WORKER_ROLE, postgres.app_password),
        store=store_from_url((config.var / "photos").as_uri(), staging),
        staging=staging,
        inspector=inspector,
        thumbnails=Thumbnails((config.var / "thumbnails").as_uri()),
        thumbnail_max_px=48,
        orphan_min_age_s=3600,
        rematcher=Rematcher(matcher_of(config), batch_reports=2),
    )
    inspector.close()


def work(chores: Chores) -> None:
    """What is due; a job that failed waits, so that the same run does not take it again."""
    jobs.run(jobs.make_worker(chores, retry_base_s=60), wait=False)


def hurry(owner: Engine) -> None:
    """A job that failed is due again."""
    with owner.begin() as connection:
        connection.execute(text("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'"))


def send(officer: Officer, east_m: float, north_m: float = 2.0, **others: Any) -> dict[str, Any]:
    """A report of a thing so many metres from the corner; where nothing is yet unless the street says so."""
    report = factories.report_json(at=spot(east_m, north_m), accuracy_m=2.0, **others)
    receipt: dict[str, Any] = officer.receipt(report)
    return receipt


@pytest.fixture
def desk(make_officer: Callable[..., Officer]) -> Desk:
    phone = make_officer("zone_manager")
    return Desk(phone.client, phone.headers)


def widen(desk: Desk) -> None:
    """A zone drawn into the past, east of the street, where reports found none."""
    body = {"code": "F-LATE", "name": "补录", "township": JINSHA, "geometry": plot(30, 60, -6, 12),
            "valid_from": "2026-08-01", "rematch": True}  # fmt: skip
    desk.done("/zones/frontage", body)


def order(desk: Desk, chores: Chores, **wanted: Any) -> dict[str, Any]:
    """A re-match that was listed."""
    answer = desk.client.post("/api/v1/rematches", json={**PERIOD, **wanted}, headers=desk.headers)
    assert answer.status_code == 202, answer.text
    made = answer.get_json()
    assert made["state"] == "listing"
    work(chores)
    return state(desk, made)


def state(desk: Desk, made: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = desk.get(f"/rematches/{made['id']}").json
    return found


def moves(desk: Desk, made: dict[str, Any]) -> dict[str, Any]:
    page = desk.get(f"/rematches/{made['id']}/moves").json
    return {one["properties"]["report"]: one["properties"] for one in page["features"]}


def run(desk: Desk, chores: Chores, made: dict[str, Any]) -> dict[str, Any]:
    answer = desk.client.post(f"/api/v1/rematches/{made['id']}/run", headers=desk.headers)
    assert answer.status_code == 202, answer.text
    work(chores)
    return state(desk, made)


def history(owner: Engine) -> dict[str, list[str]]:
    with owner.connect() as connection:
        return {
            table: sorted(connection.execute(text(f"SELECT CAST(ROW(t.*) AS text) FROM {table} t")).scalars())
            for table in HISTORY
        }


def test_what_would_move_is_listed_and_nothing_is_written(
    officer: Officer, desk: Desk, chores: Chores, owner: Engine
) -> None:
    inside, stays = send(officer, 45), send(officer, 0)
    widen(desk)
    before = history(owner)
    made = order(desk, chores)
    assert (made["state"], made["looked_at"], made["moves"], made["written"]) == ("listed", 2, 1, 0)
    (move,) = moves(desk, made).values()
    assert move["report"] == inside["id"] and stays["id"] != inside["id"]
    assert move["case"] == inside["case"]["number"]
    (change,) = move["changes"]
    assert (change["kind"], change["before"]["verdict"]) == ("frontage", "near")
    assert change["before"]["code"] in ("F-NORTH", "F-SOUTH")
    assert (change["after"]["code"], change["after"]["version"]) == ("F-LATE", 1)
    assert change["after"]["verdict"] in ("certain", "likely")
    assert history(owner) == before
    assert [row["n"] for row in rows(owner, "SELECT count(*) AS n FROM zone_match")] == [2]


def test_running_adds_what_was_listed_beside_what_was_and_moves_no_case(
    officer: Officer, desk: Desk, chores: Chores, owner: Engine
) -> None:
    sent = [send(officer, east) for east in (35, 40, 45, 50, 55)]
    widen(desk)
    before, cases = history(owner), cases_of(owner)
    first = rows(owner, "SELECT id, CAST(result AS text) AS result FROM zone_match ORDER BY id")
    made = order(desk, chores)
    done = run(desk, chores, made)
    assert (done["state"], done["moves"], done["written"], done["outdated"]) == ("done", 5, 5, 0)
    assert history(owner) == before
    assert cases_of(owner) == cases
    matches = rows(owner, "SELECT id, CAST(result AS text) AS result, algorithm FROM zone_match ORDER BY id")
    assert [dict(row) for row in first] == [{"id": row["id"], "result": row["result"]} for row in matches[:5]]
    assert len(matches) == 10 and len({row["algorithm"] for row in matches}) == 1
    for report in sent:
        feature = officer.get(f"/reports/{report['id']}").json["properties"]
        assert feature["match"]["frontage"]["code"] == "F-LATE"
        entries = desk.get(f"/cases/{report['case']['number']}/history").json["items"]
        assert [entry["action"] for entry in entries] == ["report.received", "report.rematched"]
        body = entries[1]["body"]
        assert (body["report"], body["rematch"]) == (report["id"], made["id"])
        assert body["changes"][0]["after"] == {
            "code": "F-LATE",
            "version": 1,
            "verdict": feature["match"]["frontage"]["verdict"],
        }
    with owner.connect() as connection:
        assert list(verify_chain(connection)) == []


def test_what_a_person_chose_outranks_a_re_match_that_says_otherwise_which_is_a_finding(
    officer: Officer, desk: Desk, chores: Chores, make_officer: Callable[..., Officer], owner: Engine
) -> None:
    undecided, decided = send(officer, 40), send(officer, 42)
    number = decided["case"]["number"]
    dispatcher = make_officer("dispatcher")
    case = dispatcher.get(f"/cases/{number}").json
    chosen = {"version": case["version"], "zone": {"kind": "frontage", "code": "F-NORTH"}}
    path = f"/api/v1/cases/{number}/actions/choose_zone"
    assert dispatcher.client.post(path, json=chosen, headers=dispatcher.headers).status_code == 200
    widen(desk)

    made = order(desk, chores)
    assert {key: move["chosen"] for key, move in moves(desk, made).items()} == {
        undecided["id"]: None,
        decided["id"]: {"kind": "frontage", "code": "F-NORTH"},
    }
    run(desk, chores, made)

    (finding,) = officer.get(f"/reports/{decided['id']}").json["properties"]["findings"]
    assert finding["code"] == "rematch_differs_from_choice"
    assert "F-LATE" in finding["text"] and "F-NORTH" in finding["text"]
    assert officer.get(f"/reports/{undecided['id']}").json["properties"]["findings"] == []
    assert dispatcher.get(f"/cases/{number}").json["zone"]["code"] == "F-NORTH"


def cases_of(owner: Engine) -> list[Any]:
    return rows(
        owner, "SELECT id, number, state, organisation_id, township_code, version FROM case_file ORDER BY id"
    )


def test_the_list_tells_exactly_what_a_report_sent_now_would_get(
    officer: Officer, desk: Desk, chores: Chores
) -> None:
    """The same judge: a report of the same thing sent after the edit has the very match that was listed."""
    old = send(officer, 44.0)
    widen(desk)
    new = send(officer, 44.0)
    made = order(desk, chores)
    assert moves(desk, made).keys() == {old["id"]}
    run(desk, chores, made)
    rematched = officer.get(f"/reports/{old['id']}").json["properties"]["match"]
    assert rematched == officer.get(f"/reports/{new['id']}").json["properties"]["match"]


def test_running_again_changes_nothing(officer: Officer, desk: Desk, chores: Chores, owner: Engine) -> None:
    send(officer, 45)
    widen(desk)
    made = order(desk, chores)
    done = run(desk, chores, made)
    ledger = rows(owner, "SELECT count(*) AS n FROM ledger")
    assert run(desk, chores, made) == done
    chores.run_rematch(made["id"])
    chores.list_rematch(made["id"])
    assert state(desk, made) == done
    assert rows(owner, "SELECT count(*) AS n FROM ledger") == ledger
    # And a new list is empty: the newest match agrees with the map.
    assert order(desk, chores)["moves"] == 0


def test_a_match_that_was_written_is_not_written_again_whoever_asks(
    officer: Officer, desk: Desk, chores: Chores, owner: Engine
) -> None:
    sent = send(officer, 45)
    widen(desk)
    made = order(desk, chores)
    run(desk, chores, made)
    again = [
        {"report": sent["id"], "agrees": True, "algorithm": "x", "judged_on": "2026-09-01", "body": "{}"}
    ]
    with owner.begin() as connection:
        # As if nobody had noticed that it was: the newest match is the one it was listed against.
        connection.execute(text("UPDATE rematch_report SET before_match = match_id"))
        connection.execute(
            text("SELECT rematch_write_v1(:id, now(), CAST(:rows AS jsonb))"),
            {"id": made["id"], "rows": json.dumps(again)},
        )
    assert rows(owner, "SELECT count(*) AS n FROM zone_match")[0]["n"] == 2


def test_a_worker_that_dies_goes_on_where_it_was(
    officer: Officer, desk: Desk, chores: Chores, owner: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for east in (35, 40, 45, 50, 55):
        send(officer, east)
    widen(desk)
    judge, calls = Rematcher._judge, []

    def dies(self: Rematcher, connection: psycopg.Connection[Any], reports: Any) -> Any:
        calls.append(len(reports))
        if len(calls) in (2, 6):
            raise OSError("killed")
        return judge(self, connection, reports)

    monkeypatch.setattr(Rematcher, "_judge", dies)
    made = order(desk, chores)
    assert (made["state"], made["looked_at"], made["moves"]) == ("listing", 2, 2)
    hurry(owner)
    work(chores)
    made = state(desk, made)
    assert (made["state"], made["looked_at"], made["moves"]) == ("listed", 5, 5)
    assert calls == [2, 2, 2, 1, 0]
    calls.clear()
    calls += [0, 0, 0, 0]
    half = run(desk, chores, made)
    assert (half["state"], half["written"]) == ("running", 2)
    hurry(owner)
    work(chores)
    assert (state(desk, made)["state"], state(desk, made)["written"]) == ("done", 5)
    assert rows(owner, "SELECT count(*) AS n FROM zone_match")[0]["n"] == 10
    assert rows(owner, "SELECT count(*) AS n FROM ledger WHERE action = 'report.rematched'")[0]["n"] == 5


def test_a_report_whose_answer_changed_after_the_list_is_left_alone(
    officer: Officer, desk: Desk, chores: Chores, owner: Engine
) -> None:
    near, far = send(officer, 33), send(officer, 57)
    widen(desk)
    made = order(desk, chores)
    assert moves(desk, made).keys() == {near["id"], far["id"]}
    body = {"geometry": plot(30, 45, -6, 12), "valid_from": "2026-08-15", "rematch": True}
    desk.done("/zones/frontage/F-LATE", body, method="PATCH", version=1)
    done = run(desk, chores, made)
    # The one east of it is now only near it; the other's match names another version, which was not listed either.
    assert (done["state"], done["written"], done["outdated"]) == ("done", 0, 2)
    assert rows(owner, "SELECT count(*) AS n FROM zone_match")[0]["n"] == 2
    again = run(desk, chores, order(desk, chores))
    assert (again["written"], again["outdated"]) == (2, 0)


def test_two_re_matches_of_one_report_do_not_overtake_each_other(
    officer: Officer, desk: Desk, chores: Chores, owner: Engine
) -> None:
    send(officer, 45)
    widen(desk)
    first, second = order(desk, chores), order(desk, chores)
    assert run(desk, chores, first)["written"] == 1
    done = run(desk, chores, second)
    assert (done["written"], done["outdated"]) == (0, 1)


def test_a_list_is_narrowed_by_kind_area_and_time(officer: Officer, desk: Desk, chores: Chores) -> None:
    send(officer, 45)
    widen(desk)
    assert order(desk, chores, kind="frontage")["moves"] == 1
    assert order(desk, chores, kind="parking")["moves"] == 0
    (west, south), (east, north) = spot(40, -5), spot(50, 5)
    assert order(desk, chores, bbox=[west, south, east, north])["looked_at"] == 1
    assert order(desk, chores, bbox=[west - 1, south, east - 1, north])["looked_at"] == 0
    assert order(desk, chores, received_to=NOW.isoformat())["looked_at"] == 0
    assert order(desk, chores, received_from=NOW.isoformat())["looked_at"] == 1
    assert len(desk.get("/rematches", limit=4).json["items"]) == 4
    rest = desk.get("/rematches", limit=4, cursor=desk.get("/rematches", limit=4).json["next"]).json
    assert (len(rest["items"]), rest["next"]) == (2, None)


def test_a_township_re_matches_what_it_sees_and_no_more(
    make_officer: Callable[..., Officer], desk: Desk, chores: Chores, owner: Engine
) -> None:
    officer = make_officer("officer", organisation=JINSHA)
    send(officer, 45)
    east = send(make_officer("officer", organisation=JINXIN), 3000)
    widen(desk)
    body = {"code": "F-EAST", "name": "东", "township": JINXIN, "geometry": plot(2990, 3010, -6, 12),
            "valid_from": "2026-08-01", "rematch": True}  # fmt: skip
    desk.done("/zones/frontage", body)
    phone = make_officer("zone_manager", organisation=JINXIN)
    theirs = Desk(phone.client, phone.headers)
    made = order(theirs, chores)
    assert (made["looked_at"], made["moves"]) == (1, 1)
    assert run(theirs, chores, made)["written"] == 1
    assert moves(theirs, made).keys() == {east["id"]}
    jinsha = make_officer("zone_manager", organisation=JINSHA)
    other = Desk(jinsha.client, jinsha.headers)
    assert other.get(f"/rematches/{made['id']}").status_code == 404
    assert other.get("/rematches").json["items"] == []
    run_theirs = jinsha.client.post(f"/api/v1/rematches/{made['id']}/run", headers=jinsha.headers)
    assert run_theirs.status_code == 404
    assert desk.get("/rematches").json["items"][0]["id"] == made["id"]


def test_who_lost_the_right_before_it_ran_changes_nothing(
    officer: Officer, desk: Desk, chores: Chores, owner: Engine
) -> None:
    send(officer, 45)
    widen(desk)
    made = order(desk, chores)
    desk.client.post(f"/api/v1/rematches/{made['id']}/run", headers=desk.headers)
    with owner.begin() as connection:
        connection.execute(text("UPDATE account SET disabled_at = now() WHERE role = 'zone_manager'"))
    work(chores)
    assert rows(owner, "SELECT state FROM rematch")[0]["state"] == "refused"
    assert rows(owner, "SELECT count(*) AS n FROM zone_match")[0]["n"] == 1


def test_a_list_that_is_not_complete_does_not_run(desk: Desk, street: Engine) -> None:
    answer = desk.client.post("/api/v1/rematches", json=PERIOD, headers=desk.headers)
    refused = desk.client.post(f"/api/v1/rematches/{answer.get_json()['id']}/run", headers=desk.headers)
    assert (refused.status_code, refused.get_json()["code"], refused.get_json()["state"]) == (
        409,
        "rematch_conflict",
        "listing",
    )
    absent = desk.client.post(f"/api/v1/rematches/{uuid4()}/run", headers=desk.headers)
    assert absent.status_code == 404


@pytest.mark.parametrize(
    "wanted",
    [
        {"received_to": PERIOD["received_from"]},
        {"received_from": "yesterday"},
        {"kind": "street"},
        {"bbox": [121, 32, 120, 33]},
        {"bbox": [121, 95, 122, 96]},
        {"bbox": [121, 32, 122]},
        {"everything": True},
    ],
)
def test_an_order_that_cannot_be_is_refused_and_no_job_is_put(
    desk: Desk, owner: Engine, wanted: dict[str, Any]
) -> None:
    answer = desk.client.post("/api/v1/rematches", json={**PERIOD, **wanted}, headers=desk.headers)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "input_refused")
    assert rows(owner, "SELECT 1 FROM rematch UNION ALL SELECT 1 FROM procrastinate_jobs") == []


def test_a_worker_reaches_reports_by_these_functions_only(chores: Chores, street: Engine) -> None:
    with engine(chores.database_url) as worker:
        for statement in (
            "SELECT * FROM rematch",
            "SELECT rematch_enter(gen_random_uuid())",
            "SELECT * FROM rematch_report_json('{}')",
            "SELECT rematch_start_v1(gen_random_uuid())",
        ):
            with worker.connect() as connection, pytest.raises(Exception, match="permission denied"):
                connection.execute(text(statement))


def test_a_difference_is_another_zone_or_another_verdict_and_no_mere_number() -> None:
    base = {
        "code": "A",
        "name": "A",
        "version": 1,
        "verdict": "likely",
        "probability": 0.6,
        "distance_m": 0.0,
    }
    nothing = {"code": None, "verdict": "none"}
    assert differences({"frontage": base}, {"frontage": {**base, "probability": 0.7, "version": 2}}) == []
    assert (
        differences({"frontage": base}, {"frontage": {**base, "verdict": "certain"}})[0]["kind"] == "frontage"
    )
    assert differences({"frontage": base}, {"frontage": {**base, "code": "B"}})
    assert differences({"why": [], "frontage": base}, {"frontage": base, "site": nothing}) == []
    (found,) = differences({"frontage": base}, {"frontage": base, "site": {**base, "code": "S"}})
    assert (found["kind"], found["before"]["code"], found["after"]["code"]) == ("site", None, "S")


def test_a_report_received_within_the_period_counts_by_its_time_of_receipt(
    officer: Officer, desk: Desk, chores: Chores, clock: Any
) -> None:
    send(officer, 45, captured_at=NOW - timedelta(days=20))
    clock.advance(days=1)
    send(officer, 45, captured_at=NOW)
    widen(desk)
    day = {"received_from": NOW.isoformat(), "received_to": (NOW + timedelta(hours=1)).isoformat()}
    made = order(desk, chores, **day)
    assert made["looked_at"] == 1
    (move,) = moves(desk, made).values()
    assert move["judged_on"] == "2026-08-12"
    assert UUID(move["report"])
