"""Posteriors by outcome: which one the page speaks from, and which stand beside it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from trialpool.draws import JOINT, Draws
from trialpool.errors import QuestionError
from trialpool.posterior import Posterior, load
from trialpool.questions.averaged import is_averaged

#: Layouts of one pooled effect, which hold no classes to ask about.
PLAIN = ("effects", "counts")

type Given = str | os.PathLike[str] | Posterior


class Source:
    """A posterior with the name that the page gives it; a file is read as far as it is needed."""

    def __init__(self, given: Given, place: int) -> None:
        if isinstance(given, Posterior):
            self.name, self.path, self.draws = f"posterior {place}", None, given.draws
            self.posterior = given
        else:
            self.path = Path(given)
            self.name, self.draws = self.path.name, Draws.from_file(self.path)

    @cached_property
    def posterior(self) -> Posterior:
        """With its tree, for checks and figures."""
        assert self.path is not None  # one that was given in memory is set above
        return load(self.path)

    @property
    def joint(self) -> bool:
        """Whether it is of several outcomes."""
        return self.draws.meta.get("layout") == JOINT


@dataclass(frozen=True)
class Entry:
    """One outcome of one posterior.

    Attributes
    ----------
    source : Source
    outcome : str
    draws : Draws
        Of that outcome.
    """

    source: Source
    outcome: str
    draws: Draws

    @property
    def name(self) -> str:
        """As the page calls it."""
        return f"{self.source.name} (joint)" if self.source.joint else self.source.name

    @property
    def posterior(self) -> Posterior:
        """That outcome alone, with its tree."""
        return self.source.posterior.of(self.outcome)

    @property
    def layout(self) -> str:
        """``longitudinal``, ``events``, ``network``, ``effects`` or ``counts``."""
        return str(self.draws.meta.get("layout", "longitudinal"))


@dataclass(frozen=True)
class Group:
    """All posteriors of one outcome.

    Attributes
    ----------
    outcome : str
    main : Entry
        The one that the page speaks from.
    others : tuple of Entry
        Set beside it under sensitivity, in the order given.
    """

    outcome: str
    main: Entry
    others: tuple[Entry, ...]


def read_sources(given: Sequence[Given]) -> list[Source]:
    """Open every posterior.

    Raises
    ------
    QuestionError
        If there is none, or a file is given twice.
    PosteriorFileError
        If one is missing, damaged or not one of trialpool's.
    """
    if not given:
        raise QuestionError(
            "report: got no posterior, expected at least one file such as results/pain.nc. Name "
            "what trialpool fit wrote."
        )
    seen: dict[Path, str] = {}
    for one in given:
        if isinstance(one, Posterior):
            continue
        real = Path(one).resolve()
        if real in seen:
            raise QuestionError(
                f"{one}: got the file twice (as {seen[real]} before), expected each once. Leave "
                "one out."
            )
        seen[real] = str(one)
    return [Source(one, place) for place, one in enumerate(given, start=1)]


def group_sources(sources: Sequence[Source]) -> list[Group]:
    """Group posteriors by outcome: scores first, then the others; each as they come.

    The page speaks from the average over time courses where there is one, else from the file that
    is called as the outcome, else from the first one given; from a part of a joint posterior only
    where nothing else is of that outcome.
    """
    entries: dict[str, list[Entry]] = {}
    for source in sources:
        for outcome in source.draws.outcomes:
            entry = Entry(source, outcome, source.draws.of(outcome))
            entries.setdefault(outcome, []).append(entry)
    groups = []
    for outcome, found in entries.items():
        main = min(found, key=_after)
        groups.append(Group(outcome, main, tuple(e for e in found if e is not main)))
    scores = ("longitudinal", "network")
    return sorted(groups, key=lambda group: group.main.layout not in scores)


def _after(entry: Entry) -> tuple[bool, bool, bool]:
    """How far back an entry stands; those alike stay in their order."""
    path = entry.source.path
    named = path is not None and path.stem == entry.outcome
    return entry.source.joint, not is_averaged(entry.draws), not named
