"""A prior with its spread multiplied: quantiles against the factor, for every prior there is."""

import numpy as np
import pytest

from trialpool import priors

P = np.array([0.05, 0.3, 0.5, 0.8, 0.99])


@pytest.mark.parametrize("factor", [0.5, 2.0, 3.0])
@pytest.mark.parametrize(
    ("prior", "middle", "scale"),
    [
        (priors.Normal(3, 2), 3.0, np.asarray),
        (priors.HalfNormal(2), 0.0, np.asarray),
        (priors.HalfT(4, 2), 0.0, np.asarray),
        (priors.HalfCauchy(2), 0.0, np.asarray),
        (priors.DuMouchel(2), 0.0, np.asarray),
        (priors.Uniform(0, 5), 0.0, np.asarray),
        (priors.Uniform(-1, 5), 2.0, np.asarray),
        (priors.LogNormal(1, 0.4), 1.0, np.log),
        (priors.LogT(5, 1, 0.4), 1.0, np.log),
    ],
    ids=repr,
)
def test_every_quantile_moves_by_the_factor(prior, middle, scale, factor):
    other = prior.scaled(factor)
    assert type(other) is type(prior)
    assert repr(prior) in other.source
    expected = middle + factor * (scale(prior.quantile(P)) - middle)
    np.testing.assert_allclose(scale(other.quantile(P)), expected, rtol=1e-9, atol=1e-12)


def test_a_share_is_scaled_as_if_from_so_many_times_the_patients():
    one, other = priors.Beta(40, 60), priors.Beta(40, 60).scaled(2)
    assert other == priors.Beta(10, 15)
    sd = [np.diff(p.quantile([0.16, 0.84]))[0] for p in (one, other)]
    assert sd[1] / sd[0] == pytest.approx(2, rel=0.03)
    assert priors.LKJ(4).scaled(2) == priors.LKJ(1)


@pytest.mark.parametrize("prior", [priors.Fixed(2), priors.Flat()])
def test_some_have_no_spread(prior):
    assert prior.scaled(2) is None


def test_the_factor_is_positive():
    with pytest.raises(ValueError, match="factor"):
        priors.Normal(0, 1).scaled(0)
