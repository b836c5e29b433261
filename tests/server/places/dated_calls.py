"""What all sets that come into force on a day share, categories, and the records beside them, called as documented."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flask.testing import FlaskClient

from tests.factories import DISTRICT
from tests.server.world import SignIn

API = "/api/v1"
SETS = "/categories/sets"
CSV = "code,parent,name,name_en,weights\nA1,,市容,Order,\nA101,A1,占道,Goods,frontage 0.05; parking 1\n"
FILE_OF = "?name=GB&source=GB%2FT%20test&list_id=own&list_version=1"


def categories(*codes: str, **others: Any) -> dict[str, Any]:
    """A list of categories without a tree."""
    rows = [{"code": code, "name": f"类别 {code}", "name_en": f"category {code}"} for code in codes]
    return {
        "name": "test",
        "source": "test",
        "list_id": "own",
        "list_version": "2",
        "categories": rows,
        **others,
    }


def check_dated(
    described: dict[str, Any], check_answer: Callable[..., None], client: FlaskClient, sign_in: SignIn
) -> Iterator[tuple[str, str]]:
    """Categories from draft to taking back; taking back sets that are not there; retention and the record of looks."""
    headers = sign_in("admin", organisation=DISTRICT)
    made = 999

    def call(method: str, path: str, status: int, query: str = "", **sent: Any) -> tuple[str, str]:
        address = API + path.replace("{category_set_id}", str(made)) + query
        for name in ("{rule_set_id}", "{plan_set_id}", "{table_id}"):
            address = address.replace(name, "999")
        answer = client.open(address, method=method.upper(), headers=headers, **sent)
        assert answer.status_code == status, f"{address}: {answer.text[:300]}"
        check_answer(described, path, method, answer)
        return path, method

    drafts = "/categories/drafts"
    csv: dict[str, Any] = {"data": CSV.encode(), "content_type": "text/csv"}
    sendings: list[tuple[int, str, dict[str, Any]]] = [
        (201, FILE_OF, csv),
        (201, "", {"json": categories("A1")}),
        (422, "", {"json": categories("A1", "A1")}),
        (422, "", csv),
        (400, FILE_OF, {"data": b"nonsense\n", "content_type": "text/csv"}),
        (415, "", {"data": b"", "content_type": "text/xml"}),
    ]
    for status, query, sent in sendings:
        yield call("post", drafts, status, query, **sent)
    yield call("get", SETS, 200)
    yield call("get", SETS, 400, "?cursor=nonsense")
    of_list = f"{SETS}/{{category_set_id}}"
    for one in (f"{of_list}/trial", of_list):
        yield call("get", one, 404)
    made = client.get(API + SETS, headers=headers).get_json()["items"][0]["id"]
    yield call("get", of_list, 200)
    yield call("get", f"{of_list}/trial", 200, "?day=2030-01-01")
    activate = f"{drafts}/{{category_set_id}}/activate"
    for status, day in [(422, "soon"), (200, "2030-01-01"), (409, "2030-01-02")]:
        yield call("post", activate, status, json={"valid_from": day})
    for status in (200, 200):
        yield call("post", f"{of_list}/withdraw", status)
    yield call("post", activate, 422, json={"valid_from": "2030-01-01"})
    for path in ("/routing-rules/{rule_set_id}", "/patrol-plans/{plan_set_id}", "/deadlines/{table_id}"):
        yield call("post", f"{path}/withdraw", 404)
    yield call("get", "/deadlines/{table_id}/trial", 404)
    yield call("get", "/law-cards/sets", 200)
    yield call("get", "/retention", 200)
    yield call("get", "/reads", 200, "?by=a&of=b&why=track_playback")
    yield call("get", "/reads", 422, "?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z")
    yield call("get", "/reads", 400, "?cursor=nonsense")
    yield call("get", "/reads.csv", 200)
