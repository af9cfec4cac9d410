"""Statements joined by and, or, not and given: the share of draws in which the whole holds.

The draws must be of one posterior. Draws of two files are paired by chance, so the share in which
two statements hold would be that of independence, whatever the trials say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions.answer import Answer, probability_text
from trialpool.questions.effects import Array, Summary, summarise
from trialpool.questions.finding import Finding, share_of
from trialpool.questions.statement import (
    And,
    Expression,
    Given,
    Not,
    Or,
    Statement,
    Time,
    statements,
)

#: Correlation between the statements over the draws under which they count as unrelated: that of
#: 400 independent draws is below it 19 times of 20.
UNRELATED = 0.1


@dataclass(frozen=True)
class Whole:
    """An expression in the draws.

    Attributes
    ----------
    chance : numpy.ndarray
        Dims (chain, draw): 0 or 1, or a probability where a new trial is spoken of.
    given : numpy.ndarray or None
        The same of its condition.
    parts : tuple of numpy.ndarray
        Those of its statements, in order.
    """

    chance: Array
    given: Array | None
    parts: tuple[Array, ...]

    def probability(self) -> tuple[float, float]:
        """Probability and its Monte Carlo standard error."""
        return share_of(self.chance, given=self.given, of=np.sum(self.parts, axis=0))


def whole(expression: Expression, findings: Sequence[Finding]) -> Whole:
    """Put the findings of the statements together.

    Parameters
    ----------
    expression : Expression
    findings : sequence of Finding
        One for each of its statements, in their order.

    Raises
    ------
    QuestionError
        If they cannot be put together, or the condition never holds.
    """
    _check(expression, findings)
    chances = [found.chance for found in findings]
    left = iter(chances)
    if not isinstance(expression, Given):
        return Whole(_chance(expression, left), None, tuple(chances))
    of, given = _chance(expression.of, left), _chance(expression.condition, left)
    if not given.any():
        raise QuestionError(
            "what is given holds in no draw of this posterior, so nothing can be said of when it "
            "does. Ask it by itself, or with a smaller margin."
        )
    return Whole(of, given, tuple(chances))


def _chance(expression: Expression, left: Any) -> Array:
    """Chance of an expression; takes those of its statements from an iterator."""
    match expression:
        case Statement():
            found: Array = next(left)
            return found
        case Not(of):
            return 1.0 - _chance(of, left)
        case And(parts):
            return np.prod([_chance(part, left) for part in parts], axis=0)
        case Or(parts):
            return 1.0 - np.prod([1.0 - _chance(part, left) for part in parts], axis=0)
    raise QuestionError(
        "'given' stands once, between what is asked and what is known. Leave out the others: "
        "'probability MPC beats PRP at 36 months given that it beats PRP at 12 months'."
    )


def _check(expression: Expression, findings: Sequence[Finding]) -> None:
    for found in findings:
        if found.given is not None:
            raise QuestionError(
                "the question joins a statement that is not true or false of each draw "
                f"({found.text}). Ask it by itself."
            )
    trials = sum(statement.trial is not None for statement in statements(expression))
    if trials > 1:
        raise QuestionError(
            f"the question joins {trials} statements about a new trial and does not say whether it "
            "is one trial or several. Ask each by itself."
        )


def shared_time(expression: Expression) -> Time | None:
    """'Relieves pain and improves function at 12 months' means both at 12 months."""
    named = {s.time for s in statements(expression) if s.time is not None}
    return named.pop() if len(named) == 1 else None


def combined(
    draws: Draws,
    question: str,
    expression: Expression,
    parts: tuple[Answer, ...],
    found: Whole,
    prior: float | None,
) -> Answer:
    """The answer to a question of several statements.

    Parameters
    ----------
    draws : Draws
        The posterior.
    question : str
        As asked.
    expression : Expression
    parts : tuple of Answer
        Its statements, each by itself.
    found : Whole
    prior : float or None
        Probability of the whole before the data.

    Returns
    -------
    Answer
        Its difference, month and margin are those of the first statement.
    """
    first = parts[0]
    share, error = found.probability()
    outcomes = list(dict.fromkeys(part.outcome for part in parts))
    pairs = {tuple(part.evidence) for part in parts}
    numbers = iter(range(1, len(parts) + 1))
    formula = "all hold" if _is_all(expression) else _formula(expression, numbers)
    difference, where = _difference(first, found)
    sure = found.given is None and bool(np.isin(found.chance, (0.0, 1.0)).all())
    return replace(
        first,
        interpretation=f"P({formula}): "
        + "; ".join(f"({i}) {part.interpretation}" for i, part in enumerate(parts, start=1))
        + f"; difference: that of (1){where}",
        difference=difference,
        probability=share,
        mcse=error,
        outcome=" and ".join(outcomes),
        evidence=_evidence(parts, named=len(outcomes) > 1),
        direct_trials=first.direct_trials if len(pairs) == len(outcomes) == 1 else None,
        extrapolated=any(part.extrapolated for part in parts),
        notes=(
            *_beside(expression, parts, found, share),
            *_links(draws, parts, found.parts, outcomes),
            *_notes(parts),
        ),
        statement=formula,
        holds=found.chance.astype(bool) if sure else None,
        parts=parts,
        prior_probability=prior,
    )


def _difference(first: Answer, found: Whole) -> tuple[Summary, str]:
    """The difference of the first statement, over the draws in which what is given holds."""
    shown = None if first.finding is None else first.finding.shown
    if found.given is None or not isinstance(shown, np.ndarray):
        return first.difference, ""
    known = found.given == 1.0
    if shown.shape != known.shape or not (known | (found.given == 0.0)).all():
        return first.difference, ""
    return summarise(shown[known], unit=first.difference.unit), ", where what is given holds"


def _is_all(expression: Expression) -> bool:
    return isinstance(expression, And) and all(isinstance(p, Statement) for p in expression.of)


def _formula(expression: Expression, numbers: Any) -> str:
    """The expression with its statements as numbers."""

    def inner(part: Expression) -> str:
        text = _formula(part, numbers)
        return f"({text})" if isinstance(part, (And, Or)) else text

    match expression:
        case Statement():
            return f"({next(numbers)})"
        case Not(of):
            return f"not {inner(of)}"
        case And(parts):
            return " and ".join(inner(part) for part in parts)
        case Or(parts):
            return " or ".join(inner(part) for part in parts)
        case Given(of, condition):
            return f"{_formula(of, numbers)} given {_formula(condition, numbers)}"


def _evidence(parts: Sequence[Answer], *, named: bool) -> dict[str, Any]:
    """Evidence of each class; of each class and outcome where there are several outcomes."""
    return {
        f"{cls} ({part.outcome})" if named else cls: behind
        for part in parts
        for cls, behind in part.evidence.items()
    }


def _beside(
    expression: Expression, parts: Sequence[Answer], found: Whole, share: float
) -> list[str]:
    """Each statement by itself, and what independence, or no condition, would give."""
    alone = [
        f"({i}) by itself: probability {probability_text(part.probability)} "
        f"(Monte Carlo error {part.mcse:.2g})"
        for i, part in enumerate(parts, start=1)
    ]
    if _is_all(expression):
        product = float(np.prod([part.probability for part in parts]))
        alone.append(
            f"were the statements independent, all would hold with probability {product:.3f}; over "
            f"the same draws it is {share:.3f}"
        )
    if found.given is not None:
        alone.append(
            f"what is given holds with probability {probability_text(float(found.given.mean()))}; "
            f"without it the answer is {probability_text(float(found.chance.mean()))}"
        )
    return alone


def _links(
    draws: Draws, parts: Sequence[Answer], held: Sequence[Array], outcomes: Sequence[str]
) -> list[str]:
    """What ties the outcomes to each other, where that is little: the record's word, the draws'."""
    recorded = [str(note) for note in draws.meta.get("notes", ())]
    told = [note for note in recorded if sum(name in note.split() for name in outcomes) > 1]
    moving = np.array([h.ravel() for h in held if np.ptp(h) > 0], dtype=float)
    if len(outcomes) > 1 and len(moving) > 1:
        between = np.abs(np.corrcoef(moving))[np.triu_indices(len(moving), 1)]
        if between.max() < UNRELATED:
            told.append(
                "the outcomes tell little about each other here (correlation of the statements at "
                f"most {between.max():.2f})"
            )
    if not told:
        return []
    behind = "; ".join(
        f"{part.outcome}: "
        + ", ".join(f"{cls} in {_trials(e['trials'])}" for cls, e in part.evidence.items())
        for part in parts
    )
    return [*told, f"behind the statements stand, {behind}"]


def _trials(count: int) -> str:
    return f"{count} trial{'' if count == 1 else 's'}"


def _notes(parts: Sequence[Answer]) -> list[str]:
    """Notes of the statements, with their numbers."""
    return [f"({i}) {note}" for i, part in enumerate(parts, start=1) for note in part.notes]
