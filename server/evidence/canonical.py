"""Canonical JSON (RFC 8785): the one text of a value that digests and signatures are made of.

What we build ourselves is almost always plain enough for orjson with sorted keys, which is twenty times faster; where
the two could differ (numbers JavaScript prints otherwise, keys beyond ASCII) the rfc8785 library decides. A property
test holds both to the same bytes.
"""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
import rfc8785

_EXACT_INTEGER = 2**53 - 1


class _Odd(Exception):
    """A value orjson might print in another way."""


def canonical(value: Any) -> bytes:
    """UTF-8 bytes of the canonical form. An orjson.Fragment must hold canonical bytes itself.

    Raises:
        ValueError: for what has no canonical form: NaN, integers beyond 2**53, lone surrogates, other types.
    """
    try:
        return orjson.dumps(_plain(value), option=orjson.OPT_SORT_KEYS)
    except _Odd:
        return rfc8785.dumps(_unfragmented(value))
    except orjson.JSONEncodeError as error:
        raise ValueError(str(error)) from error


def digest(value: Any) -> str:
    """Hex SHA-256 of the canonical form. Raises ValueError as `canonical`."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind is str or kind is bool or value is None or kind is orjson.Fragment:
        return value
    if kind is float:
        return _number(value)
    if kind is int:
        if not -_EXACT_INTEGER <= value <= _EXACT_INTEGER:
            raise _Odd
        return value
    if kind is dict:
        if not all(type(key) is str and key.isascii() for key in value):
            raise _Odd
        return {key: _plain(item) for key, item in value.items()}
    if kind is list or kind is tuple:
        return [_plain(item) for item in value]
    raise _Odd


def _number(value: float) -> float | int:
    # JavaScript prints whole floats without a point, and the two leave plain notation at different sizes.
    if value.is_integer() and -_EXACT_INTEGER <= value <= _EXACT_INTEGER:
        return int(value)
    if 1e-4 <= abs(value) < 1e15:
        return value
    raise _Odd


def _unfragmented(value: Any) -> Any:
    if type(value) is orjson.Fragment:
        return orjson.loads(orjson.dumps(value))
    if isinstance(value, dict):
        return {key: _unfragmented(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_unfragmented(item) for item in value]
    return value
