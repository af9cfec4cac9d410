"""Funnel, weights and tornado: the numbers of `sensitivity` and of the record, as they stand."""

import numpy as np
import pandas as pd
import pytest

import trialpool as tp
from tests.unit.plots import fixed
from tests.unit.plots.test_figures import assert_readable, lines, words
from trialpool.errors import ModelError, PosteriorFileError, QuestionError
from trialpool.plots import plot_funnel, plot_sweep, plot_weights
from trialpool.sensitivity import funnel

# --------------------------------------------------------------------------------------- funnel


def test_funnel():
    posterior = fixed.effects()
    figure = plot_funnel(posterior)
    assert_readable(figure)
    (marks,) = lines(figure, "study")
    order = np.argsort(fixed.SE)
    np.testing.assert_allclose(marks.get_xdata(), fixed.Y[order])
    np.testing.assert_allclose(marks.get_ydata(), fixed.SE[order])
    (pooled,) = lines(figure, "pooled")
    centre = posterior.draws.array("effect").mean()
    np.testing.assert_allclose(pooled.get_xdata(), centre)
    tau = posterior.draws.array("tau").mean()
    for line, side in zip(lines(figure, "limit"), (-1, 1), strict=True):
        se = line.get_ydata()
        np.testing.assert_allclose(line.get_xdata(), centre + side * 1.96 * np.hypot(se, tau))
    assert figure.axes[0].get_ylim()[1] == 0  # large studies on top


def test_contours_are_where_a_study_alone_is_significant():
    figure = plot_funnel(fixed.effects())
    outer = [c for c in figure.axes[0].collections if c.get_gid() == "contour"]
    for region, z in zip(outer, (2.5758, 1.96, 1.6449), strict=True):
        x, se = region.get_paths()[0].vertices.T
        left, right = figure.axes[0].get_xlim()
        inside = (x > left + 1e-9) & (x < right - 1e-9)
        np.testing.assert_allclose(np.abs(x[inside]), z * se[inside], rtol=1e-3)


@pytest.mark.parametrize(("model", "power"), [("Model(small_study='peese')", 2), ("Model()", 1)])
def test_regression_on_the_standard_error(model, power):
    posterior = fixed.effects(bias=True, model=model)
    figure = plot_funnel(posterior)
    (line,) = lines(figure, "regression")
    effect, bias = (posterior.draws.array(name).mean() for name in ("effect", "bias"))
    np.testing.assert_allclose(line.get_xdata(), effect + bias * line.get_ydata() ** power)
    assert not lines(figure, "limit")


@pytest.mark.parametrize("count", [3, 10, 30])
def test_names_of_studies_do_not_cover_each_other(count):
    # As close as studies come: every second one has the same estimate and error.
    y = np.repeat(np.linspace(0.1, 0.4, -(-count // 2)), 2)[:count]
    se = np.repeat(np.linspace(0.1, 0.3, -(-count // 2)), 2)[:count]
    frame = pd.DataFrame({"s": [f"Study of a very long name {i}" for i in range(count)]})
    evidence = tp.Evidence.from_effects(frame.assign(y=y, se=se), study="s", effect="y", se="se")
    posterior = tp.fit(tp.Model(), evidence, seed=1, draws=50, progress=False)
    figure = plot_funnel(posterior)
    assert_readable(figure)
    np.testing.assert_allclose(funnel(posterior)["y"], funnel(posterior, evidence)["y"])
    assert_readable(tp.plot_forest(posterior))


def test_a_funnel_is_of_estimates():
    with pytest.raises(ModelError, match="got evidence of layout 'longitudinal'"):
        plot_funnel(fixed.pain())
    tree = fixed.effects()
    del tree.tree["constant_data"]
    with pytest.raises(ModelError, match="without its estimates"):
        plot_funnel(tree)


# -------------------------------------------------------------------------------------- weights


def test_weights_heaviest_first():
    posterior = fixed.averaged()
    figure = plot_weights(posterior)
    assert_readable(figure)
    rows = posterior.meta["average"]["weights"]
    assert [bar.get_width() for bar in figure.axes[0].patches] == [r["weight"] for r in rows]
    for line, row in zip(lines(figure, "sd"), rows, strict=True):
        low, high = row["weight"] - row["weight_sd"], row["weight"] + row["weight_sd"]
        np.testing.assert_allclose(line.get_xdata(), [low, high])
    shown = [line.get_xdata()[0] for line in lines(figure, "difference")]
    assert shown == [row["difference"] for row in rows]


def test_weights_that_were_given_have_no_densities():
    rows = [{"name": "a", "weight": 0.7}, {"name": "b", "weight": 0.3}]
    figure = plot_weights(fixed.pain(average={"weights": rows, "by": "given by the user"}))
    assert_readable(figure)
    assert len(figure.axes) == 1


def test_a_single_model_has_no_weights():
    with pytest.raises(PosteriorFileError, match="got a single model, expected an average"):
        plot_weights(fixed.pain())


# -------------------------------------------------------------------------------------- tornado


@pytest.mark.parametrize("others", [3, 10, 30])
def test_tornado(others):
    content = fixed.swept(others)
    figure = plot_sweep(content)
    assert_readable(figure)
    known = [row for row in content["variants"] if row["shift"] is not None]
    shown = sorted(known, key=lambda row: -abs(row["shift"]))[:20]
    answers = [line.get_xdata()[0] for line in lines(figure, "answer")]
    assert answers == [0.81, *(row["probability"] for row in shown)]
    bars = [bar.get_width() for bar in figure.axes[0].patches][1:]
    np.testing.assert_allclose(bars, [row["shift"] for row in shown])
    intervals = [list(line.get_xdata()) for line in lines(figure, "interval")]
    assert intervals[1:] == [[row["lower"], row["upper"]] for row in shown]
    below = "1 has no answer"
    if others > 20:
        below = f"10 other analyses move it by {abs(shown[-1]['shift']):.3f} at most; {below}"
    assert below in words(figure)


def test_a_tornado_of_one_of_several_questions():
    content = fixed.swept()
    second = {**content["base"][0], "question": "does it work", "subject": "PRP"}
    content["base"].append(second)
    with pytest.raises(QuestionError, match=r"expected one of: .*; does it work \(PRP\)"):
        plot_sweep(content, question="another")
    with pytest.raises(QuestionError, match="no other analysis with an answer"):
        plot_sweep(content, question="does it work (PRP)")


@pytest.mark.parametrize("content", [{}, {"base": []}, {"base": [{}]}, []])
def test_what_is_no_sweep_is_refused(content):
    with pytest.raises(QuestionError, match="expected a Sweep"):
        plot_sweep(content)
