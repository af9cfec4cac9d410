"""Linear models of estimates integrated over (tau, tau_cluster) on a grid; no sampler, no PyMC.

    y ~ N( X b, V + tau^2 I + tau_cluster^2 Z Z' ),    b ~ N(b0, P^-1)

Given the two scales everything is normal, by generalised least squares with plain matrices.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Exact:
    """Posterior (mean, SD) of the coefficients, scales, study effects and a new study's effect."""

    coefficients: list[tuple[float, float]]
    tau: tuple[float, float]
    tau_cluster: tuple[float, float]
    theta: list[tuple[float, float]]
    predicted: tuple[float, float]


def integrate(
    y, errors, design, of_effect, *, precision, log_priors, upper, clusters=None, points=40
):
    """Gauss-Legendre nodes on ``upper u^2`` for each scale.

    Parameters
    ----------
    y : (row,)
    errors : (row, row)
        Covariance of the sampling errors.
    design : (row, coefficient)
        The first coefficient is the pooled effect.
    of_effect : (row, coefficient)
        The design of the study effects: without what biases estimates.
    precision : (coefficient,)
        Of the normal priors around 0; 0 for a flat one.
    log_priors : callables
        Of tau, and of tau_cluster if there are clusters.
    upper : float
        Beyond it the scales have no mass.
    clusters : (row,), optional
    points : int
        Nodes a scale.
    """
    y, design, of_effect = (np.asarray(a, dtype=float) for a in (y, design, of_effect))
    rows = len(y)
    nodes, weights = np.polynomial.legendre.leggauss(points)
    u = (nodes + 1) / 2
    scale, jacobian = upper * u**2, weights * upper * u
    label = np.arange(rows) if clusters is None else np.asarray(clusters)
    together = (label[:, None] == label).astype(float)
    if clusters is None:
        tau, common = scale, np.zeros(points)
        log_mass = np.log(jacobian) + log_priors[0](tau)
    else:
        tau, common = (grid.ravel() for grid in np.meshgrid(scale, scale, indexing="ij"))
        log_mass = np.log(np.outer(jacobian, jacobian)).ravel()
        log_mass = log_mass + log_priors[0](tau) + log_priors[1](common)

    effects = (
        tau[:, None, None] ** 2 * np.eye(rows) + common[:, None, None] ** 2 * together
    )  # (node, row, row)
    total = effects + errors
    inverse = np.linalg.inv(total)
    information = design.T @ inverse @ design + np.diag(precision)
    covariance = np.linalg.inv(information)
    b = (covariance @ (design.T @ inverse @ y)[..., None])[..., 0]
    log_mass = log_mass - 0.5 * (
        np.linalg.slogdet(total)[1]
        + np.linalg.slogdet(information)[1]
        + y @ inverse @ y
        - np.einsum("ni,nij,nj->n", b, information, b)
    )
    mass = np.exp(log_mass - log_mass.max())
    mass /= mass.sum()

    def moments(mean, variance):
        average = mass @ mean
        return float(average), float(np.sqrt(mass @ (variance + mean**2) - average**2))

    gain = effects @ inverse
    theta = b @ of_effect.T + np.einsum("nij,nj->ni", gain, y - b @ design.T)
    slack = of_effect - gain @ design
    spread = effects - gain @ effects + slack @ covariance @ slack.transpose(0, 2, 1)
    zero = np.zeros_like(tau)
    return Exact(
        [moments(b[:, k], covariance[:, k, k]) for k in range(design.shape[1])],
        moments(tau, zero),
        moments(common, zero),
        [moments(theta[:, i], spread[:, i, i]) for i in range(rows)],
        moments(b[:, 0], covariance[:, 0, 0] + tau**2 + common**2),
    )
