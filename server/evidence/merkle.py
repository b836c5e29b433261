"""Merkle trees as RFC 9162 section 2.1 has them: one digest of many lines, and the short proof that one line is in it.

A leaf is hashed with a zero byte before it and a node with a one, so that no node can pass for a leaf. The verifier of
evidence bundles says the same again with the standard library alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The tree hash (MTH) of the leaves in their order; of none, the SHA-256 of nothing.

    >>> root([]).hex()[:16]
    'e3b0c44298fc1c14'
    """
    level = [leaf_hash(leaf) for leaf in leaves]
    while len(level) > 1:
        level = _above(level)
    return level[0] if level else hashlib.sha256().digest()


def path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The audit path of the leaf at `index`, from the leaf up. Raises IndexError."""
    level = [leaf_hash(leaf) for leaf in leaves]
    if not 0 <= index < len(level):
        raise IndexError(index)
    found = []
    while len(level) > 1:
        beside = index ^ 1
        if beside < len(level):
            found.append(level[beside])
        level, index = _above(level), index // 2
    return found


def root_by_path(leaf: bytes, index: int, count: int, proof: Sequence[bytes]) -> bytes:
    """The root that a path leads to (RFC 9162 section 2.1.3.2). Raises ValueError for a path of another length.

    >>> leaves = [b"a", b"b", b"c"]
    >>> root_by_path(b"c", 2, 3, path(leaves, 2)) == root(leaves)
    True
    """
    made, waiting = leaf_hash(leaf), list(proof)
    while count > 1:
        beside = index ^ 1
        if beside < count:
            if not waiting:
                raise ValueError("the path is too short")
            other = waiting.pop(0)
            made = node_hash(other, made) if index & 1 else node_hash(made, other)
        index, count = index // 2, (count + 1) // 2
    if waiting:
        raise ValueError("the path is too long")
    return made


def _above(level: list[bytes]) -> list[bytes]:
    # A node without a neighbour goes up as it is: the same tree as RFC 9162's split at the largest power of two.
    paired = [node_hash(left, right) for left, right in zip(level[::2], level[1::2], strict=False)]
    return paired + level[len(level) - 1 :] if len(level) % 2 else paired
