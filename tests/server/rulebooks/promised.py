"""Every operation of rulebooks called as the document describes it, for the test that holds the two together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flask.testing import FlaskClient

ROW = {"code": "rule_3", "title": "test", "clause": "3", "text": "test", "source": "test"}
LEGAL_TEXTS = {"name": "test", "source": "test", "rows": [ROW]}


def check_rulebooks(
    described: dict[str, Any],
    check_answer: Callable[[dict[str, Any], str, str, Any], None],
    client: FlaskClient,
    sign_in: Callable[..., dict[str, str]],
) -> Iterator[tuple[str, str]]:
    """Draft, activate, read and take back; yields path and method of each operation that answered as documented."""
    headers = sign_in("reviewer")

    def called(path: str, method: str, status: int, **sent: Any) -> tuple[str, str]:
        ids = {"kind": "legal_texts", "rulebook_id": 0} | sent.pop("ids", {})
        answer = client.open("/api/v1" + path.format(**ids), method=method.upper(), headers=headers, **sent)
        assert answer.status_code == status, answer.text
        check_answer(described, path, method, answer)
        return path, method

    kinds, kind = "/rulebooks", "/rulebooks/{kind}"
    yield called(kinds, "get", 200)
    yield called(kind, "get", 404, ids={"kind": "none"})
    drafts = f"{kind}/drafts"
    for body, status in (
        (LEGAL_TEXTS, 201),
        ({**LEGAL_TEXTS, "rows": [ROW, ROW]}, 422),
        ({"name": "test"}, 422),
    ):
        yield called(drafts, "post", status, json=body)
    yield called(drafts, "post", 404, json=LEGAL_TEXTS, ids={"kind": "none"})
    sets = f"{kind}/sets"
    yield called(sets, "get", 200)
    yield called(sets, "get", 404, ids={"kind": "none"})
    yield called(sets, "get", 400, query_string={"cursor": "x"})
    listed = client.get("/api/v1/rulebooks/legal_texts/sets", headers=headers).get_json()["items"]
    made = {"rulebook_id": listed[0]["id"]}
    none = {"rulebook_id": 1_000_000}
    one, activate, withdraw = f"{sets}/{{rulebook_id}}", f"{drafts}/{{rulebook_id}}/activate", "/withdraw"
    for day, status in (("2026-12-01", 200), ("2026-12-02", 409)):
        yield called(activate, "post", status, ids=made, json={"valid_from": day})
    yield called(activate, "post", 404, ids=none, json={"valid_from": "2026-12-01"})
    yield called(one, "get", 200, ids=made)
    yield called(one, "get", 404, ids=none)
    yield called(kind, "get", 200, query_string={"on": "2026-12-01"})
    yield called(one + withdraw, "post", 404, ids=none)
    yield called(one + withdraw, "post", 200, ids=made)
