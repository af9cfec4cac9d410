"""One trial of adverse events against an integral over its two parameters, and against the truth.

With one trial and no heterogeneity to speak of, a baseline and a log ratio are left: the integral
is over a grid of both.
"""

import numpy as np
import pytest
from scipy import stats

import trialpool as tp
from tests.helpers import mcse_sd, row, within_mcse, write_folder
from trialpool.engines import Draw, check_convergence
from trialpool.engines.nuts import sample

pytestmark = pytest.mark.statistical

#: Wide priors of both parameters, and next to no heterogeneity: SD of the log ratio 0.001.
EFFECT, BASELINE, STILL = (0.0, 5.0), (-2.0, 5.0), 1e-3
TRUE_RATIO = 1.5
ARM = 10_000  # patients, or person-months


class Odds:
    """Patients with an event: 7 of 20 and 12 of 25; a true odds ratio of 1.5."""

    events = "odds"
    name = "log_odds_ratio"
    role = "baseline"
    size = "n"
    small = ((7, 20), (12, 25))
    true_baseline = np.log(0.02 / 0.98)

    @staticmethod
    def chance(eta):
        return 1 / (1 + np.exp(-eta))

    @staticmethod
    def distribution(size, chance):
        return stats.binom(size, chance)


class Risk(Odds):
    """The same on the log scale: 18 of 20 and 23 of 24 press against a risk of 1."""

    events = "risk"
    name = "log_risk_ratio"
    small = ((18, 20), (23, 24))
    true_baseline = np.log(0.02)

    @staticmethod
    def chance(eta):
        return np.where(eta < 0, np.exp(np.minimum(eta, 0)), np.nan)  # no probability: no mass


class Rate(Odds):
    """Events in person-months: 3 in 240 and 9 in 231.5; a true rate ratio of 1.5."""

    name = "log_rate_ratio"
    role = "rate"
    size = "person_months"
    small = ((3, 240), (9, 231.5))
    true_baseline = np.log(0.02)
    chance = staticmethod(np.exp)

    @staticmethod
    def distribution(size, chance):
        return stats.poisson(size * chance)


def evidence_of(path, scale, arms):
    """Evidence of one trial: events and size of the saline arm, then of the PRP arm."""
    rows = [
        row("A", arm, "events", 24, outcome="sae", scale="", events=events, **{scale.size: size})
        for arm, (events, size) in zip(("saline", "prp"), arms, strict=True)
    ]
    return tp.read_evidence(write_folder(path, rows), outcome="sae")


def integrate(scale, arms, points=601):
    """Mean and SD of the log ratio and of the baseline, on a grid that holds all of their mass."""

    def log_density(baseline, ratio):
        value = stats.norm.logpdf(ratio, *EFFECT) + stats.norm.logpdf(baseline, *BASELINE)
        for (events, size), eta in zip(arms, (baseline, baseline + ratio), strict=True):
            found = scale.distribution(size, scale.chance(eta)).logpmf(events)
            value = value + np.nan_to_num(found, nan=-np.inf)
        return value

    centre, width = np.array([-1.0, 0.0]), np.array([7.0, 7.0])
    for _ in range(6):  # close in on the mass
        axes = [np.linspace(c - w, c + w, points) for c, w in zip(centre, width, strict=True)]
        grid = np.meshgrid(*axes, indexing="ij")
        log_mass = log_density(*grid)
        mass = np.exp(log_mass - log_mass.max())
        mass /= mass.sum()
        centre = np.array([(mass * values).sum() for values in grid])
        sd = np.sqrt([(mass * (g - c) ** 2).sum() for g, c in zip(grid, centre, strict=True)])
        width = np.minimum(width, 10 * sd + 2 * width / points)
    return dict(zip((scale.role, scale.name), zip(centre, sd, strict=True), strict=True))


@pytest.fixture(scope="module", params=[Odds, Risk, Rate], ids=lambda scale: scale.__name__)
def fitted(request, tmp_path_factory):
    """The scale, and a function that fits numbers on it."""
    scale = request.param
    path = tmp_path_factory.mktemp(scale.__name__)
    model = tp.Model(
        events=scale.events,
        priors={
            "effect": tp.priors.Normal(*EFFECT),
            scale.role: tp.priors.Normal(*BASELINE),
            "tau": tp.priors.HalfNormal(STILL),
        },
    )

    def fit(arms):
        graph = model.graph(evidence_of(path, scale, arms))
        tree = sample(graph, Draw(draws=1500, tune=700, chains=4, seed=3, target_accept=0.98))
        assert check_convergence(tree).ok, check_convergence(tree).messages
        posterior = tree["posterior"].to_dataset()
        return {
            scale.name: posterior[scale.name].values[..., 0],
            scale.role: posterior[scale.role].values[..., 0],
        }

    return scale, fit


def agrees(draws, expected, name):
    mean, sd = expected
    assert within_mcse(draws, mean), f"{name}: mean {draws.mean():.4g}, exact {mean:.4g}"
    assert abs(draws.std() - sd) < 5 * mcse_sd(draws), (
        f"{name}: sd {draws.std():.4g}, exact {sd:.4g}"
    )


def test_two_by_two_table_is_the_integral(fitted):
    scale, fit = fitted
    exact = integrate(scale, scale.small)
    for name, draws in fit(scale.small).items():
        agrees(draws, exact[name], name)


def test_many_patients_show_the_true_ratio(fitted):
    scale, fit = fitted
    rng = np.random.default_rng(11)
    eta = scale.true_baseline + np.array([0, np.log(TRUE_RATIO)])
    arms = [(int(scale.distribution(ARM, scale.chance(e)).rvs(random_state=rng)), ARM) for e in eta]
    found = fit(arms)
    exact = integrate(scale, arms)
    for name, truth in ((scale.name, np.log(TRUE_RATIO)), (scale.role, scale.true_baseline)):
        agrees(found[name], exact[name], name)
        sd = exact[name][1]
        assert sd < 0.1
        assert abs(found[name].mean() - truth) < 3 * sd


def test_the_integral_is_the_delta_method_where_there_are_many_patients():
    # What checks the sampler is checked itself.
    arms = ((200, ARM), (300, ARM))
    for scale, variance in (
        (Odds, 1 / 200 + 1 / 9800 + 1 / 300 + 1 / 9700),
        (Risk, 1 / 200 + 1 / 300 - 2 / ARM),
        (Rate, 1 / 200 + 1 / 300),
    ):
        log_ratio = np.log(300 / 200) + (np.log(9800 / 9700) if scale is Odds else 0)
        mean, sd = integrate(scale, arms)[scale.name]
        assert mean == pytest.approx(log_ratio, abs=0.01)
        assert sd == pytest.approx(np.sqrt(variance), rel=0.01)
