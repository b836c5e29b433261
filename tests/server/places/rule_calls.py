"""Every operation of routing rules called as the document describes it, for the test that holds the two together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flask.testing import FlaskClient

from tests.factories import DISTRICT

RULES = "/routing-rules"
DRAFTS = f"{RULES}/drafts"
SET = {"name": "test", "rules": [{"code": "R1", "body": DISTRICT}]}
TIED = {"name": "test", "rules": [{"code": "R1", "body": DISTRICT}, {"code": "R2", "body": "township"}]}


def check_rules(
    described: dict[str, Any],
    check_answer: Callable[[dict[str, Any], str, str, Any], None],
    client: FlaskClient,
    sign_in: Callable[..., dict[str, str]],
) -> Iterator[tuple[str, str]]:
    """Draft, try, activate and read a set; yields path and method of each operation that answered as documented."""
    headers = sign_in("dispatcher", organisation=DISTRICT)
    api = "/api/v1"

    def called(path: str, method: str, status: int, *, rule_set_id: int = 0, **sent: Any) -> tuple[str, str]:
        address = api + path.format(rule_set_id=rule_set_id)
        answer = client.open(address, method=method.upper(), headers=headers, **sent)
        assert answer.status_code == status, answer.text
        check_answer(described, path, method, answer)
        return path, method

    for body, status in ((SET, 201), (TIED, 422), ({"name": "test"}, 422)):
        yield called(DRAFTS, "post", status, json=body)
    (made,) = [one["id"] for one in client.get(api + RULES, headers=headers).get_json()["items"]]
    yield called(RULES, "get", 200)
    yield called(f"{RULES}/{{rule_set_id}}", "get", 200, rule_set_id=made)
    yield called(f"{RULES}/{{rule_set_id}}", "get", 404, rule_set_id=99)
    replay = f"{DRAFTS}/{{rule_set_id}}/replay"
    yield called(replay, "get", 200, rule_set_id=made, query_string={"days": 90, "everything": "true"})
    yield called(replay, "get", 400, rule_set_id=made, query_string={"cursor": "x"})
    activate = f"{DRAFTS}/{{rule_set_id}}/activate"
    for day, status in (("2026-09-02", 200), ("2026-09-03", 409)):
        yield called(activate, "post", status, rule_set_id=made, json={"valid_from": day})
