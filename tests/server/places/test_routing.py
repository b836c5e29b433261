"""The township that answers for the place gets the case; what nobody clearly answers for goes to the district."""

import pytest

from geo.observation import Kind
from geo.verdict import Verdict, ZoneVerdict
from server.places.routing import Body, NoDistrict, route

DISTRICT = Body("d", "320612", "通州区", "district")
JINSHA = Body("j", "320612001", "金沙街道", "township")
BODIES = {body.code: body for body in (DISTRICT, JINSHA)}


def township(verdict: Verdict, code: str | None = JINSHA.code, probability: float = 0.9) -> ZoneVerdict:
    return ZoneVerdict(Kind.TOWNSHIP, code, "金沙街道", 1, verdict, probability, 0.0)


@pytest.mark.parametrize("verdict", [Verdict.CERTAIN, Verdict.LIKELY])
def test_a_sure_township_answers(verdict):
    going = route(township(verdict), BODIES)
    assert (going.body, going.township, going.reason) == (JINSHA, JINSHA, "township_answers")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (township(Verdict.AMBIGUOUS, probability=0.4), "township_unsure"),
        (township(Verdict.NEAR, probability=0.0), "township_unsure"),
        (township(Verdict.NONE, code=None, probability=0.0), "outside_all_townships"),
        (township(Verdict.CERTAIN, code="320612999"), "township_without_body"),
    ],
)
def test_what_no_township_clearly_answers_for_goes_to_the_district_with_the_reason(said, reason):
    going = route(said, BODIES)
    assert (going.body, going.township, going.reason) == (DISTRICT, None, reason)
    assert going.trace[0]["verdict"] == said.verdict.value


def test_without_a_district_nothing_can_be_routed():
    with pytest.raises(NoDistrict):
        route(township(Verdict.CERTAIN), {JINSHA.code: JINSHA})
