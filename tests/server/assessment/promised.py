"""Every call of assessment, with what it gives and refuses, for the test of the document."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from server.assessment.indicators import sample_set
from tests.factories import DISTRICT, make_rulebook

API = "/api/v1"
SAMPLE = sample_set().model_dump(mode="json")
NOVEMBER = "from=2026-11-01&to=2026-11-30"
INDICATOR_FILES = (
    "/indicators.xlsx",
    "/indicators/cases.csv",
    "/indicators/cases.geojson",
    "/indicators/report.pdf",
)
FILES = ("/cases.csv", "/population.txt")
Check = Callable[[dict[str, Any], str, str, Any], None]
SignIn = Callable[..., dict[str, str]]


def check_assessment(
    described: dict[str, Any], check: Check, client: FlaskClient, sign_in: SignIn, owner: Engine
) -> Iterator[tuple[str, str]]:
    """Call everything of assessment; yields path and method of each operation."""
    headers = sign_in("zone_manager", organisation=DISTRICT)
    drawn = _close_a_case(owner)
    calls: list[tuple[str, str, str, Any, int]] = [
        ("get", "/indicators", f"?{NOVEMBER}", None, 404),
        ("post", "/indicators/sets", "", {**SAMPLE, "indicators": []}, 422),
        ("post", "/indicators/sets", "", SAMPLE, 201),
        ("get", "/indicators/sets", "", None, 200),
        ("get", "/indicators/sets", "?cursor=nonsense", None, 400),
        ("get", "/indicators", f"?{NOVEMBER}&by=township,category,month", None, 200),
        ("get", "/indicators", "?from=2026-11-30&to=2026-11-01", None, 422),
        ("get", "/indicators", f"?{NOVEMBER}&by=township&coverage=true", None, 200),
        *((("get", path, f"?{NOVEMBER}", None, 200)) for path in INDICATOR_FILES),
        *((("get", path, "", None, 422)) for path in INDICATOR_FILES),
        ("get", "/indicators.xlsx", "?from=2001-01-01&to=2001-01-31", None, 404),
        ("get", "/indicators/cases", f"?{NOVEMBER}&measure=accepted", None, 200),
        ("get", "/indicators/cases", f"?{NOVEMBER}&measure=accepted&cursor=nonsense", None, 400),
        ("post", "/rechecks", "", {**drawn, "township": "320612999"}, 404),
        ("post", "/rechecks", "", {**drawn, "size": 0}, 422),
        ("post", "/rechecks", "", drawn, 201),
        ("get", "/rechecks", "", None, 200),
        ("get", "/rechecks", "?cursor=nonsense", None, 400),
        ("get", "/rechecks/population", f"?{NOVEMBER}", None, 200),
        ("get", "/rechecks/population", "", None, 422),
        ("get", "/rechecks/checkers", "", None, 200),
        ("post", "/rechecks/{recheck_id}/assignments", "", {"numbers": ["none"], "checkers": []}, 422),
        *((("get", f"/rechecks/{{recheck_id}}{part}", "", None, 200)) for part in ("", *FILES)),
    ]
    made = {"recheck_id": str(uuid4())}
    for method, path, query, body, status in calls:
        sent = {"json": body} if body is not None else {}
        answer = client.open(
            API + path.format_map(made) + query, method=method.upper(), headers=headers, **sent
        )
        assert answer.status_code == status, f"{method} {path}{query}: {answer.text[:300]}"
        check(described, path, method, answer)
        if (method, path, status) == ("post", "/rechecks", 201):
            made |= {"recheck_id": answer.get_json()["id"], "number": answer.get_json()["cases"][0]["number"]}
        yield path, method

    yield from _ranking(described, check, client, headers, owner)
    looking = sign_in("checker", organisation=DISTRICT)
    yield from _handing_out(described, check, client, headers, looking, made)
    path = "/rechecks/{recheck_id}/cases/{number}"
    for number, body, status in [
        (made["number"], {"passed": False, "version": 1}, 422),
        ("TZ-2026-999999", {"passed": True, "version": 1}, 404),
        (made["number"], {"passed": False, "version": 999, "note": "仍有堆物"}, 409),
        (made["number"], {"passed": True, "version": 1}, 200),
    ]:
        address = API + path.format_map({**made, "number": number})
        answer = client.post(address, json=body, headers=looking)
        assert answer.status_code == status, answer.text[:300]
        check(described, path, "post", answer)
    yield path, "post"


def _ranking(
    described: dict[str, Any], check: Check, client: FlaskClient, headers: dict[str, str], owner: Engine
) -> Iterator[tuple[str, str]]:
    """The three means, handovers and scorecards."""
    days = {"from": "2026-11-01", "to": "2026-11-30"}
    part = {"code": "due", "name": "应结案", "name_en": "due", "weight": "1", "points": "due"}
    row = {"code": "test", "name": "test", "name_en": "test", "parts": [part]}
    calls: list[tuple[str, str, str, Any, int]] = [
        ("get", "/means", f"?{NOVEMBER}&by=township,month", None, 200),
        ("get", "/means", "", None, 422),
        ("get", "/means/steps", f"?{NOVEMBER}&means=untagged", None, 200),
        ("get", "/means/steps", f"?{NOVEMBER}&cursor=nonsense", None, 400),
        ("get", "/handovers/figures", f"?{NOVEMBER}", None, 200),
        ("get", "/handovers/figures", "", None, 422),
        ("get", "/handovers/figures/cases", f"?{NOVEMBER}&figure=escalated", None, 200),
        ("get", "/handovers/figures/cases", f"?{NOVEMBER}&figure=escalated&cursor=nonsense", None, 400),
        ("get", "/handovers/figures/cases", f"?{NOVEMBER}", None, 422),
        ("get", "/scorecards", "", None, 200),
        ("get", "/scorecards/{code}", f"?{NOVEMBER}", None, 409),
        ("post", "/scorecards/{code}/runs", "", days, 409),
        ("get", "/scorecards/{code}", f"?{NOVEMBER}", None, 200),
        ("post", "/scorecards/{code}/runs", "", days, 201),
        ("post", "/scorecards/{code}/runs", "", {}, 422),
        ("get", "/scorecard-runs", "?code=test", None, 200),
        ("get", "/scorecard-runs", "?cursor=nonsense", None, 400),
        ("get", "/scorecard-runs/{run_id}", "", None, 200),
    ]
    made = {"code": "test", "run_id": ""}
    for method, path, query, body, status in calls:
        if (method, path, status) == ("get", "/scorecards/{code}", 200):
            make_rulebook(owner, "scorecards", [row])
        sent = {"json": body} if body is not None else {}
        answer = client.open(
            API + path.format_map(made) + query, method=method.upper(), headers=headers, **sent
        )
        assert answer.status_code == status, f"{method} {path}{query}: {answer.text[:300]}"
        check(described, path, method, answer)
        if status == 201:
            made["run_id"] = answer.get_json()["run"]
        yield path, method
    answer = client.get(f"{API}/scorecard-runs/{uuid4()}", headers=headers)
    assert answer.status_code == 404
    check(described, "/scorecard-runs/{run_id}", "get", answer)


def _handing_out(
    described: dict[str, Any],
    check: Check,
    client: FlaskClient,
    headers: dict[str, str],
    looking: dict[str, str],
    made: dict[str, str],
) -> Iterator[tuple[str, str]]:
    path, back = "/rechecks/{recheck_id}/assignments", {"numbers": [made["number"]], "checkers": []}
    nowhere = {**made, "recheck_id": str(uuid4())}
    for of, body, status in [(made, back, 200), (made, {}, 422), (nowhere, back, 404)]:
        answer = client.post(API + path.format_map(of), json=body, headers=headers)
        assert answer.status_code == status, answer.text[:300]
        check(described, path, "post", answer)
    for part in ("", *FILES):
        answer = client.get(f"{API}/rechecks/{nowhere['recheck_id']}{part}", headers=headers)
        assert answer.status_code == 404
        check(described, f"/rechecks/{{recheck_id}}{part}", "get", answer)
    answer = client.get(f"{API}/rechecks/mine", headers=looking)
    assert answer.status_code == 200
    check(described, "/rechecks/mine", "get", answer)
    yield "/rechecks/mine", "get"


def _close_a_case(owner: Engine) -> dict[str, Any]:
    with owner.begin() as connection:
        connection.execute(
            text(
                "UPDATE case_file SET state = 'closed', closed_at = '2026-11-20T02:00:00Z', suspended_from = NULL "
                "WHERE id = (SELECT id FROM case_file ORDER BY number LIMIT 1)"
            )
        )
    return {"from": "2026-11-20", "to": "2026-11-20", "size": 5, "seed": "a seed for tests"}
