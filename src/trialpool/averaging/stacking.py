"""Weights of models from how well each foretells the trials it has not seen."""

from __future__ import annotations

import numpy as np
from scipy.special import softmax

from trialpool.averaging.density import Values
from trialpool.errors import ModelError

#: What the weights maximise or compare, for people.
METHODS = {
    "stacking": "stacking, trials left out",
    "bootstrapped-stacking": "stacking averaged over resamples of the trials, trials left out",
    "pseudo-bma": "pseudo-BMA+, trials left out",
}
#: Resamples of the trials.
_RESAMPLES = 1000
#: Updates of the weights; each halves the distance or better where models differ at all.
_UPDATES, _CLOSE = 5000, 1e-9


def model_weights(lpd: Values, *, method: str = "stacking", seed: int) -> tuple[Values, Values]:
    """Weights of models and their standard deviations over resamples of the trials.

    Parameters
    ----------
    lpd : (model, trial)
        Log predictive densities of trials that were left out.
    method : {"stacking", "bootstrapped-stacking", "pseudo-bma"}
        ``stacking``: the mixture that foretells the trials best (Yao et al. 2018,
        doi:10.1214/17-BA1091); with few trials often one model alone, whatever the margin.
        ``bootstrapped-stacking``: its mean over resamples of the trials, which shares the weight
        where the trials cannot tell. ``pseudo-bma``: proportional to ``exp(elpd)``, averaged over
        the same resamples (pseudo-BMA+ there).
    seed : int
        Of the resamples (Bayesian bootstrap: Dirichlet weights on the trials).

    Returns
    -------
    weights, sd : (model,)

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
    shares = rng.dirichlet(np.ones(lpd.shape[1]), size=_RESAMPLES)
    if method != "pseudo-bma":
        even = np.full((1, lpd.shape[1]), 1 / lpd.shape[1])
        drawn = stack(lpd, shares)
        best = stack(lpd, even)[0] if method == "stacking" else drawn.mean(axis=0)
        return best, drawn.std(axis=0)
    drawn = softmax(lpd.shape[1] * shares @ lpd.T, axis=1)
    return drawn.mean(axis=0), drawn.std(axis=0)


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
