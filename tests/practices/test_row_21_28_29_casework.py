"""Rows 21, 28 and 29: joint cases, the three clocks of an illegal building, and gas safety at night."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, text

from server import schema
from server.cases.deadlines.ticking import tick
from server.deployment import WORKER_ROLE
from server.jobs import connect
from tests.conftest import StandingClock
from tests.factories import JINXIN
from tests.postgres import TestServer
from tests.server.cases.desk import Desk, SignIn, make_desk
from tests.server.cases.schedules import local
from tests.server.cases.times import set_times


@pytest.fixture
def desk(client: Any, owner: Engine, sign_in: SignIn) -> Desk:
    return make_desk(client, owner, sign_in)


def test_row_21_a_joint_case_closes_when_every_assisting_task_is_closed_or_excused(
    desk: Desk, owner: Engine
) -> None:
    set_times(owner)
    number = desk.open()
    desk.walk(number, "register")
    led = desk.did("dispatcher", number, "dispatch", assisting=[JINXIN])
    (part,) = led["children"]
    assert desk.case(part["number"])["due_at"] is not None, "a clock of its own"
    desk.walk(number, "accept", "start", "after", "reply")
    refused = desk.act("checker", number, "pass")
    assert (refused.status_code, refused.json["guard"]) == (409, "assisting_done")
    assert part["number"] in refused.json["reason"]
    desk.did("dispatcher", part["number"], "cancel", reason="无须协办")
    assert desk.did("checker", number, "pass")["state"] == "closed"

    other = desk.open()
    desk.walk(other, "register")
    (task,) = desk.did("dispatcher", other, "dispatch", assisting=[JINXIN])["children"]
    desk.walk(other, "accept", "start", "after", "reply")
    desk.walk(task["number"], ("handler_jinxin", "accept"), ("handler_jinxin", "start"))
    desk.after(task["number"], who="handler_jinxin")
    desk.walk(task["number"], ("handler_jinxin", "reply"))
    assert desk.act("checker", other, "pass").status_code == 409
    desk.did("checker", task["number"], "pass")
    assert desk.did("checker", other, "pass")["state"] == "closed"


def test_row_28_an_illegal_building_has_three_clocks_that_run_each_by_itself(
    desk: Desk, owner: Engine, clock: StandingClock
) -> None:
    clock.now = local("2026-09-01 10:00")
    further = {"stop": "4 work_hour", "penalty": "7 work_day", "demolish": "20 work_day"}
    row = {"category": "goods_on_pavement", "handle": "20 work_day", "clocks": further}
    set_times(owner, row)
    number = desk.to("handling")

    def stands() -> dict[str, tuple[Any, Any]]:
        with owner.connect() as connection:
            rows = connection.execute(
                text(
                    "SELECT name, due_at, stopped_at IS NOT NULL AS over FROM case_clock WHERE name = ANY (:names)"
                ),
                {"names": list(further)},
            )
            return {one.name: (one.due_at, one.over) for one in rows}

    begun = stands()
    assert {name: due for name, (due, _) in begun.items()} == {
        "stop": local("2026-09-01 16:00"),
        "penalty": local("2026-09-10 17:30"),
        "demolish": local("2026-09-29 17:30"),
    }
    for name in ("penalty", "stop", "demolish"):
        desk.did("handler", number, "milestone", clock=name)
        assert desk.act("handler", number, "milestone", clock=name).status_code == 409
        after = stands()
        over = {one for one, (_, stopped) in after.items() if stopped}
        assert name in over and {one: due for one, (due, _) in after.items()} == {
            one: due for one, (due, _) in begun.items()
        }
    assert {over for _, over in stands().values()} == {True}


def test_row_29_a_gas_emergency_pages_at_once_at_night_and_another_department_is_told(
    desk: Desk, owner: Engine, clock: StandingClock, postgres: TestServer, database_url: str
) -> None:
    clock.now = local("2026-09-05 22:00")  # a Saturday
    steps = {step: "1 hour" for step in ("register", "dispatch", "accept", "check")}
    set_times(owner, {"category": "goods_on_pavement", "handle": "4 hour", "emergency": True, **steps})
    with owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO notice_channel (organisation_id, kind, name, shown, sealed, events, quiet_hours, "
                "digest_minutes) "
                "SELECT id, 'email', 'test', 'shown', 'sealed', '{*}', '00:00-24:00', 600 FROM organisation "
                "WHERE code = '320612001'"
            )
        )
    number = desk.to("dispatched")
    assert desk.case(number)["emergency"] is True
    with owner.connect() as connection:
        waiting = connection.execute(
            text(
                "SELECT d.urgent FROM notice_delivery d JOIN outbox b ON b.id = d.outbox_id "
                "WHERE b.event = 'case.dispatched'"
            )
        )
        assert list(waiting.scalars()) == [True], "past quiet hours and digests"
    # Nobody accepts it: an hour later, in the middle of the night, it goes to the district.
    with connect(schema.role_url(database_url, WORKER_ROLE, postgres.app_password)) as connection:
        assert tick(connection, local("2026-09-05 23:01")) == 1
    assert [entry["action"] for entry in desk.history(number)][-1] == "clock.escalated"
    moved = desk.did(
        "dispatcher", number, "transfer", reason="燃气泄漏,移送主管部门", department="市燃气主管部门"
    )
    assert (moved["state"], moved["department"]) == ("transferred", "市燃气主管部门")
    last = desk.history(number)[-1]
    assert (last["action"], last["body"]["department"]) == ("case.transferred", "市燃气主管部门")
