"""Checks of a saved posterior that need other fits: another seed, and each trial left out."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.special import ndtri

from trialpool.averaging import LeftOut, leave_trials_out
from trialpool.checks import CheckResult
from trialpool.draws import JOINT
from trialpool.engines.convergence import scalars
from trialpool.engines.diagnostics import diagnostics
from trialpool.errors import ModelError, PosteriorFileError
from trialpool.evidence import Evidence
from trialpool.fitting import fit
from trialpool.posterior import Posterior
from trialpool.synthesis import Model
from trialpool.synthesis.priors import parse_prior

#: Chance that two sound fits are told to differ in one of the quantities.
_LEVEL = 0.01
_SHOWN = 10


def refit_checks(
    posterior: Posterior,
    evidence: Evidence,
    *,
    model: Model | None = None,
    say: Callable[[str], None] | None = None,
) -> list[CheckResult]:
    """Fit again with another seed, and without each trial.

    Parameters
    ----------
    posterior : Posterior
        Of one outcome and one model.
    evidence : Evidence
        That it was fitted to.
    model : Model, optional
        That it was fitted with; read from the record when left out.
    say : callable, optional
        Told what is being done.

    Returns
    -------
    list of CheckResult

    Raises
    ------
    PosteriorFileError
        If the evidence is not that of the posterior, or its model cannot be read from the record.
    """
    announce = say or (lambda sentence: None)
    if posterior.meta["data_hash"] != evidence.data_hash:
        raise PosteriorFileError(
            f"posterior of {posterior.meta['outcome']}: got evidence with data hash "
            f"{evidence.data_hash[:12]}; expected {posterior.meta['data_hash'][:12]}, that of the "
            "numbers it was fitted to. Name their folder, or fit again"
        )
    given = model or recorded_model(posterior)
    announce(f"Fitting again with seed {posterior.meta['seed'] + 1}.")
    found = [seeds_agree(posterior, given, evidence)]
    if evidence.layout == "longitudinal":
        announce("Leaving each trial out.")
        found.append(trials_left_out(posterior, given, evidence, say=announce))
    return found


def seeds_agree(posterior: Posterior, model: Model, evidence: Evidence) -> CheckResult:
    """Another seed gives the same posterior, within its Monte Carlo error.

    The means of the two fits are compared for every scalar quantity and every one by class. Their
    difference over its standard error is to stay under the normal quantile of 0.01 over the number
    of quantities (Bonferroni).
    """
    meta = posterior.meta
    how = {name: meta[name] for name in ("draws", "tune", "chains", "target_accept", "engine")}
    again = fit(model, evidence, seed=int(meta["seed"]) + 1, progress=False, **how)
    one, other = (_means(p) for p in (posterior, again))
    rows: list[dict[str, Any]] = []
    for name in (name for name in one if name in other):
        (mean, error), (mean_again, error_again) = one[name], other[name]
        apart = math.hypot(error, error_again)
        if apart > 0:
            z = (mean_again - mean) / apart
            rows.append({"quantity": name, "mean": mean, "again": mean_again, "z": z})
    rows.sort(key=lambda row: -abs(row["z"]))
    if not rows:
        return CheckResult("seeds agree", None, "no quantities to compare")
    limit = float(-ndtri(_LEVEL / 2 / len(rows)))
    far = [row for row in rows if abs(row["z"]) > limit]
    text = (
        f"means differ by {abs(rows[0]['z']):.1f} Monte Carlo errors at most "
        f"({rows[0]['quantity']}), limit {limit:.1f} for {len(rows)} quantities"
    )
    if far:
        text += f"; {len(far)} differ more: fit again with more draws and a longer warm-up"
    return CheckResult("seeds agree", not far, text, rows[:_SHOWN])


def trials_left_out(
    posterior: Posterior,
    model: Model,
    evidence: Evidence,
    *,
    say: Callable[[str], None] | None = None,
) -> CheckResult:
    """How well each trial is foretold by the others, with its own numbers integrated out.

    Trials whose Pareto k is too high are left out by sampling without them
    (`trialpool.averaging.leave_trials_out`).
    """
    found = leave_trials_out(
        model,
        evidence,
        posterior.tree["posterior"].to_dataset(),
        seed=int(posterior.meta["seed"]),
        say=say,
    )
    order = np.argsort(found.lpd)
    text = f"elpd {found.elpd:.1f} (standard error {found.se:.1f}) over {len(order)} trials"
    if found.refitted:
        text += f"; sampled without {', '.join(found.refitted)}"
    return CheckResult("trials left out", _sure(found), text, _rows(found, order))


def _sure(found: LeftOut) -> bool:
    """Whether the Monte Carlo error of the sum is small against a difference that matters (4)."""
    return bool(np.hypot.reduce(found.mcse) < 1.0)


def _rows(found: LeftOut, order: Sequence[int] | np.ndarray) -> list[dict[str, Any]]:
    return [
        {
            "trial": found.trials[i],
            "log predictive density": float(found.lpd[i]),
            "mcse": float(found.mcse[i]),
            "pareto k": float(found.pareto_k[i]),
            "sampled without": found.trials[i] in found.refitted,
        }
        for i in order
    ]


def _means(posterior: Posterior) -> dict[str, tuple[float, float]]:
    """Mean and its Monte Carlo error of the quantities that a summary shows."""
    shown = {row["quantity"] for row in posterior.summary()}
    names = dict.fromkeys(name.split("[")[0] for name in shown)
    labels, draws = scalars(posterior.tree["posterior"].to_dataset()[list(names)])
    _, ess, _ = diagnostics(draws)
    error = draws.std(axis=(1, 2)) / np.sqrt(ess)
    return {
        label: (float(mean), float(mcse))
        for label, mean, mcse in zip(labels, draws.mean(axis=(1, 2)), error, strict=True)
        if label in shown and np.isfinite(mcse)
    }


def recorded_model(posterior: Posterior) -> Model:
    """The model that a posterior was fitted with, as its record writes it.

    Only literals and priors of trialpool are read; nothing is evaluated.

    Raises
    ------
    PosteriorFileError
        If the record is of several models, or of a prior that has no text.
    """
    text = str(posterior.meta["model"])
    fault = PosteriorFileError(
        f"posterior of {posterior.meta['outcome']}: got the model {text[:80]!r}; expected one "
        "Model with priors of trialpool.priors. Give it: refit_checks(..., model=...)"
    )
    if posterior.meta["layout"] == JOINT:
        raise fault
    try:
        call = ast.parse(text, mode="eval").body
        if not (isinstance(call, ast.Call) and ast.unparse(call.func) == "Model" and not call.args):
            raise fault
        given = {str(word.arg): _read(str(word.arg), word.value) for word in call.keywords}
        return Model(**given)
    except (SyntaxError, ValueError, TypeError, ModelError):
        raise fault from None


def _read(name: str, value: ast.expr) -> Any:
    if name != "priors":
        return ast.literal_eval(value)
    if not isinstance(value, ast.Dict):
        raise ValueError
    return {
        ast.literal_eval(role): parse_prior(ast.unparse(prior))
        for role, prior in zip(value.keys, value.values, strict=True)
        if role is not None
    }
