"""The normal-normal model integrated over tau on a grid (BDA3, section 5.4); no sampler, no PyMC.

Given tau everything is normal: mu has a closed form, the study effects shrink towards it, and
p(tau | y) follows from the ratio p(mu) p(y | mu, tau) / p(mu | y, tau) at any mu.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats


@dataclass(frozen=True)
class Exact:
    """Posterior means and SDs."""

    mu: tuple[float, float]
    tau: tuple[float, float]
    theta: list[tuple[float, float]]
    predicted: tuple[float, float]


def integrate(y, se, *, log_prior_tau, mu_prior=None, upper=None, points=800):
    """Integrate over tau with Gauss-Legendre nodes on ``tau = upper u^2``, dense near zero.

    ``mu_prior`` is (mean, sd) of a normal, None for a flat prior.
    """
    y, se = np.asarray(y, dtype=float), np.asarray(se, dtype=float)
    upper = 60 * max(np.std(y), se.max()) if upper is None else upper
    nodes, weights = np.polynomial.legendre.leggauss(points)
    u = (nodes + 1) / 2
    tau = upper * u**2
    jacobian = weights * upper * u

    v = se[:, None] ** 2 + tau**2
    precision, weighted = (1 / v).sum(axis=0), (y[:, None] / v).sum(axis=0)
    log_prior_mu = np.zeros_like(tau)
    if mu_prior is not None:
        precision = precision + mu_prior[1] ** -2
        weighted = weighted + mu_prior[0] * mu_prior[1] ** -2
    mean, variance = weighted / precision, 1 / precision
    if mu_prior is not None:
        log_prior_mu = stats.norm(*mu_prior).logpdf(mean)
    # Equation 5.21 evaluated at mu = its conditional mean.
    log_density = (
        log_prior_tau(tau)
        + log_prior_mu
        + stats.norm.logpdf(y[:, None], mean, np.sqrt(v)).sum(axis=0)
        + 0.5 * np.log(variance)
    )
    mass = np.exp(log_density - log_density.max()) * jacobian
    mass /= mass.sum()

    def moments(conditional_mean, conditional_variance):
        average = mass @ conditional_mean
        second = mass @ (conditional_variance + conditional_mean**2)
        return float(average), float(np.sqrt(second - average**2))

    kept = tau**2 / v  # weight of a study's own estimate
    theta_mean = kept * y[:, None] + (1 - kept) * mean
    theta_variance = kept * se[:, None] ** 2 + (1 - kept) ** 2 * variance
    return Exact(
        mu=moments(mean, variance),
        tau=moments(tau, np.zeros_like(tau)),
        theta=[moments(m, v) for m, v in zip(theta_mean, theta_variance, strict=True)],
        predicted=moments(mean, variance + tau**2),
    )
