"""Several answers at once: a sequence that shows itself as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, overload

from trialpool.questions.answer import Answer, probability_text

if TYPE_CHECKING:
    import pandas as pd

_HEADER = ("question", "probability", "before the data", "difference, median", "interval", "")


@dataclass(frozen=True)
class Answers(Sequence[Answer]):
    """Answers to several questions; prints as a table, and in notebooks as one.

    Attributes
    ----------
    answers : tuple of Answer
        In the order of the questions; a question about every class has one a class.
    """

    answers: tuple[Answer, ...]

    def __len__(self) -> int:
        return len(self.answers)

    @overload
    def __getitem__(self, place: int) -> Answer: ...
    @overload
    def __getitem__(self, place: slice) -> Answers: ...
    def __getitem__(self, place: int | slice) -> Answer | Answers:
        if isinstance(place, slice):
            return Answers(self.answers[place])
        return self.answers[place]

    def to_dict(self) -> list[dict[str, Any]]:
        """As plain values, for JSON."""
        return [answer.to_dict() for answer in self.answers]

    def to_frame(self) -> pd.DataFrame:
        """One row an answer.

        Returns
        -------
        pandas.DataFrame
            Question, interpretation, class, probability with its Monte Carlo error and that before
            the data, the difference with its interval and unit, month, margin, outcome, whether it
            is extrapolated, and the notes.
        """
        import pandas as pd

        return pd.DataFrame([_record(answer) for answer in self.answers])

    def __str__(self) -> str:
        rows = [_HEADER, *(_row(answer) for answer in self.answers)]
        widths = [max(len(row[i]) for row in rows) for i in range(len(_HEADER))]
        lines = _failed(self.answers)
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            lines.append("  ".join(cells).rstrip())
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        failed = "".join(f"<p><b>{escape(line)}</b></p>" for line in _failed(self.answers))
        head = "".join(f"<th>{escape(name)}</th>" for name in _HEADER)
        body = "".join(
            f'<tr title="{escape(answer.interpretation, quote=True)}">'
            + "".join(f"<td>{escape(cell)}</td>" for cell in _row(answer))
            + "</tr>"
            for answer in self.answers
        )
        return f"{failed}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _failed(answers: Sequence[Answer]) -> list[str]:
    """A line for each check that a fit failed, once."""
    return list(dict.fromkeys(line for answer in answers for line in answer.failed_checks()))


def _row(answer: Answer) -> tuple[str, ...]:
    d = answer.difference
    prior = answer.prior_probability
    several = "" if answer.subject in answer.question else f" [{answer.subject}]"
    return (
        f"{answer.question}{several}",
        probability_text(answer.probability),
        "" if prior is None else f"{prior:.2f}",
        f"{d.median:.3g}",
        f"{d.lower:.3g} to {d.upper:.3g} ({d.level * 100:g} %), {d.unit}",
        "EXTRAPOLATED" if answer.extrapolated else "",
    )


def _record(answer: Answer) -> dict[str, Any]:
    d = answer.difference
    return {
        "question": answer.question,
        "interpretation": answer.interpretation,
        "class": answer.subject,
        "probability": answer.probability,
        "mcse": answer.mcse,
        "prior_probability": answer.prior_probability,
        "median": d.median,
        "lower": d.lower,
        "upper": d.upper,
        "level": d.level,
        "unit": d.unit,
        "months": answer.months,
        "margin": answer.margin,
        "outcome": answer.outcome,
        "direct_trials": answer.direct_trials,
        "extrapolated": answer.extrapolated,
        "notes": "; ".join(answer.notes),
    }
