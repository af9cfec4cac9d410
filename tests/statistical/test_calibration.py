"""Ranks of true values among posterior draws, in short; validation/calibration is the long study.

The tests of the statistics themselves are against simulation and published examples.
"""

import numpy as np
import pytest
from scipy import stats

from validation.calibration import longitudinal, network, plain
from validation.calibration.case import drawn
from validation.calibration.study import THRESHOLD, replicate
from validation.calibration.uniformity import chi_square_p, ecdf_band, ecdf_p, holm, rank_of
from validation.calibration.wrong import KEPT, WRONG, ranks_of, sound

CASES = {case.name: case for case in (*plain.cases(), *network.cases(), *longitudinal.cases())}
VALUES = KEPT + 1


def least_p(ranks):
    """Smallest p-value of both tests over all quantities, after Holm's correction."""
    tests = [t(r, VALUES) for r in ranks.values() for t in (chi_square_p, ecdf_p)]
    return float(holm(tests).min())


@pytest.mark.parametrize(
    ("name", "replications"),
    [("normal-normal", 200), ("network, contrasts", 60), ("review, waning", 20)],
)
def test_ranks_are_uniform(name, replications):
    rows = [replicate(CASES[name], k)["ranks"] for k in range(replications)]
    ranks = {q: np.array([row[q] for row in rows]) for q in rows[0]}
    assert {"log_lik"} < set(ranks)
    assert least_p(ranks) > THRESHOLD


#: As many as show it, and no more.
REPLICATIONS = {
    "dropped Jacobian": 100,
    "SE taken for a variance": 300,
    "arms of one trial taken as independent": 150,
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_wrong_model_is_rejected(mistake):
    case, spoil = WRONG[mistake]
    assert least_p(ranks_of(case(), spoil, REPLICATIONS[mistake])) < 1e-3


@pytest.mark.parametrize("case", {case: None for case, _ in WRONG.values()})
def test_the_same_model_without_the_mistake_passes(case):
    assert least_p(ranks_of(case(), sound, 120)) > THRESHOLD


def test_a_rank_counts_draws_below_and_breaks_ties_by_chance():
    draws = np.array([1.0, 2.0, 2.0, 3.0])
    rng = np.random.default_rng(1)
    assert rank_of(0.5, draws, rng) == 0
    assert rank_of(9.0, draws, rng) == 4
    assert {rank_of(2.0, draws, rng) for _ in range(100)} == {1, 2, 3}


def test_chi_square_is_that_of_scipy():
    ranks = np.random.default_rng(2).integers(100, size=400)
    expected = stats.chisquare(np.histogram(ranks, 20, (0, 100))[0]).pvalue
    assert chi_square_p(ranks, 100) == pytest.approx(expected, rel=1e-12)


def test_holm_is_that_of_the_paper():
    # Worked by hand: 4 x 0.01, 3 x 0.02, 2 x 0.03, 0.04 and then the running maximum.
    np.testing.assert_allclose(holm([0.03, 0.01, 0.04, 0.02]), [0.06, 0.04, 0.06, 0.06])
    np.testing.assert_allclose(holm([0.6, 0.9]), [1.0, 1.0])


def test_the_band_holds_as_many_uniform_samples_as_it_says():
    rng = np.random.default_rng(3)
    size, inside, p = 300, 0, []
    low, high = ecdf_band(size, VALUES, 0.9)
    for _ in range(1000):
        counts = np.bincount(rng.integers(VALUES, size=size), minlength=VALUES)
        ecdf = np.cumsum(counts)[:-1] / size
        inside += bool(((ecdf >= low) & (ecdf <= high)).all())
        p.append(ecdf_p(np.repeat(np.arange(VALUES), counts), VALUES))
    assert inside / 1000 == pytest.approx(0.9, abs=4 * np.sqrt(0.9 * 0.1 / 1000) + 0.02)
    for level in (0.05, 0.2, 0.5):
        assert np.mean(np.array(p) <= level) == pytest.approx(
            level, abs=4 * np.sqrt(level * (1 - level) / 1000)
        )


@pytest.mark.parametrize("shape", ["too narrow", "too wide", "shifted"])
def test_both_tests_see_ranks_that_are_not_uniform(shape):
    rng = np.random.default_rng(4)
    share = {
        "too narrow": rng.beta(0.7, 0.7, 500),
        "too wide": rng.beta(1.5, 1.5, 500),
        "shifted": rng.beta(1.3, 1.0, 500),
    }[shape]
    ranks = np.minimum((share * VALUES).astype(int), KEPT)
    assert chi_square_p(ranks, VALUES) < 0.001
    assert ecdf_p(ranks, VALUES) < 0.001


def test_a_label_names_draws():
    import xarray as xr

    values = np.arange(24.0).reshape(2, 2, 2, 3)
    posterior = xr.Dataset(
        {"benefit": (("chain", "draw", "class", "months"), values),
         "log_lik": (("chain", "draw", "trial"), values[..., 0])},
        {"class": ["PRP", "MSC"], "months": [0.0, 12.0, 36.0]},
    )  # fmt: skip
    np.testing.assert_array_equal(drawn(posterior, "benefit[MSC, 12]"), [4, 10, 16, 22])
    np.testing.assert_array_equal(drawn(posterior, "log_lik"), [3, 15, 27, 39])
    np.testing.assert_array_equal(drawn(posterior, "benefit[mean]"), [2.5, 8.5, 14.5, 20.5])
