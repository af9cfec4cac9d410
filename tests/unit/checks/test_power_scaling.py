"""Power-scaling against ArviZ, and against the conjugate posterior under other powers."""

import arviz as az
import numpy as np
import pytest
import xarray as xr
from scipy import stats

import trialpool as tp
from tests.helpers import evidence_of, row
from trialpool import checks
from trialpool.engines import LOG_PRIOR

PRIOR, Y, SE = (0.0, 1.0), 1.2, 0.8


def conjugate(power):
    """Mean and SD of the posterior of a normal mean whose prior is raised to a power."""
    precision = power / PRIOR[1] ** 2 + 1 / SE**2
    mean = (power * PRIOR[0] / PRIOR[1] ** 2 + Y / SE**2) / precision
    return mean, precision**-0.5


@pytest.fixture(scope="module")
def draws():
    mean, sd = conjugate(1.0)
    return np.random.default_rng(3).normal(mean, sd, size=(4, 2000))


def test_sensitivity_is_that_of_arviz(draws):
    def group(values):
        return xr.Dataset({"mu": (("chain", "draw"), values)})

    log_prior = stats.norm(*PRIOR).logpdf(draws)
    parts = {
        "/posterior": group(draws),
        "/log_prior": group(log_prior),
        "/log_likelihood": group(stats.norm(draws, SE).logpdf(Y)),
    }
    tree = xr.DataTree.from_dict(parts)
    for which in ("prior", "likelihood"):
        expected = float(az.psense(tree, group=which)["mu"])
        values = tree[f"log_{which}"]["mu"].values
        assert checks.sensitivity(values, draws.ravel()) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("power", "column"), [(0.5, "at power 1/2"), (2.0, "at power 2")])
def test_probabilities_at_other_powers_are_the_conjugate_ones(draws, power, column):
    from trialpool.checks.power_scaling import _row

    log_prior = stats.norm(*PRIOR).logpdf(draws)
    row = _row("mu > 0.5", "mu", log_prior, (draws > 0.5).ravel().astype(float), draws.ravel())
    assert row[column] == pytest.approx(stats.norm.sf(0.5, *conjugate(power)), abs=0.02)


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """Means of three trials over time, and the posterior as it comes back from its file."""
    folder = tmp_path_factory.mktemp("folder")
    rows = [
        row(trial, arm, "mean", months, mean=mean + shift, sd=20, n=40)
        for trial, shift in (("A", 0), ("B", 4), ("C", -3))
        for arm, mean in (("prp", 42), ("saline", 50))
        for months in (6, 12)
    ]
    model = tp.Model(time_course="constant", priors={"tau": tp.priors.LogT(5, 1, 1)})
    evidence = evidence_of(folder / "trials", rows)
    posterior = tp.fit(model, evidence, seed=1, draws=300, tune=300, chains=2, progress=False)
    posterior.save(folder / "pain.nc")
    return model, evidence, tp.load(folder / "pain.nc")


def test_a_fit_writes_the_log_density_of_its_priors(fitted):
    model, evidence, posterior = fitted
    group = posterior.tree[LOG_PRIOR].to_dataset()
    drawn = posterior.tree["posterior"].to_dataset()
    priors = model.priors_for(evidence)
    assert set(group.data_vars) == {
        "baseline", "effect", "log_tau", "drift", "spread", "spread_sd", "control_change", "rho",
    }  # fmt: skip
    for role, name in (("effect", "effect"), ("spread", "spread"), ("control", "control_change")):
        expected = priors[role].logpdf(drawn[name].values).reshape(2, 300, -1).sum(axis=2)
        np.testing.assert_allclose(group[name], expected, rtol=1e-5)
    t = stats.t(5, 1, 1).logpdf(drawn["log_tau"].values)
    np.testing.assert_allclose(group["log_tau"], t, rtol=1e-5)


def test_every_answer_has_a_row_for_each_prior(fitted):
    posterior = fitted[2]
    found = checks.power_scaling(posterior, ["PRP works at 12 months"])
    assert found.passed is None
    what = [row["what"] for row in found.table]
    assert what[-2:] == ["all priors", "the trials"]
    assert {"effect", "log_tau", "drift", "baseline"} <= set(what)
    assert "rho" not in what  # uniform: no scale to weigh by
    usual = checks.power_scaling(posterior)
    assert [r["sensitivity"] for r in usual.table] == [r["sensitivity"] for r in found.table]
    with pytest.raises(tp.TrialpoolError, match="understood"):
        checks.power_scaling(posterior, ["gibberish about nothing"])


def test_without_log_densities_it_says_what_to_do(posterior_of, white):
    found = checks.power_scaling(posterior_of({"effect": ((), white)}))
    assert found.passed is None
    assert "trialpool sweep" in found.text
