"""What can go wrong with zones, their editing, parking and routing rules."""

from __future__ import annotations

from server.problems.base import Problem


class ZoneVersionConflict(Problem):
    """The zone has a newer version than If-Match names; `current_version` says which."""

    status, code = 412, "zone_version_conflict"


class ZoneConflict(Problem):
    """One of the zones is not as the request takes it to be: another version, another holder of its code, or gone."""

    status, code = 409, "zone_conflict"


class ZoneDateRefused(Problem):
    """A version cannot begin on this day: one of its code begins then or later."""

    status, code = 409, "zone_date_refused"


class ZoneReportsDepend(Problem):
    """A past day is refused: reports were judged by the zones of that day. With `rematch` it is allowed."""

    status, code = 409, "zone_reports_depend"


class ZoneNotYours(Problem):
    """A township edits zones of its own, within its own outline, and not that outline itself."""

    status, code = 403, "zone_not_yours"


class ZoneShapeRefused(Problem):
    """The shapes would overlap, leave a gap, or are not cut in two; with geometry to draw."""

    status, code = 422, "zone_shape_refused"


class ZoneComputingLimit(Problem):
    """Computing these shapes took too much time or memory."""

    status, code = 422, "zone_computing_limit"


class ParkingAreaTooLarge(Problem):
    """The gap finder works out the whole area asked for at once; `limit` is the most things of one kind it takes."""

    status, code = 422, "parking_area_too_large"


class RoutingRulesRefused(Problem):
    """A rule set cannot be used: `errors` names every fault, `ties` two rules and a report that both hold for."""

    status, code = 422, "routing_rules_refused"


class RoutingRulesInForce(Problem):
    """This set came into force already, from another day; a set is never changed."""

    status, code = 409, "routing_rules_in_force"


class RoutingDayRefused(Problem):
    """A set begins after the one before it, and never on a past day on which reports were judged."""

    status, code = 422, "routing_day_refused"
