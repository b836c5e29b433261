"""Figures: what a published month gives, that each number is the list behind it, and whose cases are counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text

from server.assessment.formulas import MEASURES, Formula, figure
from server.assessment.indicators import sample_set
from tests.factories import DISTRICT, JINSHA, JINXIN

API = "/api/v1"
SAMPLE = sample_set().model_dump(mode="json")
DECEMBER = {"from": "2016-12-01", "to": "2016-12-31"}
OPENED = datetime(2016, 12, 1, 1, tzinfo=UTC)
SignIn = Callable[..., dict[str, str]]

# 天门市 2016-12, http://www.hbcic.net.cn/info/wcm/74587.htm: (events, components) of each count.
ACCEPTED, REGISTERED, DUE, CLOSED, ON_TIME = 1054, 996, (956, 16), (902, 9), 737


def make_cases(
    owner: Engine,
    count: int,
    *,
    category: str = "event",
    township: str | None = JINSHA,
    registered: bool = True,
    due: timedelta | None = timedelta(days=10),
    closed: bool = False,
    late: bool = False,
    state: str | None = None,
    rounds: int = 0,
) -> None:
    """Cases opened one second after another, as their actions would have left them."""
    with owner.begin() as connection:
        first = connection.execute(text("SELECT count(*) FROM case_file")).scalar_one()
        connection.execute(
            text(
                "INSERT INTO case_file (number, state, organisation_id, township_code, category, place, reporter_id, "
                "opened_at, closed_at, round, ledger_seq, ledger_head) "
                "SELECT 'TM-' || lpad(CAST(:first + n AS text), 6, '0'), :state, "
                "(SELECT id FROM organisation WHERE code = coalesce(:township, :district)), :township, :category, "
                "ST_SetSRID(ST_MakePoint(121.07, 32.07), 4326), (SELECT id FROM account LIMIT 1), "
                "CAST(:opened AS timestamptz) + n * interval '1 second', CAST(:closed AS timestamptz), :rounds, 1, 'x' "
                "FROM generate_series(1, :count) n"
            ),
            {
                "first": first,
                "count": count,
                "township": township,
                "district": DISTRICT,
                "category": category,
                "state": state or ("closed" if closed else "handling" if registered else "reported"),
                "opened": OPENED,
                "closed": OPENED + timedelta(days=12) if closed else None,
                "rounds": rounds,
            },
        )
        if registered:
            _register(connection, first)
        if due is not None:
            _clock(connection, first, OPENED + due, closed, late)


def _register(connection: Connection, first: int) -> None:
    connection.execute(
        text(
            "INSERT INTO ledger (case_id, seq, recorded_at, action, body, prev_hash, hash) "
            "SELECT id, 1, opened_at + interval '1 hour', 'case.registered', '{}', '', repeat('a', 64) FROM case_file "
            "WHERE number > 'TM-' || lpad(CAST(:first AS text), 6, '0')"
        ),
        {"first": first},
    )


def _clock(connection: Connection, first: int, due_at: datetime, closed: bool, late: bool) -> None:
    done = due_at + timedelta(hours=1 if late else -1)
    connection.execute(
        text(
            "INSERT INTO case_clock (case_id, name, round, started_at, due_at, yellow_at, red_at, paused_at, "
            "stopped_at, running_since, allowed_us, used_us, amount, marks, extended, uncovered) "
            "SELECT id, 'handle', 1, opened_at, :due, :due, :due, :paused, :stopped, opened_at, 0, 0, "
            "'{}', '{}', '[]', '{}' "
            "FROM case_file WHERE number > 'TM-' || lpad(CAST(:first AS text), 6, '0')"
        ),
        # Stopped only when it was checked, which may be after its day: the reply, which paused it, decides.
        {
            "first": first,
            "due": due_at,
            "paused": done if closed else None,
            "stopped": due_at + timedelta(days=1) if closed else None,
        },
    )


@pytest.fixture
def published(owner: Engine, client: FlaskClient, sign_in: SignIn) -> dict[str, str]:
    """The month as published, in two townships, and somebody who keeps the formulas."""
    headers = sign_in("zone_manager", organisation=DISTRICT)
    make_cases(owner, ON_TIME, closed=True)
    make_cases(owner, CLOSED[0] - ON_TIME, closed=True, late=True, township=JINXIN)
    make_cases(owner, CLOSED[1], closed=True, late=True, category="component", rounds=1)
    make_cases(owner, DUE[0] - CLOSED[0])
    make_cases(owner, DUE[1] - CLOSED[1], category="component", township=None)
    make_cases(owner, REGISTERED - sum(DUE), due=timedelta(days=40))
    make_cases(owner, ACCEPTED - REGISTERED, registered=False, due=None)
    # Autovacuum may have seen the tables half filled, and then the plan takes a hundred times as long.
    with owner.begin() as connection:
        connection.execute(text("ANALYZE case_file, ledger, case_clock"))
    answer = client.post(f"{API}/indicators/sets", json=SAMPLE, headers=headers)
    assert answer.status_code == 201, answer.text
    return headers


def asked(client: FlaskClient, headers: dict[str, str], **query: Any) -> dict[str, Any]:
    answer = client.get(f"{API}/indicators", query_string={**DECEMBER, **query}, headers=headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.get_json())


def value(group: dict[str, Any], code: str) -> tuple[str | None, int, int]:
    found = next(made for made in group["indicators"] if made["code"] == code)
    return found["value"], found["numerator"], found["denominator"]


def test_the_published_month_gives_the_published_rates(
    client: FlaskClient, published: dict[str, str]
) -> None:
    told = asked(client, published, by="category")
    assert told["total"]["measures"]["accepted"] == ACCEPTED
    assert told["total"]["measures"]["registered"] == REGISTERED
    assert value(told["total"], "closing_rate") == ("93.72", 911, 972)
    assert value(told["total"], "on_time_rate") == ("75.82", 737, 972)
    assert value(told["total"], "on_time_points") == ("45.49", 737, 972)
    groups = {group["category"]: group for group in told["items"]}
    assert value(groups["event"], "closing_rate") == ("94.35", 902, 956)
    assert value(groups["component"], "closing_rate") == ("56.25", 9, 16)
    assert told["formulas"]["sample"] is True


@pytest.mark.parametrize("by", ["township", "category", "month", "township,category,month"])
def test_the_groups_add_up_to_the_whole(client: FlaskClient, published: dict[str, str], by: str) -> None:
    told = asked(client, published, by=by)
    for measure, whole in told["total"]["measures"].items():
        assert sum(group["measures"].get(measure, 0) for group in told["items"]) == whole


@pytest.mark.parametrize("measure", ["accepted", "registered", "due", "closed", "closed_on_time", "reworked"])
@pytest.mark.parametrize("township", [None, JINSHA, ""])
def test_a_figure_is_the_length_of_the_list_behind_it(
    client: FlaskClient, published: dict[str, str], measure: str, township: str | None
) -> None:
    narrowed = {} if township is None else {"township": township}
    counted = asked(client, published, **narrowed)["total"]["measures"].get(measure, 0)
    numbers: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        query = {**DECEMBER, **narrowed, **cursor, "measure": measure, "limit": 400}
        answer = client.get(f"{API}/indicators/cases", query_string=query, headers=published)
        assert answer.status_code == 200, answer.text
        numbers += [item["number"] for item in answer.get_json()["items"]]
        if answer.get_json()["next"] is None:
            break
        cursor = {"cursor": answer.get_json()["next"]}
    assert len(numbers) == len(set(numbers)) == counted


def test_a_township_sees_its_own_cases_counted_and_no_other(
    client: FlaskClient, published: dict[str, str], sign_in: SignIn
) -> None:
    theirs = asked(client, sign_in("handler", organisation=JINXIN), by="township")
    assert [group["township"] for group in theirs["items"]] == [JINXIN]
    assert value(theirs["total"], "on_time_rate") == ("0.00", 0, CLOSED[0] - ON_TIME)


@pytest.mark.parametrize("state", ["cancelled", "merged", "refused", "transferred"])
def test_a_case_that_came_to_nothing_is_due_to_nobody(
    owner: Engine, client: FlaskClient, published: dict[str, str], state: str
) -> None:
    with owner.begin() as connection:
        connection.execute(text("ALTER TABLE case_file DROP CONSTRAINT case_file_merged_whole"))
    make_cases(owner, 5, state=state)
    assert value(asked(client, published)["total"], "closing_rate") == ("93.72", 911, 972)


def test_a_day_is_the_districts_day(client: FlaskClient, published: dict[str, str]) -> None:
    """Cases opened on 1 December at 09:00 in China, which is 01:00 in UTC."""
    before = asked(client, published, **{"from": "2016-11-01", "to": "2016-11-30"})
    on = asked(client, published, **{"from": "2016-12-01", "to": "2016-12-01"})
    assert "accepted" not in before["total"]["measures"]
    assert on["total"]["measures"]["accepted"] == ACCEPTED


def test_nothing_below_the_line_is_no_rate_and_no_error(
    client: FlaskClient, published: dict[str, str]
) -> None:
    told = asked(client, published, **{"from": "2017-06-01", "to": "2017-06-30"})
    assert value(told["total"], "closing_rate") == (None, 0, 0)


def test_formulas_count_from_their_day_on_and_the_days_before_keep_theirs(
    client: FlaskClient, published: dict[str, str]
) -> None:
    newer = {**SAMPLE, "name": "改版", "valid_from": "2016-12-15", "indicators": SAMPLE["indicators"][:1]}
    assert client.post(f"{API}/indicators/sets", json=newer, headers=published).status_code == 201
    before, after = asked(client, published, to="2016-12-14"), asked(client, published)
    assert (before["formulas"]["name"], after["formulas"]["name"]) == (SAMPLE["name"], "改版")
    assert [len(told["total"]["indicators"]) for told in (before, after)] == [len(SAMPLE["indicators"]), 1]


def test_before_any_formula_there_is_no_figure(client: FlaskClient, published: dict[str, str]) -> None:
    answer = client.get(
        f"{API}/indicators", query_string={"from": "2001-01-01", "to": "2001-01-31"}, headers=published
    )
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "change, path",
    [
        ({"valid_from": 17}, "/valid_from"),
        ({"indicators": []}, "/indicators"),
        ({"indicators": [SAMPLE["indicators"][0]] * 2}, "/"),
        (
            {"indicators": [{**SAMPLE["indicators"][0], "numerator": ["everything"]}]},
            "/indicators/0/numerator/0",
        ),
        ({"indicators": [{**SAMPLE["indicators"][0], "factor": "NaN"}]}, "/indicators/0/factor"),
        ({"indicators": [{**SAMPLE["indicators"][0], "formula": "closed / due"}]}, "/indicators/0/formula"),
    ],
)
def test_a_set_that_cannot_be_used_is_refused_by_place(
    client: FlaskClient, sign_in: SignIn, change: dict[str, Any], path: str
) -> None:
    headers = sign_in("zone_manager", organisation=DISTRICT)
    answer = client.post(f"{API}/indicators/sets", json={**SAMPLE, **change}, headers=headers)
    assert answer.status_code == 422
    assert path.rstrip("/") in [error["path"] for error in answer.get_json()["errors"]]
    assert client.get(f"{API}/indicators/sets", headers=headers).get_json()["items"] == []


def test_a_township_does_not_write_the_formulas_it_is_judged_by(client: FlaskClient, sign_in: SignIn) -> None:
    headers = sign_in("zone_manager", organisation=JINSHA)
    assert client.post(f"{API}/indicators/sets", json=SAMPLE, headers=headers).status_code == 403


@pytest.mark.parametrize(
    "period", [{"from": "2016-12-31", "to": "2016-12-01"}, {"from": "1900-01-01", "to": "2016-12-01"}]
)
def test_a_period_that_is_none_is_refused(
    client: FlaskClient, sign_in: SignIn, period: dict[str, str]
) -> None:
    answer = client.get(f"{API}/indicators", query_string=period, headers=sign_in("dispatcher"))
    assert answer.status_code == 422


@given(st.dictionaries(st.sampled_from(MEASURES), st.integers(0, 10**6)), st.integers(0, 4))
def test_a_rate_is_the_exact_quotient_rounded_half_up(measures: dict[str, int], decimals: int) -> None:
    rate = Formula("r", "率", "rate", ("closed",), ("due", "refused"), Decimal(100), decimals)
    made = figure(rate, measures)
    below = measures.get("due", 0) + measures.get("refused", 0)
    if not below:
        assert made.value is None
        return
    assert made.value is not None
    exact = Decimal(measures.get("closed", 0)) * 100 / below
    step = Decimal(1).scaleb(-decimals)
    assert made.value - step / 2 <= exact <= made.value + step / 2


def test_what_a_set_says_is_never_changed(owner: Engine, published: dict[str, str]) -> None:
    for change in (
        "UPDATE indicator_set SET name = 'x'",
        "DELETE FROM indicator_set",
        "TRUNCATE indicator_set",
    ):
        with pytest.raises(Exception, match="append-only"), owner.begin() as connection:
            connection.execute(text(change))
