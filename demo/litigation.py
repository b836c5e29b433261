"""Court in the demo: history as the article of 2022 counts it, suits that go on, one of a case, a term ending soon."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

ASK = Callable[..., dict[str, Any]]
REVIEWER = "reviewer01"
_JINSHA, _XINGREN = "320612001", "320612117"
_ABOUT_A_CASE = "(示例)行初 101 号"
# Days before now and what happened. The term of the application has 270 days by the sample rules: it ends in 12.
_MATTERS: tuple[tuple[str, str, str, tuple[tuple[int, dict[str, Any]], ...]], ...] = (
    (
        "lawsuit",
        _ABOUT_A_CASE,
        _JINSHA,
        ((12, {"kind": "accepted"}), (3, {"kind": "document", "document": "evidence"})),
    ),
    (
        "lawsuit",
        "(示例)行初 88 号",
        _XINGREN,
        (
            (120, {"kind": "accepted"}),
            (110, {"kind": "answered"}),
            (75, {"kind": "hearing"}),
            (40, {"kind": "ended", "outcome": "upheld"}),
        ),
    ),
    (
        "reconsideration",
        "(示例)行复 37 号",
        _JINSHA,
        (
            (60, {"kind": "accepted"}),
            (54, {"kind": "answered"}),
            (20, {"kind": "ended", "outcome": "settled"}),
        ),
    ),
    ("reconsideration", "(示例)行复 41 号", _XINGREN, ((8, {"kind": "accepted"}),)),
    (
        "court_enforcement",
        "(示例)强执 5 号",
        _JINSHA,
        (
            (258, {"kind": "served"}),
            (30, {"kind": "urged"}),
            (29, {"kind": "document", "document": "urging_letter"}),
        ),
    ),
)


def go_to_court(ask: ASK, until: datetime, id_of: Callable[[str], str]) -> None:
    """Keep what is known of court; what is there already stays."""
    fined = next(iter(ask(REVIEWER, "GET", "/decisions?outcome=penalty&limit=1", None)["items"]), None)
    there = {one["reference"] for one in ask(REVIEWER, "GET", "/litigation/matters?limit=500", None)["items"]}
    for kind, reference, township, steps in _MATTERS:
        if reference in there:
            continue
        matter = f"/litigation/matters/{id_of(f'matter/{reference}')}"
        # The newest suit is about a fine of the month; it stands in the history of that case.
        whose = {"case": fined["case"]} if fined and reference == _ABOUT_A_CASE else {"township": township}
        ask(REVIEWER, "PUT", matter, {"kind": kind, "reference": reference, **whose})
        for nth, (days, said) in enumerate(steps):
            on = (until - timedelta(days=days)).date().isoformat()
            entry = f"{matter}/entries/{id_of(f'matter/{reference}/{nth}')}"
            ask(REVIEWER, "PUT", entry, {**said, "on": on})


def history() -> Iterator[str]:
    """Lines of the file of matters of before: 313 penalty cases and 26 lawsuits, none lost, as the article has it."""
    yield "kind,reference,township,filed_on,accepted_on,ended_on,outcome,note"
    for nth in range(313):
        yield f"penalty,(示例)罚 {nth + 1:03d} 号,{_JINSHA},,,{2020 + nth % 3}-0{1 + nth % 6}-15,,"
    outcomes = ("upheld", "withdrawn", "settled")
    for nth in range(26):
        year = 2020 + nth % 2
        yield (
            f"lawsuit,(示例)行初 {nth + 1:02d} 号,{_JINSHA},{year}-03-0{1 + nth % 9},{year}-03-20,{year}-11-10,"
            f"{outcomes[nth % 3]},"
        )
