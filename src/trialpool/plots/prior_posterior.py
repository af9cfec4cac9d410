"""Prior against posterior: what the trials added to what was assumed."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from trialpool.draws import Draws
from trialpool.errors import ModelError
from trialpool.evidence import Evidence
from trialpool.plots.style import BLUE, LARGE, NORMAL, SMALL, VERMILION, new_figure, plain
from trialpool.posterior import Posterior
from trialpool.synthesis import Model
from trialpool.synthesis.priors import Flat, Prior
from trialpool.synthesis.priors.text import parse_prior

#: Roles whose variable has another name.
_VARIABLES = {"half_life": "half_life_typical"}
_COLUMNS = 3
_BINS = 40
#: Draws of a prior from which its range on the axis and its quartiles are taken.
_DRAWS = 20_000


def plot_prior_posterior(
    posterior: Posterior,
    model: Model | None = None,
    evidence: Evidence | None = None,
    *,
    roles: Sequence[str] | None = None,
) -> Figure:
    """Density of each prior over a histogram of the posterior draws.

    Parameters
    ----------
    posterior : Posterior
    model : Model, optional
        The specification it was fitted with, which holds the priors.
    evidence : Evidence, optional
        What it was fitted to; the family of model and some default priors depend on it. Where
        either is left out, the priors are those that the posterior records in words.
    roles : sequence of str, optional
        Roles to draw; by default all with one number each, such as effect, tau and half_life.

    Returns
    -------
    matplotlib.figure.Figure
        One panel a role, with the posterior's interquartile range as a share of the prior's: near
        1, the trials say little about this quantity and the prior decides.

    Raises
    ------
    ModelError
        If a role is not of this model, or is one number a trial or visit.
    """
    draws = posterior.draws
    if model is None or evidence is None:
        priors, described = _recorded(posterior)
    else:
        priors = dict(model.priors_for(evidence))
        described = {d["role"]: d for d in model.describe_priors(evidence)}
    drawable = [role for role in priors if _is_scalar(draws, _VARIABLES.get(role, role))]
    chosen = drawable if roles is None else list(roles)
    unknown = [role for role in chosen if role not in drawable]
    if unknown or not chosen:
        raise ModelError(
            f"roles: got {', '.join(unknown) or 'none'}; expected some of {', '.join(drawable)}, "
            "the roles of this model with a single number. Name those"
        )

    columns = min(_COLUMNS, len(chosen))
    rows = -(-len(chosen) // columns)
    figure = new_figure(max(5.0, 3.1 * columns), 0.9 + 2.35 * rows)
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, role in zip(panels, chosen, strict=False):
        values = draws.array(_VARIABLES.get(role, role))
        _panel(axes, priors[role], values, described[role])
    for axes in panels[len(chosen) :]:
        axes.set_visible(False)
    figure.suptitle(plain(f"Prior and posterior: {draws.meta['outcome']}"), fontsize=LARGE)
    figure.legend(
        handles=[
            Line2D([], [], color=VERMILION, linestyle=(0, (4, 1.5)), label="prior density"),
            Patch(facecolor=BLUE, alpha=0.4, label="posterior draws"),
        ],
        loc="outside lower center",
        ncols=2,
        fontsize=SMALL,
        frameon=False,
    )
    return figure


def _recorded(posterior: Posterior) -> tuple[dict[str, Prior], dict[str, dict[str, str]]]:
    """Priors by role as the record writes them down; those that it cannot write are left out."""
    priors: dict[str, Prior] = {}
    described = {}
    for entry in posterior.meta.get("priors", ()):
        try:
            priors[entry["role"]] = parse_prior(entry["prior"])
        except ModelError:
            continue  # of another package: it prints, but does not read back
        described[entry["role"]] = {name: str(value or "") for name, value in entry.items()}
    return priors, described


def _is_scalar(draws: Draws, name: str) -> bool:
    return draws.has(name) and draws.chains(name).ndim == 2


def _panel(
    axes: Axes, prior: Prior, values: NDArray[np.float64], described: dict[str, str]
) -> None:
    low, high = np.quantile(values, [0.002, 0.99 if prior.positive else 0.998])
    ratio = "flat: no density to draw"
    if not isinstance(prior, Flat):
        # A fixed seed: these draws only set the width of the panel and the ratio that it prints.
        drawn = prior.draw(np.random.default_rng(0), _DRAWS)
        prior_low, prior_high = np.quantile(drawn, [0.005, 0.975 if prior.positive else 0.995])
        low, high = min(low, prior_low), max(high, prior_high)
        ratio = f"middle half {_iqr(values) / _iqr(drawn):.2f} as wide as the prior's"
    if prior.positive and low < high / 4:
        low = 0.0
    edges = np.linspace(low, high, _BINS + 1)
    # Weighted by all draws, so that those beyond the panel do not lift the ones that are shown.
    weights = np.full(len(values), 1 / (len(values) * (edges[1] - edges[0])))
    axes.hist(values, bins=edges.tolist(), weights=weights, color=BLUE, alpha=0.4, gid="posterior")
    if not isinstance(prior, Flat):
        x = np.linspace(low, high, 400)
        with np.errstate(divide="ignore"):  # log(0) at the edge of a log-normal
            density = np.exp(prior.logpdf(x))
        axes.plot(x, density, color=VERMILION, linewidth=1.6, linestyle=(0, (4, 1.5)), gid="prior")
    meaning = textwrap.fill(described["meaning"], 42)
    axes.set_title(plain(described["role"]), fontsize=NORMAL, loc="left", fontweight="bold")
    unit = described["unit"] or "no unit"
    axes.set_xlabel(plain(f"{meaning}\n[{unit}]"), fontsize=SMALL)
    axes.text(
        0.99,
        0.99,
        plain(f"{_short(described['prior'])}\n{ratio}"),
        transform=axes.transAxes,
        ha="right",
        va="top",
        fontsize=SMALL - 1,
    )
    axes.set_xlim(low, high)
    axes.set_ylim(0, axes.get_ylim()[1] * 1.3)  # room for the text
    axes.set_yticks([])
    axes.tick_params(labelsize=SMALL)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _iqr(values: NDArray[np.float64]) -> float:
    lower, upper = np.quantile(values, [0.25, 0.75])
    return float(upper - lower)


def _short(prior: str) -> str:
    """A prior as it prints, with its numbers rounded to three digits."""
    return re.sub(r"-?\d+\.\d{3,}", lambda found: f"{float(found[0]):.3g}", prior)
