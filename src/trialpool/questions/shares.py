"""How much of an earlier benefit is left at a later month."""

from __future__ import annotations

import numpy as np

from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions.effects import contrast, is_timeless, reference, summarise
from trialpool.questions.finding import Finding
from trialpool.questions.settle import (
    grid_note,
    reference_month,
    settle_margin,
    settle_time,
)
from trialpool.questions.statement import Statement
from trialpool.questions.units import amount_text, unit_text

HALF = 0.5


def left(draws: Draws, statement: Statement, cls: str) -> Finding:
    """Share of an earlier benefit that is left, and P(at least half of it is)."""
    return _share(draws, statement, cls, HALF)


def keeps(draws: Draws, statement: Statement, cls: str) -> Finding:
    """P(at least a share of an earlier benefit is left)."""
    return _share(draws, statement, cls, HALF if statement.kept is None else statement.kept)


def loses(draws: Draws, statement: Statement, cls: str) -> Finding:
    """P(a benefit, or a share of it, is gone), given that there was one."""
    if statement.kept is not None:
        return _share(draws, statement, cls, 1.0 - statement.kept, lost=True)
    other, month, since, notes = _months(draws, statement, cls)
    margin = settle_margin(draws, statement.margin)
    before = contrast(draws, cls, other, month=since)
    now = contrast(draws, cls, other, month=month)
    had = before > margin
    _require(had, cls, since)
    size = amount_text(draws, margin)
    return Finding(
        text=f"benefit of {cls} over {other} <= {size} at {month:g} months, given that it was > "
        f"{size} at {since:g} months",
        chance=(now <= margin).astype(float),
        shown=now[had],
        unit=unit_text(draws),
        asked=[cls, other],
        month=month,
        margin=margin,
        notes=[
            *notes,
            f"over the {had.mean() * 100:.3g} % of draws in which it was > {size} at {since:g} "
            "months",
        ],
        remark=f"; difference: benefit at {month:g} months in those draws",
        given=had,
        shade=(-np.inf, margin),
    )


def _share(
    draws: Draws, statement: Statement, cls: str, share: float, *, lost: bool = False
) -> Finding:
    if statement.margin is not None:
        raise QuestionError("A question of how much is left takes no margin. Leave out 'by ...'.")
    if not 0 < share < 1:
        asked = 1.0 - share if lost else share
        raise QuestionError(
            f"share: got {asked:.3g}, expected more than 0 and less than 1. Write 'keeps at least "
            "half of its benefit' or 'keeps 40 % of its benefit'."
        )
    other, month, since, notes = _months(draws, statement, cls)
    before, now = (contrast(draws, cls, other, month=m) for m in (since, month))
    positive = before > 0
    had = _require(positive, cls, since)
    kept = now[positive] / before[positive]
    notes += [
        f"the ratio is over the {had * 100:.3g} % of draws with a positive benefit at "
        f"{since:g} months",
        "a share can pass 1 or fall under 0; read its median, its mean is drawn by draws with "
        "little benefit to keep",
    ]
    if had < HALF:
        notes.append(
            f"{cls} more likely than not has no benefit at {since:g} months: a share of it says "
            "little"
        )
    unit = unit_text(draws)
    notes.append(
        f"benefit at {since:g} months: {summarise(before, unit=unit)}; at {month:g} "
        f"months: {summarise(now, unit=unit)}"
    )
    lower, upper = np.quantile(kept, [0.025, 0.975])
    if lower < 0 < upper:
        notes.append("the interval covers 0: whether any benefit is left is open")
    least = "half" if share == HALF else f"{share * 100:.3g} %"
    much = f"at most {least}" if lost else f"at least {least}"
    over = share * before
    return Finding(
        text=f"{much} of the {since:g}-month benefit of {cls} over {other} is left at {month:g} "
        f"months, given a benefit at {since:g} months",
        chance=((now <= over) if lost else (now >= over)).astype(float),
        shown=kept,
        unit=f"share of the {since:g}-month benefit",
        asked=[cls, other],
        month=month,
        margin=share,
        notes=notes,
        remark=(
            f"; difference: benefit at {month:g} months divided by benefit at {since:g} months"
        ),
        given=positive,
        shade=(-np.inf, share) if lost else (share, np.inf),
    )


def _months(draws: Draws, statement: Statement, cls: str) -> tuple[str, float, float, list[str]]:
    """The class compared with, the later and the earlier month, and what to say of them."""
    other = statement.versus or reference(draws)
    if cls == other:
        raise QuestionError(
            f"{cls} is what benefits are measured against: it has no benefit to keep. Ask about "
            "another class."
        )
    if is_timeless(draws) or statement.trial is not None:
        raise QuestionError(
            "what is left of a benefit is asked of a posterior with a time course, in the average "
            "trial. Leave the trial out."
        )
    window = settle_time(draws, statement.time, [cls, other])
    if window.month is None or window.how != "at":
        raise QuestionError(
            "what is left of a benefit is asked about at one month. Write 'at 36 months'."
        )
    month = window.month
    since = reference_month(draws, cls, month) if statement.since is None else statement.since
    if not 0 < since < month:
        raise QuestionError(
            f"share left: got {since:g} months as the earlier and {month:g} as the later time. "
            "Ask about a later month."
        )
    return other, month, since, [*window.notes, *grid_note(draws, since)]


def _require(had: np.ndarray, cls: str, since: float) -> float:
    """Share of draws with the benefit that is asked about; refused where there is none."""
    share = float(had.mean())
    if share == 0.0:
        raise QuestionError(
            f"no draw has a benefit of {cls} at {since:g} months, so no share of it can be "
            f"left. Ask whether {cls} works."
        )
    return share
