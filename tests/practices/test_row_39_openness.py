"""Row 39: the public page tells figures, decisions and satisfaction, and leaks no person, telephone or number plate."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from server import schema
from tests import factories
from tests.conftest import StandingClock
from tests.factories import CORNER, JINSHA
from tests.postgres import TestServer, engine
from tests.server.cases.desk import WAYS, make_desk
from tests.server.complaints.calls import end_case, taken
from tests.server.openness.decided import API, ITEM, decide, make_matter, publish

SignIn = Callable[..., dict[str, str]]
OPEN = "/api/v1/open"
PLANTED = 1000
_FAMILIES, _GIVEN = "欧阳 上官 皇甫 令狐 诸葛 司徒 尉迟 公孙".split(), "柏椿檀桐梓楠榆槐栎桦"


def planted() -> list[tuple[str, str, str]]:
    """A thousand names, telephones and plates that nobody has."""
    chance = Random(39)
    return [
        (
            f"{chance.choice(_FAMILIES)}{_GIVEN[n // 100]}{_GIVEN[n // 10 % 10]}{_GIVEN[n % 10]}",
            f"139{chance.randrange(10**4):04d}{n:04d}",
            f"苏F{chance.choice('ABCDEFGH')}{n:04d}",
        )
        for n in range(PLANTED)
    ]


def test_row_39_none_of_a_thousand_planted_names_phones_and_plates_is_in_any_public_answer(
    client: FlaskClient, owner: Engine, sign_in: SignIn, clock: StandingClock
) -> None:
    triples = planted()
    left = iter(triples)

    def chunk(many: int) -> str:
        return "、".join(" ".join(next(left)) for _ in range(many))

    # What officers and complainants write, and what lies in a photo besides the picture.
    photo = _photo(chunk(60))
    matter = make_matter(client, owner, sign_in, photo=photo, note=chunk(60))
    intake = sign_in("intake")
    person = next(left)
    complaint = taken(
        client,
        intake,
        case=matter.case,
        text=chunk(60),
        complainant={"name": person[0], "phone": person[1], "address": chunk(4), "wishes_callback": True},
    )
    end_case(owner, matter.case)
    called = {"reached": True, "satisfaction": 5, "note": chunk(30)}
    answer = client.post(f"/api/v1/complaints/{complaint['id']}/callbacks", json=called, headers=intake)
    assert answer.status_code == 201, answer.text

    # Parties, and why something was taken back.
    drafter, approver = sign_in("handler"), sign_in("reviewer")
    for _ in range(10):
        told = publish(client, decide(owner, matter, party=chunk(5)), drafter, approver, photo=matter.sha256)
        address = f"{API}/publications/{told['id']}"
    reason = chunk(10)
    assert client.post(f"{address}/withdraw", json={"reason": reason}, headers=approver).status_code == 200
    # At the desk it is read, so what follows can fail.
    assert client.get(address, headers=approver).get_json()["withdrawn_reason"] == reason

    # Names that are known: of people here, of those who answer for places; shops, fronts and their fields.
    shops = [
        factories.make_subject(owner, name=f"{name}水果店", occupier=name).id
        for name, _, _ in (next(left) for _ in range(150))
    ]
    shops.append(factories.make_subject(owner, name="云帆水果店").id)
    for kind in ("rating_rules", "first_offence", "leniency_lists"):
        factories.make_rulebook(owner, kind)
    shop = factories.make_subject(owner, name=f"{person[0]}杂货铺", occupier=person[0])
    _appealed(client, sign_in, clock, shop, chunk)
    # The newest list is shown.
    clock.advance(minutes=1)
    _rate(owner, shops, clock.now)
    for _ in range(20):
        factories.make_zone(owner, name=chunk(3), properties={"shop": chunk(3)})
    with owner.begin() as connection:
        for name, phone, plate in left:
            connection.execute(
                text(
                    "INSERT INTO account (id, username, display_name, role, organisation_id, password_hash) "
                    "SELECT gen_random_uuid(), :user, :name, 'officer', id, :plate FROM organisation LIMIT 1"
                ),
                {"user": f"u{phone}", "name": name, "plate": plate},
            )

    # Data that gets into the text is looked at: each of these names somebody, a telephone, a plate.
    wrong = [
        {**ITEM, "code": f"wrong{n}", "name": f"占道 {said}"}
        for n, said in enumerate((triples[-1][0], triples[3][1], triples[4][2], triples[200][0]))
    ]
    items = factories.make_rulebook(owner, "penalty_items", [ITEM, *wrong], valid_from=factories.NOW.date())
    with owner.begin() as connection:
        _street_before_the_door(connection, triples[5][2])
    for item in [*(row["code"] for row in wrong), "goods"]:
        decision = decide(owner, type(matter)(matter.case, matter.sha256, items), item=item)
        refused = client.put(
            f"{API}/publications/{uuid4()}", json={"decision": str(decision)}, headers=drafter
        )
        assert (refused.status_code, refused.get_json()["code"]) == (422, "publication_names_somebody"), item

    found = list(_public(client))
    ratings = orjson.loads(dict(found)[f"{OPEN}/ratings"])
    assert "云帆水果店" in {line["name"] for line in ratings["items"]}
    assert [(line["name"], line["colour"]) for line in ratings["corrections"]] == [(shop.code, None)]
    assert len(found) > 12 and sum("/photos/" in address for address, _ in found) == 9
    for address, body in found:
        shown = [said for triple in triples for said in triple if said.encode() in body]
        assert shown == [], address


def test_row_39_satisfaction_and_figures_are_told_by_township_and_few_answers_are_not(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    desk, intake = make_desk(client, owner, sign_in), sign_in("intake")
    number = desk.open()
    complaints = [taken(client, intake, case=number, external_number=None)["id"] for _ in range(5)]

    def answered(*satisfactions: int) -> list[int]:
        return [
            client.post(
                f"/api/v1/complaints/{complaints.pop()}/callbacks",
                json={"reached": True, "satisfaction": satisfaction},
                headers=intake,
            ).status_code
            for satisfaction in satisfactions
        ]

    def jinsha() -> dict:
        answer = client.get(f"{OPEN}/statistics?month=2026-09")
        assert answer.headers["Cache-Control"] == "public, max-age=300"
        return {one["code"]: one for one in answer.get_json()["townships"]}[JINSHA]

    # People are called once their case is closed, and told of from five answers on.
    desk.walk(number, *WAYS["closed"])
    assert answered(5, 4, 2, 5) == [201] * 4
    assert (jinsha()["answers"], jinsha()["satisfied_share"]) == (None, None)
    answered(1)
    assert (jinsha()["answers"], jinsha()["satisfied"], jinsha()["satisfied_share"]) == (5, 3, 0.6)
    assert client.get(f"{OPEN}/statistics?month=2026-08").get_json()["townships"][0]["on_time_share"] is None
    assert client.get(f"{OPEN}/statistics?month=1066-10").status_code == 422


def test_row_39_the_public_role_reads_no_table_and_calls_nothing_but_what_is_public(
    owner: Engine, database_url: str, postgres: TestServer
) -> None:
    with owner.connect() as connection:
        tables = list(
            connection.execute(
                text(
                    "SELECT relname FROM pg_class WHERE relnamespace = CAST('public' AS regnamespace) "
                    "AND relkind IN ('r', 'p', 'v', 'm') AND NOT EXISTS "
                    "(SELECT 1 FROM pg_depend d WHERE d.objid = pg_class.oid AND d.deptype = 'e')"
                )
            ).scalars()
        )
        callable_ = set(
            connection.execute(
                text(
                    "SELECT proname FROM pg_proc WHERE pronamespace = CAST('public' AS regnamespace) AND prosecdef "
                    "AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = pg_proc.oid AND d.deptype = 'e') "
                    "AND has_function_privilege('frontage_public', oid, 'EXECUTE')"
                )
            ).scalars()
        )
    assert callable_ == {
        "open_statistics_v1",
        "open_decisions_v1",
        "open_photo_v1",
        "open_rating_list_v1",
        "open_ratings_v1",
        "open_rating_corrections_v1",
        "open_legal_texts_v1",
    }
    assert len(tables) > 100
    with engine(schema.role_url(database_url, "frontage_public", postgres.app_password)) as public:
        for table in tables:
            with public.connect() as connection, pytest.raises(DBAPIError) as refused:
                connection.exec_driver_sql(f"SELECT 1 FROM {table}")
            assert refused.value.orig.pgcode == "42501", table  # type: ignore[union-attr]
        with public.connect() as connection:
            writes = (
                "SELECT has_table_privilege(:table, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')"
            )
            assert [one for one in tables if connection.scalar(text(writes), {"table": one})] == []


def _public(client: FlaskClient) -> Iterator[tuple[str, bytes]]:
    """Every answer of the public page: figures, all pages of decisions with their photos, ratings."""
    told = ("statistics", "statistics?month=2026-08", "ratings", "laws")
    for address in ("/open", *(f"{OPEN}/{one}" for one in told)):
        with client.get(address) as answer:
            if answer.status_code == 200:
                yield address, answer.data
    cursor = ""
    while True:
        address = f"{OPEN}/decisions?limit=4{cursor}"
        answer = client.get(address)
        assert answer.status_code == 200
        yield address, answer.data
        page = answer.get_json()
        for one in page["items"]:
            for photo in one["photos"]:
                yield photo, client.get(photo).data
        if page["next"] is None:
            return
        cursor = f"&cursor={page['next']}"


def _appealed(
    client: FlaskClient,
    sign_in: SignIn,
    clock: StandingClock,
    shop: factories.MadeSubject,
    chunk: Callable[[int], str],
) -> None:
    """A list with a shop that appealed and was taken off it, let off once too; everywhere somebody wrote names."""
    manager, reviewer, officer = sign_in("zone_manager"), sign_in("reviewer"), sign_in("officer")

    def did(headers: dict[str, str], method: str, path: str, **body: Any) -> Any:
        answer = client.open(f"/api/v1{path}", method=method, json=body, headers=headers)
        assert answer.status_code in (200, 201), answer.text
        return answer.get_json()

    for _ in range(2):
        said = {"subject": shop.code, "event": "refused_cooperation", "on": "2026-08-20", "reason": chunk(10)}
        did(officer, "PUT", f"/ratings/entries/{uuid4()}", **said)
    one = f"/ratings/publications/{did(manager, 'POST', '/ratings/publications', on='2026-09-01')['id']}"
    did(manager, "POST", f"{one}/notice")
    appealed = did(officer, "POST", f"{one}/appeals", subject=shop.code, grounds=chunk(10))
    appeal = appealed["entries"][0]["appeal"]["id"]
    did(reviewer, "POST", f"/ratings/appeals/{appeal}/decision", upheld=True, reason=chunk(10))
    clock.advance(days=6)
    did(manager, "POST", f"{one}/publish")
    let_off = {
        "row": "shall_no_fault",
        "facts": {"at_fault": False},
        "item": "illegal_signs",
        "amount_yuan": 100,
    }
    let_off |= {"on": "2026-08-30", "educated_on": "2026-08-31", "reason": chunk(10), "education": chunk(10)}
    did(reviewer, "PUT", f"/leniency/decisions/{uuid4()}", subject=shop.code, **let_off)


def _rate(owner: Engine, shops: Sequence[UUID], at: datetime) -> None:
    """A published list with all of them."""
    rules = factories.make_rulebook(owner, "rating_rules")
    with owner.begin() as connection:
        connection.execute(
            text(
                "WITH list AS (INSERT INTO rating_list (id, on_day, rules_id, through, merged, content, digest, "
                "made_at, made_by) SELECT gen_random_uuid(), '2026-08-31', :rules, 0, '{}', '{}', repeat('a', 64), "
                ":at, a.id FROM account a LIMIT 1 RETURNING id, made_by), "
                "step AS (INSERT INTO rating_list_step (list_id, action, at, by, notice_until, appeal_until) "
                "SELECT id, 'noticed', :at, made_by, CURRENT_DATE, CURRENT_DATE FROM list "
                "UNION ALL SELECT id, 'published', :at, made_by, NULL, NULL FROM list) "
                "INSERT INTO rating_entry (list_id, subject_id, colour, score, name, township_code) "
                "SELECT list.id, v.subject_id, 'black', '60', v.name, :township FROM list, subject_version v "
                "WHERE v.subject_id = ANY (:shops)"
            ),
            {"rules": rules, "at": at, "township": JINSHA, "shops": list(shops)},
        )


def _photo(comment: str) -> bytes:
    """A photo whose metadata says much."""
    made = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = comment.encode().decode("latin-1")
    Image.new("RGB", (64, 48), (90, 120, 60)).save(made, "JPEG", exif=exif, comment=comment.encode())
    return made.getvalue()


def _street_before_the_door(connection, name: str) -> None:
    lon, lat = CORNER
    connection.execute(
        text(
            "INSERT INTO street (digest, name, geom, valid, source, sample) SELECT repeat('e', 64), :name, "
            "ST_SetSRID(ST_MakeLine(ST_MakePoint(:west, :lat), ST_MakePoint(:east, :lat)), 4326), "
            "daterange('2022-09-01', NULL), 'test', true"
        ),
        {"name": f"{name}路", "west": lon - 1e-3, "east": lon + 1e-3, "lat": lat},
    )
