"""The simulation behind the calibration table: repeatable, and its promises hold on a small street."""

import pytest

from bench.calibration import Officers, score, street_world, trials
from geo.observation import HintHow
from geo.verdict import Verdict

WORLD = street_world(shops=40)


def test_the_same_seed_gives_the_same_reports_and_another_seed_others():
    first = list(trials(WORLD, Officers(), 5.0, 20, seed=1))
    assert first == list(trials(WORLD, Officers(), 5.0, 20, seed=1))
    assert first != list(trials(WORLD, Officers(), 5.0, 20, seed=2))


def test_a_thing_lies_in_the_strip_its_truth_names_or_in_none():
    told = [trial.truth for trial in trials(WORLD, Officers(in_none=0.5), 5.0, 60, seed=1)]
    assert 10 < told.count(None) < 50
    assert {code for code in told if code} <= {zone.code for zone in WORLD.candidates}


def test_with_a_bearing_the_first_candidate_beats_the_nearest_zone():
    result = score(WORLD, 3.0, bearing=True, count=400)
    assert result.first_right > 1.2 * result.nearest_right


@pytest.mark.parametrize(
    ("bearing", "hint"), [(True, None), (False, None), (True, HintHow.QR), (True, HintHow.PICKED)]
)
def test_a_certain_answer_is_right_nineteen_times_in_twenty(bearing: bool, hint: HintHow | None):
    result = score(WORLD, 5.0, bearing=bearing, hint=hint, count=400)
    if result.said.get(Verdict.CERTAIN, 0) > 20:
        assert result.right_of(Verdict.CERTAIN) >= 0.95
    else:
        assert hint is None
