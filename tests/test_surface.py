"""What the whole surface has to have: access on every route, words for every code, help for every command, a use for
every statement. New code gets these guards for free.
"""

from __future__ import annotations

import ast
import re
import string
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import get_args

import click
import pytest
from flask_openapi3 import OpenAPI

from config import Config
from geo.observation import Kind
from geo.verdict import Verdict
from server import access
from server.app import create_app
from server.assessment.formulas import MEASURES
from server.assessment.handovers import COUNTS as HANDED
from server.assessment.means import UNTAGGED
from server.assessment.period_sheets import OF_MEANS, OF_SCORES, OF_STEPS
from server.assessment.workbook import OF_CASE, OF_COVERAGE, OF_FORMULA, OF_GROUP
from server.cases.deadlines.reading import NAMED
from server.cases.states import ACTIONS, TABLE, State, Told
from server.cli import main
from server.documents.wire import Outcome as ServiceOutcome
from server.enforcement import steps_table as enforcement
from server.enforcement.guards import PAPER_WAYS
from server.exports import timeline
from server.litigation.wire import AnyKind
from server.litigation.wire import Outcome as CourtOutcome
from server.messages import LANGUAGES, catalogue
from server.notices.events import EVENTS
from server.notices.outcome import Trouble
from server.notices.wire import HandoverState
from server.operation.check import TOPICS
from server.patrol.keeping.looking_ahead import RULES
from server.patrol.keeping.routes import What
from server.patrol.live.wire import AssistOutcome, LiveState, SosOutcome, SosState
from server.patrol.reads.routes import AccessWhy
from server.patrol.trackers.hearing import NOT_STORED
from server.patrol.tracks.looks import WHYS
from server.places.wire import KindName
from server.problems.answering import all_codes, every_problem
from server.problems.base import Problem
from server.problems.reports import PHOTO_CODES
from server.ratings.replay import ACTIONS as ACTIONS_OF_RATINGS
from server.records.files import LEADING
from server.records.wire import NoScore
from server.reports.wire import PhotoRole
from server.rulebooks.books.leniency_lists import FACTS, Branch
from server.rulebooks.books.means_tags import MEANS
from server.rulebooks.books.themes import Theme
from server.rulebooks.store import BOOKS
from server.subjects.sheets import CELL_FAULTS
from server.subjects.sheets import COLUMNS as SUBJECT_COLUMNS
from server.subjects.sheets import KINDS as SUBJECT_KINDS

ROOT = Path(__file__).resolve().parents[1]
CHINESE = re.compile(r"[\u4e00-\u9fff]")
LATIN = re.compile(r"[A-Za-z]{2}")
# As server.rulebooks.expressions names them.
FORMULA_FAULTS = ("divides_by_zero", "not_allowed", "syntax", "too_deep", "too_long", "unknown_field")


@pytest.fixture
def wired(config: Config) -> Iterator[OpenAPI]:
    """The app without a database: none of these questions needs one."""
    made = create_app(config, app_database_url="postgresql://frontage_app@nowhere.invalid/frontage")
    yield made
    made.extensions["frontage"].close()


# --- Routes ---------------------------------------------------------------------------------------------------


def test_every_route_declares_who_may_call_it(wired: OpenAPI) -> None:
    undeclared = [
        rule.rule
        for rule in wired.url_map.iter_rules()
        if access.declared(wired.view_functions[rule.endpoint]) is None
    ]
    assert undeclared == []


def test_a_route_that_declares_nothing_answers_500_and_does_nothing(wired: OpenAPI) -> None:
    called = []

    def forgotten() -> str:
        called.append(1)
        return "done"

    wired.add_url_rule("/forgotten", view_func=forgotten)
    assert wired.test_client().get("/forgotten").status_code == 500
    assert called == []


def test_every_role_of_the_database_is_a_role_of_the_code() -> None:
    told = (ROOT / "migrations" / "versions" / "0001_pre_people.py").read_text(encoding="utf-8")
    (line,) = [line for line in told.splitlines() if line.startswith("ROLES = ")]
    assert tuple(re.findall(r"'([a-z_]+)'", line)) == access.ROLES
    assert set(access.FIELD_ROLES) < set(access.ROLES)


# --- Problems -------------------------------------------------------------------------------------------------


def below(cls: type) -> Iterator[type]:
    child: type
    for child in cls.__subclasses__():
        yield child
        yield from below(child)


def test_the_catalogue_holds_every_problem_there_is() -> None:
    assert set(every_problem()) == set(below(Problem))


def test_no_two_problems_share_a_code() -> None:
    shared = [code for code, times in Counter(all_codes()).items() if times > 1]
    assert shared == []
    assert set(PHOTO_CODES) < set(all_codes())


@pytest.mark.parametrize("problem", list(every_problem()), ids=lambda problem: problem.__name__)
def test_a_problem_has_a_status_of_an_error_a_code_and_a_meaning(problem: type[Problem]) -> None:
    assert 400 <= problem.status < 600
    assert problem.__doc__
    for code in problem.codes():
        assert re.fullmatch(r"[a-z][a-z_]+", code)


# --- Messages -------------------------------------------------------------------------------------------------


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_both_catalogues_have_the_same_keys() -> None:
    chinese, english = (catalogue(language) for language in LANGUAGES)
    assert set(chinese) == set(english)


def test_both_languages_of_a_sentence_say_the_same_values() -> None:
    chinese, english = (catalogue(language) for language in LANGUAGES)
    differ = {key for key in chinese if placeholders(chinese[key]) != placeholders(english[key])}
    assert differ == set()


def test_each_catalogue_speaks_its_language() -> None:
    chinese, english = (catalogue(language) for language in LANGUAGES)
    assert [key for key, said in chinese.items() if not CHINESE.search(said)] == []
    assert [key for key, said in english.items() if CHINESE.search(said) or not LATIN.search(said)] == []


def texts(value: ast.expr, tree: ast.Module) -> set[str]:
    """Every string an expression can be: a literal, a choice of two, an entry of a dict, a name bound to one."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return {value.value}
    if isinstance(value, ast.IfExp):
        return texts(value.body, tree) | texts(value.orelse, tree)
    if isinstance(value, ast.Dict):
        return set().union(*(texts(entry, tree) for entry in value.values))
    if isinstance(value, ast.Subscript):
        return texts(value.value, tree)
    if isinstance(value, ast.Name):
        bound = [
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id == value.id for target in node.targets)
        ]
        return set().union(*(texts(one, tree) for one in bound))
    return set()


def said(callee: str, position: int, *folders: str, passed_on: tuple[str, ...] = ()) -> set[str]:
    """Codes given to `callee` as its argument at `position`, wherever in `folders` it is called.

    `passed_on` are expressions that hand a code on from somewhere else; any other that is no text fails.
    """
    found: set[str] = set()
    for path in [path for folder in folders for path in sorted((ROOT / folder).glob("*.py"))]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == callee:
                value = node.args[position]
                codes = texts(value, tree)
                assert codes or ast.unparse(value) in passed_on, (
                    f"{path.name}:{node.lineno}: which code is it?"
                )
                found |= codes
    return found


@cache
def keys_in_use() -> Mapping[str, set[str]]:
    """Every message key the code can ask for, by its first part."""
    every_why = said("Why", 0, "geo")
    datum_findings = {code for code in every_why if code.startswith("datum_")}
    return {
        "problem": set(all_codes()),
        "kind": set(get_args(KindName)) | {kind.value for kind in Kind},
        "state": {state.key for state in State},
        "action": set(ACTIONS),
        "guard": said("Refusal", 1, "server/cases"),
        # Of the table, of the parts an action opens, of whoever is named, and of clocks.
        "inbox": {row.entry for row in TABLE if row.told is not Told.NOBODY}
        | {"enforcement.submit_review", "enforcement.approve", "enforcement.object"}
        | {"case.assisted", "case.split", "case.assigned"}
        | {f"clock.{mark}" for mark in ("yellow", "red", "overdue", "escalated")}
        | {
            f"{practice}.{mark}" for practice in ("enforcement", "litigation") for mark in ("soon", "overdue")
        },
        "routing": said("Route", 2, "server/places"),
        "by_rule": {code for code in said("Route", 2, "server/places") if "rule" in code}
        # A rule may leave a case with a township that has no body.
        | {"township_without_body"},
        "why": every_why - datum_findings,
        # The last is found by the database, when a re-match is written.
        "finding": said("Finding", 0, "server/reports", passed_on=("why.code",))
        | datum_findings
        | {"rematch_differs_from_choice"},
        "account": said("AccountRefused", 0, "server/people"),
        "fault": said("Fault", 0, "server/cases/calendars", "server/cases/deadlines", "server/patrol/duty"),
        "clock": set(NAMED),
        "entry": set(timeline.KNOWN) | {"other"},
        "entry_detail": set(timeline.DETAILS),
        "entry_file": set(timeline.FILES),
        "photo_role": set(get_args(PhotoRole)),
        "publication": {"text", "street", "fine", "unit", "person"},
        "role": set(access.ROLES),
        "verdict": {verdict.value for verdict in Verdict},
        "complaint": said("Because", 0, "server/complaints"),
        "sign": said("Sign", 0, "server/dispatch"),
        "rule_fault": said("Fault", 0, "server/places/rules"),
        "category_fault": said("Fault", 0, "server/places/categories"),
        "plan_fault": said("Fault", 0, "server/patrol/coverage/plans"),
        "import": said("Fault", 0, "server/places/foreign", passed_on=("fault.code", "code")),
        "event": set(EVENTS),
        "delivery": {trouble.value for trouble in Trouble},
        "handover": set(get_args(HandoverState)),
        "measure": set(MEASURES),
        "means": {*MEANS, UNTAGGED, "target"},
        "handed": set(HANDED),
        "file": words_of_files(),
        "record_file": words_of_record_files(),
        "record_no_score": set(get_args(NoScore.model_fields["code"].annotation)),
        "backup": said("BackupRefused", 0, "server", "server/backup", "server/cli"),
        "operation": set(sentences_of_operation()),
        "rulebook": set(BOOKS),
        "rulebook_about": set(BOOKS),
        "rulebook_fault": said(
            "Fault", 0, "server/rulebooks", "server/rulebooks/books", passed_on=("f'formula_{refused.code}'",)
        )
        | {f"formula_{fault}" for fault in FORMULA_FAULTS},
        "theme": set(get_args(Theme)),
        "notice": said("_line", 0, "server/notices"),
        "tracker": set(NOT_STORED),
        "litigation": {"rate"},
        "litigation_kind": set(get_args(AnyKind)),
        "litigation_outcome": set(get_args(CourtOutcome)),
        "service_outcome": {*get_args(ServiceOutcome), "sending"},
        "subject_kind": set(SUBJECT_KINDS),
        "subject_column": set(SUBJECT_COLUMNS),
        "subject_row_fault": said("_fault", 0, "server/subjects", passed_on=("code",)) | set(CELL_FAULTS),
        "enforcement_state": {state.key for state in enforcement.State},
        "enforcement_step": set(enforcement.STEPS),
        "enforcement_outcome": set(enforcement.OUTCOMES),
        "enforcement_clock": {name for row in enforcement.TABLE for _, name in row.clocks}
        - {enforcement.ALL},
        "enforcement_paper": {*enforcement.PAPERS, "decision_on_spot", "decision_without_penalty"},
        "enforcement_how": {*PAPER_WAYS, "electronic"},
        "enforcement_guard": said("refused", 0, "server/enforcement"),
        "rating": {action.partition(".")[2] for action in ACTIONS_OF_RATINGS}
        | {"notice_title", "notice_text", "on_red", "on_black"},
        "fact": set(FACTS),
        "fact_choice": {f"{name}.{choice}" for name, fact in FACTS.items() for choice in fact.choices},
        "first_offence": {"warn", "case"},
        "leniency": {"open", "refused"}
        | {f"{branch}{end}" for branch in get_args(Branch) for end in ("", ".offered")},
        "look": set(WHYS),
        "access": set(get_args(AccessWhy)),
        "retention": set(RULES),
        "kept": {f"{what}_delete" for what in get_args(What)} | {"track_coarsen"},
        "live": set(get_args(LiveState)),
        "sos": set(get_args(SosState)),
        "sos_outcome": set(get_args(SosOutcome)),
        "assist_outcome": set(get_args(AssistOutcome)),
    }


def words_of_files() -> set[str]:
    """Of headings and what was asked: those that stand in the code, and those put together of columns."""
    written = (path.read_text(encoding="utf-8") for path in (ROOT / "server/assessment").glob("*.py"))
    named = {name for text in written for name in re.findall(r'"file\.([a-z_]+)"', text)}
    return {
        *named,
        *OF_GROUP,
        *OF_FORMULA,
        *OF_COVERAGE,
        *OF_MEANS,
        *OF_STEPS,
        *OF_SCORES,
        *(f"case_{name}" for name in OF_CASE if name not in MEASURES),
    }


def words_of_record_files() -> set[str]:
    written = (ROOT / "server/records/files.py").read_text(encoding="utf-8")
    return {*LEADING, *re.findall(r'word\("([a-z_]+)"\)', written)}


def sentences_of_operation() -> Iterator[str]:
    for name, topic in TOPICS.items():
        yield name
        yield from (f"{name}.{case}" for case in topic.well + topic.ill)
        yield from (f"{name}.{case}.do" for case in topic.ill)


@pytest.mark.parametrize("kind", sorted(keys_in_use()))
def test_every_code_has_its_words_and_every_word_its_code(kind: str) -> None:
    words = {key.partition(".")[2] for key in catalogue("zh-CN") if key.partition(".")[0] == kind}
    assert words == keys_in_use()[kind]
    assert words


def test_every_sentence_belongs_to_a_kind_that_is_looked_at() -> None:
    assert {key.partition(".")[0] for key in catalogue("zh-CN")} == set(keys_in_use())


# --- Commands -------------------------------------------------------------------------------------------------


def commands(group: click.Group, path: str = "frontage") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")


def test_every_command_has_help_in_both_languages() -> None:
    found = dict(commands(main))
    assert len(found) > 10
    mute = [
        path
        for path, command in found.items()
        if not (command.help and CHINESE.search(command.help) and LATIN.search(command.help))
    ]
    assert mute == []


def test_every_option_has_help() -> None:
    mute = [
        f"{path} {parameter.opts[0]}"
        for path, command in commands(main)
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.help
    ]
    assert mute == []


# --- Statements -----------------------------------------------------------------------------------------------

STATEMENT = re.compile(r"^-- (?P<name>[a-z][a-z0-9_]*) --\n(?P<next>.*)$", re.MULTILINE)
FILES = sorted((ROOT / "server").rglob("*.sql"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_statement_is_used_by_its_feature_and_says_its_purpose(path: Path) -> None:
    code = "\n".join(module.read_text(encoding="utf-8") for module in path.parent.glob("*.py"))
    found = list(STATEMENT.finditer(path.read_text(encoding="utf-8")))
    assert found
    for statement in found:
        assert re.search(rf"""SQL\[["']{statement["name"]}["']\]""", code), (
            f"{statement['name']} is never run"
        )
        assert re.match(r"-- [A-Z].{10,}", statement["next"]), (
            f"{statement['name']} does not say what it is for"
        )


def test_every_statement_that_is_run_exists() -> None:
    for folder in {path.parent for path in FILES}:
        written = {
            found["name"]
            for path in folder.glob("*.sql")
            for found in STATEMENT.finditer(path.read_text(encoding="utf-8"))
        }
        run = {
            name
            for module in folder.glob("*.py")
            for name in re.findall(r"""SQL\[["']([a-z0-9_]+)["']\]""", module.read_text(encoding="utf-8"))
        }
        assert run - written == set(), folder.name


def test_no_two_statements_share_a_name() -> None:
    # They are prepared under their names on one connection.
    names = Counter(
        found["name"] for path in FILES for found in STATEMENT.finditer(path.read_text(encoding="utf-8"))
    )
    assert [name for name, times in names.items() if times > 1] == []
