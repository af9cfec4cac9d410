"""Which roles and which builder each kind of evidence has; nothing here loads PyMC.

A family is one function ``(Model, Evidence) -> Uses`` and the place of its builder, a function
``(Model, Evidence, priors) -> pm.Model``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from trialpool.errors import ModelError
from trialpool.evidence import Evidence
from trialpool.synthesis.network_choices import check_choices, treatment_pooling
from trialpool.synthesis.role import Role
from trialpool.synthesis.roles import FAMILIES
from trialpool.synthesis.roles.longitudinal import ALWAYS, standardised
from trialpool.synthesis.roles.network import network_roles
from trialpool.synthesis.roles.plain import effects_roles
from trialpool.synthesis.small_study import SmallStudy
from trialpool.synthesis.time_courses import TimeCourse, time_course

if TYPE_CHECKING:
    from trialpool.synthesis.model import Model


@dataclass(frozen=True)
class Uses:
    """Roles of a kind of evidence: those a user may give, and the names of those that a model uses.

    A prior for a role of another shape or pooling is allowed, so that one set serves many models.
    """

    allowed: Mapping[str, Role]
    used: tuple[str, ...]


@dataclass(frozen=True)
class Family:
    """Roles and builder (``module:function``) of one layout of evidence."""

    uses: Callable[[Model, Evidence], Uses]
    builder: str


def _without(roles: Mapping[str, Role], unused: set[str]) -> Uses:
    return Uses(roles, tuple(name for name in roles if name not in unused))


def _longitudinal(model: Model, evidence: Evidence) -> Uses:
    shape = time_course(model.time_course)
    roles = dict(FAMILIES["longitudinal"])
    for name, prior in shape.replaces.items():
        roles[name] = replace(roles[name], prior=prior, source=f"{shape.name}: {shape.source}")
    if model.is_standardised(evidence):
        roles = standardised(roles)
    choices = model.pooling_choices
    unused = set(roles) - set(ALWAYS) - _shaped(shape, choices.time) | choices.unused_roles
    return _without(roles, unused | _options_off(model))


def _options_off(model: Model) -> set[str]:
    """Roles of options that a model of trials in classes does not take."""
    unused = set() if model.covariates else {"slope"}
    return unused if model.heterogeneity == "class" else unused | {"tau_sd"}


def _shaped(shape: TimeCourse, pooling: str) -> set[str]:
    """Names of the roles of a shape that a pooling of its numbers uses."""
    return set(shape.roles) if pooling == "partial" else {p.name for p in shape.parameters}


def _events(model: Model, evidence: Evidence) -> Uses:
    scale = model.event_scale(evidence)
    roles = FAMILIES["events" if scale == "odds" else f"events_{scale}"]
    unused = set(model.pooling_choices.unused_roles)
    if evidence.used["exposure"].isna().all():
        unused.add("rate")
    return _without(roles, unused | _options_off(model))


def _effects(model: Model, evidence: Evidence) -> Uses:
    small_study = SmallStudy.from_text(model.small_study)
    clustered = "cluster" in evidence.used
    _check_own_effects(model)
    if small_study.kind == "selection" and (clustered or evidence.covariance is not None):
        raise ModelError(
            "small_study: got selection for studies that are in clusters or whose errors "
            "correlate; expected independent ones, for which the chance of being published has a "
            "formula. Use pet or peese, or one estimate a cluster"
        )
    unused = _unused_in_plain(model)
    if not clustered:
        unused.add("tau_cluster")
    if small_study.kind not in ("pet", "peese"):
        unused.add("bias")
    if small_study.kind != "selection":
        unused.add("publication")
    return _without(effects_roles(evidence, small_study), unused)


def _counts(model: Model, evidence: Evidence) -> Uses:
    _check_own_effects(model)
    return _without(FAMILIES["counts"], _unused_in_plain(model))


def _unused_in_plain(model: Model) -> set[str]:
    unused = set() if model.covariates else {"slope"}
    if model.pooling_choices.trial != "partial":
        unused |= {"tau", "tau_cluster"}
    return unused


def _check_own_effects(model: Model) -> None:
    """Where each study has an effect to itself, nothing is left to explain."""
    if model.pooling_choices.trial != "none":
        return
    for name, value in (("covariates", model.covariates), ("small_study", model.small_study)):
        if value not in ((), "none"):
            raise ModelError(
                f"{name}: got {value!r} with pooling={{'trial': 'none'}}; expected studies that "
                "are pooled, because an effect of its own fits each study exactly. Leave one out"
            )


def _network(model: Model, evidence: Evidence) -> Uses:
    check_choices(model, evidence)
    shape = time_course(model.time_course)
    roles = network_roles(evidence, shape)
    used = {"effect"}
    if model.pooling_choices.trial == "partial":
        used.add("tau")
    if treatment_pooling(model, evidence) == "partial":
        used.add("treatment_sd")
    if model.covariates:
        used.add("slope")
    rows = evidence.used
    if not rows["kind"].isin(["contrast", "base"]).all():
        used.add("baseline")
    if rows["months"].notna().any():
        used |= _shaped(shape, model.pooling_choices.time)
        if rows.duplicated(["study", "treatment"]).any():
            used.add("rho")
    return _without(roles, set(roles) - used)


#: By layout of the evidence.
FAMILY = {
    "longitudinal": Family(_longitudinal, "trialpool.synthesis.longitudinal:build"),
    "events": Family(_events, "trialpool.synthesis.events:build"),
    "effects": Family(_effects, "trialpool.synthesis.plain.effects:build"),
    "counts": Family(_counts, "trialpool.synthesis.plain.counts:build"),
    "network": Family(_network, "trialpool.synthesis.network_meta:build"),
}
