"""Canonical JSON is the library's canonical JSON, however it was made."""

import json
import math
from typing import Any

import orjson
import pytest
import rfc8785
from hypothesis import example, given, settings
from hypothesis import strategies as st

from server.evidence.canonical import canonical, digest

numbers = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.sampled_from(
        [0.0, -0.0, 1e-6, 9.999e-7, 1e21, 1e20, 123456789012345680.0, 5e-324, 1.7976931348623157e308]
    ),
)
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values = st.recursive(
    st.none() | st.booleans() | numbers | text,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(text, inner, max_size=5),
    max_leaves=25,
)


@settings(max_examples=600, deadline=None)
@given(values)
@example({"\U0001f600": 1, "\ufb33": 2, "a": [1.0, -0.0, 1e16, 0.1]})
@example({"门前": '\u2028\x7f\x1f"\\/'})
def test_the_fast_way_and_the_library_write_the_same_bytes(value):
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("value", [math.nan, math.inf, 2**53, -(2**53), "\ud800", {1: 2}, object(), b"x"])
def test_what_has_no_canonical_form_is_refused(value):
    with pytest.raises(ValueError):
        canonical({"value": value})


def test_a_fragment_stands_for_the_value_it_was_made_of():
    inner = {"b": [1.5, "x"], "a": 2.0}
    whole = {"z": inner, "a": 1}
    assert canonical({"z": orjson.Fragment(canonical(inner)), "a": 1}) == canonical(whole)
    odd = {"z": orjson.Fragment(canonical(inner)), "a": 1e-9}
    plain: Any = {"z": inner, "a": 1e-9}
    assert canonical(odd) == rfc8785.dumps(plain)


def test_the_digest_is_of_the_canonical_form():
    assert digest({"b": 1, "a": 2}) == digest(json.loads('{"a": 2.0, "b": 1}'))
