"""The gap finder over HTTP and the street layer it walks on."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from config import Config
from server.places.importing import ImportRefused
from server.places.parking.streets import StreetCounts, apply_streets, read_streets
from tests import factories
from tests.factories import JINSHA, JINXIN
from tests.server.reports.street import spot
from tests.server.world import SignIn

API = "/api/v1"
BEGIN = date(2022, 9, 1)


def line(*points: tuple[float, float], **properties: Any) -> dict[str, Any]:
    """A street from metres east and north of the corner."""
    coordinates = [list(spot(*point)) for point in points]
    return {
        "type": "Feature",
        "properties": {"name": "新金路", "width_m": 9, **properties},
        "geometry": {"type": "LineString", "coordinates": coordinates},
    }


def collection(*features: dict[str, Any]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def load(owner: Engine, *features: dict[str, Any], valid_from: date = BEGIN) -> StreetCounts:
    with owner.begin() as connection:
        streets = read_streets(collection(*features))
        return apply_streets(connection, streets, valid_from=valid_from, source="test", sample=True)


@pytest.fixture
def street(owner: Engine) -> Engine:
    """A street of 400 m eastward with ten shops of 20 m on its north side, a side street, and a kiosk at its end."""
    factories.make_organisations(owner)
    load(owner, line((0, 0), (400, 0)), line((400, 0), (400, 150), name="通海路"))
    for n in range(10):
        factories.make_zone(
            owner,
            code=f"F{n}",
            at=spot(10 + 20 * n, 8),
            width_m=20,
            depth_m=6,
            properties={"street": "新金路"},
        )
    factories.make_zone(
        owner,
        code="G",
        at=spot(392, 75),
        township=JINXIN,
        width_m=6,
        depth_m=50,
        properties={"street": "通海路"},
    )
    kiosk = {"type": "Point", "coordinates": list(spot(395, 140))}
    factories.make_zone(
        owner,
        kind="service_point",
        code="V1",
        township=JINXIN,
        geometry=kiosk,
        properties={"service": "kiosk"},
    )
    return owner


def make_bay(owner: Engine, code: str, east_m: float, **others: Any) -> None:
    factories.make_zone(
        owner,
        kind="parking",
        code=code,
        at=spot(east_m, 4),
        width_m=10,
        depth_m=2,
        properties={"vehicle": "bike"},
        **others,
    )


def gaps(client: FlaskClient, headers: dict[str, str], query: str = "") -> list[dict[str, Any]]:
    answer = client.get(f"{API}/parking/gaps?{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/geo+json"
    return answer.get_json()["features"]


def lengths(features: list[dict[str, Any]]) -> dict[str, float]:
    return {
        one["properties"]["street"]: one["properties"]["length_m"]
        for one in features
        if one["properties"]["what"] == "stretch"
    }


def test_without_bays_every_front_is_in_a_stretch_drawn_on_its_street(
    street: Engine, client: FlaskClient, sign_in: SignIn
) -> None:
    features = gaps(client, sign_in("officer"))
    assert lengths(features) == pytest.approx({"新金路": 200, "通海路": 50}, abs=0.05)
    (main,) = [one for one in features if one["properties"]["street"] == "新金路"]
    assert main["properties"]["zones"] == [f"F{n}" for n in range(10)]
    assert main["geometry"]["type"] == "LineString"
    assert main["geometry"]["coordinates"][0] == pytest.approx(list(spot(0, 0)), abs=1e-6)
    assert [one["properties"]["zones"] for one in features if one["properties"]["what"] == "attractor"] == [
        ["V1"]
    ]


def test_one_bay_more_removes_exactly_the_stretch_now_covered(
    street: Engine, client: FlaskClient, sign_in: SignIn
) -> None:
    headers = sign_in("officer")
    make_bay(street, "P1", 100)
    # The bay reaches from 95 to 105 m and 30 m farther either way: 65 to 135.
    before = [
        one["properties"]["length_m"] for one in gaps(client, headers, f"within_m=30&township={JINSHA}")
    ]
    assert sorted(before) == pytest.approx([65, 65], abs=0.05)
    make_bay(street, "P2", 15)
    after = [one["properties"]["length_m"] for one in gaps(client, headers, f"within_m=30&township={JINSHA}")]
    assert sorted(after) == pytest.approx([15, 65], abs=0.05)


def test_a_bay_across_the_border_of_the_area_asked_for_counts(
    street: Engine, client: FlaskClient, sign_in: SignIn
) -> None:
    make_bay(street, "P1", 390, township=JINSHA)
    # From the corner at 400 m it is 5 m to the bay: 95 m of the side street are served, and the kiosk is not.
    features = gaps(client, sign_in("officer"), f"township={JINXIN}")
    assert lengths(features) == pytest.approx({"通海路": 5}, abs=0.05)
    assert [one["properties"]["what"] for one in features] == ["attractor", "stretch"]
    assert gaps(client, sign_in("officer"), f"township={JINXIN}&within_m=200") == []


def test_bays_of_another_vehicle_or_another_time_serve_nobody(
    street: Engine, client: FlaskClient, sign_in: SignIn
) -> None:
    headers = sign_in("officer")
    make_bay(street, "P1", 100, valid_from=date(2025, 1, 1))
    assert lengths(gaps(client, headers, f"township={JINSHA}")) == {}
    assert lengths(gaps(client, headers, f"township={JINSHA}&vehicle=car")) == pytest.approx(
        {"新金路": 200}, abs=0.05
    )
    assert lengths(gaps(client, headers, f"township={JINSHA}&at=2024-06-01")) == pytest.approx(
        {"新金路": 200}, abs=0.05
    )


def test_the_rule_of_sides_may_be_asked_for(street: Engine, client: FlaskClient, sign_in: SignIn) -> None:
    headers = sign_in("officer")
    factories.make_zone(
        street,
        kind="parking",
        code="P-SOUTH",
        at=spot(100, -4),
        width_m=10,
        depth_m=2,
        properties={"vehicle": "bike"},
    )
    assert lengths(gaps(client, headers, f"township={JINSHA}&sides=either")) == {}
    assert lengths(gaps(client, headers, f"township={JINSHA}&sides=same")) == pytest.approx(
        {"新金路": 200}, abs=0.05
    )


def test_totals_are_per_township_and_add_up_to_the_list(
    street: Engine, client: FlaskClient, sign_in: SignIn
) -> None:
    headers = sign_in("officer")
    make_bay(street, "P1", 100)
    totals = client.get(f"{API}/parking/gaps/totals?within_m=30", headers=headers).get_json()
    told = {one["township"]: one for one in totals["items"]}
    assert told[JINSHA]["front_m"] == pytest.approx(200, abs=0.05)
    assert told[JINSHA]["gap_m"] == pytest.approx(130, abs=0.05)
    assert told[JINSHA]["covered_share"] == pytest.approx(0.35, abs=0.001)
    assert told[JINXIN]["stretches"] == 1 and told[JINXIN]["attractors_without"] == 1
    assert (totals["streets"], totals["bays"], totals["unplaced"], totals["within_m"]) == (2, 1, 0, 30)
    listed = gaps(client, headers, "within_m=30")
    for township, total in told.items():
        mine = [one["properties"] for one in listed if one["properties"]["township"] == township]
        assert sum(one["length_m"] or 0 for one in mine) == pytest.approx(total["gap_m"], abs=0.05)


def test_pages_of_gaps_are_one_list(street: Engine, client: FlaskClient, sign_in: SignIn) -> None:
    headers, cursor, seen = sign_in("officer"), "", []
    make_bay(street, "P1", 100)
    for _ in range(9):
        page = client.get(f"{API}/parking/gaps?within_m=30&limit=1{cursor}", headers=headers).get_json()
        seen += [one["id"] for one in page["features"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == [one["id"] for one in gaps(client, headers, "within_m=30")] and len(seen) == 4


NONSENSE = [
    "within_m=0",
    "within_m=2001",
    "within_m=nan",
    "vehicle=truck",
    "sides=both",
    "bbox=9,9,1,1",
    "x=1",
]


def test_a_question_that_makes_no_sense_is_refused(client: FlaskClient, sign_in: SignIn) -> None:
    headers = sign_in("officer")
    for query in NONSENSE:
        for path in ["parking/gaps", "parking/gaps/totals"]:
            answer = client.get(f"{API}/{path}?{query}", headers=headers)
            assert answer.status_code == 422 and answer.get_json()["code"] == "input_refused", query


class TestWithSmallLimits:
    @pytest.fixture
    def config(self, config: Config) -> Config:
        return config.model_copy(update={"parking_gap_things_max": 9})

    def test_an_area_with_too_many_fronts_is_refused_and_a_smaller_one_is_not(
        self, street: Engine, client: FlaskClient, sign_in: SignIn
    ) -> None:
        headers = sign_in("officer")
        answer = client.get(f"{API}/parking/gaps", headers=headers)
        assert answer.status_code == 422 and answer.get_json()["code"] == "parking_area_too_large"
        assert answer.get_json()["limit"] == 9
        assert client.get(f"{API}/parking/gaps?township={JINXIN}", headers=headers).status_code == 200


# --- The street layer ---------------------------------------------------------------------------------------


def test_a_file_is_the_layer_from_its_day_on_and_what_is_gone_is_closed(owner: Engine) -> None:
    first, second, third = line((0, 0), (100, 0)), line((0, 50), (100, 50)), line((0, 90), (100, 90))
    assert load(owner, first, second) == StreetCounts(2, 0, 0)
    assert load(owner, first, second, valid_from=date(2023, 1, 1)) == StreetCounts(0, 2, 0)
    assert load(owner, second, third, valid_from=date(2024, 1, 1)) == StreetCounts(1, 1, 1)
    with owner.connect() as connection:
        for on, count in [("2022-08-31", 0), ("2023-06-01", 2), ("2024-01-01", 2)]:
            found = connection.execute(
                text("SELECT count(*) FROM street WHERE valid @> CAST(:on AS date)"), {"on": on}
            )
            assert found.scalar_one() == count
        assert connection.execute(text("SELECT count(*) FROM street")).scalar_one() == 3


def test_a_line_cannot_end_before_it_began_nor_begin_again_before_it_ended(owner: Engine) -> None:
    first, second = line((0, 0), (100, 0)), line((0, 50), (100, 50))
    load(owner, first, valid_from=date(2023, 1, 1))
    with pytest.raises(ImportRefused):
        load(owner, second, valid_from=date(2022, 1, 1))
    load(owner, second, valid_from=date(2024, 1, 1))
    with pytest.raises(ImportRefused):
        load(owner, first, valid_from=date(2023, 6, 1))
    assert load(owner, first, valid_from=date(2025, 1, 1)) == StreetCounts(1, 0, 1)


@pytest.mark.parametrize(
    "bad",
    [
        {"type": "Point", "coordinates": [121, 32]},
        {"type": "LineString", "coordinates": [[121, 32]]},
        {"type": "LineString", "coordinates": [[121, 32], [121, 32]]},
        {"type": "LineString", "coordinates": [[121, 32], [421, 32]]},
        {"type": "LineString", "coordinates": [[121, 32], [float("nan"), 32]]},
        {"type": "LineString", "coordinates": [[121, 32], ["121.1", 32]]},
        {"type": "LineString", "coordinates": "here"},
        {"type": "MultiLineString", "coordinates": [5]},
        None,
    ],
)
def test_a_file_with_one_bad_line_is_refused_whole_and_the_line_is_named(bad: Any) -> None:
    good = line((0, 0), (100, 0))
    with pytest.raises(ImportRefused) as refused:
        read_streets(collection(good, {"type": "Feature", "properties": {}, "geometry": bad}))
    assert len(refused.value.faults) == 1 and refused.value.faults[0].startswith("features[1]:")


@pytest.mark.parametrize(
    "properties", [{"width_m": -1}, {"width_m": "wide"}, {"name": 5}, {"name": "x" * 201}]
)
def test_a_street_with_an_unusable_property_is_refused(properties: dict[str, Any]) -> None:
    with pytest.raises(ImportRefused):
        read_streets(collection(line((0, 0), (100, 0), **properties)))


@pytest.mark.parametrize(
    "document", [[], {}, {"type": "FeatureCollection", "features": []}, None, {"features": 5}]
)
def test_a_file_that_is_no_collection_of_streets_is_refused(document: Any) -> None:
    with pytest.raises(ImportRefused):
        read_streets(document)


def test_a_row_of_the_street_layer_is_never_rewritten(owner: Engine) -> None:
    load(owner, line((0, 0), (100, 0)))
    for change in ("geom = ST_Reverse(geom)", "source = 'else'", "valid = '[2021-01-01,)'"):
        with pytest.raises(Exception, match="only closes"), owner.begin() as connection:
            connection.execute(text(f"UPDATE street SET {change}"))
