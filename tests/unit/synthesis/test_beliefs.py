"""What priors believe: masses against SciPy, events by role and unit, every family whole."""

import json

import numpy as np
import pytest
from scipy import stats

import trialpool as tp
from tests.helpers import MIXED, evidence_of
from trialpool import priors
from trialpool.errors import ModelError
from trialpool.synthesis.assumptions import assumptions, default_assumptions
from trialpool.synthesis.priors import believe
from trialpool.synthesis.roles import FAMILIES

POINTS = "points of 100"


def test_masses_are_those_of_the_distribution():
    found = believe("tau", priors.HalfNormal(7.5), POINTS, mcid=15)
    assert found.events == {
        "tau > 5 points": pytest.approx(stats.halfnorm(scale=7.5).sf(5), abs=1e-4),
        "tau > 15 points, the MCID": pytest.approx(stats.halfnorm(scale=7.5).sf(15), abs=1e-4),
    }
    assert str(found) == "P(tau > 5 points) = 0.51; P(tau > 15 points, the MCID) = 0.05"
    assert found.interval() == "5.06 (0.235 to 16.8)"


def test_a_signed_effect_is_held_against_the_mcid_in_both_directions():
    found = believe("effect", priors.Normal(0, 15), POINTS, mcid=15)
    assert found.events["|effect| > 15 points, the MCID"] == pytest.approx(0.3173, abs=1e-4)


def test_half_lives_and_correlations():
    found = believe("half_life", priors.LogNormal(np.log(36), 0.8), "months")
    expected = stats.lognorm(0.8, scale=36).sf(24)
    assert found.events["half-life > 24 months"] == pytest.approx(expected, abs=1e-4)
    found = believe("rho", priors.Uniform(0, 0.8), "")
    assert found.events["rho > 0.5"] == pytest.approx(0.3 / 0.8, abs=1e-4)


def test_heterogeneity_of_ratios_is_told_as_a_spread_of_trials():
    # tau > log(2) / 3.92: the 2.5 % and 97.5 % quantiles of the trials are a factor of 2 apart.
    found = believe("tau", priors.turner(), "log odds ratio")
    mass = found.events["the middle 95 % of trials span more than a factor of 2 in the odds ratio"]
    expected = stats.lognorm(0.87, scale=np.exp(-1.28)).sf(np.log(2) / (2 * 1.959964))
    assert mass == pytest.approx(expected, abs=1e-4)
    assert "risk ratio" in str(believe("tau", priors.turner(), "log risk ratio"))


def test_sds_of_the_patients_have_their_own_sizes():
    found = believe("tau", priors.HalfNormal(0.3), "SDs of the patients", mcid=0.6)
    assert list(found.events) == ["tau > 0.2 SDs", "tau > 0.6 SDs, the MCID"]


def test_a_flat_prior_believes_nothing_in_particular():
    found = believe("effect", priors.Flat(), POINTS, mcid=15)
    assert str(found) == "flat: no mass anywhere in particular" and found.interval() == ""
    assert found.to_dict() == {"median": None, "lower": None, "upper": None, "events": []}


def test_a_fixed_value_is_certain():
    found = believe("rho", priors.Fixed(0.6), "")
    assert found.interval() == "0.6, fixed"
    assert found.events == {"rho > 0.5": 1.0, "rho > 0.8": 0.0}
    assert str(found) == "P(rho > 0.5) = 1; P(rho > 0.8) = 0"


def test_an_unknown_role_has_median_and_interval_only():
    found = believe("something_new", priors.Normal(2, 1), "apples")
    assert found.events == {} and str(found) == ""
    assert found.interval() == "2 (0.04 to 3.96)"


def test_small_and_large_masses_are_not_printed_as_certain():
    assert str(believe("tau", priors.HalfNormal(4), POINTS, mcid=15)).endswith("the MCID) < 0.01")
    wide = believe("tau", priors.LogNormal(np.log(50), 0.5), POINTS)
    assert str(wide) == "P(tau > 5 points) > 0.99"


@pytest.mark.parametrize("family", FAMILIES)
def test_every_role_of_every_family_is_told(family):
    found = default_assumptions(family)
    assert [told.role for told in found] == list(FAMILIES[family])
    for told in found:
        assert told.meaning and told.source
        assert all(0 <= p <= 1 for p in told.belief.events.values())
        if told.belief.median is not None:
            assert told.belief.lower <= told.belief.median <= told.belief.upper
    listed = json.dumps([told.to_dict() for told in found], allow_nan=False)
    assert set(json.loads(listed)[0]) == {
        "role", "prior", "unit", "meaning", "median", "lower", "upper", "events", "source",
    }  # fmt: skip


def test_core_roles_have_events():
    core = {"effect", "class_sd", "tau", "half_life", "half_life_sd", "onset", "rho", "spread"}
    told = {told.role: told.belief.events for told in default_assumptions("longitudinal")}
    assert all(told[role] for role in core)


def test_assumptions_of_evidence_follow_model_and_outcome(tmp_path):
    evidence = evidence_of(tmp_path, MIXED)
    given = priors.HalfNormal(5, source="Smith 2020")
    found = {a.role: a for a in assumptions(tp.Model(priors={"tau": given}), evidence)}
    assert found["tau"].prior == "HalfNormal(sd=5)"
    assert found["tau"].source == "given by the user: Smith 2020"
    assert "tau > 15 points, the MCID" in found["tau"].belief.events
    assert "half_life" in found
    constant = {a.role for a in assumptions(tp.Model(time_course="constant"), evidence)}
    assert "half_life" not in constant
    wider = {a.role: a for a in assumptions(tp.Model(), evidence, mcid=20)}
    assert "tau > 20 points, the MCID" in wider["tau"].belief.events
    standard = {a.role: a for a in assumptions(tp.Model(scale="standardised"), evidence)}
    assert "tau > 0.6 SDs, the MCID" in standard["tau"].belief.events


@pytest.mark.parametrize("mcid", [0, -3, float("nan")])
def test_an_mcid_that_is_no_size_is_refused(mcid):
    with pytest.raises(ModelError, match="mcid: got"):
        default_assumptions("longitudinal", mcid=mcid)


def test_unknown_families_and_roles_are_refused():
    with pytest.raises(ModelError, match="family: got 'pain'; expected one of longitudinal"):
        default_assumptions("pain")
    with pytest.raises(ModelError, match="did you mean 'tau'"):
        default_assumptions("events", {"tua": priors.HalfNormal(1)})
