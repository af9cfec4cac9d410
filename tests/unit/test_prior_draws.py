"""What the priors of a model expect, pushed through its own graph, against closed forms."""

import numpy as np
import pytest

import trialpool as tp
from tests.helpers import MIXED, evidence_of
from trialpool.engines.prior_draws import prior_draws
from trialpool.errors import ModelError


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    return evidence_of(tmp_path_factory.mktemp("mixed"), MIXED)


def test_benefits_before_any_trial_have_the_spread_of_their_priors(mixed):
    fixed = {
        "class_sd": tp.priors.Fixed(8),
        "treatment_sd": tp.priors.Fixed(4),
        "tau": tp.priors.Fixed(6),
        "drift": tp.priors.Fixed(3),
    }
    model = tp.Model(time_course="constant", priors=fixed).build(mixed)
    drawn = prior_draws(model, ["benefit", "arm_effect", "effect"], draws=4000, seed=3)
    assert drawn["benefit"].dims == ("draw", "class", "months")
    prp = drawn["benefit"].sel({"class": "PRP"})
    for month in (0, 12, 48):
        expected = np.sqrt(15**2 + 8**2 + 3**2 * month / 12)
        assert float(prp.sel(months=month).std()) == pytest.approx(expected, rel=0.05)
    # A comparator class is pooled towards the reference, not towards the active mean.
    steroid = drawn["benefit"].sel({"class": "steroid", "months": 0})
    assert float(steroid.std()) == pytest.approx(8, rel=0.05)
    arm = drawn["arm_effect"].sel(trial_arm="A | prp") - drawn["benefit"].sel(
        {"class": "PRP", "months": 0}
    )
    assert float(arm.std()) == pytest.approx(np.hypot(4, 6), rel=0.05)


def test_the_same_seed_gives_the_same_draws(mixed):
    model = tp.Model().build(mixed)
    one, again, other = (
        prior_draws(model, ["benefit", "half_life"], draws=20, seed=seed) for seed in (1, 1, 2)
    )
    assert one.equals(again) and not one.equals(other)


def test_a_flat_prior_cannot_be_drawn_from(mixed):
    model = tp.Model(priors={"effect": tp.priors.Flat()}).build(mixed)
    with pytest.raises(ModelError, match="got a flat prior for 'effect'; expected one that can"):
        prior_draws(model, ["benefit"], draws=5)
