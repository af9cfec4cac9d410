"""The roles that priors play: meaning, unit, default and where the default comes from.

One file a kind of evidence; the roles of a time course stand with its formula. Whatever a model
uses is printed by ``trialpool fit`` and stored in the posterior. A new role is one line in a table.
"""

from __future__ import annotations

from trialpool.synthesis.role import Role, resolve
from trialpool.synthesis.roles.events import EVENTS, EVENTS_RATE, EVENTS_RISK
from trialpool.synthesis.roles.longitudinal import LONGITUDINAL, STANDARDISED
from trialpool.synthesis.roles.network import NETWORK
from trialpool.synthesis.roles.plain import COUNTS, EFFECTS

__all__ = ["FAMILIES", "LONGITUDINAL", "STANDARDISED", "Role", "resolve"]

#: By layout of the evidence; other scales than points and odds have their own.
FAMILIES = {
    "longitudinal": LONGITUDINAL,
    "longitudinal_standardised": STANDARDISED,
    "events": EVENTS,
    "events_risk": EVENTS_RISK,
    "events_rate": EVENTS_RATE,
    "effects": EFFECTS,
    "counts": COUNTS,
    "network": NETWORK,
}
