"""JSON as the database takes it: no column can hold a NUL character, and files of others hold them."""

from __future__ import annotations

from typing import Any

import orjson


def json_text(value: Any, *, option: int = 0) -> str:
    """A value as JSON without its NUL characters; a backslash before `u0000` in a text stays what it is.

    >>> json_text({"a": "x\\x00", "b": r"\\u0000"})
    '{"a":"x","b":"\\\\\\\\u0000"}'
    """
    text = orjson.dumps(value, option=option)
    return (orjson.dumps(_without(value), option=option) if b"\\u0000" in text else text).decode()


def _without(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, dict):
        return {_without(key): _without(one) for key, one in value.items()}
    return [_without(one) for one in value] if isinstance(value, list | tuple) else value
