"""The minimal important change that questions speak of: the posterior's own, or one given."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from trialpool.draws import JOINT, Draws
from trialpool.errors import QuestionError
from trialpool.questions.units import POINTS, SDS

#: Source of a value that does not come from a publication.
GIVEN = "given by the user"


def with_mcid(draws: Draws, mcid: float) -> Draws:
    """The same draws with another minimal important change.

    Parameters
    ----------
    draws : Draws
        A posterior of scores.
    mcid : float
        In the unit of the benefits: points of 100, or SDs.

    Returns
    -------
    Draws

    Raises
    ------
    QuestionError
        If it is no size between 0 and 100 points or 3 SDs, or the posterior is not of scores.
    """
    if draws.meta.get("layout") == JOINT:
        return _with_mcid_of_one(draws, mcid)
    if draws.meta.get("layout", "longitudinal") != "longitudinal":
        raise QuestionError(
            f"mcid: this posterior of {draws.meta.get('outcome', 'effects')} is not of scores, and "
            "only they have a minimal important change. Leave it out."
        )
    if fault := mcid_fault(mcid, str(draws.meta.get("unit", POINTS))):
        raise QuestionError(f"{fault}.")
    return draws.with_meta(mcid=float(mcid), mcid_source=GIVEN)


def _with_mcid_of_one(draws: Draws, mcid: float) -> Draws:
    """A joint posterior with another MCID; refused where several of its outcomes have one."""
    records = draws.meta["records"]
    scores = [name for name in draws.outcomes if records[name].get("layout") == "longitudinal"]
    if len(scores) != 1:
        raise QuestionError(
            f"mcid: got {mcid:g} for {', '.join(scores) or 'no scores'}, expected one outcome that "
            "it is of. Leave it out, or name the amount in the question: 'by 10'."
        )
    (name,) = scores
    changed = with_mcid(draws.of(name), mcid).meta
    record = {**records[name], **{key: changed[key] for key in ("mcid", "mcid_source")}}
    return draws.with_meta(records={**records, name: record})


def mcid_fault(mcid: float, unit: str) -> str:
    """What is wrong with the size of a minimal important change; empty when nothing is."""
    if unit == SDS:
        limit, told = 3, "15 points where patients differ by an SD of 25 are 0.6 SDs"
    else:
        unit, limit = POINTS, 100
        told = "15 mm on a scale of 0-100 mm is 15; 2 on a scale of 0-10 is 20"
    if math.isfinite(mcid) and 0 < mcid < limit:
        return ""
    return f"mcid: got {mcid:g}; expected {unit}, more than 0 and less than {limit}. {told}"


def mcid_line(meta: Mapping[str, Any]) -> str:
    """Value, unit and source in one line; empty where a posterior's record holds none."""
    value = meta.get("mcid")
    if value is None:
        return ""
    size = f"MCID {float(value):g} {meta.get('unit', '')}".rstrip()
    return f"{size}: {meta.get('mcid_source') or 'source not recorded'}"
