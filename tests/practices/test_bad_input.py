"""What people get wrong with the practices: refused in plain words with its place, and nothing of it is kept."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from datetime import date
from functools import reduce
from pathlib import Path
from typing import Any
from uuid import uuid4

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

import server.rulebooks.books
from tests import factories
from tests.conftest import StandingClock
from tests.factories import CORNER, JINSHA, NOW
from tests.server.cases.desk import SignIn
from tests.server.documents.doors import letter, put_document
from tests.server.enforcement.bureau import certify, make_bureau

API = "/api/v1"
_COUNTS = """
SELECT c.relname, query_to_xml('SELECT count(*) FROM ' || CAST(c.oid AS regclass), false, true, '')::text
FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = CAST('public' AS regnamespace)
"""


@contextmanager
def nothing_kept(owner: Engine) -> Iterator[None]:
    """Whatever is asked inside, afterwards every table has as many rows as before."""

    def counts() -> dict[str, str]:
        with owner.connect() as connection:
            return {name: count for name, count in connection.execute(text(_COUNTS))}

    before = counts()
    yield
    after = counts()
    assert {name for name in after if after[name] != before[name]} == set()


Refused = Callable[..., dict[str, Any]]


@pytest.fixture
def refused(client: FlaskClient) -> Refused:
    """`refused(headers, method, path, body, status, code, at, ...)`: the problem, as RFC 9457 wants it.

    `at`: where the fault is, said last in `errors`; further members are as the problem has them. Bytes are sent as
    they are.
    """

    def check(
        headers: dict[str, str],
        method: str,
        path: str,
        body: Any,
        status: int,
        code: str,
        at: str | None = None,
        **members: Any,
    ) -> dict[str, Any]:
        sent: dict[str, Any] = {"data": body} if isinstance(body, bytes) else {"json": body}
        answer = client.open(API + path, method=method, headers=headers, **sent)
        assert answer.status_code == status, (path, body, answer.text)
        problem: dict[str, Any] = answer.get_json()
        assert answer.content_type == "application/problem+json"
        assert (problem["code"], problem["type"]) == (code, f"urn:frontage:problem:{code}")
        assert problem["title"] != problem["title_en"] and problem["instance"] == API + path.partition("?")[0]
        assert {name: problem.get(name) for name in members} == members, path
        if at is not None:
            assert [error["path"] for error in problem["errors"]] == [at], problem["errors"]
        return problem

    return check


# --- Rulebooks ------------------------------------------------------------------------------------------------

FORMULAS: Sequence[tuple[str, tuple[Any, ...]]] = (
    ("forms", (0, "score")),
    ("forms", (0, "heads", 0, "score")),
    ("rating_rules", (0, "score")),
    ("rating_rules", (0, "red")),
    ("rating_rules", (0, "black")),
    ("rating_rules", (0, "five_star")),
    ("rating_rules", (0, "events", 0, "points")),
    ("rating_rules", (0, "events", 0, "decay")),
    ("rating_rules", (0, "events", 4, "points")),
    ("rating_rules", (0, "events", 4, "when")),
    ("scorecards", (0, "parts", 0, "points")),
    ("major_rules", (0, "condition")),
    ("leniency_lists", (0, "conditions", 0, "holds")),
)
UNUSABLE = (
    ("10 / (3 - 3)", "divides by nought", 1),
    ("1 + moods", "there is no moods", 5),
)
UNUSABLE_ANYWHERE: Sequence[tuple[str, str, int | None]] = (
    ("amount_yuan % 0.0", "divides by nought", 1),
    ("amount_yuan.real", "cannot be used here", 1),
    ("open('x')", "cannot be used here", 1),
    ("'%999999999d' % amount_yuan", "cannot be used here", 1),
    ("round(amount_yuan, 99999999)", "cannot be used here", 1),
    ("amount_yuan > 1e999", "cannot be used here", 15),
    ("amount_yuan >", "cannot be read", 13),
    ("-" * 400 + "1", "parts within parts", None),
    ("1 + " * 150 + "1", "too long", None),
)


def put_into(rows: list[Any], way: tuple[Any, ...], value: str) -> None:
    *steps, last = way
    reduce(lambda at, step: at[step], steps, rows)[last] = value


def test_a_formula_that_cannot_be_used_is_refused_at_import_with_row_place_and_column(
    sign_in: SignIn, owner: Engine, refused: Refused
) -> None:
    written = {
        path.stem
        for path in Path(server.rulebooks.books.__file__).parent.glob("*.py")
        if "formula_faults(" in path.read_text("utf-8")
    }
    assert written == {kind for kind, _ in FORMULAS}
    admin = sign_in("admin")
    samples = {kind: factories.sample(f"rulebooks/{kind}.json")["rows"] for kind, _ in FORMULAS}
    for kind in ("forms", "scorecards"):
        factories.make_rulebook(owner, kind)
    factories.make_rulebook(owner, "legal_texts", valid_from=date(2022, 8, 1))

    def tried(kind: str, way: tuple[Any, ...], formula: str, says: str, column: int | None) -> None:
        rows = deepcopy(samples[kind])
        put_into(rows, way, formula)
        at = "/rows/" + "/".join(map(str, way))
        body = {"name": "x", "source": "x", "rows": rows}
        problem = refused(admin, "POST", f"/rulebooks/{kind}/drafts", body, 422, "rulebook_refused", at)
        (error,) = problem["errors"]
        assert says in error["message"], error
        assert column is None or f"column {column}:" in error["message"], error

    with nothing_kept(owner):
        for kind, way in FORMULAS:
            for unusable in UNUSABLE:
                tried(kind, way, *unusable)
        for unusable_anywhere in UNUSABLE_ANYWHERE:
            tried("major_rules", (0, "condition"), *unusable_anywhere)


def test_rows_that_contradict_each_other_and_days_that_are_over_are_refused(
    client: FlaskClient, sign_in: SignIn, owner: Engine, refused: Refused
) -> None:
    reviewer = sign_in("reviewer")
    factories.make_rulebook(owner, "penalty_items")
    item = factories.sample("rulebooks/penalty_items.json")["rows"][0]
    power = {"code": "A", "body": JINSHA, "items": [item["code"]], "document": "委托书"}
    year = {"first_day": "2026-01-01", "last_day": "2026-12-31"}
    draft = client.post(
        f"{API}/rulebooks/penalty_items/drafts",
        json={"name": "x", "source": "x", "rows": [item]},
        headers=reviewer,
    ).get_json()["id"]

    def rows(kind: str, *given: dict[str, Any], at: str) -> None:
        body = {"name": "x", "source": "x", "rows": list(given)}
        refused(reviewer, "POST", f"/rulebooks/{kind}/drafts", body, 422, "rulebook_refused", at)

    def from_day(day: str, **reason: str) -> None:
        path = f"/rulebooks/penalty_items/drafts/{draft}/activate"
        refused(reviewer, "POST", path, {"valid_from": day}, 422, "rulebook_day_refused", **reason)

    with nothing_kept(owner):
        # Two delegations of one item share the last day of the year.
        rows(
            "delegations",
            {**power, **year},
            {**power, "code": "B", "first_day": "2026-12-31"},
            at="/rows/1/items",
        )
        rows("delegations", {**power, **year, "last_day": "2025-12-31"}, at="/rows/0/last_day")
        rows("delegations", {**power, **year, "items": ["none"]}, at="/rows/0/items")
        for amount in ("-1", "1.234", "1e400", "NaN"):
            rows("penalty_items", {**item, "amount_min_yuan": amount}, at="/rows/0/amount_min_yuan")
        rows(
            "penalty_items",
            {**item, "amount_min_yuan": "9", "amount_max_yuan": "8"},
            at="/rows/0/amount_min_yuan",
        )
        rows("penalty_items", item, item, at="/rows/1/code")
        # Decisions went by the set in force since 2022: none begins before it, and none on a day that is over.
        from_day("2026-08-31", reason="past")
        from_day("2021-01-01", reason="early")


# --- Subjects -------------------------------------------------------------------------------------------------


@pytest.fixture
def fronts(owner: Engine) -> list[str]:
    factories.make_organisations(owner)
    return [factories.make_zone(owner, at=(CORNER[0] + step * 1e-3, CORNER[1])) for step in range(3)]


def test_licences_persons_tenants_and_mergers_that_cross_are_refused(
    client: FlaskClient, sign_in: SignIn, owner: Engine, fronts: list[str], refused: Refused
) -> None:
    desk = sign_in("handler")
    why = {"reason": "登记"}
    said = {"name": "店", "kind": "shop", **why, "valid_from": "2026-08-01"}

    def made(zone: str, **others: Any) -> str:
        answer = client.post(
            f"{API}/subjects", json={**said, "places": [{"zone": zone}], **others}, headers=desk
        )
        assert answer.status_code == 201, answer.text
        return str(answer.get_json()["code"])

    def put(path: str, body: dict[str, Any]) -> None:
        answer = client.post(f"{API}/subjects/{path}", json={**body, **why}, headers=desk)
        assert answer.status_code == 200, answer.text

    one, two, three = made(fronts[0], licence="L1"), made(fronts[1], licence="L2"), made(fronts[2])
    put(f"{one}/persons", {"rank": 1, "name": "甲", "valid_from": "2026-08-10"})
    put(f"{three}/merge", {"into": two})
    bad: list[tuple[str, dict[str, Any], int, str, dict[str, Any]]] = [
        ("", {**said, "licence": "L1"}, 409, "subject_licence_taken", {"subject": one}),
        (f"/{one}/revisions", {"licence": "L2"}, 409, "subject_licence_taken", {"subject": two}),
        (
            f"/{one}/successors",
            {"name": "新", "kind": "shop", "licence": "L2"},
            409,
            "subject_licence_taken",
            {"subject": two},
        ),
        # Two who answer for one front, two first persons, two tenants at a time.
        (
            "",
            {**said, "places": [{"zone": fronts[0]}]},
            409,
            "subject_place_taken",
            {"subject": one, "zone": fronts[0]},
        ),
        ("", {**said, "places": [{"zone": fronts[0]}] * 2}, 422, "input_refused", {"at": "/places"}),
        (f"/{one}/places", {"zone": fronts[1]}, 409, "subject_place_taken", {"subject": two}),
        (
            "",
            {**said, "persons": [{"rank": 1, "name": "甲"}, {"rank": 1, "name": "乙"}]},
            422,
            "input_refused",
            {"at": "/persons"},
        ),
        (
            f"/{one}/persons",
            {"rank": 1, "name": "乙", "valid_from": "2026-08-05"},
            422,
            "subject_day_refused",
            {"since": "2026-08-10"},
        ),
        (
            f"/{one}/successors",
            {"name": "新", "kind": "shop", "on": "2026-07-01"},
            422,
            "subject_day_refused",
            {},
        ),
        (
            f"/{one}/revisions",
            {"name": "新", "valid_from": "2026-02-30"},
            422,
            "input_refused",
            {"at": "/valid_from"},
        ),
        # Into itself, in a ring, twice, into nothing.
        (f"/{one}/merge", {"into": one}, 422, "subject_merge_refused", {}),
        (f"/{two}/merge", {"into": three}, 409, "subject_merged", {"subject": two}),
        (f"/{three}/merge", {"into": one}, 409, "subject_merged", {"subject": two}),
        (f"/{one}/merge", {"into": "S-999999"}, 404, "not_found", {}),
        (f"/{one}/merge", {"into": "那家"}, 422, "input_refused", {"at": "/into"}),
    ]
    with nothing_kept(owner):
        for path, body, status, code, told in bad:
            refused(desk, "POST", f"/subjects{path}", {**why, **body}, status, code, **told)


def workbook(*sheets: list[tuple[Any, ...]]) -> bytes:
    book = openpyxl.Workbook()
    for nth, lines in enumerate(sheets):
        sheet = book.worksheets[0] if nth == 0 else book.create_sheet()
        for line in lines:
            sheet.append(line)
    into = io.BytesIO()
    book.save(into)
    return into.getvalue()


def test_a_register_on_the_wrong_sheet_with_formulas_doubles_or_a_million_rows_is_refused(
    client: FlaskClient, sign_in: SignIn, owner: Engine, fronts: list[str], refused: Refused
) -> None:
    desk = sign_in("handler")
    there = factories.make_subject(owner, zone=fronts[0], licence="L1")
    head = ("编号", "名称", "证照号", "责任区")
    register = [
        head,
        (None, '=CONCATENATE("甲","店")', "=1+1", fronts[1]),
        (None, "乙", "L2", fronts[1]),
        (None, "丙", "L2", fronts[2]),
        (None, "丁", None, f"{fronts[2]} {fronts[2]}"),
        (None, "戊", "L3", fronts[0]),
    ]
    path = "/subjects/imports?name=x"
    with nothing_kept(owner):
        checked = client.post(API + path, data=workbook(register), headers=desk).get_json()
        faults = {fault["path"]: fault["message"] for row in checked["items"] for fault in row["faults"]}
        assert "a formula" in faults["/rows/2/licence"] and "a formula" in faults["/rows/2/name"]
        assert "as in line 3" in faults["/rows/4/licence"] and "each zone once" in faults["/rows/5/places"]
        assert there.code in faults["/rows/6/zones"]
        refused(
            desk, "POST", f"{path}&plan={checked['plan']}", workbook(register), 422, "subject_rows_refused"
        )
        unreadable = {
            "columns wanted": workbook([("使用说明",)], register),
            "more than": ("名称,责任区\n" + "甲,乙\n" * 50_000).encode(),
            "columns wanted ": "名称,名称\n甲,乙\n".encode(),
        }
        for why, data in unreadable.items():
            problem = refused(desk, "POST", path, data, 422, "subject_file_refused", "/")
            assert why.strip() in problem["errors"][0]["message"]
        refused(desk, "POST", path, b"," * 9_000_000, 413, "body_too_large")


# --- Certificates, papers, court ------------------------------------------------------------------------------


def test_certificates_and_papers_against_the_order_of_days_are_refused(
    client: FlaskClient, sign_in: SignIn, owner: Engine, fronts: list[str], refused: Refused
) -> None:
    admin, manager = sign_in("admin"), sign_in("zone_manager")
    holder, other = (str(factories.make_account(owner).id) for _ in range(2))
    certify(owner, holder, number="C1")
    shop = factories.make_subject(owner, zone=fronts[0]).code
    for kind in ("document_kinds", "service_methods"):
        factories.make_rulebook(owner, kind)
    paper = put_document(client, manager, shop)
    served = {"how": "in_person", "outcome": "delivered", "served_at": NOW.isoformat()}
    card = {"account": holder, "number": "C2"}
    bad: list[tuple[str, str, dict[str, Any], int, str, dict[str, Any]]] = [
        (
            "POST",
            "/certificates",
            {**card, "first_day": "2027-01-02", "last_day": "2027-01-01"},
            422,
            "input_refused",
            {"at": "/last_day"},
        ),
        (
            "POST",
            "/certificates",
            {**card, "first_day": "2026-12-31", "last_day": "2027-12-31"},
            409,
            "certificate_taken",
            {},
        ),
        (
            "POST",
            "/certificates",
            {"account": other, "number": "C1", "first_day": "2026-12-31", "last_day": "2027-12-31"},
            409,
            "certificate_taken",
            {},
        ),
        (
            "PUT",
            f"/documents/{paper}/services/{uuid4()}",
            {**served, "served_at": "2026-08-31T10:00:00+08:00"},
            422,
            "input_refused",
            {"at": "/served_at"},
        ),
        (
            "PUT",
            f"/documents/{paper}/services/{uuid4()}",
            {**served, "served_at": "2026-09-02T10:00:00+08:00"},
            422,
            "input_refused",
            {"at": "/served_at"},
        ),
        (
            "PUT",
            f"/documents/{paper}/services/{uuid4()}",
            {**served, "how": "pigeon"},
            409,
            "rulebook_missing",
            {"row": "pigeon"},
        ),
        (
            "PUT",
            f"/letters/{uuid4()}",
            letter(shop, None, outcome="refused", valid_to="2026-09-01"),
            422,
            "input_refused",
            {"at": "/valid_to"},
        ),
        ("PUT", f"/letters/{uuid4()}", letter(shop, None), 422, "input_refused", {"at": "/photo"}),
        (
            "PUT",
            f"/letters/{uuid4()}",
            letter(shop, "0" * 64),
            422,
            "attachment_missing",
            {"sha256": ["0" * 64]},
        ),
    ]
    with nothing_kept(owner):
        for method, path, body, status, code, told in bad:
            refused(admin if path == "/certificates" else manager, method, path, body, status, code, **told)


# --- Ratings, leniency ----------------------------------------------------------------------------------------


def test_scores_appeals_and_leniency_out_of_time_or_above_the_fine_are_refused(
    client: FlaskClient,
    sign_in: SignIn,
    owner: Engine,
    fronts: list[str],
    clock: StandingClock,
    refused: Refused,
) -> None:
    manager, reviewer = sign_in("zone_manager"), sign_in("reviewer")
    for kind in ("rating_rules", "first_offence", "leniency_lists"):
        factories.make_rulebook(owner, kind)
    shop = factories.make_subject(owner, zone=fronts[0], valid_from=date(2026, 8, 15)).code
    score = {"subject": shop, "event": "refused_cooperation", "on": "2026-08-20", "reason": "拒绝改正"}
    matter = {"subject": shop, "item": "illegal_signs", "on": "2026-08-30", "facts": {"at_fault": False}}
    whole = {"amount_yuan": 100, "reason": "他人所为", "education": "当面教育", "educated_on": "2026-08-31"}
    mild = {**matter, "row": "shall_no_fault", **whole}
    entry, decision = "/ratings/entries/{}", "/leniency/decisions/{}"
    bad: list[tuple[str, dict[str, Any], int, str, dict[str, Any]]] = [
        (entry, {**score, "on": "2026-08-14"}, 422, "input_refused", {"at": "/on"}),
        (entry, {**score, "on": "2026-09-02"}, 422, "input_refused", {"at": "/on"}),
        (entry, {**score, "event": "none"}, 422, "input_refused", {"at": "/event"}),
        (decision, {**mild, "amount_yuan": -1}, 422, "input_refused", {"at": "/amount_yuan"}),
        (decision, {**mild, "amount_yuan": 1.234}, 422, "input_refused", {"at": "/amount_yuan"}),
        (decision, {**mild, "imposed_yuan": 101}, 422, "input_refused", {"at": "/imposed_yuan"}),
        (decision, {**mild, "on": "2026-09-02"}, 422, "input_refused", {"at": "/on"}),
        (decision, {**mild, "educated_on": "2026-08-29"}, 422, "input_refused", {"at": "/educated_on"}),
        (decision, {**mild, "educated_on": "2026-09-02"}, 422, "input_refused", {"at": "/educated_on"}),
        (decision, {**mild, "facts": {"at_fault": 1}}, 422, "input_refused", {"at": "/facts/at_fault"}),
        (decision, {**mild, "facts": {}}, 409, "leniency_not_offered", {"unknown": ["no_fault"]}),
        (decision, {**mild, "row": "none"}, 409, "rulebook_missing", {"kind": "leniency_lists"}),
    ]
    with nothing_kept(owner):
        for path, body, status, code, told in bad:
            asking = manager if path == entry else reviewer
            refused(asking, "PUT", path.format(uuid4()), body, status, code, **told)

    for nth in range(3):
        client.put(f"{API}{entry.format(uuid4())}", json={**score, "on": f"2026-08-2{nth}"}, headers=manager)
    proposed = client.post(
        f"{API}/ratings/publications", json={"on": "2026-09-01"}, headers=manager
    ).get_json()
    client.post(f"{API}/ratings/publications/{proposed['id']}/notice", headers=manager)
    appeal = {"subject": shop, "grounds": "不服"}
    clock.advance(days=16)
    with nothing_kept(owner):
        path = f"/ratings/publications/{proposed['id']}/appeals"
        refused(manager, "POST", path, appeal, 409, "rating_appeal_late", appeal_until="2026-09-16")


# --- Enforcement ----------------------------------------------------------------------------------------------


def test_steps_without_power_by_the_wrong_person_or_with_impossible_amounts_are_refused(
    client: FlaskClient, sign_in: SignIn, owner: Engine, refused: Refused
) -> None:
    bureau = make_bureau(client, owner, sign_in, kinds=("penalty_items", "major_rules", "procedures"))
    power = {"body": JINSHA, "document": "委托书", "first_day": "2022-09-01"}
    factories.make_rulebook(
        owner,
        "delegations",
        [
            {"code": "A", "items": ["spoil_dumped"], **power},
            {"code": "B", "items": ["fumes"], **power, "last_day": "2026-08-31"},
        ],
    )
    handler, case = bureau.desk.headers("handler"), bureau.desk.to("handling")
    filing = {"officers": bureau.officers, "item": "spoil_dumped", "party_name": "测试渣土公司"}
    proceedings = f"/cases/{case}/proceedings"
    with nothing_kept(owner):
        over = {"item": "fumes", "ended_on": "2026-08-31"}
        refused(handler, "POST", proceedings, {**filing, "item": "fumes"}, 409, "delegation_missing", **over)
        refused(handler, "POST", proceedings, {**filing, "item": "none"}, 422, "input_refused", "/item")
        refused(
            handler,
            "POST",
            proceedings,
            {**filing, "party_name": None},
            409,
            "step_refused",
            guard="party_known",
        )

    number = bureau.heard(case, "20000")
    bureau.took("handler", number, "submit_review")
    version = bureau.proceeding(number)["version"]
    step = f"/proceedings/{number}/steps"
    with nothing_kept(owner):
        opinion = {"version": version, "note": "同意"}
        refused(handler, "POST", f"{step}/approve", opinion, 409, "review_by_own_officer")
    bureau.took("reviewer", number, "approve", note="事实清楚")
    version = bureau.proceeding(number)["version"]
    decided = {"version": version, "officers": bureau.officers, "outcome": "penalty", "amount_yuan": "20000"}
    with nothing_kept(owner):
        for amount in ("-1", "1.234", "1e400"):
            body = {**decided, "amount_yuan": amount}
            refused(handler, "POST", f"{step}/decide", body, 422, "input_refused", "/amount_yuan")
        for outcome, waived, most in (("penalty", "1", "0.00"), ("no_penalty_shall", "99999", "50000.00")):
            body = {**decided, "outcome": outcome, "waived_yuan": waived}
            body |= {} if outcome == "penalty" else {"amount_yuan": None}
            refused(handler, "POST", f"{step}/decide", body, 422, "amount_refused", "/waived_yuan", most=most)
        stale = {**decided, "version": 1}
        refused(handler, "POST", f"{step}/decide", stale, 409, "step_refused", guard="version")
