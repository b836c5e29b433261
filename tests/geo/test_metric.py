"""The metric plane: known points, there and back, bearings, threads, refusals."""

import math
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod, Proj

from geo.metric import MetricPlane, MetricPlaneRefused

PLANE = MetricPlane(4549)
lons = st.floats(120.5, 121.7)
lats = st.floats(31.7, 32.5)


@given(lons, lats)
def test_there_and_back_is_the_same_place_to_a_billionth_of_a_degree(lon: float, lat: float):
    back_lon, back_lat = PLANE.inverse(*PLANE.forward(lon, lat))
    assert abs(back_lon - lon) < 1e-9 and abs(back_lat - lat) < 1e-9


@given(lons, lats, st.floats(0.0, 359.9))
def test_a_metre_of_the_plane_is_a_metre_of_ground_and_the_grid_bearing_points_the_same_way(
    lon: float, lat: float, bearing_deg: float
):
    far_lon, far_lat, _ = Geod(ellps="GRS80").fwd(lon, lat, bearing_deg, 50.0)
    (x0, y0), (x1, y1) = PLANE.forward(lon, lat), PLANE.forward(far_lon, far_lat)
    assert math.hypot(x1 - x0, y1 - y0) == pytest.approx(50.0, abs=0.02)
    drawn_deg = math.degrees(math.atan2(x1 - x0, y1 - y0))
    turned_deg = PLANE.grid_bearing_deg(lon, lat, bearing_deg)
    assert abs((drawn_deg - turned_deg + 180.0) % 360.0 - 180.0) < 0.01


def test_the_convergence_is_the_one_proj_states():
    factors = Proj(4549).get_factors(121.07, 32.07)
    turn_deg = PLANE.grid_bearing_deg(121.07, 32.07, 0.0) - 360.0
    assert turn_deg == pytest.approx(-factors.meridian_convergence, abs=1e-4)
    assert turn_deg < -0.5


def test_a_bearing_is_always_under_a_full_turn():
    for bearing_deg in (-720.0, -1e-13, 0.0, 359.999999, 360.0, 1000.0):
        assert 0.0 <= PLANE.grid_bearing_deg(120.9, 32.0, bearing_deg) < 360.0


def test_axes_are_east_and_north_whatever_the_register_says():
    x, y = PLANE.forward(121.07, 32.07)
    assert 600_000 < x < 602_000 and 3_550_000 < y < 3_551_000


def test_many_threads_get_the_same_answer_from_one_plane():
    spots = [(120.6 + i * 0.001, 31.8 + i * 0.0005) for i in range(400)]
    alone = [PLANE.forward(*spot) for spot in spots]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda spot: PLANE.forward(*spot), spots)) == alone


@pytest.mark.parametrize(
    ("srid", "code"), [(4326, "srid_not_metric"), (2263, "srid_not_metric"), (999_999, "srid_unknown")]
)
def test_a_plane_that_is_none_is_refused(srid: int, code: str):
    with pytest.raises(MetricPlaneRefused) as refused:
        MetricPlane(srid)
    assert refused.value.code == code


def test_a_point_without_a_value_in_the_plane_is_refused():
    with pytest.raises(MetricPlaneRefused) as refused:
        PLANE.forward(120.0, 95.0)
    assert refused.value.code == "point_outside_plane"


def test_every_thread_has_a_transformer_of_its_own():
    with ThreadPoolExecutor(1) as pool:
        elsewhere = pool.submit(PLANE._transformer, "_forward").result()
    assert elsewhere is not PLANE._transformer("_forward")
    assert PLANE._transformer("_forward") is PLANE._transformer("_forward")
