"""Enforcement and certificates as the document promises them: each call with what it gives and refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine

from tests import factories
from tests.factories import DISTRICT, JINSHA
from tests.server.enforcement.bureau import KINDS, certify
from tests.server.world import Place, SignIn


def check_enforcement(
    described: dict[str, Any],
    check_answer: Callable[..., None],
    client: FlaskClient,
    owner: Engine,
    sign_in: SignIn,
    place: Place,
) -> Iterator[tuple[str, str]]:
    """Every operation of enforcement, on the case of a place."""
    handlers = [factories.make_account(owner, role="handler", organisation=JINSHA) for _ in range(2)]
    one, reviewer = sign_in(handlers[0].username), sign_in("reviewer")
    other, admin = sign_in(handlers[1].username), sign_in("admin", organisation=DISTRICT)
    officers = [str(account.id) for account in handlers]

    def call(
        method: str, path: str, status: int, who: dict[str, str] = one, code: str | None = None, **sent: Any
    ) -> Any:
        address = path.format_map(
            {"number": place.case_number, "nth": 1, "step": "end", **sent.pop("of", {})}
        )
        answer = client.open(f"/api/v1{address}", method=method.upper(), headers=who, **sent)
        assert answer.status_code == status, answer.text[:300]
        assert code is None or (answer.get_json() or {})["code"] == code, answer.text[:300]
        check_answer(described, path, method, answer)
        return answer.get_json(silent=True) or {}

    # --- Certificates
    days = {"first_day": "2026-01-01", "last_day": "2026-12-31"}
    wanted = {"account": officers[0], "number": "苏F-001", **days}
    made = call("post", "/certificates", 201, admin, json=wanted)
    call("post", "/certificates", 409, admin, "certificate_taken", json=wanted)
    call("post", "/certificates", 404, admin, json={**wanted, "account": made["id"]})
    unsent = {**wanted, "account": officers[1], "number": "苏F-002", "photo": "0" * 64}
    call("post", "/certificates", 422, admin, "attachment_missing", json=unsent)
    call("post", "/certificates", 422, admin, json={**wanted, "last_day": "2025-12-31"})
    yield "/certificates", "post"
    call("get", "/certificates", 200)
    client_cursor = client.get("/api/v1/certificates?cursor=nonsense", headers=one)
    check_answer(described, "/certificates", "get", client_cursor)
    yield "/certificates", "get"
    withdraw = "/certificates/{certificate_id}/withdraw"
    call("post", withdraw, 404, admin, of={"certificate_id": officers[0]}, json={"reason": "遗失"})

    # --- Opening
    opened, spot = "/cases/{number}/proceedings", "/cases/{number}/simple-procedure"
    whole = {"officers": officers, "item": "litter", "party_name": "某店"}
    spot_whole = {**whole, "note": "查实", "statement": "无异议", "outcome": "warning"}
    for path, body in ((opened, whole), (spot, spot_whole)):
        call("post", path, 422, json={**body, "officers": []})
    factories.make_rulebook(owner, "penalty_items")
    call("post", opened, 422, code="two_officers_needed", json={**whole, "officers": officers[:1]})
    call("post", opened, 422, code="certificate_refused", json=whole)
    certify(owner, officers[1])
    call("post", opened, 409, code="rulebook_missing", json=whole)
    for kind in KINDS[1:]:
        factories.make_rulebook(owner, kind)
    call("post", opened, 404, of={"number": "TZ-2026-999999"}, json=whole)
    call("post", opened, 409, code="step_refused", json={**whole, "party_name": None})
    number = call("post", opened, 201, json=whole)["number"]
    yield opened, "post"
    call("get", spot, 200)
    call("get", spot, 404, of={"number": "TZ-2026-999999"})
    yield spot, "get"
    call("post", spot, 404, of={"number": "TZ-2026-999999"}, json=spot_whole)
    call("post", spot, 409, code="step_refused", json={**spot_whole, "item": "fumes"})
    call("post", spot, 422, code="amount_refused", json={**spot_whole, "amount_yuan": 5})
    small = call("post", spot, 201, json=spot_whole)["number"]
    yield spot, "post"

    # --- Going on
    step = "/proceedings/{number}/steps/{step}"

    def take(
        name: str, status: int, who: dict[str, str] = one, code: str | None = None, **inputs: Any
    ) -> None:
        version = call("get", "/proceedings/{number}", 200, of={"number": number})["version"]
        body = {"version": version, **inputs}
        call("post", step, status, who, code, of={"number": number, "step": name}, json=body)

    by: dict[str, Any] = {"officers": officers}
    call("post", step, 404, of={"number": "none"}, json={"version": 1})
    take("comply", 409, code="step_refused")
    take("inquire", 422)
    take("inquire", 422, code="attachment_missing", note="查实", attachments=["0" * 64], **by)
    take("inquire", 200, note="查实", **by)
    take("advance_notice", 422, code="amount_refused", outcome="penalty", amount_yuan=1, **by)
    take("advance_notice", 200, outcome="penalty", amount_yuan="200", **by)
    take("hearing", 200, note="听证", **by)
    take("decide", 409, code="legal_review_needed", outcome="penalty", amount_yuan=200, **by)
    take("submit_review", 200)
    take("approve", 409, code="review_by_own_officer", note="同意")
    take("approve", 200, reviewer, note="同意")
    take("decide", 200, outcome="penalty", amount_yuan=200, **by)
    confirmed = {"number": small, "step": "confirm"}
    call("post", step, 200, other, of=confirmed, json={"version": 4, "paid": True})
    yield step, "post"

    # --- Reading
    paper = "/proceedings/{number}/steps/{nth}/paper"
    call("get", paper, 404, of={"number": number})
    call("get", "/proceedings/{number}", 404)
    yield "/proceedings/{number}", "get"
    for path in ("/proceedings", "/decisions"):
        call("get", path, 200)
        check_answer(described, path, "get", client.get(f"/api/v1{path}?cursor=nonsense", headers=one))
        yield path, "get"
    call("get", "/proceedings/counts", 200)
    yield "/proceedings/counts", "get"
    nth = call("get", "/proceedings/{number}", 200, of={"number": number})["steps"][-1]["nth"]
    call("get", paper, 200, of={"number": number, "nth": nth})
    yield paper, "get"
    call("post", withdraw, 200, admin, of={"certificate_id": made["id"]}, json={"reason": "遗失"})
    yield withdraw, "post"
