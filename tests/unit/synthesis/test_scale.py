"""Benefits in SDs of the patients: the same model with the unit of the effects exchanged."""

import numpy as np
import pytest

import trialpool as tp
from tests.helpers import MIXED, LogDensity, evidence_of
from trialpool.errors import ModelError
from trialpool.synthesis.roles import LONGITUDINAL, STANDARDISED

POINTS = ("effect", "class_sd", "treatment_sd", "tau", "drift")


def test_with_a_known_spread_standardised_effects_are_points_over_it(tmp_path):
    evidence = evidence_of(tmp_path, MIXED)
    sd = 20.0
    known = {"spread": tp.priors.Fixed(sd), "spread_sd": tp.priors.Fixed(1e-9)}
    natural = LogDensity(tp.Model(priors=known).build(evidence))
    other = LogDensity(tp.Model(priors=known, scale="standardised").build(evidence))
    assert natural.names == other.names
    rng = np.random.default_rng(2)
    for point in (natural.point(rng) for _ in range(3)):
        in_sds = dict(point)
        in_sds["effect"] = point["effect"] / sd
        for name in POINTS[1:]:
            in_sds[f"{name}_log__"] = point[f"{name}_log__"] - np.log(sd)
        assert other(in_sds)[0] == pytest.approx(natural(point)[0], rel=1e-9)


def test_priors_of_the_standardised_scale_are_those_in_points_over_25():
    model = tp.Model(scale="standardised")
    assert repr(model) == "Model(time_course='waning', scale='standardised')"
    rng = np.random.default_rng(1)
    for name in POINTS:
        points, sds = (roles[name].prior for roles in (LONGITUDINAL, STANDARDISED))
        ratio = np.std(points.draw(rng, 20_000)) / np.std(sds.draw(rng, 20_000))
        assert ratio == pytest.approx(25, rel=0.05)
        assert "SDs of the patients" in STANDARDISED[name].unit


def test_an_unknown_scale_is_refused():
    with pytest.raises(ModelError, match="expected one of natural, standardised"):
        tp.Model(scale="SMD")


def test_a_fixed_correlation_leaves_the_model(tmp_path):
    evidence = evidence_of(tmp_path, MIXED)
    free = LogDensity(tp.Model().build(evidence))
    fixed = LogDensity(tp.Model(priors={"rho": tp.priors.Fixed(0.6)}).build(evidence))
    assert set(free.names) - set(fixed.names) == {"rho_interval__"}
    rng = np.random.default_rng(4)
    point = free.point(rng)
    share = 0.6 / 0.95
    point["rho_interval__"] = np.log(share / (1 - share))
    rest = {name: value for name, value in point.items() if name in fixed.names}
    assert fixed(rest)[0] == pytest.approx(free(point)[0], rel=1e-9)


@pytest.mark.parametrize("value", [-0.1, 1.0])
def test_a_fixed_correlation_must_be_one(tmp_path, value):
    model = tp.Model(priors={"rho": tp.priors.Fixed(value)})
    with pytest.raises(ModelError, match=r"Fixed\(value\) within 0 <= rho < 1"):
        model.build(evidence_of(tmp_path, MIXED))
