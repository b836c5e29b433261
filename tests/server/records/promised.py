"""Records, as the document promises them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy import Engine

from tests import factories
from tests.factories import JINSHA, NOW
from tests.server.records.filing import API, INSPECTED, RUN, filed
from tests.server.world import SignIn


def check_records(
    described: dict[str, Any],
    check_answer: Callable[..., None],
    client: FlaskClient,
    sign_in: SignIn,
    owner: Engine,
) -> Iterator[tuple[str, str]]:
    """Every operation of records."""
    factories.make_rulebook(owner, "forms")
    reviewer, record, other = sign_in("reviewer"), str(uuid4()), str(uuid4())
    day = NOW.date().isoformat()
    inspected = {"form": "inspection", "at": NOW.isoformat(), "about": {"code": JINSHA}, "answers": INSPECTED}

    def call(method: str, path: str, status: int, query: str = "", to: str = record, **sent: Any) -> None:
        address = API + path.replace("{record_id}", to) + query
        answer = client.open(address, method=method.upper(), headers=reviewer, **sent)
        assert answer.status_code == status, f"{address}: {answer.text[:300]}"
        check_answer(described, path, method, answer)

    path, corrected = "/records/{record_id}", {**inspected, "corrects": record}
    filing = [
        (record, 201, inspected),
        (record, 200, inspected),
        (record, 409, {**inspected, "form": "waste_run"}),
        (other, 409, {**inspected, "form": "no_such"}),
        (other, 422, {**inspected, "answers": {}}),
        (other, 422, {**inspected, "answers": {**INSPECTED, "photos": ["0" * 64]}}),
        (other, 201, corrected),
        (str(uuid4()), 409, corrected),
    ]
    for to, status, sent in filing:
        call("put", path, status, to=to, json=sent)
    yield path, "put"
    call("get", path, 200)
    call("get", path, 404, to=str(uuid4()))
    yield path, "get"
    call("get", "/records", 200)
    call("get", "/records", 400, "?cursor=x")
    yield "/records", "get"
    call("post", "/records/trial", 200, json={"form": "inspection", "answers": {"files": 1}})
    call("post", "/records/trial", 409, json={"form": "no_such", "answers": {}})
    yield "/records/trial", "post"
    for ending in ("csv", "xlsx"):
        call("get", f"/records.{ending}", 200, f"?form=inspection&from={day}&to={day}")
        yield f"/records.{ending}", "get"
    for name in ("ranking", "heads", "heads.xlsx"):
        call("get", f"/records/{name}", 200, "?form=inspection&period=2026-Q3")
        call("get", f"/records/{name}", 409, "?form=no_such&period=2026")
        yield f"/records/{name}", "get"
    village = factories.make_zone(owner, kind="community")
    filed(client, sign_in("handler", organisation=JINSHA), "waste_run", RUN, about=village)
    call("get", "/records/missed", 200, "?form=waste_run")
    call("get", "/records/missed", 409, "?form=no_such")
    call("get", "/records/missed", 422, "?form=inspection")
    yield "/records/missed", "get"
    call("get", "/listening/grid", 200, f"?from={day}&to={day}")
    yield "/listening/grid", "get"
