"""Whether a row of the table may be taken now: who asks, how the case stands, and the conditions the row names.

Pure: what was read of the case in one statement goes in, the first refusal comes out. A condition about something that
did not come with the request holds, so that the same functions tell beforehand what somebody can do. Words for people
stand in the catalogues under `guard.`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from server.cases.states import BY_KEY, TABLE, Home, State, Transition, rows_of
from server.db import Principal

HANDLED = ("case.accepted", "case.started", "case.replied")
"""Entries that make somebody a handler of the case."""
ZONE_KINDS = ("frontage", "parking")
PROPOSED = (State.REPORTED.key, State.REGISTERED.key)
"""States in which the body of a case is a proposal, and follows the zone."""


@dataclass(frozen=True)
class Refusal:
    """Why not. `guard` is stable; `words` is the key of the sentence, where one guard has several."""

    guard: str
    words: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """Everything a decision is made from.

    Attributes:
        case: as fetch_casework tells it. inputs: what came with the action, absent members left out.
        within_m: how far from the place an after-photo may be where the case lies in no zone.
        near_m: how far from the place a zone may be that is no candidate of its match.
    """

    case: Mapping[str, Any]
    asking: Principal
    within_m: float
    near_m: float
    inputs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def state(self) -> State:
        return BY_KEY[self.case["state"]]

    @property
    def in_district(self) -> bool:
        return self.asking.organisation_kind == "district"


Guard = Callable[[Asked], Refusal | None]


def choose(action: str, asked: Asked) -> Transition | Refusal:
    """The row an action takes now, or the first reason why it cannot."""
    rows = [row for row in rows_of(action, asked.state) if not row.when or CONDITIONS[row.when](asked)]
    if not rows:
        return Refusal("state", "state")
    refusals = [judge(row, asked) for row in rows]
    return next(
        (row for row, refusal in zip(rows, refusals, strict=True) if refusal is None),
        refusals[0] or Refusal("state", "state"),
    )


def judge(row: Transition, asked: Asked) -> Refusal | None:
    """Who asks comes first, so that nobody learns more of a case by trying than by reading it."""
    for name in row.guards:
        if name in _OF_THE_PERSON and (refusal := GUARDS[name](asked)):
            return refusal
    if asked.asking.role not in row.roles:
        return Refusal("role", "role", {"roles": ", ".join(row.roles)})
    if row.home is Home.BODY and str(asked.asking.organisation_id) != asked.case["organisation_id"]:
        return Refusal("home", "home_body", {"body": asked.case["body"]["name"]})
    if row.home is Home.DISTRICT and not asked.in_district:
        return Refusal("home", "home_district")
    return next((refusal for name in row.guards if (refusal := GUARDS[name](asked))), None)


def possible(asked: Asked) -> Iterator[tuple[Transition, Refusal | None]]:
    """Every action that state, role and home allow, with what still forbids it; one row an action."""
    for action in dict.fromkeys(row.action for row in TABLE if asked.state in row.source):
        chosen = choose(action, asked)
        if isinstance(chosen, Transition):
            yield chosen, None
        elif chosen.guard not in ("state", "role", "home"):
            row = rows_of(action, asked.state)[0]
            if asked.asking.role in row.roles:
                yield row, chosen


# --- Conditions that choose between rows ----------------------------------------------------------------------


def _close_is_separate(asked: Asked) -> bool:
    return (asked.case["deadline"] or {}).get("close_needs") == "close"


CONDITIONS: Mapping[str, Callable[[Asked], bool]] = {
    "pass_closes": lambda asked: not _close_is_separate(asked),
    "close_is_separate": _close_is_separate,
    "to_department": lambda asked: "body" not in asked.inputs,
    "to_body": lambda asked: "body" in asked.inputs,
}


# --- Guards ---------------------------------------------------------------------------------------------------


def checker_is_not_handler(asked: Asked) -> Refusal | None:
    if str(asked.asking.account_id) in asked.case["handlers"]:
        return Refusal("checker_is_not_handler", "checker_is_not_handler")
    return None


def after_photo(asked: Asked) -> Refusal | None:
    """One photo of how it looks now, from where the case is; after a rework a newer one."""
    since = asked.case["round_began_at"]
    newer = [
        report
        for report in asked.case["after"]
        if report["arrived"] and (since is None or _not_before(report["received_at"], since))
    ]
    if not newer:
        return Refusal("after_photo", "after_photo_again" if since else "after_photo")
    zones = _zones_of_case(asked.case)
    if any(_same_place(report, zones, asked.within_m) for report in newer):
        return None
    if zones:
        return Refusal("after_photo", "after_photo_elsewhere", {"zones": ", ".join(sorted(zones.values()))})
    nearest_m = min(report["distance_m"] for report in newer)
    return Refusal("after_photo", "after_photo_far", {"distance_m": nearest_m, "within_m": asked.within_m})


def _same_place(report: Mapping[str, Any], zones: Mapping[str, str], within_m: float) -> bool:
    if not zones:
        return bool(report["distance_m"] <= within_m)
    # Strips are narrow and fixes are not: the best candidate is enough where the case itself was sure.
    seen = _zones(report["zones"], ("certain", "likely", "ambiguous"))
    return any(seen.get(kind) == code for kind, code in zones.items())


def _zones_of_case(case: Mapping[str, Any]) -> dict[str, str]:
    """Where the case lies: as a person said, else as its match is sure of."""
    if chosen := case["zone"]:
        return {chosen["kind"]: chosen["code"]}
    return _zones(case["opening"], ("certain", "likely"))


def _zones(match: Mapping[str, Any] | None, verdicts: tuple[str, ...]) -> dict[str, str]:
    return {
        kind: match[kind]["code"]
        for kind in ZONE_KINDS
        if match and match[kind] and match[kind]["verdict"] in verdicts
    }


def _not_before(one: str, other: str) -> bool:
    return datetime.fromisoformat(one) >= datetime.fromisoformat(other)


def assisting_done(asked: Asked) -> Refusal | None:
    """Excusing an assisting body is cancelling its part."""
    waiting = [
        child["number"]
        for child in asked.case["family"]["children"]
        if child["relation"] == "assists" and not BY_KEY[child["state"]].ended
    ]
    return Refusal("assisting_done", "assisting_done", {"cases": ", ".join(waiting)}) if waiting else None


def assistants_fit(asked: Asked) -> Refusal | None:
    """Assisting bodies: named by the district, none twice, none that leads or assists already, none of a part."""
    named = asked.inputs.get("assisting")
    if named is None:
        return None
    if not asked.in_district:
        return Refusal("assistants_fit", "other_body_by_district")
    if asked.case["parent_id"]:
        return Refusal("assistants_fit", "not_a_part")
    taken = {asked.inputs.get("body", asked.case["body"]["code"])}
    for child in asked.case["family"]["children"]:
        if child["relation"] == "assists" and not BY_KEY[child["state"]].ended:
            taken.add(child["body"]["code"])
    for code in named:
        if code in taken:
            return Refusal("assistants_fit", "assistants_fit", {"body": code})
        taken.add(code)
    return None


def other_body_by_district(asked: Asked) -> Refusal | None:
    named = {asked.inputs.get("body"), *(part.get("body") for part in asked.inputs.get("parts", ()))}
    if named - {None, asked.case["body"]["code"]} and not asked.in_district:
        return Refusal("other_body_by_district", "other_body_by_district")
    return None


def not_a_part(asked: Asked) -> Refusal | None:
    return Refusal("not_a_part", "not_a_part") if asked.case["parent_id"] else None


def parent_open(asked: Asked) -> Refusal | None:
    parent = asked.case["family"]["parent"]
    if parent and BY_KEY[parent["state"]].ended:
        return Refusal("parent_open", "parent_open", {"parent": parent["number"]})
    return None


def reports_are_of_case(asked: Asked) -> Refusal | None:
    known = {report["id"] for report in asked.case["after"]}
    strange = [report for report in asked.inputs.get("reports", ()) if report not in known]
    return (
        Refusal("reports_are_of_case", "reports_are_of_case", {"reports": ", ".join(strange)})
        if strange
        else None
    )


def extension_pending(asked: Asked) -> Refusal | None:
    return None if asked.case["extension"] else Refusal("extension_pending", "extension_pending")


def no_extension_pending(asked: Asked) -> Refusal | None:
    return Refusal("no_extension_pending", "no_extension_pending") if asked.case["extension"] else None


def extension_by_another(asked: Asked) -> Refusal | None:
    extension = asked.case["extension"]
    if extension and extension["by"] == str(asked.asking.account_id):
        return Refusal("extension_by_another", "extension_by_another")
    return None


def extension_within_limit(asked: Asked) -> Refusal | None:
    """The deadline row may say how much an extension adds at most; units that differ are left to who decides."""
    most = (asked.case["deadline"] or {}).get("extension_max")
    given = asked.inputs.get("amount")
    if most and given and most["unit"] == asked.inputs.get("unit") and given > most["value"]:
        return Refusal(
            "extension_within_limit", "extension_within_limit", {"most": most["value"], "unit": most["unit"]}
        )
    return None


def merge_fits(asked: Asked) -> Refusal | None:
    """Into another open case; never an assisting part, and never a case with its own part or whole."""
    into = asked.case["into"]
    if into is None:
        return None
    if into["number"] == asked.case["number"]:
        return Refusal("merge_fits", "merge_itself")
    if BY_KEY[into["state"]].ended:
        return Refusal("merge_fits", "merge_ended", {"into": into["number"]})
    if asked.case["parent_relation"] == "assists" or into["parent_relation"] == "assists":
        return Refusal("merge_fits", "merge_part")
    if asked.case["id"] == into["parent_id"] or into["id"] == asked.case["parent_id"]:
        return Refusal("merge_fits", "merge_part")
    return None


def zone_fits(asked: Asked) -> Refusal | None:
    """A zone of that day that a report of the case could lie in: a candidate of its match, or one as near."""
    wanted, found = asked.inputs.get("zone"), asked.case["named_zone"]
    if wanted is None:
        return None
    if found is None:
        return Refusal("zone_fits", "zone_unknown", {"zone": wanted["code"]})
    if found["candidate"] is None and found["distance_m"] > asked.near_m:
        far = {"zone": found["name"], "distance_m": round(found["distance_m"]), "within_m": asked.near_m}
        return Refusal("zone_fits", "zone_far", far)
    return None


def reading_founded(asked: Asked) -> Refusal | None:
    """Another datum is read where the report itself says that its numbers fit only so."""
    datum = asked.inputs.get("read_as")
    if datum is None or datum in ((asked.case["opening"] or {}).get("readings") or ()):
        return None
    return Refusal("reading_founded", "reading_founded", {"datum": datum})


def zone_chosen(asked: Asked) -> Refusal | None:
    return None if asked.case["zone"] else Refusal("zone_chosen", "zone_chosen")


def zone_keeps_body(asked: Asked) -> Refusal | None:
    """Before it is given away a case follows its zone; another body is the district's to name. After that a zone of
    another township is refused: who has the case returns it, or it is transferred."""
    going, case = asked.case.get("placing"), asked.case
    if going is None:
        return None
    if case["state"] in PROPOSED:
        if going["body"]["code"] != case["body"]["code"] and not asked.in_district:
            return Refusal("zone_keeps_body", "other_body_by_district")
        return None
    here = {case["township"] and case["township"]["code"], case["body"]["code"]}
    if (going["township"] and going["township"]["code"]) in here:
        return None
    place = going["township"]["name"] if going["township"] else going["body"]["name"]
    return Refusal("zone_keeps_body", "zone_keeps_body", {"township": place, "body": case["body"]["name"]})


def assignee_fits(asked: Asked) -> Refusal | None:
    """Somebody of the body that gets the case, or an officer of the bureau, who goes wherever the bureau answers."""
    if "assignee" not in asked.inputs:
        return None
    person = asked.case["person"]
    if person is None:
        return Refusal("assignee_fits", "assignee_unknown")
    code = asked.inputs.get("body", asked.case["body"]["code"])
    if person["body"] == code or (person["role"] == "officer" and person["kind"] == "district"):
        return None
    return Refusal("assignee_fits", "assignee_fits", {"name": person["name"]})


def milestone_runs(asked: Asked) -> Refusal | None:
    further = (asked.case["deadline"] or {}).get("clocks") or {}
    running = {clock["name"] for clock in asked.case["clocks"] if not clock["stopped_at"]} & set(further)
    wanted = asked.inputs.get("clock")
    if not running or (wanted and wanted not in running):
        return Refusal("milestone_runs", "milestone_runs", {"clocks": ", ".join(sorted(running)) or None})
    return None


GUARDS: Mapping[str, Guard] = {
    guard.__name__: guard
    for guard in (
        after_photo,
        assignee_fits,
        assistants_fit,
        assisting_done,
        checker_is_not_handler,
        extension_by_another,
        extension_pending,
        extension_within_limit,
        merge_fits,
        milestone_runs,
        no_extension_pending,
        not_a_part,
        other_body_by_district,
        parent_open,
        reading_founded,
        reports_are_of_case,
        zone_chosen,
        zone_fits,
        zone_keeps_body,
    )
}
_OF_THE_PERSON = frozenset({"checker_is_not_handler", "extension_by_another"})
