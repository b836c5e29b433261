"""Row 14: what was waived is told with each decision, and the total is the sum of them."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from tests import factories
from tests.factories import JINSHA, JINXIN
from tests.server.documents.promised import put_attachment
from tests.server.world import SignIn

API = "/api/v1/leniency"
ARTICLE = json.loads((factories.RULEBOOKS.parent / "waived_2022.json").read_text("utf-8"))


def test_row_14_five_decisions_near_500_000_yuan_sum_to_the_stored_total(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    factories.make_organisations(owner)
    for kind in ("leniency_lists", "first_offence"):
        factories.make_rulebook(owner, kind)
    reviewer, here = sign_in("reviewer"), sign_in("handler", organisation=JINXIN)
    nothing = client.get(f"{API}/totals", headers=reviewer).get_json()
    assert (nothing["count"], nothing["waived_yuan"], nothing["townships"]) == (0, 0.0, [])

    signed = put_attachment(client, reviewer, factories.photo_bytes(seed=14))
    single = []
    for nth, given in enumerate(ARTICLE["decisions"]):
        firm = factories.make_subject(
            owner, name=f"企业{nth}", kind="unit", township=JINXIN if nth == 4 else JINSHA
        )
        body = {**given, "subject": firm.code, "on": "2026-08-30"}
        body |= {"education": "约谈并签收告诫书", "educated_on": "2026-09-01", "attachments": [signed]}
        answer = client.put(f"{API}/decisions/{uuid4()}", json=body, headers=reviewer)
        assert answer.status_code == 201, answer.text
        assert answer.get_json()["attachments"] == [signed]
        single.append(answer.get_json()["waived_yuan"])
    totals = client.get(f"{API}/totals", headers=reviewer).get_json()
    assert (totals["count"], totals["waived_yuan"]) == (5, float(ARTICLE["total_yuan"])) == (5, sum(single))
    assert 450_000 < totals["waived_yuan"] < 500_000 and "报道" in ARTICLE["label"]
    for parts in ("branches", "townships"):
        assert sum(part["waived_yuan"] for part in totals[parts]) == totals["waived_yuan"]
        assert sum(part["count"] for part in totals[parts]) == totals["count"]
    with owner.connect() as connection:
        counted = connection.execute(text("SELECT sum(waived_yuan) FROM leniency_decision")).scalar_one()
    assert counted == Decimal(ARTICLE["total_yuan"])

    def total(headers: dict[str, str], **query: Any) -> int:
        return int(client.get(f"{API}/totals", query_string=query, headers=headers).get_json()["count"])

    assert (total(reviewer, township=JINXIN), total(reviewer, to="2026-08-31")) == (1, 0)
    # A township sums what it decided itself.
    assert total(here) == 0
    page = client.get(f"{API}/decisions?limit=3", headers=reviewer).get_json()
    rest = client.get(f"{API}/decisions?limit=3&cursor={page['next']}", headers=reviewer).get_json()
    assert [len(page["items"]), len(rest["items"]), rest["next"]] == [3, 2, None]
