"""How far effects are pooled at each level: the choices of a model, without any graph."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, fields

from trialpool.errors import ModelError

#: What each level pools.
LEVELS = {
    "class": "effects of the classes around the mean of the active ones",
    "treatment": "effects of treatments (product, dose) around their class",
    "trial": "effects in the trials around their treatment",
    "time": "the classes' numbers of the time course around typical ones",
}
#: From no deviations at all, through deviations of an estimated SD, to independent priors.
CHOICES = ("complete", "partial", "none")


@dataclass(frozen=True)
class Pooling:
    """One of `CHOICES` a level.

    ``complete``: no deviations (one effect; on ``trial`` the common-effect model). ``partial``:
    deviations with an SD that is estimated (on ``trial`` the random-effects model). ``none``: each
    has the prior of the level above to itself, and nothing is learnt from the others; what lies
    above is then the plain mean of those below.
    """

    class_: str = "partial"
    treatment: str = "partial"
    trial: str = "partial"
    time: str = "partial"

    @classmethod
    def from_mapping(cls, given: Mapping[str, str]) -> Pooling:
        """Read ``{"class": "none", ...}``.

        Raises
        ------
        ModelError
            For an unknown level or choice.
        """
        for level, choice in given.items():
            if level not in LEVELS:
                near = difflib.get_close_matches(level, LEVELS, n=1)
                hint = f"; did you mean '{near[0]}'?" if near else ""
                raise ModelError(
                    f"pooling: got level '{level}'; expected one of {', '.join(LEVELS)}{hint}"
                )
            if choice not in CHOICES:
                raise ModelError(
                    f"pooling: got '{choice}' for {level}; expected one of {', '.join(CHOICES)}"
                )
        return cls(**{"class_" if level == "class" else level: c for level, c in given.items()})

    @property
    def unused_roles(self) -> set[str]:
        """Roles of SDs that these choices leave without a meaning."""
        unused = set()
        if self.class_ != "partial" or self.treatment == "none":
            unused.add("class_sd")
        if self.treatment != "partial":
            unused.add("treatment_sd")
        if self.trial != "partial":
            unused |= {"tau", "tau_sd"}
        return unused

    def __repr__(self) -> str:
        changed = {
            field.name.rstrip("_"): getattr(self, field.name)
            for field in fields(self)
            if getattr(self, field.name) != field.default
        }
        return repr(changed)
