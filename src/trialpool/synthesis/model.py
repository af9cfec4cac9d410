"""`Model`: the frozen specification, which prints as written and builds a plain PyMC model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from trialpool.errors import ModelError
from trialpool.evidence import Evidence
from trialpool.graph import Graph, writing_graphs
from trialpool.synthesis.families import FAMILY
from trialpool.synthesis.pooling_choices import Pooling
from trialpool.synthesis.priors import Prior, as_prior
from trialpool.synthesis.role import resolve
from trialpool.synthesis.small_study import SmallStudy
from trialpool.synthesis.time_courses import time_course

if TYPE_CHECKING:
    import pymc as pm

#: What the fields that are one word may say.
_CHOICES = {
    # Scales on which counts of patients with an adverse event can be compared.
    "events": ("odds", "risk"),
    # What benefits are measured in: points of 0-100, or SDs of the patients.
    "scale": ("natural", "standardised"),
    "heterogeneity": ("common", "class"),
    # Of networks over time: free at each visit, or the course of the treatments.
    "control": ("free", "course"),
}


def _default(of: Field[Any]) -> object:
    return of.default if of.default_factory is MISSING else of.default_factory()


@dataclass(frozen=True)
class Model:
    """What is assumed; the evidence decides which family of model it becomes.

    Parameters
    ----------
    time_course : str
        Shape of the benefit over time in longitudinal evidence, a name of
        `trialpool.synthesis.time_courses.SHAPES`. Evidence without months ignores it.
    pooling : mapping of str to str
        ``complete``, ``partial`` (default) or ``none`` for the levels ``class``, ``treatment``,
        ``trial`` and ``time``; see `trialpool.synthesis.pooling_choices.Pooling`.
    heterogeneity : {"common", "class"}
        One tau, or one a class, partially pooled.
    covariates : sequence of str
        Columns of trials.csv (of the frame, in plain layouts) with which benefits may change;
        ``baseline`` is the trial's own mean before treatment. Each coefficient is a ``slope``.
    trial_weights : mapping of str to float
        Power between 0 and 1 of a trial's likelihood, by the name of a trial or by the text of its
        ``risk_of_bias``; 0 leaves it out.
    small_study : str
        How small studies may differ from large ones in plain evidence of effects: ``none``,
        ``pet``, ``peese``, ``selection``, ``selection(negative, 0.025, 0.5)``; see
        `trialpool.synthesis.small_study.SmallStudy`.
    priors : mapping of str to Prior
        Priors that replace defaults, by role; see `trialpool.synthesis.roles`. Distributions of
        PreliZ and PyMC serve too.
    horizon : float
        Last month to which courses are drawn.
    events : {"odds", "risk"}
        Whether classes differ by a factor on the odds or on the probability of an adverse event.
        Trials that print person-months compare rates in both cases; evidence other than of adverse
        events ignores it.
    scale : {"natural", "standardised"}
        Whether classes differ by points of 0-100 or by SDs of the patients (a standardised mean
        difference, for instruments whose ranges are used differently). Evidence other than of
        scores over time ignores it.
    control : {"free", "course"}
        How the reference arm of a study moves in a network over time: free at each visit, or along
        the same course as the treatments (what MBNMAtime assumes). Other evidence ignores it.

    Examples
    --------
    >>> Model(time_course="constant", priors={"tau": HalfNormal(0.5)})
    Model(time_course='constant', priors={'tau': HalfNormal(sd=0.5)})
    """

    time_course: str = "waning"
    pooling: Mapping[str, str] = field(default_factory=dict)
    heterogeneity: str = "common"
    covariates: Sequence[str] = ()
    trial_weights: Mapping[str, float] = field(default_factory=dict)
    small_study: str = "none"
    priors: Mapping[str, Prior] = field(default_factory=dict)
    horizon: float = 60.0
    events: str = "odds"
    scale: str = "natural"
    control: str = "free"

    def __post_init__(self) -> None:
        time_course(self.time_course)
        Pooling.from_mapping(self.pooling)
        SmallStudy.from_text(self.small_study)
        if not (np.isfinite(self.horizon) and self.horizon > 0):
            raise ModelError(f"horizon: got {self.horizon!r}; expected a number of months > 0")
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise ModelError(
                    f"{name}: got {getattr(self, name)!r}; expected one of {', '.join(choices)}"
                )
        if isinstance(self.covariates, str):
            raise ModelError(
                f"covariates: got the text {self.covariates!r}; expected a list of columns, such "
                f"as [{self.covariates!r}]"
            )
        for trial, weight in self.trial_weights.items():
            if not 0 <= weight <= 1:
                raise ModelError(
                    f"trial_weights: got {weight!r} for '{trial}'; expected a power between 0 and 1"
                )
        for name in ("pooling", "trial_weights"):
            object.__setattr__(self, name, dict(getattr(self, name)))
        object.__setattr__(self, "covariates", tuple(self.covariates))
        given = {role: as_prior(prior) for role, prior in self.priors.items()}
        object.__setattr__(self, "priors", given)

    def __repr__(self) -> str:
        shown = [
            f"{f.name}={getattr(self, f.name)!r}"
            for f in fields(self)
            if f.name == "time_course" or getattr(self, f.name) != _default(f)
        ]
        return f"Model({', '.join(shown)})"

    @property
    def pooling_choices(self) -> Pooling:
        """The choices of ``pooling`` with the defaults filled in."""
        return Pooling.from_mapping(self.pooling)

    def priors_for(self, evidence: Evidence) -> dict[str, Prior]:
        """The prior of every role that the model of this evidence uses.

        Raises
        ------
        ModelError
            If a prior was given for a role that this family of model does not have, or the
            specification does not fit the evidence.
        """
        if evidence.layout != "effects" and self.small_study != "none":
            raise ModelError(
                f"small_study: got {self.small_study!r} for evidence of layout "
                f"'{evidence.layout}'; expected estimates with standard errors "
                "(Evidence.from_effects). Leave it out"
            )
        uses = FAMILY[evidence.layout].uses(self, evidence)
        priors = resolve(uses.allowed, self.priors)
        return {name: priors[name] for name in uses.used}

    def event_scale(self, evidence: Evidence) -> str | None:
        """What ratios of adverse events compare: odds, risk, or rate where all trials print it.

        None for other evidence.
        """
        if evidence.layout != "events":
            return None
        return "rate" if evidence.used["exposure"].notna().all() else self.events

    def is_standardised(self, evidence: Evidence) -> bool:
        """Whether the benefits of this evidence are in SDs of the patients."""
        return evidence.layout == "longitudinal" and self.scale == "standardised"

    def build(self, evidence: Evidence) -> pm.Model:
        """The PyMC model of this evidence, with named dims.

        Raises
        ------
        ModelError
            If the specification does not fit the evidence.
        """
        built: pm.Model = self._write(evidence)
        return built

    def graph(self, evidence: Evidence) -> Graph:
        """The same model as a graph, which the engines read without compiling it.

        Raises
        ------
        ModelError
            If the specification does not fit the evidence.
        UnreadableError
            If a prior is a distribution of PyMC.
        """
        with writing_graphs():
            written: Graph = self._write(evidence)
        return written

    def _write(self, evidence: Evidence) -> Any:
        module, function = FAMILY[evidence.layout].builder.split(":")
        build = getattr(import_module(module), function)
        return build(self, evidence, self.priors_for(evidence))

    def describe_priors(self, evidence: Evidence) -> list[dict[str, str]]:
        """One dict a role (role, prior, unit, meaning, source), for printing and for the record."""
        roles = FAMILY[evidence.layout].uses(self, evidence).allowed
        return [
            {
                "role": name,
                "prior": repr(prior),
                "unit": roles[name].unit,
                "meaning": roles[name].meaning,
                "source": prior.given if name in self.priors else roles[name].source,
            }
            for name, prior in self.priors_for(evidence).items()
        ]

    def with_priors(self, **priors: Prior) -> Model:
        """A copy with some priors replaced."""
        return replace(self, priors={**self.priors, **priors})
