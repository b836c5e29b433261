"""Rules of rating are refused with the place of each fault, and a score is exact whatever the order of its entries."""

from __future__ import annotations

import json
import random
from copy import deepcopy
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.ratings.replay import MINUS, PLUS, Entry, Scheme, rate
from server.rulebooks.book import BookRefused
from server.rulebooks.books.rating_rules import BOOK, RatingRule
from server.rulebooks.expressions import written
from tests import factories

SAMPLE: dict[str, Any] = json.loads((factories.RULEBOOKS / "rating_rules.json").read_text("utf-8"))["rows"][0]
FORMS = {row["code"]: row for row in factories.sample("rulebooks/forms.json")["rows"]}
SHOP = UUID(int=1)


def changed(**members: Any) -> dict[str, Any]:
    row = deepcopy(SAMPLE)
    for path, value in members.items():
        *way, last = path.split("__")
        into: Any = row
        for step in way:
            into = into[int(step) if step.isdigit() else step]
        into[last] = value
    return row


@pytest.mark.parametrize(
    "members, path, code",
    [
        ({"score": "base / (3 - 3)"}, "/rows/0/score", "formula_divides_by_zero"),
        ({"black": "mood < 10"}, "/rows/0/black", "formula_unknown_field"),
        ({"events__1__points": "repeats +"}, "/rows/0/events/1/points", "formula_syntax"),
        ({"events__0__decay": "points ** age_days"}, "/rows/0/events/0/decay", "formula_not_allowed"),
        ({"events__1__code": "goods_outside"}, "/rows/0/events/1/code", "code_twice"),
        ({"events__1__categories": ["work_outdoors"]}, "/rows/0/events/1/categories", "code_twice"),
        ({"events__4__form": "none"}, "/rows/0/events/4/form", "unknown_code"),
        ({"events__4__when": "depth > 3"}, "/rows/0/events/4/when", "formula_unknown_field"),
        ({"events__4__points": "score / 0"}, "/rows/0/events/4/points", "formula_divides_by_zero"),
        ({"events__4__when": None}, "/rows/0/events/4", "malformed"),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused_with_its_place(
    members: dict[str, Any], path: str, code: str
) -> None:
    with pytest.raises(BookRefused) as refused:
        BOOK.read([changed(**members)], lambda _: FORMS, rows_max=10)
    assert [(fault.path, fault.code) for fault in refused.value.found] == [(path, code)]
    with pytest.raises(BookRefused, match="one row wanted"):
        BOOK.read([SAMPLE, {**SAMPLE, "code": "again"}], lambda _: FORMS, rows_max=10)


ENTRIES = st.lists(
    st.tuples(
        st.sampled_from([(PLUS, "helped"), (MINUS, "goods_outside")]),
        st.dates(date(2026, 1, 1), date(2026, 12, 31)),
        st.fractions(0, 20, max_denominator=7),
    ),
    max_size=12,
)


@given(ENTRIES, st.integers())
@settings(max_examples=25)
def test_a_score_does_not_depend_on_the_order_in_which_entries_are_read(made: list[Any], seed: int) -> None:
    scheme = Scheme(1, RatingRule.model_validate(SAMPLE))
    entries = [Entry(1, SHOP, 1, "rating.opened", {"base": 100})]
    for nth, ((action, event), on, points) in enumerate(made, start=2):
        body = {"event": event, "on": on.isoformat(), "points": str(points), "rules": 1}
        entries.append(Entry(nth, SHOP, nth, action, body))
    shuffled = entries.copy()
    random.Random(seed).shuffle(shuffled)
    on = date(2026, 12, 31)
    rated = rate(entries, {1: scheme}, scheme, on)
    assert rated == rate(shuffled, {1: scheme}, scheme, on)
    assert 0 <= rated.score <= 150 and rated.good_months <= 12
    assert (rated.stars == 5) == (rated.good_months >= 10)
    # An appeal that takes all of them out leaves what the ledger began with.
    voids = {"voids": [entry.id for entry in entries[1:]]}
    appeal = Entry(99, SHOP, 99, "rating.appeal_upheld", voids)
    assert written(rate([*entries, appeal], {1: scheme}, scheme, on).score) == "100"
