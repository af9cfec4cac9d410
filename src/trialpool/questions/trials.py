"""Forms that only a new trial has: significant, and the share of new trials. See predict.py."""

from __future__ import annotations

from collections.abc import Mapping

from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions.finding import Finding
from trialpool.questions.forms import FormFunction, quantity_of_trial, size, true_effect
from trialpool.questions.quantity import quantity
from trialpool.questions.settle import margin_note, no_margin
from trialpool.questions.statement import Statement
from trialpool.questions.units import amount_text


def significant(draws: Draws, statement: Statement, cls: str) -> Finding:
    """P(a new trial observes p < 0.05 in favour of the class)."""
    no_margin(statement)
    if statement.trial is None or statement.trial.patients is None:
        raise QuestionError(
            "whether a trial is significant depends on how many patients it has. Add 'with 100 "
            "patients'."
        )
    q = quantity(draws, statement, cls)
    assert q.trial is not None
    return Finding(
        text=f"a new trial of {statement.trial.patients:g} patients finds {q.one} significantly "
        f"better than {q.other}{q.window.words}, two-sided p < 0.05 by a normal test",
        chance=q.trial.significant(),
        shown=q.trial.shown,
        unit=q.unit,
        asked=q.asked,
        month=q.window.month,
        notes=[*q.notes, *true_effect(q)],
        remark="; difference: what the trial observes",
    )


def share(draws: Draws, statement: Statement, cls: str) -> Finding:
    """Share of new trials whose true effect is over the margin, with its own uncertainty."""
    if statement.trial is not None and statement.trial.patients is not None:
        raise QuestionError(
            "a share of trials is of their true effects, which patients do not change. Leave the "
            "patients out, or ask what a new trial with so many patients shows."
        )
    q = quantity(draws, statement, cls)
    assert q.trial is not None
    margin = size(draws, statement)
    over = q.trial.true.above(q.sign * margin)
    shares = over if q.sign > 0 else 1.0 - over
    side = ">" if q.sign > 0 else "<"
    return Finding(
        text=f"{quantity_of_trial(statement, q)} {side} {amount_text(draws, q.sign * margin)}"
        f"{q.window.words}",
        chance=shares,
        shown=shares,
        unit="share of new trials",
        asked=q.asked,
        month=q.window.month,
        margin=q.sign * margin or 0.0,
        notes=[*q.notes, *margin_note(draws, statement), *true_effect(q, always=True)],
        remark="; difference: the share of new trials of which this holds, whose mean it is",
    )


TRIAL_FORMS: Mapping[str, FormFunction] = {"significant": significant, "share": share}
