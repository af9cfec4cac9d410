"""Estimates that were published with a chance that depends on their p-value.

The step-function model of Hedges (1992, doi:10.1214/ss/1177011364) and Vevea and Hedges (1995,
doi:10.1007/BF02294384): an estimate whose one-sided p lies in interval k is published with a chance
proportional to ``omega[k]``, 1 for the most significant interval. What is seen has density

    N(y | mean, sd) omega[k(y)] / sum over k of omega[k] P(p in interval k | mean, sd)

Given its estimate a study's effect does not depend on the chance, because that is a function of the
estimate alone: study effects are drawn as without selection.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtri

from trialpool import graph as g
from trialpool.synthesis.network import Values
from trialpool.synthesis.plain.estimates import observe
from trialpool.synthesis.priors import Prior
from trialpool.synthesis.small_study import SmallStudy

#: Dim of ``publication``: the intervals of p below the most significant one.
DIM = "p_interval"


def observe_published(
    data: tuple[Values, Values],
    estimates: tuple[Any, Any],
    moments: tuple[Any, Any],
    prior: Prior,
    choice: SmallStudy,
) -> Any:
    """Register the estimates and ``publication`` (p_interval); log density by study.

    Parameters
    ----------
    data : (study,), (study,)
        Estimates and standard errors as numbers: the direction may follow from them.
    estimates : (study,), (study,)
        The same as variables of the model.
    moments : scalar or (study,), (study,)
        Mean and SD of an estimate before the selection.
    prior : Prior
        Role ``publication``.
    choice : SmallStudy
    """
    y, se = estimates
    favoured = g.Data("favoured", 1.0 if choice.direction_of(*data) == "positive" else -1.0)
    # Each interval's chance relative to the one before, so that they fall with p.
    if len(choice.cutpoints) == 1:
        omega = prior.register("publication", dims=DIM)
    else:
        relative = prior.register("publication_relative", dims=DIM)
        omega = g.Deterministic("publication", g.cumprod(relative), dims=DIM)
    critical = -ndtri(choice.cutpoints)

    def by_study(value: Any, mean: Any, sd: Any, omega: Any) -> Any:
        less_significant = (favoured * value / se)[:, None] < critical
        before = g.concatenate([g.ones(1), omega[:-1]])
        log_weight = g.times(less_significant, g.log(omega / before))
        # sum of omega[k] P(k) as the last omega and the rises towards significance: all positive.
        above = (favoured * mean / sd)[:, None] - (se / sd)[:, None] * critical
        beyond = 0.5 * g.erfc(-above * np.sqrt(0.5))
        published = omega[-1] + g.times(beyond, before - omega)
        density = -0.5 * (np.log(2 * np.pi) + ((value - mean) / sd) ** 2) - g.log(sd)
        return density + log_weight - g.log(published)

    mean, sd = moments
    return observe(by_study, y, (mean + 0 * sd, sd, omega), "(n),(n),(k)->(n)")
