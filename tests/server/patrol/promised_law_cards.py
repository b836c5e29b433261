"""Law cards as the document promises them: each call with what it gives and refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flask.testing import FlaskClient

from tests.server.world import SignIn

PATH = "/law-cards"
CARD: dict[str, Any] = {
    "code": "fruit",
    "trade": "fruit",
    "trade_name": "水果",
    "trade_name_en": "Fruit",
    "title": "水果店门前",
    "title_en": "Before a fruit shop",
    "points": [{"text": "筐箱不出店门", "text_en": "Crates stay inside"}],
    "source": "test",
}
LAW_CARDS: dict[str, Any] = {"name": "test", "valid_from": "2026-08-01", "cards": [CARD]}


def check_law_cards(
    described: dict[str, Any], check_answer: Callable[..., None], client: FlaskClient, sign_in: SignIn
) -> Iterator[tuple[str, str]]:
    """Both operations of law cards."""
    officer, manager = sign_in("officer"), sign_in("zone_manager")

    def call(method: str, status: int, headers: dict[str, str], query: str = "", **sent: Any) -> None:
        answer = client.open(f"/api/v1{PATH}{query}", method=method.upper(), headers=headers, **sent)
        assert answer.status_code == status, answer.text[:300]
        check_answer(described, PATH, method, answer)

    call("get", 200, officer)
    for status, body in [(201, LAW_CARDS), (200, LAW_CARDS), (422, {**LAW_CARDS, "cards": []})]:
        call("post", status, manager, json=body)
    call("post", 403, officer, json=LAW_CARDS)
    yield PATH, "post"
    call("get", 200, officer, "?on=2026-09-01")
    call("get", 422, officer, "?on=tomorrow")
    yield PATH, "get"
