"""Ratings as the document promises them: each call with what it gives and refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

from flask.testing import FlaskClient
from sqlalchemy import Engine

from tests import factories
from tests.server.world import SignIn

SCORE: dict[str, Any] = {
    "subject": "none",
    "event": "refused_cooperation",
    "on": "2026-08-20",
    "reason": "拒绝改正",
}
APPEAL: dict[str, Any] = {"subject": "none", "grounds": "已配合"}
LISTS = "/ratings/publications"
ONE = f"{LISTS}/{{publication_id}}"


def check_ratings(
    described: dict[str, Any],
    check_answer: Callable[..., None],
    client: FlaskClient,
    sign_in: SignIn,
    owner: Engine,
) -> Iterator[tuple[str, str]]:
    """Every operation of ratings."""
    manager, reviewer = sign_in("zone_manager"), sign_in("reviewer")
    named: dict[str, Any] = {"publication_id": uuid4(), "appeal_id": uuid4()}

    def call(method: str, path: str, status: int, query: str = "", **sent: Any) -> Any:
        headers = sent.pop("headers", manager)
        address = path.format(**{"score_id": UUID(int=48), **named, **sent.pop("of", {})})
        answer = client.open(f"/api/v1{address}{query}", method=method.upper(), headers=headers, **sent)
        assert answer.status_code == status, f"{address}: {answer.text[:300]}"
        check_answer(described, path, method, answer)
        return answer.json

    shop = factories.make_subject(owner).code
    score = "/ratings/entries/{score_id}"
    of_shop: dict[str, Any] = {"of": {"code": shop}}
    call("get", "/ratings/lists", 409)
    assert call("get", "/ratings/subjects/{code}", 200, **of_shop)["rules"] is None
    call("post", LISTS, 409, json={"on": "2026-09-01"})
    trial = {name: SCORE[name] for name in ("event", "on")}
    call("put", score, 409, json={**SCORE, "subject": shop})
    call("post", "/ratings/trial", 409, json={**trial, "subject": shop})
    factories.make_rulebook(owner, "rating_rules")
    for status, body in [(404, SCORE), (201, {**SCORE, "subject": shop}), (200, {**SCORE, "subject": shop})]:
        call("put", score, status, json=body)
    call("put", score, 422, json={**SCORE, "subject": shop, "event": "none"})
    call("put", score, 409, json={**SCORE, "subject": shop, "reason": "另一理由"})
    call("put", score, 201, of={"score_id": UUID(int=49)}, json={**SCORE, "subject": shop})
    yield score, "put"
    for status, subject, event in [(200, shop, "helped"), (404, "none", "helped"), (422, shop, "none")]:
        call("post", "/ratings/trial", status, json={"subject": subject, "event": event, "on": "2026-08-20"})
    yield "/ratings/trial", "post"
    call("get", "/ratings/lists", 200, "?colour=black&on=2026-09-01")
    yield "/ratings/lists", "get"
    call("get", "/ratings/subjects/{code}", 200, **of_shop)
    call("get", "/ratings/subjects/{code}", 404, of={"code": "none"})
    yield "/ratings/subjects/{code}", "get"
    named["publication_id"] = call("post", LISTS, 201, json={"on": "2026-09-01"})["id"]
    call("post", LISTS, 422, json={"on": "2999-09-01"})
    yield LISTS, "post"
    call("get", LISTS, 200)
    call("get", LISTS, 400, "?cursor=nonsense")
    yield LISTS, "get"
    yield from _one(call, reviewer, shop, named)


def _one(
    call: Callable[..., Any], reviewer: dict[str, str], shop: str, named: dict[str, Any]
) -> Iterator[tuple[str, str]]:
    nothing: dict[str, Any] = {"of": {"publication_id": uuid4()}}
    for path in (ONE, f"{ONE}/replay"):
        call("get", path, 200)
        call("get", path, 404, **nothing)
        yield path, "get"
    appeals = f"{ONE}/appeals"
    call("post", appeals, 409, json={**APPEAL, "subject": shop})
    for action, status in (("publish", 409), ("notice", 200), ("notice", 409)):
        call("post", f"{ONE}/{action}", status)
        call("post", f"{ONE}/{action}", 404, **nothing)
    yield f"{ONE}/notice", "post"
    made = call("post", appeals, 201, json={**APPEAL, "subject": shop})
    named["appeal_id"] = made["entries"][0]["appeal"]["id"]
    for status, body in [(409, {**APPEAL, "subject": shop}), (404, APPEAL), (422, {})]:
        call("post", appeals, status, json=body)
    yield appeals, "post"
    decision, upheld = "/ratings/appeals/{appeal_id}/decision", {"upheld": False, "reason": "记录属实"}
    for status, body in [(422, {}), (200, upheld), (409, upheld)]:
        call("post", decision, status, headers=reviewer, json=body)
    call("post", decision, 404, headers=reviewer, json=upheld, of={"appeal_id": uuid4()})
    yield decision, "post"
    call("post", f"{ONE}/publish", 409)
    yield f"{ONE}/publish", "post"
    for status, body in [(422, {}), (200, {"reason": "重拟"}), (409, {"reason": "重拟"})]:
        call("post", f"{ONE}/withdraw", status, json=body)
    call("post", f"{ONE}/withdraw", 404, json={"reason": "重拟"}, **nothing)
    yield f"{ONE}/withdraw", "post"
