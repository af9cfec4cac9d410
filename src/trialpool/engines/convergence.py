"""Did the sampler find the posterior? R-hat, effective draws and divergences in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from trialpool.engines.diagnostics import diagnostics

#: Vehtari et al. 2021, doi:10.1214/20-BA1221: R-hat under 1.01 and an effective sample size over
#: 100 a chain.
RHAT_LIMIT = 1.01
ESS_PER_CHAIN = 100
#: Draws of a chain with which the check can pass.
ENOUGH = 5 * ESS_PER_CHAIN


@dataclass(frozen=True)
class Convergence:
    """Worst values over all reported quantities; ``messages`` says what failed and what to do."""

    rhat: float
    ess_bulk: float
    ess_tail: float
    divergences: int
    messages: tuple[str, ...]

    @property
    def ess(self) -> float:
        """The smaller of the two effective sample sizes."""
        return min(self.ess_bulk, self.ess_tail)

    @property
    def ok(self) -> bool:
        """Whether nothing failed."""
        return not self.messages

    def to_dict(self) -> dict[str, Any]:
        """For JSON; not-a-number becomes None."""

        def plain(value: float) -> float | None:
            return float(value) if np.isfinite(value) else None

        return {
            "ok": self.ok,
            "messages": list(self.messages),
            "rhat": plain(self.rhat),
            "ess_bulk": plain(self.ess_bulk),
            "ess_tail": plain(self.ess_tail),
            "divergences": self.divergences,
        }


def check_convergence(tree: xr.DataTree) -> Convergence:
    """Check every quantity of the posterior but the standardised ones (``*_z``).

    Parameters
    ----------
    tree : xr.DataTree
        With groups ``posterior`` and ``sample_stats``.

    Returns
    -------
    Convergence
    """
    posterior = tree["posterior"].to_dataset()
    chains = posterior.sizes["chain"]
    labels, found = by_quantity(posterior)
    rhat, where = _extreme(found[0], labels, largest=True)
    bulk, bulk_where = _extreme(found[1], labels, largest=False)
    tail, tail_where = _extreme(found[2], labels, largest=False)
    divergences = int(tree["sample_stats"]["diverging"].sum()) if "sample_stats" in tree else 0

    messages = []
    if chains > 1 and rhat > RHAT_LIMIT:
        messages.append(
            f"the chains disagree: R-hat {rhat:.3f} for {where}, limit {RHAT_LIMIT}; use more draws"
        )
    if chains == 1:
        messages.append("one chain cannot be checked against another: use at least 2, better 4")
    for ess, name, kind in ((bulk, bulk_where, "bulk"), (tail, tail_where, "tail")):
        if not ess >= ESS_PER_CHAIN * chains:
            messages.append(
                f"too few effective draws: {kind} ESS {ess:.0f} for {name}, "
                f"at least {ESS_PER_CHAIN * chains} needed; use more draws"
            )
    if divergences:
        messages.append(
            f"{divergences} divergent transitions: the sampler missed part of the posterior; "
            "use a higher target_accept or tighter priors on the scales"
        )
    return Convergence(rhat, bulk, tail, divergences, tuple(messages))


def by_quantity(posterior: xr.Dataset) -> tuple[list[str], NDArray[np.float64]]:
    """R-hat, bulk and tail ESS of every scalar that a posterior reports.

    Parameters
    ----------
    posterior : xr.Dataset
        Dims (chain, draw, ...).

    Returns
    -------
    labels : list of str
    figures : (3, quantity)
        Not a number where there is none: quantities fixed by definition, such as the benefit at
        the injection, have no R-hat (0 / 0).
    """
    reported = posterior[[name for name in posterior if not str(name).endswith("_z")]]
    labels, draws = scalars(reported)
    return labels, np.stack(diagnostics(draws))


def scalars(reported: xr.Dataset) -> tuple[list[str], NDArray[np.float64]]:
    """Labels of all scalars, and their draws, (quantity, chain, draw)."""
    labels, draws = [], []
    for name, values in reported.items():
        values = values.transpose(..., "chain", "draw")
        named = [[str(label) for label in values[dim].values] for dim in values.dims[:-2]]
        for place in product(*named):
            labels.append(f"{name}[{', '.join(place)}]" if place else str(name))
        draws.append(values.values.reshape(-1, *values.shape[-2:]).astype(float))
    return labels, np.concatenate(draws)


def _extreme(found: NDArray[np.float64], labels: list[str], *, largest: bool) -> tuple[float, str]:
    """The extreme value, and whose it is; nan where none has a value."""
    if not np.isfinite(found).any():
        return float("nan"), ""
    place = int(np.nanargmax(found) if largest else np.nanargmin(found))
    return float(found[place]), labels[place]
