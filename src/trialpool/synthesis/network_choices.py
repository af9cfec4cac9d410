"""What the choices of a model mean for a network of treatments, and which it cannot have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialpool.errors import ModelError
from trialpool.evidence import Evidence

if TYPE_CHECKING:
    from trialpool.synthesis.model import Model


def treatment_pooling(spec: Model, evidence: Evidence) -> str:
    """How treatments are pooled: around their classes where there are any, else not at all.

    Each treatment with a prior to itself is the field's default (NICE TSD 2); a user's choice goes
    first.
    """
    classes = evidence.used["class_"].ne("").any()
    return spec.pooling.get("treatment", "partial" if classes else "none")


def check_choices(spec: Model, evidence: Evidence) -> None:
    """Refuse what the model of a network has no meaning for.

    Raises
    ------
    ModelError
    """
    wrong = None
    if spec.heterogeneity != "common":
        wrong = ("heterogeneity", spec.heterogeneity, "common, one tau for all contrasts")
    elif spec.pooling_choices.trial == "none":
        wrong = (
            "pooling of trials",
            "none",
            "complete (common effect) or partial (random effects)",
        )
    elif "class" in spec.pooling:
        wrong = ("pooling of classes", spec.pooling["class"], "none: no level is above them")
    elif treatment_pooling(spec, evidence) != "none" and evidence.used["class_"].eq("").any():
        wrong = (
            "pooling of treatments",
            spec.pooling["treatment"],
            "none without classes: give class_of when the evidence is read",
        )
    if wrong is not None:
        name, got, expected = wrong
        raise ModelError(f"{name}: got {got} for a network of treatments; expected {expected}")
