"""The pages of docs/ that the code is the source of say what it says, and the glossary names every word it uses."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from config import PREFIX, Config
from geo.observation import Kind
from geo.verdict import Verdict
from server import reference
from server.access import ROLES
from server.cases.states import State
from server.problems.answering import all_codes
from server.problems.request import StorageFull

DOCS = Path(__file__).resolve().parents[1] / "docs"
GLOSSARY_ROW = re.compile(
    r"^\| `(?P<word>[a-z_ ]+)` \| (?P<chinese>[^|]+) \| (?P<source>[^|]+) \| (?P<told>[^|]+) \|$"
)


def glossary() -> dict[str, re.Match[str]]:
    lines = (DOCS / "glossary.md").read_text(encoding="utf-8").splitlines()
    return {found["word"]: found for line in lines if (found := GLOSSARY_ROW.match(line))}


@pytest.mark.parametrize("name", reference.PAGES)
def test_a_generated_page_is_what_the_code_would_write_now(name: str) -> None:
    page: Callable[[], str] = reference.PAGES[name]
    written = (DOCS / name).read_text(encoding="utf-8")
    assert written == page(), "stale: run `python -m server.reference` and commit docs/"


def test_every_setting_is_explained_once() -> None:
    page = reference.configuration_page()
    explained = re.findall(rf"^\| `{PREFIX}([A-Z0-9_]+)` .* \| (.+) \|$", page, re.MULTILINE)
    assert sorted(name.lower() for name, _ in explained) == sorted(Config.model_fields)
    assert [name for name, reason in explained if not reason.strip()] == []


def test_every_problem_is_explained_once() -> None:
    codes = re.findall(r"^\| [45]\d\d \| `([a-z_]+)` \| ", reference.problems_page(), re.MULTILINE)
    assert sorted(codes) == sorted(all_codes())


def test_the_page_of_problems_names_each_status_as_the_class_does() -> None:
    rows = dict(re.findall(r"^\| ([45]\d\d) \| `([a-z_]+)` ", reference.problems_page(), re.MULTILINE))
    assert rows["507"] == StorageFull.code


@pytest.mark.parametrize(
    "words",
    [
        pytest.param([kind.value for kind in Kind], id="kinds of zone"),
        pytest.param(ROLES, id="roles"),
        pytest.param([state.key for state in State], id="states of a case"),
        pytest.param([verdict.value for verdict in Verdict], id="verdicts"),
    ],
)
def test_the_glossary_names_every_word_of_a_closed_list(words: list[str]) -> None:
    assert set(words) - set(glossary()) == set()


def test_every_row_of_the_glossary_is_whole() -> None:
    text = (DOCS / "glossary.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert len(rows) == len(glossary()) > 30
    for word, row in glossary().items():
        assert re.search(r"[\u4e00-\u9fff]", row["chinese"]), word
        assert row["source"].strip(), word
        assert row["told"].strip().endswith("."), word


def test_links_between_pages_lead_somewhere() -> None:
    broken = [
        f"{page.name}: {target}"
        for page in [*DOCS.rglob("*.md"), DOCS.parent / "README.md"]
        if page.exists()
        for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []
