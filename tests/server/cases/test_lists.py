"""Lists of cases as people need them, page by page, and what lands in whose inbox."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories import JINSHA
from tests.server.cases.desk import REASON, Desk
from tests.server.cases.hours import make_deadlines, make_hours


@pytest.fixture
def some(desk: Desk) -> dict[str, str]:
    """A case in each of a few states, by state."""
    make_hours(desk.owner)
    make_deadlines(desk.owner)
    return {
        state: desk.to(state)
        for state in ("reported", "registered", "handling", "replied", "closed", "cancelled")
    }


def listed(desk: Desk, who: str, query: str) -> list[str]:
    """Numbers of all pages, two a page."""
    found: list[str] = []
    cursor = ""
    for _ in range(20):
        page: Any = desk.get(who, f"/cases?limit=2&{query}{cursor}").json
        found += [item["number"] for item in page["items"]]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"
    raise AssertionError("a list without an end")


EVERY = {"reported", "registered", "handling", "replied", "closed", "cancelled"}
NARROWED = [
    ("dispatcher", "state=registered&state=reported", {"reported", "registered"}),
    ("dispatcher", "open=true", EVERY - {"closed", "cancelled"}),
    ("dispatcher", "open=false", {"closed", "cancelled"}),
    ("dispatcher", f"body={JINSHA}", EVERY),
    ("dispatcher", "body=320612004", set()),
    ("handler", "mine=true", {"handling", "replied", "closed"}),
    ("handler2", "mine=true", set()),
    ("checker", "mine=true", {"closed"}),
    ("officer", "mine=true&open=false", {"closed", "cancelled"}),
    ("dispatcher", "due_before=2026-09-01T07:59:00Z&open=true", {"registered"}),
    ("dispatcher", "overdue=true", set()),
]


def test_a_list_is_narrowed_page_by_page(desk: Desk, some: dict[str, str]) -> None:
    for who, query, states in NARROWED:
        assert sorted(listed(desk, who, query)) == sorted(some[state] for state in states), query


def test_what_is_overdue_is_open_and_past_due(desk: Desk, some: dict[str, str], clock: Any) -> None:
    clock.advance(days=1, hours=12)
    overdue = {some["registered"], some["handling"], some["replied"]}
    assert set(listed(desk, "dispatcher", "overdue=true")) == overdue
    desk.did("dispatcher", some["handling"], "suspend", **REASON)
    assert set(listed(desk, "dispatcher", "overdue=true")) == overdue - {some["handling"]}


def inbox(desk: Desk, who: str) -> list[tuple[str, str]]:
    items = desk.get(who, "/inbox", limit=100).json["items"]
    assert all(item["reason"]["text"] and item["reason"]["text_en"] for item in items)
    return [(item["kind"], item["case"]["number"]) for item in items]


def test_who_has_to_do_something_next_finds_it_newest_first(desk: Desk) -> None:
    number = desk.to("replied")
    assert inbox(desk, "handler") == [("case.dispatched", number), ("case.opened", number)]
    assert inbox(desk, "checker") == [("case.replied", number)]
    desk.did("checker", number, "rework", **REASON)
    assert inbox(desk, "handler")[0] == ("case.reworked", number)
    desk.walk(number, "reply", ("checker", "rework", REASON))
    assert [kind for kind, _ in inbox(desk, "handler")] == ["case.reworked", "case.dispatched", "case.opened"]
