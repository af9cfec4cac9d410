import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trialpool.decisions import compare, league, rank
from trialpool.draws import Draws
from trialpool.errors import QuestionError


def benefits(draws, month, classes=3):
    return draws.array("benefit")[:, :classes, list(draws.coord("months")).index(month)]


def tied(*columns, **meta):
    """Three classes with the same few benefits at all months, one column a draw."""
    values = np.array(columns, dtype=float)[None, ..., None]
    base = {"outcome": "pain", "unit": "points of 100", "layout": "longitudinal"}
    return Draws.from_arrays(
        {"benefit": np.repeat(values, 2, axis=-1)},
        coords={"class": ["A", "B", "C"], "months": [0, 12]},
        meta={**base, **meta},
    )


def laws(table):
    matrix = np.array([r.probabilities for r in table.ranks])
    count = len(table.ranks)
    assert matrix.shape == (count, count)
    assert np.allclose(matrix.sum(axis=0), 1) and np.allclose(matrix.sum(axis=1), 1)
    for found, row in zip(table.ranks, matrix, strict=True):
        assert found.expected == pytest.approx(row @ np.arange(1, count + 1))
        assert found.sucra.mean == pytest.approx((count - found.expected) / (count - 1))
        # SUCRA is the area under the cumulative ranking curve, as its name says.
        assert found.sucra.mean == pytest.approx(np.cumsum(row)[:-1].mean())
        assert found.p_best == pytest.approx(row[0])
        assert found.sucra_mcse > 0 and min(found.probabilities_mcse) > 0
        assert found.p_best_mcse == found.probabilities_mcse[0]
    assert np.mean([r.sucra.mean for r in table.ranks]) == pytest.approx(0.5)
    assert min(r.loss.expected for r in table.ranks) == table.value_of_information.expected >= 0


def test_ranks_are_those_of_the_draws(pain):
    table = rank(pain, months=24)
    laws(table)
    values = benefits(pain, 24)
    place = 1 + (values[:, None, :] > values[:, :, None]).sum(axis=-1)
    for found in table.ranks:
        i = ["PRP", "MSC", "MPC"].index(found.name)
        assert found.p_best == np.mean(place[:, i] == 1)
        assert found.probabilities == tuple(np.mean(place[:, i] == r) for r in (1, 2, 3))
        assert found.expected == pytest.approx(place[:, i].mean())
        sorted_places = np.sort(place[:, i])
        assert found.lower == sorted_places[int(0.025 * len(place)) - 1]
        assert found.median in (1, 2, 3)
    assert table.ranks[0].name == "PRP"
    assert {r.name: r.evidence["extrapolated"] for r in table.ranks} == {
        "PRP": True, "MSC": False, "MPC": False,
    }  # fmt: skip


def test_losses_are_those_of_the_draws(pain):
    table = rank(pain, months=24, mcid=4)
    values = benefits(pain, 24)
    lost = values.max(axis=1, keepdims=True) - values
    for found in table.ranks:
        i = ["PRP", "MSC", "MPC"].index(found.name)
        assert found.loss.expected == pytest.approx(lost[:, i].mean())
        assert found.loss.p_over_mcid == np.mean(lost[:, i] > 4)
        assert found.loss.loss.upper == pytest.approx(np.quantile(lost[:, i], 0.975))
    best = table.value_of_information
    assert best.expected == pytest.approx(values.max(axis=1).mean() - values.mean(axis=0).max())
    assert best.name == "PRP"


def test_without_a_month_it_is_the_last_at_which_all_are_seen(pain):
    table = rank(pain)
    assert table.context.months == 12
    assert "12 months is the last at which all are still seen" in table.context.notes[0]
    assert not any(r.evidence["extrapolated"] for r in table.ranks)


def test_a_window_is_an_average_over_time(pain):
    table = rank(pain, window=(6, 24))
    laws(table)
    at = [benefits(pain, m) for m in (6, 12, 24)]
    mean = ((at[0] + at[1]) / 2 * 6 + (at[1] + at[2]) / 2 * 12) / 18
    best = mean.argmax(axis=1)
    for found in table.ranks:
        assert found.p_best == np.mean(best == ["PRP", "MSC", "MPC"].index(found.name))
    assert table.context.when() == "on average over months 6 to 24"


def test_the_reference_competes_on_request(pain):
    table = rank(pain, months=12, with_reference=True)
    laws(table)
    placebo = next(r for r in table.ranks if r.name == "placebo")
    assert placebo.probabilities[-1] == np.mean((benefits(pain, 12) > 0).all(axis=1))
    assert not placebo.evidence["extrapolated"]
    alone = rank(pain, months=12, classes=["platelet-rich plasma"], with_reference=True)
    assert [r.name for r in alone.ranks] == ["PRP", "placebo"]


def test_fewer_events_are_better(sae):
    table = rank(sae)
    laws(table)
    values = sae.array("log_odds_ratio")[:, :3]
    first = table.ranks[0]
    assert first.name == "PRP" and first.p_best == np.mean(values.argmin(axis=1) == 0)
    assert table.context.better == "lower" and table.context.months is None
    with pytest.raises(QuestionError, match="no time course"):
        rank(sae, months=12)


def test_a_joint_posterior_by_outcome(joint, pain, sae):
    assert rank(joint, months=12).to_dict()["ranks"] == rank(pain, months=12).to_dict()["ranks"]
    assert rank(joint, outcome="sae").to_dict()["ranks"] == rank(sae).to_dict()["ranks"]
    with pytest.raises(QuestionError, match="outcome"):
        rank(joint, outcome="function")


def test_competitors_that_tie_share_their_places():
    # A and B tie in front, all tie, B alone in front, C alone in front.
    draws = tied([5, 5, 1], [2, 2, 2], [1, 3, 1], [0, 0, 4])
    table = rank(draws, months=12)
    laws(table)
    found = {r.name: r for r in table.ranks}
    assert found["A"].probabilities == pytest.approx(np.mean(
        [[0.5, 0.5, 0], [1 / 3, 1 / 3, 1 / 3], [0, 0.5, 0.5], [0, 0.5, 0.5]], axis=0
    ))  # fmt: skip
    assert found["A"].expected == pytest.approx(np.mean([1.5, 2, 2.5, 2.5]))
    always = rank(tied([1, 1, 1], [2, 2, 2]), months=12)
    laws(always)
    assert all(r.sucra.mean == 0.5 and r.loss.expected == 0 for r in always.ranks)


@given(
    st.integers(2, 6).flatmap(
        lambda k: st.lists(
            st.lists(st.integers(-2, 2), min_size=k, max_size=k), min_size=1, max_size=12
        )
    )
)
def test_laws_hold_for_any_draws_with_ties(rows):
    names = [f"c{i}" for i in range(len(rows[0]))]
    draws = Draws.from_arrays(
        {"log_odds_ratio": np.array(rows, dtype=float)[None]},
        coords={"class": names},
        meta={"layout": "events", "outcome": "sae"},
    )
    laws(rank(draws))
    table = league(draws, with_reference=False)
    for one in table.pairs:
        assert one.p_better + table.pair(one.versus, one.name).p_better == pytest.approx(1)
    # SUCRA is the mean over the others of P(better), as the P-score is.
    for found in rank(draws).ranks:
        scores = [one.p_better for one in table.pairs if one.name == found.name]
        assert found.sucra.mean == pytest.approx(np.mean(scores))


def test_draws_that_are_not_numbers_are_refused():
    from trialpool.errors import PosteriorFileError

    with pytest.raises(PosteriorFileError, match="not finite"):
        rank(tied([1, 2, np.nan], [1, 2, 3]), months=12)


def test_a_class_that_no_trials_connect_is_left_out():
    evidence = {
        "classes": {c: {"trials": 1, "last_months": 12} for c in ("A", "B", "C", "placebo")},
        "direct": {"A|B": 0, "A|C": 0, "A|placebo": 1, "B|C": 0, "B|placebo": 1, "C|placebo": 0},
    }
    draws = tied([1, 2, 3], [3, 2, 1], evidence=evidence)
    table = rank(draws, with_reference=True)
    laws(table)
    assert {r.name for r in table.ranks} == {"A", "B", "placebo"}
    assert any("left out" in note and note.endswith("C") for note in table.context.notes)
    with pytest.raises(QuestionError, match="no path of trials"):
        rank(draws, classes=["A", "C"])


def test_a_network_of_treatments(network, network_with):
    with pytest.raises(QuestionError, match="expected 'higher' or 'lower'"):
        rank(network)
    table = rank(network, better="lower", with_reference=True)
    laws(table)
    values = np.column_stack([network.array("treatment_effect"), np.zeros(800)])
    first = table.ranks[0]
    assert first.name == "x" and first.p_best == np.mean(values.argmin(axis=1) == 0)
    assert table.context.unit == "log odds ratio" and table.context.failed
    turned = rank(network, better="higher", with_reference=True)
    assert turned.ranks[-1].probabilities == pytest.approx(first.probabilities[::-1])

    timed = network_with(over_time=True)
    at_nine = rank(timed, better="lower", months=9)
    relative = timed.array("relative_effect")[..., 1:3].mean(axis=-1)
    assert at_nine.ranks[0].p_best == np.mean(relative.argmin(axis=1) == 0)
    assert any("interpolated between 6 and 12" in note for note in at_nine.context.notes)
    assert {r.name: r.evidence["extrapolated"] for r in at_nine.ranks} == {"x": False, "y": True}
    assert rank(timed, better="lower").context.months == 6
    with pytest.raises(QuestionError, match="Name one"):
        rank(network_with(over_time=True, rows=False), better="lower")


def test_one_pooled_effect_has_nothing_to_rank():
    draws = Draws.from_arrays({"effect": np.ones((2, 5))}, coords={}, meta={"layout": "effects"})
    with pytest.raises(QuestionError, match="one pooled effect"):
        rank(draws)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"months": 0}, "got 0"),
        ({"months": 61}, "got 61"),
        ({"months": float("nan")}, "got nan"),
        ({"window": (24, 12)}, "got 24 to 12"),
        ({"window": (0, 61)}, "got 0 to 61"),
        ({"window": (0, 12), "months": 6}, "a month and a window"),
        ({"classes": ["PRP", "XYZ"]}, "'XYZ' is not a class"),
        ({"classes": ["PRP", "platelet-rich plasma"]}, "got twice"),
        ({"classes": ["PRP"]}, "at least two"),
        ({"level": 95}, "got 95"),
        ({"mcid": 0}, "mcid: got 0"),
        ({"better": "lower"}, "higher is better"),
    ],
)
def test_what_cannot_be_ranked_is_refused(pain, arguments, words):
    with pytest.raises(QuestionError, match=words):
        rank(pain, **arguments)


def test_what_was_known_before_any_trial_stands_beside(pain, pain_with):
    assert all(r.prior_p_best is None for r in rank(pain, months=12).ranks)
    prior = pain_with(start=(0, 0, 0, 0))
    names = ("benefit", "half_life")
    coords = {dim: pain.coord(dim) for dim in ("class", "months")}
    draws = Draws.from_arrays(
        {name: pain.chains(name) for name in names}, coords=coords, meta=pain.meta, prior=prior
    )
    best = benefits(prior, 12).argmax(axis=1)
    for found in rank(draws, months=12).ranks:
        assert found.prior_p_best == np.mean(best == ["PRP", "MSC", "MPC"].index(found.name))
    told = compare(draws, "PRP", "MSC", months=12)
    diff = benefits(prior, 12)[:, 0] - benefits(prior, 12)[:, 1]
    assert told.pair.prior_p_better == np.mean(diff > 0)
    assert [m.prior for m in told.margins] == [np.mean(diff > m.margin) for m in told.margins]


def test_it_prints_and_is_json(pain):
    table = rank(pain, months=24)
    assert json.loads(table.to_json()) == table.to_dict()
    assert {"outcome", "months", "window", "level", "mcid", "ranks", "notes"} <= set(
        table.to_dict()
    )
    text = str(table)
    assert "SUCRA" in text and "95 % credible interval" in text and "EXTRAPOLATED" in text
