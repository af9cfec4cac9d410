"""How far answers rest on the priors: power-scaling sensitivity.

The posterior is weighted as if a prior had been raised to a power a little under and over 1
(Kallioinen, Paananen, Buerkner and Vehtari 2024, Stat Comput 34:57,
doi:10.1007/s11222-023-10366-5). The sensitivity is the cumulative Jensen-Shannon distance of the
answer's quantity between the draws and the weighted draws, per doubling of the power. Weights and
distance are ArviZ's; the priors are those of the group ``log_prior`` that `trialpool.fit` writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trialpool.checks.result import CheckResult
from trialpool.engines import LOG_PRIOR
from trialpool.errors import QuestionError
from trialpool.posterior import Posterior

Values = NDArray[np.float64]

#: Sensitivity over which it matters: the authors' threshold, a normal's mean moved by 0.3 SDs a
#: doubling.
THRESHOLD = 0.05
#: Powers next to 1 at which the slope is taken, as the authors do.
_NEAR = (0.99, 1.01)
#: Powers at which the answer is told.
_HALF, _DOUBLE = 0.5, 2.0
#: All priors together, and all trials.
ALL, TRIALS = "all priors", "the trials"
_NAME = "sensitivity to priors"
#: Posteriors made of others hold no single prior.
_ABSENT = (
    "the file holds no log densities of its priors: it is of an average, of independent draws on "
    "a grid, or of an older version. `trialpool sweep` answers by fitting again"
)


def power_scaling(posterior: Posterior, questions: Sequence[str] | None = None) -> CheckResult:
    """Sensitivity of answers to each prior, to all priors and to the trials.

    Parameters
    ----------
    posterior : Posterior
    questions : sequence of str, optional
        By default whether each active class works, at 12 months where there are months.

    Returns
    -------
    CheckResult
        Nothing is judged, because a prior may be meant to be strong. Rows: question, ``what`` is
        scaled, ``sensitivity``, ``probability`` and the same with that prior to the power of one
        half and two (not a number where the Pareto k of the weights is over 0.7), and ``says``:
        ``prior and trials may disagree`` where the answer is sensitive to that prior and to the
        trials, ``prior decides`` where it is sensitive to that prior and not to the trials.

    Raises
    ------
    QuestionError
        If a question that was given is not understood.
    """
    if LOG_PRIOR not in posterior.tree.children:
        return CheckResult(_NAME, None, _ABSENT)
    scaled = _log_densities(posterior)
    rows: list[dict[str, Any]] = []
    for question, chance, values in _quantities(posterior, questions):
        own = [_row(question, what, log, chance, values) for what, log in scaled.items()]
        by = {row["what"]: row["sensitivity"] for row in own}
        for row in own:
            row["says"] = _says(by, row["what"])
        rows += own
    if not rows:
        return CheckResult(_NAME, None, "no question that this posterior answers")
    return CheckResult(_NAME, None, _text(rows), rows)


def _log_densities(posterior: Posterior) -> dict[str, Values]:
    """Log density by draw, (chain, draw), of each prior, of all, and of the trials."""
    group = posterior.tree[LOG_PRIOR].to_dataset()
    found = {
        str(name): values.values.astype(float)
        for name, values in group.items()
        if np.ptp(values.values) > 0  # a uniform prior has no scale to weigh by
    }
    found[ALL] = np.sum([*found.values()], axis=0)
    posterior_group = posterior.tree["posterior"].to_dataset()
    trials = [
        values.transpose("chain", "draw", ...).values.astype(float)
        for name, values in posterior_group.items()
        if str(name).rsplit("::", 1)[-1] == "log_lik"
    ]
    if trials:
        found[TRIALS] = np.sum([v.reshape(*v.shape[:2], -1).sum(axis=2) for v in trials], axis=0)
    return found


def _quantities(
    posterior: Posterior, questions: Sequence[str] | None
) -> Iterator[tuple[str, Values, Values]]:
    """Question, chance that it holds by draw, and the quantity that it is about, each flat."""
    for question in questions or _usual(posterior):
        try:
            answers = posterior.ask_all(question)
        except QuestionError:
            if questions:
                raise
            continue  # of a class that no trial connects, say
        for answer in answers:
            found = answer.finding
            if found is None or found.given is not None:
                continue
            if isinstance(found.shown, np.ndarray) and found.shown.shape == found.chance.shape:
                told = f"{question} ({answer.subject})" if len(answers) > 1 else question
                yield told, found.chance.ravel(), found.shown.ravel()


def _usual(posterior: Posterior) -> Iterator[str]:
    """Whether each active class, or each treatment of a network, works."""
    for outcome in posterior.draws.outcomes:
        draws = posterior.draws.of(outcome)
        layout = draws.meta.get("layout")
        if layout == "network":
            reference = draws.meta["reference"]
            names = [name for name in draws.coord("treatment") if name != reference]
            months = " at 12 months" if draws.meta.get("time_course") else ""
            yield from (f"P({name} > {reference}){months}" for name in names)
        elif layout in ("longitudinal", "events"):
            held = draws.coord("class")
            ending = f"raises {outcome}" if layout == "events" else "works at 12 months"
            yield from (f"{name} {ending}" for name in draws.meta["active"] if name in held)


def _row(question: str, what: str, log: Values, chance: Values, values: Values) -> dict[str, Any]:
    half, double = (_probability(log, chance, power) for power in (_HALF, _DOUBLE))
    return {
        "question": question,
        "what": what,
        "sensitivity": sensitivity(log, values),
        "probability": float(chance.mean()),
        "at power 1/2": half,
        "at power 2": double,
    }


def sensitivity(log_density: Values, values: Values) -> float:
    """Distance that the draws move a doubling of the power of a component.

    Parameters
    ----------
    log_density : (chain, draw)
        Of the prior or the likelihood that is scaled.
    values : (chain * draw,)
        The quantity.
    """
    from arviz_stats.base import array_stats  # ArviZ is slow to load, and a fit does without it

    if np.ptp(values) == 0:
        return float("nan")
    weights = []
    for power in _NEAR:
        log = array_stats.power_scale_lw(log_density, alpha=power, axis=(0, 1))
        weight = np.exp(log - log.max())
        weights.append((weight / weight.sum()).reshape(log_density.shape))
    found = array_stats.power_scale_sense(
        values.reshape(log_density.shape), *weights, *_NEAR, chain_axis=0, draw_axis=1
    )
    return float(found)


def _probability(log_density: Values, chance: Values, power: float) -> float:
    """Probability under a component to a power, by smoothed weights; nan where they fail."""
    from arviz_stats.base import array_stats

    # psislw takes the log of one over the weights
    log, k = array_stats.psislw(-(power - 1) * log_density.ravel())
    if not k <= 0.7:
        return float("nan")
    weight = np.exp(log - log.max())
    return float((weight * chance).sum() / weight.sum())


def _says(by: dict[str, float], what: str) -> str:
    if what == TRIALS or not by[what] > THRESHOLD:
        return ""
    return "prior and trials may disagree" if by.get(TRIALS, 0.0) > THRESHOLD else "prior decides"


def _text(rows: list[dict[str, Any]]) -> str:
    priors = [row for row in rows if row["what"] not in (ALL, TRIALS)]
    moved = sorted(
        (row for row in priors if row["sensitivity"] > THRESHOLD),
        key=lambda row: -row["sensitivity"],
    )
    asked = len({row["question"] for row in rows})
    whole = [r for r in rows if r["what"] == ALL and r["sensitivity"] > THRESHOLD]
    together = f"; to all priors together {len(whole)} of {asked} are" if whole else ""
    if not moved:
        return f"no answer of {asked} is sensitive to one prior alone{together}"
    names = ", ".join(dict.fromkeys(row["what"] for row in moved))
    first = moved[0]
    return (
        f"{len({row['question'] for row in moved})} of {asked} answers are sensitive to a prior "
        f"({names}), most, {first['sensitivity']:.2f}, {first['question']!r} to {first['what']}"
        f"{together}. State these priors with the answer; trialpool sweep shows it under others"
    )
