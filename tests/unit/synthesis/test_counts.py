"""Responders against simulated bivariate normal patients."""

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
import pytest
from scipy import stats

from tests.helpers import QUICK, row
from tests.unit.synthesis.known_courses import (
    NODES,
    RHO,
    SPREAD,
    WEIGHTS,
    Fixed,
    no_errors,
    patients,
)
from trialpool.synthesis.longitudinal import _coords
from trialpool.synthesis.observations import SharedErrors, count_term, further_term
from trialpool.synthesis.observations.double_binomial import (
    dispersion,
    double_binomial_logp,
    random_counts,
)


def moments_given_errors(fixed):
    """Probability and dispersion of each count as a function of the two shared errors."""
    level, at_baseline = pt.dscalars("level", "at_baseline")
    arms = np.ones(len(fixed.design.network.arms))
    shared = SharedErrors(
        arms * SPREAD * np.sqrt(RHO) * level,
        arms * SPREAD * np.sqrt(1 - RHO) * at_baseline,
        arms * np.sqrt(RHO) * level,
    )
    with pm.Model(coords=_coords(fixed.design)) as model:
        count_term(fixed.design, fixed.courses, shared, pt.zeros(0))
    _, p, theta = model["count_reports"].owner.inputs[-3:]
    return pytensor.function([level, at_baseline], [p, theta], mode=QUICK)


def theta_of(z, p, share):
    return dispersion(p, 1 - p, share * stats.norm.pdf(z) ** 2)


# ------------------------------------------------------------------------------- double binomial


def double_binomial(n, p, theta):
    k = np.arange(n + 1.0)
    return k, double_binomial_logp(k, np.full(n + 1, float(n)), p, theta)


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
    theta = theta_of(shifted, p, share)
    k = np.arange(n + 1.0)
    log_mass = double_binomial_logp(k[:, None], np.full((n + 1, 1), float(n)), p, theta)
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
    theta = theta_of(z, p, share)
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
    term = fixed.term(lambda d, c: count_term(d, c, no_errors(d), pt.zeros(0))[0])
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
    term = Fixed(tmp_path, rows).term(lambda d, c: count_term(d, c, no_errors(d), pt.zeros(0))[0])
    expected, found = (np.asarray(x.eval(mode=QUICK)) for x in (term.expected, term.log_density))
    np.testing.assert_allclose(found, stats.binom([40, 38], expected).logpmf([17, 9]), rtol=1e-9)


def test_a_threshold_not_printed_compares_the_arms_on_the_probit_scale(tmp_path):
    rows = [row("T", arm, "responders", 6, n=40, events=12) for arm in ("prp", "saline")]
    fixed = Fixed(tmp_path, rows)
    term = fixed.term(lambda d, c: count_term(d, c, no_errors(d), pt.as_tensor([-0.4]))[0])
    expected = np.asarray(term.expected.eval(mode=QUICK))
    # keep = 1: the SD of a change.
    sd_change = SPREAD * np.sqrt(2 * (1 - RHO))
    np.testing.assert_allclose(stats.norm.ppf(expected), [-0.4 + 9.0 / sd_change, -0.4], rtol=1e-9)


def test_counts_at_two_visits_covary_as_those_of_the_same_patients(tmp_path):
    rows = [
        row("T", arm, "responders", months, n=60, events=20, threshold=">=50%")
        for arm in ("prp", "saline")
        for months in (6, 12)
    ]
    fixed = Fixed(tmp_path, rows)
    moments = moments_given_errors(fixed)
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


def test_drawn_counts_have_the_variance_that_the_shared_errors_leave():
    n, p, shared = 40, 0.4, 0.6
    theta = 1 / (1 - shared * stats.norm.pdf(stats.norm.ppf(p)) ** 2 / (p * (1 - p)))
    for factor in (1.0, theta):
        drawn = random_counts(n, p, factor, np.random.default_rng(1), (100_000,))
        assert drawn.mean() / n == pytest.approx(p, abs=0.002)
        assert drawn.var() == pytest.approx(n * p * (1 - p) / factor, rel=0.02)
    assert random_counts(np.array([10.0, 5.0]), 0.5, np.ones(2)).shape == (2,)


# ------------------------------------------------------------------------------- joined and states


def both_arms(threshold, *, events=12, n=40, months=6):
    return [
        row("T", arm, "responders", months, n=n, events=events, threshold=threshold)
        for arm in ("prp", "saline")
    ]


JOINED = {
    ">=20% and >=20mm": lambda y0, y: (y <= 0.8 * y0) & (y <= y0 - 20),
    ">=50% and >=20mm": lambda y0, y: (y <= 0.5 * y0) & (y <= y0 - 20),
    ">=50% or >=20mm": lambda y0, y: (y <= 0.5 * y0) | (y <= y0 - 20),
    ">=30% and <=30mm": lambda y0, y: (y <= 0.7 * y0) & (y <= 30),
    ">=30% or <=30mm": lambda y0, y: (y <= 0.7 * y0) | (y <= 30),
    ">=20mm and <=40": lambda y0, y: (y <= y0 - 20) & (y <= 40),
    "<=30": lambda y0, y: y <= 30,
}


@pytest.mark.parametrize("threshold", JOINED)
def test_joined_thresholds_are_the_share_of_bivariate_normal_patients(tmp_path, threshold):
    fixed = Fixed(tmp_path, both_arms(threshold))
    term = fixed.term(lambda d, c: count_term(d, c, no_errors(d), pt.zeros(0))[0])
    expected = np.asarray(term.expected.eval(mode=QUICK))
    rng = np.random.default_rng(6)
    for p, gain in zip(expected, (9.0, 0.0), strict=True):
        before, after, _ = patients(rng, 400_000, change=-12.0, gain=gain)
        share = np.mean(JOINED[threshold](before, after))
        assert abs(share - p) < 4 * np.sqrt(p * (1 - p) / 400_000)
    found = term.log_density.eval(mode=QUICK)
    np.testing.assert_allclose(found, stats.binom(40, expected).logpmf(12), rtol=1e-9)


@pytest.mark.parametrize("kind", ["and", "or"])
def test_a_part_that_always_binds_leaves_the_other_without_weight(tmp_path, kind):
    # A fall of 90 points is hardly reached: "or" leaves 30 %, "and" leaves the fall.
    alone = ">=30%" if kind == "or" else ">=90mm"
    found = []
    for i, threshold in enumerate((f">=30% {kind} >=90mm", alone)):
        fixed = Fixed(tmp_path / str(i), both_arms(threshold))
        term = fixed.term(lambda d, c: count_term(d, c, no_errors(d), pt.zeros(0))[0])
        found.append(np.asarray(term.expected.eval(mode=QUICK)))
    np.testing.assert_allclose(found[0], found[1], atol=1e-3)


@pytest.mark.parametrize("threshold", [">=50% or >=20mm", ">=30% and <=30mm"])
def test_joined_counts_at_two_visits_covary_as_those_of_the_same_patients(tmp_path, threshold):
    rows = [*both_arms(threshold, n=60), *both_arms(threshold, n=60, months=12)]
    fixed = Fixed(tmp_path, rows)
    moments = moments_given_errors(fixed)
    some = slice(18, 42)
    grid = np.array([[moments(a, b) for b in NODES[some]] for a in NODES[some]])
    weight = np.outer(WEIGHTS[some], WEIGHTS[some])
    first = [i for i, arm in enumerate(fixed.design.counts.arm) if arm == 1]
    p, theta = grid[:, :, 0][:, :, first], grid[:, :, 1][:, :, first]
    mean = np.einsum("ab,abk->k", weight, p)
    between = np.einsum("ab,abk,abl->kl", weight, p - mean, p - mean)

    rng = np.random.default_rng(4)
    before, six, twelve = patients(rng, 1_000_000, change=-12.0, gain=9.0)
    responds = [JOINED[threshold](before, after) for after in (six, twelve)]
    simulated = np.cov(*responds)[0, 1] / 60
    # The errors act to first order, as in any delta method; curved thresholds lose a part.
    assert between[0, 1] == pytest.approx(simulated, rel=0.2)
    # What the shared errors leave and what they carry make a binomial together.
    inner = np.einsum("ab,abk->k", weight, p * (1 - p) / theta) / 60
    np.testing.assert_allclose(inner + np.diag(between), mean * (1 - mean) / 60, rtol=0.02)


# ------------------------------------------------------------------------------ further thresholds

LADDER = {">=30%": (28, 24), ">=50%": (18, 14), ">=70%": (9, 4)}


def ladder_rows(thresholds):
    return [
        row("T", arm, "responders", 6, n=40, events=LADDER[text][i], threshold=text)
        for i, arm in enumerate(("prp", "saline"))
        for text in thresholds
    ]


def test_further_thresholds_are_one_ordered_multinomial(tmp_path):
    fixed = Fixed(tmp_path, ladder_rows(LADDER))
    design = fixed.design
    assert design.counts.count.tolist() == [18, 14]  # nearest to half of the patients
    assert design.steps == ["T | 6 | easier than 50 % by 20", "T | 6 | harder than 50 % by 20"]
    easier, harder = 0.45, 0.8
    with pm.Model(coords=_coords(design)):
        term, z, given = count_term(design, fixed.courses, no_errors(design), pt.zeros(0))
        further = further_term(design, z, given, pt.as_tensor([easier, harder]))
    total = term.log_density.sum() + further.log_density.sum()
    at = np.asarray(z.eval(mode=QUICK))
    expected = 0.0
    for i in (0, 1):
        reached = stats.norm.cdf([at[i] + easier, at[i], at[i] - harder])
        counts = [LADDER[text][i] for text in LADDER]
        shares = -np.diff([1, *reached, 0])
        expected += stats.multinomial(40, shares).logpmf(-np.diff([40, *counts, 0]))
    assert float(total.eval(mode=QUICK)) == pytest.approx(expected, rel=1e-9)
    by_row = dict(zip(design.further.row, further.expected.eval(mode=QUICK), strict=True))
    reached = stats.norm.cdf(np.concatenate([at + easier, at - harder]))
    assert sorted(by_row.values()) == pytest.approx(sorted(reached))


def test_a_ladder_of_two_steps_on_one_side_adds_its_steps(tmp_path):
    low = {">=50%": (18, 14), ">=70%": (9, 4), ">=80%": (5, 2)}
    rows = [
        row("T", arm, "responders", 6, n=40, events=events[i], threshold=text)
        for text, events in reversed(low.items())
        for i, arm in enumerate(("prp", "saline"))
    ]
    design = Fixed(tmp_path, rows).design
    assert design.steps == ["T | 6 | harder than 50 % by 20", "T | 6 | harder than 50 % by 30"]
    order = np.argsort(-design.further.count)
    assert design.further.count[order].tolist() == [9, 5, 4, 2]
    assert design.further.nearer[order].tolist() == [18, 9, 14, 4]
    assert design.further.steps[order].tolist() == [[1, 0], [1, 1], [1, 0], [1, 1]]
    assert design.further.steps_nearer[order].tolist() == [[0, 0], [1, 0], [0, 0], [1, 0]]


def test_ladders_from_different_first_thresholds_have_steps_of_their_own(tmp_path):
    rows = [
        row("T", arm, "responders", 6, n=40, events=events, threshold=text)
        for arm, counts in (
            ("prp", {">=30%": 22, ">=50%": 9}),
            ("saline", {">=30%": 18, ">=50%": 7}),
            ("msc", {">=20mm": 21, ">=40mm": 8}),
            ("lidocaine", {">=20mm": 19, ">=40mm": 6}),
        )
        for text, events in counts.items()
    ]
    design = Fixed(tmp_path, rows).design
    assert design.steps == ["T | 6 | harder than 20 points by 20", "T | 6 | harder than 30 % by 20"]
    assert sorted(design.further.steps.tolist()) == [[0, 1], [0, 1], [1, 0], [1, 0]]
