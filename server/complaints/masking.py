"""What those who handle a case read of a complaint: its matter, without who complained.

Pure. People say their own name, number and address in the middle of a sentence; what they gave as theirs, and anything
that looks like a mobile or an identity number, is replaced. The words as received stay where only intake finds them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

MASK = "＊＊＊"
NAME_MIN_CHARS = 2
"""A single character is a word of the language rather than a name."""
ADDRESS_MIN_CHARS = 4
"""Shorter is the name of a place that the matter may need."""
_GAP = r"[-\s]?"
_MOBILE = re.compile(rf"(?<!\d)(?:\+?86{_GAP})?1[3-9]\d{_GAP}(?:\d{{4}}{_GAP}){{2}}(?<=\d)(?!\d)", re.ASCII)
_IDENTITY = re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])", re.ASCII)


def mask(text: str, *, name: str | None, phone: str | None, address: str | None) -> str:
    """The text without the complainant's name, telephone and address, and without numbers of persons at all.

    >>> mask("我是王小明,电话138 0013 8000,门口堆货", name="王小明", phone="13800138000", address=None)
    '我是＊＊＊,电话＊＊＊,门口堆货'
    """
    for pattern in _given(name, phone, address):
        text = re.sub(pattern, MASK, text, flags=re.IGNORECASE)
    return _MOBILE.sub(MASK, _IDENTITY.sub(MASK, text))


def _given(name: str | None, phone: str | None, address: str | None) -> Iterable[str]:
    # The address first: a name or number in it would otherwise break it up.
    if address and len(address.strip()) >= ADDRESS_MIN_CHARS:
        yield _loosely(address)
    if name and len(name.strip()) >= NAME_MIN_CHARS:
        yield _loosely(name)
    digits = re.sub(r"\D", "", phone or "", flags=re.ASCII)
    if digits:
        yield rf"(?<!\d){_GAP.join(digits)}(?!\d)"


def _loosely(given: str) -> str:
    """However it is spaced."""
    return r"\s*".join(re.escape(letter) for letter in given if not letter.isspace())
