"""Which outcome a statement is about, and the draws of that outcome."""

from __future__ import annotations

from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions.effects import is_events
from trialpool.questions.grammar import normalise
from trialpool.questions.statement import Statement
from trialpool.questions.suggest import example_questions

# Words that people use for an outcome, and the name that `fit --outcome` takes.
OUTCOMES = {
    "pain": "pain",
    "function": "function",
    "disability": "function",
    "functioning": "function",
    "sae": "sae",
    "saes": "sae",
    "serious adverse event": "sae",
    "serious adverse events": "sae",
    "adverse event": "sae",
    "adverse events": "sae",
    "harm": "sae",
    "harms": "sae",
    "safety": "sae",
}
# Words that narrow no further than the trials already do.
_SITE = {"low", "back", "chronic", "their", "patient", "patients", "scores", "score", "mean"}
#: Forms that only adverse events have an answer to.
_SAFETY = ("safe", "safer", "safest")
#: Forms that adverse events answer where the posterior has them, and scores where it has not.
_HARM = ("harms",)


def of_outcome(draws: Draws, statement: Statement, *, joined: bool) -> tuple[Draws, list[str]]:
    """The draws of the outcome that a statement is about, and what to note of the choice.

    Parameters
    ----------
    draws : Draws
        A posterior of one outcome, or a joint one.
    statement : Statement
        The statement.
    joined : bool
        Whether it is joined to others, which takes a posterior of all their outcomes.

    Raises
    ------
    QuestionError
        If the posterior is not of that outcome.
    """
    _check_direction(statement)
    named = dict.fromkeys(_named(draws, statement, phrase, joined) for phrase in statement.outcomes)
    if len(named) > 1:
        raise QuestionError(
            f"One statement is about {' and '.join(named)}; expected one outcome. Join two "
            "statements by 'and', each with its outcome."
        )
    safety = statement.form in _SAFETY
    harm = statement.form in _HARM
    alike = [name for name in draws.outcomes if is_events(draws.of(name)) == (safety or harm)]
    chosen = next(iter([*named, *alike, *draws.outcomes]))
    if safety and not is_events(draws.of(chosen)):
        raise QuestionError(
            f"safety is asked of a posterior of adverse events; this one is of {_listed(draws)}. "
            f"{_remedy(draws, 'sae', joined)}"
        )
    guessed = not named and not safety and len(draws.outcomes) > 1
    others = ", ".join(draws.outcomes)
    kind = "adverse events" if is_events(draws.of(chosen)) else "first score"
    return draws.of(chosen), (
        [f"no outcome was named: {chosen} is taken, the {kind} of {others}"] if guessed else []
    )


def _named(draws: Draws, statement: Statement, phrase: str, joined: bool) -> str:
    """The outcome of the posterior that a phrase names."""
    bare = " ".join(w for w in phrase.split() if w not in _SITE)
    known = OUTCOMES.get(bare)
    for own in draws.outcomes:
        if normalise(own) in (bare, known):
            return own
    if known is None:
        raise QuestionError(
            f"{phrase!r} is not an outcome that is known here; this posterior is of "
            f"{_listed(draws)}. Leave it out, or fit with that outcome and ask the file that fit "
            "writes.",
            example_questions(draws.of(draws.outcomes[0]), statement.named)[:3],
        )
    raise QuestionError(
        f"the question is about {known}, this posterior is of {_listed(draws)}. "
        f"{_remedy(draws, known, joined)}"
    )


def _remedy(draws: Draws, wanted: str, joined: bool) -> str:
    if not joined:
        return f"Run: trialpool fit DIR --outcome {wanted} -o {wanted}.nc, and ask {wanted}.nc."
    together = ",".join([*draws.outcomes, wanted])
    return (
        "Statements about several outcomes need the draws of a joint fit. Run: trialpool fit DIR "
        f"--outcome {together} -o joint.nc, and ask joint.nc."
    )


def _listed(draws: Draws) -> str:
    *most, last = draws.outcomes
    return f"{', '.join(most)} and {last}" if most else last


def _check_direction(statement: Statement) -> None:
    ways = ("reduces", "raises", "not_raises")
    if statement.form in ways and statement.outcomes and "funct" in statement.outcomes[0]:
        word = statement.form.removeprefix("not_")
        raise QuestionError(
            f"'{word} function' can be read both ways, as scores of disability fall "
            "when function improves. "
            "Ask whether the class 'works' or 'improves function'."
        )
