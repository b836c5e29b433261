"""The match as it is sent: what is said of each kind of zone, how sure that is, and why."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict

from server.contract import Answer

DatumName = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]
Verdict = Literal["certain", "likely", "ambiguous", "near", "none"]


class LonLat(Answer):
    lon: float
    lat: float


class ZoneVerdictOut(Answer):
    """What is said of one kind of zone; with `none` there is no zone to name."""

    kind: str
    code: str | None
    name: str | None
    version: int | None
    verdict: Verdict
    probability: float
    distance_m: float | None


class CandidateOut(Answer):
    kind: str
    code: str
    name: str
    version: int
    township: str | None
    probability: float
    share: float
    weight: float
    distance_m: float


class Reason(Answer):
    """One reason: a stable code, its numbers, and the sentence in Chinese and English."""

    code: str
    params: dict[str, Any]
    text: str
    text_en: str


class MatchOut(Answer):
    """Where the photographed thing lies, how sure that is, and why."""

    # Kinds beyond the four come under their own names.
    model_config = ConfigDict(extra="allow", title="Match")
    __pydantic_extra__: dict[str, ZoneVerdictOut]

    township: ZoneVerdictOut
    frontage: ZoneVerdictOut
    parking: ZoneVerdictOut
    grid: ZoneVerdictOut
    candidates: list[CandidateOut]
    why: list[Reason]
    position: LonLat
    datum: DatumName
    moved_m: float
    algorithm: str
