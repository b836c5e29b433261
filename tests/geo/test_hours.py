"""Hours of the week: borders, past midnight, day and night, and what is no hours at all."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.hours import ALWAYS, WEEK_MIN, HoursRefused, WeekHours, minute_of_week, read_hours, read_windows

MONDAY = datetime(2026, 9, 7)


def at(day: int, clock: str) -> datetime:
    """A local time of the week of 7 September 2026; day 1 is its Monday."""
    hours, minutes = clock.split(":")
    return MONDAY + timedelta(days=day - 1, hours=int(hours), minutes=int(minutes))


@pytest.mark.parametrize(
    ("hours", "day", "clock", "holds"),
    [
        ("1-5 08:00-17:30", 1, "07:59", False),
        ("1-5 08:00-17:30", 1, "08:00", True),
        ("1-5 08:00-17:30", 5, "17:29", True),
        ("1-5 08:00-17:30", 5, "17:30", False),
        ("1-5 08:00-17:30", 6, "12:00", False),
        # Past midnight: the night belongs to the day it begins on.
        ("5 22:00-06:00", 5, "22:00", True),
        ("5 22:00-06:00", 6, "05:59", True),
        ("5 22:00-06:00", 6, "06:00", False),
        ("5 22:00-06:00", 5, "05:00", False),
        # Sunday night runs into Monday.
        ("7 19:00-07:00", 7, "23:59", True),
        ("7 19:00-07:00", 1, "06:59", True),
        ("7 19:00-07:00", 1, "07:00", False),
        ("7 19:00-07:00", 2, "06:00", False),
        ("19:00-24:00", 3, "23:59", True),
        ("19:00-24:00", 4, "00:00", False),
        ("00:00-24:00", 7, "23:59", True),
        ("1-5 08:00-12:00; 6,7 09:00-10:00", 7, "09:30", True),
        ("1-5 08:00-12:00\uff1b6,7 09:00-10:00", 6, "10:00", False),
    ],
)
def test_hours_hold_from_their_beginning_until_just_before_their_end(
    hours: str, day: int, clock: str, holds: bool
) -> None:
    assert read_hours(hours).holds(at(day, clock)) is holds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "8:00-9:00",
        "08:00-08:00",
        "24:00-02:00",
        "08:00-24:01",
        "08:60-09:00",
        "0 08:00-09:00",
        "8 08:00-09:00",
        "5-1 08:00-09:00",
        "08:00-09:00;",
        "always",
        "\u0660\u0668:00-09:00",
        "; ".join(["08:00-09:00"] * 22),
    ],
)
def test_a_text_that_is_no_hours_is_refused_whole(text: str) -> None:
    with pytest.raises(HoursRefused):
        read_hours(text)


def test_day_and_night_never_ends_and_a_night_over_the_week_s_end_is_counted_whole() -> None:
    assert read_hours("00:00-24:00").minutes_left(at(3, "12:00")) is None
    assert read_hours("12:00-12:30; 12:30-12:00").minutes_left(at(3, "12:00")) is None
    assert read_hours("7 19:00-07:00").minutes_left(at(7, "23:00")) == 8 * 60
    assert read_hours("7 19:00-07:00").minutes_left(at(1, "06:30")) == 30
    assert read_hours("7 19:00-07:00").minutes_left(at(1, "07:00")) == 0


def test_a_change_of_clocks_moves_no_hours() -> None:
    # 03:00 does not exist on that morning in Berlin; what the clock shows is what counts.
    morning = datetime(2026, 3, 29, 8, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    assert read_hours("7 08:00-09:00").holds(morning)
    assert not read_hours("7 08:00-09:00").holds(morning - timedelta(minutes=1))


windows = st.builds(
    lambda day, begin, length: (day, begin, length),
    st.integers(1, 7),
    st.integers(0, 1439),
    st.integers(1, 1439),
)


@given(st.lists(windows, min_size=1, max_size=6))
def test_hours_hold_in_exactly_the_minutes_their_windows_have(made: list[tuple[int, int, int]]) -> None:
    def clock(minute: int) -> str:
        return f"{minute // 60:02d}:{minute % 60:02d}"

    text = "; ".join(f"{day} {clock(begin)}-{clock((begin + length) % 1440)}" for day, begin, length in made)
    expected = {
        ((day - 1) * 1440 + begin + step) % WEEK_MIN for day, begin, length in made for step in range(length)
    }
    hours = read_hours(text)
    held = {minute for start, stop in hours.stretches for minute in range(start, stop)}
    assert held == expected
    for minute in sorted(expected)[:3]:
        now = MONDAY + timedelta(minutes=minute)
        assert minute_of_week(now) == minute
        left = hours.minutes_left(now)
        if left is not None:
            assert all((minute + step) % WEEK_MIN in expected for step in range(left))
            assert (minute + left) % WEEK_MIN not in expected


def test_hours_that_only_touch_do_not_meet() -> None:
    morning = read_hours("08:00-12:00")
    assert morning.common(read_hours("12:00-18:00")) == WeekHours(())
    met = morning.common(read_hours("3 11:59-18:00"))
    assert [met.first_on(day) for day in range(1, 8)] == [None, None, 11 * 60 + 59, None, None, None, None]
    assert ALWAYS.common(morning) == morning.common(ALWAYS) == morning


def test_a_list_of_windows_names_the_one_that_is_none_and_a_text_itself() -> None:
    assert read_windows(["1-5 08:00-12:00", "6 09:00-10:00"]) == read_hours("1-5 08:00-12:00; 6 09:00-10:00")
    for read, told, named in (
        (read_windows, ["08:00-12:00", "8-12"], "8-12"),
        (read_hours, "08:00-12:00; 8-12", "08:00-12:00; 8-12"),
    ):
        with pytest.raises(HoursRefused) as refused:
            read(told)  # type: ignore[arg-type]
        assert refused.value.args == (named,)
