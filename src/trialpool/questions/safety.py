"""What each form of question asks of adverse events: lower is better, no months.

Classes are compared by their odds, risks or rates, whichever the posterior holds; a margin is a
percentage of them.
"""

from __future__ import annotations

from collections.abc import Mapping

from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions.effects import event_scale, outcome_of, reference
from trialpool.questions.finding import Finding
from trialpool.questions.forms import FormFunction, factor, needs_margin
from trialpool.questions.quantity import Range, quantity
from trialpool.questions.rankings import EVENT_WORDS, best, top, worst
from trialpool.questions.statement import Statement
from trialpool.questions.suggest import example_questions


def lower(draws: Draws, statement: Statement, cls: str) -> Finding:
    """P(an event is less likely than with another class, by so many % if named)."""
    margin, by = _margin(draws, statement, falls=True)
    return _finding(draws, statement, cls, Range(lower=margin), f"{by}lower than", -margin)


def higher(draws: Draws, statement: Statement, cls: str) -> Finding:
    """P(an event is more likely, by so many % if named)."""
    margin, by = _margin(draws, statement)
    return _finding(draws, statement, cls, Range(upper=-margin), f"{by}higher than", margin)


def not_higher(draws: Draws, statement: Statement, cls: str) -> Finding:
    """P(an event is no more likely)."""
    margin, by = _margin(draws, statement)
    within = Range(lower=-margin, closed=True)
    return _finding(draws, statement, cls, within, f"not {by}higher than", margin)


def noninferior(draws: Draws, statement: Statement, cls: str) -> Finding:
    """P(an event is more likely by less than so many %)."""
    needs_margin(statement, "non-inferior to MSC within 20 %")
    margin, _ = _margin(draws, statement)
    percent = _percent(statement)
    words = f"lower, or less than {percent:g} % higher, than"
    return _finding(draws, statement, cls, Range(lower=-margin), words, margin)


def equivalent(draws: Draws, statement: Statement, cls: str) -> Finding:
    """P(a ratio lies within a factor of 1, either way)."""
    needs_margin(statement, "equivalent to MSC within 20 %")
    margin, _ = _margin(draws, statement)
    percent = _percent(statement)
    least = 100.0 - 100.0 / (1.0 + percent / 100.0)
    words = f"between {least:.3g} % lower and {percent:g} % higher than"
    return _finding(draws, statement, cls, Range(-margin, margin), words, margin)


def not_of_events(draws: Draws, statement: Statement, cls: str) -> Finding:
    """Refuse a question about benefit."""
    raise QuestionError(
        f"the question asks about a benefit; this posterior is of {outcome_of(draws)} and says "
        "only how often events happen. "
        "Ask the posterior of pain or function, or one of these:",
        example_questions(draws, statement.named),
    )


def ambiguous(draws: Draws, statement: Statement, cls: str) -> Finding:
    """Refuse '>' between ratios, of which the larger is the worse."""
    raise QuestionError(
        "'>' and '<' can be read both ways, as more events are worse. Write 'is safer than' or "
        "'beats'.",
        example_questions(draws, statement.named)[:2],
    )


def _finding(
    draws: Draws, statement: Statement, cls: str, within: Range, words: str, margin: float
) -> Finding:
    ref = reference(draws)
    compared, are, plural = EVENT_WORDS[event_scale(draws)]
    if cls == (statement.versus or ref):
        raise QuestionError(
            f"{cls} is what {plural} are measured against. Ask about another class."
        )
    q = quantity(draws, statement, cls)
    where = "" if q.trial is None else "in a new trial the "
    return Finding(
        text=f"{where}{compared} with {cls} {are} {words} with {q.other}",
        chance=q.chance(within),
        shown=q.shown(within),
        unit=f"log {event_scale(draws)} ratio",
        asked=q.asked,
        month=None,
        margin=margin or 0.0,
        notes=q.notes,
        open=q.trial is None,
        shade=within.values(q.sign),
    )


def _margin(draws: Draws, statement: Statement, *, falls: bool = False) -> tuple[float, str]:
    """Distance on the log scale of "by more than 50 %", and the words; 0 where none is named."""
    if statement.margin is None:
        return 0.0, ""
    if statement.margin.unit != "%":
        raise QuestionError(
            "a margin has no agreed unit for adverse events. Leave out 'by ...', or ask whether a "
            "class raises them 'by more than 50 %'.",
            example_questions(draws, statement.named)[:3],
        )
    percent = _percent(statement)
    return factor(percent, falls=falls), f"more than {percent:g} % "


def _percent(statement: Statement) -> float:
    return 0.0 if statement.margin is None else float(statement.margin.amount)


EVENT_FORMS: Mapping[str, FormFunction] = {
    "beats": lower,
    "safer": lower,
    "safe": lower,
    "reduces": lower,
    "raises": higher,
    "harms": higher,
    "not_raises": not_higher,
    "noninferior": noninferior,
    "equivalent": equivalent,
    "best": best,
    "safest": best,
    "worst": worst,
    "top": top,
    "exceeds": ambiguous,
}
