"""The scale of hyper-parameters, and peaks on it."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import trialpool as tp
from trialpool.engines import values_of
from trialpool.engines.peak import curvature
from trialpool.engines.scale import at_scale, normal_scale


def plain(**priors):
    model = tp.Model(priors=priors, small_study="selection")
    frame = {"s": list("abc"), "y": [0.1, 0.4, 0.2], "se": [0.1, 0.2, 0.3]}
    return model.graph(
        tp.Evidence.from_effects(pd.DataFrame(frame), study="s", effect="y", se="se")
    )


@pytest.mark.parametrize(
    "prior",
    [
        tp.priors.HalfNormal(0.5),
        tp.priors.HalfCauchy(0.3),
        tp.priors.LogNormal(-1, 0.8),
        tp.priors.Uniform(0, 2),
        tp.priors.HalfT(4, 0.5),
    ],
)
def test_priors_are_standard_normal_on_the_scale(prior):
    graph = plain(tau=prior)
    (tau,) = (free for free in graph.free if free.name == "tau")
    hyper = np.arange(tau.place.start, tau.place.stop)
    scale = normal_scale(graph, hyper)
    for u in (-4.03, -1.57, 0.0, 0.9, 3.3):
        value, slope = at_scale(scale, 0, u)
        point = np.zeros((1, graph.size))
        point[0, hyper] = value
        (density,) = values_of(graph, [tau.log_prior], point)
        assert np.ravel(density)[0] + np.log(slope) == pytest.approx(stats.norm.logpdf(u), abs=2e-3)


def test_the_slope_is_that_of_the_curve_at_knots_between_and_beyond():
    scale = normal_scale(graph := plain(tau=tp.priors.HalfNormal(1)), np.arange(graph.size))
    for u in (-9.0, -6.0, -5.99, -0.55, -0.5, 0.013, 5.97, 6.0, 8.0):
        for i in range(len(scale)):
            ends = [at_scale(scale, i, u + move)[0] for move in (-1e-6, 1e-6)]
            slope = at_scale(scale, i, u)[1]
            assert slope > 0
            assert (ends[1] - ends[0]) / 2e-6 == pytest.approx(slope, rel=1e-4)


def test_the_peak_and_the_width_of_a_normal():
    mean = np.array([0.3, -2.0, 1.0])
    covariance = np.array([[0.5, 0.3, 0.0], [0.3, 0.4, 0.02], [0.0, 0.02, 0.01]])
    density = stats.multivariate_normal(mean, covariance)
    peak, found = curvature(lambda u: np.atleast_1d(density.logpdf(u)), np.zeros(3))
    np.testing.assert_allclose(found, covariance, rtol=1e-4, atol=1e-6)
    apart = peak - mean
    assert apart @ np.linalg.solve(covariance, apart) < 0.1


def test_where_nothing_curves_down_the_width_is_that_of_a_prior():
    peak, found = curvature(lambda u: np.zeros(len(u)), np.zeros(2))
    np.testing.assert_allclose(peak, 0)
    assert 1 <= found[0, 0] <= 2
