"""Row 19: cases, reconsiderations and lawsuits with what came of them; rates show what they are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy import Engine

from tests import factories
from tests.factories import JINSHA, JINXIN
from tests.server.cases.desk import SignIn
from tests.server.enforcement.bureau import make_bureau

API = "/api/v1/litigation"
# From the article of 2022 of DOMAIN's table: 313 penalty cases closed, 26 lawsuits accepted, none lost.
PENALTIES, LAWSUITS = 313, 26
HEAD = "kind,reference,township,filed_on,accepted_on,ended_on,outcome,note"


def article() -> str:
    lines = [HEAD] + [f"penalty,罚{n:03d},{JINSHA},,,2022-03-01,," for n in range(PENALTIES)]
    outcomes = ("upheld", "withdrawn", "settled")
    lines += [
        f"lawsuit,行初{n:02d},{JINSHA},2021-05-06,2021-05-10,2021-12-01,{outcomes[n % 3]},据报道"
        for n in range(LAWSUITS)
    ]
    return "\n".join(lines)


def test_row_19_the_article_s_figures_give_0_lost_of_26_and_empty_townships_divide_nothing(
    client: FlaskClient, owner: Engine, sign_in: Callable[..., dict[str, str]]
) -> None:
    factories.make_organisations(owner)
    reviewer = sign_in("reviewer")

    def send(text: str, **query: object) -> tuple[int, dict]:
        answer = client.post(
            f"{API}/imports",
            query_string={"source": "2022 年报道 / the article", **query},
            data=text.encode("gb18030"),
            content_type="text/csv",
            headers=reviewer,
        )
        return answer.status_code, answer.get_json()

    nothing = client.get(f"{API}/rates", headers=reviewer).get_json()
    assert nothing["text_en"] == "0 lost of 0" and nothing["total"]["lost_share"] is None
    # Looked at, kept, and sent again: what is told beforehand is what comes of it.
    whole = PENALTIES + LAWSUITS
    assert send(article()) == (200, {"new": whole, "unchanged": 0, "faults": [], "applied": False})
    assert client.get(f"{API}/matters", headers=reviewer).get_json()["items"] == []
    assert send(article(), apply="true") == (
        200,
        {"new": whole, "unchanged": 0, "faults": [], "applied": True},
    )
    assert send(article(), apply="true")[1] == {"new": 0, "unchanged": whole, "faults": [], "applied": True}

    rates = client.get(f"{API}/rates", headers=reviewer).get_json()
    assert (rates["text"], rates["text_en"]) == ("受理 26 件，败诉 0 件", "0 lost of 26")
    total = rates["total"]
    assert (total["penalties"], total["lawsuits"], total["lawsuits_lost"]) == (PENALTIES, LAWSUITS, 0)
    assert (total["lost_share"], total["sued_share"]) == (0.0, round(LAWSUITS / PENALTIES, 4))
    shares = {
        one["code"]: (one["lawsuits"], one["lost_share"], one["sued_share"]) for one in rates["townships"]
    }
    assert shares[JINXIN] == (0, None, None)
    assert client.get(f"{API}/rates?first=2022-06-01", headers=reviewer).get_json()["total"]["penalties"] == 0

    faulty = "\n".join(
        [
            HEAD,
            f"lawsuit,行初00,{JINSHA},2021-05-06,2021-05-10,2021-12-01,lost,",  # known, with another outcome
            f"lawsuit,新1,{JINSHA},2021-05-06,,,lost,",  # an outcome before the end
            f"lawsuit,新2,{JINSHA},2999-05-06,,,,",
            "lawsuit,新3,000000000,2021-05-06,,,,",
            f"lawsuit,新4,{JINSHA},2021-05-06,2021-05-01,,,",
            f"trial,新5,{JINSHA},2021-05-06,,,,",
        ]
    )
    assert [fault["line"] for fault in send(faulty)[1]["faults"]] == [2, 3, 4, 5, 6, 7]
    status, problem = send(faulty, apply="true")
    assert (status, problem["code"], len(problem["errors"])) == (422, "matters_refused", 6)
    assert client.get(f"{API}/rates", headers=reviewer).get_json() == rates


def test_row_19_a_lawsuit_goes_its_way_and_is_counted_by_its_end(
    client: FlaskClient, owner: Engine, sign_in: Callable[..., dict[str, str]]
) -> None:
    factories.make_organisations(owner)
    reviewer, here, there = sign_in("reviewer"), sign_in("handler"), sign_in("handler", organisation=JINXIN)
    matter = f"{API}/matters/{uuid4()}"
    given = {"kind": "lawsuit", "reference": "(2026)苏0612行初1号", "township": JINSHA}
    assert [client.put(matter, json=given, headers=reviewer).status_code for _ in range(2)] == [201, 200]
    other = client.put(matter, json={**given, "reference": "另一号"}, headers=reviewer)
    assert (other.status_code, other.get_json()["code"]) == (409, "matter_conflict")
    twice = client.put(f"{API}/matters/{uuid4()}", json=given, headers=reviewer)
    assert (twice.status_code, twice.get_json()["code"]) == (409, "matter_known")

    def step(kind: str, on: str, **more: str) -> tuple[int, str | None]:
        answer = client.put(
            f"{matter}/entries/{uuid4()}", json={"kind": kind, "on": on, **more}, headers=reviewer
        )
        return answer.status_code, answer.get_json().get("code")

    assert step("accepted", "2026-08-03") == (201, None)
    assert step("hearing", "2026-08-20", outcome="lost") == (422, "matter_outcome_refused")
    assert step("ended", "2026-08-25") == (422, "matter_outcome_refused")
    assert step("ended", "2026-08-25", outcome="granted") == (422, "matter_outcome_refused")
    assert step("ended", "2026-08-25", outcome="lost") == (201, None)
    assert step("hearing", "2026-08-26") == (409, "matter_ended")
    assert step("document", "2026-08-26", document="judgement") == (201, None)

    rates = client.get(f"{API}/rates", headers=reviewer).get_json()
    assert rates["text_en"] == "1 lost of 1" and rates["total"]["lost_share"] == 1.0
    # A township reads its own matters and figures, and nothing of its neighbours'.
    assert client.get(matter, headers=here).get_json()["outcome"] == "lost"
    assert client.get(matter, headers=there).status_code == 404
    assert client.get(f"{API}/rates", headers=there).get_json()["total"]["lawsuits"] == 0
    assert client.put(f"{matter}/entries/{uuid4()}", json={}, headers=here).status_code == 403


def test_row_19_what_is_decided_here_counts_with_what_was_imported_and_once_where_it_is_both(
    client: Any, owner: Engine, sign_in: SignIn
) -> None:
    bureau = make_bureau(client, owner, sign_in)
    reviewer = bureau.desk.headers("reviewer")
    numbers = []
    for outcome in ({"outcome": "penalty", "amount_yuan": "100"}, {"outcome": "no_penalty_may"}):
        number = bureau.heard(bureau.photographed(), "100", item="litter")
        bureau.took("handler", number, "decide", officers=bureau.officers, **outcome)
        numbers.append(number)
    lines = [HEAD, *(f"penalty,{one},{JINSHA},,,2026-08-01,," for one in (numbers[0], "D-000002", "罚 1"))]
    sent = client.post(
        f"{API}/imports?source=test&apply=true",
        data="\n".join(lines).encode(),
        content_type="text/csv",
        headers=reviewer,
    )
    assert sent.get_json()["applied"], sent.text

    def counted(query: str = "") -> tuple[int, int]:
        total = client.get(f"{API}/rates{query}", headers=reviewer).get_json()["total"]
        return total["penalties"], total["penalties_decided"]

    # Two of the three lines are the one fine under its number and that of its paper; what went unpunished is none.
    assert counted() == (2, 1)
    assert counted("?first=2026-09-01") == (1, 1) and counted("?last=2026-08-31") == (1, 0)
