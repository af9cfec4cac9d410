"""The minimal important change that questions speak of: the posterior's own, or one given."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from trialpool.draws import Draws
from trialpool.errors import QuestionError

#: Source of a value that does not come from a publication.
GIVEN = "given by the user"


def with_mcid(draws: Draws, mcid: float) -> Draws:
    """The same draws with another minimal important change.

    Parameters
    ----------
    draws : Draws
        A posterior of scores.
    mcid : float
        In points of 100.

    Returns
    -------
    Draws

    Raises
    ------
    QuestionError
        If it is no size between 0 and 100, or the posterior is not of scores.
    """
    if draws.meta.get("layout", "longitudinal") != "longitudinal":
        raise QuestionError(
            f"mcid: this posterior of {draws.meta.get('outcome', 'effects')} is not of scores, and "
            "only they have a minimal important change. Leave it out."
        )
    if not (math.isfinite(mcid) and 0 < mcid < 100):
        raise QuestionError(
            f"mcid: got {mcid:g}, expected points of 100, more than 0 and less than 100."
        )
    return draws.with_meta(mcid=float(mcid), mcid_source=GIVEN)


def mcid_line(meta: Mapping[str, Any]) -> str:
    """Value, unit and source in one line; empty where a posterior's record holds none."""
    value = meta.get("mcid")
    if value is None:
        return ""
    size = f"MCID {float(value):g} {meta.get('unit', '')}".rstrip()
    return f"{size}: {meta.get('mcid_source') or 'source not recorded'}"
