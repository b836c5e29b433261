"""Row 5: a campaign against four trades shows visited, found, fixed and re-offended by town, as SQL counts them."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from tests import factories
from tests.factories import CORNER, JINSHA, JINXIN
from tests.server.world import ELSEWHERE, SignIn

API = "/api/v1/campaigns"
# The four trades of the article of 2022.
TRADES = ("fruit", "hardware", "car_wash_repair", "ebike")
FRONTS = [
    (f"F-{township}-{trade}", township, trade, (at[0] + 0.001 * nth, at[1]))
    for township, at in ((JINSHA, CORNER), (JINXIN, ELSEWHERE))
    for nth, trade in enumerate((*TRADES, "bank"))
]
COUNTED = """
WITH look AS (
  SELECT z.township_code, r.zone_code, i.item, i.ok, r.looked_at,
    lag(i.ok) OVER w AS ok_before,
    count(*) FILTER (WHERE NOT i.ok) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS wrong,
    row_number() OVER (PARTITION BY r.zone_code, i.item ORDER BY r.looked_at DESC) = 1 AS newest
  FROM campaign_result r JOIN campaign_zone z ON z.campaign_id = r.campaign_id AND z.code = r.zone_code
  CROSS JOIN LATERAL jsonb_to_recordset(r.items) AS i (item text, ok boolean)
  WINDOW w AS (PARTITION BY r.zone_code, i.item ORDER BY r.looked_at)
), finding AS (
  SELECT township_code, zone_code, item, bool_or(newest AND ok) AS fixed,
    bool_or(NOT ok AND ok_before AND wrong > 0) AS again
  FROM look GROUP BY township_code, zone_code, item HAVING bool_or(NOT ok)
)
SELECT z.township_code,
  count(DISTINCT z.code) FILTER (WHERE v.id IS NOT NULL) AS visited, count(v.id) AS visits,
  (SELECT count(*) FROM finding f WHERE f.township_code = z.township_code) AS found,
  (SELECT count(*) FROM finding f WHERE f.township_code = z.township_code AND f.fixed) AS fixed,
  (SELECT count(*) FROM finding f WHERE f.township_code = z.township_code AND f.again) AS reoffended
FROM campaign_zone z
LEFT JOIN (SELECT v.zone_id AS id, n.code FROM visit v JOIN zone n ON n.id = v.zone_id
  WHERE v.day BETWEEN '2026-08-25' AND '2026-09-10') v ON v.code = z.code
GROUP BY z.township_code ORDER BY z.township_code
"""


def test_row_05_the_page_s_figures_by_town_equal_sql_over_visits_and_results(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    factories.make_organisations(owner)
    for code, township, trade, at in FRONTS:
        factories.make_zone(owner, code=code, at=at, township=township, properties={"trade": trade})
    manager = sign_in("zone_manager")
    wanted: dict[str, Any] = {
        "name": "四类行业专项治理",
        "from": "2026-08-25",
        "to": "2026-09-10",
        "selection": {"trades": list(TRADES)},
        "checklist": [{"code": "goods", "text": "占道堆物", "text_en": "Goods outside"}],
        "target_visits": 2,
        "goals": [{"township": JINSHA, "zones": 3}],
    }
    made = client.post(API, json=wanted, headers=manager).get_json()
    assert made["zones"] == 8
    # Jinsha: one front put in order, one that offends again, one in order at once; Jinxin: one left as it was.
    looks = {
        (JINSHA, "fruit"): (False, True),
        (JINSHA, "hardware"): (False, True, False),
        (JINSHA, "ebike"): (True,),
        (JINXIN, "fruit"): (False,),
    }
    officers = {township: sign_in("officer", organisation=township) for township in (JINSHA, JINXIN)}
    for (township, trade), answers in looks.items():
        for nth, ok in enumerate(answers):
            result = {
                "zone": f"F-{township}-{trade}",
                "looked_at": f"2026-08-{26 + nth}T10:00:00+08:00",
                "items": [{"item": "goods", "ok": ok}],
            }
            path = f"{API}/{made['id']}/results/{uuid4()}"
            assert client.put(path, json=result, headers=officers[township]).status_code == 201
    with owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO visit (account_id, zone_id, day, from_at, to_at, kind, certain, certain_m, probable_m) "
                "SELECT gen_random_uuid(), z.id, d.day, d.day + interval '2 hours', d.day + interval '3 hours', "
                "'patrol', true, 5, 5 FROM zone z CROSS JOIN (VALUES (date '2026-08-26'), ('2026-08-28'), "
                "('2026-09-20')) AS d (day) WHERE z.properties ->> 'trade' IN ('fruit', 'hardware', 'bank') "
                "AND (z.township_code = :jinsha OR d.day < '2026-08-27')"
            ),
            {"jinsha": JINSHA},
        )

    progress = client.get(f"{API}/{made['id']}/progress", headers=manager).get_json()
    shown = [
        tuple(line[name] for name in ("zones_visited", "visits", "found", "fixed", "reoffended"))
        for line in sorted(progress["townships"], key=lambda line: line["township"])
    ]
    with owner.connect() as connection:
        counted = [tuple(row)[1:] for row in connection.execute(text(COUNTED))]
    assert shown == counted == [(2, 4, 2, 1, 1), (2, 2, 1, 0, 0)]
    goals = {line["township"]: (line["looked_at"], line["goal"]) for line in progress["townships"]}
    assert goals == {JINSHA: (3, 3), JINXIN: (1, 4)}
