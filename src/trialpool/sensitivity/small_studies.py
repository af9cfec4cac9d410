"""Small-study effects of plain estimates: what adjusted models say beside the unadjusted one.

None of them is the truth. PET and PEESE extrapolate to a study without error and take any cause of
larger effects in smaller studies for bias; the selection model takes p-values alone to decide what
is published (`trialpool.synthesis.small_study`). Where they agree with the unadjusted answer, small
studies matter little to it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from trialpool.batches import fit_many
from trialpool.checks import CheckResult
from trialpool.errors import ModelError, TrialpoolError
from trialpool.evidence import Evidence
from trialpool.posterior import Posterior
from trialpool.sensitivity.told import tell
from trialpool.synthesis import Model

#: Models set side by side, the unadjusted one first.
MODELS = ("none", "pet", "peese", "selection")
_NAME = "small-study effects"
#: Under so many studies a slope over standard errors says nothing (Sterne et al. 2011,
#: doi:10.1136/bmj.d4002: test for asymmetry only with at least 10).
_ENOUGH = 10


def small_studies(
    model: Model, evidence: Evidence, *, seed: int = 1, draws: int = 1000, engine: str = "auto"
) -> CheckResult:
    """The pooled mean without adjustment and under PET, PEESE and selection by p-values.

    Parameters
    ----------
    model : Model
    evidence : Evidence
        Estimates with standard errors.
    seed, draws, engine
        Of each fit; see `trialpool.fit_many`.

    Returns
    -------
    CheckResult
        Nothing is judged. A row a model: ``model``, the pooled mean's ``median``, ``lower`` and
        ``upper`` (95 %), ``p_positive``, and for PET and PEESE the probability that the ``slope``
        on the standard error (its square) is positive; or ``why`` it could not be fitted.
    """
    if evidence.layout != "effects":
        return CheckResult(_NAME, None, "only estimates with standard errors have such models")
    rows: list[dict[str, Any]] = []
    for i, name in enumerate(MODELS):
        try:
            (posterior,) = fit_many(
                replace(model, small_study=name),
                evidence,
                seed=seed + i,
                draws=draws,
                engine=engine,
            )
        except TrialpoolError as fault:
            rows.append({"model": name, "why": " ".join(str(fault).split())})
            continue
        rows.append(_row(name, posterior))
    known = [row for row in rows if "median" in row]
    first = known[0]
    studies = len(evidence.used)
    text = (
        f"pooled mean {first['median']:.3g} without adjustment, "
        + ", ".join(f"{row['median']:.3g} by {row['model']}" for row in known[1:])
        + f"; {studies} studies"
    )
    if studies < _ENOUGH:
        text += f", fewer than the {_ENOUGH} with which asymmetry can be told from chance"
    return CheckResult(_NAME, None, text, rows)


def _row(name: str, posterior: Posterior) -> dict[str, Any]:
    (told,) = tell(posterior, [])
    row: dict[str, Any] = {
        "model": name,
        "median": told.median,
        "lower": told.lower,
        "upper": told.upper,
        "p_positive": told.probability,
    }
    draws = posterior.draws
    if draws.has("bias"):
        row["p_slope_positive"] = float((draws.array("bias") > 0).mean())
    return row


def funnel(posterior: Posterior, evidence: Evidence | None = None) -> pd.DataFrame:
    """The numbers of a funnel plot: each study against the pooled mean and the heterogeneity.

    Parameters
    ----------
    posterior : Posterior
        Of estimates with standard errors, without adjustment for small studies.
    evidence : Evidence, optional
        That it was fitted to; the data in the posterior when left out.

    Returns
    -------
    pandas.DataFrame
        A row a study, most precise first: study, ``y``, ``se``, ``lower`` and ``upper``, between
        which 95 % of studies of that standard error are expected (pooled mean and tau at their
        posterior means), and ``z``, the distance from the pooled mean in such SDs.

    Raises
    ------
    ModelError
        For other evidence.
    """
    layout = posterior.meta.get("layout") if evidence is None else evidence.layout
    if layout != "effects":
        raise ModelError(
            f"funnel: got evidence of layout '{layout}'; expected estimates with standard "
            "errors (Evidence.from_effects)"
        )
    draws = posterior.draws
    centre = float(draws.array("effect").mean())
    tau = float(draws.array("tau").mean()) if draws.has("tau") else 0.0
    own = _studies(posterior) if evidence is None else evidence.used[["study", "y", "se"]]
    table = own.sort_values("se", kind="stable", ignore_index=True)
    sd = np.hypot(table["se"], tau)
    return table.assign(
        lower=centre - 1.96 * sd, upper=centre + 1.96 * sd, z=(table["y"] - centre) / sd
    )


def _studies(posterior: Posterior) -> pd.DataFrame:
    """Estimates and standard errors as the posterior keeps them beside its draws."""
    y, se = (
        posterior.tree[group].to_dataset().get(name)
        for group, name in (("observed_data", "y"), ("constant_data", "se"))
    )
    if y is None or se is None:
        raise ModelError(
            "funnel: got a posterior without its estimates and standard errors; expected them "
            "under /observed_data and /constant_data. Fit again, or give the evidence"
        )
    names = [str(name) for name in y["study"].values]
    return pd.DataFrame({"study": names, "y": y.values, "se": se.values})
