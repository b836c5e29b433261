"""Publishing and the public page as the document promises them: each call with what it gives and refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import Engine

from tests import factories
from tests.server.openness.decided import ITEM, Matter, decide
from tests.server.world import Place, SignIn

ONE = "/openness/publications/{publication_id}"
PHOTO = f"{ONE}/photos/{{sha256}}"
NO_DECISION = {"decision": str(UUID(int=52))}


def check_openness(
    described: dict[str, Any],
    check_answer: Callable[..., None],
    client: FlaskClient,
    sign_in: SignIn,
    owner: Engine,
    place: Place,
) -> Iterator[tuple[str, str]]:
    """Every operation of publishing and of the public page."""
    drafter, approver = sign_in("handler"), sign_in("reviewer")
    factories.make_rulebook(owner, "publication_rules")
    items = factories.make_rulebook(owner, "penalty_items", [ITEM], valid_from=factories.NOW.date())
    matter = Matter(place.case_number, place.sha256, items)
    decision, another = decide(owner, matter), decide(owner, matter)
    values = {"publication_id": str(decision), "sha256": matter.sha256}

    def call(
        method: str,
        path: str,
        status: int,
        headers: dict[str, str] | None = None,
        query: str = "",
        **sent: Any,
    ) -> Any:
        address = path.format(**values)
        answer = client.open(f"/api/v1{address}{query}", method=method.upper(), headers=headers, **sent)
        assert answer.status_code == status, answer.text[:300]
        check_answer(described, path, method, answer)
        return answer

    call("get", "/openness/overdue", 200, drafter, "?ahead_days=30")
    call("get", "/openness/overdue", 400, drafter, "?cursor=nonsense")
    yield "/openness/overdue", "get"
    call("get", ONE, 404, drafter)
    drafts = [(404, NO_DECISION), (201, {"decision": str(decision)}), (200, {"decision": str(decision)})]
    for status, body in [*drafts, (409, {"decision": str(another)}), (422, {})]:
        call("put", ONE, status, drafter, json=body)
    yield ONE, "put"
    call("get", ONE, 200, drafter)
    yield ONE, "get"
    call("get", "/openness/publications", 200, drafter, "?state=draft")
    call("get", "/openness/publications", 400, drafter, "?cursor=nonsense")
    yield "/openness/publications", "get"
    call("get", PHOTO, 200, drafter)
    call("get", PHOTO, 200, drafter, "?blurred=true")
    yield PHOTO, "get"
    call("get", f"{PHOTO}/proposals", 200, drafter)
    yield f"{PHOTO}/proposals", "get"
    kept = call("put", PHOTO, 200, drafter, json={"chosen": True, "regions": [[0, 0, 0.5, 0.5]]}).get_json()
    call("put", PHOTO, 422, drafter, json={"chosen": True, "regions": [[0, 0, 0, 0]]})
    yield PHOTO, "put"
    for status, headers in [(403, drafter), (200, approver), (409, approver)]:
        call("post", f"{ONE}/approve", status, headers)
    yield f"{ONE}/approve", "post"
    call("get", "/open/statistics", 200, query="?month=2026-08")
    call("get", "/open/statistics", 422, query="?month=2026")
    yield "/open/statistics", "get"
    assert len(call("get", "/open/decisions", 200).get_json()["items"]) == 1
    call("get", "/open/decisions", 400, query="?cursor=nonsense")
    yield "/open/decisions", "get"
    for path in ("/open/ratings", "/open/laws"):
        call("get", path, 200)
        yield path, "get"
    values["photo_id"] = kept["photos"][0]["id"]
    call("get", "/open/photos/{photo_id}", 200)
    values["photo_id"] = str(UUID(int=52))
    call("get", "/open/photos/{photo_id}", 404)
    yield "/open/photos/{photo_id}", "get"
    for status in (200, 409):
        call("post", f"{ONE}/withdraw", status, approver, json={"reason": "test"})
    yield f"{ONE}/withdraw", "post"
