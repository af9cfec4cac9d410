"""What can be chosen between in each kind of posterior, and which way is better: known only here.

Where the draws are is known to `trialpool.questions.effects`. A new kind of posterior is a branch
in `layout_of`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions.connections import connected
from trialpool.questions.effects import (
    Array,
    active_classes,
    benefit_at,
    classes,
    direct_trials,
    event_scale,
    grid,
    has_evidence,
    horizon,
    is_events,
    is_network,
    is_timeless,
    last_months,
    one_outcome,
    reference,
    timeless_effect,
    variable_of,
)
from trialpool.questions.effects import evidence_of as recorded
from trialpool.questions.network import ratio_of_network
from trialpool.questions.units import unit_text

type Better = Literal["higher", "lower"]


@dataclass(frozen=True)
class Layout:
    """Effects of one outcome against the reference, whatever the posterior.

    Attributes
    ----------
    draws : Draws
        Of the outcome.
    kind : {"class", "treatment"}
        What is compared.
    sign : float
        1 where more is better, -1 where less is.
    unit : str
        Of the effects.
    ratio : str or None
        What exponentiated differences are, where effects are logarithms.
    """

    draws: Draws
    kind: Literal["class", "treatment"]
    sign: float
    unit: str
    ratio: str | None

    @property
    def names(self) -> tuple[str, ...]:
        """Those with draws of their own."""
        return tuple(classes(self.draws))

    @property
    def active(self) -> tuple[str, ...]:
        """Those of them that are under study."""
        held = active_classes(self.draws)
        return tuple(name for name in held if name != self.reference)

    @property
    def reference(self) -> str:
        """What effects are measured against; its own is 0."""
        return reference(self.draws)

    @property
    def better(self) -> Better:
        """Which effects are better."""
        return "higher" if self.sign > 0 else "lower"

    @property
    def variable(self) -> str:
        """Where the posterior holds the effects."""
        return variable_of(self.draws)

    @property
    def months(self) -> Array | None:
        """Months of the grid up to the horizon; None where there is no time course."""
        if is_timeless(self.draws):
            return None
        own = grid(self.draws)
        return own[own <= horizon(self.draws)]

    def at(self, name: str, month: float | None) -> Array:
        """Effects of one at a month, (chain, draw); None where there is no time course."""
        if month is None:
            return timeless_effect(self.draws, name)
        return benefit_at(self.draws, name, month)

    def last_months(self, name: str) -> float | None:
        """Last month at which one was seen, where the posterior records it."""
        return last_months(self.draws, name)

    def trials(self, name: str) -> int | None:
        """Trials behind one; None where the posterior does not record it."""
        known = has_evidence(self.draws, name)
        return int(recorded(self.draws, name)["trials"]) if known else None

    def direct(self, one: str, other: str) -> int | None:
        """Trials in which two meet; None where the posterior does not record them."""
        known = has_evidence(self.draws, one) and has_evidence(self.draws, other)
        return direct_trials(self.draws, one, other) if known else None

    def connected(self, one: str, other: str) -> bool:
        """Whether a path of trials leads from one to the other."""
        # Evidence of a network that is not connected is refused before the fit.
        return self.kind == "treatment" or connected(self.draws, one, other)


def layout_of(
    draws: Draws, *, outcome: str | None = None, better: Better | None = None
) -> tuple[Draws, Layout]:
    """The draws of one outcome, and where its effects are.

    Parameters
    ----------
    draws : Draws
        A posterior over time, of adverse events, of a network, or of several outcomes.
    outcome : str, optional
        Outcome of a joint posterior; may be left out where only one is of scores.
    better : {"higher", "lower"}, optional
        Which effects are better: needed for a network, whose record does not say, and refused
        where the posterior says otherwise.

    Raises
    ------
    QuestionError
        If there is nothing to choose between, or it is not known which way is better.
    """
    draws = one_outcome(draws, outcome)
    if is_network(draws):
        if better not in ("higher", "lower"):
            raise QuestionError(
                f"better: got {better!r} for a network of treatments, expected 'higher' or "
                "'lower': its effects are kept as they were given, so which way is better is not "
                "known. Say it (--better lower)."
            )
        sign = 1.0 if better == "higher" else -1.0
        return draws, Layout(
            draws, "treatment", sign, unit_text(draws), ratio_of_network(draws.meta)
        )
    known: Better = "lower" if is_events(draws) else "higher"
    if better not in (None, known):
        raise QuestionError(
            f"better: got {better!r} for {draws.meta.get('outcome', 'this posterior')}, in which "
            f"{known} is better. Leave it out."
        )
    if is_events(draws):
        ratio = f"{event_scale(draws)} ratio"
        return draws, Layout(draws, "class", -1.0, f"log {ratio}", ratio)
    if draws.has("benefit") and draws.has_coord("months"):
        return draws, Layout(draws, "class", 1.0, unit_text(draws), None)
    raise QuestionError(
        f"this posterior of {draws.meta.get('outcome', 'effects')} holds one pooled effect and no "
        "classes or treatments to choose between. Ask one of a folder of trials, or of a network."
    )
