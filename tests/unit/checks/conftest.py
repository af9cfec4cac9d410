"""Posteriors made by hand, of draws whose distribution is known."""

import json

import numpy as np
import pytest
import xarray as xr

from trialpool.posterior import Posterior

META = {
    "outcome": "effect",
    "layout": "effects",
    "unit": "",
    "engine": "nuts",
    "model": "Model(time_course='constant')",
    "chains": 4,
    "draws": 1000,
    "diagnostics": {"ok": True, "messages": [], "rhat": 1.0, "ess_bulk": 4000, "ess_tail": 4000},
}


@pytest.fixture
def posterior_of():
    """A posterior of arrays (chain, draw, ...), by group, with other entries in its record."""

    def make(posterior, stats=None, attrs=None, groups=None, **meta):
        def dataset(arrays):
            return xr.Dataset(
                {
                    name: (("chain", "draw", *dims), values)
                    for name, (dims, values) in arrays.items()
                }
            )

        parts = {"/posterior": dataset(posterior)}
        if stats is not None:
            parts["/sample_stats"] = dataset({k: ((), v) for k, v in stats.items()})
        for group, arrays in (groups or {}).items():
            parts[f"/{group}"] = dataset(arrays)
        tree = xr.DataTree.from_dict(parts)
        if attrs:
            tree["sample_stats"].attrs.update(attrs)
        tree.attrs["trialpool"] = json.dumps({**META, **meta})
        return Posterior(tree)

    return make


@pytest.fixture
def white():
    """Independent standard normal draws, 4 chains of 1000."""
    return np.random.default_rng(1).normal(size=(4, 1000))
