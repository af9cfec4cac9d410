"""Each kind of report against 10,000 simulated patients an arm, summarised as that kind prints.

One review with a trial a kind: the posterior of the arm must hold the truth, and be as wide as the
kind's information says. Heterogeneity is fixed and wide, so no trial learns from another what its
own number should tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from scipy import stats

import trialpool as tp
from tests.helpers import evidence_of, row
from trialpool.engines import Draw
from trialpool.engines.nuts import sample

pytestmark = pytest.mark.statistical

N = 10_000
BASELINE, CHANGE, SD, RHO = 65.0, -8.0, 10.0, 0.4
#: SE of the difference of two means of N patients.
SE = SD * np.sqrt(2 / N)


@dataclass(frozen=True)
class Arm:
    """Scores of the patients of one arm at baseline and at 6 and 12 months."""

    name: str
    before: np.ndarray
    six: np.ndarray
    twelve: np.ndarray

    def at_baseline(self) -> dict[str, str]:
        return row("", self.name, "mean", 0, n=N, mean=self.before.mean(), sd=self.before.std())

    def responders(self, threshold: str, reached: np.ndarray) -> dict[str, str]:
        events = int(reached.sum())
        return row("", self.name, "responders", 6, n=N, events=events, threshold=threshold)


def draw_arm(rng: np.random.Generator, name: str, gain: float) -> Arm:
    level = np.sqrt(RHO) * rng.normal(size=N)
    scores = SD * (level + np.sqrt(1 - RHO) * rng.normal(size=(3, N)))
    means = BASELINE + np.array([0, CHANGE - gain, CHANGE - gain])
    return Arm(name, *(means[:, None] + scores))


def each(*views: Any) -> Any:
    """Rows of both arms, each the same view of its patients."""
    return lambda prp, saline: [view(arm) for arm in (prp, saline) for view in views]


def mean_of(arm: Arm) -> dict[str, str]:
    return row("", arm.name, "mean", 6, n=N, mean=arm.six.mean(), sd=arm.six.std(ddof=1))


def bare_mean_of(arm: Arm) -> dict[str, str]:
    return row("", arm.name, "mean", 6, n=N, mean=arm.six.mean())


def change_of(arm: Arm) -> dict[str, str]:
    change = arm.six - arm.before
    return row("", arm.name, "change", 6, n=N, mean=change.mean(), se=change.std() / N**0.5)


def percent_of(arm: Arm) -> dict[str, str]:
    percent = 100 * (arm.six.mean() / arm.before.mean() - 1)
    return row("", arm.name, "percent_change", 6, n=N, mean=percent)


def quartiles_of(arm: Arm) -> dict[str, str]:
    q1, median, q3 = np.quantile(arm.six, [0.25, 0.5, 0.75])
    return row("", arm.name, "median", 6, n=N, q1=q1, median=median, q3=q3)


def difference(
    prp: Arm, saline: Arm, *, scale: str = "VAS 0-100", shown: str = "se"
) -> dict[str, str]:
    value = prp.six.mean() - saline.six.mean()
    pooled = np.sqrt((prp.six.var(ddof=1) + saline.six.var(ddof=1)) / 2)
    se = pooled * np.sqrt(2 / N)
    p = 2 * stats.norm.sf(abs(value) / se)
    cells: dict[str, Any] = {
        "se": {"se": se},
        "interval": {"lower": value - 1.96 * se, "upper": value + 1.96 * se, "level": 95},
        "p": {"p": f"{p:.6g}"},
        "sizes": {},
    }[shown]
    if scale == "SMD":
        value = value / pooled
    cells |= {"n": N, "versus_n": N}
    return row("", "prp", "difference", 6, mean=value, versus="saline", scale=scale, **cells)


def a_test(prp: Arm, saline: Arm, printed: str | None = None) -> dict[str, str]:
    found = stats.ttest_ind(prp.six, saline.six)
    favours = "prp" if found.statistic < 0 else "saline"
    text = printed or f"{found.pvalue:.6g}"
    return row("", "prp", "p_value", 6, p=text, favours=favours, n=N, versus="saline", versus_n=N)


#: Kind -> (true gain, rows of the trial, SE of the gain that N patients can give, or None).
KINDS: dict[str, tuple[float, Any, float | None]] = {
    "mean and SD": (9.0, each(Arm.at_baseline, mean_of), None),
    "mean without SD": (3.0, each(Arm.at_baseline, bare_mean_of), None),
    "change and SE": (7.0, each(change_of), SE * np.sqrt(2 * (1 - RHO))),
    "percent of baseline": (12.0, each(Arm.at_baseline, percent_of), None),
    "median and quartiles": (5.0, each(Arm.at_baseline, quartiles_of), None),
    "median and range": (
        6.0,
        each(
            Arm.at_baseline,
            lambda arm: row(
                "", arm.name, "median", 6, n=N, median=np.median(arm.six),
                min=arm.six.min(), max=arm.six.max(),
            ),
        ),
        None,
    ),
    "responders by half": (
        10.0,
        each(Arm.at_baseline, lambda a: a.responders(">=50%", a.six <= a.before / 2)),
        None,
    ),
    "responders by 20 mm": (
        4.0,
        each(Arm.at_baseline, lambda a: a.responders(">=20mm", a.six <= a.before - 20)),
        None,
    ),
    "responders by 30 % and 20 mm": (
        8.0,
        each(
            Arm.at_baseline,
            lambda a: a.responders(
                ">=30% and >=20mm", (a.six <= 0.7 * a.before) & (a.six <= a.before - 20)
            ),
        ),
        None,
    ),
    "responders by a state": (
        11.0, each(Arm.at_baseline, lambda a: a.responders("<=40mm", a.six <= 40)), None,
    ),
    "responders by three thresholds": (
        2.0,
        each(
            Arm.at_baseline,
            *(
                lambda a, x=x: a.responders(f">={x}%", a.six <= (1 - x / 100) * a.before)
                for x in (20, 40, 60)
            ),
        ),
        None,
    ),
    "responders without a threshold": (
        9.5, each(lambda a: a.responders("", a.six <= a.before - 15)), None,
    ),
    "difference and SE": (7.5, lambda p, s: [difference(p, s)], SE),
    "difference and interval": (1.0, lambda p, s: [difference(p, s, shown="interval")], SE),
    "difference and p": (1.5, lambda p, s: [difference(p, s, shown="p")], SE),
    "standardised difference": (
        6.5, lambda p, s: [difference(p, s, scale="SMD", shown="sizes")], None,
    ),
    "p-value": (0.4, lambda p, s: [a_test(p, s)], SE),
    "not significant": (0.1, lambda p, s: [a_test(p, s, "ns")], None),
}  # fmt: skip
PRIORS = {
    "effect": tp.priors.Fixed(6.0),
    "tau": tp.priors.Fixed(15.0),
    "drift": tp.priors.Fixed(1e-6),
    "spread": tp.priors.LogNormal(np.log(12), 0.3),
}


@pytest.fixture(scope="module")
def posterior(tmp_path_factory):
    rng = np.random.default_rng(20)
    rows = []
    for kind, (gain, view, _) in KINDS.items():
        arms = draw_arm(rng, "prp", gain), draw_arm(rng, "saline", 0.0)
        rows += [cells | {"trial": kind} for cells in view(*arms)]
    evidence = evidence_of(tmp_path_factory.mktemp("kinds"), rows)
    assert set(evidence.used["trial"]) == set(KINDS)
    model = tp.Model(time_course="constant", priors=PRIORS)
    how = Draw(draws=500, tune=700, chains=2, seed=1, target_accept=0.9)
    return sample(model.graph(evidence), how)["posterior"].to_dataset()


@pytest.mark.parametrize("kind", KINDS)
def test_the_gain_of_the_arm_is_that_of_its_patients(posterior, kind):
    gain, _, se = KINDS[kind]
    draws = posterior["trial_benefit"].sel(trial_arm=f"{kind} | prp", months=6.0).values
    assert abs(draws.mean() - gain) < 3.5 * draws.std()
    # SDs of an arm differ between visits by 15 %, so counts tell a gain only so well.
    assert draws.std() < (2.0 if "responders" in kind else 0.5)
    if se is not None:
        assert draws.std() == pytest.approx(se, rel=0.12)


WITH_VISIT = [kind for kind, (_, view, _) in KINDS.items() if view.__qualname__.startswith("each")]


@pytest.mark.parametrize("kind", [k for k in WITH_VISIT if k != "responders without a threshold"])
def test_the_mean_of_the_control_arm_is_that_of_its_patients(posterior, kind):
    change = posterior["control_change"].sel(visit=f"{kind} | 6").values
    assert abs(change.mean() - CHANGE) < 3.5 * change.std()
    assert change.std() < (3.0 if "responders" in kind else 0.5)


def test_spread_and_correlation_are_those_of_the_patients(posterior):
    for name, truth in (("spread", SD), ("rho", RHO)):
        draws = posterior[name].values
        assert abs(draws.mean() - truth) < 3.5 * draws.std()
    # Of rho little is known: the SDs of visits may differ.
    assert posterior["spread"].values.std() < 0.1 * SD
