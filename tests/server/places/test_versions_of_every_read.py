"""Every read of places takes `at=`: said by the document, so that a new read cannot forget it."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

API = "/api/v1"
# Reads of zones that are about more than one day: by two dates, or by all.
MANY_DAYS = {
    f"{API}/zones/{{kind}}/changes",
    f"{API}/zones/{{kind}}/days",
    f"{API}/zones/{{kind}}/newest",
    f"{API}/zones/{{kind}}/{{code}}/versions",
}
# Lists of categories, each from a day on.
SETS = {
    f"{API}/categories/sets",
    f"{API}/categories/sets/{{category_set_id}}",
    f"{API}/categories/sets/{{category_set_id}}/trial",
}


@pytest.fixture
def documented() -> bool:
    return True


def test_every_read_of_zones_takes_a_date(client: FlaskClient) -> None:
    paths = client.get(f"{API}/openapi.json").get_json()["paths"]
    reads = {
        path: {one["name"] for one in item["get"].get("parameters", [])}
        for path, item in paths.items()
        if "get" in item and (path.startswith((f"{API}/zones/{{kind}}", f"{API}/match", f"{API}/categories")))
    }
    assert len(reads) >= 5
    assert {path for path, names in reads.items() if "at" not in names} == MANY_DAYS | SETS
