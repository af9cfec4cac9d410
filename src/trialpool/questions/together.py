"""Several statements at once: the share of draws in which all of them hold.

The draws must be of one posterior. Draws of two files are paired by chance, so the share in which
both statements hold would be that of independence, whatever the trials say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions.answer import Answer, probability_text
from trialpool.questions.monte_carlo import probability
from trialpool.questions.request import Request

#: Month, and whether past it, that statements without one of their own take.
type Shared = tuple[float | None, bool]


class AnswerOne(Protocol):
    """Answers one statement."""

    def __call__(
        self, draws: Draws, question: str, request: Request, *, joined_at: Shared | None = None
    ) -> list[Answer]:
        """As `ask` does."""
        ...


#: Correlation between the statements over the draws under which they count as unrelated: that of
#: 400 independent draws is below it 19 times of 20.
UNRELATED = 0.1


def together(draws: Draws, question: str, request: Request, answer: AnswerOne) -> Answer:
    """P(all statements of a question hold).

    Parameters
    ----------
    draws : Draws
        The posterior.
    question : str
        As asked.
    request : Request
        The first statement, with the others in `further`.
    answer : callable
        Answers one statement.

    Returns
    -------
    Answer
        Its difference, month and margin are those of the first statement.
    """
    statements = [replace(request, further=()), *request.further]
    time = _shared_time(statements)
    parts = tuple(_part(question, answer(draws, question, s, joined_at=time)) for s in statements)
    first = parts[0]
    held = np.array([part.holds for part in parts])
    hits = held.all(axis=0)
    share, error = probability(hits, of=held.sum(axis=0, dtype=float))
    outcomes = list(dict.fromkeys(part.outcome for part in parts))
    pairs = {tuple(part.evidence) for part in parts}
    return replace(
        first,
        interpretation="P(all hold): "
        + "; ".join(f"({i}) {part.interpretation}" for i, part in enumerate(parts, start=1))
        + "; difference: that of (1)",
        probability=share,
        mcse=error,
        outcome=" and ".join(outcomes),
        evidence=_evidence(parts, named=len(outcomes) > 1),
        direct_trials=first.direct_trials if len(pairs) == len(outcomes) == 1 else None,
        extrapolated=any(part.extrapolated for part in parts),
        notes=(*_beside(parts, share), *_links(draws, parts, held, outcomes), *_notes(parts)),
        statement=" and ".join(part.statement for part in parts),
        holds=hits,
        parts=parts,
    )


def _part(question: str, answers: Sequence[Answer]) -> Answer:
    if len(answers) != 1:
        raise QuestionError(
            f"{question!r} joins a statement about every class to another. Name the class in each."
        )
    if answers[0].holds is None:
        raise QuestionError(
            f"{question!r} joins a statement that is not true or false of each draw "
            f"({answers[0].statement}). Ask it by itself."
        )
    return answers[0]


def _shared_time(statements: list[Request]) -> Shared:
    """'Relieves pain and improves function at 12 months' means both at 12 months."""
    named = {(s.months, s.past) for s in statements if s.months is not None}
    return named.pop() if len(named) == 1 else (None, False)


def _evidence(parts: Sequence[Answer], *, named: bool) -> dict[str, Any]:
    """Evidence of each class; of each class and outcome where there are several outcomes."""
    return {
        f"{cls} ({part.outcome})" if named else cls: behind
        for part in parts
        for cls, behind in part.evidence.items()
    }


def _beside(parts: Sequence[Answer], share: float) -> list[str]:
    """Each statement by itself, and what independence would give."""
    alone = [
        f"({i}) by itself: probability {probability_text(part.probability)} "
        f"(Monte Carlo error {part.mcse:.2g})"
        for i, part in enumerate(parts, start=1)
    ]
    product = float(np.prod([part.probability for part in parts]))
    return [
        *alone,
        f"were the statements independent, all would hold with probability {product:.3f}; over the "
        f"same draws it is {share:.3f}",
    ]


def _links(
    draws: Draws,
    parts: Sequence[Answer],
    held: np.ndarray[Any, np.dtype[np.bool_]],
    outcomes: Sequence[str],
) -> list[str]:
    """What ties the outcomes to each other, where that is little: the record's word, the draws'."""
    recorded = [str(note) for note in draws.meta.get("notes", ())]
    told = [note for note in recorded if sum(name in note.split() for name in outcomes) > 1]
    moving = np.array([h.ravel() for h in held if 0 < h.mean() < 1], dtype=float)
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
