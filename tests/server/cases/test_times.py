"""Calendars, hours and tables of deadlines: what is taken, what is refused and why, and what a change leaves alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, text

from server.cases.calendars import store as calendars
from server.cases.calendars.wire import HoursIn
from server.cases.clocks import Schedule
from server.cases.deadlines.reading import schedule_of
from server.cases.deadlines.wire import DeadlinesIn, read_amount
from server.cli import main
from tests import factories
from tests.conftest import StandingClock
from tests.factories import JINSHA, JINXIN
from tests.server.cases.desk import Desk
from tests.server.cases.schedules import local
from tests.server.cases.times import ROW, calendar, set_hours, set_times, table

DEMO = Path(__file__).resolve().parents[3] / "demo"


@pytest.fixture
def manager(desk: Desk) -> Callable[..., Any]:
    """`manager("/deadlines/drafts", table())`: the answer to a POST by the district's zone manager."""
    headers = desk.sign_in("zone_manager")

    def post(path: str, body: Any, **query: str) -> Any:
        if isinstance(body, bytes):
            sent = {**headers, "Content-Type": "text/csv"}
            return desk.client.post(f"/api/v1{path}", data=body, headers=sent, query_string=query)
        return desk.client.post(f"/api/v1{path}", json=body, headers=headers)

    return post


def schedule_for(owner: Engine, code: str, on: str = "2026-09-01") -> Schedule:
    """What the clocks of a body are counted by on a day."""
    with owner.connect() as connection:
        found = connection.execute(
            text(
                "SELECT schedule_on_v1(o.id, CAST(:on AS date), '{}') FROM organisation o WHERE o.code = :code"
            ),
            {"code": code, "on": on},
        ).scalar_one()
    return schedule_of(found)


def faults(answer: Any) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [error["path"] for error in answer.get_json()["errors"]]


# --- Calendars ------------------------------------------------------------------------------------------------


def test_a_year_that_is_missing_between_two_is_refused_and_named(manager: Callable[..., Any]) -> None:
    assert manager("/calendars/imports", calendar((2024,))).status_code == 201
    refused = manager("/calendars/imports", calendar((2026,)))
    assert faults(refused) == ["/years"]
    assert "2025" in refused.get_json()["errors"][0]["message"]
    assert manager("/calendars/imports", calendar((2025, 2026))).get_json()["years"] == [2024, 2025, 2026]


def test_a_calendar_adds_years_and_replaces_those_it_lists(manager: Callable[..., Any]) -> None:
    manager("/calendars/imports", calendar((2025, 2026)))
    given = calendar((2026,), {"date": "2026-10-01", "kind": "holiday", "name": "国庆节"})
    told = manager("/calendars/imports", given).get_json()
    assert [day["date"] for day in told["days"]] == ["2025-01-01", "2026-01-01", "2026-10-01"]


@pytest.mark.parametrize(
    "given, paths",
    [
        pytest.param(
            {"years": [2026], "days": []}, ["/years"], id="a year without a holiday is not published"
        ),
        pytest.param(
            calendar((2026,), {"date": "2026-01-01", "kind": "holiday"}), ["/days/1/date"], id="a day twice"
        ),
        pytest.param(
            calendar((2026,), {"date": "2027-01-01", "kind": "holiday"}), ["/days/1/date"], id="another year"
        ),
        pytest.param(
            calendar((2026,), {"date": "2026-09-22", "kind": "makeup"}),
            ["/days/1/date"],
            id="makeup on a Tuesday",
        ),
        pytest.param(
            calendar((2026,), {"date": "2026-09-31", "kind": "holiday"}), ["/days/1/date"], id="no such day"
        ),
    ],
)
def test_a_calendar_that_cannot_be_is_refused_with_the_place_of_each_fault(
    manager: Callable[..., Any], given: dict[str, Any], paths: list[str]
) -> None:
    answer = manager("/calendars/imports", {"name": "test", **given})
    assert faults(answer) == paths
    assert manager("/calendars/imports", calendar()).get_json()["id"] == 1  # nothing was kept before it


def test_a_calendar_as_a_spreadsheet_saves_it(manager: Callable[..., Any]) -> None:
    lines = "date,kind,name\r\n2026-10-01,holiday,国庆节\r\n2026-10-10,makeup,国庆节\r\n"
    told = manager("/calendars/imports", lines.encode("gb18030"), name="2026").get_json()
    assert told["years"] == [2026]
    assert [(day["kind"], day["name"]) for day in told["days"]] == [
        ("holiday", "国庆节"),
        ("makeup", "国庆节"),
    ]


def test_a_year_soon_needed_without_a_calendar_is_a_warning_everybody_sees(
    desk: Desk, manager: Callable[..., Any], clock: StandingClock
) -> None:
    def uncovered() -> list[int]:
        return list(desk.get("handler", "/calendars").json["uncovered_years"])

    assert uncovered() == [2026]
    manager("/calendars/imports", calendar((2026,)))
    assert uncovered() == []
    clock.advance(days=90)
    assert uncovered() == [2027]
    manager("/calendars/imports", calendar((2027,)))
    assert uncovered() == []


# --- Office hours ---------------------------------------------------------------------------------------------


def test_a_body_without_hours_of_its_own_has_those_of_the_district(desk: Desk, owner: Engine) -> None:
    set_hours(owner)
    set_hours(owner, "1-5 09:00-17:00", body=JINSHA, valid_from=date(2026, 9, 2))
    day = (local("2026-09-01 00:00"), local("2026-09-02 00:00"), local("2026-09-03 00:00"))
    for code, first, second in [(JINXIN, 7, 7), (JINSHA, 7, 8)]:
        here = schedule_for(owner, code)
        assert here.worked(day[0], day[1]) == timedelta(hours=first)
        assert here.worked(day[1], day[2]) == timedelta(hours=second)


def test_hours_of_a_night_shift_are_parted_at_midnight(owner: Engine, desk: Desk) -> None:
    set_hours(owner, "1-5 20:00-02:00; 7 00:00-24:00")
    here = schedule_for(owner, JINSHA)
    assert here.worked(local("2026-08-31 00:00"), local("2026-09-07 00:00")) == timedelta(hours=5 * 6 + 24)


def test_a_schedule_is_made_anew_only_for_what_changed_and_never_changes(desk: Desk, owner: Engine) -> None:
    set_hours(owner)
    first = schedule_for(owner, JINSHA)
    set_hours(owner)
    assert schedule_for(owner, JINSHA).id == first.id
    set_times(owner)
    second = schedule_for(owner, JINSHA)
    assert second.id != first.id
    assert second.covered_years == {2026}
    with owner.connect() as connection, pytest.raises(Exception, match="append-only"):
        connection.execute(text("UPDATE work_schedule SET content = '{}'"))


def test_the_schedule_of_a_day_is_the_one_known_by_then(desk: Desk, owner: Engine) -> None:
    set_hours(owner)
    given = HoursIn.model_validate({"valid_from": "2026-12-01", "hours": "1-5 09:00-16:00"})
    december = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
    with owner.begin() as connection:
        calendars.put_hours(connection, given, calendars.Now(december, "Asia/Shanghai", december.date()))
    numbers = [schedule_for(owner, JINSHA, on).id for on in ("2020-01-01", "2026-11-30", "2026-12-01")]
    assert numbers == [1, 1, 2]


# --- Tables of deadlines --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rows, path",
    [
        pytest.param([ROW, ROW], "/rows", id="a category twice"),
        pytest.param([{**ROW, "category": "gas"}], "/rows/0/category", id="an unknown category"),
        pytest.param([{**ROW, "clocks": {"accept": "1 hour"}}], "/rows/0/clocks/accept", id="a taken name"),
        pytest.param([{**ROW, "handle": "9999 work_day"}], "/rows/0/handle", id="thirty years"),
        pytest.param([{**ROW, "handle": "soon"}], "/rows/0/handle", id="no amount"),
        pytest.param([{**ROW, "handle": {"value": 0, "unit": "hour"}}], "/rows/0/handle/value", id="no time"),
        pytest.param([{**ROW, "handle": "4 fortnights"}], "/rows/0/handle/unit", id="an unknown unit"),
        pytest.param([{**ROW, "colour": "red"}], "/rows/0/colour", id="an unknown column"),
    ],
)
def test_a_row_that_cannot_be_used_is_named(manager: Callable[..., Any], rows: list[Any], path: str) -> None:
    assert path in faults(manager("/deadlines/drafts", table(*rows)))


def test_clocks_of_an_emergency_must_not_stand_still_at_night(manager: Callable[..., Any]) -> None:
    row = {**ROW, "emergency": True, "handle": "4 hour", "accept": "1 hour"}
    found = faults(manager("/deadlines/drafts", table(row)))
    assert found == [f"/rows/0/{step}" for step in ("register", "dispatch", "check")]
    assert manager("/deadlines/drafts", table(row, steps={"check": "1 day"})).status_code == 201


def test_a_table_as_a_spreadsheet_saves_it(manager: Callable[..., Any]) -> None:
    lines = (
        "category,handle,accept,clocks,emergency,extension_max,close_needs,filing_condition\n"
        "goods_on_pavement,4工作时,30 work_minute,stop 4 work_hour; penalty 7工作日,否,1 work_day,close,店外占道\n"
    )
    about = {"name": "t", "jurisdiction": "t", "list_id": "test", "list_version": "1"}
    told = manager("/deadlines/drafts", lines.encode(), **about).get_json()
    (row,) = told["rows"]
    assert row["handle"] == {"value": 4, "unit": "work_hour"}
    assert row["clocks"]["penalty"] == {"value": 7, "unit": "work_day"}
    assert (row["emergency"], row["close_needs"], row["register"]) == (False, "close", None)


@pytest.mark.parametrize(
    "text, unit", [("2 hour", "hour"), ("2小时", "hour"), ("2 日", "day"), ("2工作分钟", "work_minute")]
)
def test_amounts_are_written_in_either_language(text: str, unit: str) -> None:
    assert read_amount(text) == {"value": 2, "unit": unit}


def test_a_category_without_a_row_has_that_of_the_nearest_above_it(desk: Desk, owner: Engine) -> None:
    factories.make_category(owner, code="street")
    factories.make_category(owner, code="stall", parent="street")
    factories.make_category(owner, code="lone")
    set_times(owner, ROW, {"category": "street", "handle": "1 work_day"})

    def asked(category: str) -> Any:
        return desk.get("handler", "/deadlines/in-force", category=category, on="2026-09-01")

    assert [asked(code).json["category"] for code in ("street", "stall")] == ["street", "street"]
    assert asked("stall").json["table"]["version"] == 1
    assert asked("lone").status_code == 404
    assert desk.get("handler", "/deadlines/in-force", category="stall", on="2020-01-01").status_code == 404


def test_a_table_in_force_never_changes_and_begins_neither_in_the_past_nor_before_another(
    manager: Callable[..., Any], desk: Desk, owner: Engine
) -> None:
    first = set_times(owner)
    second = manager("/deadlines/drafts", table()).get_json()["id"]
    for day, status in [("2022-08-31", 422), ("2026-08-31", 422), ("2026-09-10", 200), ("2026-09-10", 200)]:
        answer = manager(f"/deadlines/drafts/{second}/activate", {"valid_from": day})
        assert answer.status_code == status, day
    assert manager(f"/deadlines/drafts/{second}/activate", {"valid_from": "2026-09-11"}).status_code == 409
    states = {
        one["id"]: (one["state"], one["valid_to"]) for one in desk.get("admin", "/deadlines").json["items"]
    }
    assert states == {first: ("in_force", "2026-09-10"), second: ("coming", None)}
    for change in ("UPDATE deadline_table SET rows = '{}'", "DELETE FROM deadline_table"):
        with owner.connect() as connection, pytest.raises(Exception, match="only comes into force"):
            connection.execute(text(change))


def test_a_table_comes_into_force_only_where_its_code_list_and_office_hours_are(
    manager: Callable[..., Any], owner: Engine
) -> None:
    foreign = table(code_list={"id": "city-b", "version": "9"})
    made = manager("/deadlines/drafts", foreign).get_json()["id"]
    refused = manager(f"/deadlines/drafts/{made}/activate", {"valid_from": "2026-09-01"})
    assert faults(refused) == ["/", "/code_list"]
    set_hours(owner)
    assert faults(manager(f"/deadlines/drafts/{made}/activate", {"valid_from": "2026-09-01"})) == [
        "/code_list"
    ]


def test_another_table_leaves_running_cases_alone(
    desk: Desk, owner: Engine, manager: Callable[..., Any], clock: StandingClock
) -> None:
    set_times(owner)
    number = desk.to("dispatched")
    before = desk.get("handler", f"/cases/{number}/clocks").json["items"]
    made = manager("/deadlines/drafts", table({**ROW, "handle": "1 work_hour"})).get_json()["id"]
    assert manager(f"/deadlines/drafts/{made}/activate", {"valid_from": "2026-09-02"}).status_code == 200
    set_hours(owner, "1-5 10:00-11:00")
    manager("/calendars/imports", calendar((2027,)))
    assert desk.get("handler", f"/cases/{number}/clocks").json["items"] == before
    clock.advance(days=1)
    later = desk.to("dispatched")

    def handle(case: str) -> dict[str, Any]:
        items = desk.get("handler", f"/cases/{case}/clocks").json["items"]
        return next(one for one in items if one["name"] == "handle")

    assert (handle(number)["amount"]["value"], handle(later)["amount"]["value"]) == (4, 1)
    # What was opened under the old table is measured by it to its end: another body, another day, the same four hours.
    desk.walk(number, ("handler", "return", {"reason": "不在辖区"}), "dispatch")
    assert handle(number)["amount"]["value"] == 4


def test_a_clock_is_shown_with_its_colour_and_what_is_used_of_it(
    desk: Desk, owner: Engine, clock: StandingClock
) -> None:
    set_times(owner)
    number = desk.to("accepted")
    clock.now = local("2026-09-01 14:12")
    items = desk.get("handler", f"/cases/{number}/clocks").json["items"]
    shown = {one["name"]: (one["state"], one["colour"], one["used_share"]) for one in items}
    assert shown["handle"] == ("running", "yellow", 0.55)
    assert shown["accept"] == ("stopped", "green", 0.0)
    assert [one["name_zh"] for one in items if one["name"] == "handle"] == ["处置"]
    assert desk.get("handler_jinxin", f"/cases/{number}/clocks").status_code == 404


def test_clocks_over_a_year_without_a_calendar_say_so(
    desk: Desk, owner: Engine, clock: StandingClock
) -> None:
    set_times(owner, {**ROW, "handle": "5 work_day"})
    clock.now = local("2026-12-30 10:00")
    number = desk.to("dispatched")
    items = desk.get("handler", f"/cases/{number}/clocks").json["items"]
    assert {one["name"]: one["uncovered"] for one in items if one["state"] == "running"} == {
        "accept": [],
        "handle": [2027],
    }


# --- Samples and commands -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["deadlines/city_a.json", "deadlines/jiyuan.json", "tongzhou/deadlines.json"]
)
def test_a_sample_table_is_labelled_names_its_source_and_can_be_kept(
    manager: Callable[..., Any], name: str
) -> None:
    given = json.loads((DEMO / name).read_text("utf-8"))
    told = manager("/deadlines/drafts", given)
    assert told.status_code == 201, told.text
    assert given["sample"] is True
    assert given["source"]
    assert told.get_json()["row_count"] == len(given["rows"])


def test_the_published_samples_mean_different_things_by_one_number() -> None:
    city_a, jiyuan = (
        {row.category: row for row in DeadlinesIn.model_validate(json.loads(path.read_text("utf-8"))).rows}
        for path in (DEMO / "deadlines" / "city_a.json", DEMO / "deadlines" / "jiyuan.json")
    )
    assert (city_a["05"].name, jiyuan["05"].name) == ("绿地保洁", "水域不洁")
    assert {name: amount.value for name, amount in city_a["01"].clocks.items()} == {
        "stop": 4,
        "penalty": 7,
        "demolish": 20,
    }
    assert (jiyuan["01"].handle.value, jiyuan["01"].handle.unit) == (15, "work_day")


@pytest.fixture
def frontage(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Any]:
    """`frontage("calendars", "list")`: the command on this test's database."""

    def run(*arguments: str) -> Any:
        monkeypatch.setenv("FRONTAGE_DATABASE_URL", database_url)
        monkeypatch.setenv("FRONTAGE_VAR", str(tmp_path / "var"))
        return CliRunner().invoke(main, list(arguments))

    return run


def test_an_operator_sets_times_with_commands_alone(
    frontage: Callable[..., Any], owner: Engine, tmp_path: Path
) -> None:
    factories.make_organisations(owner)
    factories.make_category(owner)
    file = tmp_path / "table.json"
    file.write_text(json.dumps(table()), "utf-8")
    early = frontage("deadlines", "import", str(file))
    assert (early.exit_code, "1" in early.output) == (0, True)
    refused = frontage("deadlines", "activate", "1", "--from", "2026-09-01")
    assert (refused.exit_code, "office hours" in refused.output) == (1, True)
    calendar_file = DEMO / "tongzhou" / "work_calendar.json"
    assert frontage("calendars", "hours", "1-5 08:30-17:30", "--from", "2022-09-01").exit_code == 0
    assert frontage("calendars", "import", str(calendar_file), "--dry-run").exit_code == 0
    assert factories.count_rows(owner, "work_calendar") == 0
    assert frontage("calendars", "import", str(calendar_file)).exit_code == 0
    assert frontage("deadlines", "activate", "1", "--from", "2022-09-01").exit_code == 0
    assert "in_force" in frontage("deadlines", "list").output
    assert "2025, 2026" in frontage("calendars", "list").output
    (tmp_path / "gap.csv").write_text("date,kind,name\n2030-01-01,holiday,\n", "utf-8")
    gap = frontage("calendars", "import", str(tmp_path / "gap.csv"))
    assert (gap.exit_code, "2027" in gap.output) == (1, True)


@pytest.mark.parametrize(
    "harm, named",
    [
        pytest.param(
            "UPDATE case_clock SET due_at = due_at + interval '1 second'", "(kept)", id="a clock kept"
        ),
        pytest.param("DELETE FROM case_clock WHERE name = 'handle'", "(missing)", id="a clock taken away"),
        pytest.param(
            "INSERT INTO case_clock SELECT case_id, 'stop', 1, started_at, due_at, yellow_at, red_at, paused_at, "
            "stopped_at, running_since, allowed_us, used_us, amount, marks, extended, uncovered, schedule_id, next_at "
            "FROM case_clock WHERE name = 'handle'",
            "(unrecorded)",
            id="a clock put in",
        ),
        pytest.param(
            "UPDATE ledger SET body = replace(body, '\"value\":4', '\"value\":5')", "(entry)", id="an entry"
        ),
        pytest.param(
            'UPDATE ledger SET body = replace(body, \'"effect":"stop"\', \'"effect":"resume"\')',
            "(impossible)",
            id="an effect that could not be",
        ),
        pytest.param(
            "UPDATE work_schedule SET content = CAST(replace(CAST(content AS text), '08:30', '08:00') AS json)",
            "(schedule)",
            id="the hours they were counted by",
        ),
    ],
)
def test_every_clock_comes_out_of_the_ledger_again_and_the_first_that_does_not_is_named(
    desk: Desk, owner: Engine, frontage: Callable[..., Any], harm: str, named: str
) -> None:
    set_times(owner)
    number = desk.to("accepted")
    whole = frontage("clocks", "check")
    assert (whole.exit_code, "running 1" in whole.output) == (0, True), whole.output
    assert "处置" in frontage("clocks", "show", number).output
    with owner.begin() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        connection.exec_driver_sql(harm)
    broken = frontage("clocks", "check")
    assert (broken.exit_code, named in broken.output) == (1, True), broken.output


def test_the_tick_is_a_command_too(desk: Desk, owner: Engine, frontage: Callable[..., Any]) -> None:
    set_times(owner)
    desk.to("dispatched")
    # By now, whenever that is, both clocks of that day are over.
    assert "told: 2" in frontage("clocks", "tick").output
    assert "told: 0" in frontage("clocks", "tick").output
