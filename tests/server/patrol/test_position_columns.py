"""Fixes by columns take what the model takes, and mean the same by it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from geo.datum import Datum
from server.patrol.positions.columns import Columns
from server.patrol.positions.wire import FixIn

USUAL_TIMES = st.datetimes(min_value=datetime(1000, 1, 1), timezones=st.just(UTC)).map(
    lambda moment: moment.isoformat().replace("+00:00", "Z")
)
OTHER_TIMES = st.sampled_from(
    [
        "2026-11-30T08:00:00+08:00",
        "2026-11-30T08:00:00.123456789-11:30",
        "2026-11-30t08:00:60z",
        "2026-11-30 08:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-01:00",
        "2026-11-30T08:00:00",
        "2026-11-30T08:00:00Z\n2026-11-30T08:00:00Z",
        "2026-11-30T24:00:00Z",
        "",
        1_700_000_000,
        None,
    ]
)
DEGREES = st.floats(-90, 90)
BROKEN = st.one_of(
    st.sampled_from([None, True, "1", 10**400, -1, 181, -180.5, 1.5, 100_001, -100_001, 5e-324]), st.floats()
)
NUMBERS = {
    "accuracy_m": st.floats(0, 100_000),
    "speed_mps": st.floats(0, 1000),
    "bearing_deg": st.integers(0, 360),
    "altitude_m": st.floats(-100_000, 100_000),
    "battery": st.sampled_from([0, 1, 0.5, None]),
}
USUAL = st.fixed_dictionaries(
    {
        "lon": st.floats(-179, 179) | st.integers(-179, 179),
        "lat": st.floats(-85, 85),
        "datum": st.sampled_from([datum.value for datum in Datum]),
        "recorded_at": USUAL_TIMES,
    },
    optional={**NUMBERS, "mock": st.booleans()},
)
ODD = st.fixed_dictionaries(
    {
        "lon": DEGREES | BROKEN,
        "lat": DEGREES | BROKEN,
        "datum": st.sampled_from(["wgs84", "bd09", "mars", 1]),
        "recorded_at": USUAL_TIMES | OTHER_TIMES,
    },
    optional={
        **{name: usual | BROKEN for name, usual in NUMBERS.items()},
        "mock": st.sampled_from([True, 0, None]),
        "x": st.none(),
    },
)


def same(a: Columns, b: Columns) -> bool:
    arrays = ("at_us", "lon", "lat", "sent_lon", "sent_lat", "mock")
    return (
        all(np.array_equal(getattr(a, name), getattr(b, name)) for name in arrays)
        and list(a.datum) == list(b.datum)
        and a.extras.keys() == b.extras.keys()
        and all(np.array_equal(a.extras[name], b.extras[name], equal_nan=True) for name in a.extras)
    )


@given(st.lists(USUAL, min_size=1, max_size=5))
@settings(max_examples=30, deadline=None)
def test_the_usual_form_is_read_by_columns_as_the_model_reads_it(items: list[dict[str, Any]]) -> None:
    quick = Columns.quick(items)
    assert quick is not None
    assert same(quick, Columns.of(FixIn.model_validate(item) for item in items))


@given(st.lists(ODD | USUAL | st.sampled_from([None, [], 1]), min_size=1, max_size=3))
@settings(max_examples=120, deadline=None)
def test_columns_take_nothing_that_the_model_refuses(items: list[Any]) -> None:
    quick = Columns.quick(items)
    try:
        checked = [FixIn.model_validate(item) for item in items]
    except ValidationError:
        assert quick is None
    else:
        assert quick is None or same(quick, Columns.of(checked))
