"""Diagnostics of many quantities at once against ArviZ, one by one."""

import arviz as az
import numpy as np
import pytest
import xarray as xr

from trialpool.engines.diagnostics import diagnostics, effective


def chains(kind, quantities=12, chains=4, draws=250):
    rng = np.random.default_rng(2)
    noise = rng.normal(size=(quantities, chains, draws))
    if kind == "independent":
        return noise
    if kind == "ties":
        return np.round(noise, 1)
    if kind == "apart":
        return noise + rng.normal(size=(quantities, chains, 1))
    slope = np.linspace(-0.9, 0.99, quantities)[:, None]
    found = np.zeros_like(noise)
    for t in range(draws):
        found[..., t] = slope * found[..., t - 1] + noise[..., t] if t else noise[..., t]
    return found


@pytest.mark.parametrize("kind", ["independent", "ties", "apart", "autocorrelated"])
@pytest.mark.parametrize("shape", [(4, 250), (2, 7), (1, 101), (3, 4), (2, 1000)])
def test_they_are_arviz_s(kind, shape):
    draws = chains(kind, chains=shape[0], draws=shape[1])
    rhat, bulk, tail = diagnostics(draws)
    for i, values in enumerate(draws):
        one = xr.Dataset({"x": (("chain", "draw"), values)})
        assert bulk[i] == pytest.approx(float(az.ess(one, method="bulk").x), rel=1e-9)
        assert tail[i] == pytest.approx(
            float(az.ess(one, method="tail", prob=(0.05, 0.95)).x), rel=1e-9
        )
        if shape[0] > 1:
            assert rhat[i] == pytest.approx(float(az.rhat(one).x), rel=1e-9)
    assert np.isnan(rhat).all() == (shape[0] == 1)


def test_constants_and_numbers_that_are_none():
    draws = chains("independent", quantities=3)
    draws[0] = 4.0
    draws[1, 2, 3] = np.nan
    rhat, bulk, tail = diagnostics(draws)
    assert np.isnan(rhat[:2]).all() and bulk[0] == tail[0] == 1000
    assert np.isnan(bulk[1]) and np.isfinite([rhat[2], bulk[2], tail[2]]).all()


def test_too_few_draws_have_none():
    assert np.isnan(diagnostics(np.zeros((2, 4, 3)))).all()


def test_effective_draws_of_a_mean_are_arviz_s():
    draws = chains("autocorrelated")
    for found, values in zip(effective(draws), draws, strict=True):
        one = xr.Dataset({"x": (("chain", "draw"), values)})
        assert found == pytest.approx(float(az.ess(one, method="mean").x), rel=1e-9)
