"""When its case has ended the complainant is called until reached, and what was said counts without a name."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from tests import factories
from tests.factories import JINSHA, JINXIN
from tests.server.complaints.calls import API, NAME, complaint_json, end_case, put, taken
from tests.server.complaints.test_persons import tables_with
from tests.server.test_matrix import asker, enter
from tests.server.world import Place, SignIn

Places = tuple[Place, Place]


def call(client: FlaskClient, headers: dict[str, str], told: dict[str, Any], **said: Any) -> Any:
    return client.post(
        f"{API}/complaints/{told['id']}/callbacks", json={"reached": True, **said}, headers=headers
    )


def due(client: FlaskClient, headers: dict[str, str], state: str = "due") -> list[str]:
    listed = client.get(f"{API}/complaints?callback={state}", headers=headers).get_json()
    return [item["id"] for item in listed["items"]]


def test_a_call_is_due_when_the_case_ended_and_over_when_somebody_was_reached(
    client: FlaskClient, owner: Engine, places: Places, intake: dict[str, str]
) -> None:
    told = taken(client, intake)
    assert (told["callback"], due(client, intake)) == ("waiting", [])
    early = call(client, intake, told)
    assert (early.status_code, early.get_json()["code"]) == (409, "callback_early")
    end_case(owner, told["case"]["number"])
    assert told["id"] in due(client, intake)
    answer = call(client, intake, told, satisfaction=4, note=f"{NAME}说谢谢")
    assert (answer.status_code, answer.get_json()["callback"]) == (201, "reached")
    assert told["id"] not in due(client, intake)
    again = call(client, intake, told, satisfaction=1)
    assert (again.status_code, again.get_json()["code"]) == (409, "callback_done")
    person = client.get(f"{API}/complaints/{told['id']}/complainant?why=callback", headers=intake).get_json()
    assert [(one["reached"], one["satisfaction"], one["note"]) for one in person["calls"]] == [
        (True, 4, f"{NAME}说谢谢")
    ]


def test_after_some_calls_in_vain_a_complainant_is_given_up(
    client: FlaskClient, owner: Engine, places: Places, intake: dict[str, str]
) -> None:
    told = taken(client, intake)
    end_case(owner, told["case"]["number"])
    states = [call(client, intake, told, reached=False).get_json()["callback"] for _ in range(3)]
    assert states == ["due", "due", "given_up"]
    assert told["id"] in due(client, intake, "given_up")


def test_a_merged_case_has_ended_when_the_one_it_went_into_has(
    client: FlaskClient, owner: Engine, places: Places, intake: dict[str, str]
) -> None:
    told = taken(client, intake)
    end_case(owner, places[0].case_number, into=places[1].case_number)
    assert told["id"] not in due(client, intake)
    end_case(owner, places[1].case_number)
    assert told["id"] in due(client, intake)


def test_who_wants_no_call_and_whose_complaint_was_corrected_is_not_called(
    client: FlaskClient, owner: Engine, places: Places, intake: dict[str, str]
) -> None:
    quiet = taken(client, intake, complainant={"name": NAME})
    first = taken(client, intake)
    second = taken(client, intake, corrects=first["id"])
    end_case(owner, places[0].case_number)
    assert {quiet["id"], first["id"]} & set(due(client, intake)) == set()
    assert second["id"] in due(client, intake)
    refused = call(client, intake, first)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "complaint_corrected")


@pytest.mark.parametrize(
    "said",
    [{"satisfaction": 0}, {"satisfaction": 6}, {"reached": False, "satisfaction": 3}, {"reached": "yes"}],
)
def test_what_nobody_can_have_said_is_refused(
    client: FlaskClient, owner: Engine, places: Places, intake: dict[str, str], said: dict[str, Any]
) -> None:
    told = taken(client, intake)
    end_case(owner, told["case"]["number"])
    assert call(client, intake, told, **said).status_code == 422


def test_another_body_s_intake_calls_nobody_of_ours(
    client: FlaskClient, owner: Engine, places: Places, intake: dict[str, str], sign_in: SignIn
) -> None:
    told = taken(client, intake)
    end_case(owner, told["case"]["number"])
    for organisation in (JINSHA, JINXIN):
        other = sign_in("intake", organisation=organisation)
        assert call(client, other, told).status_code == 404


def test_the_outcome_is_counted_without_anybody_s_name_and_within_one_s_scope(
    client: FlaskClient, owner: Engine, as_app_role: Engine, app: Any, places: Places, intake: dict[str, str]
) -> None:
    told = taken(client, intake)
    end_case(owner, told["case"]["number"])
    call(client, intake, told, reached=False)
    call(client, intake, told, satisfaction=5)
    question = text("SELECT * FROM complaint_outcome WHERE complaint_id = :id")
    seen = {}
    for role, organisation in (("dispatcher", "320612"), ("checker", JINSHA), ("checker", JINXIN)):
        with as_app_role.connect() as connection:
            enter(connection, asker(app, owner, role, organisation))
            rows = connection.execute(question, {"id": told["id"]}).mappings().all()
            seen[organisation] = [(row["calls"], row["satisfaction"], row["case_number"]) for row in rows]
            columns = set(rows[0]) if rows else set()
            assert columns & {"matter", "address", "note", "payload", "external_number"} == set()
    one = [(2, 5, places[0].case_number)]
    assert seen == {"320612": one, JINSHA: one, JINXIN: []}


def test_complaints_are_found_by_where_they_came_from_page_by_page(
    client: FlaskClient, owner: Engine, places: Places, intake: dict[str, str]
) -> None:
    ids = [
        taken(client, intake, channel="petition", external_number=f"P{number}")["id"] for number in range(3)
    ]
    found, cursor = [], ""
    for _ in range(5):
        page = client.get(f"{API}/complaints?channel=petition&limit=1{cursor}", headers=intake).get_json()
        found += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert sorted(found) == sorted(ids)
    one = client.get(f"{API}/complaints?external_number=P1", headers=intake).get_json()["items"]
    assert [item["id"] for item in one] == [ids[1]]
    of_case = client.get(f"{API}/complaints?case={places[1].case_number}", headers=intake).get_json()["items"]
    assert [item["id"] for item in of_case] == [str(places[1].complaint_id)]
    # By a part of either number, and by whether the case is still open.
    end_case(owner, places[1].case_number)
    for asked, expected in [
        ("q=p2", [ids[2]]),
        (f"q={places[1].case_number[-4:]}", [str(places[1].complaint_id)]),
        ("open=false", [str(places[1].complaint_id)]),
        ("open=true&q=P", ids[::-1]),
    ]:
        listed = client.get(f"{API}/complaints?{asked}", headers=intake).get_json()["items"]
        assert sorted(item["id"] for item in listed) == sorted(expected), asked


def test_the_note_of_a_call_is_not_kept_where_others_read(
    client: FlaskClient, owner: Engine, places: Places, intake: dict[str, str]
) -> None:
    told = taken(client, intake)
    end_case(owner, told["case"]["number"])
    call(client, intake, told, note=f"{NAME}说谢谢")
    with owner.connect() as connection:
        assert tables_with(connection, NAME) == {"complaint_person", "complaint_callback"}
    assert factories.count_rows(owner, "complaint_callback") == 2 + 1


def test_a_complaint_that_is_sent_again_after_the_call_says_so(
    client: FlaskClient, owner: Engine, places: Places, intake: dict[str, str]
) -> None:
    told = taken(client, intake)
    end_case(owner, told["case"]["number"])
    call(client, intake, told)
    again = put(client, intake, complaint_json(), complaint_id=told["id"])
    assert (again.status_code, again.get_json()["callback"]) == (200, "reached")
