"""A complaint as intake sends it, and the cases it meets: helpers of the tests of complaints."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from tests import factories
from tests.factories import CORNER

API = "/api/v1"
NAME, PHONE, ADDRESS = "欧阳试言", "13912345678", "余北居十二组九号"
PLANTED = (NAME, PHONE, ADDRESS)
METRE_EAST_DEG = 1 / 94_400
"""One metre along the parallel of the test's corner, near enough."""


def complaint_json(
    *,
    at: tuple[float, float] | None = CORNER,
    datum: str = "wgs84",
    category: str | None = "goods_on_pavement",
    **others: Any,
) -> dict[str, Any]:
    """A complaint by telephone about the corner; `others` replace or add members, None leaves one out."""
    made = {
        "channel": "phone_12345",
        "external_number": "TZ12345-2026-0901-01",
        "received_at": factories.NOW.isoformat(),
        "text": f"我是{NAME},电话 {PHONE[:3]}-{PHONE[3:7]}-{PHONE[7:]},住{ADDRESS},门口又堆满了纸箱",
        "category": category,
        "position": {"lon": at[0], "lat": at[1], "datum": datum} if at else None,
        "complainant": {"name": NAME, "phone": PHONE, "address": ADDRESS, "wishes_callback": True},
        **others,
    }
    return {name: value for name, value in made.items() if value is not None}


def put(
    client: FlaskClient, headers: dict[str, str], complaint: dict[str, Any], complaint_id: UUID | None = None
) -> TestResponse:
    return client.put(f"{API}/complaints/{complaint_id or uuid4()}", json=complaint, headers=headers)


def taken(client: FlaskClient, headers: dict[str, str], **others: Any) -> dict[str, Any]:
    """A complaint that was taken, as it was answered."""
    answer = put(client, headers, complaint_json(**others))
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.get_json()
    return told


def end_case(owner: Engine, number: str, *, into: str | None = None) -> None:
    """Close a case, or merge it into another, past the actions: what is tested is what follows from it."""
    with owner.begin() as connection:
        connection.execute(
            text(
                "UPDATE case_file SET state = CASE WHEN CAST(:into AS text) IS NULL THEN 'closed' ELSE 'merged' END, "
                "closed_at = now(), merged_into = (SELECT c.id FROM case_file c WHERE c.number = :into) "
                "WHERE number = :number"
            ),
            {"number": number, "into": into},
        )


def entries(client: FlaskClient, headers: dict[str, str], number: str) -> list[dict[str, Any]]:
    """The ledger of a case, oldest first."""
    items: list[dict[str, Any]] = client.get(f"{API}/cases/{number}/history", headers=headers).get_json()[
        "items"
    ]
    return items
