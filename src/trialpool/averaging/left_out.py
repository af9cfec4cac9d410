"""How well each trial is foretold by the others: log predictive densities with trials left out.

    lpd[i] = log p(y[i] | y[-i]) = -log E[ 1 / L[i](theta) | y ]

by Pareto smoothed importance sampling (Vehtari et al. 2017, doi:10.1007/s11222-016-9696-4), and
where its diagnostic says that the draws do not reach, from draws of the posterior without the
trial. Formulas: ``docs/model.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from scipy.optimize import brentq
from scipy.special import expit, logsumexp

from trialpool.averaging.density import Density, Index, Values
from trialpool.averaging.integral import OwnNumbers, TrialLikelihood, trial_likelihood
from trialpool.engines import Draw
from trialpool.engines.annealed import easy_graph
from trialpool.engines.nuts import sample
from trialpool.errors import ModelError
from trialpool.evidence import Evidence
from trialpool.synthesis import Model
from trialpool.synthesis.weights import WEIGHTS

#: Draws of the posterior that are used, and copies of the own numbers for each of them.
DRAWS, COPIES = 600, 32
#: Sampling without a trial: two short chains, since only an average over them is wanted.
_REFIT = Draw(draws=400, tune=400, chains=2)


@dataclass(frozen=True)
class LeftOut:
    """Log predictive density of each trial given the others.

    Attributes
    ----------
    trials : tuple of str
    lpd : (trial,)
        ``log p(y[i] | y[-i])``.
    mcse : (trial,)
        Its Monte Carlo standard error.
    pareto_k : (trial,)
        Shape of the tail of the importance weights.
    refitted : tuple of str
        Trials of which ``pareto_k`` was too large, so that the model was sampled without them.
    effective : (trial,)
        Mean share of the draws behind each integral that were effective.
    """

    trials: tuple[str, ...]
    lpd: Values
    mcse: Values
    pareto_k: Values
    refitted: tuple[str, ...]
    effective: Values

    @property
    def elpd(self) -> float:
        """Sum over the trials."""
        return float(self.lpd.sum())

    @property
    def se(self) -> float:
        """Standard error of the sum, from the variation between trials."""
        return standard_error(self.lpd)

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for the record of a posterior."""
        plain = {
            name: [float(x) if np.isfinite(x) else None for x in getattr(self, name)]
            for name in ("lpd", "mcse", "pareto_k", "effective")
        }
        return {"trials": list(self.trials), **plain, "refitted": list(self.refitted)}

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> LeftOut:
        """The reverse of `to_dict`."""

        def values(name: str) -> Values:
            return np.array([np.nan if x is None else x for x in found[name]], dtype=float)

        return cls(
            tuple(found["trials"]),
            values("lpd"),
            values("mcse"),
            values("pareto_k"),
            tuple(found["refitted"]),
            values("effective"),
        )


def standard_error(by_trial: Values) -> float:
    """Standard error of a sum over trials."""
    return float(np.sqrt(len(by_trial) * np.var(by_trial, ddof=1)))


def leave_trials_out(
    model: Model,
    evidence: Evidence,
    posterior: xr.Dataset,
    *,
    seed: int,
    target_accept: float = 0.9,
    draws: int = DRAWS,
    copies: int = COPIES,
    k_limit: float | None = None,
    say: Callable[[str], None] | None = None,
) -> LeftOut:
    """Foretell each trial from the others.

    Parameters
    ----------
    model : Model
    evidence : Evidence
    posterior : xr.Dataset
        Its draws, dims (chain, draw, ...).
    seed : int
        The same seed gives the same numbers.
    target_accept : float
        Of NUTS, where it samples without a trial.
    draws, copies : int
        Draws of the posterior used, and of the own numbers of the trials for each.
    k_limit : float, optional
        Pareto k over which a trial is left out by sampling; by default 0.7, less for few draws
        (Vehtari et al. 2024, arXiv:1507.02646).
    say : callable, optional
        Told which trials are left out by sampling.

    Returns
    -------
    LeftOut
        Of the trials that enter the posterior; one of weight 0 does not.

    Raises
    ------
    ModelError
        If fewer than two trials enter.
    """
    rng = np.random.default_rng([seed, 1])
    graph = model.graph(evidence)
    density = Density(graph)
    power = np.ones(len(density.trials))
    if WEIGHTS in graph.data:
        power = np.asarray(graph.data[WEIGHTS][1], dtype=float)
    enter = np.flatnonzero(power > 0)
    if enter.size < 2:
        raise ModelError(
            f"leaving trials out: got {enter.size} that enters; expected at least 2, since each "
            "is foretold from the others"
        )
    points = density.points(posterior)
    own, centre, scale = density.own(points), points.mean(axis=0), points.std(axis=0)
    used = points[_evenly(len(points), draws)]
    found = trial_likelihood(
        OwnNumbers(density, own, centre, scale), used, power, copies=copies, rng=rng
    )
    lpd, mcse, pareto_k = np.transpose([_smoothed(found, int(trial)) for trial in enter])
    limit = min(0.7, 1 - 1 / np.log10(len(used))) if k_limit is None else k_limit
    effective = found.effective.mean(axis=0)[enter] / copies

    far = np.flatnonzero(~(pareto_k <= limit))
    if far.size and say is not None:
        names = ", ".join(density.trials[enter[place]] for place in far)
        say(f"Sampling without each of {far.size} trials: {names}.")
    for place in far:
        trial = int(enter[place])
        how = replace(_REFIT, seed=seed + 1 + trial, target_accept=target_accept)
        weights = {**model.trial_weights, density.trials[trial]: 0.0}
        left = replace(model, trial_weights=weights)
        drawn = sample(left.graph(evidence), how, easy_graph(left, evidence))
        without = drawn["posterior"].to_dataset()
        only = [e if t == trial else e[:0] for t, e in enumerate(own)]
        again = trial_likelihood(
            OwnNumbers(density, only, centre, scale),
            density.points(without),
            power,
            copies=copies,
            rng=rng,
        )
        estimate = _bridged if power[trial] == 1 else _averaged
        lpd[place], mcse[place] = estimate(found, again, trial, how.chains)
        effective[place] = again.effective[:, trial].mean() / copies
    return LeftOut(
        tuple(density.trials[trial] for trial in enter),
        lpd,
        mcse,
        pareto_k,
        tuple(density.trials[enter[place]] for place in far),
        effective,
    )


def _evenly(size: int, wanted: int) -> Index:
    """Places of draws spread evenly over the chains."""
    return np.unique(np.linspace(0, size - 1, min(size, wanted)).astype(np.int64))


def _smoothed(found: TrialLikelihood, trial: int) -> tuple[float, float, float]:
    """Log predictive density, its error and Pareto k by importance sampling."""
    from arviz_stats.base import array_stats  # ArviZ is slow to load

    log_weights, pareto_k = array_stats.psislw(found.log_powered[:, trial])
    log_weights = log_weights - logsumexp(log_weights)
    lpd = logsumexp(log_weights + found.log_value[:, trial])
    ratio = np.exp(found.log_value[:, trial] - lpd)
    mcse = np.sqrt(np.sum((np.exp(log_weights) * (ratio - 1)) ** 2))
    return float(lpd), float(mcse), float(pareto_k)


def _bridged(
    found: TrialLikelihood, without: TrialLikelihood, trial: int, chains: int
) -> tuple[float, float]:
    """Log predictive density and its error from draws with and without the trial.

    The two posteriors differ by the factor ``L[i]``, so the ratio of their constants, which is the
    predictive density, is Bennett's acceptance ratio (Meng and Wong 1996, Statistica Sinica 6:831).
    """
    inside, outside = found.log_value[:, trial], without.log_value[:, trial]
    more = np.log(inside.size / outside.size)

    def too_low(lpd: float) -> float:
        return float(expit(outside - lpd + more).sum() - expit(lpd - more - inside).sum())

    ends = np.concatenate([inside, outside])
    lpd = float(brentq(too_low, ends.min() - abs(more) - 1, ends.max() + abs(more) + 1))
    shares = expit(lpd - more - inside), expit(outside - lpd + more)
    sizes = inside.size, _effective(shares[1].reshape(chains, -1))
    variance = [np.var(part) / part.mean() ** 2 / n for part, n in zip(shares, sizes, strict=True)]
    return lpd, float(np.sqrt(sum(variance)))


def _averaged(
    found: TrialLikelihood, without: TrialLikelihood, trial: int, chains: int
) -> tuple[float, float]:
    """Log predictive density and its error from draws without the trial alone."""
    log_value = without.log_value[:, trial]
    lpd = float(logsumexp(log_value) - np.log(log_value.size))
    ratio = np.exp(log_value - lpd).reshape(chains, -1)
    return lpd, float(ratio.std() / np.sqrt(_effective(ratio)))


def _effective(values: Values) -> float:
    """Effective number of the draws, (chain, draw)."""
    from arviz_stats.base import array_stats

    return float(array_stats.ess(values))
