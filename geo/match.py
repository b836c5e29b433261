"""Which zones the photographed thing lies in, how sure that is, and why: the answer for all kinds at once.

Pure: no clock, no database, and the same input gives the same answer to the last digit on every machine.
Candidates are fetched and sentences are written by the caller; sampling, sharing out and judging stand in
`geo.samples`, `geo.shares` and `geo.verdict`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Final

from geo.observation import (
    CHOOSING_KINDS,
    PLACE_KINDS,
    Candidate,
    CategoryWeights,
    Kind,
    MatchSettings,
    Observation,
)
from geo.samples import Samples, place_samples
from geo.shares import share_out
from geo.verdict import KindJudgement, Param, RankedCandidate, Why, ZoneVerdict, graded, judge_kind, no_zone

ALGORITHM: Final = "gaussian-qmc-1"
"""Changes whenever the same input could give another answer; stored with every match."""

_DEFAULT_WEIGHTS: Final = CategoryWeights()
_DEFAULT_SETTINGS: Final = MatchSettings()

_CONTRACT_KINDS: Final = (Kind.TOWNSHIP, Kind.FRONTAGE, Kind.PARKING, Kind.GRID)


@dataclass(frozen=True, slots=True)
class Match:
    """The answer. Each of the four kinds of the HTTP contract has a verdict, if only `none`.

    `others`: verdicts of further kinds that had a candidate. `chosen`: the frontage, parking area or site the
    thing is taken to lie in (certain or likely), or None. `candidates`: ranked places, best first. `why`:
    facts for people. `algorithm`: version of the rules.
    """

    township: ZoneVerdict
    frontage: ZoneVerdict
    parking: ZoneVerdict
    grid: ZoneVerdict
    others: tuple[ZoneVerdict, ...]
    chosen: ZoneVerdict | None
    candidates: tuple[RankedCandidate, ...]
    why: tuple[Why, ...]
    algorithm: str

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values, keys as in the HTTP contract; kinds under `others` get a key of their own
        name."""
        verdicts = {kind.value: _plain(getattr(self, kind.value)) for kind in _CONTRACT_KINDS}
        verdicts.update({verdict.kind.value: _plain(verdict) for verdict in self.others})
        return {
            **verdicts,
            "candidates": [_plain(candidate) for candidate in self.candidates],
            "why": [{"code": fact.code, "params": dict(fact.params)} for fact in self.why],
            "algorithm": self.algorithm,
        }


def match(
    observation: Observation,
    candidates: Sequence[Candidate],
    weights: CategoryWeights | None = None,
    settings: MatchSettings | None = None,
) -> Match:
    """Work out where the photographed thing lies.

    Args:
        observation: the fix in the metric plane (metres), with accuracy, grid bearing and hint where known.
        candidates: every zone valid at the time of capture within `settings.near_m(accuracy_m)` of the fix
            and, when a hint was given, the hinted zone however far it lies; pieces of a large polygon may
            come as rows of their own. Any order.
        weights: what the report's category says about kinds; None for the defaults.
        settings: all limits; None for the defaults.

    Returns:
        A `Match`. No candidates at all give `none` everywhere. The township is the chosen zone's, else the
        one holding most samples; outside all townships it is `none`.

    Error: how often the first candidate and a `certain` one are right is printed by `python -m
    bench.calibration`. Speed: about 0.25 ms for 15 frontages, two parking areas, a grid cell and a township
    piece.

    >>> from shapely import box
    >>> from geo.metric import MetricPlane
    >>> x, y = MetricPlane(4549).forward(121.07, 32.07)  # Jinsha: a street between two rows of shops
    >>> near = Candidate(Kind.FRONTAGE, "S-1", "南侧", 1, None, 0.0, box(x - 15, y - 4, x + 15, y + 1))
    >>> far = Candidate(Kind.FRONTAGE, "N-1", "北侧", 1, None, 12.0, box(x - 15, y + 12, x + 15, y + 17))
    >>> looking_north = match(Observation(x, y, 3.0, bearing_deg=0.0), [near, far])
    >>> looking_north.frontage.code, match(Observation(x, y, 3.0), [near, far]).frontage.code
    ('N-1', 'S-1')
    """
    weights, settings = weights or _DEFAULT_WEIGHTS, settings or _DEFAULT_SETTINGS
    samples = place_samples(observation, settings)
    judged = {
        kind: judge_kind(shares, observation, weights, settings)
        for kind, shares in share_out(candidates, samples).items()
    }
    chosen = _choose(judged)
    township, township_why = _township(judged, chosen, settings)
    verdicts = {kind: judgement.verdict for kind, judgement in judged.items()}
    facts = [*_observation_facts(observation, samples, settings, candidates)]
    for kind in Kind:
        if kind in judged:
            facts.extend(judged[kind].why)
    return Match(
        township=township,
        frontage=verdicts.get(Kind.FRONTAGE, no_zone(Kind.FRONTAGE)),
        parking=verdicts.get(Kind.PARKING, no_zone(Kind.PARKING)),
        grid=verdicts.get(Kind.GRID, no_zone(Kind.GRID)),
        others=tuple(verdicts[kind] for kind in Kind if kind in verdicts and kind not in _CONTRACT_KINDS),
        chosen=chosen.verdict if chosen else None,
        candidates=_ranked_list(judged, observation, settings),
        why=(*facts, *township_why),
        algorithm=ALGORITHM,
    )


def _choose(judged: Mapping[Kind, KindJudgement]) -> KindJudgement | None:
    """The likeliest zone that is certain or likely; at equal probability frontage before parking before
    site."""
    sure = [judged[kind] for kind in CHOOSING_KINDS if kind in judged and judged[kind].verdict.chosen]
    return max(sure, key=lambda judgement: judgement.verdict.probability, default=None)


def _township(
    judged: Mapping[Kind, KindJudgement], chosen: KindJudgement | None, settings: MatchSettings
) -> tuple[ZoneVerdict, tuple[Why, ...]]:
    by_samples = judged.get(Kind.TOWNSHIP)
    sampled = by_samples.verdict if by_samples else no_zone(Kind.TOWNSHIP)
    code = chosen.ranked[0].township if chosen else None
    if chosen is None or code is None:
        rule = "township_by_samples" if sampled.code else "township_none"
        return sampled, (Why(rule, {"township": sampled.code, "probability": sampled.probability}),)
    known = {zone.code: zone for zone in by_samples.ranked} if by_samples else {}
    listed = known.get(code)
    # Two witnesses for one statement: the zone's register entry and the samples. The better one is a lower
    # bound of both together.
    probability = max(chosen.verdict.probability, listed.probability if listed else 0.0)
    verdict = ZoneVerdict(
        Kind.TOWNSHIP,
        code,
        listed.name if listed else None,
        listed.version if listed else None,
        graded(probability, settings.thresholds_of(Kind.TOWNSHIP)),
        probability,
        round(listed.distance_m, 2) if listed else None,
    )
    params: dict[str, Param] = {
        "township": code,
        "kind": chosen.verdict.kind.value,
        "zone": chosen.verdict.code,
        "probability": probability,
    }
    why = [Why("township_by_zone", params)]
    if sampled.code not in (None, code):
        why.append(
            Why(
                "township_differs_from_samples",
                {"township": code, "by_samples": sampled.code, "probability": sampled.probability},
            )
        )
    return verdict, tuple(why)


def _observation_facts(
    observation: Observation, samples: Samples, settings: MatchSettings, candidates: Sequence[Candidate]
) -> list[Why]:
    facts = [
        Why("fix_spread", {"accuracy_m": observation.accuracy_m, "spread_m": round(samples.spread_m, 2)})
    ]
    if observation.bearing_deg is not None:
        facts.append(
            Why(
                "bearing_used",
                {
                    "bearing_deg": round(observation.bearing_deg % 360.0, 1),
                    "camera_distance_m": settings.camera_distance_m,
                    "bearing_spread_deg": settings.bearing_spread_deg,
                },
            )
        )
    hint = observation.hint
    if hint and not any(c.code == hint.code and c.kind in PLACE_KINDS for c in candidates):
        facts.append(Why("hint_not_found", {"zone": hint.code, "how": hint.how.value}))
    return facts


def _ranked_list(
    judged: Mapping[Kind, KindJudgement], observation: Observation, settings: MatchSettings
) -> tuple[RankedCandidate, ...]:
    limit_m = settings.near_m(observation.accuracy_m)
    places = [
        zone
        for kind in PLACE_KINDS
        if kind in judged
        for zone in judged[kind].ranked
        if zone.probability > 0.0 or zone.distance_m <= limit_m
    ]
    return tuple(sorted(places, key=RankedCandidate.rank)[: int(settings.max_candidates)])


_NAMES: Final = {made: tuple(item.name for item in fields(made)) for made in (ZoneVerdict, RankedCandidate)}


def _plain(value: ZoneVerdict | RankedCandidate) -> dict[str, Any]:
    plain = {name: getattr(value, name) for name in _NAMES[type(value)]}
    return {name: given.value if isinstance(given, StrEnum) else given for name, given in plain.items()}
