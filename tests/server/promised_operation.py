"""What operation answers, held against the document."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flask.testing import FlaskClient

from tests.factories import DISTRICT


def check_operation(
    described: dict[str, Any],
    check: Callable[..., None],
    client: FlaskClient,
    sign_in: Callable[..., dict[str, str]],
) -> Iterator[tuple[str, str]]:
    """Call everything of operation; yields path and method of each."""
    answer = client.get("/api/v1/operation", headers=sign_in("dispatcher", organisation=DISTRICT))
    assert answer.status_code == 200
    check(described, "/operation", "get", answer)
    yield "/operation", "get"
