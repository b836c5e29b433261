"""Clocks worked out by hand: festivals, make-up days, lunch, pauses, extensions, and what the ledger says of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from server.cases.clocks import (
    EFFECTS,
    MARKS,
    Amount,
    Clock,
    ClockRefused,
    Marks,
    Schedule,
    Unit,
    act,
    begin,
    colour,
    extend,
    pause,
    replay,
    replay_steps,
    resume,
    state,
    stop,
    told,
    used,
    used_share,
)
from tests.server.cases.schedules import MORNING_AND_AFTERNOON, OFFICE, SHANGHAI, local, schedule

# As published: Spring Festival 2026 from 15 to 23 February, worked on Saturdays 14 and 28; National Day 2026 from 1 to
# 7 October, worked on Sunday 20 September and Saturday 10 October.
FESTIVALS = {
    **{date(2026, 2, day): False for day in range(15, 24)},
    date(2026, 2, 14): True,
    date(2026, 2, 28): True,
    **{date(2026, 10, day): False for day in range(1, 8)},
    date(2026, 9, 20): True,
    date(2026, 10, 10): True,
}
CHINA = schedule(days=FESTIVALS)


def amount(text: str) -> Amount:
    value, unit = text.split()
    return Amount.from_json({"value": int(value), "unit": unit})


@pytest.mark.parametrize(
    "start, allowed, due",
    [
        pytest.param("2026-03-04 09:00", "2 work_hour", "2026-03-04 11:00", id="within a morning"),
        pytest.param("2026-03-04 11:00", "2 work_hour", "2026-03-04 15:00", id="lunch is not worked"),
        pytest.param("2026-03-04 10:00", "2 work_hour", "2026-03-04 12:00", id="used up as the morning ends"),
        pytest.param("2026-03-04 12:30", "1 work_hour", "2026-03-04 15:00", id="begun at lunch"),
        pytest.param("2026-03-04 23:10", "1 work_minute", "2026-03-05 08:31", id="begun at night"),
        pytest.param("2026-03-06 16:30", "4 work_hour", "2026-03-09 11:30", id="over a weekend"),
        pytest.param("2026-02-13 16:30", "4 work_hour", "2026-02-14 11:30", id="into a make-up Saturday"),
        pytest.param("2026-02-14 16:30", "4 work_hour", "2026-02-24 11:30", id="over the Spring Festival"),
        pytest.param(
            "2026-02-17 12:00", "4 work_hour", "2026-02-24 14:30", id="begun within the Spring Festival"
        ),
        pytest.param("2026-02-13 10:00", "1 work_day", "2026-02-14 17:30", id="a day: the make-up Saturday"),
        pytest.param("2026-02-13 10:00", "3 work_day", "2026-02-25 17:30", id="three days over the festival"),
        pytest.param(
            "2026-02-27 10:00", "1 work_day", "2026-02-28 17:30", id="made up for after the festival"
        ),
        pytest.param("2026-09-18 17:00", "1 work_hour", "2026-09-20 09:00", id="into a make-up Sunday"),
        pytest.param("2026-09-18 10:00", "1 work_day", "2026-09-20 17:30", id="a day: the make-up Sunday"),
        pytest.param("2026-09-30 17:00", "4 work_hour", "2026-10-08 12:00", id="over the National Day"),
        pytest.param(
            "2026-09-30 16:00", "7 work_day", "2026-10-15 17:30", id="seven days over the National Day"
        ),
        pytest.param("2026-10-03 16:00", "1 work_day", "2026-10-08 17:30", id="a day from within a holiday"),
        pytest.param(
            "2026-10-03 02:00", "1 hour", "2026-10-03 03:00", id="an emergency at night in a holiday"
        ),
        pytest.param("2026-10-03 02:00", "2 day", "2026-10-05 02:00", id="days round the clock"),
        pytest.param("2026-10-03 02:00", "0 work_hour", "2026-10-03 02:00", id="nothing is over at once"),
        pytest.param("2026-10-03 02:00", "0 work_day", "2026-10-03 02:00", id="no days are over at once"),
    ],
)
def test_it_is_due_when_a_person_with_a_calendar_says(start: str, allowed: str, due: str) -> None:
    found = CHINA.add(local(start), amount(allowed))
    assert f"{found.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" == due
    assert found.uncovered == ()


def test_a_year_that_no_calendar_covers_is_counted_by_the_plain_week_and_named() -> None:
    found = CHINA.add(local("2026-12-30 16:30"), amount("3 work_day"))
    # Nobody has published yet that 1 January 2027 is a holiday.
    assert f"{found.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" == "2027-01-04 17:30"
    assert found.uncovered == (2027,)
    assert CHINA.add(local("2026-12-31 10:00"), amount("4 work_hour")).uncovered == ()
    clock = begin("handle", amount("3 work_day"), local("2026-12-30 16:30"), CHINA)
    published = schedule(number=2, days={**FESTIVALS, date(2027, 1, 1): False}, years=(2026, 2027))
    again = resume(pause(clock, local("2026-12-31 09:00"), CHINA), local("2026-12-31 09:00"), published)
    assert (clock.uncovered, again.uncovered) == ((2027,), ())
    assert f"{again.due_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" == "2027-01-05 17:30"


def test_an_emergency_needs_no_calendar() -> None:
    assert schedule(years=()).add(local("2026-12-31 23:00"), amount("2 hour")).uncovered == ()


def test_hours_that_change_on_a_day_hold_from_that_day() -> None:
    summer = {weekday: ["08:30-12:00", "14:30-18:00"] for weekday in range(5)}
    here = schedule(later={date(2026, 5, 1): summer, date(2026, 10, 1): OFFICE})
    assert here.add(local("2026-04-30 16:30"), amount("5 work_hour")).at == local("2026-05-01 15:00")
    assert here.add(local("2026-09-30 17:30"), amount("5 work_hour")).at == local("2026-10-01 15:00")


def test_a_make_up_day_has_the_hours_of_a_usual_day_even_where_its_own_weekday_is_worked_shorter() -> None:
    windows = {0: [], **{weekday: MORNING_AND_AFTERNOON for weekday in range(1, 5)}, 5: ["09:00-11:00"]}
    here = schedule(windows=windows, days=FESTIVALS)
    assert here.worked(local("2026-02-14 00:00"), local("2026-02-15 00:00")) == timedelta(hours=7)
    assert here.worked(local("2026-02-07 00:00"), local("2026-02-08 00:00")) == timedelta(hours=2)


def test_the_hour_a_clock_change_takes_is_not_worked_and_the_one_it_gives_is_worked_twice() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    night = schedule(zone="Europe/Berlin", windows={day: ["00:00-06:00"] for day in range(7)})
    spring, autumn = (local(f"2026-{day} 00:00", berlin) for day in ("03-29", "10-25"))
    assert night.worked(spring, spring + timedelta(days=1)) == timedelta(hours=5)
    assert night.worked(autumn, autumn + timedelta(days=1)) == timedelta(hours=7)


@pytest.mark.parametrize(
    "windows",
    [
        pytest.param({}, id="no hours at all"),
        pytest.param({0: ["12:00-09:00"]}, id="a window that ends before it begins"),
        pytest.param({0: ["09:00-12:00", "11:00-15:00"]}, id="windows into one another"),
        pytest.param({0: ["14:00-24:00", "09:00-12:00"]}, id="windows out of order"),
    ],
)
def test_hours_by_which_nothing_could_be_counted_are_refused(windows: dict[int, list[str]]) -> None:
    with pytest.raises(ValueError, match=r"window"):
        schedule(windows=windows)


@pytest.mark.parametrize("unit", Unit)
def test_an_amount_is_neither_negative_nor_endless_and_the_longest_is_counted(unit: Unit) -> None:
    for value in (-1, unit.most + 1):
        with pytest.raises(ValueError, match="wanted"):
            Amount(value, unit)
    assert CHINA.add(local("2026-03-04 09:00"), Amount(unit.most, unit)).at > local("2036-01-01 00:00")


# --- Pausing, extending, colours ------------------------------------------------------------------------------


def test_what_was_left_when_it_was_paused_is_left_when_it_goes_on() -> None:
    clock = begin("handle", amount("4 work_hour"), local("2026-03-04 09:00"), CHINA)
    paused = pause(clock, local("2026-03-04 10:30"), CHINA)
    assert used(paused, local("2026-06-01 10:00"), CHINA) == timedelta(hours=1.5)
    going = resume(paused, local("2026-03-11 16:00"), CHINA)
    assert going.due_at == local("2026-03-12 09:30")
    # Half of four hours is half an hour after it went on; red is at 3.2 hours.
    assert (going.yellow_at, going.red_at) == (local("2026-03-11 16:30"), local("2026-03-12 08:42"))
    assert going.started_at == clock.started_at


def test_days_that_were_paused_end_as_many_work_hours_later_as_were_left() -> None:
    clock = begin("handle", amount("2 work_day"), local("2026-03-04 10:00"), CHINA)
    going = resume(pause(clock, local("2026-03-05 11:00"), CHINA), local("2026-03-09 15:00"), CHINA)
    # 1 h + 3.5 h of the fifth and 7 h of the sixth were left: 2.5 h of the ninth, 7 h, and 2 h more.
    assert clock.due_at == local("2026-03-06 17:30")
    assert going.due_at == local("2026-03-11 10:30")


def test_an_extension_is_added_to_when_it_was_due_and_moves_the_marks() -> None:
    clock = begin("handle", amount("4 work_hour"), local("2026-03-04 08:30"), CHINA)
    longer = extend(clock, amount("1 work_day"), CHINA)
    assert (clock.due_at, longer.due_at) == (local("2026-03-04 14:30"), local("2026-03-05 17:30"))
    assert longer.allowed == timedelta(hours=14)
    assert longer.yellow_at == local("2026-03-04 17:30")
    assert longer.extended == (amount("1 work_day"),)


def test_an_extension_while_it_is_paused_is_there_when_it_goes_on() -> None:
    clock = begin("handle", amount("4 work_hour"), local("2026-03-04 09:00"), CHINA)
    paused = extend(pause(clock, local("2026-03-04 10:00"), CHINA), amount("2 work_hour"), CHINA)
    assert resume(paused, local("2026-03-05 08:30"), CHINA).due_at == local("2026-03-05 15:30")


def test_one_that_was_overdue_when_it_was_paused_is_due_when_it_was_until_an_extension_outweighs_it() -> None:
    clock = begin("handle", amount("1 work_hour"), local("2026-03-04 09:00"), CHINA)
    late = pause(clock, local("2026-03-04 11:00"), CHINA)
    assert used_share(late, local("2026-03-04 11:00"), CHINA) == 2.0
    going = resume(late, local("2026-03-09 09:00"), CHINA)
    assert going.due_at == clock.due_at
    assert colour(going, local("2026-03-09 09:01")) == "overdue"
    assert extend(going, amount("30 work_minute"), CHINA).due_at == local("2026-03-04 10:30")
    assert extend(going, amount("2 work_hour"), CHINA).due_at == local("2026-03-09 10:00")


def test_an_emergency_that_is_extended_by_work_hours_runs_until_those_are_over() -> None:
    clock = begin("handle", amount("2 hour"), local("2026-03-06 16:00"), CHINA)
    longer = extend(clock, amount("1 work_hour"), CHINA)
    assert clock.due_at == local("2026-03-06 18:00")
    assert longer.due_at == local("2026-03-09 09:30")
    assert longer.allowed == longer.due_at - clock.started_at


@pytest.mark.parametrize(
    "now, shown",
    [
        ("2026-03-04 10:00", "green"),
        ("2026-03-04 10:30", "green"),
        ("2026-03-04 10:31", "yellow"),
        ("2026-03-04 11:43", "red"),
        ("2026-03-04 14:30", "red"),
        ("2026-03-04 14:31", "overdue"),
    ],
)
def test_it_turns_yellow_red_and_overdue_after_their_moments(now: str, shown: str) -> None:
    clock = begin("handle", amount("4 work_hour"), local("2026-03-04 08:30"), CHINA)
    assert colour(clock, local(now)) == shown
    for still in (pause(clock, local(now), CHINA), stop(clock, local(now), CHINA)):
        assert colour(still, local("2026-06-01 00:00")) == shown


def test_marks_are_where_their_shares_are_used() -> None:
    clock = begin("handle", amount("10 hour"), local("2026-03-04 08:00"), CHINA, Marks(0.3, 1.0))
    assert (clock.yellow_at, clock.red_at) == (local("2026-03-04 11:00"), clock.due_at)


def test_an_allowance_of_nothing_is_used_up_from_the_start() -> None:
    clock = begin("handle", amount("0 work_hour"), local("2026-03-04 09:00"), CHINA)
    assert clock.yellow_at == clock.red_at == clock.due_at == clock.started_at
    assert used_share(clock, local("2026-03-04 09:00"), CHINA) == 1.0


def test_a_clock_does_only_what_it_can() -> None:
    now = local("2026-03-04 09:00")
    running = begin("handle", amount("4 work_hour"), now, CHINA)
    paused, stopped = pause(running, now, CHINA), stop(running, now, CHINA)
    assert [state(clock) for clock in (running, paused, stopped)] == ["running", "paused", "stopped"]
    possible = {
        (state(clock) if clock else "none", effect)
        for clock in (None, running, paused, stopped)
        for effect in EFFECTS
        if can(clock, effect, now)
    }
    assert possible == {
        ("none", "begin"),
        ("stopped", "begin"),
        ("running", "pause"),
        ("running", "stop"),
        ("running", "extend"),
        ("paused", "resume"),
        ("paused", "stop"),
        ("paused", "extend"),
    }


def can(clock: Clock | None, effect: str, at: datetime) -> bool:
    try:
        act(clock, effect, at + timedelta(minutes=1), CHINA, name="handle", amount=amount("1 work_hour"))
    except ClockRefused:
        return False
    return True


def test_an_effect_that_is_none_is_a_mistake_of_the_code() -> None:
    running = begin("handle", amount("4 work_hour"), local("2026-03-04 09:00"), CHINA)
    with pytest.raises(ValueError, match="rewind"):
        act(running, "rewind", local("2026-03-04 09:00"), CHINA)
    with pytest.raises(ValueError, match="amount"):
        act(running, "extend", local("2026-03-04 09:00"), CHINA)


# --- The ledger -----------------------------------------------------------------------------------------------


def entries_of(steps: list[tuple[str, str, str, str | None]], by: Schedule) -> list[dict[str, Any]]:
    """Ledger bodies as casework writes them: (local time, effect, clock, amount) each."""
    stand: dict[str, Clock] = {}
    entries = []
    for at, effect, name, given in steps:
        allowed = amount(given) if given else None
        stand[name] = act(
            stand.get(name), effect, local(at), by, name=name, amount=allowed, marks=Marks(0.4, 0.9)
        )
        entries.append({"action": "case.x", "clocks": [told(effect, stand[name], local(at), by, allowed)]})
    return entries


STEPS: list[tuple[str, str, str, str | None]] = [
    ("2026-02-13 09:00", "begin", "accept", "60 work_minute"),
    ("2026-02-13 09:00", "begin", "handle", "3 work_day"),
    ("2026-02-13 09:40", "stop", "accept", None),
    ("2026-02-14 11:00", "pause", "handle", None),
    ("2026-02-24 15:00", "resume", "handle", None),
    ("2026-02-25 10:00", "extend", "handle", "1 work_day"),
    ("2026-02-26 10:00", "begin", "accept", "30 work_minute"),
    ("2026-02-26 11:00", "stop", "handle", None),
]


def test_clocks_come_out_of_the_ledger_as_they_went_in() -> None:
    entries = [{"action": "report.received"}, *entries_of(STEPS, CHINA)]
    clocks = replay(entries, {1: CHINA})
    assert {name: state(clock) for name, clock in clocks.items()} == {
        "accept": "running",
        "handle": "stopped",
    }
    assert clocks["handle"].due_at == local("2026-02-28 17:30")
    assert clocks["accept"].marks == Marks(0.4, 0.9)
    steps = list(replay_steps(entries, {1: CHINA}))
    assert [step.said for step in steps] == [step.made for step in steps]
    assert [(step.round, step.entry) for step in steps if step.said["effect"] == "begin"] == [
        (1, 1),
        (1, 2),
        (2, 7),
    ]


def test_a_beginning_that_is_told_twice_is_one() -> None:
    (entry,) = entries_of([("2026-02-13 09:00", "begin", "register", "1 work_hour")], CHINA)
    steps = list(replay_steps([entry, entry], {1: CHINA}))
    assert [step.round for step in steps] == [1, 1]
    assert [step.said for step in steps] == [step.made for step in steps]


def test_a_due_moment_that_was_written_otherwise_is_seen() -> None:
    entries = entries_of(STEPS, CHINA)
    entries[1]["clocks"][0]["due_at"] = "2026-02-26T09:30:00.000000Z"
    differ = [step for step in replay_steps(entries, {1: CHINA}) if step.said != step.made]
    assert [(step.entry, step.made["due_at"]) for step in differ] == [(1, "2026-02-25T09:30:00.000000Z")]


def test_a_clock_is_the_same_after_it_was_kept_and_read() -> None:
    for clock in replay(entries_of(STEPS, CHINA), {1: CHINA}).values():
        assert Clock.from_json(clock.to_json()) == clock
    odd = begin("handle", amount("4 work_hour"), datetime(2026, 3, 4, 1, 0, 0, 123457, UTC), CHINA, MARKS)
    paused = pause(odd, datetime(2026, 3, 4, 1, 0, 1, 1, UTC), CHINA)
    assert Clock.from_json(paused.to_json()) == paused
