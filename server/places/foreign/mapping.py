"""Which column of a file is the code, the name and the township: told by whoever imports, else guessed and shown.

A guess is part of the report, so that nobody has to find out afterwards that numbers became names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import orjson

from server.places.fixed_words import FIXED_WORDS
from server.places.foreign.faults import Fault, Faults, FileRefused
from server.places.foreign.formats_known import PropertyName
from server.places.foreign.nul import json_text

FIELDS = ("code", "name", "township")
PROPERTIES = frozenset(get_args(PropertyName))
CODE_MAX, NAME_MAX = 64, 200
CODE_ERRORS = frozenset({"code_missing", "code_length", "code_reserved", "code_repeated"})
# In order of trust; compared in lower case.
_GUESSES = {
    "code": (
        "code",
        "编码",
        "代码",
        "编号",
        "责任区编号",
        "责任区编码",
        "zone_code",
        "bm",
        "bh",
        "dm",
        "objcode",
        "id",
    ),
    "name": ("name", "名称", "店名", "店铺名称", "商户名称", "门店", "责任区名称", "mc", "shop", "title"),
    "township": (
        "township",
        "镇街代码",
        "镇街",
        "街道代码",
        "行政区划代码",
        "xzqdm",
        "township_code",
        "town_code",
        "town",
    ),
}
# What our own exports say of a version: it is decided anew here.
_OURS = frozenset({"kind", "version", "valid_from", "valid_to", "sample", "source", "datum", "fid"})
_KML_CODES = ("Name", "id")


@dataclass(frozen=True)
class Zone:
    """Attributes of one zone as the layer will have them."""

    number: int
    code: str | None
    name: str
    township: str | None
    properties: str


def columns_of(attributes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Every column with a value of it, in the order they are met."""
    seen: dict[str, Any] = {}
    for row in attributes:
        for name, value in row.items():
            if name not in seen:
                seen[name] = value
    return [{"column": name[:100], "example": str(value)[:60]} for name, value in list(seen.items())[:100]]


def choose(attributes: Sequence[Mapping[str, Any]], told: Mapping[str, str]) -> dict[str, str]:
    """Our field -> their column: what was told, and guesses for the rest.

    Raises:
        FileRefused: import_column_unknown, when a column told is not in the file or no code is found.
    """
    known = list(dict.fromkeys(name for row in attributes for name in row))
    for ours, theirs in told.items():
        if ours not in PROPERTIES.union(FIELDS) or theirs not in known:
            raise FileRefused("import_column_unknown", named=theirs, known=known[:50])
    lower = {name.lower(): name for name in reversed(known)}
    chosen = dict(told)
    for ours, guesses in _GUESSES.items():
        taken = set(chosen.values())
        guess = next((lower[one] for one in guesses if one in lower and lower[one] not in taken), None)
        if ours not in chosen and guess is not None:
            chosen[ours] = guess
    if "code" not in chosen and "name" in chosen:
        # A KML has names only; a name that stands twice is then a code that stands twice.
        chosen["code"] = chosen["name"]
    if "code" not in chosen:
        raise FileRefused("import_column_unknown", named="code", known=known[:50])
    return {ours: chosen[ours] for ours in (*FIELDS, *sorted(PROPERTIES)) if ours in chosen}


def zones_of(
    attributes: Sequence[Mapping[str, Any]], chosen: Mapping[str, str], *, is_township: bool, faults: Faults
) -> list[Zone]:
    """Attributes under our names; codes that are missing, too long, words of the addresses or there twice are told."""
    zones = [_zone(number, row, chosen, is_township) for number, row in enumerate(attributes, start=1)]
    first: dict[str, int] = {}
    for zone in zones:
        if zone.code is None:
            faults.add(Fault("code_missing", "error", zone.number))
        elif not 1 <= len(zone.code) <= CODE_MAX:
            faults.add(Fault("code_length", "error", zone.number, params={"length": len(zone.code)}))
        elif zone.code in FIXED_WORDS:
            faults.add(Fault("code_reserved", "error", zone.number, zone.code, {"word": zone.code}))
        elif zone.code in first:
            params = {"other_feature": first[zone.code]}
            faults.add(Fault("code_repeated", "error", zone.number, zone.code, params))
        first.setdefault(zone.code or "", zone.number)
    return zones


def _zone(number: int, row: Mapping[str, Any], chosen: Mapping[str, str], is_township: bool) -> Zone:
    code, name, township = (_text(row.get(chosen.get(field, ""))) for field in FIELDS)
    used = set(chosen.values()) | _OURS
    extra = {key: value for key, value in row.items() if key not in used and "\x00" not in key}
    # A column that was chosen for a word stands under it, also where another column is called so.
    extra |= {ours: row[theirs] for ours, theirs in chosen.items() if ours in PROPERTIES and theirs in row}
    return Zone(
        number,
        code,
        (name or code or f"#{number}")[:NAME_MAX],
        code if is_township else township,
        json_text(extra, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS),
    )


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, bool | dict | list):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).replace("\x00", "").strip() or None
