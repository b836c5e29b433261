"""The rules a server process holds: sets it has read once, so that an intake sends an id and gets nothing back.

A set never changes under its id, so what is held cannot be stale; which set applies is said by the database on every
intake. Pure but for the shelf of a few sets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from geo.match import Match
from server.places.routing import Asked
from server.places.rules.evaluation import RuleSet, Spot, rules_from_json

SETS_HELD_MAX = 4
"""Sets in force on the days reports are captured on: today's, yesterday's before a change, and one to come."""


@dataclass(frozen=True)
class InForce:
    """The set in force on the day of a report, and the path of its category in the tree of that day."""

    rules: RuleSet
    category_path: tuple[str, ...]


@dataclass
class RuleBook:
    """One a process; serves all threads.

    Attributes:
        missed_max: how many rules that did not hold a trace names.
    """

    missed_max: int
    _held: dict[int, RuleSet] = field(default_factory=dict, repr=False)

    def held(self) -> Mapping[int, RuleSet]:
        """The sets held just now, by id; a later read does not change what was given."""
        return self._held

    def read(self, sent: Mapping[str, Any] | None, held: Mapping[int, RuleSet]) -> InForce | None:
        """What routing_rules_on_v1 answered to somebody who holds `held`."""
        if sent is None:
            return None
        rules = held.get(sent["id"]) if sent["rules"] is None else self._keep(sent)
        if rules is None:
            raise LookupError(f"routing rules {sent['id']} are not held")
        return InForce(rules, tuple(sent["category_path"]))

    def _keep(self, sent: Mapping[str, Any]) -> RuleSet:
        made = RuleSet(sent["id"], sent["name"], sent["version"], rules_from_json(sent["rules"]))
        # A new dict each time: other threads may be reading the old one.
        newest = [*self._held.items()][-(SETS_HELD_MAX - 1) :]
        self._held = {**dict(newest), made.id: made}
        return made

    def asked(self, in_force: InForce | None, found: Match, at: datetime) -> Asked | None:
        """The question to the rules about one match. `at`: local time of capture."""
        if in_force is None or found.township.code is None:
            return None
        verdicts = (found.frontage, found.parking, found.grid, *found.others)
        zones = {one.kind.value: one.code for one in verdicts if one.chosen and one.code}
        spot = Spot(in_force.category_path, zones, found.township.code, at)
        return Asked(in_force.rules, spot, self.missed_max)


def chosen_zones(zones: Mapping[str, Mapping[str, Any]], kinds: Iterable[str]) -> dict[str, str]:
    """The zones of a stored match that it is certain or likely of, by kind."""
    return {
        kind: zones[kind]["code"]
        for kind in kinds
        if kind in zones and zones[kind]["code"] and zones[kind]["verdict"] in ("certain", "likely")
    }
