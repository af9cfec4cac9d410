"""Figures: one a file, each returns a matplotlib Figure and touches no global state."""

from trialpool.plots.comparison import plot_comparison
from trialpool.plots.decay import plot_decay
from trialpool.plots.files import figure_bytes, format_of, save_figure
from trialpool.plots.forest import plot_forest
from trialpool.plots.funnel import plot_funnel
from trialpool.plots.league import plot_league
from trialpool.plots.network import plot_network
from trialpool.plots.predictive import plot_predictive
from trialpool.plots.prior_courses import plot_prior_courses
from trialpool.plots.prior_pooling import plot_prior_pooling
from trialpool.plots.prior_posterior import plot_prior_posterior
from trialpool.plots.probability import plot_benefit_probability
from trialpool.plots.ranks import plot_ranks
from trialpool.plots.tornado import plot_sweep
from trialpool.plots.weights import plot_weights

__all__ = [
    "figure_bytes",
    "format_of",
    "plot_benefit_probability",
    "plot_comparison",
    "plot_decay",
    "plot_forest",
    "plot_funnel",
    "plot_league",
    "plot_network",
    "plot_predictive",
    "plot_prior_courses",
    "plot_prior_pooling",
    "plot_prior_posterior",
    "plot_ranks",
    "plot_sweep",
    "plot_weights",
    "save_figure",
]
