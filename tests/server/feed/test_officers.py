"""Where people are, for streams: a reader hears what is theirs, only what is new, and never more than they can take."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from server.db import Principal
from server.feed.officers import OfficersBook, Whereabouts

HERE, THERE = uuid4(), uuid4()
AT = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
ROOM = 1_000_000


def reader(scope: str = "district", organisation: UUID = HERE) -> Principal:
    return Principal(
        uuid4(), "reader", "", "dispatcher", organisation, "320612", "", "district", scope, uuid4()
    )


def where(account: UUID, *, organisation: UUID = HERE, seconds: int = 0) -> Whereabouts:
    moment = AT + timedelta(seconds=seconds)
    return Whereabouts(account, organisation, 121.07, 32.07 + seconds / 1e5, 5.0, moment, "fresh")


class Screen:
    """What a reader shows who does as the events say: first those who are gone, then those who are somewhere."""

    def __init__(self, asking: Principal) -> None:
        self.asking, self.told, self.shown = asking, 0, dict[str, Any]()
        self.events = 0

    def read(self, book: OfficersBook, most_bytes: int = ROOM) -> bool:
        page, self.told = book.page(self.asking, self.told, most_bytes)
        if page:
            event = json.loads(page.removeprefix(b"event: officers\ndata: "))
            for account in event["gone"]:
                self.shown.pop(account, None)
            for item in event["items"]:
                self.shown[item["account"]] = item["recorded_at"]
            self.events += 1
        return bool(page)


@given(
    st.lists(
        st.tuples(
            st.dictionaries(st.integers(0, 4), st.tuples(st.booleans(), st.integers(0, 3))), st.booleans()
        ),
        max_size=8,
    )
)
def test_whoever_reads_when_they_can_shows_what_is_so_now(
    steps: list[tuple[dict[int, tuple[bool, int]], bool]],
) -> None:
    accounts = [UUID(int=number) for number in range(5)]
    book, quick = OfficersBook(), [Screen(reader()), Screen(reader("organisation", THERE))]
    slow = [Screen(one.asking) for one in quick]
    for here, slow_reads in [*steps, ({}, True)]:
        found = [
            where(accounts[number], organisation=THERE if there else HERE, seconds=seconds)
            for number, (there, seconds) in here.items()
        ]
        book.take(found)
        reading = quick + (slow if slow_reads else [])
        for screen in reading:
            while screen.read(book, most_bytes=300):
                pass
            visible = [
                one for one in found if screen.asking.scope == "district" or one.organisation_id == THERE
            ]
            assert set(screen.shown) == {str(one.account_id) for one in visible}
        book.forget(min(screen.told for screen in quick + slow))


def test_nothing_is_said_twice_and_nothing_when_nobody_moves() -> None:
    book, screen = OfficersBook(), Screen(reader())
    still, moving = where(uuid4()), where(uuid4())
    book.take([still, moving])
    assert screen.read(book) and not screen.read(book)
    book.take([still, replace(moving, lon=121.08)])
    page, screen.told = book.page(screen.asking, screen.told, ROOM)
    assert str(moving.account_id).encode() in page and str(still.account_id).encode() not in page
    book.take([still, replace(moving, lon=121.08)])
    assert not screen.read(book)
    book.take([replace(still, state="stale")])
    assert screen.read(book) and set(screen.shown) == {str(still.account_id)}


def test_a_crowd_comes_in_parts_of_the_size_a_reader_takes() -> None:
    book, screen = OfficersBook(), Screen(reader())
    book.take([where(uuid4()) for _ in range(100)])
    while screen.read(book, most_bytes=2000):
        pass
    assert len(screen.shown) == 100 and 5 < screen.events < 20


def test_an_event_has_no_id_and_nobody_s_name() -> None:
    book = OfficersBook()
    book.take([where(uuid4())])
    page, _ = book.page(reader(), 0, ROOM)
    assert page.startswith(b"event: officers\ndata: ") and b"id: " not in page
    (item,) = json.loads(page.splitlines()[1].removeprefix(b"data: "))["items"]
    assert set(item) == {"account", "state", "position", "recorded_at"}
