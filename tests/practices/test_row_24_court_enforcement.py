"""Row 24: an application to court for enforcement has statutory terms, warned of N days before, and its documents;
terms of proceedings are told by the same hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from server import schema
from server.deployment import WORKER_ROLE
from server.jobs import connect
from server.notices.terms import tick
from tests import factories
from tests.factories import JINSHA
from tests.postgres import TestServer
from tests.server.cases.desk import SignIn
from tests.server.enforcement.bureau import certify, make_bureau

API = "/api/v1/litigation"
TERM = {
    "code": "court_application",
    "name": "申请强制执行",
    "matter": "court_enforcement",
    "starts": "served",
    "ends": ["filed", "ended"],
    "days": 30,
    "unit": "calendar_day",
    "warn_days_before": 7,
    "legal_basis": {"title": "测试"},
    "documents": [{"code": "application", "name": "申请书"}, {"code": "decision", "name": "决定书"}],
}
URGED = {**TERM, "code": "urging", "starts": "urged", "days": 10, "unit": "work_day", "warn_days_before": 0}


def test_row_24_a_term_of_court_enforcement_is_warned_of_n_days_before_its_end_exactly_once(
    client: FlaskClient,
    owner: Engine,
    database_url: str,
    postgres: TestServer,
    sign_in: Callable[..., dict[str, str]],
) -> None:
    factories.make_organisations(owner)
    reviewer = sign_in("reviewer")
    matter = f"{API}/matters/{uuid4()}"
    given = {"kind": "court_enforcement", "reference": "强执1", "township": JINSHA}
    assert client.put(matter, json=given, headers=reviewer).status_code == 201

    def step(kind: str, on: str, **more: str) -> tuple[int, dict]:
        sent = {"kind": kind, "on": on, **more}
        answer = client.put(f"{matter}/entries/{uuid4()}", json=sent, headers=reviewer)
        return answer.status_code, answer.get_json()

    def told() -> list[str]:
        with owner.connect() as connection:
            asked = text("SELECT event FROM outbox WHERE event LIKE 'litigation.%' ORDER BY id")
            return list(connection.execute(asked).scalars())

    assert step("served", "2026-08-10")[1]["code"] == "rulebook_missing"
    factories.make_rulebook(owner, "statutory_clocks", [TERM, URGED])
    status, one = step("served", "2026-08-10")
    (clock,) = one["clocks"]
    assert status == 201
    assert (clock["due_on"], clock["warn_on"], clock["state"]) == ("2026-09-09", "2026-09-02", "running")
    # Ten working days after Tuesday 18 August end on Tuesday 1 September, which is today.
    urging = {one["code"]: one for one in step("urged", "2026-08-18")[1]["clocks"]}["urging"]
    assert (urging["due_on"], urging["state"], urging["days_left"]) == ("2026-09-01", "soon", 0)
    papers = step("document", "2026-08-20", document="decision")[1]["documents"]
    assert {paper["code"]: paper["there"] for paper in papers} == {"application": False, "decision": True}

    # A worker has only this function: no table of matters is its.
    with connect(schema.role_url(database_url, WORKER_ROLE, postgres.app_password)) as worker:

        def ticked(day: int, hour: int = 4) -> int:
            return tick(worker, datetime(2026, 9, day, hour, tzinfo=UTC), "Asia/Shanghai")

        assert (ticked(1), ticked(1)) == (1, 0)  # that of the urging
        # 15:59 in UTC is still 1 September in the district, 16:00 is the 2nd, seven days before the end.
        assert (ticked(1, 15), ticked(1, 16), ticked(2)) == (0, 2, 0)
        assert told() == ["litigation.soon", "litigation.overdue", "litigation.soon"]
        assert ticked(9) == 0
        assert step("filed", "2026-09-01")[0] == 201
        # Filed in time: the term is over, and nothing is told when its last day has passed.
        assert ticked(20) == 0
    one = client.get(matter, headers=reviewer).get_json()
    assert [clock["state"] for clock in one["clocks"]] == ["ended", "ended"]
    assert [len(clock["told_at"]) for clock in one["clocks"]] == [2, 1]


def test_row_24_a_term_of_a_proceeding_is_told_once_to_its_officer_and_its_body_and_stands_first_in_the_list(
    client: Any, owner: Engine, database_url: str, postgres: TestServer, sign_in: SignIn
) -> None:
    bureau = make_bureau(client, owner, sign_in)
    desk = bureau.desk
    certify(owner, desk.account("officer"))
    officers = [desk.account("officer"), bureau.officers[0]]
    case = bureau.photographed()
    opened = {"officers": officers, "item": "spoil_dumped", "party_name": "测试渣土公司"}
    urgent = bureau.post("officer", f"/cases/{case}/proceedings", **opened).json["number"]
    # Opened later and with time: to decide within 90 days, to be told of in the last ten.
    other = bureau.filed(bureau.photographed())["number"]
    bureau.took("officer", urgent, "order_correction", officers=officers, days=10)

    page = desk.get("handler", "/proceedings?order=due&limit=1").json
    (first,) = page["items"]
    assert (first["number"], first["term"]["clock_name"]) == (urgent, "改正")
    assert (first["term"]["due_on"], first["term"]["days_left"]) == ("2026-09-11", 10)
    further = desk.get("handler", f"/proceedings?order=due&cursor={page['next']}").json
    assert [one["number"] for one in further["items"]] == [other] and further["next"] is None

    def inbox(who: str) -> list[str]:
        lines = desk.get(who, "/inbox").json["items"]
        return [line["reason"]["text"] for line in lines if line["kind"].startswith("enforcement.")]

    with connect(schema.role_url(database_url, WORKER_ROLE, postgres.app_password)) as worker:

        def ticked(day: int) -> int:
            return tick(worker, datetime(2026, 9, day, 4, tzinfo=UTC), "Asia/Shanghai")

        # Two days before its end, however late the worker comes to it, and again once it is over.
        assert (ticked(8), ticked(9), ticked(10)) == (0, 1, 0)
        assert inbox("officer") == ["执法期限将届满，请办理"]
        assert inbox("handler_jinxin") == []
        assert (ticked(11), ticked(12), ticked(30)) == (0, 1, 0)
        assert (inbox("officer")[0], inbox("handler")[0]) == ("执法期限已过", "执法期限已过")
        bureau.took("officer", urgent, "recheck", officers=officers, corrected=True)
        # Ordered again the term is another one.
        bureau.took("officer", urgent, "order_correction", officers=officers, days=12)
        assert ticked(12) == 1
    with owner.connect() as connection:
        sent = connection.execute(
            text("SELECT event, payload ->> 'case' FROM outbox WHERE event LIKE 'enforcement.%' ORDER BY id")
        )
        events = [tuple(row) for row in sent]
    assert events == [(f"enforcement.{mark}", case) for mark in ("soon", "overdue", "soon")]
