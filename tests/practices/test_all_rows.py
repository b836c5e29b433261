"""Every practice has its line in docs/practices.md, and every line a test that is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs" / "practices.md"
ROWS = range(1, 43)
LINE = re.compile(
    r"^\| (?P<row>\d+) \|.*\| `(?P<path>tests/[\w/]+\.py)::(?P<name>test_row_\d\d_\w+)` \|$", re.MULTILINE
)
TEST = re.compile(r"^def (?P<name>test_row_(?P<row>\d\d)_\w+)\(", re.MULTILINE)


def rows_tested() -> Iterator[tuple[int, str, str]]:
    """Row, path and name of each test that pytest collects as one of a row."""
    for path in (ROOT / "tests").rglob("test_*.py"):
        for found in TEST.finditer(path.read_text(encoding="utf-8")):
            yield int(found["row"]), path.relative_to(ROOT).as_posix(), found["name"]


THERE = frozenset(rows_tested())


@pytest.mark.parametrize("row", ROWS)
def test_every_practice_has_a_line_that_names_a_test_of_its_row(row: int) -> None:
    named = {
        (int(line["row"]), line["path"], line["name"])
        for line in LINE.finditer(TABLE.read_text(encoding="utf-8"))
    }
    of_row = {one for one in named if one[0] == row}
    assert of_row, f"row {row} has no line in docs/practices.md"
    assert of_row <= THERE, f"a test is not there: {sorted(of_row - THERE)}"


def test_no_row_is_tested_that_is_none_of_the_practices() -> None:
    assert {row for row, _, _ in THERE} == set(ROWS)
