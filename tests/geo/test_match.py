"""The match: verdicts, hints, bearing, township and reasons, on a drawn street in Jinsha."""

import hashlib
import json
from dataclasses import replace

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from geo.match import ALGORITHM, Match, match
from geo.metric import MetricPlane
from geo.observation import (
    Candidate,
    CategoryWeights,
    HintHow,
    Kind,
    MatchInputRefused,
    MatchSettings,
    Observation,
    Thresholds,
    ZoneHint,
)
from geo.verdict import Verdict, Why

PLANE = MetricPlane(4549)
X, Y = (round(value, 3) for value in PLANE.forward(121.07, 32.07))
JINSHA, XINGREN = "320612001", "320612104"


def zone(
    kind: Kind, code: str, west: float, south: float, east: float, north: float, township: str | None = None
) -> Candidate:
    shape = shapely.box(X + west, Y + south, X + east, Y + north)
    return Candidate(kind, code, f"{code}名", 1, township, shape.distance(shapely.Point(X, Y)), shape)


def shop(code: str, west: float, south: float, width: float = 8.0, depth: float = 5.0) -> Candidate:
    return zone(Kind.FRONTAGE, code, west, south, west + width, south + depth, JINSHA)


def seen(
    accuracy_m: float = 5.0, bearing_deg: float | None = None, hint: ZoneHint | None = None
) -> Observation:
    return Observation(X, Y, accuracy_m, bearing_deg, hint)


def facts(found: Match, code: str) -> list[Why]:
    return [fact for fact in found.why if fact.code == code]


SOUTH_ROW = [shop(f"S{i}", -28 + 8 * i, -4.0) for i in range(7)]
NORTH_ROW = [shop(f"N{i}", -28 + 8 * i, 13.0) for i in range(7)]
TOWN = zone(Kind.TOWNSHIP, JINSHA, -900, -900, 900, 900)
GRID = zone(Kind.GRID, "G1", -300, -300, 300, 300)
STREET = [*SOUTH_ROW, *NORTH_ROW, TOWN, GRID]


def test_across_the_street_with_a_bearing_the_zone_looked_at_and_without_it_the_one_stood_in():
    standing_in, looking_at = match(seen(3.0), STREET), match(seen(3.0, bearing_deg=0.0), STREET)
    assert standing_in.frontage.code == "S3"
    assert looking_at.frontage.code == "N3"
    assert [z.distance_m for z in SOUTH_ROW + NORTH_ROW if z.code in ("S3", "N3")] == [0.0, 13.0]


@pytest.mark.parametrize("accuracy_m", [3.0, 5.0, 10.0])
def test_a_fix_twelve_metres_from_the_zone_lands_in_it_when_the_camera_looks_there(accuracy_m: float):
    across = [replace(z, geometry=shapely.affinity.translate(z.geometry, 0, -1)) for z in NORTH_ROW]
    found = match(seen(accuracy_m, bearing_deg=0.0), [*SOUTH_ROW, *across])
    assert found.frontage.code == "N3"
    assert facts(found, "bearing_used")[0].params["bearing_deg"] == 0.0


def test_looking_the_other_way_never_lands_across_the_street():
    assert match(seen(3.0, bearing_deg=180.0), STREET).frontage.code != "N3"


def test_the_township_and_the_grid_around_the_fix_are_certain_however_unsure_the_frontage():
    found = match(seen(20.0), STREET)
    assert found.frontage.verdict is Verdict.AMBIGUOUS
    assert (found.township.code, found.township.verdict, found.township.probability) == (
        JINSHA,
        "certain",
        1.0,
    )
    assert (found.grid.code, found.grid.verdict, found.grid.version) == ("G1", "certain", 1)


def test_without_candidates_every_kind_is_none_and_nothing_is_invented():
    found = match(seen(), [])
    for verdict in (found.township, found.frontage, found.parking, found.grid):
        assert (verdict.verdict, verdict.code, verdict.probability, verdict.distance_m) == (
            "none",
            None,
            0.0,
            None,
        )
    assert found.candidates == () and found.chosen is None and found.others == ()


def test_a_thing_deep_in_a_wide_zone_is_certain_and_its_probability_leaves_room_for_doubt():
    found = match(seen(3.0), [zone(Kind.FRONTAGE, "market", -60, -60, 60, 60)])
    assert found.frontage.verdict is Verdict.CERTAIN
    assert 0.9 < found.frontage.probability < 0.95


def test_two_zones_of_equal_probability_are_ambiguous_and_told_apart_by_code():
    pair = [zone(Kind.TOWNSHIP, "b", 0, -900, 900, 900), zone(Kind.TOWNSHIP, "a", -900, -900, 0, 900)]
    found = match(seen(), pair)
    assert (found.township.code, found.township.verdict, found.township.probability) == (
        "a",
        "ambiguous",
        0.5,
    )
    assert facts(found, "tie_broken_by_code")[0].params["other"] == "b"


def test_two_zones_of_equal_probability_are_told_apart_by_distance_first():
    near, far = shop("z", 0, -50, 80, 100), shop("a", -80, -50, 80, 100)
    found = match(seen(), [near, replace(far, distance_m=0.4)])
    assert found.frontage.code == "z"
    assert facts(found, "tie_broken_by_distance")[0].params["other"] == "a"


def test_a_zone_that_was_not_hit_is_near_up_to_fifty_metres_and_none_beyond():
    assert match(seen(5.0), [shop("F", 49, 0)]).frontage.verdict is Verdict.NEAR
    beyond = match(seen(5.0), [shop("F", 51, 0)])
    assert (beyond.frontage.verdict, beyond.candidates) == (Verdict.NONE, ())
    assert facts(beyond, "none_within")[0].params["limit_m"] == 50.0


def test_near_has_probability_zero_and_names_the_nearest_zone():
    found = match(seen(5.0), [shop("far", 45, 0), shop("close", 0, 30)])
    assert (found.frontage.code, found.frontage.probability, found.frontage.distance_m) == (
        "close",
        0.0,
        30.0,
    )
    assert facts(found, "near_only")[0].params["zone"] == "close"


def test_a_zone_barely_touched_is_near_with_probability_zero_and_keeps_its_own_in_the_list():
    found = match(seen(5.0), [zone(Kind.PARKING, "P", 11.0, 0, 20.0, 5.0)])
    assert (found.parking.verdict, found.parking.probability) == (Verdict.NEAR, 0.0)
    assert 0.0 < found.candidates[0].probability < 0.05
    lenient = MatchSettings(hit_min_probability=0.0)
    assert (
        match(seen(5.0), [zone(Kind.PARKING, "P", 11.0, 0, 20.0, 5.0)], settings=lenient).parking.verdict
        == "ambiguous"
    )


def test_the_near_limit_grows_with_the_accuracy():
    assert match(seen(20.0), [shop("F", 59, 0)]).frontage.verdict is Verdict.NEAR
    assert match(seen(20.0), [shop("F", 61, 0)]).frontage.verdict is Verdict.NONE


def test_outside_all_townships_the_verdict_is_none_even_one_step_from_the_border():
    found = match(seen(3.0), [zone(Kind.TOWNSHIP, JINSHA, 25, -900, 900, 900)])
    assert (found.township.verdict, found.township.code) == (Verdict.NONE, None)
    assert facts(found, "outside_all")[0].params["distance_m"] == 25.0
    assert facts(found, "township_none")


def test_the_township_is_the_chosen_zones_and_a_contradiction_is_told():
    market = zone(Kind.FRONTAGE, "M", -60, -60, 60, 60, XINGREN)
    other = zone(Kind.TOWNSHIP, XINGREN, 900, -900, 1800, 900)
    found = match(seen(3.0), [market, TOWN, other])
    assert (found.township.code, found.township.name) == (XINGREN, f"{XINGREN}名")
    assert facts(found, "township_by_zone")[0].params["zone"] == "M"
    assert facts(found, "township_differs_from_samples")[0].params["by_samples"] == JINSHA


def test_an_unsure_frontage_leaves_the_township_to_the_samples():
    found = match(seen(10.0), [*STREET, shop("X", -4, -4)])
    assert found.chosen is None
    assert facts(found, "township_by_samples")[0].params["township"] == JINSHA


def test_a_chosen_zone_without_a_township_leaves_it_to_the_samples():
    found = match(seen(3.0), [zone(Kind.SITE, "M", -60, -60, 60, 60, None), TOWN])
    assert found.chosen is not None and found.chosen.kind is Kind.SITE
    assert found.township.code == JINSHA and facts(found, "township_by_samples")


def test_a_chosen_zone_names_the_township_even_when_no_township_row_came():
    found = match(seen(3.0), [zone(Kind.PARKING, "P", -60, -60, 60, 60, JINSHA)])
    assert (found.township.code, found.township.name, found.township.version) == (JINSHA, None, None)
    assert found.township.verdict is Verdict.CERTAIN


def test_a_merely_likely_zone_makes_a_township_nobody_else_names_merely_likely():
    strip = zone(Kind.FRONTAGE, "F", -60, -3, 60, 4, XINGREN)
    found = match(seen(3.0), [strip])
    assert found.frontage.verdict is Verdict.LIKELY
    assert (found.township.code, found.township.verdict) == (XINGREN, Verdict.LIKELY)
    assert found.township.probability == found.frontage.probability
    agreeing = replace(TOWN, code=XINGREN)
    assert match(seen(3.0), [strip, agreeing]).township.verdict is Verdict.CERTAIN


def test_on_the_border_the_frontage_decides_what_the_samples_cannot():
    west = zone(Kind.TOWNSHIP, "west", -900, -900, 0, 900)
    east = zone(Kind.TOWNSHIP, "east", 0, -900, 900, 900)
    hint = ZoneHint("E", HintHow.QR)
    strips = [zone(Kind.FRONTAGE, "W", -9, 0, 0, 5, "west"), zone(Kind.FRONTAGE, "E", 0, 0, 9, 5, "east")]
    assert match(seen(), [west, east]).township.verdict is Verdict.AMBIGUOUS
    decided = match(seen(hint=hint), [west, east, *strips])
    assert (decided.township.code, decided.township.verdict) == ("east", "certain")


def test_a_scanned_code_outweighs_the_fix_and_a_picked_zone_weighs_less():
    scanned = match(seen(10.0, hint=ZoneHint("N6", HintHow.QR)), STREET)
    picked = match(seen(10.0, hint=ZoneHint("N6", HintHow.PICKED)), STREET)
    assert (scanned.frontage.code, scanned.frontage.verdict) == ("N6", Verdict.CERTAIN)
    assert picked.frontage.probability < scanned.frontage.probability
    assert facts(scanned, "hint_believed")[0].params["weight"] == 1000.0


def test_a_hint_makes_the_right_shop_certain_where_the_raw_share_is_under_a_fifth():
    found = match(seen(10.0, hint=ZoneHint("S3", HintHow.PICKED)), STREET)
    (first, *_) = found.candidates
    assert (first.code, first.weight) == ("S3", 30.0)
    assert first.share < 0.2 and found.frontage.verdict is Verdict.CERTAIN


@pytest.mark.parametrize(("distance_m", "believed"), [(299.0, True), (301.0, False)])
def test_a_hint_three_hundred_metres_away_is_a_finding_and_not_believed(distance_m: float, believed: bool):
    hinted = shop("H", distance_m, 0)
    found = match(seen(5.0, hint=ZoneHint("H", HintHow.QR)), [*STREET, hinted])
    assert (found.frontage.code == "H") is believed
    assert bool(facts(found, "hint_far")) is not believed
    if not believed:
        assert facts(found, "hint_far")[0].params["distance_m"] == 301.0
        assert found.frontage == match(seen(5.0), [*STREET, hinted]).frontage


def test_a_hint_that_names_no_candidate_is_told_and_changes_nothing():
    found = match(seen(hint=ZoneHint("gone", HintHow.QR)), STREET)
    assert facts(found, "hint_not_found")[0].params["zone"] == "gone"
    assert found.frontage == match(seen(), STREET).frontage


def test_a_hint_with_the_code_of_a_township_says_nothing_about_the_township():
    pair = [zone(Kind.TOWNSHIP, "b", 0, -900, 900, 900), zone(Kind.TOWNSHIP, "a", -900, -900, 0, 900)]
    found = match(seen(hint=ZoneHint("b", HintHow.QR)), pair)
    assert found.township == match(seen(), pair).township
    assert facts(found, "hint_not_found")


def test_a_category_that_says_in_some_frontage_makes_the_frontage_likelier():
    loose, tight = (CategoryWeights({Kind.FRONTAGE: weight}) for weight in (1.0, 0.05))
    assert (
        match(seen(5.0), STREET, tight).frontage.probability
        > 1.5 * match(seen(5.0), STREET, loose).frontage.probability
    )


def test_a_few_stray_samples_never_make_a_certainty_however_tight_the_category():
    tight = CategoryWeights({Kind.FRONTAGE: 0.0})
    found = match(seen(5.0), [shop("F", 9.0, 9.0)], tight)
    assert 0.0 < found.candidates[0].share < 0.1
    assert found.frontage.probability < 0.5


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf")])
def test_a_none_weight_that_is_no_weight_is_refused(weight: float):
    with pytest.raises(MatchInputRefused) as refused:
        CategoryWeights({Kind.FRONTAGE: weight})
    assert refused.value.code == "none_weight_invalid"


def test_a_kind_may_have_thresholds_of_its_own():
    market = zone(Kind.FRONTAGE, "M", -60, -60, 60, 60)
    strict = MatchSettings(thresholds={Kind.FRONTAGE: Thresholds(certain=0.99, likely=0.98)})
    lenient = MatchSettings(thresholds={Kind.PARKING: Thresholds(certain=0.99)})
    assert match(seen(3.0), [market], settings=strict).frontage.verdict is Verdict.AMBIGUOUS
    assert match(seen(3.0), [market], settings=lenient).frontage.verdict is Verdict.CERTAIN


def test_thresholds_and_settings_that_make_no_sense_are_refused():
    for make, code in (
        (lambda: Thresholds(certain=0.4, likely=0.5), "thresholds_disordered"),
        (lambda: MatchSettings(hint_far_m=-1.0), "setting_invalid"),
        (lambda: MatchSettings(camera_distance_m=0.0), "setting_invalid"),
        (lambda: MatchSettings(near_limit_m=float("nan")), "setting_invalid"),
    ):
        with pytest.raises(MatchInputRefused) as refused:
            make()
        assert refused.value.code == code


def test_candidates_are_ranked_by_probability_then_distance_then_code_and_capped():
    found = match(seen(10.0), STREET, settings=MatchSettings(max_candidates=5))
    assert len(found.candidates) == 5
    keys = [(-z.probability, z.distance_m, z.code) for z in found.candidates]
    assert keys == sorted(keys)
    assert {z.kind for z in found.candidates} == {Kind.FRONTAGE}


def test_every_place_kind_is_judged_on_its_own():
    kinds = [zone(kind, kind.value, -60, -60, 60, 60) for kind in Kind]
    found = match(seen(3.0), kinds)
    assert {v.kind for v in found.others} == {Kind.COMMUNITY, Kind.SITE, Kind.SERVICE_POINT}
    assert {v.verdict for v in (found.frontage, found.parking, found.grid, *found.others)} == {
        Verdict.CERTAIN
    }


def test_a_service_point_is_near_by_its_distance():
    kiosk = Candidate(Kind.SERVICE_POINT, "K", "便民亭", 1, None, 12.0, shapely.Point(X + 12.0, Y))
    (verdict,) = match(seen(), [kiosk]).others
    assert (verdict.verdict, verdict.distance_m) == (Verdict.NEAR, 12.0)


def test_the_share_fact_tells_distance_share_weight_rule_and_version():
    (fact,) = [f for f in facts(match(seen(3.0), STREET), "share") if f.params["kind"] == "frontage"]
    assert fact.params["zone"] == "S3" and fact.params["version"] == 1 and fact.params["distance_m"] == 0.0
    assert fact.params["rule"] == "certain>=0.8, likely>=0.5" and fact.params["none_weight"] == 0.1
    assert 0.0 < fact.params["share"] < fact.params["probability"] < 1.0  # type: ignore[operator]


def test_the_plain_form_is_json_with_the_contracts_keys():
    plain = match(seen(5.0, 10.0, ZoneHint("S3", HintHow.QR)), STREET).as_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert set(plain) == {"township", "frontage", "parking", "grid", "candidates", "why", "algorithm"}
    assert {"code", "name", "version", "verdict", "probability", "distance_m"} <= set(plain["frontage"])
    assert plain["algorithm"] == ALGORITHM


def test_the_same_input_gives_the_same_answer_to_the_last_digit():
    """A changed digest means stored matches would come out otherwise: change ALGORITHM with it."""
    told = [
        match(seen(accuracy_m, bearing_deg, hint), STREET).as_dict()
        for accuracy_m in (3.0, 10.0, 20.0)
        for bearing_deg in (None, 12.5, 200.0)
        for hint in (None, ZoneHint("N4", HintHow.PICKED))
    ]
    text = json.dumps(told, sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert digest == "b3905008ae6afdb2232c1cc6464f292e32384a105ab29a8c506c63d253c8515a"


corners = st.floats(-60, 60)
sizes = st.floats(1, 40)
shapes = st.builds(
    lambda x, y, w, h: shapely.box(X + x, Y + y, X + x + w, Y + y + h), corners, corners, sizes, sizes
)
place_kinds = st.sampled_from([Kind.FRONTAGE, Kind.PARKING, Kind.SITE, Kind.TOWNSHIP, Kind.GRID])
bearings = st.none() | st.floats(-720, 720)


@given(st.lists(st.tuples(place_kinds, shapes), max_size=15), st.floats(0, 100), bearings, st.randoms())
def test_probabilities_of_a_kind_never_pass_one_and_the_order_of_rows_does_not_matter(
    drawn: list[tuple[Kind, BaseGeometry]], accuracy_m: float, bearing_deg: float | None, order: object
):
    point = shapely.Point(X, Y)
    rows = [
        Candidate(kind, f"{i}", f"{i}", 1, None, float(shape.distance(point)), shape)
        for i, (kind, shape) in enumerate(drawn)
    ]
    observation = Observation(X, Y, accuracy_m, bearing_deg)
    found = match(observation, rows, settings=MatchSettings(max_candidates=99))
    for kind in (Kind.FRONTAGE, Kind.PARKING, Kind.SITE):
        assert sum(z.probability for z in found.candidates if z.kind is kind) <= 1.0 + 1e-4
    order.shuffle(rows)  # type: ignore[attr-defined]
    assert match(observation, rows, settings=MatchSettings(max_candidates=99)) == found
