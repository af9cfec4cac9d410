"""Estimates with standard errors: the normal-normal model and what widens it.

    y_i ~ N(theta_i + bias_i, se_i),    theta_i ~ N(effect + x_i slope + u[cluster i], tau)

The one-contrast, one-time special case of the longitudinal model, kept apart because there
everything but the scales and the coefficients integrates out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trialpool import graph as g
from trialpool.evidence import Evidence
from trialpool.synthesis.plain.blocks import Blocks, Correlated, read_blocks
from trialpool.synthesis.plain.estimates import observe
from trialpool.synthesis.plain.pooled import Pooled, coords_of, covariates_of, pool
from trialpool.synthesis.plain.selection import DIM, observe_published
from trialpool.synthesis.priors import Prior
from trialpool.synthesis.small_study import SmallStudy
from trialpool.synthesis.weights import trial_weights, weigh

if TYPE_CHECKING:
    from trialpool.synthesis.model import Model


def build(spec: Model, evidence: Evidence, priors: dict[str, Prior]) -> Any:
    """The PyMC model of estimates, study effects integrated out of the likelihood.

    ``study_effect`` is drawn from its exact conditional given all else, so the joint posterior is
    that of the full model but the sampler never meets the funnel (Higgins, Thompson and
    Spiegelhalter 2009, doi:10.1111/j.1467-985X.2008.00552.x; conditional: BDA3 equation 5.17).

    Parameters
    ----------
    spec : Model
    evidence : Evidence
        Layout ``effects``.
    priors : dict of str to Prior
        Role ``effect``; ``tau``, ``tau_cluster``, ``slope``, ``bias`` and ``publication`` as far as
        the choices use them.

    Returns
    -------
    pm.Model
        Variables ``effect`` (at the mean of the covariates and, with a ``bias``, at a standard
        error of 0), ``study_effect`` (study), ``predicted_effect`` (a new study, in a new cluster;
        none without pooling), ``slope`` (covariate; per unit), ``cluster_effect`` (cluster),
        ``publication`` (p_interval), and ``log_lik`` by unit that is independent of the others: by
        cluster, by block of correlated errors, else by study.
    """
    table = evidence.used
    choice = SmallStudy.from_text(spec.small_study)
    covariates = covariates_of(tuple(spec.covariates), evidence)
    blocks = read_blocks(evidence)
    coords = {"study": table["study"].tolist(), **coords_of(covariates)}
    if blocks is not None:
        coords |= blocks.coords
    if choice.kind == "selection":
        coords[DIM] = choice.intervals
    with g.new_model(coords=coords) as model:
        y = g.Data("y", table["y"].to_numpy(float), dims="study")
        se = g.Data("se", table["se"].to_numpy(float), dims="study")
        pooled = pool(spec, priors, covariates)
        expected = pooled.mean
        if choice.kind in ("pet", "peese"):
            bias = priors["bias"].register("bias")
            expected = expected + bias * (se if choice.kind == "pet" else se**2)
        if blocks is not None:
            log_lik = _blocks(blocks, pooled, expected, y, priors)
        else:
            sd = g.sqrt(se**2 + pooled.tau**2)
            if choice.kind == "selection":
                numbers = table["y"].to_numpy(float), table["se"].to_numpy(float)
                log_lik = observe_published(
                    numbers, (y, se), (expected, sd), priors["publication"], choice
                )
            else:
                log_lik = g.logp(g.Normal("reports", expected, sd, observed=y, dims="study"), y)
            _independent(pooled, expected, y, se)
        dim, units = ("study", coords["study"]) if blocks is None else (blocks.dim, blocks.labels)
        weigh(log_lik, trial_weights(spec.trial_weights, evidence, units), dim=dim)
    return model


def _independent(pooled: Pooled, expected: Any, y: Any, se: Any) -> None:
    """Effects of studies that have nothing in common but their mean."""
    if pooled.pooling == "partial":
        kept = pooled.tau**2 / (pooled.tau**2 + se**2)
        z = g.Normal("study_z", 0, 1, dims="study")
        deviation = kept * (y - expected) + g.sqrt(kept) * se * z
        g.Deterministic("study_effect", pooled.mean + deviation, dims="study")
    elif pooled.pooling == "complete":
        g.Deterministic("study_effect", pooled.mean + 0 * y, dims="study")
    pooled.in_a_new_study()


def _blocks(blocks: Blocks, pooled: Pooled, expected: Any, y: Any, priors: dict[str, Prior]) -> Any:
    """Register the estimates and the effects of studies in blocks; log density by block."""
    errors = Correlated(blocks)
    nested = pooled.pooling == "partial" and blocks.dim == "cluster"
    tau_cluster = priors["tau_cluster"].register("tau_cluster", positive=True) if nested else 0.0
    log_lik = observe(
        errors.log_density,
        y,
        (expected + 0 * y, pooled.tau, tau_cluster),
        "(n),(),()->(n)",
    )
    if pooled.pooling == "partial":
        z = g.Normal("study_z", 0, 1, dims="study")
        cluster_z = g.Normal("cluster_z", 0, 1, dims=blocks.dim) if nested else 0.0
        u, deviation = errors.deviations(y - expected, pooled.tau, tau_cluster, z, cluster_z)
        g.Deterministic("study_effect", pooled.mean + deviation, dims="study")
        if nested:
            g.Deterministic("cluster_effect", pooled.effect + u, dims="cluster")
    elif pooled.pooling == "complete":
        g.Deterministic("study_effect", pooled.mean + 0 * y, dims="study")
    pooled.in_a_new_study(tau_cluster * g.Normal("new_cluster_z", 0, 1) if nested else 0.0)
    return log_lik
