"""Posterior of a selection by one-sided p-value, on a grid of (effect, tau, omega); no PyMC."""

import numpy as np
from scipy import stats


def integrate(y, se, *, log_prior_tau, effects, upper, cut=0.025, points=(120, 40, 40)):
    """(mean, SD) of effect, tau and omega, and the central 95 % interval of the effect.

    Flat prior on the effect between the two ``effects``, uniform on omega. Positive estimates are
    favoured.
    """
    (x, wx), (t, wt), (o, wo) = (np.polynomial.legendre.leggauss(n) for n in points)
    effect = effects[0] + (effects[1] - effects[0]) * (x + 1) / 2
    u = (t + 1) / 2
    tau, omega = upper * u**2, (o + 1) / 2
    sd = np.hypot(se, tau[:, None])  # (tau, study)
    mean = effect[:, None, None]
    normal = stats.norm.logpdf(y, mean, sd).sum(axis=2)
    significant = stats.norm.sf(stats.norm.isf(cut) * se, mean, sd)  # (effect, tau, study)
    log_mass = (
        (np.log(wx)[:, None] + np.log(wt * u) + normal + log_prior_tau(tau))[..., None]
        + np.log(wo)
        + (stats.norm.sf(y / se) > cut).sum() * np.log(omega)
    )
    for each in np.moveaxis(significant, 2, 0):
        log_mass = log_mass - np.log(each[..., None] + omega * (1 - each[..., None]))
    mass = np.exp(log_mass - log_mass.max())
    mass /= mass.sum()

    def moments(values, axis):
        share = mass.sum(axis=tuple(a for a in range(3) if a != axis))
        average = share @ values
        return float(average), float(np.sqrt(share @ values**2 - average**2))

    below = np.cumsum(mass.sum(axis=(1, 2)))
    return (
        moments(effect, 0),
        moments(tau, 1),
        moments(omega, 2),
        tuple(np.interp([0.025, 0.975], below, effect)),
    )
