"""Events that a reader can picture, for each role in its unit.

One table, `_TABLE`: a row names roles and units (as patterns) and says which events they have. A
new event is a line there; roles without a row have none.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.special import expit, ndtr, ndtri

Holds = Callable[[Any], Any]


class Event(NamedTuple):
    """Something that is true or false of each value of a role, and its name in words."""

    words: str
    holds: Holds


def events_of(role: str, unit: str, mcid: float | None = None) -> list[Event]:
    """Events of a role in a unit; none where the table has no row.

    Parameters
    ----------
    role, unit : str
        As in `trialpool.synthesis.roles`.
    mcid : float, optional
        Minimal important change in the unit of the benefits.
    """
    for roles, units, events in _TABLE:
        if re.fullmatch(roles, role) and (found := re.fullmatch(units, unit)):
            if isinstance(events, list):
                return events
            return events(role, found[1] if found.re.groups else unit, mcid)
    return []


def _above(limit: float, of: Holds = np.asarray) -> Holds:
    return lambda x: of(x) > limit


def _below(limit: float, of: Holds = np.asarray) -> Holds:
    return lambda x: of(x) < limit


#: Short name of a unit of benefit, and a size in it that is small but not nothing.
_SIZES = {"points of 100": ("points", 5.0), "SDs of the patients": ("SDs", 0.2)}
#: Whose values a standard deviation spreads.
_OF = {
    "tau": "trials",
    "tau_cluster": "clusters of trials",
    "class_sd": "classes",
    "treatment_sd": "treatments of a class",
    "half_life_sd": "the half-lives of the classes",
    "tau_sd": "the taus of the classes",
    "spread_sd": "the SDs of the arms",
}
#: Width of the middle 95 % of a normal distribution, in SDs.
_MIDDLE = 2 * float(ndtri(0.975))


def _sizes(words: str, unit: str, mcid: float | None, of: Holds = np.asarray) -> list[Event]:
    short, small = _SIZES[unit]
    events = [Event(f"{words} > {small:g} {short}", _above(small, of))]
    if mcid is not None:
        events.append(Event(f"{words} > {mcid:g} {short}, the MCID", _above(mcid, of)))
    return events


def _spread(role: str, unit: str, mcid: float | None) -> list[Event]:
    return _sizes(role, unit, mcid)


def _signed(role: str, unit: str, mcid: float | None) -> list[Event]:
    return _sizes(f"|{role}|", unit, mcid, np.abs)


def _drift(role: str, unit: str, mcid: float | None) -> list[Event]:
    return _sizes("SD of the drift over two years", unit, None, lambda x: x * np.sqrt(2))


def _factors(role: str, factors: tuple[float, ...], what: str = "") -> list[Event]:
    return [
        Event(
            f"the middle 95 % of {_OF[role]} span more than a factor of {factor:g}{what}",
            _above(np.log(factor) / _MIDDLE),
        )
        for factor in factors
    ]


def _spread_of_ratios(role: str, ratio: str, mcid: float | None) -> list[Event]:
    return _factors(role, (2, 10), f" in the {ratio}")


def _spread_of_logs(role: str, unit: str, mcid: float | None) -> list[Event]:
    return _factors(role, (2, 4))


def _ratio(role: str, ratio: str, mcid: float | None) -> list[Event]:
    return [
        Event(f"{ratio} above {factor} or below 1/{factor}", _above(np.log(factor), np.abs))
        for factor in (2, 10)
    ]


def _slope_of_ratio(role: str, ratio: str, mcid: float | None) -> list[Event]:
    words = f"one SD of the covariate changes the {ratio} by more than a factor of 2"
    return [Event(words, _above(np.log(2), np.abs))]


_SDS = "tau|tau_cluster|class_sd|treatment_sd"
_SLOPE = "per SD of the covariate"
_BENEFIT = f"({'|'.join(_SIZES)})"
_RATIO = r"log (\w+ ratio)"
#: Roles, units, and their events: a list, or a function of the role, of what the group of the
#: units' pattern holds, and of the MCID.
_TABLE: tuple[tuple[str, str, list[Event] | Callable[[str, str, float | None], list[Event]]], ...]
_TABLE = (
    (_SDS, _BENEFIT, _spread),
    ("effect", _BENEFIT, _signed),
    ("slope", f"{_BENEFIT} {_SLOPE}", _signed),
    ("drift", f"{_BENEFIT} per square-root year", _drift),
    (_SDS, _RATIO, _spread_of_ratios),
    ("effect", _RATIO, _ratio),
    ("slope", f"{_RATIO} {_SLOPE}", _slope_of_ratio),
    ("half_life_sd|tau_sd|spread_sd", "log .*", _spread_of_logs),
    (
        "half_life",
        "months",
        [
            Event("half-life < 12 months", _below(12)),
            Event("half-life > 24 months", _above(24)),
            Event("half-life > 60 months", _above(60)),
        ],
    ),
    (
        "onset",
        "months",
        [Event("half of the benefit takes > 3 months to come", _above(3))],
    ),
    (
        "change_point",
        "months",
        [
            Event("full benefit for < 12 months", _below(12)),
            Event("full benefit for > 24 months", _above(24)),
        ],
    ),
    (
        "trend",
        "share of the benefit a year",
        [
            Event("a year takes more than a fifth of the benefit", _below(-0.2)),
            Event("the benefit grows", _above(0)),
        ],
    ),
    (
        r"share_\d+",
        "share of the benefit at 12 months",
        [
            Event("less than half of the 12-month benefit", _below(0.5)),
            Event("more than the 12-month benefit", _above(1)),
        ],
    ),
    ("rho", "", [Event("rho > 0.5", _above(0.5)), Event("rho > 0.8", _above(0.8))]),
    (
        "outcome_correlation",
        ".*",
        [Event("correlation > 0.5", _above(0.5)), Event("correlation < 0", _below(0))],
    ),
    (
        "publication",
        "share",
        [Event("less than half the chance of a more significant result", _below(0.5))],
    ),
    (
        "spread",
        "points of 100",
        [Event("SD < 20 points", _below(20)), Event("SD > 30 points", _above(30))],
    ),
    (
        "baseline",
        "points of 100",
        [Event("mean < 40 points", _below(40)), Event("mean > 70 points", _above(70))],
    ),
    (
        "control",
        "points of 100",
        [Event("a fall of > 30 points", _below(-30)), Event("a rise", _above(0))],
    ),
    (
        "cutoff",
        "probit",
        [
            Event("fewer than 1 in 10 respond", _below(0.1, ndtr)),
            Event("more than half respond", _above(0.5, ndtr)),
        ],
    ),
    (
        "step",
        "probit",
        [
            Event(
                "more than 20 of 100 patients between two thresholds",
                # At most, which is where half of the patients respond.
                _above(0.2, lambda x: 2 * ndtr(x / 2) - 1),
            )
        ],
    ),
    (
        "baseline",
        "log odds",
        [
            Event("fewer than 1 in 1000 have the event", _below(0.001, expit)),
            Event("more than 1 in 10 have the event", _above(0.1, expit)),
        ],
    ),
    (
        "baseline",
        "log probability",
        [
            Event("fewer than 1 in 1000 have the event", _below(0.001, np.exp)),
            Event("more than 1 in 10 have the event", _above(0.1, np.exp)),
            Event("more than all, which no probability can be", _above(0)),
        ],
    ),
    (
        "rate",
        "log events per person-month",
        [
            Event("< 1 event in 1000 person-years", _below(0.001 / 12, np.exp)),
            Event("> 1 event in 10 person-years", _above(0.1 / 12, np.exp)),
        ],
    ),
)
