"""An answer: what the question was taken to mean, the numbers, and how far to trust them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np

from trialpool.questions.effects import Summary
from trialpool.questions.finding import Finding


@dataclass(frozen=True)
class Diagnostics:
    """Whether the fit passed its own checks.

    Attributes
    ----------
    ok : bool
        True when all passed.
    messages : tuple of str
        What failed, or is worth knowing.
    """

    ok: bool
    messages: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {"ok": self.ok, "messages": list(self.messages)}


@dataclass(frozen=True)
class Answer:
    """Answer to one question about one class or pair of classes; prints as a few lines.

    Attributes
    ----------
    question : str
        As asked.
    interpretation : str
        The statement whose probability is given, in full.
    probability : float
        Posterior probability of the statement.
    mcse : float
        Its Monte Carlo standard error, never 0.
    difference : Summary
        The quantity that the statement is about.
    months : float or None
        Month at which it was read off; None where the posterior has no time course.
    margin : float
        What `difference` is compared with.
    outcome : str
        The posterior's outcome.
    evidence : mapping
        Trials, patients and last month of each class asked about.
    direct_trials : int or None
        Trials in which the two classes meet; None when more than two classes are compared.
    extrapolated : bool
        Whether `months` lies past the follow-up of a class asked about.
    engine : str
        What sampled the posterior.
    diagnostics : Diagnostics
        Whether the fit passed its checks.
    notes : tuple of str
        What else a reader should know.
    reference : str
        The class that benefits are measured against; it does not count towards `extrapolated`.
    subject : str
        The class that the statement is about; a question has at most one answer for each.
    statement : str
        What the probability is of, without the outcome.
    holds : numpy.ndarray of bool or None
        Draws in which the statement holds, dims (chain, draw); None where it is not a yes or no
        in each draw.
    parts : tuple of Answer
        The statements of a question that joins several, each by itself.
    prior_probability : float or None
        Probability of the statement before the data; None where the posterior holds no draws of its
        prior.
    finding : Finding or None
        The draws behind the answer.
    """

    question: str
    interpretation: str
    probability: float
    mcse: float
    difference: Summary
    months: float | None
    margin: float
    outcome: str
    evidence: Mapping[str, Mapping[str, Any]]
    direct_trials: int | None
    extrapolated: bool
    engine: str
    diagnostics: Diagnostics
    notes: tuple[str, ...] = ()
    reference: str = "placebo"
    subject: str = ""
    statement: str = ""
    holds: np.ndarray[Any, np.dtype[np.bool_]] | None = field(
        default=None, repr=False, compare=False
    )
    parts: tuple[Answer, ...] = field(default=(), repr=False)
    prior_probability: float | None = None
    finding: Finding | None = field(default=None, repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """As plain values under fixed keys, for JSON."""
        return {
            "question": self.question,
            "interpretation": self.interpretation,
            "probability": self.probability,
            "mcse": self.mcse,
            "difference": self.difference.to_dict(),
            "months": self.months,
            "margin": self.margin,
            "outcome": self.outcome,
            "evidence": {c: dict(e) for c, e in self.evidence.items()},
            "direct_trials": self.direct_trials,
            "extrapolated": self.extrapolated,
            "engine": self.engine,
            "diagnostics": self.diagnostics.to_dict(),
            "notes": list(self.notes),
            "prior_probability": self.prior_probability,
        }

    def short(self) -> str:
        """Probability and difference, and whether they are extrapolated, in a few short lines."""
        lines = [
            f"probability {probability_text(self.probability)}",
            f"difference {self.difference}",
        ]
        lines += ["EXTRAPOLATED"] if self.extrapolated else []
        return "\n".join(lines)

    def failed_checks(self) -> list[str]:
        """A line for each check that the fit failed."""
        if self.diagnostics.ok:
            return []
        messages = self.diagnostics.messages
        return [f"THE FIT FAILED ITS CHECKS: {m}" for m in messages] or [
            "THE FIT FAILED ITS CHECKS"
        ]

    def __str__(self) -> str:
        return "\n".join([*self.failed_checks(), *self._lines()])

    def _lines(self) -> list[str]:
        """Interpretation, numbers, evidence, extrapolation and notes."""
        shown = probability_text(self.probability)
        lines = [
            self.interpretation,
            f"  probability {shown} (Monte Carlo error {self.mcse:.2g})",
        ]
        if self.prior_probability is not None:
            # From 1000 draws of the priors: a third decimal would be noise.
            lines.append(f"  before the data: {self.prior_probability:.2f}")
        lines.append(f"  difference, median {self.difference}")
        lines += [f"  {cls}: {_behind(e)}" for cls, e in self.evidence.items()]
        if self.direct_trials is not None:
            lines.append(f"  {_direct(self.direct_trials)}")
        if self.extrapolated:
            lines += [f"  EXTRAPOLATED: {text}" for text in self._last_seen()]
        lines += [f"  note: {note}" for note in self.notes]
        return lines

    def _repr_html_(self) -> str:
        """For notebooks: the sentence, the number, a small density, what stands behind it."""
        from trialpool.questions.density import density_svg

        failed = "".join(f"<p><b>{escape(line)}</b></p>" for line in self.failed_checks())
        found = [part.finding for part in self.parts] or [self.finding]
        drawn = "".join(density_svg(one) for one in found if one is not None)
        first, *rest = [line.strip() for line in self._lines()]
        listed = "".join(f"<li>{escape(line)}</li>" for line in rest)
        return (
            f"{failed}<div><p>{escape(self.question)}<br><small>{escape(first)}</small></p>"
            f"<p><b>{escape(probability_text(self.probability))}</b></p>{drawn}<ul>{listed}</ul>"
            "</div>"
        )

    def _last_seen(self) -> list[str]:
        if self.parts:  # each at its own month
            return list(dict.fromkeys(line for part in self.parts for line in part._last_seen()))
        seen = []
        for cls, e in self.evidence.items():
            if cls == self.reference:
                continue
            last = e["last_months"]
            if last is None:
                seen.append(f"no follow-up is recorded for {cls}")
            elif self.months is not None and last < self.months:
                seen.append(f"{cls} was last seen at {last:g} months")
        return seen


def probability_text(value: float) -> str:
    """Three decimals, but never certainty: draws cannot show it."""
    if value >= 0.9995:
        return "0.9995 or more"
    return "0.0005 or less" if value <= 0.0005 else f"{value:.3f}"


def _behind(e: Mapping[str, Any]) -> str:
    trials = f"{e['trials']} trial{'' if e['trials'] == 1 else 's'}"
    last = "" if e["last_months"] is None else f", last seen at {e['last_months']:g} months"
    # No patients means that no arm printed how many it had, not that there were none.
    patients = f"{e['patients']:g} patients" if e["patients"] else "size not printed"
    return f"{trials}, {patients}{last}"


def _direct(count: int) -> str:
    if count == 0:
        return "no trial compares them directly"
    return (
        "1 trial compares them directly" if count == 1 else f"{count} trials compare them directly"
    )
