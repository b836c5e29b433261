"""Row 7: a handover nobody acknowledges in time is escalated once and only once, and counted by township."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from server import schema
from server.cases.deadlines.ticking import tick
from server.deployment import WORKER_ROLE
from server.jobs import connect
from tests.factories import JINSHA
from tests.postgres import TestServer
from tests.server.cases.desk import make_desk
from tests.server.cases.schedules import local
from tests.server.cases.times import set_times

SignIn = Callable[..., dict[str, str]]
DAYS = {"from": "2026-09-01", "to": (date.today() + timedelta(days=2)).isoformat()}


def test_row_07_an_unacknowledged_handover_is_escalated_once_and_only_once(
    client: FlaskClient, owner: Engine, sign_in: SignIn, postgres: TestServer, database_url: str
) -> None:
    desk = make_desk(client, owner, sign_in)
    set_times(owner)
    # Handed over at 10:00 with sixty minutes of work to acknowledge: one left alone, one late, one in time.
    alone, late, _ = desk.to("dispatched"), desk.to("dispatched"), desk.to("accepted")
    with connect(schema.role_url(database_url, WORKER_ROLE, postgres.app_password)) as working:
        for minute in range(58, 75, 2):
            tick(working, local("2026-09-01 10:00") + timedelta(minutes=minute))
        desk.did("handler", late, "accept")
        for day in range(2, 10):
            tick(working, local(f"2026-09-0{day} 12:00"))
    with owner.connect() as connection:
        found = connection.execute(
            text(
                "SELECT c.number, count(*) FROM ledger l JOIN case_file c ON c.id = l.case_id "
                "WHERE l.action = 'clock.escalated' GROUP BY c.number"
            )
        )
        assert {number: times for number, times in found} == {alone: 1, late: 1}
        told = text("SELECT count(*) FROM outbox WHERE event = 'case.escalated'")
        assert connection.execute(told).scalar_one() == 2

    # The late one came back and is handed over again: another handover, not acknowledged yet, nor escalated.
    desk.walk(late, ("handler", "return", {"reason": "不属本镇"}), "dispatch")

    def counted(who: str) -> Any:
        answer = desk.get(who, "/handovers/figures", **DAYS)
        assert answer.status_code == 200, answer.text
        return answer.json

    expected = {"handed_over": 4, "acknowledged": 2, "acknowledged_in_time": 1, "escalated": 2}
    assert counted("dispatcher")["items"] == [{"township": JINSHA, **expected}]
    assert counted("dispatcher")["total"] == {"township": None, **expected}
    assert counted("handler_jinxin")["total"]["handed_over"] == 0

    # Each figure is as many as the handovers it leads to, also a page at a time.
    def behind(who: str, figure: str, **more: Any) -> Any:
        answer = desk.get(who, "/handovers/figures/cases", **DAYS, figure=figure, **more)
        assert answer.status_code == 200, answer.text
        return answer.json

    for figure, many in expected.items():
        assert len(behind("dispatcher", figure, township=JINSHA)["items"]) == many
        assert behind("handler_jinxin", figure)["items"] == []
    assert {one["number"] for one in behind("dispatcher", "escalated")["items"]} == {alone, late}
    page = behind("dispatcher", "handed_over", limit=3)
    rest = behind("dispatcher", "handed_over", limit=3, cursor=page["next"])
    whole = [*page["items"], *rest["items"]]
    assert whole == behind("dispatcher", "handed_over")["items"] and len(whole) == 4 and rest["next"] is None
    assert [one["number"] for one in whole].count(late) == 2
