"""Decisions to be made public: cases with a photo, decided as a proceeding would have, past its steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from tests import factories
from tests.factories import CORNER, JINSHA
from tests.server.world import send_report

API = "/api/v1/openness"
ITEM: dict[str, Any] = {
    "code": "goods",
    "name": "擅自占道堆放物品",
    "name_en": "goods on the pavement",
    "categories": [],
    "basis": {"title": "测试办法", "clause": "第三条"},
    "correction": "立即清理",
    "amount_min_yuan": "50",
    "amount_max_yuan": "500",
}
_DECIDED = """
WITH made AS (
  INSERT INTO proceeding (id, number, case_id, party_kind, party_name, organisation_id, officer_id, procedure, item,
    items_id, state, version, outcome, amount_yuan, clocks, opened_at)
  SELECT :id, CAST(:id AS text), c.id, 'unit', :party, o.id, c.reporter_id, 'ordinary', :item, :items, 'decided', 1,
    :outcome, :amount, '[]', :at
  FROM case_file c JOIN organisation o ON o.code = :township WHERE c.number = :case
  RETURNING *)
INSERT INTO decision (id, proceeding_id, outcome, item, items_id, amount_yuan, waived_yuan, decided_at, decided_by)
SELECT m.id, m.id, m.outcome, m.item, m.items_id, m.amount_yuan, 0, :at, m.officer_id FROM made m
"""


@dataclass(frozen=True)
class Matter:
    """A case with one photo, and the set of items its decisions are by."""

    case: str
    sha256: str
    items: int


def make_matter(
    client: FlaskClient,
    owner: Engine,
    sign_in: Callable[..., dict[str, str]],
    *,
    photo: bytes | None = None,
    note: str = "",
    items: list[dict[str, Any]] | None = None,
) -> Matter:
    """A reported case in Jinsha, with rules of publication and items in force."""
    factories.make_organisations(owner)
    factories.make_zone(owner, kind="township", township=JINSHA, at=CORNER, width_m=3000, depth_m=3000)
    photo = photo or factories.photo_bytes(seed=7)
    report = factories.report_json(photos=[photo], note=note)
    answer = send_report(client, sign_in("officer"), uuid4(), report, photo)
    assert answer.status_code == 201, answer.text
    factories.make_rulebook(owner, "publication_rules")
    items_id = factories.make_rulebook(owner, "penalty_items", items or [ITEM])
    return Matter(answer.json["case"]["number"], report["photos"][0]["sha256"], items_id)


def decide(
    owner: Engine,
    matter: Matter,
    *,
    days_ago: float = 0,
    outcome: str = "penalty",
    amount: int = 200,
    item: str = "goods",
    party: str = "某商行",
    now: datetime = factories.NOW,
) -> UUID:
    """A decision of Jinsha's body so many days before now; returns its id."""
    made = uuid4()
    values = {"id": made, "case": matter.case, "items": matter.items, "township": JINSHA, "item": item}
    values |= {"outcome": outcome, "amount": amount, "party": party}
    with owner.begin() as connection:
        at = now.astimezone(UTC) - timedelta(days=days_ago)
        connection.execute(text(_DECIDED), {**values, "at": at})
    return made


def publish(
    client: FlaskClient,
    decision: UUID,
    drafter: dict[str, str],
    approver: dict[str, str],
    *,
    photo: str | None = None,
) -> dict[str, Any]:
    """Make a decision public, with a photo of its case if wished; the publication."""
    publication = f"{API}/publications/{uuid4()}"
    answer = client.put(publication, json={"decision": str(decision)}, headers=drafter)
    assert answer.status_code == 201, answer.text
    if photo:
        chosen = {"chosen": True, "regions": [[0.1, 0.2, 0.5, 0.6]]}
        answer = client.put(f"{publication}/photos/{photo}", json=chosen, headers=drafter)
        assert answer.status_code == 200, answer.text
    answer = client.post(f"{publication}/approve", headers=approver)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.get_json()
    return told
