"""What each form of question asks of a difference; one function of a few lines a form.

Each takes (draws, statement, class) and returns a `Finding`. Adverse events are in safety.py, the
forms that only a new trial has in trials.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions.effects import Array, is_network, reference
from trialpool.questions.finding import Finding
from trialpool.questions.mcid import mcid_line
from trialpool.questions.network import ratio_of_network
from trialpool.questions.quantity import Quantity, Range, quantity
from trialpool.questions.rankings import best, top, worst
from trialpool.questions.settle import margin_note, settle_margin
from trialpool.questions.shares import keeps, left, loses
from trialpool.questions.statement import Margin, Statement
from trialpool.questions.units import amount_text, unit_text

type FormFunction = Callable[[Draws, Statement, str], Finding]

#: Forms that say of two classes how they differ, and not of one what it does.
_DIFFER = ("beats", "exceeds", "noninferior", "equivalent")


def over(draws: Draws, statement: Statement, cls: str) -> Finding:
    """P(the difference exceeds the margin)."""
    if _is_relative(statement):
        return _relative(draws, statement, cls)
    margin = size(draws, statement)
    return _finding(draws, statement, cls, Range(lower=margin), margin)


def still(draws: Draws, statement: Statement, cls: str) -> Finding:
    """As `over`, with the probability of a benefit of at least the MCID beside it."""
    found = over(draws, statement, cls)
    mcid = draws.meta.get("mcid")
    if mcid is None:
        return found
    chance = quantity(draws, statement, cls).chance(Range(lower=float(mcid), closed=True))
    share, error = Finding("", chance, found.shown, "", [], None).probability()
    found.notes.append(
        f"P(benefit at least the MCID of {amount_text(draws, float(mcid))}) = {share:.3f} "
        f"(Monte Carlo error {error:.2g})"
    )
    found.notes.append(mcid_line(draws.meta))
    return found


def noninferior(draws: Draws, statement: Statement, cls: str) -> Finding:
    """P(the class is worse by less than the margin)."""
    needs_margin(statement, "non-inferior to MSC within 5")
    if _is_relative(statement):
        return _relative(draws, statement, cls, turned=True)
    margin = size(draws, statement, falls=True)
    return _finding(draws, statement, cls, Range(lower=-margin), -margin)


def equivalent(draws: Draws, statement: Statement, cls: str) -> Finding:
    """P(the classes differ by less than the margin, either way)."""
    needs_margin(statement, "equivalent to MSC within 5")
    margin = size(draws, statement)
    return _finding(draws, statement, cls, Range(-margin, margin), margin)


def at_most(draws: Draws, statement: Statement, cls: str) -> Finding:
    """P(the benefit does not exceed the margin)."""
    margin = size(draws, statement)
    return _finding(draws, statement, cls, Range(upper=margin, closed=True), margin)


def between(draws: Draws, statement: Statement, cls: str) -> Finding:
    """P(the benefit lies between two sizes)."""
    lower, upper = size(draws, statement), size(draws, statement, margin=statement.upper)
    if not lower < upper:
        raise QuestionError(
            f"range: got {lower:g} to {upper:g}, expected the smaller first. Write 'between 5 and "
            "10 points'."
        )
    return _finding(draws, statement, cls, Range(lower, upper), lower)


def harms(draws: Draws, statement: Statement, cls: str) -> Finding:
    """P(a class is worse than the other, by the margin if one is named)."""
    margin = size(draws, statement, falls=True)
    return _finding(
        draws, statement, cls, Range(upper=-margin), -margin or 0.0, told=", that is harm"
    )


def no_harm(draws: Draws, statement: Statement, cls: str) -> Finding:
    """P(a class is no worse than the other)."""
    margin = size(draws, statement, falls=True)
    within = Range(lower=-margin, closed=True)
    return _finding(draws, statement, cls, within, -margin or 0.0, told=", that is no harm")


def size(
    draws: Draws, statement: Statement, *, falls: bool = False, margin: Margin | None = None
) -> float:
    """A margin in the unit of the posterior; of ratios a percentage is a factor.

    Parameters
    ----------
    draws : Draws
    statement : Statement
    falls : bool
        Whether it is asked how much worse, and not how much better.
    margin : Margin, optional
        That of the statement when left out.
    """
    margin = margin or statement.margin
    if not is_network(draws) or margin is None or margin.unit is None:
        return settle_margin(draws, margin)
    if margin.unit != "%" or ratio_of_network(draws.meta) is None:
        raise QuestionError(
            f"margin: got {margin.amount} {margin.unit}, expected a number in the unit of this "
            f"network, {unit_text(draws)}. Write 'by 0.2'."
        )
    lower = bool(statement.lower) != falls
    return factor(float(margin.amount), falls=lower)


def factor(percent: float, *, falls: bool) -> float:
    """Distance on the log scale of a ratio that is so many % lower, or higher.

    Raises
    ------
    QuestionError
        For a percentage that no ratio can differ by.
    """
    if not 0 < percent < (100 if falls else np.inf):
        raise QuestionError(
            f"margin: got {percent:g} %, expected more than 0{' and less than 100' * falls}. "
            "Write 'by more than 50 %'."
        )
    return float(abs(np.log1p(-percent / 100.0 if falls else percent / 100.0)))


def needs_margin(statement: Statement, example: str) -> None:
    """Refuse a form that means nothing without a margin."""
    if statement.margin is None:
        raise QuestionError(
            f"The question does not say within how much. Write '{example}', or 'within the MCID'."
        )


def _finding(
    draws: Draws,
    statement: Statement,
    cls: str,
    within: Range,
    margin: float,
    *,
    told: str = "",
) -> Finding:
    q = quantity(draws, statement, cls)
    text = f"{_name(draws, statement, q)} {_range_text(draws, within, q.sign)}{q.window.words}"
    return Finding(
        text=f"{text}{told}",
        chance=q.chance(within),
        shown=q.shown(within),
        unit=q.unit,
        asked=q.asked,
        month=q.window.month,
        margin=q.sign * margin or 0.0,
        notes=[*q.notes, *margin_note(draws, statement), *true_effect(q)],
        remark=q.remark(within),
        open=q.trial is None,
        shade=within.values(q.sign),
    )


def _name(draws: Draws, statement: Statement, q: Quantity) -> str:
    """The quantity in words."""
    if q.trial is not None:
        return quantity_of_trial(statement, q)
    what = "effect" if is_network(draws) else "benefit"
    if statement.form in _DIFFER:
        return f"{what} of {q.one} minus {what} of {q.other}"
    return f"{what} of {q.one} over {q.other}"


def quantity_of_trial(statement: Statement, q: Quantity) -> str:
    """What a new trial has, or with patients what it observes."""
    assert statement.trial is not None
    if statement.trial.patients is None:
        return f"true effect of {q.one} over {q.other} in a new trial"
    trial = f"a new trial of {statement.trial.patients:g} patients"
    return f"difference between {q.one} and {q.other} that {trial} observes"


def true_effect(q: Quantity, *, always: bool = False) -> list[str]:
    """The true effect beside what is observed of it."""
    if q.trial is None or (q.trial.observed is None and not always):
        return []
    return [f"true effect in the new trial: {q.trial.true.summary(unit=q.unit)}"]


def _range_text(draws: Draws, within: Range, sign: int) -> str:
    low, high = within.values(sign)
    equal = "=" if within.closed else ""
    if np.isfinite(low) and np.isfinite(high):
        return f"between {low:g} and {amount_text(draws, high)}"
    if np.isfinite(low):
        return f">{equal} {amount_text(draws, low)}"
    return f"<{equal} {amount_text(draws, high)}"


def _is_relative(statement: Statement) -> bool:
    """Whether the margin is a share of what the other class does."""
    margin = statement.margin
    return (
        margin is not None
        and margin.unit == "%"
        and statement.form in _DIFFER
        and statement.trial is None
    )


def _relative(draws: Draws, statement: Statement, cls: str, *, turned: bool = False) -> Finding:
    """P(a benefit exceeds another by a share of it, given that the other is one)."""
    if is_network(draws):
        margin = size(draws, statement, falls=turned)
        signed = -margin if turned else margin
        return _finding(draws, statement, cls, Range(lower=signed), signed)
    other = statement.versus or reference(draws)
    if other == reference(draws):
        settle_margin(draws, statement.margin)  # refused: nothing can be 20 % more than 0
    assert statement.margin is not None
    percent = float(statement.margin.amount)
    if not 0 < percent < np.inf:
        raise QuestionError(f"margin: got {percent:g} %, expected more than 0. Write 'by 20 %'.")
    q = quantity(draws, statement, cls)
    if q.window.how in ("every", "some"):
        raise QuestionError(
            "a margin that is a share of the other's benefit is asked about at one month, or on "
            "average. Write 'at 24 months'."
        )
    one, base = (q.window.benefit(draws, c)[..., 0] for c in (cls, other))
    share = (-1.0 if turned else 1.0) * percent / 100.0
    positive = base > 0
    kept = float(positive.mean())
    if kept == 0.0:
        raise QuestionError(
            f"no draw has a benefit of {other}{q.window.words}, so no benefit can be compared with "
            "it as a share. Name the margin in points."
        )
    shown: Array = one - base
    least = f"{100 - percent:g} % of" if turned else f"{percent:g} % more than"
    return Finding(
        text=f"benefit of {cls} is over {least} that of {other}{q.window.words}, given that "
        f"{other} has a benefit then",
        chance=(one > (1.0 + share) * base).astype(float),
        shown=shown[positive],
        unit=q.unit,
        asked=q.asked,
        month=q.window.month,
        margin=0.0,
        notes=[
            *q.notes,
            f"over the {kept * 100:.3g} % of draws in which {other} has a benefit; "
            f"{percent:g} % is of that benefit",
        ],
        remark=f"; difference: benefit of {cls} minus benefit of {other} in those draws",
        given=positive,
    )


FORMS: Mapping[str, FormFunction] = {
    "beats": over,
    "exceeds": over,
    "works": over,
    "reduces": over,
    "at_least": over,
    "finds": over,
    "still": still,
    "lasts": still,
    "noninferior": noninferior,
    "equivalent": equivalent,
    "at_most": at_most,
    "between": between,
    "raises": harms,
    "harms": harms,
    "not_raises": no_harm,
    "best": best,
    "worst": worst,
    "top": top,
    "left": left,
    "keeps": keeps,
    "loses": loses,
}
