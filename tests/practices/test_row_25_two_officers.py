"""Row 25, conduct rules: two officers with certificates on every step of enforcement."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Engine

from tests.server.cases.desk import SignIn
from tests.server.enforcement.bureau import certify, make_bureau


def test_row_25_a_step_with_one_officer_or_an_expired_certificate_is_refused(
    client: Any, owner: Engine, sign_in: SignIn
) -> None:
    bureau = make_bureau(client, owner, sign_in)
    desk, (one, other) = bureau.desk, bureau.officers
    case, whole = desk.to("handling"), {"item": "litter", "party_name": "某店"}

    alone = bureau.post("handler", f"/cases/{case}/proceedings", officers=[one], **whole)
    assert (alone.status_code, alone.json["code"], alone.json["given"]) == (422, "two_officers_needed", 1)
    twice = bureau.post("handler", f"/cases/{case}/proceedings", officers=[one, one], **whole)
    assert (twice.status_code, twice.json["code"]) == (422, "two_officers_needed")

    without = desk.account("handler_jinxin")
    certify(owner, without, valid=(date(2026, 1, 1), date(2026, 8, 31)))
    stranger = desk.account("officer2")
    refused = bureau.post("handler", f"/cases/{case}/proceedings", officers=[one, without, stranger], **whole)
    assert (refused.status_code, refused.json["code"]) == (422, "certificate_refused")
    told = {officer["account"]: officer for officer in refused.json["officers"]}
    assert set(told) == {without, stranger}
    assert (told[without]["ended_on"], told[stranger]["ended_on"]) == ("2026-08-31", None)
    assert [error["path"] for error in refused.json["errors"]] == ["/officers/1", "/officers/2"]

    made = bureau.post("handler", f"/cases/{case}/proceedings", officers=[one, other], **whole)
    assert made.status_code == 201, made.text
    (step,) = made.json["steps"]
    assert [officer["certificate"] for officer in step["officers"]] == [
        officer["certificate"] for officer in made.json["officers"]
    ]
    assert all(officer["certificate"].startswith("C-handler") for officer in step["officers"])
    number = made.json["number"]
    one_more = bureau.step("handler", number, "inquire", officers=[one], note="查")
    assert (one_more.status_code, one_more.json["code"]) == (422, "two_officers_needed")
