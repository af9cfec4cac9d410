import json

import numpy as np
import pytest

from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions import decay

MONTHS = [0.0, 6.0, 12.0, 24.0, 36.0, 48.0, 60.0]


def falling(start, half_life=24.0, **meta):
    noise = np.random.default_rng(0).normal(start, 1.0, size=(2, 200, 1, 1))
    shape = 0.5 ** (np.array(MONTHS) / half_life)
    shape[0] = 0
    return Draws.from_arrays(
        {"benefit": noise * shape, "half_life": np.full((2, 200, 1), half_life)},
        coords={"class": ["MPC"], "months": MONTHS},
        meta={
            "outcome": "pain",
            "unit": "points of 100",
            "mcid": 10.0,
            "evidence": {"classes": {"MPC": {"trials": 1, "patients": 9, "last_months": 36}}},
            **meta,
        },
    )


def test_flat_list_with_the_documented_keys(pain):
    rows = decay(pain).to_dict()
    assert len(rows) == 4 * 6  # active classes only
    assert {"class", "months", "benefit", "p_benefit", "p_mcid", "extrapolated", "half_life",
            "retained_24_to_36", "months_to_loss"} <= set(rows[0])  # fmt: skip
    assert list(rows[0]["benefit"])[:5] == ["mean", "median", "lower", "upper", "level"]
    assert json.loads(decay(pain).to_json()) == rows
    assert {r["class"] for r in rows} == {"MPC", "MSC", "PRP", "disc progenitor"}


def test_numbers_are_those_of_the_draws(pain):
    row = decay(pain, months=(24,), level=0.8).rows[0]
    values = pain.array("benefit")[:, 0, 6]
    assert row.benefit.lower == pytest.approx(np.quantile(values, 0.1))
    assert row.p_benefit == np.mean(values > 0)
    assert row.p_mcid == np.mean(values > 5)
    once = decay(pain, level=0.8).classes[0]
    assert once.half_life.median == pytest.approx(np.median(pain.array("half_life")[:, 0]))
    before, after = pain.array("benefit")[:, 0, 6], pain.array("benefit")[:, 0, 7]
    assert once.retained_24_to_36.median == pytest.approx(
        np.median(after[before > 0] / before[before > 0])
    )
    assert once.retained_24_to_36.n_draws_share == np.mean(before > 0)


def test_month_of_loss():
    table = decay(falling(16))  # 16 at 0 would be 13.5 at 6, 11.3 at 12, 8 at 24
    assert table.classes[0].months_to_loss == 24
    assert decay(falling(16), mcid=12).classes[0].months_to_loss == 12
    assert decay(falling(27)).classes[0].months_to_loss == 36
    late = decay(falling(38)).classes[0]
    assert late.months_to_loss == 48 and "past the follow-up" in late.note


def test_no_month_of_loss_says_why():
    never = decay(falling(5)).classes[0]
    assert never.months_to_loss is None and "never reaches" in never.note
    stays = decay(falling(500)).classes[0]
    assert stays.months_to_loss is None and "does not fall" in stays.note
    unknown = decay(falling(16, mcid=None))
    assert unknown.classes[0].months_to_loss is None and "no MCID" in unknown.classes[0].note
    assert unknown.rows[0].p_mcid is None
    assert str(unknown)


def test_follow_up_is_marked():
    rows = decay(falling(16)).rows
    assert [r.extrapolated for r in rows] == [False, False, False, False, True, True]
    assert str(decay(falling(16))).count("extrapolated") == 2


def test_ratio_is_reported_with_its_share_of_draws():
    kept = decay(falling(-0.5)).classes[0].retained_24_to_36
    assert kept.n_draws_share < 0.5 and kept.median == pytest.approx(0.5**0.5)
    none = decay(falling(-50)).classes[0].retained_24_to_36
    assert none.n_draws_share == 0 and none.median is None
    short = Draws.from_arrays(
        {"benefit": np.ones((1, 4, 1, 2))}, coords={"class": ["A"], "months": [0, 24]}, meta={}
    )
    assert decay(short, months=(24,)).classes[0].retained_24_to_36.median is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"months": (12, 72)}, "got 72"),
        ({"months": (0,)}, "got 0"),
        ({"months": ()}, "at least one"),
        ({"level": 95}, "got 95"),
        ({"loss_probability": 0}, "got 0"),
    ],
)
def test_arguments_out_of_range(pain, arguments, words):
    with pytest.raises(QuestionError, match=words):
        decay(pain, **arguments)


def test_events_have_no_time_course(sae):
    with pytest.raises(QuestionError, match="no time course"):
        decay(sae)


def test_a_network_does_not_say_which_way_is_better():
    network = Draws.from_arrays(
        {"relative_effect": np.zeros((2, 5, 1, 2))},
        coords={"treatment": ["x"], "months": [0, 12]},
        meta={"layout": "network", "outcome": "effect", "reference": "p"},
    )
    with pytest.raises(QuestionError, match="trialpool rank FILE --better lower"):
        decay(network)
