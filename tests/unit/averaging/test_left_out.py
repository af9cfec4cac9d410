"""Trials left out: exact where everything is normal and two numbers can be put on a grid.

With a known spread and correlation, a constant course and no drift, all that the trials share is
(effect, tau), and given these the numbers of a trial are jointly normal. The oracle writes their
covariance from the patients up; it knows nothing of own numbers, shared errors or sampling.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats
from scipy.special import logsumexp

import trialpool as tp
from tests.helpers import evidence_of, row
from trialpool.averaging.density import Density
from trialpool.averaging.integral import OwnNumbers, TrialLikelihood, trial_likelihood
from trialpool.averaging.left_out import LeftOut, _averaged, _bridged, leave_trials_out
from trialpool.errors import ModelError

SPREAD, RHO = 20.0, 0.6
# A trial's name may hold the bar that separates names in labels.
ROWS = [
    row("A | long", "prp", "mean", 0, n=30, mean=60),
    row("A | long", "saline", "mean", 0, n=28, mean=63),
    row("A | long", "prp", "mean", 6, n=28, mean=38),
    row("A | long", "saline", "mean", 6, n=27, mean=52),
    row("A | long", "prp", "mean", 12, n=25, mean=41),
    row("A | long", "saline", "mean", 12, n=27, mean=55),
    row("B", "prp", "change", 12, n=20, mean=-25),
    row("B", "saline", "change", 12, n=19, mean=-21),
    row("C", "prp", "difference", 6, mean=-9, se=4, versus="saline"),
    row("C", "prp", "difference", 12, mean=-7, se=5, versus="saline"),
]
MODEL = tp.Model(
    time_course="constant",
    priors={
        "spread": tp.priors.Fixed(SPREAD),
        "spread_sd": tp.priors.Fixed(0),
        "rho": tp.priors.Fixed(RHO),
        "drift": tp.priors.Fixed(0),
    },
)


@dataclass(frozen=True)
class Normals:
    """A trial's numbers given (effect, tau).

    Mean ``start + by_effect effect``, covariance ``known + tau^2 by_effect by_effect'``.
    """

    y: np.ndarray
    start: np.ndarray
    by_effect: np.ndarray
    known: np.ndarray

    def log_density(self, effect, tau):
        deviation = np.outer(self.by_effect, self.by_effect)
        return stats.multivariate_normal(
            self.start + self.by_effect * effect, self.known + tau**2 * deviation
        ).logpdf(self.y)


def same(labels):
    return (np.array(labels)[:, None] == np.array(labels)).astype(float)


def between_visits(visits):
    return RHO + (1 - RHO) * same(visits)


def gaussian_trials(priors):
    baseline, control = priors["baseline"], priors["control"]

    arm = ["p", "s", "p", "s", "p", "s"]
    visit = [0, 0, 6, 6, 12, 12]
    treated = np.array([0, 0, 1, 0, 1, 0])
    later = np.array([0, 0, 1, 1, 1, 1])
    n = np.array([30, 28, 28, 27, 25, 27])
    patients = SPREAD**2 / np.sqrt(np.outer(n, n)) * same(arm) * between_visits(visit)
    a = Normals(
        np.array([60.0, 63, 38, 52, 41, 55]),
        baseline.mean + control.mean * later,
        -1.0 * treated,
        patients + baseline.sd**2 + control.sd**2 * same(visit) * np.outer(later, later),
    )
    of_change = SPREAD**2 * 2 * (1 - RHO) / np.array([20, 19])
    b = Normals(
        np.array([-25.0, -21]),
        np.full(2, control.mean),
        np.array([-1.0, 0]),
        np.diag(of_change) + control.sd**2,
    )
    se = np.array([4.0, 5])
    c = Normals(
        np.array([-9.0, -7]),
        np.zeros(2),
        np.array([-1.0, -1]),
        np.outer(se, se) * between_visits([6, 12]),
    )
    return [a, b, c]


@dataclass(frozen=True)
class Grid:
    """(effect, tau) on a grid, and the log likelihood of each trial there."""

    effect: np.ndarray
    tau: np.ndarray
    log_prior: np.ndarray
    log_lik: np.ndarray

    def lpd(self):
        """Exact: the ratio of two evidences."""
        together = self.log_prior + self.log_lik.sum(axis=1)
        return logsumexp(together) - logsumexp(together[:, None] - self.log_lik, axis=0)

    def draws(self, chains, draws, rng):
        """Exact draws of the posterior, up to the width of a cell."""
        log_mass = self.log_prior + self.log_lik.sum(axis=1)
        mass = np.exp(log_mass - logsumexp(log_mass))
        cell = rng.choice(mass.size, size=(chains, draws), p=mass / mass.sum())
        return {"effect": self.effect[cell], "tau": self.tau[cell]}


def grid(log_density, priors, effects, taus):
    effect, tau = (axis.ravel() for axis in np.meshgrid(effects, taus))
    log_prior = priors["effect"].logpdf(effect) + priors["tau"].logpdf(tau)
    return Grid(effect, tau, log_prior, log_density(effect, tau))


@pytest.fixture(scope="module")
def gaussian(tmp_path_factory):
    """The review, its model, the oracle on a grid, and draws whose own numbers are rough."""
    evidence = evidence_of(tmp_path_factory.mktemp("gaussian"), ROWS)
    priors = MODEL.priors_for(evidence)
    trials = gaussian_trials(priors)

    def log_density(effect, tau):
        each = zip(effect, tau, strict=True)
        return np.array([[trial.log_density(e, t) for trial in trials] for e, t in each])

    oracle = grid(
        log_density, priors, np.linspace(-40, 55, 96), 40 * (np.arange(60) + 0.5) ** 2 / 3600
    )
    # Cells grow with tau.
    oracle = Grid(
        oracle.effect, oracle.tau, oracle.log_prior + np.log(oracle.tau) / 2, oracle.log_lik
    )
    graph = MODEL.graph(evidence)
    rng = np.random.default_rng(1)
    drawn = oracle.draws(2, 600, rng)
    rough = {"baseline": (60, 5), "control_change": (-12, 6)}
    variables = {name: (("chain", "draw"), values) for name, values in drawn.items()}
    for free in graph.free:
        if free.name not in variables:
            mean, sd = rough.get(free.name, (0, 1))
            drawn = rng.normal(mean, sd, (2, 600, *free.shape))
            variables[free.name] = (("chain", "draw", *free.dims), drawn)
    return evidence, oracle, xr.Dataset(variables), trials


def test_own_numbers_are_found_by_whom_they_move(gaussian):
    evidence, _, posterior, _ = gaussian
    density = Density(MODEL.graph(evidence))
    own = density.own(density.points(posterior))
    # Baseline, two visits, a deviation, two errors of levels; those of the baseline are seen.
    assert density.trials == ("A | long", "B", "C")
    assert [len(elements) for elements in own] == [6, 2, 3]
    assert len(set(np.concatenate(own))) == 11


def test_integral_is_the_normal_density(gaussian):
    evidence, _, posterior, trials = gaussian
    density = Density(MODEL.graph(evidence))
    points = density.points(posterior)
    numbers = OwnNumbers(density, density.own(points), points.mean(axis=0), points.std(axis=0))
    used = np.arange(0, len(points), 60)
    found = trial_likelihood(
        numbers, points[used], np.ones(3), copies=64, rng=np.random.default_rng(2)
    )
    at = posterior.stack(sample=("chain", "draw")).isel(sample=used)
    exact = [
        [t.log_density(float(e), float(s)) for t in trials]
        for e, s in zip(at.effect, at.tau, strict=True)
    ]
    # The integrand is normal: only the tails of the proposal cost anything.
    error = 1 / np.sqrt(found.effective) * np.sqrt(1 - found.effective / found.copies)
    assert (found.effective > 0.5 * found.copies).all()
    np.testing.assert_array_less(np.abs(found.log_value - exact), 5 * error)


def test_lpd_is_the_ratio_of_evidences(gaussian):
    evidence, oracle, posterior, _ = gaussian
    found = leave_trials_out(
        MODEL, evidence, posterior, seed=3, draws=500, copies=8, k_limit=np.inf
    )
    assert found.trials == ("A | long", "B", "C")
    assert found.refitted == () and (found.pareto_k < 0.7).all()
    assert (found.mcse < 0.1).all()
    np.testing.assert_array_less(np.abs(found.lpd - oracle.lpd()), 5 * found.mcse)
    assert LeftOut.from_dict(found.to_dict()).to_dict() == found.to_dict()


# ------------------------------------------------------------------------------- plain evidence

Y, SE = np.array([0.1, 0.6, 0.2, -0.3]), np.array([0.2, 0.3, 0.2, 0.4])
EFFECTS = tp.Model(priors={"effect": tp.priors.Normal(0, 1), "tau": tp.priors.HalfNormal(0.5)})


@pytest.fixture(scope="module")
def effects():
    frame = pd.DataFrame({"study": list("abcd"), "y": Y, "se": SE})
    evidence = tp.Evidence.from_effects(frame, study="study", effect="y", se="se")
    oracle = grid(
        lambda effect, tau: stats.norm.logpdf(Y, effect[:, None], np.hypot(SE, tau[:, None])),
        EFFECTS.priors_for(evidence),
        np.linspace(-2, 2.2, 300),
        (np.arange(300) + 0.5) / 100,
    )
    rng = np.random.default_rng(4)
    variables = {k: (("chain", "draw"), v) for k, v in oracle.draws(2, 500, rng).items()}
    variables["study_z"] = (("chain", "draw", "study"), rng.normal(size=(2, 500, 4)))
    variables["new_study_z"] = (("chain", "draw"), rng.normal(size=(2, 500)))
    return evidence, oracle, xr.Dataset(variables)


def test_a_plain_review_has_nothing_to_integrate(effects):
    evidence, oracle, posterior = effects
    found = leave_trials_out(EFFECTS, evidence, posterior, seed=1, draws=1000, k_limit=np.inf)
    np.testing.assert_allclose(found.effective, 1)
    np.testing.assert_array_less(np.abs(found.lpd - oracle.lpd()), 5 * found.mcse)
    assert found.elpd == pytest.approx(found.lpd.sum())
    assert found.se == pytest.approx(2 * found.lpd.std(ddof=1))


def test_sampling_without_a_trial_says_the_same(effects):
    evidence, oracle, posterior = effects
    told = []
    found = leave_trials_out(
        EFFECTS,
        evidence,
        posterior,
        seed=1,
        k_limit=-np.inf,
        say=told.append,
    )
    assert found.refitted == tuple("abcd") and told == [
        "Sampling without each of 4 trials: a, b, c, d."
    ]
    assert (found.mcse < 0.05).all()
    np.testing.assert_array_less(np.abs(found.lpd - oracle.lpd()), 5 * found.mcse)


def test_draws_with_and_without_a_trial_meet(effects):
    # A trial far from the others: neither sample alone reaches the other.
    rng = np.random.default_rng(8)
    without, gap = rng.normal(0, 1, 2000), 3.0
    # y ~ N(theta, 0.5) at theta = gap, theta ~ N(0, 1) without it.
    inside = rng.normal(gap * 0.8, np.sqrt(0.2), 2000)
    both = [
        TrialLikelihood(log_value[:, None], log_value[:, None], np.ones((2000, 1)), 1)
        for log_value in (stats.norm.logpdf(gap, theta, 0.5) for theta in (inside, without))
    ]
    exact = stats.norm.logpdf(gap, 0, np.sqrt(1.25))
    bridged, error = _bridged(*both, 0, 2)
    assert error < 0.1 and abs(bridged - exact) < 4 * error
    averaged, rough = _averaged(*both, 0, 2)
    assert rough > error and abs(averaged - exact) < 5 * rough


def test_counts_integrate_over_the_baseline_and_the_effect():
    frame = pd.DataFrame(
        {"study": ["a", "b"], "e1": [0, 9], "n1": [20, 30], "e0": [3, 14], "n0": [21, 29]}
    )
    evidence = tp.Evidence.from_counts(
        frame, study="study", events=("e1", "e0"), totals=("n1", "n0"), measure="OR"
    )
    model = tp.Model(priors={"baseline": tp.priors.Normal(-1, 2)})
    density = Density(model.graph(evidence))
    effect, tau = np.array([-1.0, 0.0, 0.5]), np.array([0.2, 0.8, 1.5])
    rng = np.random.default_rng(5)
    posterior = xr.Dataset(
        {
            "effect": (("chain", "draw"), effect[None]),
            "tau": (("chain", "draw"), tau[None]),
            "baseline": (("chain", "draw", "study"), rng.normal(-1, 1, (1, 3, 2))),
            "study_z": (("chain", "draw", "study"), rng.normal(size=(1, 3, 2))),
            "new_study_z": (("chain", "draw"), np.zeros((1, 3))),
        }
    )
    points = density.points(posterior)
    own = density.own(points)
    numbers = OwnNumbers(density, own, points.mean(axis=0), points.std(axis=0))
    found = trial_likelihood(numbers, points, np.ones(2), copies=100, rng=rng)
    x, weight = np.polynomial.hermite_e.hermegauss(80)
    log_weight = np.log(weight / weight.sum())
    for draw in range(3):
        for trial in range(2):
            e1, n1, e0, n0 = (frame[name][trial] for name in ("e1", "n1", "e0", "n0"))
            base = -1 + 2 * x[:, None]
            treated = base + effect[draw] + tau[draw] * x
            log_lik = stats.binom.logpmf(e0, n0, 1 / (1 + np.exp(-base))) + stats.binom.logpmf(
                e1, n1, 1 / (1 + np.exp(-treated))
            )
            exact = logsumexp(log_lik + log_weight[:, None] + log_weight)
            assert found.log_value[draw, trial] == pytest.approx(exact, abs=0.3)
    # The power at which a trial enters is another integral.
    half = trial_likelihood(
        numbers, points, np.full(2, 0.5), copies=50, rng=np.random.default_rng(6)
    )
    assert (half.log_powered > half.log_value).all()


def test_one_trial_cannot_be_foretold(effects):
    frame = pd.DataFrame({"study": list("abcd"), "y": Y, "se": SE})
    evidence = tp.Evidence.from_effects(frame, study="study", effect="y", se="se")
    alone = tp.Model(trial_weights={"a": 0, "b": 0, "c": 0})
    with pytest.raises(ModelError, match="got 1 that enters; expected at least 2"):
        leave_trials_out(alone, evidence, effects[2], seed=1)


def test_a_trial_of_weight_zero_is_not_foretold(effects):
    frame = pd.DataFrame({"study": list("abcd"), "y": Y, "se": SE})
    evidence = tp.Evidence.from_effects(frame, study="study", effect="y", se="se")
    model = tp.Model(trial_weights={"a": 0}, priors=EFFECTS.priors)
    found = leave_trials_out(model, evidence, effects[2], seed=1, k_limit=np.inf)
    assert found.trials == ("b", "c", "d")
