"""What one prior is about, and how a user's priors replace the defaults."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from trialpool.errors import ModelError
from trialpool.synthesis.priors import Fixed, Flat, Prior, Uniform


@dataclass(frozen=True)
class Role:
    """What one prior is about.

    Attributes
    ----------
    prior : Prior
        The default.
    unit : str
        Unit of the quantity.
    meaning : str
        The quantity in words.
    source : str
        Why the default has these values.
    scale : bool
        True for a standard deviation or another quantity that cannot be negative.
    """

    prior: Prior
    unit: str
    meaning: str
    source: str
    scale: bool = False


def resolve(roles: Mapping[str, Role], priors: Mapping[str, Prior]) -> dict[str, Prior]:
    """Merge the priors a user gave into the defaults of a family.

    Parameters
    ----------
    roles : mapping of str to Role
        The roles of a family.
    priors : mapping of str to Prior
        The user's priors by role.

    Returns
    -------
    dict of str to Prior
        One prior for each role of the family.

    Raises
    ------
    ModelError
        For a role that the family does not have, or a prior that allows negative values for a
        scale.
    """
    for name, prior in priors.items():
        if name not in roles:
            near = difflib.get_close_matches(name, roles, n=1)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            raise ModelError(f"priors: got role '{name}'; expected one of {', '.join(roles)}{hint}")
        # A flat prior of a scale is flat above zero.
        if roles[name].scale and not (prior.positive or isinstance(prior, Flat)):
            raise ModelError(
                f"priors: got {prior} for '{name}', which cannot be negative; "
                "expected HalfNormal, HalfT, HalfCauchy, LogNormal, LogT, Uniform from 0, "
                "Fixed, or Flat"
            )
        if name == "rho" and not _is_correlation(prior):
            raise ModelError(
                f"priors: got {prior} for 'rho'; expected Uniform(low, high), Beta(a, b) or "
                "Fixed(value) within 0 <= rho < 1"
            )
        if name == "publication" and not _is_share(prior):
            raise ModelError(
                f"priors: got {prior} for 'publication'; expected Uniform(low, high), Beta(a, b) "
                "or Fixed(value) within 0 and 1"
            )
    return {name: priors.get(name, role.prior) for name, role in roles.items()}


def _is_correlation(prior: Prior) -> bool:
    """Within 0 and 1, and without mass at 1, where two visits would be one."""
    low, high = prior.support
    return low >= 0 and (high < 1 or (high == 1 and not isinstance(prior, (Uniform, Fixed))))


def _is_share(prior: Prior) -> bool:
    low, high = prior.support
    return low >= 0 and high <= 1 and prior != Fixed(0)
