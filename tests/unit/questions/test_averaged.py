"""Draws averaged over shapes of the time course, and half-lives read off the course."""

import json

import numpy as np
import pytest

from tests.unit.questions.conftest import make_pain
from trialpool.draws import Draws
from trialpool.questions import ask, decay, predict

AVERAGE = {
    "weights": [
        {"time_course": "plateau", "weight": 0.3, "elpd": -102.0},
        {"time_course": "waning", "weight": 0.62, "elpd": -101.2},
        {"time_course": "free", "weight": 0.08, "elpd": -104.0},
    ],
    "by": "stacking, trials left out",
}
TOLD = "averaged over shapes: waning 0.62, plateau 0.30, free 0.08"


def falling(months, course, **meta):
    """One class whose draws all have the same course."""
    benefit = np.broadcast_to(np.asarray(course, dtype=float), (2, 20, 1, len(months)))
    known = {"classes": {"PRP": {"trials": 1, "patients": 9, "last_months": 24}}}
    return Draws.from_arrays(
        {"benefit": benefit},
        coords={"class": ["PRP"], "months": months},
        meta={"outcome": "pain", "evidence": known, **meta},
    )


@pytest.fixture(scope="module")
def averaged():
    pain = make_pain(average=AVERAGE)
    half_life = np.array(pain.chains("half_life"))
    half_life[:, ::3] = np.nan  # from shapes without one
    arrays = {n: half_life if n == "half_life" else pain.chains(n) for n in pain.names}
    coords = {"class": pain.coord("class"), "months": pain.coord("months")}
    return Draws.from_arrays(arrays, coords=coords, meta=pain.meta)


@pytest.mark.parametrize(
    "question",
    [
        "PRP beats MSC at 12 months",
        "which is best at 12 months",
        "how much of MPC's benefit is left at 36 months",
        "does MPC still work at 36 months",
        "a new trial of PRP shows a benefit at 12 months",
        "PRP works at 12 months and MSC works at 12 months",
    ],
)
def test_every_answer_names_the_shapes(averaged, question):
    for answer in ask(averaged, question):
        assert any(TOLD in note for note in answer.notes)
    assert not any("averaged" in n for a in ask(make_pain(), question) for n in a.notes)


def test_tables_and_predictions_name_the_shapes(averaged):
    line = f"{TOLD} (weights by stacking, trials left out)"
    table = decay(averaged)
    assert line in str(table).splitlines() and line in table.to_dict()[0]["notes"]
    assert line in predict(averaged, "PRP", months=12).notes


def test_half_lives_that_some_draws_lack_are_read_off_the_course(averaged):
    table = decay(averaged)
    json.dumps(table.to_dict(), allow_nan=False)
    for found in table.classes:
        assert 0 < found.half_life.lower <= found.half_life.median <= found.half_life.upper <= 60
        assert "read off the course of each draw" in found.half_life_note
    assert "over 60" in str(table)
    # One shape whose draws all have a half-life is left as it is.
    assert decay(make_pain()).classes[0].half_life_note == ""


def test_a_half_life_counts_from_the_injection_to_half_of_the_largest():
    months = [0.0, 6.0, 12.0, 24.0, 36.0, 60.0]
    found = decay(falling(months, [0, 8, 10, 7, 3, 1]), months=(12,)).classes[0]
    assert found.half_life.median == pytest.approx(30)  # 5 lies midway between 7 and 3
    assert "over the 100 % of draws" in found.half_life_note
    assert found.half_life_limit == 60


def test_the_largest_is_that_within_follow_up():
    months = [0.0, 12.0, 24.0, 36.0, 48.0, 60.0]
    found = decay(falling(months, [0, 8, 8, 20, 4, 0]), months=(12,)).classes[0]
    assert found.half_life.median == pytest.approx(48)


def test_what_does_not_halve_is_over_the_horizon():
    months = [0.0, 12.0, 24.0, 60.0]
    table = decay(falling(months, [0, 8, 8, 6]), months=(12,))
    assert "PRP: half-life over 60 (95 % credible interval over 60 to over 60) months" in str(table)
    assert "100 % of these do not halve within 60 months" in table.classes[0].half_life_note


def test_no_benefit_has_no_half_life():
    found = decay(falling([0.0, 12.0, 24.0], [0, -2, -1]), months=(12,)).classes[0]
    assert found.half_life is None and "could halve" in found.half_life_note
