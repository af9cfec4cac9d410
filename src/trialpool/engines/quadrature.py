"""Plain meta-analysis without a sampler: all but tau in closed form, tau by quadrature.

    y ~ N( X b, diag(se^2 + tau^2) ),    b ~ N( m, P^-1 )

with the columns of X for the pooled mean, covariates and small-study bias. Given tau the
coefficients b are normal (Gelman et al., Bayesian Data Analysis, 3rd edition, section 5.4), so the
marginal posterior of tau is known up to a constant at each point of a grid; draws of tau by
inversion of its distribution function, then of b, study effects and a new study, are independent
and exact up to the grid, whose step is 1 % of tau.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from trialpool.engines.draw import Draw
from trialpool.evidence import Evidence
from trialpool.synthesis import Model
from trialpool.synthesis.covariates import Covariates
from trialpool.synthesis.plain.pooled import covariates_of
from trialpool.synthesis.priors import Fixed, Flat, Normal, Prior
from trialpool.synthesis.small_study import SmallStudy

Values = NDArray[np.float64]

#: Points of the grid of tau, evenly spaced on the log scale, and its ends in typical standard
#: errors. A tail beyond the upper end would hold less than a draw in a million.
_POINTS, _LOWEST, _HIGHEST = 3001, 1e-6, 1e8


def refusal(model: Any, evidence: Any) -> str | None:
    """What of a model this engine cannot integrate out, in words; None where it is exact."""
    if not (isinstance(model, Model) and isinstance(evidence, Evidence)):
        return "this model"
    if evidence.layout != "effects":
        return f"evidence of {evidence.outcome} with the layout {evidence.layout!r}"
    if model.small_study.startswith("selection"):
        return "a selection by p-values"
    if "cluster" in evidence.used or evidence.covariance is not None:
        return "estimates that are not independent"
    if model.trial_weights:
        return "studies with weights"
    if model.pooling_choices.trial == "none":
        return "studies that are not pooled"
    priors = model.priors_for(evidence)
    for role, prior in priors.items():
        if role != "tau" and not isinstance(prior, (Flat, Normal, Fixed)):
            return f"the prior {prior} of {role!r}"
    flat = sum(isinstance(prior, Flat) for prior in priors.values())
    # Otherwise the posterior is improper: leave it to an engine that shows it.
    return None if len(evidence.used) > flat else "so few studies with flat priors"


@dataclass(frozen=True)
class _Regression:
    """Estimates, the design of their coefficients, and the normal prior of these.

    ``names`` of the coefficients with their columns ``x`` (study, coefficient); ``mean`` and
    ``precision`` (coefficient,), 0 where the prior is flat; ``constant`` (study,) is what fixed
    coefficients add.
    """

    y: Values
    se: Values
    names: list[str]
    x: Values
    mean: Values
    precision: Values
    constant: Values

    def solve(self, tau: Values) -> tuple[Values, Values, Values]:
        """Mean (tau, coefficient) and precision (tau, k, k) given tau; log p(y | tau)."""
        weight = 1 / (self.se**2 + tau[:, None] ** 2)
        left = self.y - self.constant
        precision = np.einsum("ts,sj,sk->tjk", weight, self.x, self.x) + np.diag(self.precision)
        shift = weight * left @ self.x + self.precision * self.mean
        mean = np.linalg.solve(precision, shift[..., None])[..., 0]
        squares = (weight * left**2).sum(axis=1) + (self.precision * self.mean**2).sum()
        fit = np.einsum("tk,tk->t", mean, shift)
        determinant = np.linalg.slogdet(precision)[1] if self.names else np.zeros(len(tau))
        return (
            mean,
            precision,
            0.5 * (np.log(weight).sum(axis=1) - determinant - squares + fit),
        )


def sample_quadrature(model: Model, evidence: Evidence, how: Draw) -> xr.DataTree:
    """Independent draws from the posterior of plain estimates.

    Parameters
    ----------
    model : Model
    evidence : Evidence
        Layout ``effects``; `refusal` says None.
    how : Draw
        Its warm-up and target acceptance are not used.

    Returns
    -------
    xr.DataTree
        As of `trialpool.engines.nuts.sample`, with the variables of the PyMC model.
    """
    priors = model.priors_for(evidence)
    table = evidence.used
    covariates = covariates_of(tuple(model.covariates), evidence)
    regression = _regression(model, evidence, priors, covariates)
    rng = np.random.default_rng(how.seed)
    size = how.chains * how.draws
    tau = _draw_tau(regression, priors.get("tau", Fixed(0.0)), rng, size)

    mean, precision, _ = regression.solve(tau)
    # Cholesky factor of a precision: z solves L' z = standard normals.
    factor = np.linalg.cholesky(precision)
    z = rng.normal(size=(*mean.shape, 1))
    drawn = mean + np.linalg.solve(np.swapaxes(factor, -1, -2), z)[..., 0]
    found = dict(zip(regression.names, drawn.T, strict=True))
    found |= {
        role: np.full(size, prior.value)
        for role, prior in priors.items()
        if isinstance(prior, Fixed) and role in ("effect", "bias")
    }
    expected = regression.constant + drawn @ regression.x.T
    y, se = regression.y, regression.se
    kept = tau[:, None] ** 2 / (tau[:, None] ** 2 + se**2)
    deviation = kept * (y - expected) + np.sqrt(kept) * se * rng.normal(size=expected.shape)
    of_bias = found["bias"][:, None] * _bias_column(model, se) if "bias" in found else 0.0
    variance = se**2 + tau[:, None] ** 2
    density = -0.5 * (np.log(2 * np.pi * variance) + (y - expected) ** 2 / variance)

    chains = (how.chains, how.draws)
    variables: dict[str, tuple[tuple[str, ...], Values]] = {
        name: ((), values)
        for name, values in found.items()
        if not name.startswith("slope ") and not isinstance(priors.get(name), Fixed)
    }
    if "tau" in priors and not isinstance(priors["tau"], Fixed):
        variables["tau"] = ((), tau)
    if covariates is not None and not isinstance(priors["slope"], Fixed):
        per_sd = np.column_stack([found[f"slope {label}"] for label in covariates.labels])
        variables["slope_per_sd"] = (("covariate",), per_sd)
        variables["slope"] = (("covariate",), per_sd / covariates.scale)
    variables["study_effect"] = (("study",), expected - of_bias + deviation)
    variables["predicted_effect"] = ((), found["effect"] + tau * rng.normal(size=size))
    variables["log_lik"] = (("study",), density)
    coords: dict[str, Any] = {"study": table["study"].tolist()}
    if covariates is not None:
        coords["covariate"] = covariates.labels
    return xr.DataTree.from_dict(
        {
            "/posterior": xr.Dataset(
                {
                    name: (("chain", "draw", *dims), v.reshape(*chains, *v.shape[1:]))
                    for name, (dims, v) in variables.items()
                },
                {"chain": range(how.chains), "draw": range(how.draws), **coords},
            ),
            "/sample_stats": xr.Dataset(
                {"diverging": (("chain", "draw"), np.zeros(chains, dtype=bool))}
            ),
            "/observed_data": xr.Dataset({"y": ("study", y)}, {"study": coords["study"]}),
            "/constant_data": xr.Dataset({"se": ("study", se)}, {"study": coords["study"]}),
        }
    )


def _bias_column(model: Model, se: Values) -> Values:
    """What a coefficient of small-study bias multiplies, (study,)."""
    return se if SmallStudy.from_text(model.small_study).kind == "pet" else se**2


def _regression(
    model: Model, evidence: Evidence, priors: dict[str, Prior], covariates: Covariates | None
) -> _Regression:
    table = evidence.used
    se = table["se"].to_numpy(float)
    columns = {"effect": np.ones(len(se))}
    if covariates is not None:
        for label, values in zip(covariates.labels, covariates.values.T, strict=True):
            columns[f"slope {label}"] = values
    if "bias" in priors:
        columns["bias"] = _bias_column(model, se)
    constant, names = np.zeros(len(se)), []
    mean, precision = [], []
    for name, column in columns.items():
        prior = priors[name.split(" ")[0]]
        if isinstance(prior, Fixed):
            constant = constant + prior.value * column
            continue
        names.append(name)
        mean.append(prior.mean if isinstance(prior, Normal) else 0.0)
        precision.append(1 / prior.sd**2 if isinstance(prior, Normal) else 0.0)
    x = np.array([columns[name] for name in names]).T.reshape(len(se), len(names))
    return _Regression(
        table["y"].to_numpy(float), se, names, x, np.array(mean), np.array(precision), constant
    )


def _draw_tau(regression: _Regression, prior: Prior, rng: np.random.Generator, size: int) -> Values:
    """Draws of tau from its marginal posterior."""
    if isinstance(prior, Fixed):
        return np.full(size, float(prior.value))
    typical = float(np.sqrt(1 / np.mean(1 / regression.se**2)))
    low, high = prior.support
    ends = max(low, _LOWEST * typical), min(high, _HIGHEST * typical)
    log_tau = np.linspace(np.log(ends[0]), np.log(ends[1]), _POINTS)
    grid = np.exp(log_tau)
    grid[[0, -1]] = ends
    # In blocks, because each point of the grid has a matrix.
    density = np.concatenate([regression.solve(part)[2] for part in np.array_split(grid, 8)])
    density = density + prior.logpdf(grid) + log_tau
    density = np.exp(density - density.max())
    cumulative = np.concatenate([[0], np.cumsum((density[1:] + density[:-1]) / 2)])
    return np.asarray(
        np.exp(np.interp(rng.uniform(size=size) * cumulative[-1], cumulative, log_tau))
    )
