"""How far apart each pooling choice lets classes, products and trials be, before any trial."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from trialpool.errors import ModelError
from trialpool.evidence import Evidence
from trialpool.plots.style import (
    BLUE,
    GREY,
    LARGE,
    NORMAL,
    SMALL,
    label_rows,
    legend_below,
    new_figure,
    plain,
    tidy,
)
from trialpool.synthesis import Model
from trialpool.synthesis.network import build_network

_DRAWS = 2000
_TITLES = (
    "two classes",
    "a product and its class",
    "a trial and its class",
    "two classes at 36 months",
)


def plot_prior_pooling(
    models: Mapping[str, Model], evidence: Evidence, *, month: float = 12.0, seed: int = 1
) -> Figure:
    """Differences that the priors of each model expect between what a level pools.

    Parameters
    ----------
    models : mapping of str to Model
        By the label of their row.
    evidence : Evidence
        Longitudinal, with two active classes or more; its numbers are not used.
    month : float
        A month of the grid.
    seed : int

    Returns
    -------
    matplotlib.figure.Figure
        A panel a level and a row a model: central 50 % and 90 % of the difference. A point at zero
        is complete pooling.
    """
    found = {label: _differences(m, evidence, month, seed) for label, m in models.items()}
    unit = "SDs" if _in_sds(models, evidence) else "points"
    figure = new_figure(10.5, 1.3 + 0.28 * len(models))
    panels = figure.subplots(1, len(_TITLES), sharey=True)
    for k, (axes, title) in enumerate(zip(panels, _TITLES, strict=True)):
        for i, differences in enumerate(found.values()):
            for level, width in ((0.9, 1.4), (0.5, 4.5)):
                tails = np.quantile(differences[k], [(1 - level) / 2, (1 + level) / 2])
                axes.plot(tails, [i, i], color=BLUE, linewidth=width, solid_capstyle="butt")
            axes.plot(np.median(differences[k]), i, "o", color=BLUE, markersize=3.5)
        axes.axvline(0, color=GREY, linewidth=0.6)
        axes.set_title(plain(title), fontsize=NORMAL, loc="left")
        label = (
            "percent of the benefit present" if k == 3 else f"benefit at {month:g} months, {unit}"
        )
        axes.set_xlabel(plain(label), fontsize=SMALL)
        tidy(axes)
    label_rows(panels[0], list(found))
    figure.suptitle(plain(f"Differences before any trial: {evidence.outcome}"), fontsize=LARGE)
    legend_below(
        figure,
        [
            Line2D([], [], color=BLUE, linewidth=4.5, label="central 50 %"),
            Line2D([], [], color=BLUE, linewidth=1.4, label="central 90 %"),
        ],
        columns=2,
    )
    return figure


def _in_sds(models: Mapping[str, Model], evidence: Evidence) -> bool:
    """Whether all benefits are in SDs; refuses a mixture, which has no common axis."""
    standardised = {model.is_standardised(evidence) for model in models.values()}
    if len(standardised) != 1:
        raise ModelError(
            "scale: got models in points and in SDs of the patients; expected one scale"
        )
    return standardised.pop()


def _differences(model: Model, evidence: Evidence, month: float, seed: int) -> list[np.ndarray]:
    from trialpool.engines.prior_draws import prior_draws  # PyMC is slow to load

    built = model.build(evidence)
    names = ["benefit", "course_share", "treatment_effect", "class_effect", "arm_effect"]
    drawn = prior_draws(built, names, draws=_DRAWS, seed=seed)
    one, other = drawn["class"].values[:2]
    network = build_network(evidence)
    # The class with most products, so that a product is not the whole of its class.
    class_ = int(np.bincount(network.class_of_treatment).argmax())
    product = int(np.flatnonzero(network.class_of_treatment == class_)[0])
    own = (network.class_ == class_) & (network.reference != np.arange(len(network.arms)))
    of_class = drawn["class_effect"][:, class_]
    at = drawn["benefit"].sel(months=month)
    share = 100 * drawn["course_share"].sel(months=36.0)
    return [
        np.asarray(difference.values, dtype=float)
        for difference in (
            at.sel({"class": one}) - at.sel({"class": other}),
            drawn["treatment_effect"][:, product] - of_class,
            drawn["arm_effect"][:, int(np.flatnonzero(own)[0])] - of_class,
            share.sel({"class": one}) - share.sel({"class": other}),
        )
    ]
