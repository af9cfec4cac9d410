"""Each likelihood against patients: simulated ones, or the covariance of their means.

The rows of one arm are views of the same patients, so joint densities are compared with the
multivariate normal of the patients' own scores, the shared errors integrated out on a grid.
"""

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
import pytest
from scipy import stats

from tests.helpers import QUICK, evidence_of, row
from trialpool.synthesis.design import build_design
from trialpool.synthesis.longitudinal import _coords
from trialpool.synthesis.observations import (
    VISIT_LOG_SD,
    Courses,
    SharedErrors,
    _dispersion,
    _random_counts,
    count_term,
    difference_term,
    double_binomial_logp,
    mean_terms,
)

BASELINE, SPREAD, RHO = 60.0, 20.0, 0.4
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(60)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


class Fixed:
    """Rows of one trial under known courses: control change -12, the active arm 9 better."""

    def __init__(self, path, rows, *, change=-12.0, gain=9.0):
        self.design = design = build_design(evidence_of(path, rows))
        active = np.array([arm.endswith("| prp") for arm in design.network.arms])
        self.gain = np.where(active[:, None], gain, 0.0) * np.ones(len(design.months))
        self.courses = Courses(
            gain=pt.as_tensor(self.gain),
            baseline=pt.as_tensor(np.full(len(design.network.trials), BASELINE)),
            change=pt.as_tensor(np.full(len(design.visits), change)),
            spread=pt.as_tensor(np.full(len(design.network.arms), SPREAD)),
            rho=pt.as_tensor(RHO),
        )

    def term(self, make):
        with pm.Model(coords=_coords(self.design)):
            return make(self.design, self.courses)

    def joint_density(self, make, visit_z=None):
        """Density of the rows of each arm, the two shared errors integrated over standard normals.

        ``visit_z`` stands for the free deviations of the visits' SDs, where there are any.
        """
        level, at_baseline = pt.dscalars("level", "at_baseline")
        arms = np.ones(len(self.design.network.arms))
        scale = SPREAD * np.sqrt(np.array([RHO, 1 - RHO]))
        shared = SharedErrors(arms * scale[0] * level, arms * scale[1] * at_baseline)
        with pm.Model(coords=_coords(self.design)) as model:
            term = make(self.design, self.courses, shared)
        free = [] if visit_z is None else [model["visit_sd_z"]]
        fixed = [] if visit_z is None else [visit_z]
        total = pytensor.function(
            [level, at_baseline, *free], term.log_density, mode=QUICK, on_unused_input="ignore"
        )
        by_node = np.array([[total(a, b, *fixed) for b in NODES] for a in NODES])
        arm = self._arm_of_rows()
        return {
            label: float(WEIGHTS @ np.exp(by_node[:, :, arm == i].sum(axis=2)) @ WEIGHTS)
            for i, label in enumerate(self.design.network.arms)
        }

    def _arm_of_rows(self):
        return np.concatenate([self.design.means.arm, self.design.counts.arm])


def no_errors(design):
    zeros = pt.zeros(len(design.network.arms))
    return SharedErrors(zeros, zeros)


def patients(rng, size, *, change, gain=0.0, shape=()):
    """Scores at baseline and at two visits of bivariate normal patients."""
    level = np.sqrt(RHO) * rng.normal(size=(*shape, size))
    own = np.sqrt(1 - RHO) * rng.normal(size=(3, *shape, size))
    mean = BASELINE + np.array([0.0, change - gain, change - gain]).reshape(3, *([1] * level.ndim))
    return mean + SPREAD * (level + own)


# ------------------------------------------------------------------------------- double binomial


def double_binomial(n, p, theta):
    k = np.arange(n + 1.0)
    return k, np.asarray(
        double_binomial_logp(k, np.full(n + 1, float(n)), p, theta).eval(mode=QUICK)
    )


@pytest.mark.parametrize("n", [1, 15, 120])
@pytest.mark.parametrize("p", [0.01, 0.4, 0.93])
def test_double_binomial_is_the_binomial_where_nothing_is_shared(n, p):
    k, found = double_binomial(n, p, 1.0)
    np.testing.assert_allclose(found, stats.binom(n, p).logpmf(k), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("n", [20, 60, 200])
@pytest.mark.parametrize("p", [0.25, 0.5, 0.75])
@pytest.mark.parametrize("theta", [1.0, 1.3, 2.0, 4.0])
def test_double_binomial_sums_to_one_up_to_order_one_over_n(n, p, theta):
    k, log_mass = double_binomial(n, p, theta)
    mass = np.exp(log_mass)
    assert abs(mass.sum() - 1) < 0.5 / n
    mean = (k * mass).sum() / mass.sum()
    variance = ((k - mean) ** 2 * mass).sum() / mass.sum()
    assert mean == pytest.approx(n * p, abs=0.5)
    assert variance == pytest.approx(n * p * (1 - p) / theta, rel=4 / n)


@pytest.mark.parametrize("z", [-1.2, 0.0, 0.7])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_total_variance_of_a_count_is_binomial(z, share):
    # Given its shared error e ~ N(0, share / n) the count is double binomial around Phi(z - e).
    n = 80
    shifted = z - NODES * np.sqrt(share / n)
    p = stats.norm.cdf(shifted)
    theta = np.asarray(_dispersion(pt.as_tensor(shifted), pt.as_tensor(p), share).eval(mode=QUICK))
    k = np.arange(n + 1.0)
    log_mass = double_binomial_logp(
        pt.as_tensor(k[:, None]),
        np.full((n + 1, 1), float(n)),
        pt.as_tensor(p),
        pt.as_tensor(theta),
    ).eval(mode=QUICK)
    mass = np.exp(log_mass) @ WEIGHTS
    mean = (k * mass).sum() / mass.sum()
    variance = ((k - mean) ** 2 * mass).sum() / mass.sum()
    total = stats.norm.cdf(z)
    assert theta.min() > 1
    # Efron's constant is right to order 1 / n.
    assert mean == pytest.approx(n * total, rel=1 / n)
    assert variance == pytest.approx(n * total * (1 - total), rel=3 / n)


@pytest.mark.parametrize("keep", [0.5, 1.0])
@pytest.mark.parametrize("error", [-0.8, 0.0, 1.1])
def test_count_given_shared_errors_has_the_moments_of_simulated_patients(keep, error):
    # Patients whose general level and baseline have known sample means; at ``keep = 1`` the level
    # cancels. The form is Y(t) - keep Y(0) below a cut.
    rng = np.random.default_rng(11)
    n, replicates, cut = 50, 40_000, -10.0
    level, base, own = rng.normal(size=(3, replicates, n))
    level += error / np.sqrt(n) - level.mean(axis=1, keepdims=True)
    base += error / np.sqrt(n) - base.mean(axis=1, keepdims=True)
    form = SPREAD * (np.sqrt(RHO) * (1 - keep) * level + np.sqrt(1 - RHO) * (own - keep * base))
    counts = (form <= cut).sum(axis=1)

    form_sd = SPREAD * np.sqrt(1 + keep**2 - 2 * RHO * keep)
    shift = SPREAD * (np.sqrt(RHO) * (1 - keep) - np.sqrt(1 - RHO) * keep) * error / np.sqrt(n)
    z = (cut - shift) / form_sd
    p = stats.norm.cdf(z)
    share = 1 - (1 - RHO) * SPREAD**2 / form_sd**2
    theta = float(_dispersion(pt.as_tensor(z), pt.as_tensor(p), share).eval(mode=QUICK))
    k, log_mass = double_binomial(n, p, theta)
    mass = np.exp(log_mass) / np.exp(log_mass).sum()
    mean = (k * mass).sum()
    variance = ((k - mean) ** 2 * mass).sum()
    assert counts.mean() == pytest.approx(mean, abs=0.25)  # of 50: order 1, as Efron's constant
    assert counts.var() == pytest.approx(variance, rel=0.05)
    assert variance < n * p * (1 - p)


# ------------------------------------------------------------------------- responders by threshold


@pytest.mark.parametrize("threshold", [">=50%", ">=30%", ">=20mm"])
def test_responder_probability_is_the_share_of_bivariate_normal_patients(tmp_path, threshold):
    rows = [
        row("T", arm, "responders", 6, n=40, events=12, threshold=threshold)
        for arm in ("prp", "saline")
    ]
    fixed = Fixed(tmp_path, rows)
    term = fixed.term(lambda d, c: count_term(d, c, no_errors(d), pt.zeros(0)))
    expected = np.asarray(term.expected.eval(mode=QUICK))
    rng = np.random.default_rng(5)
    for p, gain in zip(expected, (9.0, 0.0), strict=True):
        before, after, _ = patients(rng, 10_000, change=-12.0, gain=gain)
        if threshold.endswith("mm"):
            share = np.mean(after <= before - 20)
        else:
            share = np.mean(after <= (1 - float(threshold[2:-1]) / 100) * before)
        assert abs(share - p) < 4 * np.sqrt(p * (1 - p) / 10_000)
    np.testing.assert_allclose(
        term.sd.eval(mode=QUICK), np.sqrt(expected * (1 - expected) / 40), rtol=1e-10
    )


def test_responders_seen_once_are_binomial(tmp_path):
    rows = [
        row("T", "prp", "responders", 6, n=40, events=17, threshold=">=50%"),
        row("T", "saline", "responders", 6, n=38, events=9, threshold=">=50%"),
    ]
    term = Fixed(tmp_path, rows).term(lambda d, c: count_term(d, c, no_errors(d), pt.zeros(0)))
    expected, found = (np.asarray(x.eval(mode=QUICK)) for x in (term.expected, term.log_density))
    np.testing.assert_allclose(found, stats.binom([40, 38], expected).logpmf([17, 9]), rtol=1e-9)


def test_a_threshold_not_printed_compares_the_arms_on_the_probit_scale(tmp_path):
    rows = [row("T", arm, "responders", 6, n=40, events=12) for arm in ("prp", "saline")]
    fixed = Fixed(tmp_path, rows)
    term = fixed.term(lambda d, c: count_term(d, c, no_errors(d), pt.as_tensor([-0.4])))
    expected = np.asarray(term.expected.eval(mode=QUICK))
    # keep = 1: the SD of a change.
    sd_change = SPREAD * np.sqrt(2 * (1 - RHO))
    np.testing.assert_allclose(stats.norm.ppf(expected), [-0.4 + 9.0 / sd_change, -0.4], rtol=1e-9)


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


# ------------------------------------------------------------- counts beside means, and differences


def test_counts_at_two_visits_covary_as_those_of_the_same_patients(tmp_path):
    rows = [
        row("T", arm, "responders", months, n=60, events=20, threshold=">=50%")
        for arm in ("prp", "saline")
        for months in (6, 12)
    ]
    fixed = Fixed(tmp_path, rows)
    level, at_baseline = pt.dscalars("level", "at_baseline")
    arms = np.ones(len(fixed.design.network.arms))
    shared = SharedErrors(
        arms * SPREAD * np.sqrt(RHO) * level, arms * SPREAD * np.sqrt(1 - RHO) * at_baseline
    )
    with pm.Model(coords=_coords(fixed.design)) as model:
        count_term(fixed.design, fixed.courses, shared, pt.zeros(0))
    _, p, theta = model["count_reports"].owner.inputs[-3:]
    moments = pytensor.function([level, at_baseline], [p, theta], mode=QUICK)
    grid = np.array([[moments(a, b) for b in NODES[10:50]] for a in NODES[10:50]])[:, :, 0]
    weight = np.outer(WEIGHTS[10:50], WEIGHTS[10:50])
    first = [i for i, arm in enumerate(fixed.design.counts.arm) if arm == 1]
    p = grid[:, :, first]
    mean = np.einsum("ab,abk->k", weight, p)
    between = np.einsum("ab,abk,abl->kl", weight, p - mean, p - mean)[0, 1]

    rng = np.random.default_rng(4)
    before, six, twelve = patients(rng, 400_000, change=-12.0, gain=9.0)
    simulated = np.cov(six <= before / 2, twelve <= before / 2)[0, 1] / 60
    assert between == pytest.approx(simulated, rel=0.05)


def test_differences_of_one_pair_of_arms_share_rho_of_their_error(tmp_path):
    rows = [
        row("T", "prp", "difference", months, mean=mean, se=se, versus="saline")
        for months, mean, se in ((6, -7, 4), (12, -12, 5))
    ]
    fixed = Fixed(tmp_path, rows)
    with pm.Model(coords=_coords(fixed.design)) as model:
        term = difference_term(fixed.design, fixed.courses)
    z = model["pair_error_z"]
    density = pytensor.function([z], term.log_density, mode=QUICK)
    found = WEIGHTS @ [np.exp(density(np.array([node])).sum()) for node in NODES]
    covariance = np.array([[16, RHO * 20], [RHO * 20, 25]])
    expected = stats.multivariate_normal([-9, -9], covariance).pdf([-7, -12])
    assert found == pytest.approx(expected, rel=1e-6)
    np.testing.assert_allclose(term.expected.eval(mode=QUICK), [-9, -9])


def test_a_difference_seen_once_is_normal_around_the_difference_of_benefits(tmp_path):
    rows = [row("T", "prp", "difference", 6, mean=-7, se=4, versus="saline")]
    term = Fixed(tmp_path, rows).term(difference_term)
    assert float(term.log_density.eval(mode=QUICK)[0]) == pytest.approx(
        stats.norm(-9, 4).logpdf(-7)
    )


def test_drawn_counts_have_the_variance_that_the_shared_errors_leave():
    n, p, shared = 40, 0.4, 0.6
    theta = 1 / (1 - shared * stats.norm.pdf(stats.norm.ppf(p)) ** 2 / (p * (1 - p)))
    for dispersion in (1.0, theta):
        drawn = _random_counts(n, p, dispersion, np.random.default_rng(1), (100_000,))
        assert drawn.mean() / n == pytest.approx(p, abs=0.002)
        assert drawn.var() == pytest.approx(n * p * (1 - p) / dispersion, rel=0.02)
    assert _random_counts(np.array([10.0, 5.0]), 0.5, np.ones(2)).shape == (2,)
