"""Calendars, hours, deadlines and clocks as the document promises them: each call with what it gives and refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flask.testing import FlaskClient

from tests.server.cases.times import HOURS, ROW, calendar, table
from tests.server.world import Place, SignIn

API = "/api/v1"
CSV = {"Content-Type": "text/csv"}


def check_times(
    described: dict[str, Any],
    check_answer: Callable[..., None],
    client: FlaskClient,
    sign_in: SignIn,
    place: Place,
) -> Iterator[tuple[str, str]]:
    """Every operation of times."""
    headers = sign_in("zone_manager")
    made: dict[str, int] = {}

    def post(path: str, status: int, body: Any, **more: Any) -> None:
        given = {"data": body} if isinstance(body, bytes) else {"json": body}
        sent = {**headers, **(CSV if isinstance(body, bytes) else {}), **more.get("headers", {})}
        address = (API + path).format_map(made) + more.get("query", "")
        answer = client.post(address, headers=sent, **given)
        assert answer.status_code == status, f"{path}: {answer.text[:300]}"
        check_answer(described, path, "post", answer)
        if status == 201 and "id" in answer.get_json():
            made["table_id" if "deadlines" in path else "calendar_id"] = answer.get_json()["id"]

    path = "/office-hours"
    good = {"valid_from": "2022-09-01", "hours": HOURS}
    for body, status in [(good, 201), ({**good, "hours": "at noon"}, 422), ({}, 422)]:
        post(path, status, body)
    yield path, "post"

    path = "/calendars/imports"
    post(path, 201, calendar())
    post(path, 201, b"date,kind,name\n2027-01-01,holiday,\n", query="?name=2027")
    post(path, 422, calendar((2029,)))
    post(path, 415, calendar(), headers={"Content-Type": "text/xml"})
    post(path, 400, b"day\n", query="?name=2027")
    yield path, "post"

    path = "/deadlines/drafts"
    post(path, 201, table())
    post(path, 422, table(ROW, ROW))
    post(path, 422, b"category,handle\n")
    post(path, 415, table(), headers={"Content-Type": "text/xml"})
    yield path, "post"

    path = "/deadlines/drafts/{table_id}/activate"
    for day, status in [("2026-09-01", 200), ("2026-09-01", 200), ("2026-09-02", 409), ("soon", 422)]:
        post(path, status, {"valid_from": day})
    post("/deadlines/drafts", 201, table())
    post(path, 422, {"valid_from": "2026-09-01"})
    made["table_id"] = 999
    post(path, 404, {"valid_from": "2026-09-01"})
    yield path, "post"

    made["table_id"] = 1
    handler = sign_in("dispatcher")
    for address, status in [
        ("/calendars", 200),
        ("/calendars?cursor=nonsense", 400),
        ("/calendars/{calendar_id}", 200),
        ("/office-hours", 200),
        ("/deadlines", 200),
        ("/deadlines/{table_id}", 200),
        ("/deadlines/in-force?category=goods_on_pavement", 200),
        ("/deadlines/in-force?category=unheard_of", 404),
        ("/deadlines/in-force", 422),
        ("/cases/{number}/clocks", 200),
    ]:
        path = address.partition("?")[0]
        answer = client.get(API + address.format_map({**made, "number": place.case_number}), headers=handler)
        assert answer.status_code == status, f"{address}: {answer.text[:300]}"
        check_answer(described, path, "get", answer)
        yield path, "get"
