"""Every prior of a model, with what it believes in words: what ``trialpool priors`` prints."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trialpool.errors import ModelError
from trialpool.evidence import Evidence
from trialpool.evidence.importance import mcid as mcid_of
from trialpool.synthesis.model import Model
from trialpool.synthesis.priors import Belief, Prior, believe
from trialpool.synthesis.role import resolve
from trialpool.synthesis.roles import FAMILIES

#: The outcome whose MCID defaults are held against where there is no evidence.
_OUTCOME = "pain"


@dataclass(frozen=True)
class Assumption:
    """One role of a model, its prior and what that prior believes.

    Attributes
    ----------
    role, prior, unit, meaning, source : str
        As in `Model.describe_priors`.
    belief : Belief
        In the unit of the role.
    """

    role: str
    prior: str
    unit: str
    meaning: str
    source: str
    belief: Belief

    def to_dict(self) -> dict[str, Any]:
        """For JSON: role, prior, unit, meaning, median, lower, upper, events, source."""
        told = {"role": self.role, "prior": self.prior, "unit": self.unit, "meaning": self.meaning}
        return {**told, **self.belief.to_dict(), "source": self.source}


def assumptions(model: Model, evidence: Evidence, mcid: float | None = None) -> list[Assumption]:
    """The priors of the model of this evidence.

    Parameters
    ----------
    model : Model
    evidence : Evidence
    mcid : float, optional
        Minimal important change in the unit of the benefits; default the outcome's.

    Raises
    ------
    ModelError
        If the priors of the model do not fit the evidence, or the MCID is no size.
    """
    _check(mcid)
    priors = model.priors_for(evidence)
    if mcid is None and (known := evidence.mcid()) is not None:
        mcid = _in_unit(known.value, priors["spread"], model.is_standardised(evidence))
    return [
        Assumption(**told, belief=believe(told["role"], priors[told["role"]], told["unit"], mcid))
        for told in model.describe_priors(evidence)
    ]


def default_assumptions(
    family: str, priors: Mapping[str, Prior] | None = None, mcid: float | None = None
) -> list[Assumption]:
    """The priors of a family of models, whatever the evidence: those of every shape and pooling.

    Parameters
    ----------
    family : str
        Key of `trialpool.synthesis.roles.FAMILIES`.
    priors : mapping of str to Prior, optional
        Priors that replace defaults.
    mcid : float, optional
        Minimal important change in the unit of the benefits; default that of pain.

    Raises
    ------
    ModelError
        For an unknown family, priors that do not fit it, or an MCID that is no size.
    """
    _check(mcid)
    if family not in FAMILIES:
        raise ModelError(f"family: got '{family}'; expected one of {', '.join(FAMILIES)}")
    roles, given = FAMILIES[family], priors or {}
    used = resolve(roles, given)
    if mcid is None and family.startswith("longitudinal") and (known := mcid_of(_OUTCOME)):
        mcid = _in_unit(known.value, used["spread"], family.endswith("standardised"))
    return [
        Assumption(
            role=name,
            prior=repr(used[name]),
            unit=role.unit,
            meaning=role.meaning,
            source=used[name].given if name in given else role.source,
            belief=believe(name, used[name], role.unit, mcid),
        )
        for name, role in roles.items()
    ]


def _check(mcid: float | None) -> None:
    if mcid is not None and not (math.isfinite(mcid) and mcid > 0):
        raise ModelError(f"mcid: got {mcid:g}; expected a size above 0 in the unit of the benefits")


def _in_unit(points: float, spread: Prior, standardised: bool) -> float:
    """An MCID in points, or in SDs of the patients by the median of the prior of that SD."""
    return round(points / float(spread.quantile(0.5)), 3) if standardised else points
