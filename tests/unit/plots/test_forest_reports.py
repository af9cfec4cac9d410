"""The forest draws each report as what it is, beside the estimate, and a new trial where it can."""

import numpy as np
import pytest

import trialpool as tp
from tests.unit.plots import fixed
from tests.unit.plots.simulated import named, simulated_pain, without_numbers
from tests.unit.plots.test_figures import assert_readable, lines, words
from trialpool.errors import QuestionError
from trialpool.plots import plot_forest
from trialpool.plots.printed import nearest, number, printed_of

REFERENCES = {arm for arm in fixed.ARMS if arm.endswith("saline")}
Z = 1.959964


def report_of(trial, arm, month=12.0, unit="points of 100"):
    reports = printed_of(fixed.pain())
    return nearest(reports, trial, arm, month, references=REFERENCES, unit=unit)


def ends(line):
    return [float(x) for x in line.get_xdata()]


def test_a_mean_has_the_interval_of_its_sd():
    printed = report_of("Mean 2001", "prp")
    assert (printed.own.value, printed.other.value) == (40, 52)
    np.testing.assert_allclose([printed.own.low, printed.own.high], [40 - Z * 4, 40 + Z * 4])
    # Its benefit is the difference, with the standard errors of both arms.
    contrast = printed.contrast
    assert (contrast.value, contrast.versus_reference) == (12, True)
    np.testing.assert_allclose(contrast.high - contrast.low, 2 * Z * np.hypot(4, 4))


def test_a_change_without_a_spread_has_a_mark_and_no_interval():
    printed = report_of("Change 2002", "msc")
    np.testing.assert_allclose(printed.own.high, -30 + Z * 5)
    assert printed.contrast.value == 8 and np.isnan(printed.contrast.low)
    assert printed.text == "change -30.0 v -22.0, month 24"


def test_a_median_has_its_quartiles_and_is_not_compared_with_the_reference():
    printed = report_of("Median 2003", "mpc")
    assert (printed.own.low, printed.own.value, printed.own.high) == (21, 35, 50)
    assert printed.contrast.value == 10 and not printed.contrast.versus_reference
    assert printed.text == "median 35.0 (IQR 21 to 50) v 45.0 (IQR 30 to 61), month 36"


def test_responders_are_a_share_and_never_points():
    printed = report_of("Share 2004", "prp")
    assert (printed.own.value, printed.other.value, printed.contrast) == (60, 35, None)
    assert printed.text == "≥50 %: 24/40 v 14/40, month 6 (+1)"


def test_a_difference_stands_on_the_axis_of_benefits():
    printed = report_of("Difference 2006", "msc")
    assert printed.own is printed.other is None
    # This arm minus the other, lower scores better: 7 points of benefit.
    np.testing.assert_allclose(
        [printed.contrast.low, printed.contrast.value, printed.contrast.high],
        [7 - 3 * Z, 7, 7 + 3 * Z],
    )
    assert printed.contrast.versus_reference


def test_a_test_is_told_in_words():
    printed = report_of("Test 2007", "prp")
    assert printed.own is printed.contrast is None
    assert printed.text == "p < 0.05 v lidocaine, for prp, month 3"


def test_points_are_no_sds():
    for trial, arm in (("Mean 2001", "prp"), ("Difference 2006", "msc")):
        assert report_of(trial, arm, unit="SDs of the patients").contrast is None


def test_the_nearest_visit_is_told_the_later_of_two():
    reports = [fixed.report("T", "prp", "PRP", m, "mean", n=9, y=float(m)) for m in (0, 6, 18)]
    for month, expected in ((12, 18), (7, 6), (0, 6), (None, 18)):
        found = nearest(reports, "T", "prp", month, references=(), unit="")
        assert found.months == found.own.value == expected
    assert nearest(reports, "T", "saline", 6, references=(), unit="") is None


@pytest.mark.parametrize("count", [None, 3])
def test_a_number_that_is_not_there_is_not_drawn(count):
    row = fixed.report("T", "prp", "PRP", 6, "responders", n=None, count=count)
    assert number(row) is None


def test_events_in_person_months_are_a_rate():
    row = fixed.report("T", "prp", "PRP", 6, "events", count=3.0, exposure=150.0)
    assert number(row).value == 2


def test_what_is_drawn_are_these_numbers():
    figure = plot_forest(fixed.pain(), months=12)
    main, aside = figure.axes[:2]
    intervals = [ends(line) for line in main.lines if line.get_gid() == "interval"]
    draws = fixed.pain().draws
    month = list(fixed.MONTHS).index(12.0)
    prp = np.quantile(draws.array("benefit")[:, 0, month], [0.025, 0.975])
    np.testing.assert_allclose(intervals[0], prp)
    means = [line.get_xdata()[0] for line in lines(figure, "mean")]
    np.testing.assert_allclose(means[0], draws.array("benefit")[:, 0, month].mean())
    raw = sorted(line.get_xdata()[0] for line in main.lines if line.get_gid() == "contrast")
    # The other way round for the steroid arm of the median.
    assert raw == [-10, 7, 8, 10, 12]
    assert sorted(bar.get_width() for bar in aside.patches) == [60]
    printed = sorted(line.get_xdata()[0] for line in aside.lines if line.get_gid() == "printed")
    assert printed == [-45, -30, 35, 40, 45, 60]


def test_the_prediction_interval_is_that_of_predict():
    posterior = fixed.pain()
    figure = plot_forest(posterior, months=12)
    for line, name in zip(lines(figure, "prediction"), fixed.CLASSES, strict=True):
        expected = posterior.predict(name, months=12).true_effect
        assert ends(line) == [expected.lower, expected.upper]


def test_the_month_is_the_last_at_which_all_active_classes_are_seen():
    assert "Benefit over placebo 12 months after the injection" in words(plot_forest(fixed.pain()))


def test_only_the_classes_asked_for():
    figure = plot_forest(fixed.pain(), months=12, classes=["MSC"])
    labels = [text for text in words(figure) if ", msc (" in text or text.startswith("MSC")]
    assert len(labels) == len(lines(figure, "interval")) == 3
    with pytest.raises(QuestionError, match="got XYZ; expected some of PRP, MSC, MPC, steroid"):
        plot_forest(fixed.pain(), classes=["XYZ"])


def test_events_are_counts_beside_ratios():
    figure = plot_forest(fixed.safety())
    assert_readable(figure)
    said = words(figure)
    assert "events 3/50 v 1/50, month 12" in said and "events 0/50 v 0/50, month 12" in said
    lower, median, upper = np.exp(np.quantile(fixed.normal(0.3, 0.6, 0), [0.025, 0.5, 0.975]))
    assert f"{median:.2f} ({lower:.2f} to {upper:.2f})" in said
    assert "1" in said  # a ratio of 1, not a logarithm of 0


def test_studies_as_reported_and_as_estimated():
    posterior = fixed.effects()
    figure = plot_forest(posterior)
    assert_readable(figure)
    for line, y, se in zip(lines(figure, "reported"), fixed.Y, fixed.SE, strict=True):
        np.testing.assert_allclose(ends(line), [y - 1.96 * se, y + 1.96 * se])
    own = posterior.draws.array("study_effect")
    for i, line in enumerate(lines(figure, "shrunken")):
        np.testing.assert_allclose(ends(line), np.quantile(own[:, i], [0.025, 0.975]))
    (diamond,) = figure.axes[0].patches
    pooled = np.quantile(posterior.draws.array("effect"), [0.025, 0.5, 0.975])
    np.testing.assert_allclose(sorted(set(diamond.get_xy()[:, 0])), pooled)
    (new,) = lines(figure, "new")
    predicted = posterior.draws.array("predicted_effect")
    np.testing.assert_allclose(ends(new), np.quantile(predicted, [0.025, 0.975]))


def test_studies_have_no_months():
    with pytest.raises(QuestionError, match="no time course and no classes"):
        plot_forest(fixed.effects(), months=12)


@pytest.fixture(scope="module", params=[3, 10, 30])
def simulated(request, tmp_path_factory):
    trials = request.param
    return trials, simulated_pain(tmp_path_factory.mktemp("simulated"), trials)


def test_simulated_trials_of_every_kind_can_be_read(simulated):
    trials, posterior = simulated
    figure = plot_forest(posterior, months=12)
    assert_readable(figure)
    said = " ".join(words(figure))
    for name in named(trials)[:2]:
        assert name.replace("$", r"\$") in said
    # One text below each arm that reported; the comparators of differences did not.
    below = [text for text in words(figure) if ", month " in text and "(n " not in text]
    own = {(r["trial"], r["arm"]) for r in posterior.meta["reports"] if r["arm"] != "saline"}
    assert len(below) == len(own)


def test_other_figures_of_simulated_trials_can_be_read(simulated):
    _, posterior = simulated
    for draw in (tp.plot_decay, tp.plot_benefit_probability, tp.plot_network, tp.plot_league):
        assert_readable(draw(posterior))


def test_a_file_of_an_earlier_version_shows_no_spread(simulated):
    _, posterior = simulated
    figure = plot_forest(without_numbers(posterior), months=12)
    assert not lines(figure, "raw") and not lines(figure, "spread")
    assert_readable(figure)


def test_a_fit_records_what_was_printed(tmp_path):
    posterior = simulated_pain(tmp_path, 4)
    median = next(r for r in posterior.meta["reports"] if r["kind"] == "median")
    assert median["q1"] < median["y"] < median["q3"]
    mean = next(r for r in posterior.meta["reports"] if r["kind"] == "mean")
    assert mean["sd"] == 21 and mean["versus_class"] is None
    test = next(
        r
        for r in simulated_pain(tmp_path / "8", 8).meta["reports"]
        if r["kind"] in ("difference", "p_value")
    )
    assert test["versus_class"] == "placebo"
