"""`Joint`: several outcomes of the same trials in one posterior; the specification."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING

from trialpool.errors import ModelError
from trialpool.evidence import Evidence
from trialpool.graph import Graph, writing_graphs
from trialpool.synthesis.model import Model
from trialpool.synthesis.priors import LKJ, Fixed, Prior
from trialpool.synthesis.role import Role, resolve

if TYPE_CHECKING:
    import pymc as pm

#: Joins the name of an outcome and that of a variable or dim; PyMC's separator of nested models.
SEPARATOR = "::"
CORRELATION = "outcome_correlation"
LAYOUTS = ("longitudinal", "events")
ROLES = {
    CORRELATION: Role(
        LKJ(2),
        "correlation",
        "of the deviations of means, classes, treatments and trials between outcomes",
        "of two outcomes, 95 % between -0.81 and 0.81, and hardly ever 1",
    )
}


@dataclass(frozen=True)
class Joint:
    """Several outcomes whose effects correlate: what is assumed about each, and about all.

    Each outcome has its own model. What links them is one correlation matrix, that of the
    deviations of classes, treatments and trial contrasts and of the population means; see
    `trialpool.synthesis.correlated`. A benefit is positive in scores, and a log ratio of adverse
    events is negative where there are fewer: a correlation of a score with an adverse event above
    0 says that what relieves more harms more.

    Parameters
    ----------
    models : mapping of str to Model
        By the name of the outcome; two or more.
    priors : mapping of str to Prior
        Role ``outcome_correlation``: ``LKJ(eta)``, by default ``LKJ(2)``, or ``Fixed(value)``, one
        value between any two outcomes.

    Examples
    --------
    >>> Joint({"pain": Model(), "sae": Model()}, priors={"outcome_correlation": Fixed(0.0)})
    Joint({'pain': Model(time_course='waning'), 'sae': Model(time_course='waning')}, \
priors={'outcome_correlation': Fixed(value=0.0)})
    """

    models: Mapping[str, Model]
    priors: Mapping[str, Prior] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.models, Mapping) or len(self.models) < 2:
            got = list(self.models) if isinstance(self.models, Mapping) else repr(self.models)
            raise ModelError(
                f"Joint: got {got}; expected models of two or more outcomes, such as "
                "{'pain': Model(), 'sae': Model()}. One outcome is a Model by itself"
            )
        for name, model in self.models.items():
            if not name or SEPARATOR in name or "/" in name or name.endswith(":"):
                raise ModelError(
                    f"Joint: got outcome '{name}'; expected a name without '/' and '{SEPARATOR}', "
                    "which part names in the file"
                )
            if not isinstance(model, Model):
                raise ModelError(f"Joint: got {model!r} for '{name}'; expected a Model")
        object.__setattr__(self, "models", dict(self.models))
        object.__setattr__(self, "priors", dict(self.priors))
        _check_correlation(self.correlation, len(self.models))

    def __repr__(self) -> str:
        models = ", ".join(f"{name!r}: {model!r}" for name, model in self.models.items())
        return f"Joint({{{models}}}{f', priors={self.priors!r}' if self.priors else ''})"

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Names of the outcomes, in the order given."""
        return tuple(self.models)

    @property
    def correlation(self) -> Prior:
        """The prior of the correlations between outcomes."""
        return resolve(ROLES, self.priors)[CORRELATION]

    def build(self, evidence: Mapping[str, Evidence]) -> pm.Model:
        """The PyMC model of all outcomes; variables and dims are ``outcome::name``.

        Raises
        ------
        ModelError
            If the specification does not fit the evidence.
        """
        self.check(evidence)
        built: pm.Model = import_module("trialpool.synthesis.correlated").build(self, evidence)
        return built

    def graph(self, evidence: Mapping[str, Evidence]) -> Graph:
        """The same model as a graph, which the engines read; see `Model.graph`."""
        self.check(evidence)
        with writing_graphs():
            written: Graph = import_module("trialpool.synthesis.correlated").build(self, evidence)
        return written

    def check(self, evidence: Mapping[str, Evidence]) -> None:
        """Refuse evidence that is not that of the outcomes, one each.

        Raises
        ------
        ModelError
            For an outcome without evidence or without a model, evidence of another outcome, or of
            a layout that has no classes.
        """
        if not isinstance(evidence, Mapping):
            raise ModelError(
                f"evidence: got {evidence!r}; expected a mapping with one entry for each of "
                f"{', '.join(self.outcomes)}"
            )
        lacking = [name for name in self.outcomes if name not in evidence]
        beyond = [name for name in evidence if name not in self.outcomes]
        if lacking or beyond:
            raise ModelError(
                f"evidence: got {', '.join(evidence) or 'none'}; expected exactly "
                f"{', '.join(self.outcomes)}. "
                + " and ".join(
                    f"{verb} {', '.join(names)}"
                    for verb, names in (("Add", lacking), ("leave out", beyond))
                    if names
                )
            )
        for name in self.outcomes:
            found = evidence[name]
            if found.layout not in LAYOUTS:
                raise ModelError(
                    f"evidence['{name}']: got layout '{found.layout}'; expected one of "
                    f"{', '.join(LAYOUTS)}, whose arms belong to classes. Fit it by itself"
                )
            if found.outcome != name:
                raise ModelError(
                    f"evidence['{name}']: got evidence of '{found.outcome}'; expected that of "
                    f"'{name}': read_evidence(folder, outcome='{name}')"
                )

    def notes(self, evidence: Mapping[str, Evidence]) -> list[str]:
        """What a reader should know: outcomes that have no trial in common."""
        trials = {name: set(evidence[name].used["trial"]) for name in self.outcomes}
        return [
            f"{one} and {other} have no trial in common: only classes and treatments of the same "
            "name link them"
            for i, one in enumerate(self.outcomes)
            for other in self.outcomes[i + 1 :]
            if trials[one].isdisjoint(trials[other])
        ]

    def describe_priors(self) -> list[dict[str, str]]:
        """As `Model.describe_priors`, of what the outcomes share."""
        role = ROLES[CORRELATION]
        given = CORRELATION in self.priors
        return [
            {
                "role": CORRELATION,
                "prior": repr(self.correlation),
                "unit": role.unit,
                "meaning": role.meaning,
                "source": self.correlation.given if given else role.source,
            }
        ]


def _check_correlation(prior: Prior, size: int) -> None:
    if isinstance(prior, LKJ):
        return
    lowest = -1 / (size - 1)
    if not (isinstance(prior, Fixed) and lowest < prior.value < 1):
        raise ModelError(
            f"priors: got {prior} for '{CORRELATION}'; expected LKJ(eta), or Fixed(value) with "
            f"{lowest:.3g} < value < 1, between any two of {size} outcomes"
        )
