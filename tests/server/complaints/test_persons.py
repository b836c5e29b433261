"""Who complained is seen by intake alone, and never unnoticed: not by other roles, in no other table, in no log."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from config import Config
from server.access import ROLES
from tests import factories
from tests.factories import DISTRICT, JINSHA, JINXIN
from tests.postgres import TestServer
from tests.server.complaints.calls import ADDRESS, API, NAME, PHONE, PLANTED, complaint_json, taken
from tests.server.test_matrix import TABLE, Asker, address, asker, enter
from tests.server.world import Place, SignIn
from tests.serving import serving

Places = tuple[Place, Place]


def person_path(told: dict[str, Any], why: str = "inquiry") -> str:
    return f"{API}/complaints/{told['id']}/complainant?why={why}"


def accesses(owner: Engine) -> list[tuple[str, str, str]]:
    with owner.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT CAST(l.complaint_id AS text), a.username, l.why FROM complaint_access l "
                "JOIN account a ON a.id = l.account_id ORDER BY l.id"
            )
        )
        return [(row[0], row[1], row[2]) for row in rows]


def test_intake_reads_who_complained_and_every_look_is_noted_with_who_when_and_why(
    client: FlaskClient, owner: Engine, places: Places, sign_in: SignIn
) -> None:
    names = [factories.make_account(owner, role="intake").username for _ in range(2)]
    told = taken(client, sign_in(names[0]))
    assert accesses(owner) == []
    for name, why in zip(names, ("callback", "supervision"), strict=True):
        person = client.get(person_path(told, why), headers=sign_in(name)).get_json()
        assert person["complainant"] == {
            "name": NAME,
            "phone": PHONE,
            "address": ADDRESS,
            "wishes_callback": True,
        }
        assert NAME in person["text"]
    assert accesses(owner) == [(told["id"], names[0], "callback"), (told["id"], names[1], "supervision")]
    for role in ("intake", "admin"):
        listed = client.get(
            f"{API}/complaints/{told['id']}/accesses?limit=1", headers=sign_in(role)
        ).get_json()
        assert listed["items"] == [
            {**listed["items"][0], "looked_at": "2026-09-01T02:00:00.000000Z", "why": "supervision"}
        ]
        rest = client.get(
            f"{API}/complaints/{told['id']}/accesses?cursor={listed['next']}", headers=sign_in(role)
        ).get_json()
        assert ([item["why"] for item in rest["items"]], rest["next"]) == (["callback"], None)


def test_nobody_looks_without_a_reason(
    client: FlaskClient, owner: Engine, places: Places, intake: dict[str, str]
) -> None:
    told = taken(client, intake)
    path = f"{API}/complaints/{told['id']}/complainant"
    for query in ("", "?why=", "?why=curiosity"):
        assert client.get(path + query, headers=intake).status_code == 422
    assert accesses(owner) == []


def test_what_others_read_of_a_complaint_is_its_matter(
    client: FlaskClient, places: Places, intake: dict[str, str], sign_in: SignIn
) -> None:
    told = taken(client, intake)
    assert told["text"] == "我是＊＊＊,电话 ＊＊＊,住＊＊＊,门口又堆满了纸箱"
    handler = sign_in("handler", organisation=JINSHA)
    listed = client.get(f"{API}/cases/{places[0].case_number}/complaints", headers=handler)
    assert told in listed.get_json()["items"]


@pytest.fixture
def documented() -> bool:
    return True


@pytest.mark.parametrize("role", [role for role in ROLES if role != "intake"])
def test_no_route_tells_another_role_who_complained(
    client: FlaskClient, owner: Engine, places: Places, intake: dict[str, str], sign_in: SignIn, role: str
) -> None:
    joined = taken(client, intake, at=places[0].at)
    opened = taken(client, intake, at=places[0].at, force_new=f"{NAME}坚持另立", external_number="x")
    assert client.get(person_path(joined), headers=intake).status_code == 200
    read = 0
    for organisation in (JINSHA, DISTRICT):
        headers = sign_in(role, organisation=organisation)
        for place in (places[0], Place(**{**vars(places[0]), "case_number": opened["case"]["number"]})):
            for method, rule in TABLE:
                if method != "GET":
                    continue
                asked = address(rule, place, place.report_id)
                for path in {asked, asked.replace(str(place.complaint_id), joined["id"])}:
                    with client.get(path, headers=headers) as answer:
                        read += answer.status_code == 200
                        said = answer.get_data() + str(answer.headers).encode()
                        found = [canary for canary in PLANTED if canary.encode() in said]
                        assert not found, f"{role} of {organisation} reads {found} at {path}"
    assert read > 40
    assert client.get(person_path(joined), headers=sign_in(role)).status_code == 403


@pytest.mark.parametrize("organisation, status", [(JINXIN, 404), (JINSHA, 404), (DISTRICT, 200)])
def test_a_complaint_the_district_took_is_the_district_s_to_call_back(
    client: FlaskClient,
    owner: Engine,
    places: Places,
    intake: dict[str, str],
    sign_in: SignIn,
    organisation: str,
    status: int,
) -> None:
    told = taken(client, intake)
    headers = sign_in("intake", organisation=organisation)
    for path in (person_path(told), f"{API}/complaints/{told['id']}/accesses"):
        assert client.get(path, headers=headers).status_code == status
    assert len(accesses(owner)) == (status == 200)


def test_the_name_stands_in_one_table_and_nowhere_else(
    client: FlaskClient, owner: Engine, places: Places, intake: dict[str, str]
) -> None:
    told = taken(client, intake)
    taken(client, intake, force_new=f"{NAME}坚持另立", address=f"{ADDRESS}对面")
    taken(client, intake, corrects=told["id"])
    assert client.get(person_path(told), headers=intake).status_code == 200
    with owner.connect() as connection:
        holding = {canary: tables_with(connection, canary) for canary in PLANTED}
    assert holding == {canary: {"complaint_person"} for canary in PLANTED}


def tables_with(connection: Connection, canary: str) -> set[str]:
    """Every table with this text anywhere in a row; job arguments and outbox payloads included."""
    tables = connection.execute(
        text(
            "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
        )
    ).scalars()
    return {
        table
        for table in list(tables)
        if connection.execute(
            text(f"SELECT count(*) FROM {table} t WHERE position(:canary IN CAST(t AS text)) > 0"),
            {"canary": canary},
        ).scalar_one()
    }


@pytest.mark.parametrize(
    "role, seen", [("intake", True), ("admin", False), ("dispatcher", False), ("checker", False)]
)
def test_below_http_the_server_s_role_reads_no_person_and_its_function_notes_who_looks(
    app: OpenAPI,
    client: FlaskClient,
    owner: Engine,
    as_app_role: Engine,
    places: Places,
    intake: dict[str, str],
    role: str,
    seen: bool,
) -> None:
    told = taken(client, intake)
    asking: Asker = asker(app, owner, role, DISTRICT)
    for statement in (
        "SELECT payload FROM complaint_person",
        "SELECT salt FROM complaint_person",
        "SELECT note FROM complaint_callback",
        "INSERT INTO complaint_access (complaint_id, account_id, looked_at, why) VALUES (:id, :id, now(), 'inquiry')",
    ):
        with as_app_role.connect() as connection, pytest.raises(DBAPIError) as refused:
            enter(connection, asking)
            connection.execute(text(statement), {"id": told["id"]})
        assert refused.value.orig.pgcode == "42501"  # type: ignore[union-attr]
    with as_app_role.connect() as connection:
        enter(connection, asking)
        shown = connection.execute(text("SELECT complaint_id FROM complaint_person")).all()
        read = connection.execute(
            text("SELECT complaint_person_v1(:id, 'inquiry', now())"), {"id": told["id"]}
        ).all()
        connection.commit()
    assert (bool(shown), bool(read), len(accesses(owner))) == (seen, seen, int(seen))


def test_a_person_of_whom_nobody_looked_is_committed_to_without_telling_anything(
    client: FlaskClient, owner: Engine, places: Places, intake: dict[str, str]
) -> None:
    same = [taken(client, intake) for _ in range(2)]
    assert same[0]["commitment"] != same[1]["commitment"]


def test_no_log_names_who_complained(
    postgres: TestServer,
    database_url: str,
    config: Config,
    client: FlaskClient,
    owner: Engine,
    places: Places,
) -> None:
    account = factories.make_account(owner, role="intake")
    with serving(
        config, database_url=database_url, app_database_url=postgres.app_url(database_url)
    ) as served:

        def ask(method: str, path: str, body: Any = None, token: str = "") -> tuple[int, Any]:
            request = urllib.request.Request(
                served.url + API + path,
                method=method,
                data=None if body is None else json.dumps(body).encode(),
                headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
            )
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    return answer.status, json.load(answer)
            except urllib.error.HTTPError as error:
                return error.code, json.load(error)

        _, session = ask(
            "POST", "/auth/login", {"username": account.username, "password": factories.PASSWORD}
        )
        token, complaint_id = session["access_token"], uuid4()
        said = complaint_json()
        assert ask("PUT", f"/complaints/{complaint_id}", said, token)[0] == 201
        assert ask("PUT", f"/complaints/{complaint_id}", {**said, "zone": NAME}, token)[0] == 409
        assert ask("PUT", f"/complaints/{uuid4()}", {**said, "colour": PHONE}, token)[0] == 422
        assert ask("GET", f"/complaints?external_number={PHONE}", None, token)[0] == 200
        status, person = ask("GET", f"/complaints/{complaint_id}/complainant?why=inquiry", None, token)
        assert (status, person["complainant"]["phone"]) == (200, PHONE)
    logged = served.log_path.read_text(encoding="utf-8", errors="replace")
    assert str(complaint_id) in logged, "nothing was logged: the search would prove nothing"
    assert [canary for canary in PLANTED if canary in logged or canary.encode().hex() in logged] == []
