"""Comparison of a normal-normal fit with bayesmeta, which integrates: only ours has an error."""

import arviz as az
import numpy as np

import trialpool as tp
from tests.helpers import mcse_mean, mcse_quantile, mcse_sd
from tests.reference.problems import normal_normal


def fit(problem):
    model, evidence = normal_normal(problem)
    return tp.fit(model, evidence, seed=20, draws=5000, progress=False)


def compare(posterior, problem):
    """Every difference that is more than 0.5 % and more than 4 Monte Carlo errors."""
    draws, found = posterior.tree["posterior"].to_dataset(), problem["results"]
    pairs = [
        ("effect", draws["effect"].values, found["mu"]["central"]),
        ("tau", draws["tau"].values, found["tau"]["central"]),
        (
            "predicted_effect",
            draws["predicted_effect"].values,
            found["prediction_theta_new"]["central"],
        ),
    ]
    pairs += [
        (f"study_effect {name}", draws["study_effect"].sel(study=name).values, central)
        for name, central in found["shrinkage_theta_central"].items()
    ]
    checks = []
    for name, values, central in pairs:
        checks += [
            (f"{name} mean", values.mean(), central["mean"], mcse_mean(values)),
            (f"{name} sd", values.std(), central["sd"], mcse_sd(values)),
        ]
        for label, p in (("lower95", 0.025), ("median", 0.5), ("upper95", 0.975)):
            ours = np.quantile(values, p)
            checks.append((f"{name} {label}", ours, central[label], mcse_quantile(values, p)))
    for name, quantiles in (("tau", found["tau_quantiles"]), ("effect", found["mu_quantiles"])):
        for label, value in quantiles.items():
            p, values = int(label[1:]) / 100, draws[name].values
            checks.append(
                (f"{name} {label}", np.quantile(values, p), value, mcse_quantile(values, p))
            )
    below = (draws["effect"].values < 0).astype(float)
    if below.std() > 0:
        mcse = float(below.std() / az.ess(below) ** 0.5)
        checks.append(("P(effect < 0)", below.mean(), found["mu"]["p_mu_below_0"], mcse))
    off = [
        f"{name}: ours {ours:.5g}, bayesmeta {theirs:.5g}, Monte Carlo error {mcse:.2g}"
        for name, ours, theirs, mcse in checks
        if abs(ours - theirs) > max(4 * mcse, 0.005 * abs(theirs))
    ]
    return len(checks), off


def divergences(posterior):
    return int(posterior.tree["sample_stats"]["diverging"].sum())
