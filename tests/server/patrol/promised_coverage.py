"""Coverage and patrol plans as the document promises them: each call with what it gives and refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy import Engine

from tests import factories
from tests.factories import JINSHA
from tests.server.patrol.standings import make_front, plan, visit
from tests.server.world import SignIn

API = "/api/v1"
TODAY = date(2026, 9, 1)


def check_coverage(
    described: dict[str, Any],
    check_answer: Callable[..., None],
    client: FlaskClient,
    sign_in: SignIn,
    owner: Engine,
) -> Iterator[tuple[str, str]]:
    """Every operation of coverage and of patrol plans, over a front that was visited and one that was not."""
    manager, made = sign_in("zone_manager"), "0"
    officer = factories.make_account(owner, role="officer", organisation=JINSHA)
    seen, _ = (make_front(owner, street="新金路", code=code) for code in ("G1", "G2"))

    def call(
        method: str, path: str, status: int, query: str = "", headers: Any = manager, **sent: Any
    ) -> Any:
        address = API + path.replace("{plan_set_id}", made) + query
        answer = client.open(address, method=method.upper(), headers=headers, **sent)
        assert answer.status_code == status, f"{address}: {answer.text[:300]}"
        check_answer(described, path, method, answer)
        return answer

    path, twice = "/patrol-plans/drafts", [plan("P1"), plan("P1")]
    made = str(
        call("post", path, 201, json={"name": "一", "plans": [plan("P1", zone_kind="frontage")]}).get_json()[
            "id"
        ]
    )
    for status, body in [(422, {"name": "二", "plans": twice}), (422, {"name": "三"})]:
        call("post", path, status, json=body)
    call("post", path, 403, headers=sign_in("officer"), json={})
    yield path, "post"
    path = "/patrol-plans/drafts/{plan_set_id}/activate"
    for status, day in [(200, "2026-08-30"), (409, "2026-08-31"), (422, "soon")]:
        call("post", path, status, json={"valid_from": day})
    yield path, "post"
    call("get", "/patrol-plans", 200)
    call("get", "/patrol-plans", 400, "?cursor=nonsense")
    call("get", "/patrol-plans/{plan_set_id}", 200)
    call("get", "/patrol-plans/{plan_set_id}/trial", 200)
    yield "/patrol-plans", "get"
    yield "/patrol-plans/{plan_set_id}", "get"
    yield "/patrol-plans/{plan_set_id}/trial", "get"

    visit(owner, seen, officer.id, TODAY)
    paged = [(200, "?limit=1"), (400, "?cursor=nonsense"), (422, "?from=2026-09-02")]
    whole = [(200, "?area=320612001"), (422, "?from=2020-01-01"), (422, "?area=3,2,1,4")]
    asked = dict.fromkeys(("/coverage", "/coverage.geojson", "/coverage/gaps"), paged)
    asked |= dict.fromkeys(("/coverage.csv", "/coverage/summary", "/coverage/hours"), whole)
    for path, queries in asked.items():
        for status, query in queries:
            call("get", path, status, query)
        yield path, "get"
    call("get", "/coverage", 200, f"?officer={officer.id}")
    call("get", "/coverage", 404, f"?officer={uuid4()}")
    call("get", "/coverage/summary", 200, "?by=team")
    path, wanted = "/coverage/rounds", {"township": JINSHA, "max_m": 2000, "max_streets": 5}
    for status, body in [(200, wanted), (422, {**wanted, "max_streets": 99}), (422, {"max_m": 1})]:
        call("post", path, status, json=body)
    yield path, "post"
