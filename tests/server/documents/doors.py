"""A street with shops, and what is sent about their letters and papers."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from flask.testing import FlaskClient
from sqlalchemy import Engine

from tests import factories
from tests.factories import CORNER, JINSHA, NOW

API = "/api/v1"
ROAD = "建设路"


def make_street(
    owner: Engine, shops: int, *, road: str = ROAD, township: str = JINSHA
) -> list[tuple[str, str]]:
    """Frontages along a street, each with a shop of its own: code of the subject and of its frontage."""
    made = []
    for n in range(shops):
        at = (CORNER[0] + n * 2e-4, CORNER[1])
        zone = factories.make_zone(owner, at=at, township=township, properties={"street": road})
        made.append((factories.make_subject(owner, zone=zone, township=township).code, zone))
    return made


def letter(subject: str, photo: str | None, **others: Any) -> dict[str, Any]:
    """A letter signed at the door, or `others`."""
    return {
        "subject": subject,
        "signer": "测试经营者",
        "served_at": NOW.isoformat(),
        "photo": photo,
        "valid_from": "2026-09-01",
        **others,
    }


def consent(form: str, **others: Any) -> dict[str, Any]:
    """A signed form with a mailbox."""
    return {
        "signer": "测试经营者",
        "email": "shop@example.test",
        "form": form,
        "valid_from": "2026-08-01",
        **others,
    }


def put_document(client: FlaskClient, headers: dict[str, str], subject: str, **others: Any) -> str:
    """A paper on a subject; returns its id."""
    document = uuid4()
    said = {
        "kind": "order_correct",
        "title": "责令改正通知书",
        "subject": subject,
        "text": "三日内改正",
        **others,
    }
    answer = client.put(f"{API}/documents/{document}", json=said, headers=headers)
    assert answer.status_code == 200, answer.text
    return str(document)


def serve(
    client: FlaskClient, headers: dict[str, str], document: str, attempt: UUID | None = None, **said: Any
) -> Any:
    """The answer to one attempt."""
    path = f"{API}/documents/{document}/services/{attempt or uuid4()}"
    return client.put(path, json={"served_at": NOW.isoformat(), **said}, headers=headers)
