"""From shares to probabilities and verdicts, one kind at a time, and the facts that say why.

A zone's likelihood is its share times the factor of a believed hint; "in none" weighs as the category says;
probabilities are their normalised values, cut to six digits before anything is compared. Facts carry stable
codes and numbers only: sentences are made elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from geo.observation import (
    COVERING_KINDS,
    CategoryWeights,
    HintHow,
    Kind,
    MatchSettings,
    Observation,
    Thresholds,
)
from geo.shares import KindShares, ZoneShare

Param: TypeAlias = str | int | float | None


class Verdict(StrEnum):
    """How sure a kind's answer is."""

    CERTAIN = "certain"
    LIKELY = "likely"
    AMBIGUOUS = "ambiguous"
    NEAR = "near"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Why:
    """One fact behind a match: a stable `code` and the numbers a sentence needs. Lengths end in `_m`; shares
    are 0 to 1."""

    code: str
    params: Mapping[str, Param] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        object.__setattr__(self, "params", MappingProxyType(dict(self.params)))


@dataclass(frozen=True, slots=True)
class ZoneVerdict:
    """What is said about one kind. With `none` there is no zone: code, name, version and distance are None,
    probability is 0."""

    kind: Kind
    code: str | None
    name: str | None
    version: int | None
    verdict: Verdict
    probability: float
    distance_m: float | None

    @property
    def chosen(self) -> bool:
        """Whether the zone may be acted on: certain or likely."""
        return self.verdict in (Verdict.CERTAIN, Verdict.LIKELY)


@dataclass(frozen=True, slots=True)
class RankedCandidate:
    """One zone of the ranked list: raw `share` of the samples, `weight` (factor of a hint, else 1) and the
    `probability` they made."""

    kind: Kind
    code: str
    name: str
    version: int
    township: str | None
    probability: float
    share: float
    weight: float
    distance_m: float

    def rank(self) -> tuple[float, float, str]:
        """Sort key: probability, then distance, then code."""
        return (-self.probability, self.distance_m, self.code)


@dataclass(frozen=True, slots=True)
class KindJudgement:
    """Everything said about one kind."""

    verdict: ZoneVerdict
    ranked: tuple[RankedCandidate, ...]
    why: tuple[Why, ...]


def no_zone(kind: Kind) -> ZoneVerdict:
    """The verdict of a kind of which nothing was found."""
    return ZoneVerdict(kind, None, None, None, Verdict.NONE, 0.0, None)


def graded(probability: float, limits: Thresholds) -> Verdict:
    """`certain`, `likely` or `ambiguous`: which of its kind's limits a probability reaches."""
    if probability >= limits.certain:
        return Verdict.CERTAIN
    return Verdict.LIKELY if probability >= limits.likely else Verdict.AMBIGUOUS


def judge_kind(
    shares: KindShares, observation: Observation, weights: CategoryWeights, settings: MatchSettings
) -> KindJudgement:
    """Judge the zones of one kind.

    Args:
        shares: what each zone holds of the samples. observation: for its hint and accuracy. weights: what the
            category says. settings: limits.

    Returns:
        The verdict, every zone in rank order (probability, then distance, then code) and the facts. A zone
        under `hit_min_probability` counts as not hit; then the nearest one within the limit is `near` with
        probability 0, except for kinds that cover the district, where beside means outside. Two zones of
        equal probability at the top are `ambiguous` however high they are.

    >>> from shapely import box
    >>> from geo.observation import Candidate
    >>> from geo.samples import place_samples
    >>> from geo.shares import share_out
    >>> seen = Observation(601033, 3550115, 3.0)  # Jinsha
    >>> shop = Candidate(Kind.FRONTAGE, "F1", "水果店", 1, None, 0.0, box(601020, 3550100, 601046, 3550130))
    >>> shares = share_out([shop], place_samples(seen, MatchSettings()))[Kind.FRONTAGE]
    >>> said = judge_kind(shares, seen, CategoryWeights(), MatchSettings()).verdict
    >>> said.code, said.verdict.value, round(said.probability, 2)
    ('F1', 'certain', 0.91)
    """
    ranked, hint_why = _rank(shares, observation, weights, settings)
    top = ranked[0]
    none_weight = weights.of(shares.kind)
    if top.probability >= settings.hit_min_probability:
        verdict, tie_why = _hit(ranked, settings)
        why = (_share_fact(top, shares, none_weight, settings), *hint_why, *tie_why)
    else:
        verdict, why = _miss(ranked, observation, settings)
        why = (*hint_why, *why)
    return KindJudgement(verdict, ranked, why)


def _rank(
    shares: KindShares, observation: Observation, weights: CategoryWeights, settings: MatchSettings
) -> tuple[tuple[RankedCandidate, ...], tuple[Why, ...]]:
    factors, facts = [], []
    likelihoods = []
    for zone in shares.zones:
        factor, fact = _hint_factor(zone, observation, settings)
        share = max(zone.share, settings.hint_floor_share) if factor > 1.0 else zone.share
        factors.append(factor)
        likelihoods.append(factor * share)
        facts.extend(fact)
    total = sum(likelihoods) + weights.of(shares.kind) * shares.none_share
    if shares.kind not in COVERING_KINDS:
        total += settings.doubt_share
    ranked = [
        RankedCandidate(
            zone.kind,
            zone.code,
            zone.name,
            zone.version,
            zone.township,
            round(likelihood / total, 6) if total > 0.0 else 0.0,
            round(zone.share, 6),
            factor,
            zone.distance_m,
        )
        for zone, likelihood, factor in zip(shares.zones, likelihoods, factors, strict=True)
    ]
    ranked.sort(key=RankedCandidate.rank)
    return tuple(ranked), tuple(facts)


def _hint_factor(
    zone: ZoneShare, observation: Observation, settings: MatchSettings
) -> tuple[float, list[Why]]:
    hint = observation.hint
    if hint is None or hint.code != zone.code or zone.kind in COVERING_KINDS:
        return 1.0, []
    factor = settings.hint_factor_qr if hint.how is HintHow.QR else settings.hint_factor_picked
    params: dict[str, Param] = {
        "kind": zone.kind.value,
        "zone": zone.code,
        "how": hint.how.value,
        "distance_m": round(zone.distance_m, 2),
    }
    if zone.distance_m > settings.hint_far_m:
        return 1.0, [Why("hint_far", {**params, "limit_m": settings.hint_far_m})]
    return factor, [Why("hint_believed", {**params, "weight": factor})]


def _hit(ranked: tuple[RankedCandidate, ...], settings: MatchSettings) -> tuple[ZoneVerdict, tuple[Why, ...]]:
    top = ranked[0]
    second = ranked[1] if len(ranked) > 1 else None
    tied = second is not None and second.probability == top.probability
    limits = settings.thresholds_of(top.kind)
    said = Verdict.AMBIGUOUS if tied else graded(top.probability, limits)
    why: tuple[Why, ...] = ()
    if tied and second is not None:
        by = "tie_broken_by_distance" if second.distance_m != top.distance_m else "tie_broken_by_code"
        why = (Why(by, {"kind": top.kind.value, "zone": top.code, "other": second.code}),)
    return _told(top, said, top.probability), why


def _miss(
    ranked: tuple[RankedCandidate, ...], observation: Observation, settings: MatchSettings
) -> tuple[ZoneVerdict, tuple[Why, ...]]:
    nearest = min(ranked, key=lambda zone: (zone.distance_m, zone.code))
    limit_m = settings.near_m(observation.accuracy_m)
    params: dict[str, Param] = {
        "kind": nearest.kind.value,
        "zone": nearest.code,
        "version": nearest.version,
        "distance_m": round(nearest.distance_m, 2),
    }
    if nearest.kind in COVERING_KINDS:
        return no_zone(nearest.kind), (Why("outside_all", params),)
    if nearest.distance_m > limit_m:
        return no_zone(nearest.kind), (Why("none_within", {**params, "limit_m": limit_m}),)
    return _told(nearest, Verdict.NEAR, 0.0), (Why("near_only", {**params, "limit_m": limit_m}),)


def _told(zone: RankedCandidate, verdict: Verdict, probability: float) -> ZoneVerdict:
    return ZoneVerdict(
        zone.kind, zone.code, zone.name, zone.version, verdict, probability, round(zone.distance_m, 2)
    )


def _share_fact(top: RankedCandidate, shares: KindShares, none_weight: float, settings: MatchSettings) -> Why:
    limits = settings.thresholds_of(top.kind)
    return Why(
        "share",
        {
            "kind": top.kind.value,
            "zone": top.code,
            "version": top.version,
            "distance_m": round(top.distance_m, 2),
            "share": top.share,
            "weight": top.weight,
            "none_share": round(shares.none_share, 6),
            "none_weight": none_weight,
            "probability": top.probability,
            "rule": f"certain>={limits.certain:g}, likely>={limits.likely:g}",
        },
    )
