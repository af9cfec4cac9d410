"""Our numbers beside those of a peer, problem by problem; `validation.peers` writes the page.

Models and evidence are those of ``tests/reference/problems.py``. Peers that sample have a Monte
Carlo error too, so differences are counted in combined errors, as the tests of ``tests/reference``
count them.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

import trialpool as tp
from tests.helpers import mcse_mean, mcse_quantile, mcse_sd
from tests.reference.draws import MEDIAN, TAIL, contrasts, rank_probabilities, share

Values = NDArray[np.float64]
QUANTILES = {"q2.5": 0.025, "median": 0.5, "q97.5": 0.975}
#: bayesmeta's words for the same.
CENTRAL = {"lower95": "q2.5", "median": "median", "upper95": "q97.5"}
STATISTICS = ("mean", "sd", *QUANTILES)


@dataclass(frozen=True)
class Pair:
    """One number of a peer and ours.

    ``error`` is the Monte Carlo error of the difference, ``rounding`` what the digits leave open.
    """

    quantity: str
    statistic: str
    peer: float
    ours: float
    error: float
    rounding: float = 0.0

    @property
    def errors(self) -> float:
        """The difference in Monte Carlo errors."""
        gap = self.ours - self.peer
        beyond = max(abs(gap) - self.rounding, 0.0)
        return float(np.copysign(beyond, gap) / self.error) if self.error > 0 else 0.0


@dataclass(frozen=True)
class Compared:
    """A problem: all numbers compared, and which quantities the page shows."""

    name: str
    pairs: list[Pair]
    shown: list[str]
    how: str
    more: list[str] = field(default_factory=list)


class Fits:
    """Posteriors of the reference problems, sampled once each."""

    def __init__(self, problems: Mapping[str, Any], draws: int) -> None:
        self.problems, self.draws = problems, draws
        self._found: dict[str, tp.Posterior] = {}

    def __call__(self, name: str) -> tp.Posterior:
        if name not in self._found:
            model, evidence = self.problems[name]
            self._found[name] = tp.fit(
                model, evidence, seed=zlib.crc32(name.encode()) % 2**31, draws=self.draws,
                tune=1000, target_accept=0.95, progress=False,
            )  # fmt: skip
        return self._found[name]

    def variable(self, name: str, variable: str, **at: Any) -> Values:
        """Draws of a variable, (chain, draw, ...)."""
        found = self(name).tree["posterior"][variable]
        return np.asarray((found.sel(at) if at else found).values)

    def how(self, name: str) -> str:
        """Engine and number of draws."""
        meta = self(name).meta
        return f"{meta['engine']}, {meta['chains']} x {meta['draws']} draws"

    def named(self, name: str) -> dict[str, Values]:
        """Contrasts of a network by multinma's names, and tau."""
        posterior = self(name)
        drawn = posterior.tree["posterior"]
        found = contrasts(
            drawn["treatment_effect"].values,
            drawn["treatment"].values.tolist(),
            posterior.meta["reference"],
        )
        return found | ({"tau": drawn["tau"].values} if "tau" in drawn else {})


def moments(quantity: str, draws: Values, peer: Mapping[str, Any], error: float) -> list[Pair]:
    """Mean, SD and quantiles of a quantity; ``error`` is the peer's Monte Carlo error of its mean.

    That of its SD follows from the fourth moment, and of its quantiles from the density, both of
    our own draws.
    """
    draws = np.atleast_2d(draws)
    kurtosis = float(np.mean((draws - draws.mean()) ** 4) / draws.var() ** 2)
    found = [
        ("mean", float(draws.mean()), mcse_mean(draws), error),
        ("sd", float(draws.std()), mcse_sd(draws), error * np.sqrt(kurtosis - 1) / 2),
    ]
    for label, p in QUANTILES.items():
        own = mcse_quantile(draws, p)
        factor = max(MEDIAN if p == 0.5 else TAIL, own / mcse_mean(draws)) if error else 0.0
        found.append((label, float(np.quantile(draws, p)), own, error * factor))
    return [
        Pair(quantity, label, float(peer[label]), ours, float(np.hypot(own, theirs)))
        for label, ours, own, theirs in found
        if label in peer
    ]


def of_samplers(name: str, draws: Mapping[str, Values], peer: Mapping[str, Any]) -> list[Pair]:
    """Every quantity of a peer that samples (mean, sd, quantiles, mcse, P(below 0))."""
    found = []
    for quantity, row in peer.items():
        if quantity in draws:
            found += moments(quantity, draws[quantity], row, row["mcse"])
            if "p_below_0" in row:
                found.append(_share(quantity, "P(< 0)", draws[quantity] < 0, row["p_below_0"],
                                    row["ess"]))  # fmt: skip
    if not found:
        raise ValueError(f"{name}: got no quantity of the peer; expected one of {list(draws)[:8]}")
    return found


def _share(quantity: str, statistic: str, happened: Values, peer: float, ess: float) -> Pair:
    ours, own, theirs = share(np.atleast_2d(happened), ess)
    return Pair(quantity, statistic, peer, ours, float(np.hypot(own, theirs)))


def ranks(
    effects: Values,
    treatments: list[str],
    reference: str,
    peer: Mapping[str, Iterable[float]],
    ess: float,
    *,
    lower_better: bool,
) -> list[Pair]:
    """Rank probabilities of every treatment."""
    names, has = rank_probabilities(effects, treatments, reference, lower_better=lower_better)
    return [
        _share(f"rank of {name}", f"P({rank + 1})", has[..., i, rank], probability, ess)
        for i, name in enumerate(names)
        for rank, probability in enumerate(peer[name])
    ]


def bayesmeta(name: str, problem: dict[str, Any], fits: Fits) -> Compared:
    """An exact peer: only our draws have an error."""
    found = problem["results"]
    rows = {
        "mu": ("effect", found["mu"]["central"]),
        "tau": ("tau", found["tau"]["central"]),
        "new study": ("predicted_effect", found["prediction_theta_new"]["central"]),
    }
    pairs = []
    for quantity, (variable, central) in rows.items():
        peer = {CENTRAL.get(label, label): value for label, value in central.items()}
        pairs += moments(quantity, fits.variable(name, variable), peer, 0.0)
    for study, central in found["shrinkage_theta_central"].items():
        peer = {CENTRAL.get(label, label): value for label, value in central.items()}
        draws = fits.variable(name, "study_effect", study=study)
        pairs += moments(f"effect of {study}", draws, peer, 0.0)
    for quantity, variable, quantiles in (
        ("tau", "tau", found["tau_quantiles"]), ("mu", "effect", found["mu_quantiles"]),
    ):  # fmt: skip
        draws = fits.variable(name, variable)
        for label, value in quantiles.items():
            p = int(label[1:]) / 100
            own = mcse_quantile(draws, p)
            pairs.append(Pair(quantity, label, value, float(np.quantile(draws, p)), own))
    below = fits.variable(name, "effect") < 0
    if 0 < below.mean() < 1:
        pairs.append(_share("mu", "P(< 0)", below, found["mu"]["p_mu_below_0"], np.inf))
    return Compared(name, pairs, list(rows), fits.how(name))


def network(name: str, problem: dict[str, Any], fits: Fits, *, lower_better: bool) -> Compared:
    """multinma: effects against the reference, all contrasts, rank probabilities."""
    found, named = problem["results"], fits.named(name)
    pairs = of_samplers(name, named, found["posterior"])
    pairs += of_samplers(name, named, found["all_contrasts"])
    drawn = fits(name).tree["posterior"]
    by_rank = {
        row[".trt"]: [row[key] for key in row if key.startswith("p_rank")]
        for row in found["rank_probs"]
    }
    pairs += ranks(
        drawn["treatment_effect"].values, drawn["treatment"].values.tolist(),
        fits(name).meta["reference"], by_rank,
        min(row["ess"] for row in found["posterior"].values()), lower_better=lower_better,
    )  # fmt: skip
    return Compared(name, pairs, list(found["posterior"]), fits.how(name))


def smoking_jags(name: str, problem: dict[str, Any], fits: Fits) -> Compared:
    """The program of TSD 2, which numbers its treatments."""
    found = problem["results"]
    order = ("No intervention", "Self-help", "Individual counselling", "Group counselling")
    drawn = fits(name).tree["posterior"]
    effects, treatments = drawn["treatment_effect"], drawn["treatment"].values.tolist()
    draws = {f"d[{i}]": effects.sel(treatment=t).values for i, t in enumerate(order[1:], 2)}
    pairs = of_samplers(name, draws | {"sd": drawn["tau"].values}, found["posterior"])
    ess = min(row["ess"] for row in found["posterior"].values())
    by_rank = dict(zip(order, found["rank_probs"], strict=True))
    pairs += ranks(effects.values, treatments, order[0], by_rank, ess, lower_better=False)
    return Compared(name, pairs, list(found["posterior"]), fits.how(name))


def nissen(name: str, problem: dict[str, Any], fits: Fits, fitted: str) -> Compared:
    """Rare events: JAGS and multinma."""
    names = {"d": "effect", "d[rosiglitazone]": "effect", "tau": "tau", "dnew": "predicted_effect"}
    draws = {theirs: fits.variable(fitted, ours) for theirs, ours in names.items()}
    pairs = of_samplers(name, draws, problem["results"]["posterior"])
    shown = [q for q in problem["results"]["posterior"] if q in names]
    return Compared(name, pairs, shown, fits.how(fitted))


def time_course(
    name: str, problem: dict[str, Any], fits: Fits, label: str, unit: float
) -> Compared:
    """MBNMAtime: numbers of the course, and relative effects at the times listed."""
    treatments, found = problem["treatments_in_order"], problem["results"]
    drawn = fits(name).tree["posterior"]
    effects = drawn["treatment_effect"]
    draws = {
        f"{label}[{i}]": effects.sel(treatment=t).values / unit
        for i, t in enumerate(treatments[1:], 2)
    }
    if "tau" in drawn:
        draws[f"sd.{label}"] = drawn["tau"].values / unit
    if "onset" in drawn:
        draws["et50"] = drawn["onset"].values
    pairs = of_samplers(name, draws, found["posterior"])
    ess = min(found["posterior"][q]["ess"] for q in draws if q in found["posterior"])
    at_time = drawn["relative_effect"]
    for time, by_treatment in found["relative_effects_vs_reference"].items():
        own = {t: at_time.sel(treatment=t, months=float(time)).values for t in treatments[1:]}
        for t in treatments[1:]:
            row = by_treatment[t]
            error = row["sd"] / np.sqrt(ess)
            pairs += moments(f"{t} at {time} weeks", own[t], row, error)
        both = np.stack([np.zeros_like(own[treatments[1]]), *own.values()], axis=-1)
        best = np.argmin(both, axis=-1)
        pairs += [
            _share(f"{t} at {time} weeks", "P(best)", best == i, by_treatment[t]["p_best"], ess)
            for i, t in enumerate(treatments)
        ]
    return Compared(name, pairs, [q for q in found["posterior"] if q in draws], fits.how(name))
