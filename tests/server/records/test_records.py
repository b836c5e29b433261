"""Records: filed once, judged by the forms of their day, corrected by neighbours, and seen by those they concern."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import Engine, text

from tests import factories
from tests.factories import CORNER, JINSHA, JINXIN, NOW
from tests.server.documents.promised import put_attachment
from tests.server.records.filing import (
    API,
    INSPECTED,
    NOTE,
    TRAINED,
    VISIT,
    filed,
    position,
    put_record,
)
from tests.server.records.test_forms import FORM

SignIn = Callable[..., dict[str, str]]


@pytest.fixture(autouse=True)
def _forms(owner: Engine) -> None:
    factories.make_organisations(owner)
    factories.make_rulebook(owner, "forms")


def test_a_record_is_kept_once_scored_by_the_server_and_corrected_by_a_neighbour(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    reviewer, record = sign_in("reviewer"), str(uuid4())
    sent = {"about": JINSHA, "record": record, "at": NOW.isoformat()}
    trial = client.post(
        f"{API}/records/trial", json={"form": "inspection", "answers": INSPECTED}, headers=reviewer
    ).get_json()
    first = put_record(client, reviewer, "inspection", INSPECTED, **sent)
    assert first.status_code == 201
    told = first.get_json()
    # 0.3 x 93 + 0.25 x 84 + 0.3 x 85 + 0.15 x 85, worked out by hand.
    assert [head["score"] for head in told["heads"]] == [93, 84, 85, 85]
    assert (told["score"], trial["score"], trial["errors"]) == (87.15, 87.15, [])
    assert put_record(client, reviewer, "inspection", INSPECTED, **sent).status_code == 200
    other = put_record(client, reviewer, "inspection", {**INSPECTED, "files": 50}, **sent)
    assert (other.status_code, other.get_json()["code"]) == (409, "record_conflict")
    # Another's id tells nothing, whether or not they see the record.
    for who in (sign_in("reviewer"), sign_in("checker", organisation=JINXIN)):
        answer = put_record(client, who, "inspection", INSPECTED, **sent)
        assert (answer.status_code, "answers" in answer.get_json()) in ((409, False), (422, False))
    correction = {"about": JINSHA, "at": NOW.isoformat(), "corrects": record}
    better = filed(client, reviewer, "inspection", {**INSPECTED, "files": 50}, **correction)
    again = put_record(client, reviewer, "inspection", INSPECTED, **correction)
    assert (again.status_code, again.get_json()["code"]) == (409, "record_corrected")
    stands = client.get(f"{API}/records/{record}", headers=reviewer).get_json()
    assert (stands["score"], stands["corrected_by"]) == (87.15, better["id"])
    about_another = put_record(client, reviewer, "inspection", INSPECTED, **{**correction, "about": JINXIN})
    assert about_another.get_json()["errors"][0]["path"] == "/corrects"
    current = client.get(f"{API}/records?form=inspection&current=true", headers=reviewer).get_json()["items"]
    assert [one["id"] for one in current] == [better["id"]]
    with owner.connect() as connection, pytest.raises(Exception, match="append"):
        connection.execute(text("UPDATE form_record SET score = 100"))


def test_what_does_not_fit_is_refused_by_name_and_nothing_is_kept(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    officer, reviewer = sign_in("officer", organisation=JINSHA), sign_in("reviewer")
    ours, theirs = factories.make_zone(owner), factories.make_zone(owner, township=JINXIN)
    place = {"position": position()}
    open_case = "TZ-2026-000001"
    cases: list[tuple[Any, ...]] = [
        (officer, "inspection", INSPECTED, {"about": JINSHA}, 403, "not_allowed"),
        (officer, "no_such", {}, {}, 409, "rulebook_missing"),
        (officer, "door_visit", VISIT, {}, 422, "/about"),
        (officer, "door_visit", VISIT, {"about": "F-none"}, 422, "/about/code"),
        (officer, "door_visit", VISIT, {"about": theirs}, 422, "/about/code"),
        (officer, "door_visit", VISIT, {"about": {"code": ours, "zone_kind": "site"}}, 422, "/about/zone_kind"),
        (officer, "door_visit", {"purpose": "talk"}, {"about": ours}, 422, "/answers/met"),
        (officer, "listening_visit", NOTE, {}, 422, "/position"),
        (officer, "listening_visit", NOTE, {"position": {**position(), "lon": -149.0, "lat": 0}}, 422, "/position"),
        (officer, "listening_visit", NOTE, {**place, "at": "2099-01-01T00:00:00Z"}, 422, "/at"),
        (officer, "listening_visit", {**NOTE, "photos": ["0" * 64]}, place, 422, "attachment_missing"),
        (officer, "listening_visit", {**NOTE, "people": 2**60}, place, 422, "/answers"),
        (reviewer, "training", TRAINED, {"about": "somebody"}, 403, "not_allowed"),
        (sign_in("intake"), "satisfaction", {"rating": 5, "asked": "phone"}, {"about": open_case}, 422, "/about/code"),
    ]  # fmt: skip
    for headers, form, answers, more, status, said in cases:
        answer = put_record(client, headers, form, answers, **{"at": NOW.isoformat(), **more})
        told = answer.get_json()
        paths = [error["path"] for error in told.get("errors", [])]
        assert (answer.status_code, said in (told["code"], *paths)) == (status, True), (form, answer.text)
    assert factories.count_rows(owner, "form_record") == 0


def test_a_record_is_judged_by_the_forms_of_its_day(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    today = NOW.date()
    # Another set from today on: what was free is wanted, and the formula is another one.
    stricter: dict[str, Any] = {
        **FORM,
        "code": "listening_visit",
        "score": "2 * ground",
        "fields": FORM["fields"][:4],
        "heads": [],
    }
    stricter["fields"] = [{**field, "head": None} for field in stricter["fields"]]
    factories.make_rulebook(owner, "forms", [stricter], valid_from=today)
    officer = sign_in("officer", organisation=JINSHA)
    before = filed(
        client,
        officer,
        "listening_visit",
        NOTE,
        position=position(),
        at=(NOW - timedelta(days=1)).isoformat(),
    )
    after = filed(client, officer, "listening_visit", {"ground": 30, "bins": 1}, position=position())
    assert (before["form"]["version"], before["score"]) == (1, None)
    assert (after["form"]["version"], after["score"]) == (2, 60)
    late = put_record(client, officer, "listening_visit", NOTE, position=position(), at=NOW.isoformat())
    assert late.status_code == 422
    # Read later, each stands in the words of its own form.
    listed = client.get(f"{API}/records?form=listening_visit", headers=officer).get_json()["items"]
    assert [one["form"]["name"] for one in listed] == ["查看", "问情访情记录"]
    assert [one["value_name"] for one in listed[1]["answers"]][:2] == ["商户", "垃圾"]


def test_records_are_seen_by_those_they_concern_and_their_photos_with_them(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    def sees(headers: dict[str, str], record: str) -> bool:
        listed = client.get(f"{API}/records", headers=headers).get_json()["items"]
        one = client.get(f"{API}/records/{record}", headers=headers).status_code
        assert (record in [item["id"] for item in listed]) == (one == 200)
        return bool(one == 200)

    reviewer, officer = sign_in("reviewer"), sign_in("officer", organisation=JINSHA)
    trained = factories.make_account(owner, organisation=JINSHA).username
    photo = put_attachment(client, reviewer, factories.photo_bytes(seed=9))
    inspected = filed(client, reviewer, "inspection", {**INSPECTED, "photos": [photo]}, about=JINSHA)["id"]
    listened = filed(client, officer, "listening_visit", NOTE, position=position())["id"]
    admin = sign_in("admin", organisation=JINSHA)
    training = filed(client, admin, "training", TRAINED, about=trained)["id"]
    stranger, neighbour = sign_in("officer", organisation=JINSHA), sign_in("handler", organisation=JINXIN)
    handler = sign_in("handler", organisation=JINSHA)
    for headers, expected in [
        (reviewer, (True, True, False)),
        (officer, (False, True, False)),
        (handler, (True, True, False)),
        (admin, (True, True, True)),
        (sign_in(trained), (False, False, True)),
        (sign_in("admin"), (True, True, True)),
        (sign_in("admin", organisation=JINXIN), (False, False, False)),
        (stranger, (False, False, False)),
        (neighbour, (False, False, False)),
    ]:
        assert tuple(sees(headers, one) for one in (inspected, listened, training)) == expected
        status = client.get(f"{API}/attachments/{photo}", headers=headers).status_code
        assert (status == 200) == expected[0]


def test_pages_and_files_hold_every_record_once(client: FlaskClient, sign_in: SignIn) -> None:
    officer = sign_in("officer", organisation=JINSHA)
    formula = {**NOTE, "said": "=1+1"}
    moments = [(NOW - timedelta(minutes=n)).isoformat() for n in range(5)]
    made = [
        filed(client, officer, "listening_visit", formula, position=position(), at=at)["id"] for at in moments
    ]
    read: list[str] = []
    following: str | None = ""
    while following is not None:
        page = client.get(
            f"{API}/records?form=listening_visit&limit=2{following}", headers=officer
        ).get_json()
        read += [one["id"] for one in page["items"]]
        following = f"&cursor={page['next']}" if page["next"] else None
    assert read == made
    day = date(2026, 9, 1).isoformat()
    asked = f"form=listening_visit&from={day}&to={day}"
    lines = list(
        csv.reader(
            io.StringIO(client.get(f"{API}/records.csv?{asked}", headers=officer).data.decode("utf-8-sig"))
        )
    )
    sheet = load_workbook(
        io.BytesIO(client.get(f"{API}/records.xlsx?{asked}", headers=officer).data), read_only=True
    ).worksheets[0]
    rows = [[value for value in row] for row in sheet.iter_rows(values_only=True)]
    assert [line[0] for line in lines[1:]] == [row[0] for row in rows[1:]] == made[::-1]
    said = lines[0].index("反映内容 What was said")
    # Text stays text: no spreadsheet works it out.
    assert {line[said] for line in lines[1:]} == {row[said] for row in rows[1:]} == {"'=1+1"}
    assert str(CORNER[0]) not in lines[1]
