"""Effect sizes for people without standard errors: from printed numbers to ``EffectSizes``."""

from trialpool.evidence.effect_sizes.associations import odds_ratio_to_smd, phi, yule
from trialpool.evidence.effect_sizes.base import EffectSizes
from trialpool.evidence.effect_sizes.conversions import (
    from_interval,
    from_p_value,
    from_t,
    smd_from_f,
    smd_from_p_value,
    smd_from_t,
)
from trialpool.evidence.effect_sizes.counts import (
    arcsine_difference,
    log_odds_ratio,
    log_risk_ratio,
    peto_log_odds_ratio,
    probit_difference,
    risk_difference,
)
from trialpool.evidence.effect_sizes.means import (
    difference_to_odds_ratio,
    hedges_correction,
    log_ratio_of_means,
    log_ratio_of_sds,
    log_ratio_of_variation,
    mean_difference,
    standardised_by_control,
    standardised_mean_difference,
    standardised_mean_difference_unequal,
)
from trialpool.evidence.effect_sizes.measures import COUNT_MEASURES, MEAN_MEASURES, RATE_MEASURES
from trialpool.evidence.effect_sizes.paired import (
    change_standardised_by_baseline,
    mean_change,
    sd_of_change,
    standardised_change,
)
from trialpool.evidence.effect_sizes.rates import log_rate_ratio, rate_difference
from trialpool.evidence.effect_sizes.summaries import (
    MeanSD,
    combine_groups,
    mean_sd_from_median,
    pooled_sd,
    sd_from_se,
    se_from_sd,
)

__all__ = [
    "COUNT_MEASURES",
    "MEAN_MEASURES",
    "RATE_MEASURES",
    "EffectSizes",
    "MeanSD",
    "arcsine_difference",
    "change_standardised_by_baseline",
    "combine_groups",
    "difference_to_odds_ratio",
    "from_interval",
    "from_p_value",
    "from_t",
    "hedges_correction",
    "log_odds_ratio",
    "log_rate_ratio",
    "log_ratio_of_means",
    "log_ratio_of_sds",
    "log_ratio_of_variation",
    "log_risk_ratio",
    "mean_change",
    "mean_difference",
    "mean_sd_from_median",
    "odds_ratio_to_smd",
    "peto_log_odds_ratio",
    "phi",
    "pooled_sd",
    "probit_difference",
    "rate_difference",
    "risk_difference",
    "sd_from_se",
    "sd_of_change",
    "se_from_sd",
    "smd_from_f",
    "smd_from_p_value",
    "smd_from_t",
    "standardised_by_control",
    "standardised_change",
    "standardised_mean_difference",
    "standardised_mean_difference_unequal",
    "yule",
]
