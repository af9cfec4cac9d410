"""The fast engines against plain PyMC, compiled and sampled by the package that knows no graphs.

A longer table, of the real evidence too, is in ``benchmarks/README.md``.
"""

import arviz as az
import numpy as np
import pandas as pd
import pymc as pm
import pytest

import trialpool as tp

pytestmark = pytest.mark.statistical

Y = np.array([0.31, 0.9, -0.2, 0.4, 1.1, 0.7, 0.15])
SE = np.array([0.12, 0.2, 0.31, 0.45, 0.55, 0.6, 0.25])


def clusters():
    frame = pd.DataFrame({"s": list("abcdefg"), "y": Y, "se": SE, "c": list("uuvvwwx")})
    return tp.Evidence.from_effects(frame, study="s", effect="y", se="se", cluster="c")


def agree(one, other):
    """Means, SDs and 2.5 and 97.5 % quantiles of every quantity, within 4 Monte Carlo errors."""
    a, b = (p.tree["posterior"].to_dataset() for p in (one, other))
    for name in set(a) & set(b):
        x, y = (d[name].values.reshape(*d[name].shape[:2], -1) for d in (a, b))
        for i in range(x.shape[-1]):
            u, v = x[..., i], y[..., i]
            for method, statistic in (
                ({"method": "mean"}, np.mean),
                ({"method": "sd"}, np.std),
                ({"method": "quantile", "prob": 0.025}, lambda d: np.quantile(d, 0.025)),
                ({"method": "quantile", "prob": 0.975}, lambda d: np.quantile(d, 0.975)),
            ):
                error = np.hypot(*(float(az.mcse(d, **method)) for d in (u, v)))
                assert abs(statistic(u) - statistic(v)) < 4 * error, f"{name} {i} {method}"


def test_engines_agree_with_pymc_and_with_each_other():
    # The same prior twice: as PyMC's distribution, of which there is no graph, and as ours.
    sd = 0.5
    foreign = tp.Model(priors={"tau": pm.HalfNormal.dist(sd)})
    model = tp.Model(priors={"tau": tp.priors.HalfNormal(sd)})
    how = {"draws": 2000, "tune": 1000, "progress": False}
    said = []
    compiled = tp.fit(foreign, clusters(), seed=1, target_accept=0.98, say=said.append, **how)
    assert compiled.meta["engine"] == "nuts"
    assert "is known to PyMC only" in compiled.meta["engine_reason"] and "Compiling" in said[0]
    nuts = tp.fit(model, clusters(), seed=2, engine="nuts", target_accept=0.98, **how)
    collapsed = tp.fit(model, clusters(), seed=3, engine="collapsed", **how)
    for fast in (nuts, collapsed):
        assert fast.meta["diagnostics"]["ok"]
        agree(fast, compiled)
    agree(nuts, collapsed)


def test_what_pymc_alone_knows_is_not_collapsed():
    model = tp.Model(priors={"tau": pm.HalfNormal.dist(0.5)})
    with pytest.raises(tp.TrialpoolError, match="got 'collapsed' for a model with the prior"):
        tp.fit(model, clusters(), engine="collapsed")
