"""Row 4: liability letters, signed at the door: share of each street, and who has not signed."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from uuid import uuid4

from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import Engine, text

from tests import factories
from tests.factories import JINSHA, JINXIN, NOW
from tests.server.documents.doors import API, ROAD, letter, make_street
from tests.server.documents.promised import put_attachment


def test_row_04_a_street_tells_how_many_signed_and_lists_the_unsigned(
    client: FlaskClient, owner: Engine, sign_in: Callable[..., dict[str, str]]
) -> None:
    factories.make_organisations(owner)
    factories.make_rulebook(owner, "service_methods")
    shops = make_street(owner, 5)
    make_street(owner, 1, road="银河路", township=JINXIN)
    empty = factories.make_zone(owner, at=(121.08, 32.08), properties={"street": ROAD})
    officer, handler = sign_in("officer", organisation=JINSHA), sign_in("handler", organisation=JINSHA)

    def put(given: dict, who: dict[str, str] = officer, status: int = 201) -> dict:
        answer = client.put(f"{API}/letters/{uuid4()}", json=given, headers=who)
        assert answer.status_code == status, answer.text
        return answer.get_json()

    def told(query: str, who: dict[str, str] = officer) -> dict:
        return client.get(f"{API}/coverage/letters?{query}", headers=who).get_json()

    # The first three sign before an officer, the fourth refuses, and the fifth's letter has ended meanwhile.
    photos = [put_attachment(client, officer, factories.photo_bytes(seed=seed)) for seed in range(3)]
    signed = [put(letter(shop, photo)) for (shop, _), photo in zip(shops[:3], photos, strict=True)]
    refused = {"outcome": "refused", "note": "店主不在场人员拒签", "how": "left"}
    refusal = put(letter(shops[3][0], None, **refused))
    put(letter(shops[4][0], photos[0], valid_from="2025-09-01", valid_to="2026-09-01"))
    assert signed[0]["services"][0]["how_name"] == "直接送达" and signed[0]["attachments"] == [photos[0]]

    street = told(f"road={ROAD}")
    assert (street["signed"], street["total"], street["share"]) == (3, 5, 0.6)
    assert (street["refused"], street["without_subject"]) == (1, 1)
    assert [(one["subject"], one["zone"]) for one in street["unsigned"]] == sorted(
        shops[3:], key=lambda one: one[1]
    )
    assert [bool(one["refused_at"]) for one in street["unsigned"]] == [True, False]
    # Page by page; of one frontage, as the phone asks at the door; of the day before.
    first = told(f"road={ROAD}&limit=1")
    assert told(f"road={ROAD}&limit=1&cursor={first['next']}")["unsigned"] == street["unsigned"][1:]
    assert (told(f"zone={shops[0][1]}")["signed"], told(f"zone={shops[3][1]}")["signed"]) == (1, 0)
    assert told(f"road={ROAD}&on=2026-08-31")["signed"] == 1
    # Another township hears nothing of it; the district of all, by street.
    assert told(f"road={ROAD}", sign_in("handler", organisation=JINXIN))["total"] == 0
    streets = client.get(f"{API}/coverage/letters/streets", headers=sign_in("zone_manager")).get_json()[
        "items"
    ]
    assert [(one["road"], one["township"], one["signed"], one["total"]) for one in streets] == [
        ("银河路", JINXIN, 0, 1),
        (ROAD, JINSHA, 3, 5),
    ]

    # What a phone takes along of the doors around: names, no number.
    doors = client.get(f"{API}/letters/doors?bbox=121,32,121.2,32.2", headers=officer).get_json()["items"]
    by_zone = {one["zone"]: one for one in doors}
    assert [by_zone[zone]["signed"] for _, zone in shops] == [True, True, True, False, False]
    at_door = by_zone[shops[3][1]]
    assert at_door["subject"] == shops[3][0] and at_door["refused_at"]
    assert at_door["responsible"] == {"rank": 1, "name": "测试经营者", "capacity": ""}
    assert by_zone[empty]["subject"] is None and len(doors) == 6
    rest = client.get(f"{API}/letters/doors?bbox=121.0705,32,121.2,32.2&limit=2", headers=officer).get_json()
    assert len(rest["items"]) == 2 and rest["next"]

    # A later tenant has signed nothing; the letter of the one before stays.
    with owner.begin() as connection:
        connection.execute(
            text(
                "UPDATE subject_place SET valid = daterange(lower(valid), '2026-09-10') WHERE zone_code = :zone"
            ),
            {"zone": shops[0][1]},
        )
    tenant = factories.make_subject(owner, zone=shops[0][1], valid_from=NOW.date().replace(day=10)).code
    later = told(f"road={ROAD}&on=2026-09-10")
    assert later["signed"] == 2 and tenant in [one["subject"] for one in later["unsigned"]]

    # Without a photo nothing is signed, nor for a frontage of somebody else; a second sending changes nothing.
    assert put(letter(shops[3][0], None), status=422)["errors"][0]["path"] == "/photo"
    assert (
        put(letter(shops[3][0], photos[0], zones=[shops[1][1]]), status=422)["errors"][0]["path"] == "/zones"
    )
    again = uuid4()
    for status in (201, 200):
        answer = client.put(f"{API}/letters/{again}", json=letter(shops[3][0], photos[0]), headers=officer)
        assert answer.status_code == status
    other = client.put(f"{API}/letters/{again}", json=letter(shops[4][0], photos[0]), headers=officer)
    assert (other.status_code, other.get_json()["code"]) == (409, "document_conflict")

    # The register is narrowed by the same figures, each township's by its own.
    def named(query: str, who: dict[str, str] = handler) -> list[str]:
        page = client.get(f"{API}/subjects?{query}", headers=who).get_json()
        return [one["code"] for one in page["items"]]

    assert named("signed=true") == sorted(shop for shop, _ in shops[:4])
    assert named("signed=false&state=current") == [shops[4][0]]
    assert named("signed=false", sign_in("handler", organisation=JINXIN)) != []
    assert named("signed=true", sign_in("handler", organisation=JINXIN)) == []

    # What is not signed is printed for the street, one a page; what was, and what was refused, as it was.
    def printed(path: str, who: dict[str, str] = handler) -> str:
        answer = client.get(f"{API}/{path}", headers=who)
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf"), answer.text
        return "\n".join(page.extract_text() for page in PdfReader(BytesIO(answer.data)).pages)

    street_s = printed(f"letters/print.pdf?road={ROAD}")
    assert shops[4][0] in street_s and shops[1][0] not in street_s and "签字：测试经营者" not in street_s
    assert shops[0][0] in printed(f"letters/print.pdf?subject={shops[0][0]}")
    paper = printed(f"documents/{signed[1]['id']}/paper.pdf", officer)
    for words in (signed[1]["code"], shops[1][1], "签字：测试经营者", "2026-09-01", "包容貌"):
        assert words in paper
    assert "签字：测试经营者(拒签)" in printed(f"documents/{refusal['id']}/paper.pdf")
