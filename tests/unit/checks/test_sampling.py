"""Checks of the sampler: each finds what it is for, and agrees with ArviZ."""

import arviz as az
import numpy as np
import pytest

from trialpool import checks


def test_sound_draws_pass_every_check(posterior_of, white):
    energy = np.random.default_rng(2).normal(size=white.shape)
    stats = {"diverging": np.zeros(white.shape, dtype=bool), "energy": energy}
    found = checks.sampling_checks(posterior_of({"effect": ((), white)}, stats))
    assert [c.name for c in found] == [
        "R-hat", "bulk ESS", "tail ESS", "divergences", "energy", "importance weights",
    ]  # fmt: skip
    assert [c.passed for c in found] == [True] * 5 + [None]


def test_chains_that_disagree_are_named_with_arviz_figures(posterior_of, white):
    apart = white + np.array([0.0, 0.0, 0.0, 1.0])[:, None]
    posterior = posterior_of({"effect": ((), white), "tau": ((), apart)})
    found = checks.rhat(posterior)
    assert found.passed is False
    assert "tau" in found.text and "1 fail" in found.text and "--draws" in found.text
    assert found.table[0]["quantity"] == "tau"
    assert found.table[0]["R-hat"] == pytest.approx(float(az.rhat(apart)), rel=1e-9)


def test_slow_chains_have_too_few_effective_draws(posterior_of, white):
    slow = np.zeros_like(white)
    for i in range(1, white.shape[1]):
        slow[:, i] = 0.98 * slow[:, i - 1] + white[:, i]
    posterior = posterior_of({"effect": ((), slow)})
    for check, method in ((checks.ess_bulk, "bulk"), (checks.ess_tail, "tail")):
        found = check(posterior)
        assert found.passed is False
        (row,) = found.table
        assert row[found.name] == pytest.approx(
            float(az.ess(slow, method=method, **({"prob": 0.05} if method == "tail" else {}))),
            rel=1e-9,
        )


def test_one_chain_cannot_be_checked(posterior_of, white):
    assert checks.rhat(posterior_of({"effect": ((), white[:1])})).passed is False


def test_divergences_fail_and_say_where(posterior_of, white):
    diverging = np.zeros(white.shape, dtype=bool)
    diverging[2, :3] = True
    found = checks.divergences(posterior_of({"effect": ((), white)}, {"diverging": diverging}))
    assert found.passed is False
    assert found.text.startswith("3 of 4000 transitions diverged")
    assert [row["divergent"] for row in found.table] == [0, 0, 3, 0]


def test_energy_is_arviz_bfmi_and_fails_where_it_hardly_moves(posterior_of, white):
    slow = np.cumsum(white, axis=1)
    for energy, passed in ((white, True), (slow, False)):
        found = checks.energy(posterior_of({"effect": ((), white)}, {"energy": energy}))
        assert found.passed is passed
        expected = az.bfmi(energy)
        assert [row["E-BFMI"] for row in found.table] == pytest.approx(expected, rel=2e-3)


@pytest.mark.parametrize(
    ("k", "share", "passed"), [(0.3, 0.4, True), (0.8, 0.4, False), (0.3, 0.01, False)]
)
def test_importance_weights(posterior_of, white, k, share, passed):
    stats = {"diverging": np.zeros(white.shape, dtype=bool)}
    attrs = {"pareto_k": k, "effective_share": share}
    posterior = posterior_of({"effect": ((), white)}, stats, attrs, engine="collapsed")
    assert checks.importance_weights(posterior).passed is passed
    assert checks.divergences(posterior).passed is None


def test_a_result_is_plain_for_json():
    row = {"a": np.float64(1.5), "b": np.inf, "c": np.int64(2), "d": "x", "e": np.bool_(True)}
    result = checks.CheckResult("n", None, "t", [row])
    assert result.to_dict()["table"] == [{"a": 1.5, "b": None, "c": 2, "d": "x", "e": True}]
    assert result.verdict == "-"
