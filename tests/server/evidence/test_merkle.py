"""The tree of RFC 9162: the same root as its recursive definition, and paths that prove one leaf and no other."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.evidence import merkle
from server.exports import verify

LEAVES = st.lists(st.binary(max_size=40), min_size=1, max_size=70)


def by_definition(leaves: list[bytes]) -> bytes:
    """MTH of RFC 9162 section 2.1.1, as it stands there."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + by_definition(leaves[:k]) + by_definition(leaves[k:])).digest()


def test_the_root_of_nothing_and_of_one() -> None:
    assert merkle.root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    # Test vector of Certificate Transparency implementations: one empty leaf.
    assert merkle.root([b""]).hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


@given(LEAVES)
def test_the_root_is_that_of_the_definition(leaves: list[bytes]) -> None:
    assert merkle.root(leaves) == by_definition(leaves)


@given(LEAVES, st.data())
def test_a_path_leads_from_its_leaf_to_the_root_for_us_and_for_the_offline_verifier(
    leaves: list[bytes], data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    path = merkle.path(leaves, index)
    assert merkle.root_by_path(leaves[index], index, len(leaves), path) == merkle.root(leaves)
    assert verify.root_by_path(leaves[index], index, len(leaves), list(path)) == merkle.root(leaves)
    other = leaves[index] + b"!"
    assert merkle.root_by_path(other, index, len(leaves), path) != merkle.root(leaves)


def test_a_path_of_another_length_and_a_leaf_that_is_not_there_are_refused() -> None:
    leaves = [b"a", b"b", b"c"]
    path = merkle.path(leaves, 1)
    for wrong in (path[:1], [*path, b"x" * 32]):
        with pytest.raises(ValueError):
            merkle.root_by_path(b"b", 1, 3, wrong)
    with pytest.raises(IndexError):
        merkle.path(leaves, 3)


def test_a_node_does_not_pass_for_a_leaf() -> None:
    two = [b"a", b"b"]
    joined = merkle.leaf_hash(b"a") + merkle.leaf_hash(b"b")
    assert merkle.root([joined]) != merkle.root(two)
