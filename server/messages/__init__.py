"""Every sentence a person reads, from the catalogues beside this file: zh-CN first, English beside it.

Code speaks in stable keys and numbers; only here do they become words. A key missing from either catalogue is a
KeyError, and tests/test_surface.py compares the two, so a sentence cannot exist in one language only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypedDict

LANGUAGES = ("zh-CN", "en")


class Sentence(TypedDict):
    """One sentence in both languages."""

    text: str
    text_en: str


@cache
def catalogue(language: str) -> dict[str, str]:
    """All sentences of one language, by key."""
    path = Path(__file__).with_name(f"{language}.json")
    sentences: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return sentences


_SHARES = frozenset({"share", "probability"})


class _Plain(dict[str, Any]):
    """Parameters for format_map: a number without needless digits, shares in percent, `?` for what is not known."""

    def __missing__(self, key: str) -> str:
        return "?"

    def __getitem__(self, key: str) -> Any:
        value = super().__getitem__(key)
        if key in _SHARES and isinstance(value, int | float):
            return f"{value:.0%}"
        if isinstance(value, float):
            return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
        return "?" if value is None else value


def say(key: str, params: Mapping[str, Any] | None = None) -> Sentence:
    """The sentence `key` with its parameters filled in, in both languages."""
    chinese, english = (_filled(catalogue(language), key, params or {}) for language in LANGUAGES)
    return {"text": chinese, "text_en": english}


def _filled(sentences: dict[str, str], key: str, params: Mapping[str, Any]) -> str:
    values = _Plain(params)
    # Kinds of zones and clocks are codes everywhere but in a sentence.
    for code in ("kind", "clock"):
        if code in values:
            values[f"{code}_name"] = sentences.get(f"{code}.{values[code]}", values[code])
    return sentences[key].format_map(values)
