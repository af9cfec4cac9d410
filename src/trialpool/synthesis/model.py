"""`Model`: the frozen specification, which prints as written and builds a plain PyMC model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from trialpool.errors import ModelError
from trialpool.evidence import Evidence
from trialpool.synthesis.priors import DuMouchel, HalfNormal, Prior
from trialpool.synthesis.roles import FAMILIES, resolve
from trialpool.synthesis.time_course import time_course

if TYPE_CHECKING:
    import pymc as pm

#: Heterogeneity on log-ratio and standardised scales: SD 0.5 allows a two- to threefold spread
#: between studies (Roever et al. 2021, doi:10.1002/jrsm.1475). On any other scale DuMouchel's
#: prior takes its unit from the SEs.
_UNITLESS = ("OR", "RR", "HR", "IRR", "ROM", "SMD")
#: Scales on which counts of patients with an adverse event can be compared.
_EVENT_SCALES = ("odds", "risk")
#: What benefits are measured in: points of 0-100, or SDs of the patients.
_SCALES = ("natural", "standardised")


@dataclass(frozen=True)
class Model:
    """What is assumed; the evidence decides which family of model it becomes.

    Parameters
    ----------
    time_course : str
        Shape of the benefit over time in longitudinal evidence: ``waning`` (default) or
        ``constant``. Evidence without months ignores it.
    priors : mapping of str to Prior
        Priors that replace defaults, by role; see `trialpool.synthesis.roles`.
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

    Examples
    --------
    >>> Model(time_course="constant", priors={"tau": HalfNormal(0.5)})
    Model(time_course='constant', priors={'tau': HalfNormal(sd=0.5)})
    """

    time_course: str = "waning"
    priors: Mapping[str, Prior] = field(default_factory=dict)
    horizon: float = 60.0
    events: str = "odds"
    scale: str = "natural"

    def __post_init__(self) -> None:
        time_course(self.time_course)
        if not (np.isfinite(self.horizon) and self.horizon > 0):
            raise ModelError(f"horizon: got {self.horizon!r}; expected a number of months > 0")
        if self.events not in _EVENT_SCALES:
            raise ModelError(
                f"events: got {self.events!r}; expected one of {', '.join(_EVENT_SCALES)}"
            )
        if self.scale not in _SCALES:
            raise ModelError(f"scale: got {self.scale!r}; expected one of {', '.join(_SCALES)}")
        object.__setattr__(self, "priors", dict(self.priors))

    def __repr__(self) -> str:
        parts = [f"time_course={self.time_course!r}"]
        if self.priors:
            parts.append(f"priors={self.priors!r}")
        if self.horizon != Model.horizon:
            parts.append(f"horizon={self.horizon!r}")
        if self.events != Model.events:
            parts.append(f"events={self.events!r}")
        if self.scale != Model.scale:
            parts.append(f"scale={self.scale!r}")
        return f"Model({', '.join(parts)})"

    def priors_for(self, evidence: Evidence) -> dict[str, Prior]:
        """The prior of every role that the model of this evidence uses.

        Raises
        ------
        ModelError
            If a prior was given for a role that this family of model does not have.
        """
        priors = resolve(self._family(evidence), self.priors)
        if evidence.layout == "effects" and "tau" not in self.priors:
            se = evidence.used["se"].to_numpy(float)
            typical = float(np.sqrt(1 / np.mean(1 / se**2)))
            priors["tau"] = HalfNormal(0.5) if evidence.measure in _UNITLESS else DuMouchel(typical)
        if evidence.layout == "longitudinal":
            unused = {"half_life", "half_life_sd", "onset"} - set(
                time_course(self.time_course).uses
            )
            priors = {name: prior for name, prior in priors.items() if name not in unused}
        if evidence.layout == "events" and evidence.used["exposure"].isna().all():
            del priors["rate"]
        return priors

    def event_scale(self, evidence: Evidence) -> str | None:
        """What ratios of adverse events compare: odds, risk, or rate where all trials print it.

        None for other evidence.
        """
        if evidence.layout != "events":
            return None
        return "rate" if evidence.used["exposure"].notna().all() else self.events

    def _family(self, evidence: Evidence) -> str:
        if self.is_standardised(evidence):
            return "longitudinal_standardised"
        scale = self.event_scale(evidence)
        return evidence.layout if scale in (None, "odds") else f"events_{scale}"

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
        priors = self.priors_for(evidence)
        if evidence.layout == "longitudinal":
            from trialpool.synthesis.design import build_design
            from trialpool.synthesis.longitudinal import build_longitudinal

            design = build_design(evidence, horizon=self.horizon)
            return build_longitudinal(
                design,
                priors,
                time_course(self.time_course),
                standardised=self.is_standardised(evidence),
            )
        from trialpool.synthesis.events import build_events
        from trialpool.synthesis.pairwise import build_counts, build_effects

        scale = self.event_scale(evidence)
        if scale is not None:
            return build_events(evidence, priors, scale)
        builders = {"effects": build_effects, "counts": build_counts}
        return builders[evidence.layout](evidence, priors)

    def describe_priors(self, evidence: Evidence) -> list[dict[str, str]]:
        """One dict a role (role, prior, unit, meaning, source), for printing and for the record."""
        roles = FAMILIES[self._family(evidence)]
        return [
            {
                "role": name,
                "prior": repr(prior),
                "unit": roles[name].unit,
                "meaning": roles[name].meaning,
                "source": "given by the user" if name in self.priors else roles[name].source,
            }
            for name, prior in self.priors_for(evidence).items()
        ]

    def with_priors(self, **priors: Prior) -> Model:
        """A copy with some priors replaced."""
        return replace(self, priors={**self.priors, **priors})
