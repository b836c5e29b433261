"""Row 6: model streets. A month's ranking is worked out again from the stored scores, model streets beside others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from statistics import mean

from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from tests import factories
from tests.factories import JINSHA, NOW
from tests.server.records.filing import API, STREET, filed, make_streets

SignIn = Callable[..., dict[str, str]]


def test_row_06_model_streets_ranking_is_reproduced_from_the_stored_scores_of_the_month(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    factories.make_organisations(owner)
    factories.make_rulebook(owner, "forms")
    make_streets(owner, "建设路", "新金路", "银河路", "老街")
    manager = sign_in("zone_manager")

    def scored(street: str, points: int, **more: str) -> str:
        answers = {**STREET, "ground": points, "offences": 20 - points}
        return str(filed(client, manager, "street_scorecard", answers, about=street, **more)["id"])

    for street, points in [("建设路", 18), ("建设路", 12), ("新金路", 20), ("老街", 15)]:
        scored(street, points)
    # The month before counts for nothing, and a score that was corrected no longer.
    wrong = scored("银河路", 2)
    scored("银河路", 20, corrects=wrong)
    scored("老街", 20, at=(NOW - timedelta(days=1)).isoformat())
    filed(client, manager, "model_street", {"model": True, "reason": "示范"}, about="建设路")
    told = client.get(
        f"{API}/records/ranking?form=street_scorecard&period=2026-09", headers=manager
    ).get_json()
    with owner.connect() as connection:
        stored = connection.execute(
            text(
                "SELECT about_code, id, score FROM form_record r WHERE form = 'street_scorecard' "
                "AND day BETWEEN '2026-09-01' AND '2026-09-30' "
                "AND NOT EXISTS (SELECT 1 FROM form_record n WHERE n.corrects = r.id) ORDER BY id"
            )
        ).all()
    by_street: dict[str, list[float]] = {}
    for street, _, score in stored:
        by_street.setdefault(street, []).append(float(score))
    means = {street: mean(scores) for street, scores in by_street.items()}
    # 18 for the ground less 2 offences and so on, of 100.
    assert means == {"建设路": 90.0, "新金路": 100.0, "银河路": 100.0, "老街": 90.0}
    assert {one["code"]: one["score"] for one in told["items"]} == means
    assert [(one["rank"], one["code"]) for one in told["items"]] == [
        (1 + sum(other > means[one["code"]] for other in means.values()), one["code"])
        for one in told["items"]
    ]
    assert sorted(record for one in told["items"] for record in one["records"]) == sorted(
        str(record) for _, record, _ in stored
    )
    assert [one["code"] for one in told["items"] if one["flagged"]] == ["建设路"]
    assert (told["flagged_mean"], told["other_mean"]) == (90.0, 96.67)
    # A township sees its own records, and no rank among what it does not see.
    own = sign_in("checker", organisation=JINSHA)
    items = client.get(f"{API}/records/ranking?form=street_scorecard&period=2026-09", headers=own).get_json()[
        "items"
    ]
    assert [(one["code"], one["rank"]) for one in items] == [(one["code"], None) for one in told["items"]]
