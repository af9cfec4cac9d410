"""Priors of PreliZ and PyMC: density, draws and model variable are those of the distribution."""

from types import SimpleNamespace

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import pytest
from scipy import stats

from tests.helpers import QUICK
from trialpool import priors
from trialpool.errors import ModelError
from trialpool.synthesis.priors import Flat, as_prior

GAMMA = stats.gamma(2, scale=0.25)


class PrelizGamma:
    """The surface of a PreliZ 0.28 distribution, which is not a dependency."""

    kind = "continuous"
    support = (0, np.inf)
    is_frozen = True

    def __repr__(self):
        return "Gamma(alpha=2, beta=4)"

    def logpdf(self, x):
        return GAMMA.logpdf(x)

    def ppf(self, q):
        return GAMMA.ppf(q)

    def rvs(self, size=None, random_state=None):
        return GAMMA.rvs(size, random_state=random_state)

    def to_pymc(self, name=None, **kwargs):
        return pm.Gamma(name, alpha=2, beta=4, **kwargs)


GIVEN = {
    "preliz": lambda: (PrelizGamma(), GAMMA),
    "gamma": lambda: (pm.Gamma.dist(2, 4), GAMMA),
    "normal": lambda: (pm.Normal.dist(1, 2), stats.norm(1, 2)),
    "half_normal": lambda: (pm.HalfNormal.dist(2), stats.halfnorm(scale=2)),
    "student": lambda: (pm.StudentT.dist(4, mu=1, sigma=2), stats.t(4, 1, 2)),
    "uniform": lambda: (pm.Uniform.dist(0.2, 3), stats.uniform(0.2, 2.8)),
    "beta": lambda: (pm.Beta.dist(2, 3), stats.beta(2, 3)),
    "truncated": lambda: (
        pm.TruncatedNormal.dist(0, 1, lower=0),
        stats.truncnorm(0, np.inf),
    ),
}


@pytest.fixture(params=GIVEN)
def given(request):
    return GIVEN[request.param]()


def test_density_and_support_are_those_of_the_distribution(given):
    prior, oracle = as_prior(given[0]), given[1]
    x = np.array([-0.5, 0.3, 0.7, 2.5])
    # PyMC keeps normalising constants in single precision where the parameters fit into it.
    np.testing.assert_allclose(prior.logpdf(x), oracle.logpdf(x), rtol=1e-6)
    assert prior.support == pytest.approx(oracle.support())
    assert prior.positive == (oracle.support()[0] >= 0)


def test_draws_and_quantiles_are_those_of_the_distribution(given):
    prior, oracle = as_prior(given[0]), given[1]
    size = 4000
    one, other = (prior.draw(np.random.default_rng(2), size) for _ in range(2))
    assert one.shape == (size,) and np.array_equal(one, other)
    for p in (0.1, 0.5, 0.9):
        assert abs(np.mean(one < oracle.ppf(p)) - p) < 4.5 * np.sqrt(p * (1 - p) / size)
        # From 100,000 draws where PyMC has no formula.
        assert abs(oracle.cdf(prior.quantile(p)) - p) < 0.01


def test_it_becomes_a_variable_with_dims_and_transform(given):
    prior, oracle = as_prior(given[0]), given[1]
    with pm.Model(coords={"class": ["PRP", "MSC"]}) as model:
        prior.register("one")
        prior.register("by_class", dims="class")
    assert model.named_vars_to_dims == {"by_class": ("class",)}
    assert [rv.name for rv in model.free_RVs] == ["one", "by_class"]
    x = np.array([0.4, 0.9])
    density = pm.logp(model["by_class"], x).eval(mode=QUICK)
    np.testing.assert_allclose(density, oracle.logpdf(x), rtol=1e-6)
    bounded = bool(np.isfinite(oracle.support()).any())
    assert (model.rvs_to_transforms[model["one"]] is not None) == bounded


def test_one_distribution_may_serve_two_roles_and_stays_unnamed():
    variable = pm.Normal.dist(0, 1)
    prior = as_prior(variable)
    with pm.Model() as model:
        both = [prior.register("a"), prior.register("b")]
    assert variable.name is None and set(model.named_vars) == {"a", "b"}
    a, b = pm.draw(both, draws=50, random_seed=1, mode=QUICK)
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.6


def test_they_print_what_they_are():
    assert repr(as_prior(PrelizGamma())) == "PreliZ Gamma(alpha=2, beta=4)"
    # PyMC turns the rate into a scale; the names say so.
    assert repr(as_prior(pm.Gamma.dist(2, 4))) == "PyMC Gamma(alpha=2, scale=0.25)"
    assert repr(as_prior(pm.LogNormal.dist(0, 0.5))) == "PyMC LogNormal(mu=0, sigma=0.5)"
    mixture = pm.Mixture.dist([0.5, 0.5], [pm.Normal.dist(0, 1), pm.Normal.dist(0, 4)])
    assert repr(as_prior(mixture)).startswith("PyMC Mixture([0.5 0.5], Normal(mu=0, sigma=1)")


def test_our_own_pass_unchanged_and_flat_stays_flat():
    prior = priors.HalfNormal(5)
    assert as_prior(prior) is prior
    assert as_prior(pm.Flat.dist()) == as_prior(pm.HalfFlat.dist()) == Flat()


def with_kind(**changed):
    gamma = PrelizGamma()
    for name, value in changed.items():
        setattr(gamma, name, value)
    return gamma


def named():
    with pm.Model():
        return pm.Gamma("x", 2, 1)


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: 5, "got 5, a int; expected a prior of trialpool.priors"),
        (lambda: "HalfNormal(5)", "a str; expected"),
        (lambda: stats.norm(0, 1), "PreliZ distribution such as"),
        (lambda: SimpleNamespace(rvs=1, logpdf=2), "a SimpleNamespace; expected"),
        (lambda: with_kind(kind="discrete"), "which is discrete; expected a continuous one"),
        (lambda: with_kind(is_frozen=False), "without all its parameters"),
        (lambda: pm.Poisson.dist(3), "expected a continuous distribution of one number"),
        (lambda: pm.Normal.dist(0, 1, shape=3), "expected a continuous distribution of one"),
        (lambda: pm.MvNormal.dist(np.zeros(2), np.eye(2)), "of one number"),
        (lambda: pm.Normal.dist(0, pm.HalfNormal.dist(1)), "whose parameters are random"),
        (named, "variable x, which is not an unnamed distribution"),
        (lambda: pt.scalar(), "not an unnamed distribution"),
        (lambda: pt.exp(pm.Normal.dist(0, 1)), "not an unnamed distribution"),
    ],
)
def test_what_is_no_prior_is_refused(make, match):
    with pytest.raises(ModelError, match=match):
        as_prior(make())
