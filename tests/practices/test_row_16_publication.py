"""Row 16: enforcement is disclosed. A decision older than N days without publication stands on the compliance list."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy import Engine

from tests.conftest import StandingClock
from tests.factories import JINXIN
from tests.server.openness.decided import API, decide, make_matter, publish

SignIn = Callable[..., dict[str, str]]
# By the sample rules: a penalty within 7 days, no penalty within 20, a warning not at all.
DAYS = 7


def test_row_16_a_decision_older_than_n_days_without_publication_is_on_the_compliance_list(
    client: FlaskClient, owner: Engine, sign_in: SignIn, clock: StandingClock
) -> None:
    matter = make_matter(client, owner, sign_in)
    late, on_time = decide(owner, matter, days_ago=DAYS + 1), decide(owner, matter, days_ago=DAYS)
    spared = decide(owner, matter, days_ago=DAYS + 1, outcome="no_penalty_shall", amount=0)
    decide(owner, matter, days_ago=400, outcome="warning", amount=0)
    reviewer, handler = sign_in("reviewer"), sign_in("handler")

    def overdue(headers: dict[str, str] = reviewer, query: str = "") -> dict[str, tuple[int, bool]]:
        found: dict[str, tuple[int, bool]] = {}
        cursor = ""
        while True:
            page = client.get(f"{API}/overdue?limit=1{query}{cursor}", headers=headers).get_json()
            found |= {one["decision"]: (one["days_late"], one["draft"] is not None) for one in page["items"]}
            if page["next"] is None:
                return found
            cursor = f"&cursor={page['next']}"

    assert overdue() == {str(late): (1, False)}
    assert overdue(query="&ahead_days=30") == {
        str(late): (1, False),
        str(on_time): (0, False),
        str(spared): (1 + DAYS - 20, False),
    }
    # A township sees its own, its neighbour nothing of it.
    assert overdue(handler) == overdue()
    assert overdue(sign_in("handler", organisation=JINXIN)) == {}

    # A draft is not public: the decision stays on the list, and leaves it when somebody else approves.
    publication = f"{API}/publications/{uuid4()}"
    draft = client.put(publication, json={"decision": str(late)}, headers=reviewer)
    assert draft.status_code == 201 and draft.get_json()["state"] == "draft"
    assert client.put(publication, json={"decision": str(late)}, headers=reviewer).status_code == 200
    second = client.put(f"{API}/publications/{uuid4()}", json={"decision": str(late)}, headers=handler)
    assert (second.status_code, second.get_json()["code"]) == (409, "publication_conflict")
    assert overdue() == {str(late): (1, True)}
    assert client.get("/api/v1/open/decisions").get_json()["items"] == []
    own = client.post(f"{publication}/approve", headers=reviewer)
    assert (own.status_code, own.get_json()["code"]) == (409, "publication_by_another")
    assert client.post(f"{publication}/approve", headers=handler).status_code == 403
    assert client.post(f"{publication}/approve", headers=sign_in("reviewer")).status_code == 200
    assert overdue() == {}
    (shown,) = client.get("/api/v1/open/decisions").get_json()["items"]
    assert shown["text"] == (
        "2026-08-24，金沙街道单位或商户因“擅自占道堆放物品”《测试办法》第三条，处理决定：行政处罚，罚款 200 元。"
    )

    # Taken back with a reason it is due again; the reason is told at the desk only.
    taken = client.post(f"{publication}/withdraw", json={"reason": "复议中"}, headers=reviewer).get_json()
    assert (taken["state"], taken["withdrawn_reason"]) == ("withdrawn", "复议中")
    assert client.post(f"{publication}/approve", headers=reviewer).status_code == 409
    assert client.get("/api/v1/open/decisions").get_json()["items"] == []
    assert overdue() == {str(late): (1, False)}
    publish(client, late, handler, reviewer)
    assert overdue() == {}
    clock.advance(days=1)
    assert overdue() == {str(on_time): (1, False)}
