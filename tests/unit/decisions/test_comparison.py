import json
from statistics import NormalDist

import numpy as np
import pytest

from trialpool.decisions import compare, league
from trialpool.decisions.responders import nnt_of, threshold_of
from trialpool.errors import QuestionError
from trialpool.questions import ask
from trialpool.questions.effects import Summary

NORMAL = NormalDist()


def benefit(draws, name, month):
    place = list(draws.coord("class")).index(name)
    return draws.array("benefit")[:, place, list(draws.coord("months")).index(month)]


# ------------------------------------------------------------------------------------ league table


def test_a_league_table_has_every_pair_both_ways(pain):
    table = league(pain, months=24)
    assert table.names[0] == "PRP" and set(table.names) == {"PRP", "MSC", "MPC", "placebo"}
    assert len(table.pairs) == 4 * 3
    diff = benefit(pain, "PRP", 24) - benefit(pain, "MSC", 24)
    cell, turned = table.pair("PRP", "MSC"), table.pair("MSC", "PRP")
    assert cell.difference.median == pytest.approx(np.median(diff))
    assert cell.difference.lower == pytest.approx(np.quantile(diff, 0.025))
    assert cell.p_better == np.mean(diff > 0) and cell.mcse > 0
    assert turned.difference.lower == pytest.approx(-cell.difference.upper)
    for one in table.pairs:
        assert one.p_better + table.pair(one.versus, one.name).p_better == pytest.approx(1)
    assert cell.extrapolated and not table.pair("MSC", "placebo").extrapolated
    assert cell.direct_trials == 0 and table.pair("MSC", "placebo").direct_trials == 1


def test_it_answers_as_questions_do(pain):
    answer = ask(pain, "probability PRP beats MSC at 24 months")[0]
    cell = league(pain, months=24).pair("PRP", "MSC")
    assert (cell.p_better, cell.mcse) == (answer.probability, answer.mcse)
    assert cell.difference == answer.difference


def test_events_are_ratios_of_which_less_is_better(sae):
    cell = league(sae).pair("PRP", "MPC")
    diff = sae.array("log_odds_ratio")[:, 0] - sae.array("log_odds_ratio")[:, 2]
    assert cell.ratio.median == pytest.approx(np.median(np.exp(diff)))
    assert cell.ratio.unit == "odds ratio" and cell.shown is cell.ratio
    assert cell.p_better == np.mean(diff < 0)


def test_a_league_table_prints_and_is_json(pain, network):
    table = league(pain, months=24)
    assert json.loads(table.to_json()) == table.to_dict()
    assert "EXTRAPOLATED" in str(table) and "95 % credible interval" in str(table)
    assert league(network, better="lower").pair("x", "p").direct_trials == 1


# ------------------------------------------------------------------------------------------ margins


def test_the_curve_falls_with_the_margin_and_has_the_mcid(pain):
    found = compare(pain, "PRP", "MSC", months=12, margins=[-5, 0, 5, 20])
    assert [m.margin for m in found.margins] == [-5, 0, 5, 10, 20]
    assert [m.is_mcid for m in found.margins] == [False, False, False, True, False]
    diff = benefit(pain, "PRP", 12) - benefit(pain, "MSC", 12)
    for step in found.margins:
        assert step.probability == np.mean(diff > step.margin) and step.mcse > 0
    chances = [m.probability for m in found.margins]
    assert chances == sorted(chances, reverse=True)
    assert found.margin_unit == "points of 100"


def test_margins_of_ratios_are_per_cent(sae, network):
    found = compare(sae, "PRP", "MPC", margins=[0, 25, -50])
    diff = sae.array("log_odds_ratio")[:, 0] - sae.array("log_odds_ratio")[:, 2]
    assert found.margin_unit == "% lower odds ratio"
    ratios = {0: 1.0, 25: 0.75, -50: 1.5}
    for step in found.margins:
        assert step.probability == np.mean(np.exp(diff) < ratios[step.margin])
    with pytest.raises(QuestionError, match="got 100"):
        compare(sae, "PRP", margins=[100])
    higher = compare(network, "x", better="higher", margins=[50])
    effect = network.array("treatment_effect")[:, 0]
    assert higher.margins[0].probability == np.mean(np.exp(effect) > 1.5)
    assert higher.margin_unit == "% higher odds ratio"


def test_a_margin_that_is_no_number_is_refused(pain):
    with pytest.raises(QuestionError, match="margins: got nan"):
        compare(pain, "PRP", margins=[float("nan")])


# --------------------------------------------------------------------------------------- responders


def shares_by_hand(draws, name, month, visits, keep, points):
    """Share of bivariate normal patients below the line, in each draw."""
    change = draws.array("control_change")[:, visits].mean(axis=1)
    gain = 0.0 if name == "placebo" else benefit(draws, name, month)
    start, spread, rho = (
        draws.array("baseline").mean(axis=1),
        draws.array("spread"),
        draws.array("rho"),
    )
    mean = (1 - keep) * start + change - gain + points
    sd = spread * np.sqrt(1 + keep**2 - 2 * rho * keep)
    return np.array([NORMAL.cdf(-z) for z in mean / sd])


@pytest.mark.parametrize(
    ("text", "keep", "points"),
    [(">=20", 1.0, 20.0), (">= 30 %", 0.7, 0.0), (">=50%", 0.5, 0.0), ("<=30", 0.0, -30.0)],
)
def test_responders_are_those_of_bivariate_normal_patients(pain, text, keep, points):
    found = compare(pain, "PRP", "placebo", months=12, threshold=text).responders
    one = shares_by_hand(pain, "PRP", 12, [0, 1], keep, points)
    other = shares_by_hand(pain, "placebo", 12, [0, 1], keep, points)
    assert found.share.median == pytest.approx(np.median(one), abs=1e-9)
    assert found.versus_share.mean == pytest.approx(np.mean(other), abs=1e-9)
    assert found.difference.lower == pytest.approx(np.quantile(one - other, 0.025), abs=1e-9)
    assert found.nnt.median == pytest.approx(1 / np.median(one - other), abs=1e-6)


def test_responders_are_the_share_of_simulated_patients(pain):
    found = compare(pain, "PRP", months=12, threshold=">=50%", control_change=-20, baseline=60)
    spread, rho = (float(np.median(pain.array(name))) for name in ("spread", "rho"))
    gain = float(np.median(benefit(pain, "PRP", 12)))
    rng, n = np.random.default_rng(0), 200_000
    before = rng.normal(60, spread, size=n)
    after = 40 - gain + rho * (before - 60) + rng.normal(0, spread * np.sqrt(1 - rho**2), size=n)
    assert found.responders.share.median == pytest.approx(np.mean(after <= 0.5 * before), abs=0.01)


def test_assumptions_are_told_and_can_be_given(pain):
    told = compare(pain, "PRP", months=12).responders.assumptions
    assert "placebo arms of A, B" in told[0]
    assert any("normal" in line for line in told)
    given = compare(pain, "PRP", months=12, threshold=">=30%", control_change=-12, baseline=55)
    assert "change by -12 points (given)" in given.responders.assumptions[0]
    assert "start at 55 points (given)" in given.responders.assumptions[1]
    for wrong in ({"control_change": -120}, {"baseline": 0, "threshold": ">=30%"}):
        with pytest.raises(QuestionError, match="got"):
            compare(pain, "PRP", months=12, **wrong)


def test_what_the_posterior_lacks_is_said(pain, pain_with):
    late = compare(pain, "PRP", months=36)
    assert late.responders is None
    assert any("some do at 12, 24 months" in note for note in late.context.notes)
    assert compare(pain, "PRP", months=36, control_change=-20).responders is not None
    sds = compare(pain_with(unit="SDs of the patients", mcid=0.5), "PRP", months=12).responders
    assert sds.share.mean > 0.99  # 12 SDs are a great deal
    assert compare(pain, "PRP", window=(0, 12)).responders is None


@pytest.mark.parametrize("text", ["", "30%", ">=0", ">=120%", "<=100", ">=30% and >=20"])
def test_a_threshold_that_is_none_is_refused(text):
    with pytest.raises(QuestionError, match="threshold: got"):
        threshold_of(text)


@pytest.mark.parametrize(
    ("median", "lower", "upper", "text"),
    [
        (0.2, 0.1, 0.4, "NNTB 5 (95 % credible interval 3 to 10)"),
        (-0.2, -0.5, -0.1, "NNTH 5 (95 % credible interval 2 to 10)"),
        (0.1, -0.05, 0.25, "NNTB 10 (95 % credible interval NNTB 4 to infinity to NNTH 20)"),
        (-0.1, -0.25, 0.05, "NNTH 10 (95 % credible interval NNTB 20 to infinity to NNTH 4)"),
        (0.0, 0.0, 0.0, "infinity (95 % credible interval infinity)"),
        (1e-5, -0.3, 0.3, "NNTB over 1000 (95 % credible interval NNTB 4 to infinity to NNTH 4)"),
        (0.1, 0.0, 0.25, "NNTB 10 (95 % credible interval NNTB 4 to infinity)"),
    ],
)
def test_a_number_needed_to_treat_goes_through_infinity(median, lower, upper, text):
    found = nnt_of(Summary(median, median, lower, upper, 0.95, ""))
    assert found.text == text
    assert found.median == (1 / median if median else None)


# -------------------------------------------------------------------------------- months of benefit


def test_months_of_benefit_are_areas_of_the_draws(pain):
    found = compare(pain, "PRP", "MSC", months=12, horizon=36).area
    months = np.array([0, 6, 12, 24, 36])
    diff = np.stack([benefit(pain, "PRP", m) - benefit(pain, "MSC", m) for m in months], axis=-1)
    area = np.sum((diff[:, 1:] + diff[:, :-1]) / 2 * np.diff(months), axis=1)
    assert found.area.median == pytest.approx(np.median(area))
    late = np.sum(((diff[:, 1:] + diff[:, :-1]) / 2 * np.diff(months))[:, 2:], axis=1)
    assert found.area_beyond.median == pytest.approx(np.median(late))  # PRP is seen to 12
    fine = np.linspace(0, 36, 3601)
    over = np.array([np.interp(fine, months, row) > 10 for row in diff])
    assert found.months_over_mcid.mean == pytest.approx(36 * over.mean(), abs=0.02)
    share = over[:, fine > 12].sum() / over.sum()
    assert found.share_beyond == pytest.approx(share, abs=0.01)
    # Expected months are the area under the probability.
    chance = 36 * np.mean(over.mean(axis=0))
    assert found.months_over_mcid.mean == pytest.approx(chance, abs=0.02)
    assert compare(pain, "PRP", horizon=12).area.area_beyond is None


def test_a_horizon_past_the_posterior_is_refused(pain):
    for horizon in (0, 61, float("nan")):
        with pytest.raises(QuestionError, match="horizon: got"):
            compare(pain, "PRP", horizon=horizon)


def test_a_comparison_prints_and_is_json(pain, sae, network):
    found = compare(pain, "prp", "Saline", months=24)
    assert (found.pair.name, found.pair.versus) == ("PRP", "placebo")
    assert json.loads(found.to_json()) == found.to_dict()
    assert "NNT" in str(found) and "area over 60 months" in str(found)
    for other in (compare(sae, "PRP"), compare(network, "x", "y", better="lower")):
        assert other.area is None and other.responders is None
        assert json.loads(other.to_json()) == other.to_dict() and str(other)
