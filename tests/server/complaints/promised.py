"""What the operations of complaints and of a dispatcher's aids really answer, for tests/server/test_openapi.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient

from tests.factories import JINSHA
from tests.server.complaints.calls import API, complaint_json
from tests.server.world import Place, SignIn


def check_complaints(
    described: dict[str, Any],
    check: Callable[[dict[str, Any], str, str, Any], None],
    client: FlaskClient,
    sign_in: SignIn,
    place: Place,
) -> Iterator[tuple[str, str]]:
    """Each operation with what it gives and what it refuses."""
    headers, complaint_id = sign_in("intake", organisation=JINSHA), uuid4()
    dispatcher = sign_in("dispatcher")
    of = "/complaints/{complaint_id}"
    good = complaint_json()
    matter = {name: good[name] for name in ("received_at", "category", "position")}
    call = {"reached": True, "satisfaction": 4}
    steps: list[tuple[str, str, str, Any, int]] = [
        ("put", of, "", good, 201),
        ("put", of, "", good, 200),
        ("put", of, "", {**good, "text": "别的"}, 409),
        ("put", of, "", {}, 422),
        ("post", "/complaints/trial", "", matter, 200),
        ("post", "/complaints/trial", "", {}, 422),
        ("get", "/complaints", "?limit=1&open=true&q=tz", None, 200),
        ("get", "/complaints", "?cursor=nonsense", None, 400),
        ("get", of, "", None, 200),
        ("get", f"{of}/complainant", "?why=callback", None, 200),
        ("get", f"{of}/complainant", "", None, 422),
        ("get", f"{of}/accesses", "", None, 200),
        ("post", f"{of}/callbacks", "", call, 409),
    ]
    for method, path, query, body, status in steps:
        address = f"{API}{path}{query}".format(complaint_id=complaint_id)
        answer = client.open(address, method=method.upper(), json=body, headers=headers)
        assert answer.status_code == status, f"{method} {address}: {answer.text[:300]}"
        check(described, path, method, answer)
        yield path, method
    for path in ("/cases/{number}/officers", "/cases/{number}/assignees"):
        for number, status in ((place.case_number, 200), ("TZ-2026-999999", 404)):
            answer = client.get(f"{API}{path}".format(number=number), headers=dispatcher)
            assert answer.status_code == status, answer.text[:300]
            check(described, path, "get", answer)
        yield path, "get"
