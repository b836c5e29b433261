"""Routing rules as such: the most specific one wins, in whatever order they stand, and no accepted set can tie."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.hours import DAY_MIN
from geo.match import Match
from geo.observation import Kind
from geo.verdict import Verdict, ZoneVerdict
from server.places.routing import Asked, Body, route
from server.places.rules.book import InForce, RuleBook, chosen_zones
from server.places.rules.evaluation import (
    KIND_ORDER,
    Decision,
    Rule,
    RuleSet,
    Specificity,
    Spot,
    missed,
    specificity,
    trace_of,
)
from server.places.rules.ties import find_ties

DISTRICT = Body("d", "320612", "通州区", "district")
JINSHA = Body("j", "320612001", "金沙街道", "township")
JINXIN = Body("x", "320612004", "金新街道", "township")
BODIES = {body.code: body for body in (DISTRICT, JINSHA, JINXIN)}
# parent -> children; paths are at most three deep.
PATHS = {
    "order": ("order",),
    "goods": ("order", "goods"),
    "fruit": ("order", "goods", "fruit"),
    "stall": ("order", "stall"),
    "clean": ("clean",),
    "waste": ("clean", "waste"),
}
MONDAY = datetime(2026, 9, 7, 10, 0)
DEFAULT = Spot(PATHS["fruit"], {"frontage": "F1", "grid": "G1"}, JINSHA.code, MONDAY)


def a_set(*rules: Rule) -> RuleSet:
    return RuleSet(1, "test", 3, rules)


def winner(*rules: Rule, spot: Spot = DEFAULT) -> str | None:
    decided = a_set(*rules).decide(spot).winner
    return decided.code if decided else None


# --- The published order ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stronger", "weaker"),
    [
        # one zone > anything that names none
        (Rule("A", "x", zone_kind="grid", zone="G1"), Rule("B", "x", category="fruit", zone_kind="frontage")),
        # a deeper category > a higher one with everything else
        (
            Rule("A", "x", category="fruit"),
            Rule(
                "B",
                "x",
                category="goods",
                zone_kind="frontage",
                township=JINSHA.code,
                hours=("1 08:00-12:00",),
            ),
        ),
        # a kind of zone > a township > hours > dates > nothing
        (Rule("A", "x", zone_kind="grid"), Rule("B", "x", township=JINSHA.code, hours=("08:00-12:00",))),
        (Rule("A", "x", zone_kind="frontage"), Rule("B", "x", zone_kind="grid", township=JINSHA.code)),
        (
            Rule("A", "x", township=JINSHA.code),
            Rule("B", "x", hours=("08:00-12:00",), valid_from=date(2026, 1, 1)),
        ),
        (Rule("A", "x", hours=("08:00-12:00",)), Rule("B", "x", valid_from=date(2026, 1, 1))),
        (Rule("A", "x", valid_to=date(2026, 12, 1)), Rule("B", "x")),
    ],
)
def test_the_more_specific_rule_wins(stronger, weaker):
    assert winner(stronger, weaker) == winner(weaker, stronger) == "A"


@pytest.mark.parametrize(
    ("rule", "condition"),
    [
        (Rule("A", "x", category="waste"), "category"),
        (Rule("A", "x", township=JINXIN.code), "township"),
        (Rule("A", "x", zone_kind="parking"), "zone_kind"),
        (Rule("A", "x", zone_kind="frontage", zone="F2"), "zone"),
        (Rule("A", "x", valid_from=date(2026, 9, 8)), "dates"),
        (Rule("A", "x", valid_to=date(2026, 9, 7)), "dates"),
        (Rule("A", "x", hours=("2-7 00:00-24:00",)), "hours"),
    ],
)
def test_a_rule_that_does_not_hold_says_by_which_condition(rule, condition):
    assert missed(rule, DEFAULT) == condition
    assert winner(rule) is None


def test_a_category_of_the_tree_stands_for_all_below_it_and_an_unknown_one_for_none():
    by_root = Rule("A", "x", category="order")
    assert winner(by_root) == "A"
    assert winner(by_root, spot=Spot((), {}, JINSHA.code, MONDAY)) is None
    assert winner(by_root, Rule("B", "x"), spot=Spot((), {}, JINSHA.code, MONDAY)) == "B"


# --- Properties ---------------------------------------------------------------------------------------------

WINDOWS = (
    "08:00-18:00",
    "18:00-08:00",
    "1-5 09:00-17:00",
    "6,7 00:00-24:00",
    "5 22:00-06:00",
    "3 12:00-12:01",
)
DAYS = [date(2026, 9, 1) + timedelta(days=days) for days in (0, 3, 7, 8, 30)]
ZONES = {"frontage": ("F1", "F2"), "parking": ("P1",), "grid": ("G1", "G2")}


@st.composite
def rules(draw: st.DrawFn, code: str = "R") -> Rule:
    kind = draw(st.sampled_from((None, *ZONES)))
    days = sorted(draw(st.lists(st.sampled_from(DAYS), unique=True, max_size=2)))
    open_end = draw(st.booleans())
    valid_from = days[0] if days and (len(days) == 2 or open_end) else None
    valid_to = days[-1] if len(days) == 2 or (days and not open_end) else None
    return Rule(
        code=code,
        body=draw(st.sampled_from(("township", DISTRICT.code, JINXIN.code))),
        category=draw(st.sampled_from((None, *PATHS))),
        zone_kind=kind,
        zone=draw(st.sampled_from((None, *ZONES[kind]))) if kind else None,
        township=draw(st.sampled_from((None, JINSHA.code, JINXIN.code))),
        hours=tuple(draw(st.lists(st.sampled_from(WINDOWS), unique=True, max_size=2))),
        valid_from=valid_from,
        valid_to=valid_to,
    )


@st.composite
def rule_lists(draw: st.DrawFn) -> list[Rule]:
    return [draw(rules(f"R{number}")) for number in range(draw(st.integers(0, 14)))]


@st.composite
def spots(draw: st.DrawFn) -> Spot:
    chosen = {kind: draw(st.sampled_from((None, *codes))) for kind, codes in ZONES.items()}
    minute = draw(st.integers(0, DAY_MIN - 1))
    day = draw(st.sampled_from([date(2026, 8, 30) + timedelta(days=days) for days in range(45)]))
    return Spot(
        category_path=draw(st.sampled_from(((), *PATHS.values()))),
        zones={kind: code for kind, code in chosen.items() if code},
        township=draw(st.sampled_from((JINSHA.code, JINXIN.code))),
        at=datetime.combine(day, datetime.min.time()) + timedelta(minutes=minute),
    )


def accepted(given_rules: list[Rule]) -> list[Rule]:
    """The set an import would take: rules that tie with one before them are left out."""
    kept: list[Rule] = []
    for rule in given_rules:
        if not find_ties([*kept, rule], on=date(2026, 9, 1), most=1):
            kept.append(rule)
    return kept


def more_specific(one: Rule, other: Rule, spot: Spot) -> bool:
    """The published order once more, as a person would read it out: the first difference decides."""
    if (one.zone is None) != (other.zone is None):
        return one.zone is not None
    if one.category != other.category:
        if one.category is None or other.category is None:
            return other.category is None
        # Both lie on the path, so one is above the other: that one is the wider.
        return spot.category_path.index(one.category) > spot.category_path.index(other.category)
    if one.zone_kind != other.zone_kind:
        if one.zone_kind is None or other.zone_kind is None:
            return other.zone_kind is None
        return KIND_ORDER.index(one.zone_kind) > KIND_ORDER.index(other.zone_kind)
    for name in ("township", "hours"):
        if bool(getattr(one, name)) != bool(getattr(other, name)):
            return bool(getattr(one, name))
    dated = [rule.valid_from is not None or rule.valid_to is not None for rule in (one, other)]
    return dated[0] and not dated[1]


PROPERTY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@PROPERTY
@given(rule_lists(), spots(), st.integers(0, 2**32))
def test_the_decision_does_not_depend_on_the_order_of_the_rules(given_rules, spot, seed):
    shuffled = list(given_rules)
    random.Random(seed).shuffle(shuffled)
    assert a_set(*given_rules).decide(spot) == a_set(*shuffled).decide(spot)


@PROPERTY
@given(rule_lists(), st.lists(spots(), min_size=1, max_size=8))
def test_in_an_accepted_set_no_two_rules_that_hold_are_equally_specific(given_rules, somewhere):
    rule_set = a_set(*accepted(given_rules))
    for spot in somewhere:
        ranks = [number for _, number in rule_set.decide(spot).held]
        assert len(set(ranks)) == len(ranks)


@PROPERTY
@given(rule_lists(), spots())
def test_the_winner_is_the_rule_that_beats_every_other_one_in_the_published_order(given_rules, spot):
    kept = accepted(given_rules)
    holding = [rule for rule in kept if missed(rule, spot) is None]
    best = [
        rule
        for rule in holding
        if all(more_specific(rule, other, spot) for other in holding if other is not rule)
    ]
    assert len(best) == (1 if holding else 0)
    assert a_set(*kept).decide(spot).winner == (best[0] if best else None)


@PROPERTY
@given(rules("A"), rules("B"))
def test_a_tie_is_told_with_a_report_that_both_hold_for_and_only_then(one, other):
    ties = find_ties([one, other], on=date(2026, 9, 1), most=5)
    path = PATHS[one.category] if one.category else ()
    for tie in ties:
        zones = {one.zone_kind: one.zone or "any"} if one.zone_kind else {}
        spot = Spot(path, zones, one.township or JINSHA.code, tie.at)
        assert missed(one, spot) is None and missed(other, spot) is None
        assert specificity(one, path) == specificity(other, path)
    alike = (one.category, one.zone_kind, one.zone, one.township) == (
        other.category,
        other.zone_kind,
        other.zone,
        other.township,
    )
    if not ties and alike and (bool(one.hours), one.dated) == (bool(other.hours), other.dated):
        # Every half hour of more days than they span: all windows begin and end on one, or hold its first minute.
        for step in range(45 * 48):
            at = datetime(2026, 8, 25) + timedelta(minutes=30 * step)
            both = all(rule.holds_on(at.date()) and rule.open.holds(at) for rule in (one, other))
            assert not both, at


# --- Routing with rules ---------------------------------------------------------------------------------------


def township(verdict: Verdict, code: str = JINSHA.code) -> ZoneVerdict:
    return ZoneVerdict(Kind.TOWNSHIP, code, "金沙街道", 1, verdict, 0.9, 0.0)


def asked(*given_rules: Rule) -> Asked:
    return Asked(a_set(*given_rules), DEFAULT, 20)


def test_the_body_a_rule_names_gets_the_case_and_the_township_it_lies_in_is_still_told():
    going = route(township(Verdict.CERTAIN), BODIES, asked(Rule("A", JINXIN.code, category="goods")))
    assert (going.body, going.township, going.reason) == (JINXIN, JINSHA, "rule_names_body")


def test_without_a_rule_that_holds_the_township_answers_and_a_rule_may_say_so_too():
    by_default = route(township(Verdict.CERTAIN), BODIES, asked(Rule("A", JINXIN.code, category="waste")))
    assert (by_default.body, by_default.reason) == (JINSHA, "township_answers")
    by_rule = route(
        township(Verdict.CERTAIN),
        BODIES,
        asked(Rule("A", JINXIN.code, category="order"), Rule("B", "township", category="goods")),
    )
    assert (by_rule.body, by_rule.reason) == (JINSHA, "rule_leaves_township")


@pytest.mark.parametrize("verdict", [Verdict.AMBIGUOUS, Verdict.NEAR, Verdict.NONE])
def test_no_rule_overrides_that_an_unsure_township_goes_to_the_district(verdict):
    going = route(township(verdict), BODIES, asked(Rule("A", JINXIN.code)))
    assert going.body == DISTRICT and going.township is None
    assert going.decision is None


def test_a_rule_may_name_a_body_for_a_township_that_has_none_and_one_that_is_gone_leads_to_the_district():
    nowhere = township(Verdict.CERTAIN, "320612999")
    assert route(nowhere, BODIES, asked(Rule("A", JINXIN.code))).body == JINXIN
    assert route(nowhere, BODIES, asked(Rule("A", "township"))).reason == "township_without_body"
    going = route(township(Verdict.CERTAIN), BODIES, asked(Rule("A", "320612777")))
    assert (going.body, going.reason) == (DISTRICT, "rule_without_body")


def test_the_trace_tells_which_rules_held_which_did_not_and_why_the_winner_won():
    given_rules = (
        Rule("deep", JINXIN.code, category="goods"),
        Rule("wide", DISTRICT.code, category="order", zone_kind="frontage"),
        Rule("late", DISTRICT.code, hours=("18:00-08:00",)),
        Rule("bays", DISTRICT.code, zone_kind="parking"),
        Rule("waste", DISTRICT.code, category="waste"),
    )
    going = route(township(Verdict.CERTAIN), BODIES, asked(*given_rules))
    trace = going.decision
    assert trace is not None and going.as_json()["rules"] == "test@3"
    assert [held["rule"] for held in trace["held"]] == ["deep", "wide"]
    assert (trace["won"], trace["because"]) == ("deep", "category")
    assert trace["missed"] == [{"rule": "bays", "by": "zone_kind"}, {"rule": "late", "by": "hours"}]
    assert trace["of_other_categories"] == 1
    assert trace["at"] == "2026-09-07T10:00"


def test_a_trace_names_no_more_rules_that_did_not_hold_than_it_is_told_to():
    rule_set = a_set(*(Rule(f"R{n:02}", "township", zone_kind="parking", zone=f"P{n}") for n in range(30)))
    decision: Decision = rule_set.decide(DEFAULT)
    trace = trace_of(rule_set, DEFAULT, decision, missed_max=5)
    assert (len(trace["missed"]), trace["missed_more"], trace["because"]) == (5, 25, "none")


def test_specificity_is_compared_from_its_first_member_on():
    assert Specificity._fields == ("zone", "category", "zone_kind", "township", "hours", "dates")


def test_only_zones_a_match_is_certain_or_likely_of_count_at_intake_and_in_a_dry_run_alike():
    said = {
        Kind.FRONTAGE: Verdict.AMBIGUOUS,
        Kind.PARKING: Verdict.LIKELY,
        Kind.GRID: Verdict.CERTAIN,
        Kind.SITE: Verdict.NEAR,
    }
    verdicts = {
        kind: ZoneVerdict(kind, f"{kind.value}-1", "x", 1, verdict, 0.4, 1.0)
        for kind, verdict in said.items()
    }
    found = Match(
        township(Verdict.CERTAIN),
        verdicts[Kind.FRONTAGE],
        verdicts[Kind.PARKING],
        verdicts[Kind.GRID],
        (verdicts[Kind.SITE],),
        None,
        (),
        (),
        "test",
    )
    question = RuleBook(20).asked(InForce(a_set(), ("order",)), found, MONDAY)
    assert question is not None
    assert question.spot.zones == {"parking": "parking-1", "grid": "grid-1"}
    stored = {
        kind.value: {"code": f"{kind.value}-1", "verdict": verdict.value} for kind, verdict in said.items()
    }
    assert chosen_zones(stored, KIND_ORDER) == question.spot.zones
