"""Figures look as they did: images of fixed draws, compared with those in ``baseline``.

After a change that is meant: look at each figure, then
``python -m pytest tests/unit/plots/test_images.py --mpl-generate-path=tests/unit/plots/baseline``.
"""

from pathlib import Path

import pytest

from tests.unit.plots import fixed
from trialpool import plots

#: Root mean square of 255 levels: above the rounding of other processors, below a moved label.
TOLERANCE = 2
FIGURES = {
    "forest": lambda: plots.plot_forest(fixed.pain(), months=12),
    "forest_events": lambda: plots.plot_forest(fixed.safety()),
    "forest_studies": lambda: plots.plot_forest(fixed.effects()),
    "decay": lambda: plots.plot_decay(fixed.pain()),
    "probability": lambda: plots.plot_benefit_probability(fixed.pain()),
    "comparison": lambda: plots.plot_comparison(fixed.pain(), "PRP", "MSC", months=24),
    "comparison_months": lambda: plots.plot_comparison(fixed.pain(), "PRP", "MSC", margin=5),
    "ranks": lambda: plots.plot_ranks(fixed.pain(), months=24, with_reference=True),
    "league": lambda: plots.plot_league(fixed.pain(), months=24),
    "network": lambda: plots.plot_network(fixed.pain()),
    "funnel": lambda: plots.plot_funnel(fixed.effects()),
    "funnel_pet": lambda: plots.plot_funnel(fixed.effects(bias=True)),
    "prior_posterior": lambda: plots.plot_prior_posterior(fixed.pain()),
    "sweep": lambda: plots.plot_sweep(fixed.swept()),
    "weights": lambda: plots.plot_weights(fixed.averaged()),
}


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.mpl_image_compare(
    baseline_dir="baseline", tolerance=TOLERANCE, style="default", savefig_kwargs={"dpi": 60}
)
def test_image(name):
    return FIGURES[name]()


def test_images_are_compared(pytestconfig):
    # Without the option the plugin only draws.
    assert pytestconfig.getoption("--mpl") or pytestconfig.getoption("--mpl-generate-path")
    kept = {path.stem for path in (Path(__file__).parent / "baseline").glob("*.png")}
    assert kept == {f"test_image_{name}" for name in FIGURES}
