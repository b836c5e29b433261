"""Row 11: a ledger of scores for each subject, and a red and a black list computed from them, again to the same bytes.

An upheld appeal takes an entry off the list and publishes a correction; what was published stays as it was.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import orjson
import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from server import schema
from server.deployment import WORKER_ROLE
from server.jobs import connect
from server.ratings import standing
from server.ratings.chain import verify_scores
from server.ratings.entering import enter_all_due, scheme_of
from server.ratings.replay import Entry, content_of
from tests import factories
from tests.conftest import StandingClock
from tests.factories import JINXIN
from tests.postgres import TestServer
from tests.server.cases.desk import BEFORE_SOUTH, Desk, SignIn, make_desk
from tests.server.records.filing import filed

API = "/api/v1"


@pytest.fixture
def desk(client: FlaskClient, owner: Engine, sign_in: SignIn) -> Desk:
    factories.make_rulebook(owner, "rating_rules")
    return make_desk(client, owner, sign_in)


@pytest.fixture
def ask(client: FlaskClient) -> Callable[..., Any]:
    """`ask(headers, method, path, **body)` -> (status, JSON)."""

    def asked(headers: dict[str, str] | None, method: str, path: str, **body: Any) -> tuple[int, Any]:
        sent: dict[str, Any] = {"json": body} if method in ("POST", "PUT") else {"query_string": body}
        answer = client.open(f"{API}{path}", method=method, headers=headers, **sent)
        return answer.status_code, answer.get_json()

    return asked


def enter(ask: Callable[..., Any], who: dict[str, str], subject: str, event: str, times: int = 1) -> Any:
    told = None
    for nth in range(times):
        body = {"subject": subject, "event": event, "on": f"2026-08-{20 + nth}", "reason": "巡查记录"}
        status, told = ask(who, "PUT", f"/ratings/entries/{uuid4()}", **body)
        assert status == 201, told
    return told


def test_row_11_red_black_list_is_replayed_to_the_same_list_and_an_upheld_appeal_is_corrected(
    desk: Desk, owner: Engine, ask: Callable[..., Any], clock: StandingClock, sign_in: SignIn
) -> None:
    untidy = factories.make_subject(owner, zone="F-SOUTH", name="杂货铺")
    tidy = factories.make_subject(owner, zone="F-NORTH", name="水果店")
    middling = factories.make_subject(owner, name="修车铺", township=JINXIN)
    manager, reviewer, officer = sign_in("zone_manager"), sign_in("reviewer"), sign_in("officer")

    # A closed case is entered by itself, others by hand; nobody enters twice under one id.
    number = desk.to("closed", BEFORE_SOUTH)
    enter(ask, officer, untidy.code, "refused_cooperation", 2)
    tried = ask(officer, "POST", "/ratings/trial", subject=tidy.code, event="helped", on="2026-08-20")[1]
    assert (tried["points"], tried["score"], tried["colour"]) == ("5", "100", None)
    entered = enter(ask, officer, tidy.code, "helped")
    assert (tried["score_after"], tried["colour_after"]) == (entered["score"], entered["colour"])
    again = {"subject": middling.code, "event": "well_kept", "on": "2026-08-20", "reason": "整洁"}
    entry = f"/ratings/entries/{uuid4()}"
    assert [ask(manager, "PUT", entry, **again)[0] for _ in range(2)] == [201, 200]
    status, problem = ask(manager, "PUT", entry, **{**again, "event": "helped"})
    assert (status, problem["code"]) == (409, "rating_entry_conflict")

    status, proposed = ask(manager, "POST", "/ratings/publications", on="2026-09-01")
    assert status == 201, proposed
    listed = {one["subject"]["code"]: (one["colour"], one["score"]) for one in proposed["entries"]}
    # 100 - 5 (case, first time) - 10 - 10; 100 + 5; 102 is on no list.
    assert listed == {untidy.code: ("black", "75"), tidy.code: ("red", "105")}
    rating = ask(officer, "GET", f"/ratings/subjects/{untidy.code}")[1]
    assert {one["case"] for one in rating["entries"]} == {number, None}
    assert (rating["score"], rating["chain_whole"]) == ("75", True)
    one, replay = (f"/ratings/publications/{proposed['id']}{tail}" for tail in ("", "/replay"))
    # A later list counts a case no more that is opened again; this one stays as it was.
    desk.did("dispatcher", number, "reopen", reason="回头看仍有堆物")
    later = ask(manager, "POST", "/ratings/publications", on="2026-09-01")[1]["entries"]
    assert {line["subject"]["code"]: line["score"] for line in later} == {untidy.code: "80", tidy.code: "105"}
    assert ask(manager, "GET", replay)[1]["same"] is True
    assert_rebuilt(owner, proposed["id"])

    # The notice: nobody appeals before it, and nothing is published while it runs or an appeal is open.
    appeal = {"subject": untidy.code, "grounds": "当日已配合,记录有误"}
    assert ask(officer, "POST", f"{one}/appeals", **appeal)[1]["code"] == "rating_appeal_early"
    noticed = ask(manager, "POST", f"{one}/notice")[1]
    assert (noticed["state"], noticed["notice_until"], noticed["appeal_until"]) == (
        "noticed",
        "2026-09-06",
        "2026-09-16",
    )
    with owner.connect() as connection:
        notices = connection.execute(
            text("SELECT subject_id, content FROM document WHERE kind = 'notice'")
        ).all()
    assert {row.subject_id for row in notices} == {untidy.id, tidy.id}
    assert all("2026-09-16" in str(row.content) for row in notices)
    status, appealed = ask(officer, "POST", f"{one}/appeals", **appeal)
    assert status == 201, appealed
    assert ask(officer, "POST", f"{one}/appeals", **appeal)[1]["code"] == "rating_appeal_made"
    assert ask(manager, "POST", f"{one}/publish")[1]["code"] == "rating_notice_runs"
    clock.advance(days=6)
    assert ask(manager, "POST", f"{one}/publish")[1]["code"] == "rating_appeals_open"

    # It is decided by a reviewer who wrote none of it.
    (appeal_id,) = (line["appeal"]["id"] for line in appealed["entries"] if line["appeal"])
    decision = f"/ratings/appeals/{appeal_id}/decision"
    upheld = {"upheld": True, "reason": "视频显示已配合"}
    with owner.begin() as connection:
        connection.execute(
            text(
                "UPDATE account SET role = 'reviewer' "
                "WHERE id = (SELECT made_by FROM rating_appeal WHERE id = :id)"
            ),
            {"id": appeal_id},
        )
    assert ask(officer, "POST", decision, **upheld)[1]["code"] == "rating_appeal_own"
    status, decided = ask(reviewer, "POST", decision, **upheld)
    assert status == 200, decided
    (corrected,) = (line for line in decided["entries"] if line["correction"])
    assert (corrected["subject"]["code"], corrected["colour"]) == (untidy.code, "black")
    assert corrected["correction"]["colour"] is None and corrected["correction"]["score"] == "100"
    assert ask(reviewer, "POST", decision, **upheld)[1]["code"] == "rating_appeal_decided"

    assert ask(None, "GET", "/open/ratings")[1]["published_at"] is None
    status, published = ask(manager, "POST", f"{one}/publish")
    assert (status, published["state"], published["digest"]) == (200, "published", proposed["digest"])
    shown = ask(None, "GET", "/open/ratings")[1]
    assert [(line["code"], line["name"], line["colour"]) for line in shown["items"]] == [
        (tidy.code, "水果店", "red")
    ]
    (correction,) = shown["corrections"]
    assert (correction["code"], correction["colour_before"], correction["colour"]) == (
        untidy.code,
        "black",
        None,
    )
    assert ask(officer, "GET", f"/ratings/subjects/{untidy.code}")[1]["score"] == "100"

    # What was published can still be made again, though the ledger has gone on; and appeals have an end.
    assert ask(manager, "GET", replay)[1]["same"] is True
    assert_rebuilt(owner, proposed["id"])
    clock.advance(days=11)
    late = ask(manager, "POST", f"{one}/appeals", subject=tidy.code, grounds="不服")
    assert (late[0], late[1]["code"], late[1]["appeal_until"]) == (409, "rating_appeal_late", "2026-09-16")


def assert_rebuilt(owner: Engine, list_id: str) -> None:
    """Worked out from the ledgers in whatever order they are read, a list is the bytes that were kept."""
    with owner.connect() as connection:
        kept = connection.execute(
            text("SELECT on_day, rules_id, through, content FROM rating_list WHERE id = :id"), {"id": list_id}
        ).one()
        rows = connection.execute(
            text("SELECT id, subject_id, seq, action, body FROM score_entry WHERE id <= :through"),
            {"through": kept.through},
        ).all()
        scheme = scheme_of(connection, kept.rules_id)
        codes = {row.id: row.code for row in connection.execute(text("SELECT id, code FROM subject"))}
        entries = [Entry(row.id, row.subject_id, row.seq, row.action, orjson.loads(row.body)) for row in rows]
        schemes = standing.schemes_of(connection, entries, scheme)
    for seed in (1, 2):
        random.Random(seed).shuffle(entries)
        rated = standing.rate_all(entries, {}, schemes, scheme, kept.on_day)
        listed = {subject: one for subject, one in rated.items() if one.colour}
        assert content_of(listed, codes, scheme, kept.on_day).decode() == kept.content


def test_row_11_the_worker_enters_cases_and_records_points_fade_and_merged_subjects_count_as_one(
    client: FlaskClient,
    desk: Desk,
    owner: Engine,
    ask: Callable[..., Any],
    sign_in: SignIn,
    postgres: TestServer,
    database_url: str,
) -> None:
    first = factories.make_subject(owner, zone="F-SOUTH", name="老店", valid_to=date(2026, 9, 2))
    second = factories.make_subject(owner, name="老店(重复登记)")
    manager, elsewhere = sign_in("zone_manager"), sign_in("officer", organisation=JINXIN)
    worker = schema.role_url(database_url, WORKER_ROLE, postgres.app_password)

    def look() -> int:
        with connect(worker) as connection:
            return enter_all_due(lambda statement, values: connection.execute(statement.bound, values))

    number = desk.to("closed", BEFORE_SOUTH)
    with owner.connect() as connection:
        # What somebody is about to change is left for the next look.
        connection.execute(text("UPDATE case_file SET state = 'dispatched' WHERE number = :n"), {"n": number})
        assert look() == 0
    assert [look(), look()] == [1, 0]
    seen = "/ratings/subjects/"
    _check_reopened(ask, desk, number, first.code, look)
    _check_records(ask, client, owner, sign_in, look)
    enter(ask, manager, second.code, "goods_outside")
    assert ask(manager, "GET", f"{seen}{first.code}")[1]["score"] == "95"
    with owner.begin() as connection:
        connection.execute(
            text("UPDATE subject SET merged_into = :root, merged_at = now() WHERE id = :id"),
            {"root": first.id, "id": second.id},
        )
    # Both records are one shop now: 5 for the case and 5 by hand; a further one takes 7, as it is a repeated one.
    merged = ask(manager, "GET", f"{seen}{second.code}")[1]
    assert (merged["subject"]["code"], merged["score"], merged["chain_whole"]) == (first.code, "90", True)
    repeated = enter(ask, manager, second.code, "goods_outside")
    assert repeated["score"] == "83"
    # A half after 90 days, nothing after 180.
    assert ask(manager, "GET", f"{seen}{first.code}", on="2026-12-05")[1]["score"] == "91.5"
    assert ask(manager, "GET", f"{seen}{first.code}", on="2027-03-15")[1]["score"] == "100"
    # Others see neither the ledger nor may they add to it.
    body = {"subject": first.code, "event": "helped", "on": "2026-08-20", "reason": "x"}
    assert ask(elsewhere, "GET", f"{seen}{first.code}")[0] == 404
    assert ask(elsewhere, "PUT", f"/ratings/entries/{uuid4()}", **body)[0] == 404

    with owner.begin() as connection:
        connection.execute(text("ALTER TABLE score_entry DISABLE TRIGGER score_entry_append_only"))
        connection.execute(
            text(
                'UPDATE score_entry SET body = replace(body, \'"points":"5"\', \'"points":"1"\') WHERE seq = 2'
            )
        )
    assert ask(manager, "GET", f"{seen}{first.code}")[1]["chain_whole"] is False
    with owner.connect() as connection:
        told = " ".join(verify_scores(connection))
    assert first.code in told and second.code in told


def _check_reopened(
    ask: Callable[..., Any], desk: Desk, number: str, shop: str, look: Callable[[], int]
) -> None:
    """What was entered for a case that is opened again counts no more; closed again it is entered as it is then."""
    manager = desk.sign_in("zone_manager")
    again = ("accept", "start", "after", "reply", "pass")

    def rating() -> tuple[str, list[tuple[str, bool]]]:
        told = ask(manager, "GET", f"/ratings/subjects/{shop}")[1]
        assert told["chain_whole"] is True
        return told["score"], [(one["action"], one["voided"]) for one in told["ledger"] if one["case"]]

    def reopen() -> None:
        desk.did("dispatcher", number, "reopen", reason="回头看仍有堆物")

    entered, counted = ("rating.minus", True), ("rating.minus", False)
    reopened = ("rating.reopened", False)
    assert rating() == ("95", [counted])
    reopen()
    assert ([look(), look()], rating()) == ([1, 0], ("100", [entered, reopened]))
    desk.walk(number, *again)
    # What counts no more is no repetition either: it takes five points as it did.
    assert ([look(), look()], rating()) == ([1, 0], ("95", [entered, reopened, counted]))
    # Opened and closed more than once before anybody looked: taken out once, and entered once.
    for _ in range(2):
        reopen()
        desk.walk(number, *again)
    assert [look(), look()] == [1, 0]
    assert rating() == ("95", [entered, reopened, entered, reopened, counted])


def _check_records(
    ask: Callable[..., Any],
    client: FlaskClient,
    owner: Engine,
    sign_in: SignIn,
    look: Callable[[], int],
) -> None:
    """A record is entered by the rule that names its form; corrected, it counts no more, and lists stay."""
    shop = factories.make_subject(owner, zone="F-NORTH", name="北店").code
    manager, officer = sign_in("zone_manager"), sign_in("officer")
    left, cleared = {"cleared": False, "ice": True}, {"cleared": True, "ice": False}

    def file(answers: dict[str, bool], **more: str) -> str:
        return str(filed(client, officer, "snow_clearing", answers, about="F-NORTH", **more)["id"])

    def rating() -> tuple[str, list[tuple[str, str | None, bool]]]:
        told = ask(manager, "GET", f"/ratings/subjects/{shop}")[1]
        assert told["chain_whole"] is True
        return told["score"], [
            (one["action"], one["record"], one["voided"]) for one in told["ledger"] if one["record"]
        ]

    found, fine = file(left), file(cleared)
    assert (look(), rating()) == (2, ("97", [("rating.minus", found, False)]))
    status, listed = ask(manager, "POST", "/ratings/publications", on="2026-09-01")
    assert status == 201
    corrected, again = file(cleared, corrects=found), file(left, corrects=fine)
    # What was corrected is no repetition either: the next one takes three points as the first did.
    assert (look(), rating()) == (
        2,
        (
            "97",
            [
                ("rating.minus", found, True),
                ("rating.record_corrected", corrected, False),
                ("rating.minus", again, False),
            ],
        ),
    )
    assert ask(manager, "GET", f"/ratings/publications/{listed['id']}/replay")[1]["same"] is True
    assert_rebuilt(owner, listed["id"])
