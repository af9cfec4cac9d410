"""What is left past two years, months over the MCID, and each shape of an average."""

import json

import numpy as np
import pytest

from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions import decay
from trialpool.questions.area import after, area_of, integral, integral_over, time_over
from trialpool.questions.data_share import beside_prior
from trialpool.questions.monte_carlo import probability

MONTHS = [0.0, 6.0, 12.0, 24.0, 36.0, 48.0, 60.0]
FINE = np.linspace(0, 60, 6001)


def row_of(table, cls="MPC"):
    return next(c for c in table.classes if c.cls == cls)


def course(draws, cls, at):
    """Benefit of a class at months between those of the grid, (sample, month)."""
    own = draws.array("benefit")[:, draws.coord("class").index(cls)]
    return np.array([np.interp(at, draws.coord("months"), values) for values in own])


def test_shares_left_at_three_four_and_five_years(pain):
    found = row_of(decay(pain))
    assert [kept.months for kept in found.retained] == [36, 48, 60]
    for kept in found.retained:
        before, now = course(pain, "MPC", [24, kept.months]).T
        share = now[before > 0] / before[before > 0]
        assert kept.median == pytest.approx(np.median(share))
        assert kept.upper == pytest.approx(np.quantile(share, 0.975))
        assert kept.n_draws_share == np.mean(before > 0)
        assert kept.extrapolated == (kept.months > 36)
    assert found.retained[0] == found.retained_24_to_36


def test_probabilities_carry_their_monte_carlo_error(pain):
    row = decay(pain, months=(24,)).rows[0]
    benefit = pain.chains("benefit")[:, :, 0, 6]
    assert (row.p_benefit, row.p_benefit_mcse) == probability(benefit > 0, of=benefit)
    assert (row.p_mcid, row.p_mcid_mcse) == probability(benefit > 5, of=benefit)


def test_months_past_the_horizon_have_no_share(pain_with):
    found = row_of(decay(pain_with(horizon=40.0), months=(24,)))
    assert [kept.median is None for kept in found.retained] == [False, True, True]
    assert "past the horizon" in found.retained[1].note


def test_months_at_which_the_mcid_is_lost(pain):
    months = np.arange(61.0)
    for cls in ("MPC", "MSC"):
        chance = (course(pain, cls, months) > 5).mean(axis=0)
        for lost in row_of(decay(pain), cls).losses:
            reached = np.flatnonzero(chance >= lost.probability)
            later = [m for m in months if reached.size and m > reached[0]]
            under = [m for m in later if chance[int(m)] < lost.probability]
            assert lost.months == (under[0] if under else None)
            if under:
                assert f"from {under[0]:g} months" in lost.note
                assert lost.extrapolated == (under[0] > {"MPC": 36, "MSC": 24}[cls])
    assert [lost.probability for lost in row_of(decay(pain)).losses] == [0.5, 0.9]


def test_the_area_is_that_of_the_course(pain):
    found = row_of(decay(pain, until=50)).area
    fine = FINE[FINE <= 50]
    values = course(pain, "MPC", fine)
    assert found.area.mean == pytest.approx(np.trapezoid(values, fine, axis=1).mean(), rel=1e-3)
    assert found.months_over_mcid.mean == pytest.approx(50 * (values > 5).mean(), abs=0.02)
    assert found.months_positive.mean == pytest.approx(50 * (values > 0).mean(), abs=0.02)
    late = (values[:, fine > 36] > 5).sum() / (values > 5).sum()
    assert found.share_beyond == pytest.approx(late, abs=2e-3)


def test_areas_of_courses_known_by_hand():
    months = np.array([0.0, 10.0, 20.0])
    values = np.array([[[0.0, 10.0, -10.0]]])  # up to 10 at month 10, through 0 at month 15
    assert integral(months, values) == 50
    assert integral_over(months, values, 0.0) == pytest.approx(50 + 25)
    assert integral_over(months, values, 5.0) == pytest.approx(12.5 + 6.25)
    assert time_over(months, values, 5.0) == pytest.approx(5 + 2.5)
    assert time_over(months, values, 0.0) == pytest.approx(15)
    assert time_over(months, np.full((1, 1, 3), 5.0), 5.0) == 0  # at the threshold is not over it
    later, rest = after(months, values, 15.0)
    assert later.tolist() == [15, 20] and rest[0, 0].tolist() == [0, -10]
    assert after(months, values, 20.0) is None
    flat = area_of(months, np.full((2, 5, 3), 7.0), unit="points", mcid=5.0, last=None)
    assert flat.months_over_mcid.mean == 20 and flat.share_beyond == 1
    assert flat.months_over_mcid_mcse > 0 and flat.area.median == 140
    harm = area_of(months, np.full((2, 5, 3), -7.0), unit="points", mcid=5.0, last=10.0)
    assert harm.share_beyond is None and harm.area_beyond.median == -70


@pytest.mark.parametrize("arguments", [{"until": 0}, {"until": 61}, {"until": float("nan")}])
def test_a_horizon_that_cannot_be_is_refused(pain, arguments):
    with pytest.raises(QuestionError, match="horizon: got"):
        decay(pain, **arguments)


# ------------------------------------------------------------------------------------------- repeat


def test_a_second_injection_restarts_is_the_best_of_both_or_adds(pain):
    found = row_of(decay(pain, months=(12, 30, 48), repeat_at=18, until=54)).repeats
    fine = FINE[(FINE >= 18) & (FINE <= 54)]
    first, fresh = course(pain, "MPC", fine), course(pain, "MPC", fine - 18)
    totals = {
        "restarts": fresh,
        "best of both": np.maximum(first, fresh),
        "adds": first + fresh,
    }
    assert {repeat.assumption for repeat in found} == set(totals)
    for repeat in found:
        total = totals[repeat.assumption]
        gain = total - first
        assert repeat.area_gain.mean == pytest.approx(
            np.trapezoid(gain, fine, axis=1).mean(), rel=1e-3
        )
        more = 36 * ((total > 5).mean() - (first > 5).mean())
        assert repeat.months_gain.mean == pytest.approx(more, abs=0.1)
        assert [row.months for row in repeat.at] == [30, 48]  # 12 comes before the second
        for row in repeat.at:
            i = np.searchsorted(fine, row.months - 1e-6)
            assert row.gain.median == pytest.approx(np.median(gain[:, i]), abs=1e-3)
            assert row.p_mcid == pytest.approx(np.mean(total[:, i] > 5), abs=0.005)
            assert row.p_mcid_without == pytest.approx(np.mean(first[:, i] > 5), abs=0.005)
            assert row.extrapolated == (row.months > 36)


def test_a_second_injection_is_said_to_be_hypothetical(pain):
    table = decay(pain, repeat_at=24)
    assert str(table).count("HYPOTHETICAL") == 3 * 4
    row = table.to_dict()[0]
    assert all(repeat["hypothetical"] and repeat["text"] for repeat in row["repeat"])
    assert json.loads(table.to_json()) == table.to_dict()
    assert decay(pain).to_dict()[0]["repeat"] == []


@pytest.mark.parametrize("repeat_at", [0, -3, 60, float("nan")])
def test_a_second_injection_outside_the_horizon_is_refused(pain, repeat_at):
    with pytest.raises(QuestionError, match="repeat at: got"):
        decay(pain, repeat_at=repeat_at)


def test_without_an_mcid_there_are_areas_and_gains_but_no_months_over_it(pain_with):
    found = row_of(decay(pain_with(mcid=None), repeat_at=24))
    assert found.area.months_over_mcid is None and found.area.share_beyond is not None
    assert found.repeats[0].months_gain is None and found.repeats[0].at[0].p_mcid is None
    assert [lost.months for lost in found.losses] == [None, None]
    assert str(decay(pain_with(mcid=None), repeat_at=24))


# ------------------------------------------------------------------------------ shapes, the prior


def averaged():
    """Half of the draws halve every 12 months, the others every 48."""
    rng = np.random.default_rng(4)
    shape = rng.integers(0, 2, size=(2, 300))
    half_life = np.where(shape == 0, 12.0, 48.0)
    height = rng.normal(20, 2, size=shape.shape)
    benefit = height[..., None] * 0.5 ** (np.array(MONTHS) / half_life[..., None])
    weights = [
        {"time_course": "fast", "weight": 0.45},
        {"time_course": "slow", "weight": 0.55},
        {"time_course": "absent", "weight": 0.0},
    ]
    return Draws.from_arrays(
        {"benefit": benefit[:, :, None], "shape": shape},
        coords={"class": ["MPC"], "months": MONTHS},
        meta={"outcome": "pain", "average": {"weights": weights, "by": "hand"}},
    )


def test_each_shape_of_an_average_speaks_for_itself():
    found = row_of(decay(averaged())).shapes
    assert [shape.name for shape in found] == ["slow", "fast"]
    slow, fast = ([kept.median for kept in shape.retained] for shape in found)
    assert slow == pytest.approx([0.5 ** (t / 48) for t in (12, 24, 36)])
    assert fast == pytest.approx([0.5 ** (t / 12) for t in (12, 24, 36)])
    assert found[1].half_life.months.median == pytest.approx(12)
    row = decay(averaged()).to_dict()[0]
    assert [shape["weight"] for shape in row["by_shape"]] == [0.55, 0.45]


def test_one_shape_is_not_listed_beside_itself(pain):
    assert row_of(decay(pain)).shapes == ()


def test_what_the_data_removed_of_the_variance():
    rng = np.random.default_rng(5)
    prior, posterior = rng.normal(0, 10, 200_000), rng.normal(3, 5, 200_000)
    found = beside_prior(posterior, prior, unit="points", level=0.95)
    assert found.data_share == pytest.approx(1 - 25 / 100, abs=0.01)
    assert found.prior.median == pytest.approx(np.median(prior))
    assert "removed 75 ± 1 % of" in found.told()
    again = [
        beside_prior(rng.normal(3, 5, 400), rng.normal(0, 10, 200), unit="", level=0.95)
        for _ in range(300)
    ]
    spread = np.std([one.data_share for one in again])
    assert np.mean([one.mcse for one in again]) == pytest.approx(spread, rel=0.2)
    on_log = beside_prior(np.exp(posterior), np.exp(prior), unit="months", level=0.95, log=True)
    assert on_log.data_share == pytest.approx(found.data_share)
    wider = beside_prior(prior, posterior, unit="points", level=0.95)
    assert wider.data_share < 0 and "nothing" in wider.told()
    fixed = beside_prior(posterior, np.ones(9), unit="points", level=0.95)
    assert fixed.data_share is None and "fixes" in fixed.told()
    cut = {"unit": "months", "level": 0.95, "log": True, "limit": 60.0}
    late = np.minimum(np.exp(rng.normal(4, 1, 1000)), 60.0)  # over a quarter are cut
    early = np.exp(rng.normal(2, 0.5, 1000))
    assert beside_prior(early, late, **cut).data_share is None
    assert "over 60" in beside_prior(late, early, **cut).told()
    assert beside_prior(early, early, **cut).data_share == 0
    assert beside_prior(posterior, np.array([np.nan]), unit="points", level=0.95) is None


def test_the_prior_stands_beside_each_number(pain):
    rng = np.random.default_rng(6)
    size = (2, 150, len(pain.coord("class")))
    start = rng.normal(0, 30, size=size)
    half_life = rng.lognormal(3.5, 1.0, size=size)
    benefit = start[..., None] * 0.5 ** (pain.coord("months") / half_life[..., None])
    coords = {"class": pain.coord("class"), "months": pain.coord("months")}
    prior = Draws.from_arrays(
        {"benefit": benefit, "half_life": half_life}, coords=coords, meta=pain.meta
    )
    arrays = {name: pain.chains(name) for name in ("benefit", "half_life")}
    draws = Draws.from_arrays(arrays, coords=coords, meta=pain.meta, prior=prior)
    table = decay(draws, mcid=8)
    found = row_of(table)
    before = prior.array("half_life")[:, 0]
    assert found.half_life_prior.prior.median == pytest.approx(np.median(before))

    def width(x):
        return np.subtract(*np.quantile(x, [0.75, 0.25]))

    own = np.log(pain.array("half_life")[:, 0])
    share = 1 - (width(own) / width(np.log(before))) ** 2
    assert found.half_life_prior.data_share == pytest.approx(share)
    row = next(r for r in table.rows if (r.cls, r.months) == ("MPC", 24))
    now = pain.array("benefit")[:, 0, 6]
    was = prior.array("benefit")[:, 0, 6]
    assert row.prior.data_share == pytest.approx(1 - (width(now) / width(was)) ** 2)
    two, three = prior.array("benefit")[:, 0, 6], prior.array("benefit")[:, 0, 7]
    left = three[two > 0] / two[two > 0]
    assert found.retained_prior[0].prior.median == pytest.approx(np.median(left))
    entry = table.to_dict()[0]
    assert entry["prior"]["data_share"] and entry["half_life_prior"]["median"]
    assert entry["retained"][0]["prior"]["level"] == 0.95
    assert json.loads(table.to_json()) == table.to_dict()
    assert "prior" in str(table) and not any("no draws of its prior" in n for n in table.notes)
    # What is unchanged by the data says so.
    same = Draws.from_arrays(
        {n: prior.chains(n) for n in prior.names}, coords=coords, meta=pain.meta, prior=prior
    )
    assert row_of(decay(same)).half_life_prior.data_share == 0
    assert decay(pain).to_dict()[0]["prior"] is None
