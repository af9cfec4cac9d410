"""Differences, standardised differences and p-values against the covariance of arms' means."""

from functools import cache

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
import pytest
from scipy import stats

from tests.helpers import QUICK, row
from tests.unit.synthesis.known_courses import NODES, RHO, SPREAD, WEIGHTS, Fixed, no_errors
from trialpool.synthesis.longitudinal import _coords
from trialpool.synthesis.observations import SharedErrors, difference_term, p_value_term
from trialpool.synthesis.observations.comparisons import statistic_logp

PAIR_SD = SPREAD  # both arms of `Fixed` have the same


def level_errors(design):
    """Levels of the first and the second arm as free scalars, and their shared errors."""
    first, second = pt.dscalars("first", "second")
    z = pt.stack([first, second]) * np.ones(2)
    return (first, second), SharedErrors(SPREAD * np.sqrt(RHO) * z, pt.zeros(2), np.sqrt(RHO) * z)


def over_levels(term, inputs):
    """Joint density of the rows, the two arms' levels integrated over standard normals."""
    density = pytensor.function(inputs, term.log_density, mode=QUICK)
    some = slice(15, 45)
    grid = np.array([[np.exp(density(a, b).sum()) for b in NODES[some]] for a in NODES[some]])
    return float(WEIGHTS[some] @ grid @ WEIGHTS[some])


def test_differences_of_one_pair_of_arms_share_rho_of_their_error(tmp_path):
    rows = [
        row("T", "prp", "difference", months, mean=mean, se=se, versus="saline")
        for months, mean, se in ((6, -7, 4), (12, -12, 5))
    ]
    fixed = Fixed(tmp_path, rows)
    inputs, shared = level_errors(fixed.design)
    with pm.Model(coords=_coords(fixed.design)):
        term = difference_term(fixed.design, fixed.courses, shared)
    covariance = np.array([[16, RHO * 20], [RHO * 20, 25]])
    expected = stats.multivariate_normal([-9, -9], covariance).pdf([-7, -12])
    assert over_levels(term, inputs) == pytest.approx(expected, rel=1e-4)
    np.testing.assert_allclose(term.expected.eval(mode=QUICK), [-9, -9])


def test_a_difference_seen_once_is_normal_around_the_difference_of_benefits(tmp_path):
    rows = [row("T", "prp", "difference", 6, mean=-7, se=4, versus="saline")]
    term = Fixed(tmp_path, rows).term(lambda d, c: difference_term(d, c, no_errors(d)))
    assert float(term.log_density.eval(mode=QUICK)[0]) == pytest.approx(
        stats.norm(-9, 4).logpdf(-7)
    )


@pytest.mark.parametrize("sizes", [(30, 40, 50), None], ids=["sizes", "no sizes"])
def test_differences_from_a_shared_control_have_the_covariance_of_its_mean(tmp_path, sizes):
    # The oracle: errors of three independent means, and differences of them.
    n = np.array(sizes or (1, 1, 1), dtype=float)
    variance = 36 / n if sizes is None else SPREAD**2 / n
    se = np.sqrt(variance[:2] + variance[2])
    known = [{"n": n[i], "versus_n": n[2]} if sizes else {} for i in (0, 1)]
    rows = [
        row("T", arm, "difference", 6, mean=mean, se=error, versus="saline", **cells)
        for arm, mean, error, cells in zip(("prp", "msc"), (-7, 2), se, known, strict=True)
    ]
    fixed = Fixed(tmp_path, rows)
    term = fixed.term(lambda d, c: difference_term(d, c, no_errors(d)))
    contrast = np.array([[1, 0, -1], [0, 1, -1]])
    covariance = contrast @ np.diag(variance) @ contrast.T
    expected = stats.multivariate_normal([-9, 0], covariance).logpdf([-7, 2])
    assert term.log_density.eval(mode=QUICK).sum() == pytest.approx(expected, rel=1e-9)


def test_a_standardised_difference_is_in_sds_of_the_patients(tmp_path):
    rows = [row("T", "prp", "difference", 6, mean=-0.3, se=0.2, scale="SMD", versus="saline")]
    term = Fixed(tmp_path, rows).term(lambda d, c: difference_term(d, c, no_errors(d)))
    assert float(term.expected.eval(mode=QUICK)[0]) == pytest.approx(-9 / PAIR_SD)
    assert float(term.log_density.eval(mode=QUICK)[0]) == pytest.approx(
        stats.norm(-9 / PAIR_SD, 0.2).logpdf(-0.3)
    )


# ---------------------------------------------------------------------------------------- p-values


@cache
def compiled():
    """Log density of a statistic and its slope in mu."""
    mu, sd, low, high = inputs = pt.dscalars("mu", "sd", "low", "high")
    directed = pt.bscalar("directed")
    density = statistic_logp(low, mu, sd, low, high, directed)
    slope = pytensor.grad(density, mu)
    return pytensor.function([*inputs, directed], [density, slope], mode=QUICK)


def density_of(mu, sd, low, high, directed):
    return float(compiled()(mu, sd, low, high, directed)[0])


@pytest.mark.parametrize("mu", [-30.0, -2.0, 0.0, 0.7, 3.0, 30.0])
@pytest.mark.parametrize("sd", [1.0, 0.6])
@pytest.mark.parametrize("bounds", [(1.96, np.inf), (-1.96, 1.96), (0.0, 1.96), (-np.inf, -3.29)])
def test_an_interval_of_the_statistic_has_its_probability(mu, sd, bounds):
    low, high = (np.array(bounds) - mu) / sd
    # On the side of the small tails, where SciPy too keeps its digits.
    low, high = (-high, -low) if low + high > 0 else (low, high)
    far = stats.norm.logcdf(low) - stats.norm.logcdf(high)
    expected = stats.norm.logcdf(high) + np.log1p(-np.exp(far))
    assert density_of(mu, sd, *bounds, True) == pytest.approx(expected, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("bounds", [(2.3, 2.3), (1.96, np.inf)])
def test_a_statistic_of_unknown_sign_is_the_sum_over_both_signs(bounds):
    both = [np.exp(density_of(mu, 0.8, *bounds, True)) for mu in (1.1, -1.1)]
    assert density_of(1.1, 0.8, *bounds, False) == pytest.approx(np.log(sum(both)))


def test_an_exact_statistic_is_normal():
    assert density_of(1.1, 0.8, 2.3, 2.3, True) == pytest.approx(stats.norm(1.1, 0.8).logpdf(2.3))


def test_gradients_are_finite_everywhere():
    for low, high in ((1.96, np.inf), (-1.96, 1.96), (-np.inf, -1.0), (2.0, 2.0)):
        for directed in (True, False):
            for mu in (-60.0, -5.0, 0.0, 2.0, 60.0):
                assert np.all(np.isfinite(compiled()(mu, 1.0, low, high, directed)))


def test_a_p_value_is_of_the_standardised_gain(tmp_path):
    rows = [
        row("T", "prp", "p_value", 6, p="<0.05", n=40, versus="saline", versus_n=60, favours="prp")
    ]
    fixed = Fixed(tmp_path, rows)
    term = fixed.term(lambda d, c: p_value_term(d, c, no_errors(d)))
    z = 9 / (PAIR_SD * np.sqrt(1 / 40 + 1 / 60))
    assert float(term.expected.eval(mode=QUICK)[0]) == pytest.approx(z)
    low = float(fixed.design.p_values.low[0])
    assert low == pytest.approx(1.96, rel=0.03)
    assert float(term.log_density.eval(mode=QUICK)[0]) == pytest.approx(stats.norm.logsf(low - z))


def test_tests_against_one_arm_share_its_error(tmp_path):
    rows = [
        row("T", arm, "p_value", 6, p="ns", n=n, versus="saline", versus_n=30)
        for arm, n in (("prp", 20), ("msc", 40))
    ]
    fixed = Fixed(tmp_path, rows)
    with pm.Model(coords=_coords(fixed.design)) as model:
        term = p_value_term(fixed.design, fixed.courses, no_errors(fixed.design))
    density = pytensor.function([model["tested_z"]], term.log_density, mode=QUICK)
    found = WEIGHTS @ [np.exp(density(np.array([z])).sum()) for z in NODES]
    n = np.array([20, 40, 30])
    contrast = np.array([[1, 0, -1], [0, 1, -1]])
    covariance = contrast @ np.diag(1 / n) @ contrast.T
    se = np.sqrt(np.diag(covariance))
    normal = stats.multivariate_normal(
        np.array([9, 0]) / (PAIR_SD * se), covariance / np.outer(se, se)
    )
    high = fixed.design.p_values.high
    expected = normal.cdf(high, lower_limit=-high)
    assert found == pytest.approx(expected, rel=1e-3)
