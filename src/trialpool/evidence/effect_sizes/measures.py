"""All measures from two arms by the names that metafor gives them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from trialpool.evidence.effect_sizes import associations, counts, means, rates
from trialpool.evidence.effect_sizes.base import EffectSizes

#: Measure -> function of (events_t, n_t, events_c, n_c), with its default rule for zeros.
COUNT_MEASURES: dict[str, Callable[..., EffectSizes]] = {
    "AS": counts.arcsine_difference,
    "OR": counts.log_odds_ratio,
    "OR2DL": partial(associations.odds_ratio_to_smd, scores="logistic"),
    "OR2DN": partial(associations.odds_ratio_to_smd, scores="normal"),
    "PBIT": counts.probit_difference,
    "PETO": counts.peto_log_odds_ratio,
    "PHI": associations.phi,
    "RD": counts.risk_difference,
    "RR": counts.log_risk_ratio,
    "YUQ": partial(associations.yule, form="Q"),
    "YUY": partial(associations.yule, form="Y"),
}
#: Measure -> function of (events_t, time_t, events_c, time_c), with its default rule for zeros.
RATE_MEASURES: dict[str, Callable[..., EffectSizes]] = {
    "IRD": rates.rate_difference,
    "IRR": rates.log_rate_ratio,
}
#: Measure -> function of (mean_t, sd_t, n_t, mean_c, sd_c, n_c).
MEAN_MEASURES: dict[str, Callable[..., EffectSizes]] = {
    "CVR": means.log_ratio_of_variation,
    "D2ORL": partial(means.difference_to_odds_ratio, scores="logistic"),
    "D2ORN": partial(means.difference_to_odds_ratio, scores="normal"),
    "MD": means.mean_difference,
    "ROM": means.log_ratio_of_means,
    "SMD": means.standardised_mean_difference,
    "SMD1": means.standardised_by_control,
    "SMDH": means.standardised_mean_difference_unequal,
    "VR": means.log_ratio_of_sds,
}
