"""Encodings of attribute tables by the names people use for them, and the properties that something here reads."""

from __future__ import annotations

from typing import Literal

PropertyName = Literal[
    "street",
    "address",
    "shop",
    "trade",
    "community",
    "vehicle",
    "capacity",
    "legal_hours",
    "sign",
    "condition",
    "inspected_on",
    "site_kind",
    "service",
    "hours",
]
ENCODINGS = ("utf-8", "gbk", "gb18030", "big5")
_CODECS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "gb18030": "gb18030",
    "cp936": "gb18030",
    "936": "gb18030",
    "big5": "big5",
}


def codec_of(name: str) -> str:
    """The codec of an encoding's name.

    Raises:
        ValueError: for one that no attribute table here has.

    >>> codec_of("GBK")
    'gb18030'
    """
    found = _CODECS.get(name.lower())
    if found is None:
        raise ValueError(f"one of {', '.join(ENCODINGS)} wanted")
    return found
