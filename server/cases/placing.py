"""Where a case goes, and what is kept, once a person has said in which zone it lies: by the routing of a fresh report.

Pure: the case as it was read, the rules of its day and the district's time zone go in, a proposal comes out. What is
taken back goes where the match of its report was sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from geo.datum import Datum, Position
from geo.hints import alternatives
from geo.observation import Kind
from geo.verdict import Verdict, ZoneVerdict
from server.cases.guards import PROPOSED
from server.places import routing
from server.places.rules.book import InForce, RuleBook, chosen_zones
from server.places.rules.evaluation import KIND_ORDER, Spot

_TAKEN_BACK = "zone_released"
_OF_ZONE = ("kind", "code", "name", "version")


def proposed(
    case: Mapping[str, Any], in_force: InForce | None, rulebook: RuleBook, time_zone: ZoneInfo
) -> dict[str, Any]:
    """Body and township that answer for the place, and why.

    Args:
        case: as fetch_casework tells it, with `named_zone` when a zone was chosen. in_force: the rules of that day.
    Returns:
        `body` {code, name}, `township` {code, name} or None, and `routing` as a report's match keeps it.
    """
    zone = case["named_zone"]
    if zone is None:
        return _as_matched(case)
    if zone["township"] is None:
        return _as_it_is(case, "zone_without_township")
    bodies = {
        code: routing.Body(one["id"], code, one["place"], one["kind"]) for code, one in case["bodies"].items()
    }
    township = ZoneVerdict(
        Kind.TOWNSHIP, zone["township"], None, None, Verdict.CERTAIN, 1.0, zone["distance_m"]
    )
    asked = None
    if in_force is not None:
        seen = {kind: said for kind, said in (case["opening"] or {}).get("zones", {}).items() if said}
        zones = {**chosen_zones(seen, KIND_ORDER), zone["kind"]: zone["code"]}
        spot = Spot(in_force.category_path, zones, zone["township"], _seen_at(case, time_zone))
        asked = routing.Asked(in_force.rules, spot, rulebook.missed_max)
    going = routing.route(township, bodies, asked)
    return {
        "body": {"code": going.body.code, "name": case["bodies"][going.body.code]["name"]},
        "township": going.township and {"code": going.township.code, "name": going.township.name},
        "routing": going.as_json(),
    }


def read_at(case: Mapping[str, Any], datum: str | None) -> dict[str, float] | None:
    """Where the numbers of the opening report lie, WGS-84, when they are read in another datum; None when they are not,
    or read the same."""
    opening = case["opening"]
    if datum is None or opening is None:
        return None
    sent = opening["sent"]
    read = alternatives(Position(sent["lon"], sent["lat"], Datum(sent["datum"]))).get(Datum(datum))
    return None if read is None else {"lon": read.lon, "lat": read.lat}


def _place(case: Mapping[str, Any]) -> dict[str, float] | None:
    """Where the case moves: to the reading that was chosen, and back to where its report was when none is."""
    here = {"lon": case["lon"], "lat": case["lat"]}
    there: dict[str, float] = case["read_at"] or (case["opening"] or {}).get("place") or here
    return there if there != here else None


def columns(case: Mapping[str, Any]) -> dict[str, Any]:
    """Township and, before the case is given away, body: they follow the zone; the place follows the reading."""
    going = case["placing"]
    moved = _place(case)
    changed = {"township_code": going["township"] and going["township"]["code"]}
    if _moves(case):
        changed["organisation_id"] = case["bodies"][going["body"]["code"]]["id"]
    if moved:
        changed["place"] = f"SRID=4326;POINT({moved['lon']!r} {moved['lat']!r})"
    return changed


def choice(case: Mapping[str, Any]) -> dict[str, Any]:
    """The neighbour of the choices before it: what was chosen, and what the match had said of it."""
    zone, opening = case["named_zone"], case["opening"]
    candidate = (zone and zone["candidate"]) or {}
    return {
        "zone": zone and zone["id"],
        "share": candidate.get("probability"),
        "algorithm": candidate.get("algorithm", opening and opening["algorithm"]),
        "routing": case["placing"]["routing"],
    }


def said(case: Mapping[str, Any]) -> dict[str, Any]:
    """What the ledger keeps of a choice, or of taking it back."""
    zone, going, made = case["named_zone"], case["placing"], choice(case)
    kept: dict[str, Any] = {
        "match": {"share": made["share"], "algorithm": made["algorithm"]},
        "township": going["township"] and going["township"]["code"],
    }
    if zone:
        kept["zone"] = {name: zone[name] for name in _OF_ZONE} | {"distance_m": round(zone["distance_m"], 1)}
    if case["zone"]:
        kept["zone_before"] = {name: case["zone"][name] for name in _OF_ZONE}
    if moved := _place(case):
        kept["place"] = moved
    if _moves(case):
        kept["body"] = going["body"]["code"]
    return kept


def chosen(case: Mapping[str, Any], *, by_name: str, at: str) -> dict[str, Any]:
    """The case as it is told after that. `at`: RFC 3339."""
    zone = case["named_zone"]
    told = zone and {
        **{name: zone[name] for name in _OF_ZONE},
        "share": zone["candidate"] and zone["candidate"]["probability"],
        "chosen_by_name": by_name,
        "chosen_at": at,
    }
    return {"zone": told, "township": case["placing"]["township"], **(_place(case) or {})}


def _moves(case: Mapping[str, Any]) -> bool:
    return case["state"] in PROPOSED and case["placing"]["body"]["code"] != case["body"]["code"]


def _as_matched(case: Mapping[str, Any]) -> dict[str, Any]:
    opening = case["opening"]
    if opening is None or opening["routing"].get("body") not in case["bodies"]:
        return _as_it_is(case, _TAKEN_BACK)
    routed = opening["routing"]
    township = case["bodies"].get(routed["township"])
    return {
        "body": {"code": routed["body"], "name": case["bodies"][routed["body"]]["name"]},
        "township": township and {"code": routed["township"], "name": township["place"]},
        "routing": routed,
    }


def _as_it_is(case: Mapping[str, Any], reason: str) -> dict[str, Any]:
    township = case["township"] and case["township"]["code"]
    kept = {"body": case["body"]["code"], "township": township, "reason": reason}
    return {"body": case["body"], "township": case["township"], "routing": kept}


def _seen_at(case: Mapping[str, Any], time_zone: ZoneInfo) -> datetime:
    """Local time of capture as the intake believed it: its day was kept."""
    opening = case["opening"]
    if opening is None:
        return datetime.fromisoformat(case["opened_at"]).astimezone(time_zone)
    captured_at = datetime.fromisoformat(opening["captured_at"]).astimezone(time_zone)
    if captured_at.date().isoformat() == opening["judged_on"]:
        return captured_at
    return datetime.fromisoformat(opening["received_at"]).astimezone(time_zone)
