"""Every operation of subjects called as the document describes it, for the test that holds the two together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine

from tests import factories
from tests.factories import CORNER, JINXIN
from tests.server.world import Place

SINCE = "2026-08-01"
MISSING = "S-999999"


def check_subjects(
    described: dict[str, Any],
    check_answer: Callable[[dict[str, Any], str, str, Any], None],
    client: FlaskClient,
    sign_in: Callable[..., dict[str, str]],
    owner: Engine,
    place: Place,
) -> Iterator[tuple[str, str]]:
    """Register, change, merge, read, import; yields path and method of each operation that answered as documented."""
    desk = sign_in("handler", organisation=place.township)
    bay = factories.make_zone(owner, at=(CORNER[0] + 1e-3, CORNER[1]), township=place.township)
    foreign = factories.make_zone(owner, at=(CORNER[0] + 0.1, CORNER[1]), township=JINXIN)

    def called(path: str, method: str, status: int, code: str = MISSING, **sent: Any) -> Any:
        address = "/api/v1" + path.format(code=code, number=place.case_number)
        answer = client.open(address, method=method.upper(), headers=desk, **sent)
        assert answer.status_code == status, f"{path} {answer.status_code}: {answer.text[:300]}"
        check_answer(described, path, method, answer)
        return answer

    shop = {"name": "甲", "kind": "shop", "reason": "登记", "valid_from": SINCE}
    register = "/subjects"
    persons = [{"rank": 1, "name": "老板"}]
    whole = {**shop, "licence": "L1", "places": [{"zone": place.frontage}], "persons": persons}
    first = called(register, "post", 201, json=whole).get_json()["code"]
    called(register, "post", 409, json={**shop, "licence": "L1"})
    called(register, "post", 403, json={**shop, "places": [{"zone": foreign}]})
    called(register, "post", 422, json={})
    second = called(register, "post", 201, json={**shop, "name": "乙"}).get_json()["code"]
    yield register, "post"
    called(register, "get", 200)
    called(register, "get", 400, query_string={"cursor": "x"})
    yield register, "get"
    called("/subjects/at", "get", 200, query_string={"zone": place.frontage})
    yield "/subjects/at", "get"
    one, of_case, door = "/subjects/{code}", "/cases/{number}/subject", "/subjects/{code}/door.pdf"
    called(of_case, "get", 200)
    yield of_case, "get"
    for path in (one, door):
        called(path, "get", 200, first)
        called(path, "get", 404)
        yield path, "get"

    why, early = {"reason": "变更"}, {"reason": "变更", "valid_from": "2020-01-01"}
    held, itself, other = {"zone": bay, **why}, {"into": second, **why}, {"into": first, **why}
    empty = {"name": "丁", "kind": "vacant", **why}
    person = {"rank": 2, "name": "房东"}
    changes: dict[str, list[tuple[int, str, dict[str, Any]]]] = {
        "/revisions": [
            (200, first, {"name": "丙", **why}),
            (409, second, {"licence": "L1", **why}),
            (422, first, early),
        ],
        "/persons": [(200, first, {**person, **why}), (422, first, {**person, **early})],
        "/places": [(200, first, held), (409, second, held), (422, first, why)],
        "/places/end": [(200, first, held), (422, first, held)],
        "/successors": [(201, first, empty), (422, first, empty)],
        "/merge": [(422, second, itself), (200, second, other), (409, second, other)],
    }
    for end, tried in changes.items():
        called(one + end, "post", 404, json=tried[0][2])
        for status, code, sent in tried:
            called(one + end, "post", status, code, json=sent)
    # Of a record that was merged nothing is changed any more.
    for end in sorted(set(changes) - {"/merge"}):
        called(one + end, "post", 409, second, json=changes[end][0][2])
    yield from ((one + end, "post") for end in changes)

    imports, data = "/subjects/imports", f"名称,责任区\n甲,{bay}\n".encode()
    called(imports, "post", 200, query_string={"name": "x"}, data=data)
    called(imports, "post", 409, query_string={"name": "x", "plan": "0" * 64}, data=data)
    called(imports, "post", 422, query_string={"name": "x"}, data=b"PK\x03\x04")
    yield imports, "post"
