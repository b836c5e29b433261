"""Every sentence of the pages is said by some page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

WEB = Path(__file__).resolve().parents[1] / "web" / "src"
TEXT = re.compile(r'"([\w.-]+)"|`((?:[\w.-]|\$\{[^{}`]*\})+)`')
# Some words of its own, with a point: two values around a point could be anything.
NAMED = re.compile(r"[a-z]{3}.*\.|\..*[a-z]{3}")
HOLE = re.compile(r"\$\{[^{}`]*\}")


def said() -> tuple[set[str], re.Pattern[str]]:
    """Keys as they stand in the code, and those it puts together: `case.state_${state}`, `${words}.where`."""
    whole, parts = set(), set()
    for path in sorted(WEB.rglob("*.ts*")):
        for text, template in TEXT.findall(path.read_text("utf-8")):
            whole.add(text or template)
            if NAMED.search(HOLE.sub("", template)) and HOLE.search(template):
                parts.add(r"[\w.-]+".join(map(re.escape, HOLE.split(template))))
    return whole, re.compile("|".join(sorted(parts)))


@pytest.mark.parametrize("catalogue", ["words/zh-CN.json", "words/office/zh-CN.json"])
def test_every_sentence_of_the_pages_is_used(catalogue: str) -> None:
    whole, parts = said()
    keys = json.loads((WEB / catalogue).read_text("utf-8"))
    assert keys
    assert [key for key in keys if key not in whole and not parts.fullmatch(key)] == []
