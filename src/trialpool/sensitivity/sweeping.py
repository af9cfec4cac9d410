"""`sweep`: how far answers move under other priors, trials, reports and time courses."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any

import pandas as pd

from trialpool.batches import fit_many
from trialpool.engines.convergence import RHAT_LIMIT
from trialpool.errors import TrialpoolError
from trialpool.evidence import Evidence, read_evidence
from trialpool.posterior import Posterior
from trialpool.sensitivity.told import Told, tell
from trialpool.sensitivity.variants import Variant, variants
from trialpool.synthesis import Model

#: Draws of a fit whose chains disagreed in the short run: as many as those of `trialpool.fit`.
_LONGER = {"draws": 1000, "tune": 1000, "target_accept": 0.9}
#: Draws of the first analysis for each of another one.
_FIRST = 4


@dataclass(frozen=True)
class Moved:
    """One answer under one other analysis.

    Attributes
    ----------
    variant : Variant
    base : Told
        The answer of the first analysis.
    told : Told or None
        The answer here; None where there is none, and then ``why`` says why.
    why : str
        Also what is wrong with an answer that was given.
    """

    variant: Variant
    base: Told
    told: Told | None
    why: str = ""

    @property
    def shift(self) -> float:
        """Probability here minus that of the first analysis; nan without an answer."""
        return math.nan if self.told is None else self.told.probability - self.base.probability

    @property
    def shift_mcse(self) -> float:
        """Its Monte Carlo standard error: the two fits have different seeds."""
        return math.nan if self.told is None else math.hypot(self.told.mcse, self.base.mcse)

    @property
    def effect_shift(self) -> float:
        """Median of the difference here minus that of the first analysis."""
        return math.nan if self.told is None else self.told.median - self.base.median

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON; what is not known is None."""
        known = self.told is not None
        return {
            "question": self.base.question,
            "subject": self.base.subject,
            "group": self.variant.group,
            "variant": self.variant.label,
            "detail": self.variant.detail,
            **({} if self.told is None else self.told.numbers()),
            "shift": self.shift if known else None,
            "shift_mcse": self.shift_mcse if known else None,
            "effect_shift": self.effect_shift if known else None,
            "why": self.why,
        }


@dataclass(frozen=True)
class Sweep:
    """Answers of a first analysis, and each under every other one.

    Attributes
    ----------
    base : tuple of Told
    moved : tuple of Moved
        By answer; within it those that moved farthest first, those without an answer last.
    draws : int
        Of every other analysis, all chains together; the first has four times as many.
    """

    base: tuple[Told, ...]
    moved: tuple[Moved, ...]
    draws: int

    def of(self, told: Told) -> list[Moved]:
        """One answer under the other analyses."""
        return [moved for moved in self.moved if moved.base is told]

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            "draws": self.draws,
            "base": [told.to_dict() for told in self.base],
            "variants": [moved.to_dict() for moved in self.moved],
        }

    def to_frame(self) -> pd.DataFrame:
        """One row an answer and other analysis."""
        return pd.DataFrame([moved.to_dict() for moved in self.moved])

    def __str__(self) -> str:
        lines = []
        for told in self.base:
            lines += [f"{told.question}: {told}", ""]
            for moved in self.of(told):
                shown = moved.why if moved.told is None else f"{moved.shift:+z.3f}  {moved.told}"
                lines.append(f"  {moved.variant.label}: {shown}")
        return "\n".join(lines)


def sweep(
    model: Model,
    evidence: Evidence,
    questions: str | Sequence[str] = (),
    *,
    groups: Sequence[str] | None = None,
    also: Sequence[Variant] = (),
    folder: str | PathLike[str] | None = None,
    seed: int = 1,
    engine: str = "auto",
    draws: int = 400,
    tune: int = 400,
    chains: int = 4,
    say: Callable[[str], None] | None = None,
    watch: Callable[[int, int, str], None] | None = None,
) -> Sweep:
    """Answer questions again with each prior halved and doubled, each trial left out, and so on.

    Parameters
    ----------
    model : Model
        The first analysis, which the others differ from in one choice each.
    evidence : Evidence
    questions : str or sequence of str
        As `Posterior.ask` takes them. Of plain estimates none: what is told is their pooled mean.
    groups : sequence of str, optional
        ``prior``, ``trial``, ``kind``, ``time course``; all when left out.
    also : sequence of Variant
        Analyses of your own.
    folder : path, optional
        Where the evidence was read from: a kind is then left out by reading it again, so that
        numbers which a row of that kind had displaced come back.
    seed : int
        Of the first analysis; the others have the seeds that follow.
    engine : str
        See `trialpool.fit`.
    draws, tune, chains : int
        Of each fit; the first has four times as many draws. One whose chains disagree about the
        answer is run again, longer.
    say : callable, optional
        Told how far it is.
    watch : callable, optional
        Told instead which fit of how many comes next, and what it is; ``say`` is left with the
        first analysis and those that fail.

    Returns
    -------
    Sweep

    Raises
    ------
    QuestionError
        If the first analysis cannot answer a question.
    ModelError, EngineError
        If it cannot be fitted. One that fails in another analysis is told in its row.
    """
    asked = [questions] if isinstance(questions, str) else list(questions)
    read = None
    if folder is not None:

        def read(kind: str) -> Evidence:
            kinds = [*evidence.without_kinds, kind]
            return read_evidence(folder, outcome=evidence.outcome, without_kinds=kinds)

    others = [*variants(model, evidence, groups=groups, without_kind=read), *also]
    announce = say or (lambda sentence: None)
    how: dict[str, Any] = {"engine": engine, "draws": draws, "tune": tune, "chains": chains}
    follow = watch or (lambda i, total, label: None)
    follow(0, len(others) + 1, "first analysis")
    # Its Monte Carlo error is in every difference.
    first = _fitted(model, evidence, asked, seed, {**how, "draws": _FIRST * draws})
    announce(f"first analysis: {'; '.join(map(str, first))}")
    found: dict[tuple[str, str], list[Moved]] = {told.key: [] for told in first}
    for i, variant in enumerate(others, start=1):
        follow(i, len(others) + 1, variant.label)
        here, why = _answers(variant, asked, seed + i, how)
        for told in first:
            other = here.get(told.key)
            missing = "" if other else why or f"{told.subject} is not in this analysis"
            found[told.key].append(Moved(variant, told, other, missing or _doubt(other)))
        if watch is None or why:
            announce(f"{i} of {len(others)}: {variant.label}{f' ({why})' if why else ''}")
    follow(len(others) + 1, len(others) + 1, "done")
    moved = [one for rows in found.values() for one in sorted(rows, key=_farthest)]
    return Sweep(tuple(first), tuple(moved), draws * chains)


def _answers(
    variant: Variant, asked: Sequence[str], seed: int, how: dict[str, Any]
) -> tuple[dict[tuple[str, str], Told], str]:
    """Answers by question and subject; and why there are none, or not all."""
    if variant.impossible:
        return {}, variant.impossible
    found: dict[tuple[str, str], Told] = {}
    try:
        found = {
            told.key: told
            for told in _fitted(variant.model, variant.evidence, asked, seed, how, lenient=True)
        }
    except TrialpoolError as fault:
        return {}, " ".join(str(fault).split())
    return found, ""


def _fitted(
    model: Model,
    evidence: Evidence,
    asked: Sequence[str],
    seed: int,
    how: dict[str, Any],
    *,
    lenient: bool = False,
) -> list[Told]:
    def once(**changes: Any) -> list[Told]:
        # One at a time: sixty posteriors would fill the memory, and only answers are kept.
        (posterior,) = fit_many(model, evidence, seed=seed, **{**how, **changes})
        return _told(posterior, asked, lenient=lenient)

    found = once()
    if any(_doubt(told) for told in found) and how["draws"] < _LONGER["draws"]:
        return once(**_LONGER)
    return found


def _told(posterior: Posterior, asked: Sequence[str], *, lenient: bool) -> list[Told]:
    """What a posterior says; when lenient, without the questions that it cannot answer."""
    if not lenient:
        return tell(posterior, asked)
    found: list[Told] = []
    faults: list[TrialpoolError] = []
    for questions in [[question] for question in asked] or [[]]:
        try:
            found += tell(posterior, questions)
        except TrialpoolError as fault:
            faults.append(fault)
    if faults and not found:
        raise faults[0]
    return found


def _doubt(told: Told | None) -> str:
    if told is None or not told.rhat > RHAT_LIMIT:
        return ""
    return f"the chains disagree: R-hat {told.rhat:.3f}"


def _farthest(moved: Moved) -> tuple[bool, float, float]:
    if moved.told is None:
        return True, 0.0, 0.0
    return False, -abs(moved.shift), -abs(moved.effect_shift)
