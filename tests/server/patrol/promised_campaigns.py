"""Campaigns as the document promises them: each call with what it gives and refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient

from tests.factories import NOW
from tests.server.world import Place, SignIn

API = "/api/v1"
ONE = "/campaigns/{campaign_id}"
CAMPAIGN: dict[str, Any] = {
    "name": "四类行业",
    "from": "2026-08-01",
    "to": "2026-09-30",
    "checklist": [{"code": "goods", "text": "占道堆物", "text_en": "Goods outside"}],
}


def check_campaigns(
    described: dict[str, Any],
    check_answer: Callable[..., None],
    client: FlaskClient,
    sign_in: SignIn,
    place: Place,
) -> Iterator[tuple[str, str]]:
    """Every operation of campaigns."""
    officer, manager = sign_in(place.officer), sign_in("zone_manager")
    campaign = {**CAMPAIGN, "selection": {"codes": [place.frontage]}}
    of = {"campaign_id": ""}

    def call(method: str, path: str, status: int, headers: dict[str, str], **sent: Any) -> Any:
        named = of | {"campaign_id": sent.pop("campaign", of["campaign_id"]), "result_id": sent.pop("to", "")}
        address = API + path.format_map(named) + sent.pop("query", "")
        answer = client.open(address, method=method.upper(), headers=headers, **sent)
        assert answer.status_code == status, f"{address}: {answer.text[:300]}"
        check_answer(described, path, method, answer)
        return answer.json

    tried = {"from": campaign["from"], "selection": campaign["selection"]}
    for status, headers, sent in [(200, manager, tried), (422, manager, {}), (403, officer, tried)]:
        call("post", "/campaigns/preview", status, headers, json=sent)
    yield "/campaigns/preview", "post"
    for status, headers, query in [(200, manager, ""), (422, manager, "?from=x"), (403, officer, "")]:
        call("get", "/campaigns/choices", status, headers, query=query)
    yield "/campaigns/choices", "get"
    of["campaign_id"] = call("post", "/campaigns", 201, manager, json=campaign)["id"]
    call("post", "/campaigns", 422, manager, json=CAMPAIGN)
    call("post", "/campaigns", 403, officer, json=campaign)
    yield "/campaigns", "post"
    terms = {"version": 1, "target_visits": 3}
    for status, body in [(200, terms), (409, terms), (422, {"version": 0})]:
        call("patch", ONE, status, manager, json=body)
    call("patch", ONE, 404, manager, json=terms, campaign=str(uuid4()))
    yield ONE, "patch"
    yield from _results(call, officer, manager, place)
    yield from _reading(call, officer)
    call("patch", ONE, 200, manager, json={"version": 2, "cancelled_because": "test"})
    call("patch", ONE, 409, manager, json={"version": 3})
    call("get", ONE, 200, officer)


def _results(
    call: Callable[..., Any], officer: dict[str, str], manager: dict[str, str], place: Place
) -> Iterator[tuple[str, str]]:
    path, to = f"{ONE}/results/{{result_id}}", str(uuid4())
    linked = [{"report": str(place.report_id), "role": "baseline"}]
    body = {"zone": place.frontage, "looked_at": NOW.isoformat(), "items": [{"item": "goods", "ok": False}]}
    body |= {"reports": linked}
    for status, sent in [(201, body), (200, body), (409, {**body, "note": "other"}), (422, {})]:
        call("put", path, status, officer, json=sent, to=to)
    call("put", path, 403, manager, json=body, to=to)
    call("put", path, 404, officer, json=body, to=to, campaign=str(uuid4()))
    yield path, "put"


def _reading(call: Callable[..., Any], officer: dict[str, str]) -> Iterator[tuple[str, str]]:
    for path in ("/campaigns", f"{ONE}/results", f"{ONE}/zones", f"{ONE}/pairs"):
        for status, query in [(200, "?limit=1"), (400, "?cursor=nonsense"), (422, "?limit=0")]:
            call("get", path, status, officer, query=query)
        yield path, "get"
    call("get", f"{ONE}/pairs", 404, officer, campaign=str(uuid4()))
    for path in (ONE, f"{ONE}/progress", f"{ONE}/progress.csv"):
        call("get", path, 200, officer)
        call("get", path, 404, officer, campaign=str(uuid4()))
        yield path, "get"
