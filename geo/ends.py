"""Where strips end: gaps shared or nobody's, property lines, and corner buildings that go on round the corner.

Works on the fronts of `geo.fronts`, one side at a time; only the claims of corner buildings need all sides. A
boundary between two neighbours is one number, so their strips share it to the last digit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from geo.fronts import (
    EndRule,
    Front,
    Mouth,
    Nobody,
    SideFronts,
    SideView,
    depth_at_end,
    lane_between,
    mouths_between,
)
from geo.property_lines import Boundary
from geo.ribbon import Ribbon
from geo.streetscape import AT_LIMIT_M

# A wall that is drawn twice, once for each neighbour, differs by about this much.
_DRAWN_ALIKE_M: Final = 1e-3


def corner_claims(view: SideView, found: SideFronts) -> set[tuple[int, str, str]]:
    """(subject, this street, other street) for each front whose next thing along the kerb is that street."""
    claims = set()
    for place, front in enumerate(found.fronts):
        for after in (False, True):
            mouth = _next_mouth(view, found.fronts, place, after)
            if mouth is not None:
                claims.add((front.subject, view.street, mouth.street))
    return claims


def end_fronts(view: SideView, found: SideFronts, claims: set[tuple[int, str, str]]) -> SideFronts:
    """Let every strip end where the rules say, now that it is known who stands on a corner.

    Args:
        claims: `corner_claims` of all sides; a subject that claims the crossing from both streets is a corner
            building.
    """
    fronts = list(found.fronts)
    nobody: list[Nobody] = []
    for place in range(len(fronts) + 1):
        before = fronts[place - 1] if place else None
        after = fronts[place] if place < len(fronts) else None
        mouths = mouths_between(view, before, after)
        if before and after and not mouths:
            fronts[place - 1], fronts[place], left = _share_gap(view, before, after)
            nobody += left
            continue
        if before:
            fronts[place - 1] = _to_mouth(view, before, mouths[:1], claims, after=True)
        if after:
            fronts[place] = _to_mouth(view, after, mouths[-1:], claims, after=False)
    return replace(found, fronts=tuple(fronts), nobody=tuple(nobody))


def _next_mouth(view: SideView, fronts: Sequence[Front], place: int, after: bool) -> Mouth | None:
    front = fronts[place]
    other_place = place + 1 if after else place - 1
    other = fronts[other_place] if 0 <= other_place < len(fronts) else None
    found = mouths_between(view, front, other) if after else mouths_between(view, other, front)
    if not found:
        return None
    mouth = found[0] if after else found[-1]
    return mouth if _mouth_m(view, front, mouth, after) <= view.settings.corner_reach_m + AT_LIMIT_M else None


def _mouth_m(view: SideView, front: Front, mouth: Mouth, after: bool) -> float:
    ribbon = view.ribbon
    if after:
        return ribbon.span_m(front.wall_u1, mouth.u0, ribbon.kerb_m)
    return ribbon.span_m(mouth.u1, front.wall_u0, ribbon.kerb_m)


def _to_mouth(
    view: SideView, front: Front, mouths: Sequence[Mouth], claims: set[tuple[int, str, str]], *, after: bool
) -> Front:
    """A corner building's strip goes on to the kerb of the other street; any other ends at its wall."""
    rule, u = (EndRule.OWN_WALL, front.wall_u1 if after else front.wall_u0)
    if not mouths:
        rule = EndRule.STREET_END
    elif _mouth_m(view, front, mouths[0], after) <= view.settings.corner_reach_m + AT_LIMIT_M:
        street = mouths[0].street
        both = {(front.subject, view.street, street), (front.subject, street, view.street)}
        if both <= claims:
            rule, u = EndRule.CORNER, mouths[0].u0 if after else mouths[0].u1
    return _ended(front, u, rule, after)


def _ended(front: Front, u: float, rule: EndRule, after: bool) -> Front:
    if after:
        return replace(front, u1=u, ends=(front.ends[0], rule))
    return replace(front, u0=u, ends=(rule, front.ends[1]))


def _share_gap(view: SideView, before: Front, after: Front) -> tuple[Front, Front, list[Nobody]]:
    ribbon, settings = view.ribbon, view.settings
    a_m, b_m = depth_at_end(ribbon, before, True), depth_at_end(ribbon, after, False)
    boundary, rule = _boundary(view, before, after, max(a_m, b_m)), EndRule.PROPERTY_LINE
    if boundary:
        u = boundary.place_at(ribbon, min(a_m, b_m))
        before = replace(before, boundaries=(before.boundaries[0], boundary))
        after = replace(after, boundaries=(boundary, after.boundaries[1]))
    else:
        gap_m = ribbon.span_m(before.wall_u1, after.wall_u0, min(a_m, b_m))
        lane = gap_m > _DRAWN_ALIKE_M and lane_between(view, before.wall_u1, after.wall_u0)
        if lane or gap_m > settings.max_gap_m + _DRAWN_ALIKE_M:
            rule = EndRule.LANE if lane else EndRule.OWN_WALL
            left = Nobody(before.wall_u1, after.wall_u0, rule)
            return (
                _ended(before, before.wall_u1, rule, True),
                _ended(after, after.wall_u0, rule, False),
                [left],
            )
        rule = EndRule.SHARED_WALL if gap_m <= _DRAWN_ALIKE_M else EndRule.HALF_GAP
        u = _middle(ribbon, (before.wall_u1, a_m), (after.wall_u0, b_m))
    return _ended(before, u, rule, True), _ended(after, u, rule, False), []


def _boundary(view: SideView, before: Front, after: Front, wall_m: float) -> Boundary | None:
    """The property line between two fronts nearest to the middle of their gap, if one is there."""
    if before.boundaries[1] and before.boundaries[1] is after.boundaries[0]:
        return before.boundaries[1]
    ribbon, slack_m = view.ribbon, view.settings.min_front_m
    middle = (before.wall_u1 + after.wall_u0) / 2.0
    near = [
        (abs(boundary.u - middle), place)
        for place, boundary in enumerate(view.boundaries)
        if boundary.depth_m <= wall_m + view.settings.property_reach_m
        and before.wall_u0 < boundary.u < after.wall_u1
        and ribbon.span_m(boundary.u, before.wall_u1, 0.0) <= slack_m
        and ribbon.span_m(after.wall_u0, boundary.u, 0.0) <= slack_m
    ]
    return view.boundaries[min(near)[1]] if near else None


def _middle(ribbon: Ribbon, start: tuple[float, float], end: tuple[float, float]) -> float:
    """The place whose ray goes through the middle between two wall ends."""
    if end[0] <= start[0]:
        return (start[0] + end[0]) / 2.0
    (px, py), (qx, qy) = ribbon.point(*start), ribbon.point(*end)
    x, y = (px + qx) / 2.0, (py + qy) / 2.0
    for cell, t0, t1 in ribbon.cells_between(start[0], end[0]):
        t, _ = ribbon.place(cell, x, y)
        if t <= t1:
            return cell + max(t, t0)
    return end[0]
