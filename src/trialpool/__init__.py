"""Bayesian evidence synthesis for trials that report in different ways.

Names load when first used, so that answering a question does not import PyMC.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trialpool import checks, plots, sensitivity
    from trialpool.averaging import Averaged, average, fit_models, fit_shapes
    from trialpool.batches import Fits, fit_many
    from trialpool.errors import TrialpoolError
    from trialpool.evidence import Evidence, check_folder, read_evidence
    from trialpool.fitting import fit
    from trialpool.plots import (
        plot_benefit_probability,
        plot_comparison,
        plot_decay,
        plot_forest,
        plot_funnel,
        plot_league,
        plot_network,
        plot_predictive,
        plot_prior_courses,
        plot_prior_pooling,
        plot_prior_posterior,
        plot_ranks,
        plot_sweep,
        plot_weights,
        save_figure,
    )
    from trialpool.posterior import Posterior, load
    from trialpool.report import write_report
    from trialpool.sensitivity import Sweep, sweep
    from trialpool.synthesis import Joint, Model, priors

_HOME = {
    "Averaged": "trialpool.averaging",
    "Evidence": "trialpool.evidence",
    "Fits": "trialpool.batches",
    "Joint": "trialpool.synthesis",
    "Model": "trialpool.synthesis",
    "Posterior": "trialpool.posterior",
    "Sweep": "trialpool.sensitivity",
    "TrialpoolError": "trialpool.errors",
    "average": "trialpool.averaging",
    "check_folder": "trialpool.evidence",
    "fit": "trialpool.fitting",
    "fit_many": "trialpool.batches",
    "fit_models": "trialpool.averaging",
    "fit_shapes": "trialpool.averaging",
    "load": "trialpool.posterior",
    "plot_benefit_probability": "trialpool.plots",
    "plot_comparison": "trialpool.plots",
    "plot_decay": "trialpool.plots",
    "plot_forest": "trialpool.plots",
    "plot_funnel": "trialpool.plots",
    "plot_league": "trialpool.plots",
    "plot_network": "trialpool.plots",
    "plot_predictive": "trialpool.plots",
    "plot_prior_courses": "trialpool.plots",
    "plot_prior_pooling": "trialpool.plots",
    "plot_prior_posterior": "trialpool.plots",
    "plot_ranks": "trialpool.plots",
    "plot_sweep": "trialpool.plots",
    "plot_weights": "trialpool.plots",
    "priors": "trialpool.synthesis",
    "read_evidence": "trialpool.evidence",
    "save_figure": "trialpool.plots",
    "sweep": "trialpool.sensitivity",
    "write_report": "trialpool.report",
}

__all__ = [
    "Averaged",
    "Evidence",
    "Fits",
    "Joint",
    "Model",
    "Posterior",
    "Sweep",
    "TrialpoolError",
    "average",
    "check_folder",
    "checks",
    "fit",
    "fit_many",
    "fit_models",
    "fit_shapes",
    "load",
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
    "plots",
    "priors",
    "read_evidence",
    "save_figure",
    "sensitivity",
    "sweep",
    "write_report",
]


#: Modules under their own names.
_MODULES = ("checks", "plots", "sensitivity")


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"trialpool.{name}")
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'trialpool' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
