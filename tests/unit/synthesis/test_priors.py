"""Priors: densities against integration and PyMC, draws against densities, printing, refusals."""

import numpy as np
import pymc as pm
import pytest
from scipy import integrate, stats

from tests.helpers import QUICK
from trialpool import priors
from trialpool.synthesis.priors import DuMouchel

PROPER = [
    priors.Normal(1.5, 0.7),
    priors.Uniform(-1.0, 3.0),
    priors.Beta(2.0, 3.0),
    priors.HalfNormal(0.5),
    priors.HalfT(3, 2.0),
    priors.HalfCauchy(0.8),
    priors.LogNormal(-1.28, 0.87),
    priors.LogT(5, -0.5, 0.6),
    DuMouchel(0.4),
]
#: Known only through their logarithm, which is the variable that PyMC samples.
BY_LOGARITHM = (priors.LogT, DuMouchel)


def support(prior):
    if isinstance(prior, priors.Uniform):
        return prior.low, prior.high
    return (0.0, np.inf) if prior.positive else (-np.inf, np.inf)


def probability(prior, upper):
    """P(x <= upper), by quadrature of the density; on the log scale where x is positive."""
    if prior.positive:

        def density(log_x):
            return np.exp(prior.logpdf(np.exp(log_x)) + log_x)

        ends = (-60.0, 60.0 if np.isinf(upper) else np.log(upper))
        return integrate.quad(density, *ends, points=[-2.0, 0.0, 2.0], limit=500)[0]
    return integrate.quad(lambda x: np.exp(prior.logpdf(x)), support(prior)[0], upper)[0]


@pytest.mark.parametrize("prior", PROPER, ids=repr)
def test_density_integrates_to_one(prior):
    assert probability(prior, support(prior)[1]) == pytest.approx(1, abs=1e-7)


@pytest.mark.parametrize("prior", PROPER, ids=repr)
def test_density_is_that_of_the_pymc_variable(prior):
    x = np.array([0.01, 0.2, 0.9, 2.5])
    with pm.Model() as model:
        prior.register("x", positive=prior.positive)
    if isinstance(prior, BY_LOGARITHM):
        ours = prior.logpdf(x) + np.log(x)
        theirs = pm.logp(model["log_x"], np.log(x))
    else:
        ours, theirs = prior.logpdf(x), pm.logp(model["x"], x)
    # PyMC keeps normalising constants in single precision where the parameters fit into it.
    np.testing.assert_allclose(ours, theirs.eval(mode=QUICK), rtol=1e-7)


@pytest.mark.parametrize("prior", PROPER, ids=repr)
def test_draws_follow_the_density(prior):
    size = 20_000
    draws = prior.draw(np.random.default_rng(3), size)
    assert draws.shape == (size,)
    for p in (0.1, 0.5, 0.9):
        expected = probability(prior, np.quantile(draws, p))
        assert abs(expected - p) < 4.5 * np.sqrt(p * (1 - p) / size)


@pytest.mark.parametrize("prior", PROPER, ids=repr)
def test_same_generator_same_draws(prior):
    one, other = (prior.draw(np.random.default_rng(8), 5) for _ in range(2))
    assert np.array_equal(one, other)


@pytest.mark.parametrize("prior", [p for p in PROPER if p.positive], ids=repr)
def test_positive_priors_give_nothing_below_zero(prior):
    assert prior.logpdf(-0.1) == -np.inf
    assert prior.draw(np.random.default_rng(0), 1000).min() >= 0


def test_known_special_cases():
    x = np.array([0.0, 0.3, 4.0])
    np.testing.assert_allclose(priors.HalfT(1, 0.8).logpdf(x), priors.HalfCauchy(0.8).logpdf(x))
    np.testing.assert_allclose(
        priors.HalfT(1e7, 0.8).logpdf(x), priors.HalfNormal(0.8).logpdf(x), rtol=1e-4
    )
    np.testing.assert_allclose(
        priors.LogT(1e7, -1, 0.5).logpdf(x[1:]), priors.LogNormal(-1, 0.5).logpdf(x[1:]), rtol=1e-4
    )


def test_log_normal_is_on_the_scale_of_the_logarithm():
    expected = stats.norm(-1.28, 0.87).logpdf(np.log(0.3)) - np.log(0.3)
    assert priors.LogNormal(-1.28, 0.87).logpdf(0.3) == pytest.approx(expected)


def test_dumouchel_is_its_formula_with_its_scale_as_median():
    tau = np.array([0.0, 0.1, 1.0, 9.0])
    np.testing.assert_allclose(np.exp(DuMouchel(0.4).logpdf(tau)), 0.4 / (0.4 + tau) ** 2)
    assert probability(DuMouchel(0.4), 0.4) == pytest.approx(0.5, abs=1e-8)


def test_flat_is_improper():
    flat = priors.Flat()
    assert np.array_equal(flat.logpdf([-3.0, 0.0, 1e6]), np.zeros(3))
    with pytest.raises(ValueError, match="improper"):
        flat.draw(np.random.default_rng(0), 2)


def test_flat_scale_stays_positive():
    with pm.Model() as model:
        priors.Flat().register("anywhere")
        priors.Flat().register("scale", positive=True)
    transforms = {rv.name: model.rvs_to_transforms[rv] for rv in model.free_RVs}
    assert transforms["anywhere"] is None
    assert transforms["scale"] is not None


@pytest.mark.parametrize("prior", [*PROPER, priors.Flat()], ids=repr)
def test_dims_give_one_value_a_label(prior):
    with pm.Model(coords={"trial": ["A", "B", "C"]}) as model:
        prior.register("x", positive=prior.positive, dims="trial")
    assert model.named_vars_to_dims["x"] == ("trial",)
    assert model["x"].type.ndim == 1


@pytest.mark.parametrize("prior", [*PROPER, priors.Flat()], ids=repr)
def test_prints_as_written(prior):
    names = {name: getattr(priors, name) for name in dir(priors) if name[0].isupper()}
    assert eval(repr(prior), names) == prior


def test_repr_names_its_arguments():
    assert repr(priors.Normal(0, 15)) == "Normal(mean=0, sd=15)"
    assert repr(priors.Flat()) == "Flat()"
    assert repr(priors.LogT(5, -1, 0.5)) == "LogT(nu=5, mean=-1, scale=0.5)"


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: priors.Normal(0, 0), "Normal: sd must be finite and > 0, got 0"),
        (lambda: priors.HalfNormal(-1), "HalfNormal: sd"),
        (lambda: priors.HalfNormal(float("nan")), "got nan"),
        (lambda: priors.HalfCauchy(float("inf")), "HalfCauchy: scale"),
        (lambda: priors.HalfT(0, 1), "HalfT: nu"),
        (lambda: priors.HalfT(3, 0), "HalfT: scale"),
        (lambda: priors.LogNormal(0, 0), "LogNormal: sd"),
        (lambda: priors.LogT(5, 0, -1), "LogT: scale"),
        (lambda: DuMouchel(0), "DuMouchel: scale"),
        (lambda: priors.Uniform(1, 1), "low must be finite and below high"),
        (lambda: priors.Uniform(0, float("inf")), "Uniform"),
    ],
)
def test_impossible_parameters_are_refused(make, match):
    with pytest.raises(ValueError, match=match):
        make()


# --------------------------------------------------------------------- quantiles, support, sources


@pytest.mark.parametrize("prior", PROPER, ids=repr)
def test_quantiles_invert_the_density(prior):
    for p in (0.025, 0.5, 0.9):
        assert probability(prior, float(prior.quantile(p))) == pytest.approx(p, abs=1e-6)
    assert prior.quantile([0.1, 0.2]).shape == (2,)


@pytest.mark.parametrize("prior", PROPER, ids=repr)
def test_nothing_lies_outside_the_support(prior):
    low, high = prior.support
    outside = [end for end in (low - 0.1, high + 0.1) if np.isfinite(end)]
    assert np.isneginf(prior.logpdf(outside)).all()
    assert prior.positive == (low >= 0)


def test_a_prior_is_positive_where_its_support_is():
    assert priors.Uniform(0, 1).positive and not priors.Uniform(-1, 1).positive
    assert priors.Fixed(0.6).positive and not priors.Fixed(-0.6).positive
    assert not priors.Flat().positive
    assert priors.Fixed(0.6).quantile([0.1, 0.9]).tolist() == [0.6, 0.6]


def test_a_source_is_kept_and_makes_no_difference():
    told = priors.HalfNormal(5, source="Smith 2020, table 2")
    assert told == priors.HalfNormal(5) and repr(told) == "HalfNormal(sd=5)"
    assert told.given == "given by the user: Smith 2020, table 2"
    assert priors.HalfNormal(5).given == "given by the user"
