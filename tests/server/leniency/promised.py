"""Leniency as the document promises it: each call with what it gives and refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from flask.testing import FlaskClient
from sqlalchemy import Engine

from tests import factories
from tests.server.world import SignIn

MATTER: dict[str, Any] = {"subject": "none", "item": "illegal_signs", "on": "2026-08-30"}
DECISION: dict[str, Any] = {
    **MATTER,
    "row": "shall_no_fault",
    "facts": {"at_fault": False},
    "amount_yuan": 100,
    "reason": "他人所为",
    "education": "当面教育",
    "educated_on": "2026-08-31",
}
ONE, LIST, HELP = "/leniency/decisions/{leniency_id}", "/leniency/decisions", "/leniency/help"
FIRST = "/leniency/first-offence"


def check_leniency(
    described: dict[str, Any],
    check_answer: Callable[..., None],
    client: FlaskClient,
    sign_in: SignIn,
    owner: Engine,
) -> Iterator[tuple[str, str]]:
    """Every operation of leniency."""
    reviewer = sign_in("reviewer")
    firm = {"subject": factories.make_subject(owner).code}

    def call(method: str, path: str, status: int, query: str = "", **sent: Any) -> None:
        address = path.format(leniency_id=sent.pop("of", UUID(int=49)))
        answer = client.open(f"/api/v1{address}{query}", method=method.upper(), headers=reviewer, **sent)
        assert answer.status_code == status, f"{address}: {answer.text[:300]}"
        check_answer(described, path, method, answer)

    known, query = {**DECISION, **firm}, f"?subject={firm['subject']}&item=illegal_signs"
    call("get", FIRST, 409, query)
    call("post", HELP, 409, json={**MATTER, **firm})
    call("put", ONE, 409, json=known)
    # What the lists cite stands in the newest legal texts, whatever others made of those.
    factories.make_rulebook(owner, "legal_texts", valid_from=date(2030, 1, 1))
    for kind in ("first_offence", "leniency_lists"):
        factories.make_rulebook(owner, kind)
    for status, asked in [(200, query), (404, "?subject=none&item=none"), (422, "")]:
        call("get", FIRST, status, asked)
    yield FIRST, "get"
    for status, matter in [(200, {**MATTER, **firm}), (404, MATTER), (422, {})]:
        call("post", HELP, status, json=matter)
    yield HELP, "post"
    for status, body in [(201, known), (200, known), (409, {**known, "reason": "其他"}), (404, None)]:
        call("put", ONE, status, **({"json": body} if body else {"json": DECISION, "of": uuid4()}))
    for unfit in ({"education": None, "educated_on": None}, {"attachments": ["f" * 64]}):
        call("put", ONE, 422, of=uuid4(), json={**known, **unfit})
    call("put", ONE, 409, of=uuid4(), json={**known, "facts": {}})
    yield ONE, "put"
    call("get", ONE, 200)
    call("get", ONE, 404, of=uuid4())
    yield ONE, "get"
    call("get", LIST, 200, "?from=2026-01-01")
    call("get", LIST, 400, "?cursor=nonsense")
    yield LIST, "get"
    call("get", "/leniency/totals", 200)
    yield "/leniency/totals", "get"
