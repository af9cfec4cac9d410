"""Means, changes, medians and percentages against the covariance of the means of patients."""

import numpy as np
import pymc as pm
import pytensor
import pytest
from scipy import stats

from tests.helpers import QUICK, row
from tests.unit.synthesis.known_courses import BASELINE, RHO, SPREAD, Fixed, no_errors, patients
from trialpool.synthesis.longitudinal import _coords
from trialpool.synthesis.observations import mean_terms
from trialpool.synthesis.observations.scores import VISIT_LOG_SD

# ------------------------------------------------------------------------------ means and changes


def test_standard_errors_without_a_printed_one_are_those_of_simulated_patients(tmp_path):
    rows = [
        row("T", "prp", "change", 6, n=25, mean=-20),
        row("T", "saline", "mean", 6, n=36, mean=50),
    ]
    term = Fixed(tmp_path, rows).term(lambda d, c: mean_terms(d, c, no_errors(d))[0][-1])
    expected, found = (np.asarray(x.eval(mode=QUICK)) for x in (term.expected, term.sd))
    rng = np.random.default_rng(2)
    before, after, _ = patients(rng, 25, change=-12.0, gain=9.0, shape=(20_000,))
    changes = (after - before).mean(axis=1)
    assert found[0] == pytest.approx(changes.std(), rel=0.025)
    assert found[0] == pytest.approx(SPREAD * np.sqrt(2 * (1 - RHO) / 25))
    assert expected[0] == pytest.approx(-21.0) and abs(changes.mean() + 21) < 0.15
    assert found[1] == pytest.approx(SPREAD / 6)
    assert expected[1] == pytest.approx(48.0)


#: Rows of the active arm, each with the weights of Y(0), Y(6), Y(12) that it is a mean of.
VIEWS = {
    "two visits": [("mean", 6, (0, 1, 0)), ("mean", 12, (0, 0, 1))],
    "two changes": [("change", 6, (-1, 1, 0)), ("change", 12, (-1, 0, 1))],
    "baseline and visits": [
        ("mean", 0, (1, 0, 0)), ("mean", 6, (0, 1, 0)), ("mean", 12, (0, 0, 1)),
    ],
    "baseline and changes": [
        ("mean", 0, (1, 0, 0)), ("change", 6, (-1, 1, 0)), ("change", 12, (-1, 0, 1)),
    ],
    "mean and change": [("mean", 6, (0, 1, 0)), ("change", 12, (-1, 0, 1))],
}  # fmt: skip


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("printed", [False, True], ids=["no SD", "printed SD"])
def test_rows_of_one_arm_have_the_covariance_of_the_means_of_their_patients(
    tmp_path, name, printed
):
    views, n = VIEWS[name], 30
    weights = np.array([w for _, _, w in views], dtype=float)
    scores = SPREAD**2 * ((1 - RHO) * np.eye(3) + RHO)
    covariance = weights @ scores @ weights.T / n
    mean = weights @ (BASELINE + np.array([0.0, -21.0, -21.0]))
    y = np.round(mean + np.array([2.0, -3.0, 4.0])[: len(views)], 2)
    sd = {"sd": 21} if printed else {}
    rows = []
    for (kind, months, _), value in zip(views, y, strict=True):
        control = -12 if kind == "change" else 48
        rows.append(row("T", "prp", kind, months, n=n, mean=value, **sd))
        rows.append(row("T", "saline", kind, months, n=n, mean=control, **sd))
    visit_z = None
    if printed:  # each visit's SD deviates from the arm's, and its errors with it
        visit_z = np.linspace(-1.5, 1.5, len(rows))
        factor = np.exp(VISIT_LOG_SD * visit_z[::2])
        covariance = factor[:, None] * covariance * factor
    density = Fixed(tmp_path, rows).joint_density(
        lambda d, c, shared: mean_terms(d, c, shared)[0][-1], visit_z
    )
    assert density["T | prp"] == pytest.approx(
        stats.multivariate_normal(mean, covariance).pdf(y), rel=1e-4
    )


@pytest.mark.parametrize("as_se", [False, True], ids=["SD", "SE"])
def test_a_printed_sd_is_an_estimate_of_the_sd_at_its_visit(tmp_path, as_se):
    n, sd = np.array([25, 36]), np.array([25.0, 18.0])
    printed = [{"se": s / m**0.5} if as_se else {"sd": s} for s, m in zip(sd, n, strict=True)]
    rows = [
        row("T", "prp", "change", 6, n=25, mean=-20, **printed[0]),
        row("T", "saline", "mean", 6, n=36, mean=50, **printed[1]),
    ]
    fixed = Fixed(tmp_path, rows)
    with pm.Model(coords=_coords(fixed.design)) as model:
        spreads, means = mean_terms(fixed.design, fixed.courses, no_errors(fixed.design))[0]
    both = pytensor.function(
        [model["visit_sd_z"]], [spreads.log_density, means.log_density], mode=QUICK
    )
    z = np.array([0.7, -1.2])
    found = both(z)
    visit_sd = SPREAD * np.array([np.sqrt(2 * (1 - RHO)), 1.0]) * np.exp(0.15 * z)
    expected = stats.norm(np.log(visit_sd), 1 / np.sqrt(2 * (n - 1))).logpdf(np.log(sd))
    np.testing.assert_allclose(found[0], expected, rtol=1e-6)
    # The mean is read with the true SD of its visit, not with the printed one.
    expected = stats.norm([-21, 48], visit_sd / np.sqrt(n)).logpdf([-20, 50])
    np.testing.assert_allclose(found[1], expected, rtol=1e-6)


# ------------------------------------------------------------------------ percentages and medians


def test_a_percentage_of_change_is_that_of_the_means_of_patients(tmp_path):
    rows = [
        row("T", "prp", "percent_change", 6, n=40, mean=-30),
        row("T", "saline", "percent_change", 6, n=40, mean=-25, se=6),
    ]
    fixed = Fixed(tmp_path, rows)
    term = fixed.term(lambda d, c: mean_terms(d, c, no_errors(d))[0][-1])
    expected, sd = (np.asarray(x.eval(mode=QUICK)) for x in (term.expected, term.sd))
    rng = np.random.default_rng(3)
    before, after, _ = patients(rng, 40, change=-12.0, gain=9.0, shape=(40_000,))
    percent = 100 * (after.mean(axis=1) / before.mean(axis=1) - 1)
    assert expected[0] == pytest.approx(-35.0) and expected[1] == pytest.approx(-20.0)
    assert percent.mean() == pytest.approx(-35.0, abs=0.3)  # a ratio of means, order 1/n
    assert sd[0] == pytest.approx(percent.std(), rel=0.02)
    assert sd[1] == pytest.approx(6.0)  # printed
    assert float(term.log_density.eval(mode=QUICK)[1]) == pytest.approx(
        stats.norm(-20, 6).logpdf(-25)
    )


def simulated_covariance(rng, n, *statistics):
    """Covariance of statistics of the same simulated patients at baseline, 6 and 12 months."""
    scores = patients(rng, n, change=-12.0, gain=9.0, shape=(60_000,))
    return np.cov([statistic(scores) for statistic in statistics])


def test_medians_covary_with_each_other_and_with_means_as_those_of_patients(tmp_path):
    n = 41
    rows = [
        row("T", "prp", "median", 0, n=n, median=61),
        row("T", "prp", "median", 6, n=n, median=42),
        row("T", "prp", "mean", 12, n=n, mean=37),
        row("T", "saline", "median", 0, n=n, median=59),
        row("T", "saline", "median", 6, n=n, median=50),
        row("T", "saline", "mean", 12, n=n, mean=46),
    ]
    density = Fixed(tmp_path, rows).joint_density(
        lambda d, c, shared: mean_terms(d, c, shared)[0][-1]
    )
    simulated = simulated_covariance(
        np.random.default_rng(8),
        n,
        lambda y: np.median(y[0], axis=1),
        lambda y: np.median(y[1], axis=1),
        lambda y: y[2].mean(axis=1),
    )
    model = RHO * np.ones((3, 3)) + np.diag(np.array([np.pi / 2, np.pi / 2, 1.0]) - RHO)
    model *= SPREAD**2 / n
    np.testing.assert_allclose(model, simulated, rtol=0.06)
    expected = stats.multivariate_normal([60, 39, 39], model).pdf([61, 42, 37])
    assert density["T | prp"] == pytest.approx(expected, rel=1e-4)


def test_percentages_of_one_arm_covary_as_those_of_the_same_patients(tmp_path):
    n = 40
    rows = [
        row("T", arm, "percent_change", months, n=n, mean=-30)
        for arm in ("prp", "saline")
        for months in (6, 12)
    ]
    density = Fixed(tmp_path, rows).joint_density(
        lambda d, c, shared: mean_terms(d, c, shared)[0][-1]
    )

    def percent(y, visit):
        return 100 * (y[visit].mean(axis=1) / y[0].mean(axis=1) - 1)

    simulated = simulated_covariance(
        np.random.default_rng(9), n, lambda y: percent(y, 1), lambda y: percent(y, 2)
    )
    expected = stats.multivariate_normal([-35, -35], simulated).pdf([-30, -30])
    assert density["T | prp"] == pytest.approx(expected, rel=0.05)


def test_quartiles_inform_the_spread_less_than_an_sd(tmp_path):
    rows = [
        row("T", "prp", "median", 6, n=40, median=40, q1=30, q3=50),
        row("T", "saline", "mean", 6, n=40, mean=50, sd=15),
    ]
    rows_of = Fixed(tmp_path, rows).design.means
    assert rows_of.sd[0] == pytest.approx(20 / 1.349, rel=1e-3)
    assert rows_of.sd_error == pytest.approx([1.1664 / 40**0.5, 1 / 78**0.5], rel=1e-3)
    assert rows_of.extra.tolist() == [np.pi / 2 - 1, 0]
