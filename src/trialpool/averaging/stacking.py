"""Weights of models from how well each foretells the trials it has not seen."""

from __future__ import annotations

import numpy as np
from scipy.special import softmax

from trialpool.averaging.density import Values
from trialpool.errors import ModelError

#: What the weights are, for people.
METHODS = {
    "stacking": "Bayesian stacking, trials left out",
    "stacking-mode": "stacking, trials left out",
    "pseudo-bma": "pseudo-BMA+, trials left out",
}
#: Resamples of the trials.
_RESAMPLES = 1000
#: Chains of the weights and their iterations; the first fifth of them is not used.
_CHAINS, _ITERATIONS = 100, 500
#: Updates of the weights; each halves the distance or better where models differ at all.
_UPDATES, _CLOSE = 5000, 1e-9


def model_weights(lpd: Values, *, method: str = "stacking", seed: int) -> tuple[Values, Values]:
    """Weights of models and how uncertain they are.

    Parameters
    ----------
    lpd : (model, trial)
        Log predictive densities of trials that were left out.
    method : {"stacking", "stacking-mode", "pseudo-bma"}
        ``stacking``: posterior mean of the weights of the mixture that foretells the trials, under
        a uniform prior (Yao, Pirs, Vehtari and Gelman 2022, doi:10.1214/21-BA1287): where the
        trials cannot tell models apart, these share the weight. ``stacking-mode``: the weights that
        foretell the trials best (Yao et al. 2018, doi:10.1214/17-BA1091); with few trials often one
        model alone, whatever the margin. ``pseudo-bma``: proportional to ``exp(elpd)``, averaged
        over resamples of the trials (pseudo-BMA+ there).
    seed : int
        Of the draws or resamples (Bayesian bootstrap: Dirichlet weights on the trials).

    Returns
    -------
    weights, sd : (model,)
        ``sd`` over the posterior, or over the resamples.

    Raises
    ------
    ModelError
        For another method, or densities that are not finite.
    """
    lpd = np.asarray(lpd, dtype=float)
    if method not in METHODS:
        raise ModelError(f"method: got {method!r}; expected one of {', '.join(METHODS)}")
    if lpd.ndim != 2 or not np.isfinite(lpd).all():
        raise ModelError(
            f"weights: got log predictive densities of shape {lpd.shape} with "
            f"{int((~np.isfinite(lpd)).sum())} that are not finite; expected a finite one for each "
            "model and trial"
        )
    rng = np.random.default_rng([seed, 2])
    if method == "stacking":
        drawn = posterior_weights(lpd, rng)
        return drawn.mean(axis=0), drawn.std(axis=0)
    shares = rng.dirichlet(np.ones(lpd.shape[1]), size=_RESAMPLES)
    if method == "stacking-mode":
        even = np.full((1, lpd.shape[1]), 1 / lpd.shape[1])
        return stack(lpd, even)[0], stack(lpd, shares).std(axis=0)
    drawn = softmax(lpd.shape[1] * shares @ lpd.T, axis=1)
    return drawn.mean(axis=0), drawn.std(axis=0)


def posterior_weights(lpd: Values, rng: np.random.Generator) -> Values:
    """Draws of ``w`` from ``p(w) prod_i sum_k w[k] exp(lpd[k, i])``, uniform on the simplex before.

    Gibbs sampling of a mixture of known densities: each trial is given to a model, then the weights
    are Dirichlet with the counts.

    Parameters
    ----------
    lpd : (model, trial)
    rng : Generator

    Returns
    -------
    (draw, model)
    """
    density = np.exp(lpd - lpd.max(axis=0))
    weights = rng.dirichlet(np.ones(len(lpd)), size=_CHAINS)
    drawn = []
    for _ in range(_ITERATIONS):
        share = np.cumsum(weights[:, :, None] * density, axis=1)
        model = (share < share[:, -1:] * rng.uniform(size=(_CHAINS, 1, lpd.shape[1]))).sum(axis=1)
        counts = (model[:, None] == np.arange(len(lpd))[:, None]).sum(axis=2)
        gamma = rng.standard_gamma(1.0 + counts)
        weights = gamma / gamma.sum(axis=1, keepdims=True)
        drawn.append(weights)
    return np.concatenate(drawn[_ITERATIONS // 5 :])


def stack(lpd: Values, shares: Values) -> Values:
    """Weights ``w`` on the simplex that maximise ``sum_i share[i] log sum_k w[k] exp(lpd[k, i])``.

    Parameters
    ----------
    lpd : (model, trial)
    shares : (resample, trial)
        Weights of the trials, each row of sum 1.

    Returns
    -------
    (resample, model)
    """
    density = np.exp(lpd - lpd.max(axis=0))
    weights = np.full((len(shares), len(lpd)), 1 / len(lpd))
    for _ in range(_UPDATES):
        # The expectation-maximisation step of a mixture of known densities: never goes down, and
        # stays on the simplex.
        updated = weights * ((shares / (weights @ density)) @ density.T)
        done = np.abs(updated - weights).max() < _CLOSE
        weights = updated
        if done:
            break
    return weights
