"""The register over HTTP: what is refused with whose code, merging, histories, and what officers never read."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from tests import factories
from tests.factories import CORNER, JINSHA, JINXIN, NOW
from tests.server.world import SignIn

API = "/api/v1/subjects"
PLANTED = "000-4711-0815"
SINCE = "2026-08-01"


@pytest.fixture
def ground(owner: Engine) -> tuple[str, str, str]:
    """Two frontages in Jinsha and one in Jinxin; their codes."""
    factories.make_organisations(owner)
    first, second = (factories.make_zone(owner, at=(CORNER[0] + step * 1e-3, CORNER[1])) for step in range(2))
    return first, second, factories.make_zone(owner, at=(CORNER[0] + 0.1, CORNER[1]), township=JINXIN)


def shop(*zones: str, **others: Any) -> dict[str, Any]:
    told = {"name": "小满水果店", "kind": "shop", "reason": "登记", "valid_from": SINCE}
    return {**told, "places": [{"zone": zone} for zone in zones], **others}


def test_overlaps_and_a_licence_of_another_are_refused_with_that_one_s_code(
    client: FlaskClient, sign_in: SignIn, ground: tuple[str, str, str]
) -> None:
    desk = sign_in("handler")
    made = client.post(API, json=shop(ground[0], licence="91320612MA1"), headers=desk)
    assert made.status_code == 201, made.text
    code = made.get_json()["code"]

    def refused(path: str, told: dict[str, Any]) -> tuple[int, str, str | None]:
        answer = client.post(API + path, json=told, headers=desk)
        body = answer.get_json()
        return answer.status_code, body["code"], body.get("subject")

    assert refused("", shop(ground[0], name="另一家")) == (409, "subject_place_taken", code)
    assert refused("", shop(ground[1], licence="91320612MA1")) == (409, "subject_licence_taken", code)
    assert refused("", shop("nowhere")) == (422, "subject_place_refused", None)
    assert refused("", shop(ground[2])) == (403, "subject_not_yours", None)
    two = [{"rank": 1, "name": "甲"}, {"rank": 1, "name": "乙"}]
    assert refused("", shop(persons=two)) == (422, "input_refused", None)
    early = {"reason": "改名", "name": "大满", "valid_from": "2026-07-31"}
    assert refused(f"/{code}/revisions", early) == (422, "subject_day_refused", None)
    same_day = {"name": "谷雨", "kind": "shop", "reason": "换人", "on": SINCE}
    assert refused(f"/{code}/successors", same_day) == (422, "subject_day_refused", None)
    # Nothing of what was refused is left.
    assert len(client.get(API, headers=desk).get_json()["items"]) == 1
    assert client.get(f"{API}/{code}", headers=sign_in("handler", organisation=JINXIN)).status_code == 404


def test_a_merge_keeps_both_codes_and_what_is_counted_follows_it_and_a_new_name_but_no_tenant_change(
    client: FlaskClient, sign_in: SignIn, owner: Engine, ground: tuple[str, str, str]
) -> None:
    desk = sign_in("zone_manager")
    first, second = (
        client.post(API, json=shop(zone, licence=licence), headers=desk).get_json()["code"]
        for zone, licence in ((ground[0], None), (ground[1], "91320612MA1"))
    )
    merged = client.post(f"{API}/{second}/merge", json={"into": first, "reason": "重复登记"}, headers=desk)
    assert merged.status_code == 200, merged.text
    stays = merged.get_json()
    assert [one["zone"] for one in stays["zones"]] == sorted(ground[:2])
    assert (stays["licence"], stays["merged"]) == ("91320612MA1", [second])
    gone = client.get(f"{API}/{second}", headers=desk).get_json()
    assert (gone["state"], gone["merged_into"], gone["name"]) == ("merged", first, "小满水果店")
    again = client.post(f"{API}/{second}/merge", json={"into": first, "reason": "重复登记"}, headers=desk)
    assert (again.status_code, again.get_json()["subject"]) == (409, first)
    itself = client.post(f"{API}/{first}/merge", json={"into": first, "reason": "误"}, headers=desk)
    assert itself.get_json()["code"] == "subject_merge_refused"
    renamed = {"name": "大满水果店", "reason": "改名", "valid_from": NOW.date().isoformat()}
    told = client.post(f"{API}/{first}/revisions", json=renamed, headers=desk).get_json()
    assert told["name"] == "大满水果店" and told["licence"] == "91320612MA1"
    assert [change["action"] for change in told["changes"]][::-1][0] == "registered"
    succession = {"name": "谷雨面馆", "kind": "shop", "reason": "换人", "on": "2026-09-02"}
    other = client.post(f"{API}/{first}/successors", json=succession, headers=desk).get_json()["code"]
    with owner.connect() as connection:
        found = connection.execute(
            text("SELECT s.code, r.code FROM subject s JOIN subject r ON r.id = subject_root_v1(s.id)")
        )
        roots = {code: root for code, root in found}
    assert roots == {first: first, second: first, other: other}
    # On the day before, whoever had the zone then still answers for it.
    at = client.get(
        f"{API}/at", query_string={"zone": ground[1], "on": "2026-08-31"}, headers=desk
    ).get_json()
    assert at["subject"]["code"] == second


def test_a_telephone_number_is_never_shown_to_who_does_not_call(
    client: FlaskClient, sign_in: SignIn, owner: Engine, as_app_role: Engine, ground: tuple[str, str, str]
) -> None:
    persons = [{"rank": rank, "name": f"负责人{rank}", "phone": PLANTED} for rank in (1, 2)]
    desk = sign_in("handler")
    made = client.post(API, json=shop(ground[0], persons=persons), headers=desk)
    assert PLANTED in made.text
    code = made.get_json()["code"]
    changed = {"rank": 1, "name": "负责人3", "phone": PLANTED, "reason": "换人", "valid_from": "2026-08-20"}
    assert client.post(f"{API}/{code}/persons", json=changed, headers=desk).status_code == 200
    read = [f"{API}?q={code}", f"{API}/{code}", f"{API}/at?zone={ground[0]}"]
    for role, shown in (("officer", False), ("checker", False), ("intake", False), ("reviewer", True)):
        headers = sign_in(role, organisation=JINSHA)
        for path in read:
            answer = client.get(path, headers=headers)
            assert answer.status_code == 200 and "负责人3" in answer.text
            assert (PLANTED in answer.text) is shown, (role, path)
    sheet = client.get(f"{API}/{code}/door.pdf", headers=sign_in("officer", organisation=JINSHA))
    assert sheet.status_code == 200 and sheet.data.startswith(b"%PDF-1.7")
    # It is the database that keeps it: an officer of the same township, asking it directly.
    officer = factories.make_account(owner, role="officer", organisation=JINSHA)
    with as_app_role.begin() as connection:
        entering = text(
            "SELECT set_config('frontage.account_id', CAST(:account AS text), true), "
            "set_config('frontage.organisation_id', CAST(o.id AS text), true), "
            "set_config('frontage.scope', 'own', true) FROM organisation o WHERE o.code = :township"
        )
        connection.execute(entering, {"account": str(officer.id), "township": JINSHA})
        assert connection.execute(text("SELECT count(*) FROM subject_person")).scalar_one() == 3
        assert connection.execute(text("SELECT count(*) FROM subject_phone")).scalar_one() == 0


def test_what_held_is_never_written_over(owner: Engine, ground: tuple[str, str, str]) -> None:
    factories.make_subject(owner, zone=ground[0], valid_to=date(2026, 8, 1))
    for statement in (
        "UPDATE subject_version SET name = '别人'",
        "UPDATE subject_place SET valid = '[2022-09-01,2027-01-01)'",
        "UPDATE subject_person SET valid = '[2022-10-01,2026-08-01)'",
        "UPDATE subject SET township_code = null",
    ):
        with pytest.raises(DBAPIError, match=r"only ends|only merged"), owner.begin() as connection:
            connection.execute(text(statement))
