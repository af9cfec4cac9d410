"""Figures are drawn whole: right rows, units, no text that overlaps, is cut off or becomes math."""

import itertools
import json
import re
import sys

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

import trialpool as tp
from trialpool import plots
from trialpool.errors import ModelError, PosteriorFileError, QuestionError
from trialpool.plots import (
    plot_decay,
    plot_forest,
    plot_predictive,
    plot_prior_courses,
    plot_prior_pooling,
    plot_prior_posterior,
)
from trialpool.plots.style import at_month
from trialpool.posterior import Posterior


@pytest.fixture(params=[3, 30])
def pain(request, pain_of):
    return pain_of(request.param)


@pytest.fixture(scope="module")
def evidence(pytestconfig):
    return tp.read_evidence(pytestconfig.rootpath / "data" / "clbp", outcome="pain")


def drawn(figure):
    """Every text that is drawn, with its place in pixels."""
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()
    hidden = {text for axes in figure.axes if not axes.get_visible() for text in axes.findobj(Text)}
    # Ticks beyond the limits of an axis exist but are not drawn.
    for axes in figure.axes:
        for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            low, high = sorted((low, high))
            for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
                if not low - 1e-9 <= tick.get_loc() <= high + 1e-9:
                    hidden |= {tick.label1, tick.label2}
                hidden |= {t for t in (tick.label1, tick.label2) if not t.get_visible()}
    return [
        (text, text.get_window_extent(renderer))
        for text in figure.findobj(Text)
        if text not in hidden and text.get_visible() and text.get_text().strip()
    ]


def corners(text, box, renderer):
    """Of the box that a text fills; of one that is turned about its anchor, turned with it."""
    angle = text.get_rotation()
    if angle % 90 == 0:
        return np.array([(x, y) for x in (box.x0, box.x1) for y in (box.y0, box.y1)])
    text.set_rotation(0)
    level = text.get_window_extent(renderer)
    text.set_rotation(angle)
    anchor = text.get_transform().transform(text.get_position())
    turn = np.deg2rad(angle)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    own = np.array([(x, y) for x in (level.x0, level.x1) for y in (level.y0, level.y1)])
    return (own - anchor) @ matrix + anchor


def apart(one, other):
    """Whether a line parallel to a side of either box keeps them apart, but for a pixel.

    Boxes hold the descenders of a line; a pixel of shared air is no overlap.
    """
    for box in (one, other):
        for side in (box[1] - box[0], box[2] - box[0]):
            along = side / np.hypot(*side)
            a, b = one @ along, other @ along
            if a.max() <= b.min() + 1 or b.max() <= a.min() + 1:
                return True
    return False


def assert_readable(figure):
    places = drawn(figure)
    renderer = figure.canvas.get_renderer()
    width, height = figure.canvas.get_width_height()
    found = []
    for text, box in places:
        name = text.get_text()
        assert box.x0 >= -1 and box.y0 >= -1, f"{name!r} is cut off"
        assert box.x1 <= width + 1 and box.y1 <= height + 1, f"{name!r} is cut off"
        found.append((name, corners(text, box, renderer)))
    for (one, a), (other, b) in itertools.combinations(found, 2):
        assert apart(a, b), f"{one!r} overlaps {other!r}"


def words(figure):
    return [text.get_text() for text, _ in drawn(figure)]


def lines(figure, gid):
    return [line for axes in figure.axes for line in axes.lines if line.get_gid() == gid]


def test_public_names_are_sorted():
    assert plots.__all__ == sorted(plots.__all__)


def test_figures_stay_out_of_pyplot(pain_of):
    pyplot = sys.modules.get("matplotlib.pyplot")
    before = pyplot.get_fignums() if pyplot else []
    assert isinstance(plot_forest(pain_of(3), months=12), Figure)
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert (pyplot.get_fignums() if pyplot else []) == before


def test_forest(pain):
    figure = plot_forest(pain, months=24)
    assert_readable(figure)
    draws = pain.draws
    arms = [a for a in draws.coord("trial_arm") if not a.endswith("saline")]
    assert len(lines(figure, "interval")) == len(draws.coord("class")) + len(arms)
    said = words(figure)
    assert "pain: benefit over placebo,\npoints of 100 (positive is better)" in said
    assert "MCID 15 (change within a patient)" in said
    assert any("other side of a difference" in text for text in said)


@pytest.mark.parametrize(("unit", "places"), [("points of 100", 1), ("SDs of the patients", 2)])
def test_forest_prints_as_many_decimals_as_the_unit_needs(pain_of, unit, places):
    said = words(plot_forest(pain_of(3, unit=unit), months=12))
    number = rf"-?\d+\.\d{{{places}}}"
    assert sum(bool(re.fullmatch(rf"{number} \({number} to {number}\)", t)) for t in said) > 2


def test_forest_dashes_what_no_trial_saw(pain_of):
    early, late = (
        {
            axes_label.get_text(): line.get_linestyle()
            for axes_label, line in zip(
                (t for t in figure.axes[0].get_yticklabels() if "other side" not in t.get_text()),
                lines(figure, "interval"),
                strict=True,
            )
        }
        for figure in (plot_forest(pain_of(3), months=m) for m in (12, 24))
    )
    seen_to_12, seen_to_36 = (
        "PRP: 2 trials, 40 patients, seen to 12 months",
        ("MSC: 2 trials, 40 patients, seen to 36 months"),
    )
    assert early[seen_to_12] == early[seen_to_36] == "-"
    assert late[seen_to_12] == "--"
    assert late[seen_to_36] == "-"


def test_forest_counts_the_arms_of_a_difference_whose_sizes_are_told_apart(pain_of):
    def arms(**sizes):
        posterior = pain_of(3)
        reports = [dict(r) for r in posterior.meta["reports"]]
        reports[-1] |= sizes
        posterior.tree.attrs["trialpool"] = json.dumps({**posterior.meta, "reports": reports})
        return [t for t in words(plot_forest(Posterior(posterior.tree), months=6)) if "_2, " in t]

    assert arms() == arms(versus_n=None)
    assert all("(n not printed, to 6 months)" in text for text in arms())
    own, other = arms(n=31.0, versus_n=29.0)
    assert "steroid (n 31, to 6 months)" in own and "lidocaine (n 29, to 6 months)" in other


def test_forest_without_mcid_has_no_line_for_it(pain_of):
    assert not any("MCID" in text for text in words(plot_forest(pain_of(3, mcid=None), months=6)))


def test_forest_beyond_the_horizon_is_refused(pain_of):
    with pytest.raises(QuestionError, match="reaches from 0 to 60 months"):
        plot_forest(pain_of(3), months=61)


def test_events_have_no_course(events):
    with pytest.raises(PosteriorFileError, match="no variable 'benefit'"):
        plot_decay(events)
    with pytest.raises(QuestionError, match="months: got 12, expected none"):
        plot_forest(events, months=12)


def test_decay(pain):
    figure = plot_decay(pain)
    assert_readable(figure)
    assert len(lines(figure, "seen")) == 2  # the active classes
    said = words(figure)
    assert "months since the injection" in said
    assert any("points of 100" in text for text in said)


def test_decay_is_solid_to_the_last_visit_and_dashed_past_it(pain_of):
    figure = plot_decay(pain_of(3), classes=["PRP", "MSC", "steroid"])
    assert_readable(figure)
    solid, dashed = lines(figure, "seen"), lines(figure, "extrapolated")
    assert [line.get_xdata()[-1] for line in solid] == [12, 36, 12]
    assert [line.get_xdata()[0] for line in dashed] == [12, 36, 12]
    assert {line.get_linestyle() for line in solid} == {"-"}
    assert {line.get_linestyle() for line in dashed} == {"--"}


@pytest.mark.parametrize("count", [1, 2, 3])
def test_decay_with_few_classes_is_readable(pain_of, count):
    figure = plot_decay(pain_of(3), classes=["PRP", "MSC", "steroid"][:count])
    assert_readable(figure)
    assert sum(axes.get_visible() for axes in figure.axes) == count


@pytest.mark.parametrize("classes", [["PRP", "BMAC"], []])
def test_decay_of_an_unknown_class_is_refused(pain_of, classes):
    with pytest.raises(QuestionError, match="expected some of PRP, MSC, steroid"):
        plot_decay(pain_of(3), classes=classes)


def test_predictive(pain):
    figure = plot_predictive(pain, seed=1)
    assert_readable(figure)
    reports = len(pain.draws.coord("report"))
    assert len(lines(figure, "interval")) == len(lines(figure, "observed")) == reports
    said = words(figure)
    assert "printed minus predicted, in predictive SDs" in said
    assert (
        sum(text.endswith("points") for text in said)
        + sum(text.endswith(" %") and ";" in text for text in said)
        == reports
    )


def test_predictive_marks_what_surprises(events):
    figure = plot_predictive(events, seed=1)
    assert_readable(figure)
    assert [line.get_marker() for line in lines(figure, "observed")] == ["o", "o", "X"]
    assert any(text.startswith("sae: 1 of 3 printed numbers outside") for text in words(figure))


def test_predictive_of_events_in_person_months(rates):
    figure = plot_predictive(rates, seed=1)
    assert_readable(figure)
    said = [text for text in words(figure) if text.endswith(") per 100 person-months")]
    assert [text.split(";")[0] for text in said] == ["0.8", "10"]


def test_predictive_of_every_kind(kinds):
    figure = plot_predictive(kinds, seed=1)
    assert_readable(figure)
    printed = lines(figure, "observed")
    assert len(printed) == len(lines(figure, "interval")) == len(kinds.draws.coord("report"))
    said = words(figure)
    for start, end in (
        ("-35.0;", ") % of baseline"),
        ("70 %;", ") %"),
        ("-0.50;", ") SDs"),
        ("2.19;", ") z without sign"),
        ("1.97 or more;", ") z"),
        ("-1.97 to 1.97;", ") z"),
        ("-3.37 or less;", ") z"),
    ):
        assert any(text.startswith(start) and text.endswith(end) for text in said), start
    # A bound is a line: it ends where it is printed, or beyond the predictive interval.
    bounds = [line.get_xdata() for line in printed if len(line.get_xdata()) == 2]
    assert len(bounds) == 5
    assert all(low < high for low, high in bounds)
    assert "not significant, prp, 6 months: p value" in said


def test_prior_posterior(pain_of, evidence):
    figure = plot_prior_posterior(pain_of(3), tp.Model(), evidence)
    assert_readable(figure)
    panels = [axes for axes in figure.axes if axes.get_visible()]
    titles = [axes.get_title(loc="left") for axes in panels]
    assert titles == ["effect", "class_sd", "treatment_sd", "tau", "spread", "rho", "half_life"]
    assert len(lines(figure, "prior")) == len(panels)
    half_life = panels[titles.index("half_life")]
    assert half_life.get_xlabel().endswith("[months]")


def test_the_drawn_prior_is_the_prior(pain_of, evidence):
    model = tp.Model(priors={"tau": tp.priors.HalfNormal(3)})
    (line,) = lines(plot_prior_posterior(pain_of(3), model, evidence, roles=["tau"]), "prior")
    expected = np.exp(tp.priors.HalfNormal(3).logpdf(line.get_xdata()))
    np.testing.assert_allclose(line.get_ydata(), expected)


def test_a_histogram_is_a_density_of_all_draws(pain_of, evidence):
    (axes,) = plot_prior_posterior(pain_of(3), tp.Model(), evidence, roles=["rho"]).axes
    area = sum(bar.get_height() * bar.get_width() for bar in axes.patches)
    assert 0.95 < area <= 1 + 1e-9


def test_a_flat_prior_has_no_line(pain_of, evidence):
    model = tp.Model(priors={"effect": tp.priors.Flat()})
    figure = plot_prior_posterior(pain_of(3), model, evidence, roles=["effect"])
    assert not lines(figure, "prior")
    assert any("no density to draw" in text for text in words(figure))


@pytest.mark.parametrize("roles", [["tau", "sigma"], ["baseline"], []])
def test_a_role_without_one_number_is_refused(pain_of, evidence, roles):
    with pytest.raises(ModelError, match="expected some of effect, class_sd"):
        plot_prior_posterior(pain_of(3), tp.Model(), evidence, roles=roles)


def test_names_stay_text(pain_of, tmp_path):
    posterior = pain_of(3)
    for figure in (plot_forest(posterior, months=12), plot_predictive(posterior, seed=1)):
        figure.draw_without_rendering()
        labels = [t for t in figure.axes[0].get_yticklabels() if "x_1" in t.get_text()]
        assert labels
        for tick in labels:
            _, math = tick._preprocess_math(tick.get_text())
            assert not math
        figure.savefig(tmp_path / "figure.svg")
        assert "<script>alert" not in (tmp_path / "figure.svg").read_text()


def test_a_month_between_two_of_the_grid_is_interpolated():
    courses = np.array([[0.0, 4.0, 8.0], [0.0, 2.0, 0.0]])
    grid = np.array([0.0, 6.0, 12.0])
    np.testing.assert_allclose(at_month(courses, grid, 9), [6, 1])
    np.testing.assert_allclose(at_month(courses, grid, 6), [4, 2])
    np.testing.assert_allclose(at_month(courses, grid, 0), [0, 0])


# ------------------------------------------------------------------------------ before any trial


def test_prior_courses_have_a_panel_a_shape(evidence):
    shapes = {name: tp.Model(time_course=name) for name in ("waning", "free", "spline", "emax")}
    figure = plot_prior_courses(shapes, evidence, class_="MSC")
    titles = [axes.get_title(loc="left") for axes in figure.axes if axes.get_visible()]
    assert titles == list(shapes)
    assert_readable(figure)
    courses = figure.axes[1].lines[0].get_ydata()
    assert courses[0] == 0  # nothing at the injection


def test_prior_courses_of_an_unknown_class_name_those_that_exist(evidence):
    with pytest.raises(ModelError, match="got 'XYZ'; expected one of PRP"):
        plot_prior_courses({"waning": tp.Model()}, evidence, class_="XYZ")


def test_complete_pooling_is_a_point_at_zero(evidence):
    models = {
        "partial": tp.Model(),
        "one product": tp.Model(pooling={"treatment": "complete"}),
        "one half-life": tp.Model(pooling={"time": "complete"}),
    }
    figure = plot_prior_pooling(models, evidence)
    assert_readable(figure)
    # A row is two lines and a point; the panels are classes, products, trials and time.
    width = [
        [float(np.ptp(axes.lines[3 * i].get_xdata())) for i in range(3)] for axes in figure.axes
    ]
    assert width[1][1] == 0 < width[1][0]
    assert width[3][2] == 0 < width[3][0]


def test_points_and_sds_share_no_axis(evidence):
    models = {"points": tp.Model(), "SDs": tp.Model(scale="standardised")}
    with pytest.raises(ModelError, match="expected one scale"):
        plot_prior_pooling(models, evidence)
