"""Each shape and each pooling choice finds the truth that evidence was simulated from.

The posterior is exact (tests/statistical/gaussian_posterior.py): a few numbers on a grid, the rest
in closed form, read off the PyMC model that a user would sample.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import trialpool as tp
from tests.helpers import evidence_of, row
from tests.statistical.gaussian_posterior import GaussianModel
from trialpool.evidence import Evidence
from trialpool.synthesis.time_courses import SHAPES, time_course

MONTHS = (1, 3, 6, 12, 24, 36, 48)
SE = 1.0
#: Scales are known here; what is looked for are effects and the shape's numbers.
KNOWN = {
    "class_sd": tp.priors.Fixed(8),
    "treatment_sd": tp.priors.Fixed(2),
    "tau": tp.priors.Fixed(2),
    "drift": tp.priors.Fixed(1),
    "spread": tp.priors.Fixed(25),
    "spread_sd": tp.priors.Fixed(0),
    "rho": tp.priors.Fixed(0),
}
EFFECT = {"prp": 22.0, "msc": 12.0, "msc high": 15.0}


def simulated(
    path: Path,
    share: Callable[[str], np.ndarray],
    *,
    effect: dict[str, float] = EFFECT,
    trials: int = 3,
    tau: float = 2.0,
    shift: Callable[[int], float] = lambda i: 0.0,
) -> Evidence:
    """Differences of each arm against saline at `MONTHS`, ``trials`` trials an arm."""
    rng = np.random.default_rng(11)
    rows = []
    for i in range(trials):
        for arm, mean in effect.items():
            benefit = (mean + shift(i) + tau * rng.normal()) * share(arm)
            for month, value in zip(MONTHS, benefit, strict=True):
                printed = {"mean": repr(float(-value + SE * rng.normal())), "se": SE}
                rows.append(row(f"{arm} {i}", arm, "difference", month, versus="saline", **printed))
    return evidence_of(path, rows)


def grids(shape: str, points: int) -> dict[str, np.ndarray]:
    """Equally probable values of the shape's numbers, one number for all classes."""
    where = (np.arange(points) + 0.5) / points
    found = {}
    for parameter in time_course(shape).parameters:
        draws = parameter.role.prior.draw(np.random.default_rng(1), 200_000)
        name = parameter.name if parameter.spread is None else f"{parameter.name}_typical"
        found[name] = np.quantile(draws, where)
    return found


def typical(shape: str) -> dict[str, float]:
    """True numbers of a shape: somewhat off the middle of their priors."""
    return {
        p.name: float(np.quantile(p.role.prior.draw(np.random.default_rng(2), 100_000), 0.35))
        for p in time_course(shape).parameters
    }


# ------------------------------------------------------------------------------------------ shapes


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_is_recovered(name: str, tmp_path: Path) -> None:
    truth = typical(name)
    share = time_course(name).share(np.array(MONTHS, dtype=float), truth)
    evidence = simulated(tmp_path, lambda arm: share)
    model = tp.Model(time_course=name, pooling={"time": "complete"}, priors=KNOWN)
    grid = grids(name, 6 if len(truth) > 2 else 11)
    exact = GaussianModel(model.build(evidence), ["benefit"], list(grid))
    found = exact.posterior(grid)
    mean, sd = found.moments()
    months = exact.model.coords["months"]
    mean, sd = (values.reshape(2, len(months)) for values in (mean, sd))
    at = [list(months).index(float(month)) for month in MONTHS]
    # The mean over the treatments of a class, whose own deviation has an SD of 2.
    of_class = np.array([EFFECT["prp"], (EFFECT["msc"] + EFFECT["msc high"]) / 2])
    z = (mean[:, at] - of_class[:, None] * share) / sd[:, at]
    assert np.abs(z).max() < 3
    assert np.all(sd[:, at] < 4)  # before the evidence 17
    # The shape's own numbers: their posterior holds the truth.
    for axis, rv in enumerate(exact.nonlinear):
        weight = found.weight.reshape([len(grid[v.name]) for v in exact.nonlinear])
        others = tuple(k for k in range(weight.ndim) if k != axis)
        own, values = weight.sum(axis=others), grid[rv.name]
        true = truth[rv.name.removesuffix("_typical")]
        below = own[values < true].sum()
        nearest = own[np.abs(values - true).argmin()]
        assert below + nearest > 0.005 and below - nearest < 0.995


def test_a_wrong_shape_is_seen_to_be_wrong(tmp_path: Path) -> None:
    share = time_course("waning").share(np.array(MONTHS, float), {"half_life": 12.0, "onset": 1.0})
    evidence = simulated(tmp_path, lambda arm: share)
    model = tp.Model(time_course="constant", priors={**KNOWN, "drift": tp.priors.Fixed(1e-6)})
    mean, _ = GaussianModel(model.build(evidence), ["benefit"], []).posterior({}).moments()
    assert mean[0] / (EFFECT["prp"] * share[-1]) > 3  # without drift it cannot bend


# ----------------------------------------------------------------------------------------- pooling

CONSTANT = np.ones(len(MONTHS))


def exact_effects(
    evidence: Evidence, pooling: dict[str, str], outputs: list[str], **how: Any
) -> tuple[np.ndarray, np.ndarray]:
    model = tp.Model(
        time_course="constant",
        pooling=pooling,
        priors={**KNOWN, "drift": tp.priors.Fixed(1e-3)},
        **how,
    )
    return GaussianModel(model.build(evidence), outputs, []).posterior({}).moments()


@pytest.mark.parametrize("level", ["class", "treatment", "trial"])
@pytest.mark.parametrize("choice", ["complete", "partial", "none"])
def test_effects_are_recovered_at_every_level(level: str, choice: str, tmp_path: Path) -> None:
    # What is pooled completely is the same in truth, too.
    effect = dict.fromkeys(EFFECT, 15.0) if level == "class" else {**EFFECT, "msc high": 12.0}
    if choice != "complete":
        effect = EFFECT
    # Trials that are not pooled are averaged as they are: what they truly were is the truth.
    tau = 2.0 if level != "trial" or choice == "partial" else 0.0
    evidence = simulated(tmp_path, lambda arm: CONSTANT, effect=effect, tau=tau)
    mean, sd = exact_effects(evidence, {level: choice}, ["treatment_effect", "class_effect"])
    truth = np.array([effect["prp"], effect["msc high"], effect["msc"]])  # by class and name
    truth = np.append(truth, [truth[0], truth[1:].mean()])
    if level == "class" and choice == "complete":
        truth[3:] = 15.0
    assert np.abs((mean - truth) / sd).max() < 3
    assert sd.max() < 4


def test_pooling_shrinks_as_it_should(tmp_path: Path) -> None:
    evidence = simulated(tmp_path, lambda arm: CONSTANT, trials=2)
    spread = {}
    for choice in ("complete", "partial", "none"):
        mean, _ = exact_effects(evidence, {"class": choice}, ["class_effect"])
        spread[choice] = np.ptp(mean)
    assert spread["complete"] == pytest.approx(0, abs=1e-9)
    assert 0 < spread["partial"] < spread["none"]


def test_unpooled_classes_do_not_know_of_each_other(tmp_path: Path) -> None:
    one = simulated(tmp_path / "one", lambda arm: CONSTANT)
    other = simulated(tmp_path / "other", lambda arm: CONSTANT if arm == "prp" else 3 * CONSTANT)
    for level in ("class", "treatment", "trial"):
        found = [exact_effects(e, {level: "none"}, ["class_effect"])[0][0] for e in (one, other)]
        assert found[0] == pytest.approx(found[1], rel=1e-9)
    pooled = [exact_effects(e, {}, ["class_effect"])[0][0] for e in (one, other)]
    assert abs(pooled[1] - pooled[0]) > 0.1


def test_unpooled_trials_are_averaged_plainly(tmp_path: Path) -> None:
    evidence = simulated(tmp_path, lambda arm: CONSTANT)
    wide = {"effect": tp.priors.Normal(0, 1e4)}
    model = tp.Model(
        time_course="constant",
        pooling={"trial": "none"},
        priors={**KNOWN, **wide, "drift": tp.priors.Fixed(1e-6)},
    )
    exact = GaussianModel(model.build(evidence), ["class_effect"], [])
    mean, _ = exact.posterior({}).moments()
    used = evidence.used
    by_trial = -used.groupby("trial")["y"].mean()
    for i, class_ in enumerate(exact.model.coords["class"]):
        trials = used.loc[used["class_"] == class_, "trial"].unique()
        # The reference arm's class is placebo: nothing else moves the contrast.
        assert mean[i] == pytest.approx(by_trial[trials].mean(), rel=1e-4)


@pytest.mark.parametrize("choice", ["complete", "partial", "none"])
def test_half_lives_are_recovered_however_they_are_pooled(choice: str, tmp_path: Path) -> None:
    truth = {"prp": 40.0, "msc": 40.0 if choice == "complete" else 15.0}
    truth["msc high"] = truth["msc"]
    evidence = simulated(
        tmp_path,
        lambda arm: time_course("waning").share(
            np.array(MONTHS, float), {"half_life": truth[arm], "onset": 1.0}
        ),
    )
    model = tp.Model(
        pooling={"time": choice},
        priors={**KNOWN, "half_life_sd": tp.priors.Fixed(0.5), "onset": tp.priors.Fixed(1.0)},
    )
    built = model.build(evidence)
    values = np.exp(np.linspace(np.log(6), np.log(120), 9))
    pairs = np.array([[one, other] for one in values for other in values])
    if choice == "complete":
        grid = {"half_life_typical": np.exp(np.linspace(np.log(6), np.log(120), 30))}
    elif choice == "none":
        grid = {"half_life": pairs}
    else:  # the classes' deviations enter nonlinearly too
        z = np.array([[one, other] for one in (-2, -1, 0, 1, 2) for other in (-2, -1, 0, 1, 2)])
        grid = {"half_life_typical": values, "half_life_z": z}
    found = GaussianModel(built, ["half_life"], list(grid)).posterior(grid)
    if choice == "partial":
        prior = np.array([np.exp(-(v**2).sum() / 2) for _ in values for v in grid["half_life_z"]])
        found = replace(found, weight=found.weight * prior / (found.weight @ prior))
    mean = found.weight @ np.log(found.mean)
    sd = np.sqrt(found.weight @ (np.log(found.mean) - mean) ** 2)
    # A grid cannot say more than its step.
    assert np.all(np.abs(mean - np.log([truth["prp"], truth["msc"]])) < 3 * np.maximum(sd, 0.1))
    assert np.all(sd < 0.5)


def test_one_tau_a_class_is_that_of_its_class(tmp_path: Path) -> None:
    evidence = simulated(tmp_path, lambda arm: CONSTANT)
    built = tp.Model(time_course="constant", heterogeneity="class").build(evidence)
    dims = built.named_vars_to_dims
    assert dims["tau"] == ("class",) and dims["tau_z"] == ("class",)
    # With all classes' SDs equal it is the model of a common one.
    fixed = {**KNOWN, "tau_sd": tp.priors.Fixed(0), "drift": tp.priors.Fixed(1e-3)}
    outputs = ["class_effect"]
    common = tp.Model(time_course="constant", priors=fixed).build(evidence)
    each = tp.Model(time_course="constant", heterogeneity="class", priors=fixed).build(evidence)
    np.testing.assert_allclose(
        GaussianModel(each, outputs, []).posterior({}).moments(),
        GaussianModel(common, outputs, []).posterior({}).moments(),
    )


# -------------------------------------------------------------------------------------- covariates


def with_doses(evidence: Evidence, doses: dict[str, object]) -> Evidence:
    trials = evidence.trials.assign(dose=[str(doses[trial]) for trial in evidence.trials["trial"]])
    return replace(evidence, trials=trials)


def test_a_slope_is_recovered_in_units_of_its_covariate(tmp_path: Path) -> None:
    evidence = simulated(tmp_path, lambda arm: CONSTANT, shift=lambda i: 4.0 * i)
    evidence = with_doses(evidence, {t: t.split()[-1] for t in evidence.trials["trial"]})
    mean, sd = exact_effects(evidence, {}, ["slope", "class_effect"], covariates=["dose"])
    assert abs(mean[0] - 4) < 3 * sd[0] and sd[0] < 1.2
    # Class effects are those at the mean dose, 1.
    truth = np.array([EFFECT["prp"], (EFFECT["msc"] + EFFECT["msc high"]) / 2]) + 4.0
    assert np.abs((mean[1:] - truth) / sd[1:]).max() < 3


def test_a_category_has_a_slope_a_level(tmp_path: Path) -> None:
    evidence = simulated(tmp_path, lambda arm: CONSTANT, shift=lambda i: -6.0 * (i == 0))
    kinds = {t: "open" if t.endswith("0") else "blind" for t in evidence.trials["trial"]}
    evidence = with_doses(evidence, kinds)
    model = tp.Model(time_course="constant", covariates=["dose"], priors=KNOWN)
    built = model.build(evidence)
    assert list(built.coords["covariate"]) == ["dose=open"]
    mean, sd = GaussianModel(built, ["slope"], []).posterior({}).moments()
    assert abs(mean[0] + 6) < 3 * sd[0] and sd[0] < 2.5
