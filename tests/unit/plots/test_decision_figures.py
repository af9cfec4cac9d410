"""Figures of decisions draw what `trialpool.decisions` and `decay` compute, and NumPy agrees."""

import numpy as np
import pytest

from tests.unit.plots import fixed
from tests.unit.plots.test_figures import assert_readable, lines, words
from trialpool.decisions import rank
from trialpool.errors import PosteriorFileError, QuestionError
from trialpool.plots import (
    plot_benefit_probability,
    plot_comparison,
    plot_decay,
    plot_forest,
    plot_league,
    plot_network,
    plot_ranks,
)

PAIN = fixed.pain()


def benefit(name, month):
    values = PAIN.draws.array("benefit")
    return values[:, fixed.CLASSES.index(name), list(fixed.MONTHS).index(month)]


# ---------------------------------------------------------------------------------- probability


def test_probability_over_time():
    figure = plot_benefit_probability(PAIN)
    assert_readable(figure)
    for axes, margin in zip(figure.axes, (0, 15), strict=True):
        for name in fixed.ACTIVE:
            own = [line for line in axes.lines if line.get_label() == f"_{name}"]
            assert len(own) == 2
            for line in own:
                expected = [(benefit(name, m) > margin).mean() for m in line.get_xdata()]
                np.testing.assert_allclose(line.get_ydata(), expected)


def test_probability_is_solid_to_the_last_visit():
    figure = plot_benefit_probability(PAIN, classes=["MSC"])
    (seen,) = [line for line in figure.axes[0].lines if line.get_gid() == "seen"]
    (past,) = [line for line in figure.axes[0].lines if line.get_gid() == "extrapolated"]
    assert seen.get_xdata()[-1] == past.get_xdata()[0] == fixed.LAST["MSC"]
    assert (seen.get_linestyle(), past.get_linestyle()) == ("-", "--")


def test_probability_of_what_matters_to_others():
    figure = plot_benefit_probability(PAIN, classes=["PRP"], mcid=5)
    assert "over the MCID, 5 points of 100" in words(figure)
    line = figure.axes[1].lines[0]
    np.testing.assert_allclose(
        line.get_ydata(), [(benefit("PRP", m) > 5).mean() for m in line.get_xdata()]
    )


def test_without_an_mcid_there_is_one_panel():
    assert len(plot_benefit_probability(fixed.pain(mcid=None)).axes) == 1


@pytest.mark.parametrize("classes", [["steroid"], ["XYZ"], []])
def test_probability_is_of_active_classes(classes):
    with pytest.raises(QuestionError, match="expected some of PRP, MSC, MPC"):
        plot_benefit_probability(PAIN, classes=classes)


def test_events_have_no_probability_over_time():
    with pytest.raises(PosteriorFileError, match="no variable 'benefit'"):
        plot_benefit_probability(fixed.safety())


# ----------------------------------------------------------------------------------- comparison


def test_comparison_over_margins():
    figure = plot_comparison(PAIN, "PRP", "MSC", months=24)
    assert_readable(figure)
    (line,) = lines(figure, "extrapolated")  # PRP was last seen at 12 months
    ahead = benefit("PRP", 24) - benefit("MSC", 24)
    np.testing.assert_allclose(line.get_ydata(), [(ahead > m).mean() for m in line.get_xdata()])
    assert {0.0, 15.0} <= set(line.get_xdata())
    assert "MCID 15" in words(figure)


def test_comparison_over_months():
    figure = plot_comparison(PAIN, "PRP", margin=5)
    assert_readable(figure)
    seen, past = lines(figure, "seen"), lines(figure, "extrapolated")
    assert seen[0].get_xdata()[-1] == past[0].get_xdata()[0] == 12
    for line in (*seen, *past):
        expected = [(benefit("PRP", m) > 5).mean() for m in line.get_xdata()]
        np.testing.assert_allclose(line.get_ydata(), expected)


def test_comparison_of_ratios_is_in_per_cent():
    figure = plot_comparison(fixed.safety(), "MSC", "PRP")
    assert_readable(figure)
    assert "margin, % lower odds ratio" in words(figure)
    (line,) = lines(figure, "seen")
    log_ratio = fixed.safety().draws.array("log_odds_ratio")
    ratio = np.exp(log_ratio[:, 1] - log_ratio[:, 0])
    expected = [(ratio < 1 - m / 100).mean() for m in line.get_xdata()]
    np.testing.assert_allclose(line.get_ydata(), expected)
    assert line.get_xdata()[-1] <= 99


def test_a_comparison_is_over_one_thing():
    with pytest.raises(QuestionError, match="months: got a month or margins beside one margin"):
        plot_comparison(PAIN, "PRP", months=12, margin=5)
    with pytest.raises(QuestionError, match="no time course"):
        plot_comparison(fixed.safety(), "PRP", margin=5)
    with pytest.raises(QuestionError, match="'XYZ' is not a class"):
        plot_comparison(PAIN, "XYZ")


# ---------------------------------------------------------------------------------------- ranks


def image(figure):
    return np.asarray(figure.axes[0].images[0].get_array())


@pytest.mark.parametrize("cumulative", [False, True])
def test_ranks(cumulative):
    figure = plot_ranks(PAIN, months=24, with_reference=True, cumulative=cumulative)
    assert_readable(figure)
    names = [tick.get_text().removesuffix(" *") for tick in figure.axes[0].get_yticklabels()]
    gain = np.stack(
        [np.zeros(fixed.DRAWS) if n == "placebo" else benefit(n, 24) for n in names], axis=1
    )
    place = (gain[:, None, :] > gain[:, :, None]).sum(axis=2)
    expected = np.stack([(place == k).mean(axis=0) for k in range(len(names))], axis=1)
    if cumulative:
        expected = expected.cumsum(axis=1)
    np.testing.assert_allclose(image(figure), expected, atol=1e-12)
    # SUCRA stands beside, the largest first.
    sucra = (len(names) - 1 - place.mean(axis=0)) / (len(names) - 1)
    assert list(sucra) == sorted(sucra, reverse=True)
    assert all(any(t.startswith(f"{s:.2f} (") for t in words(figure)) for s in sucra)
    assert "* past its last follow-up: extrapolated" in words(figure)


def test_a_rank_that_may_be_is_not_called_impossible():
    shown = words(plot_ranks(PAIN, months=24))
    shares = [p for r in rank(PAIN.draws, months=24).ranks for p in r.probabilities]
    assert ("<1" in shown) == any(0 < p < 0.005 for p in shares)


# --------------------------------------------------------------------------------------- league


def test_league():
    figure = plot_league(PAIN, months=24)
    assert_readable(figure)
    names = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    columns = [tick.get_text() for tick in figure.axes[0].get_xticklabels()]
    assert names == columns == ["PRP", "MPC", "MSC", "placebo"]
    for i, one in enumerate(names):
        for j, other in enumerate(names):
            if i == j:
                assert image(figure)[i, j] == 0.5
                continue
            zero = np.zeros(fixed.DRAWS)
            a, b = (zero if n == "placebo" else benefit(n, 24) for n in (one, other))
            assert image(figure)[i, j] == pytest.approx((a > b).mean())
            lower, median, upper = np.quantile(a - b, [0.025, 0.5, 0.975])
            star = " *" if "PRP" in (one, other) else ""
            told = f"{median:.1f}{star}\n({lower:.1f} to {upper:.1f})"
            assert told in words(figure)


def test_league_of_ratios():
    figure = plot_league(fixed.safety())
    assert_readable(figure)
    assert any("median odds ratio (95 % credible interval)" in text for text in words(figure))


def many(count):
    """As many classes as a network may have, with names that are too long."""
    names = [f"A class of cells with quite a long name, number {i}" for i in range(count)]
    benefit = np.stack([fixed.courses(10.0 * i / count, 4.0, i) for i in range(count)], axis=2)
    recorded = fixed.meta(
        active=names,
        reports=[],
        evidence={
            "classes": {
                n: {"trials": 1, "patients": 30, "last_months": 12.0} for n in [*names, "placebo"]
            },
            "direct": {"|".join(sorted((n, "placebo"))): 1 for n in names},
        },
    )
    coords = {"class": names, "months": fixed.MONTHS}
    return fixed.posterior_of({"benefit": (("class", "months"), benefit)}, coords, recorded)


@pytest.mark.parametrize("count", [3, 10, 30])
def test_many_competitors_can_be_read(count):
    posterior = many(count)
    for figure in (
        plot_league(posterior, months=12),
        plot_ranks(posterior, months=12, with_reference=True),
        plot_benefit_probability(posterior),
        plot_decay(posterior),
        plot_network(posterior),
        plot_forest(posterior, months=12),
        plot_comparison(posterior, *posterior.draws.coord("class")[:2], months=12),
    ):
        assert_readable(figure)
