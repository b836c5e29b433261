"""Records as tests file them, and what the sample forms are answered with."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy import Engine

from server.places.parking.streets import apply_streets, read_streets
from tests.factories import CORNER, JINSHA, NOW

API = "/api/v1"
INSPECTED = {
    "patrol_kept": 36, "problems_found": 27, "rectified": 30, "disclosure": 35, "recording": 28, "legal_review": 21,
    "on_time": 45, "files": 40, "appearance": 30, "certificates": 40, "trained": 15, "findings": "两处未跟踪整改",
}  # fmt: skip
STREET = {"ground": 20, "waste": 20, "goods": 20, "bikes": 15, "signs": 15, "walls": 10, "offences": 0}
RUN = {"weight": 820, "points": 12, "sorted": True}
VISIT = {"purpose": "talk", "met": 2}
NOTE = {"who": "shop", "topic": "waste", "said": "夜里垃圾没人收", "people": 3}
TRAINED = {"course": "行政处罚法", "kind": "law", "hours": 4, "points": 92, "passed": True}
HANDED = {"item": "body_camera", "serial": "JL-0417", "handed": True, "works": True}


def put_record(
    client: FlaskClient,
    headers: dict[str, str],
    form: str,
    answers: dict[str, Any],
    *,
    about: str | dict[str, Any] | None = None,
    record: str | None = None,
    **more: Any,
) -> Any:
    """The answer to a record that was sent. about: its code, or the whole member."""
    given: dict[str, Any] = {"form": form, "answers": answers, **more}
    if about is not None:
        given["about"] = {"code": about} if isinstance(about, str) else about
    return client.put(f"{API}/records/{record or uuid4()}", json=given, headers=headers)


def filed(
    client: FlaskClient, headers: dict[str, str], form: str, answers: dict[str, Any], **more: Any
) -> Any:
    """A record that was taken."""
    answer = put_record(client, headers, form, answers, **{"at": NOW.isoformat(), **more})
    assert answer.status_code == 201, answer.text
    return answer.get_json()


def position(east_deg: float = 0.0) -> dict[str, Any]:
    return {"lon": CORNER[0] + east_deg, "lat": CORNER[1], "datum": "wgs84", "accuracy_m": 5}


def make_streets(owner: Engine, *names: str, township: str = JINSHA) -> None:
    """Streets with these names, side by side."""
    features = [
        {
            "type": "Feature",
            "geometry": {
                "type": "LineString",
                "coordinates": [
                    [CORNER[0], CORNER[1] + 0.001 * n],
                    [CORNER[0] + 0.01, CORNER[1] + 0.001 * n],
                ],
            },
            "properties": {"name": name, "township": township, "width_m": 12},
        }
        for n, name in enumerate(names)
    ]
    streets = read_streets({"type": "FeatureCollection", "features": features})
    with owner.begin() as connection:
        apply_streets(
            connection, streets, valid_from=NOW.date().replace(year=2022), source="test", sample=True
        )
