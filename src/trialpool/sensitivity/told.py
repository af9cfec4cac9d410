"""What a posterior tells in a few numbers: an answer, or the pooled mean of plain estimates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trialpool.engines.diagnostics import diagnostics
from trialpool.errors import QuestionError
from trialpool.posterior import Posterior
from trialpool.questions.monte_carlo import probability

#: Layouts that have one pooled mean and no classes to ask about.
_PLAIN = ("effects", "counts")
_POOLED = "probability the pooled effect > 0"


@dataclass(frozen=True)
class Told:
    """An answer without its draws.

    Attributes
    ----------
    question, subject : str
        As asked, and the class that it is about.
    probability, mcse : float
    median, lower, upper : float
        Of the difference that the question is about, with its 95 % credible interval.
    unit : str
    rhat : float
        Of the difference; nan where it has none.
    """

    question: str
    subject: str
    probability: float
    mcse: float
    median: float
    lower: float
    upper: float
    unit: str
    rhat: float

    @property
    def key(self) -> tuple[str, str]:
        """By which the same answer of another fit is found."""
        return self.question, self.subject

    def numbers(self) -> dict[str, float]:
        """Probability and difference."""
        names = ("probability", "mcse", "median", "lower", "upper")
        return {name: float(getattr(self, name)) for name in names}

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        named = {"question": self.question, "subject": self.subject}
        return {**named, **self.numbers(), "unit": self.unit}

    def __str__(self) -> str:
        return (
            f"{self.probability:.3f} (Monte Carlo error {self.mcse:.2g}), difference "
            f"{self.median:.3g} ({self.lower:.3g} to {self.upper:.3g}) {self.unit}".rstrip()
        )


def tell(posterior: Posterior, questions: Sequence[str]) -> list[Told]:
    """Answers to questions; of plain estimates their pooled mean.

    Raises
    ------
    QuestionError
        If a question is not understood, or there is none.
    """
    if posterior.meta["layout"] in _PLAIN:
        if questions:
            raise QuestionError(
                f"questions: got {questions[0]!r} for plain estimates, which have no classes to "
                "ask about; expected none. Leave the questions out: their pooled mean is told"
            )
        return [_pooled(posterior)]
    if not questions:
        raise QuestionError(
            "questions: got none; expected at least one, such as 'probability PRP beats MSC at 24 "
            "months'. Ask one"
        )
    return [
        Told(
            question,
            answer.subject,
            answer.probability,
            answer.mcse,
            answer.difference.median,
            answer.difference.lower,
            answer.difference.upper,
            answer.difference.unit,
            _rhat(answer.finding.shown if answer.finding else None),
        )
        for question in questions
        for answer in posterior.ask_all(question)
    ]


def _pooled(posterior: Posterior) -> Told:
    draws = posterior.draws.chains("effect")
    share, error = probability(draws > 0, of=draws)
    lower, median, upper = np.quantile(draws, [0.025, 0.5, 0.975])
    unit = posterior.meta["unit"] or ""
    return Told(_POOLED, "", share, error, median, lower, upper, unit, _rhat(draws))


def _rhat(shown: object) -> float:
    if not isinstance(shown, np.ndarray) or shown.ndim != 2:
        return float("nan")
    return float(diagnostics(np.asarray(shown, dtype=float)[None])[0][0])
