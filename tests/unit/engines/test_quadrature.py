"""Plain estimates on a grid: exact against integrals, and left to other ways where it is not."""

import numpy as np
import pandas as pd
import pytest

import trialpool as tp
from tests.helpers import evidence_of, row, within_mcse
from tests.statistical import three_level
from tests.statistical.normal_normal import integrate
from trialpool.engines.quadrature import refusal

SE = np.array([0.12, 0.2, 0.31, 0.45, 0.55, 0.6, 0.25])
Y = np.array([0.31, 0.9, -0.2, 0.4, 1.6, 0.7, 0.15])


def evidence(**columns):
    frame = pd.DataFrame({"s": list("abcdefg"), "y": Y, "se": SE, **columns})
    return tp.Evidence.from_effects(frame, study="s", effect="y", se="se", covariates=list(columns))


def draws_of(model, given, **how):
    posterior = tp.fit(model, given, engine="collapsed", draws=2000, seed=2, **how)
    assert posterior.meta["engine"] == "collapsed" and posterior.meta["diagnostics"]["ok"]
    return posterior.tree["posterior"].to_dataset()


@pytest.mark.parametrize(
    ("tau", "mu"),
    [
        (tp.priors.HalfCauchy(0.5), None),
        (tp.priors.HalfNormal(0.3), (0.2, 0.5)),
        (tp.priors.Uniform(0, 0.6), None),
        (tp.priors.LogT(5, -1.2, 0.9), (0.0, 1.0)),
        (tp.priors.DuMouchel(0.25), None),
        (tp.priors.HalfNormal(1e-3), None),  # nearly no heterogeneity at all
        (tp.priors.Flat(), (0.0, 0.2)),
    ],
    ids=repr,
)
def test_draws_are_those_of_the_integral(tau, mu):
    effect = tp.priors.Flat() if mu is None else tp.priors.Normal(*mu)
    draws = draws_of(tp.Model(priors={"tau": tau, "effect": effect}), evidence())
    exact = integrate(Y, SE, log_prior_tau=tau.logpdf, mu_prior=mu, upper=60.0, points=3000)
    checks = {"effect": exact.mu, "tau": exact.tau, "predicted_effect": exact.predicted}
    found = {name: draws[name].values for name in checks}
    for i, name in enumerate("abcdefg"):
        checks[name] = exact.theta[i]
        found[name] = draws["study_effect"].sel(study=name).values
    for name, (mean, sd) in checks.items():
        assert within_mcse(found[name], mean), name
        assert found[name].std() == pytest.approx(sd, rel=0.05), name


def test_coefficients_are_those_of_the_integral():
    x = np.array([1.0, 3.0, 2.0, 5.0, 4.0, 8.0, 1.0])
    priors = {
        "effect": tp.priors.Normal(0, 1),
        "slope": tp.priors.Normal(0, 0.5),
        "bias": tp.priors.Normal(0, 2),
        "tau": tp.priors.HalfNormal(0.4),
    }
    draws = draws_of(tp.Model(covariates=["x"], small_study="pet", priors=priors), evidence(x=x))
    per_sd = (x - x.mean()) / x.std()
    exact = three_level.integrate(
        Y,
        np.diag(SE**2),
        np.column_stack([np.ones(7), per_sd, SE]),
        np.column_stack([np.ones(7), per_sd, np.zeros(7)]),
        precision=[1, 4, 1 / 4],
        log_priors=[priors["tau"].logpdf],
        upper=3.0,
        points=200,
    )
    for name, (mean, sd) in (
        ("effect", exact.coefficients[0]),
        ("bias", exact.coefficients[2]),
        ("tau", exact.tau),
    ):
        assert within_mcse(draws[name].values, mean), name
        assert draws[name].values.std() == pytest.approx(sd, rel=0.05), name
    mean, sd = exact.coefficients[1]
    assert within_mcse(draws["slope"].sel(covariate="x").values, mean / x.std())


def test_known_numbers_are_no_variables():
    priors = {"tau": tp.priors.Fixed(0.3), "effect": tp.priors.Flat()}
    draws = draws_of(tp.Model(priors=priors), evidence())
    weight = 1 / (SE**2 + 0.09)
    assert "tau" not in draws
    assert within_mcse(draws["effect"].values, (weight * Y).sum() / weight.sum())
    assert draws["effect"].values.std() == pytest.approx(weight.sum() ** -0.5, rel=0.02)


def test_a_common_effect_is_the_inverse_variance_mean():
    draws = draws_of(tp.Model(pooling={"trial": "complete"}), evidence())
    assert within_mcse(draws["effect"].values, (Y / SE**2).sum() / (1 / SE**2).sum())
    np.testing.assert_array_equal(draws["predicted_effect"], draws["effect"])
    assert "tau" not in draws


def test_names_and_dims_are_those_of_the_pymc_model():
    model, given = tp.Model(covariates=["x"], small_study="peese"), evidence(x=np.arange(7.0))
    draws = draws_of(model, given)
    built = model.build(given)
    for name, values in draws.items():
        assert values.dims == ("chain", "draw", *built.named_vars_to_dims.get(name, ())), name
    reported = {v.name for v in built.deterministics} | {"effect", "tau", "bias", "slope_per_sd"}
    assert set(draws) == reported


def test_the_same_seed_gives_the_same_draws():
    one, again = (tp.fit(tp.Model(), evidence(), seed=5, draws=50) for _ in range(2))
    other = tp.fit(tp.Model(), evidence(), seed=6, draws=50)
    assert one.tree["posterior"].equals(again.tree["posterior"])
    assert not one.tree["posterior"].equals(other.tree["posterior"])


def test_what_the_grid_does_not_integrate_is_left_to_other_ways(tmp_path):
    pain = evidence_of(tmp_path, [row("A", "prp", "difference", 6, mean=-9, se=4, versus="saline")])
    frame = pd.DataFrame({"s": list("abc"), "y": Y[:3], "se": SE[:3], "lab": ["u", "u", "v"]})
    clustered = tp.Evidence.from_effects(frame, study="s", effect="y", se="se", cluster="lab")
    for model, given, why in (
        (tp.Model(), pain, "pain"),
        (tp.Model(), clustered, "not independent"),
        (tp.Model(small_study="selection"), evidence(), "selection"),
        (tp.Model(trial_weights={"a": 0.5}), evidence(), "weights"),
        (tp.Model(pooling={"trial": "none"}), evidence(), "not pooled"),
        (tp.Model(priors={"effect": tp.priors.Uniform(0, 1)}), evidence(), "Uniform"),
    ):
        assert why in refusal(model, given)
    assert refusal(tp.Model(), evidence()) is None
