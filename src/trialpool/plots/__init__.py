"""Figures: one a file, each returns a matplotlib Figure and touches no global state."""

from trialpool.plots.decay import plot_decay
from trialpool.plots.forest import plot_forest
from trialpool.plots.network import plot_network
from trialpool.plots.predictive import plot_predictive
from trialpool.plots.prior_courses import plot_prior_courses
from trialpool.plots.prior_pooling import plot_prior_pooling
from trialpool.plots.prior_posterior import plot_prior_posterior
from trialpool.plots.style import save_figure

__all__ = [
    "plot_decay",
    "plot_forest",
    "plot_network",
    "plot_predictive",
    "plot_prior_courses",
    "plot_prior_pooling",
    "plot_prior_posterior",
    "save_figure",
]
