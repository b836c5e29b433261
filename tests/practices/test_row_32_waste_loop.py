"""Row 32: the rural waste loop. A run that a village missed shows within a day, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask.testing import FlaskClient
from sqlalchemy import Engine

from tests import factories
from tests.conftest import StandingClock
from tests.factories import JINSHA, JINXIN
from tests.server.records.filing import API, RUN, filed, put_record

SignIn = Callable[..., dict[str, str]]
# 06:00 in the district.
MORNING = datetime(2026, 8, 31, 22, 0, tzinfo=UTC)


def test_row_32_a_missed_run_in_a_village_shows_within_a_day(
    client: FlaskClient, owner: Engine, sign_in: SignIn, clock: StandingClock
) -> None:
    factories.make_organisations(owner)
    factories.make_rulebook(owner, "forms")
    near, far = (factories.make_zone(owner, kind="community") for _ in range(2))
    elsewhere = factories.make_zone(owner, kind="community", township=JINXIN)
    clock.now = MORNING
    manager, driver = sign_in("zone_manager"), sign_in("handler", organisation=JINSHA)

    def stand(headers: dict[str, str], more: str = "") -> dict[str, str]:
        told = client.get(f"{API}/records/missed?form=waste_run{more}", headers=headers).get_json()
        states = {one["code"]: one["state"] for one in told["items"]}
        if not more:
            assert [told[name] for name in ("done", "due", "missed")] == [
                list(states.values()).count(name) for name in ("done", "due", "missed")
            ]
        return states

    filed(client, driver, "waste_run", RUN, about=near, at=MORNING.isoformat())
    wrong = put_record(client, driver, "waste_run", RUN, about=elsewhere, at=MORNING.isoformat())
    assert wrong.get_json()["errors"][0]["path"] == "/about/code"
    assert stand(manager) == {near: "done", far: "due", elsewhere: "due"}
    # Runs are due by eight in the evening: that is the same day.
    clock.advance(hours=14, minutes=1)
    assert stand(manager) == {near: "done", far: "missed", elsewhere: "missed"}
    assert stand(manager, "&state=missed") == {far: "missed", elsewhere: "missed"}
    # The township sees its own villages; whoever of it did the run.
    assert stand(sign_in("checker", organisation=JINSHA)) == {near: "done", far: "missed"}
    # A run told late still counts for its day, and one of the next day not.
    filed(client, driver, "waste_run", RUN, about=far, at=(clock.now - timedelta(hours=1)).isoformat())
    clock.advance(days=1)
    filed(client, driver, "waste_run", RUN, about=far, at=clock.now.isoformat())
    assert stand(manager, "&on=2026-09-01") == {near: "done", far: "done", elsewhere: "missed"}
    assert stand(manager, "&on=2026-09-02") == {near: "missed", far: "done", elsewhere: "missed"}
    no_schedule = client.get(f"{API}/records/missed?form=door_visit", headers=manager)
    assert no_schedule.get_json()["errors"][0]["path"] == "/form"
