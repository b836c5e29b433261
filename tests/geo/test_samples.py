"""The fixed pattern and where it is laid: the same everywhere, without bias, close to the exact integral."""

import hashlib
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.observation import MatchInputRefused, MatchSettings, Observation
from geo.samples import SAMPLE_COUNT, normal_pattern, place_samples, sigma_m

SETTINGS = MatchSettings()
X_M, Y_M = 601033.352513, 3550115.492484


def whole_micrometres(values: np.ndarray) -> bytes:
    return np.rint(values * 1e6).astype("<i8").tobytes()


def test_the_pattern_is_the_one_every_machine_makes():
    """A changed pattern changes stored answers: then the algorithm's version must change with it."""
    digest = hashlib.sha256(whole_micrometres(normal_pattern())).hexdigest()
    assert digest == "cc895d3d189a6f72904b96c17828df116e0720dad9781c7938fe15a50340822a"


def test_the_placed_points_are_the_ones_every_machine_makes():
    digest = hashlib.sha256()
    for bearing_deg in (None, 0.0, 33.3, 90.0, 359.9):
        samples = place_samples(Observation(X_M, Y_M, 7.5, bearing_deg), SETTINGS)
        digest.update(whole_micrometres(samples.x_m) + whole_micrometres(samples.y_m))
    assert digest.hexdigest() == "641b333d14b209f20c3ccd9a3d4aa31fca4f862379c23cffd3429628e046d706"


def test_the_pattern_is_balanced_on_every_axis_and_cannot_be_written_to():
    pattern = normal_pattern()
    assert pattern.shape == (4, SAMPLE_COUNT)
    assert pattern.sum(axis=1).tolist() == [0.0] * 4
    assert np.abs(pattern.std(axis=1) - 1.0).max() < 0.03
    assert np.abs(np.corrcoef(pattern) - np.eye(4)).max() < 0.05
    with pytest.raises(ValueError, match="read-only"):
        pattern[0, 0] = 1.0


@pytest.mark.parametrize("accuracy_m", [3.0, 5.0, 10.0, 20.0])
def test_sixty_eight_in_a_hundred_samples_of_the_fix_lie_within_its_accuracy(accuracy_m: float):
    exact_fix = MatchSettings(standing_spread_m=0.0)
    samples = place_samples(Observation(X_M, Y_M, accuracy_m), exact_fix)
    within = np.hypot(samples.x_m - X_M, samples.y_m - Y_M) <= accuracy_m
    assert within.mean() == pytest.approx(0.68, abs=0.02)


@given(st.floats(-15, 15), st.floats(-8, 8), st.floats(3, 20))
def test_the_share_of_a_shop_is_close_to_the_exact_integral(dx_m: float, dy_m: float, accuracy_m: float):
    samples = place_samples(Observation(0.0, 0.0, accuracy_m), SETTINGS)
    west, south = dx_m - 4.0, dy_m - 2.5
    x, y = samples.x_m, samples.y_m
    share = ((x > west) & (x < west + 8.0) & (y > south) & (y < south + 5.0)).mean()
    scale = samples.spread_m * math.sqrt(2.0)
    across = math.erf((west + 8.0) / scale) - math.erf(west / scale)
    along = math.erf((south + 5.0) / scale) - math.erf(south / scale)
    assert abs(share - across * along / 4.0) < 0.025


def test_the_share_of_an_eight_metre_shop_at_ten_metres_accuracy_is_under_a_fifth():
    samples = place_samples(Observation(0.0, 0.0, 10.0), SETTINGS)
    assert ((abs(samples.x_m) < 4.0) & (abs(samples.y_m) < 2.5)).mean() < 0.2


@pytest.mark.parametrize(
    ("bearing_deg", "east", "north"), [(0, 0, 1), (90, 1, 0), (180, 0, -1), (270, -1, 0)]
)
def test_a_bearing_moves_the_samples_the_camera_distance_along_it(bearing_deg: int, east: int, north: int):
    samples = place_samples(Observation(X_M, Y_M, 5.0, float(bearing_deg)), SETTINGS)
    dx, dy = float(samples.x_m.mean() - X_M), float(samples.y_m.mean() - Y_M)
    assert dx * east + dy * north == pytest.approx(SETTINGS.camera_distance_m, rel=0.08)
    assert abs(dx * north + dy * east) < 0.3


def test_a_thing_is_never_behind_the_camera_however_wide_the_distance_spread():
    wide = MatchSettings(camera_distance_m=3.0, camera_distance_spread_m=12.0, bearing_spread_deg=0.0)
    samples = place_samples(Observation(0.0, 0.0, 0.0, 0.0), MatchSettings(
        accuracy_floor_m=1e-9, camera_distance_m=wide.camera_distance_m,
        camera_distance_spread_m=wide.camera_distance_spread_m, bearing_spread_deg=0.0,
    ))  # fmt: skip
    assert samples.y_m.min() > 0.0


def test_a_full_turn_more_changes_nothing():
    once = place_samples(Observation(X_M, Y_M, 5.0, 30.0), SETTINGS)
    twice = place_samples(Observation(X_M, Y_M, 5.0, 390.0), SETTINGS)
    assert (once.x_m == twice.x_m).all() and (once.y_m == twice.y_m).all()


def test_a_device_that_claims_to_be_perfect_is_given_the_floor():
    assert place_samples(Observation(0, 0, 0.0, 0.0), SETTINGS).spread_m == pytest.approx(sigma_m(1.0))


def test_another_share_of_the_circle_is_another_spread():
    assert sigma_m(10.0, 0.95) < sigma_m(10.0, 0.68) < sigma_m(10.0, 0.5)
    assert sigma_m(10.0, 0.39346934) == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"accuracy_m": -1.0}, "accuracy_negative"),
        ({"accuracy_m": math.nan}, "observation_not_finite"),
        ({"x_m": math.inf}, "observation_not_finite"),
        ({"bearing_deg": math.nan}, "observation_not_finite"),
        ({"accuracy_share": 1.0}, "accuracy_share_out_of_range"),
    ],
)
def test_an_observation_that_cannot_be_one_is_refused(changes: dict[str, float], code: str):
    given_values: dict[str, float] = {"x_m": 0.0, "y_m": 0.0, "accuracy_m": 5.0, **changes}
    with pytest.raises(MatchInputRefused) as refused:
        Observation(**given_values)  # type: ignore[arg-type]
    assert refused.value.code == code
