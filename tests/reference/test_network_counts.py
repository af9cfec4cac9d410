"""Networks of counts, exact binomial likelihood: smoking cessation (Hasselblad 1998, NICE TSD 2 and
4), beta blockers after infarction (TSD 2, example 1), BCG vaccine (Colditz et al. 1994).
"""

import numpy as np
import pytest

import trialpool as tp
from tests.helpers import LogDensity
from tests.reference.draws import (
    compare,
    compare_published,
    compare_ranks,
    contrasts,
    ranks_of,
)
from tests.reference.problems import (
    COMMON_EFFECT,
    RANDOM_EFFECTS,
    SMOKING,
    UNIFORM,
    bcg_counts,
    by_latitude,
    count_network,
)


def fit(model, evidence, *, target_accept=0.95):
    posterior = tp.fit(
        model, evidence, seed=6, draws=2500, tune=1000, target_accept=target_accept, progress=False
    )
    assert posterior.meta["diagnostics"]["divergences"] == 0
    assert posterior.meta["diagnostics"]["ok"], posterior.meta["diagnostics"]["messages"]
    drawn = posterior.tree["posterior"]
    scalars = {name: drawn[name].values for name in ("tau", "slope") if name in drawn}
    return {
        "d": drawn["treatment_effect"].values,
        "new": drawn["predicted_effect"].values,
        "treatments": drawn["treatment"].values.tolist(),
        "reference": posterior.meta["reference"],
        **scalars,
    }


def named(draws):
    ours = contrasts(draws["d"], draws["treatments"], draws["reference"])
    return ours | ({"tau": draws["tau"]} if "tau" in draws else {})


@pytest.fixture(scope="module")
def smoking(reference):
    return count_network(reference("nma_smoking_multinma_random"), SMOKING[0])


@pytest.fixture(scope="module")
def smoking_random(smoking):
    return fit(RANDOM_EFFECTS, smoking)


@pytest.fixture(scope="module")
def blocker_random(reference):
    return fit(RANDOM_EFFECTS, count_network(reference("blocker_random"), "Control"))


def held_against(problem, draws, *, lower_better):
    found = problem["results"]
    compared, off = compare(named(draws), found["posterior"])
    assert len(compared) == len(found["posterior"])
    compared, more = compare(named(draws), found["all_contrasts"])
    assert len(compared) == len(found["all_contrasts"]) > 0
    ranks, ess = ranks_of(problem)
    more += compare_ranks(
        draws["d"], draws["treatments"], draws["reference"], ranks, ess, lower_better=lower_better
    )
    return off + more


def test_smoking_common(reference, smoking):
    problem = reference("nma_smoking_multinma_fixed")
    off = held_against(problem, fit(COMMON_EFFECT, smoking), lower_better=False)
    assert not off, "\n".join(off)


def test_smoking_random(reference, smoking_random):
    problem = reference("nma_smoking_multinma_random")
    off = held_against(problem, smoking_random, lower_better=False)
    assert not off, "\n".join(off)


def test_smoking_jags(reference, smoking, smoking_random):
    """The program of TSD 2 has tau ~ Uniform(0, 5): the same draws, thinned by the prior ratio."""
    problem = reference("nma_smoking_jags_tsd2")
    assert problem["priors"]["sd"] == "Uniform(0,5)"
    assert count_network(problem, SMOKING[0]).data_hash == smoking.data_hash
    one, other = (LogDensity(m.build(smoking)) for m in (RANDOM_EFFECTS, UNIFORM))
    point, tau = one.point(np.random.default_rng(8)), 0.7
    moved = {name: value for name, value in point.items() if name != "tau_log__"}
    likelihood, _ = one(moved | {"tau_log__": np.log(tau)})
    same, _ = other(moved | {"tau_interval__": np.log(tau / (5 - tau))})
    assert same == pytest.approx(likelihood, rel=1e-12)  # only the prior of tau differs

    tau = smoking_random["tau"]
    assert tau.max() < 5
    keep = np.random.default_rng(7).random(tau.shape) < np.exp((tau**2 - tau.max() ** 2) / 50)
    d = smoking_random["d"][keep][None]
    by_name = dict(zip(smoking_random["treatments"], np.moveaxis(d, -1, 0), strict=True))
    # Treatments 1 to 4 of the program.
    order = ("Self-help", "Individual counselling", "Group counselling")
    ours = {f"d[{i}]": by_name[name] for i, name in enumerate(order, 2)} | {"sd": tau[keep][None]}
    found = problem["results"]
    compared, off = compare(ours, found["posterior"])
    assert set(compared) == set(found["posterior"])
    ranks = dict(zip((SMOKING[0], *order), found["rank_probs"], strict=True))
    ess = min(row["ess"] for row in found["posterior"].values())
    off += compare_ranks(
        d, smoking_random["treatments"], SMOKING[0], ranks, ess, lower_better=False
    )
    assert not off, "\n".join(off)


def test_netmeta_for_orientation(reference, smoking_random):
    # Frequentist: REML, and 0.5 added to zero cells, which moves contrasts by up to half an SE.
    found, ours = reference("nma_smoking_netmeta")["results"], named(smoking_random)
    for i, row in enumerate(found["treatments"]):
        for column in found["treatments"]:
            if row != column:
                d, se = ours[f"d[{row} vs. {column}]"], found["se_random"][i][column]
                assert abs(d.mean() - found["TE_random"][i][column]) < 0.75 * se
                assert 0.9 < d.std() / se < 1.6


def test_blocker(reference, blocker_random):
    off = held_against(reference("blocker_random"), blocker_random, lower_better=True)
    assert not off, "\n".join(off)


def vignette(reference, name):
    """Rows of a vignette with a parameter, but the density's constant."""
    return [
        row
        for row in reference("published_multinma_vignettes")["results"]
        if row["vignette"] == name and row.get("parameter", "lp__") != "lp__"
    ]


def test_published_smoking(reference, smoking_random):
    rows = vignette(reference, "smoking")
    printed = [row for row in rows if row["after_command"].startswith("Basic parameter")]
    assert len(printed) == 4
    off = compare_published(named(smoking_random), printed)
    assert not off, "\n".join(off)


def test_published_blocker(reference, blocker_random):
    rows = vignette(reference, "blocker")
    # The first row is of the common effect.
    printed = [row for row in rows if row["after_command"].startswith("Basic parameter")][1:]
    assert [row["parameter"] for row in printed] == ["d[Beta Blocker]", "tau"]
    off = compare_published(named(blocker_random), printed)
    assert not off, "\n".join(off)


@pytest.fixture(scope="module")
def bcg(reference):
    return bcg_counts(reference)


def test_published_bcg(reference, bcg):
    draws = fit(RANDOM_EFFECTS, bcg, target_accept=0.98)
    rows = vignette(reference, "bcg_vaccine")
    ours = named(draws) | {"delta_new[Vaccinated]": draws["new"][..., 0]}
    basic = [row for row in rows if row["after_command"].startswith("Basic parameter")]
    printed = [
        *basic[:2],
        *(row for row in rows if "bcg_fit_unadj" in row["after_command"]),
    ]
    assert len(printed) == 4
    off = compare_published(ours, printed)
    assert not off, "\n".join(off)


def test_published_bcg_and_latitude(reference, bcg):
    """Meta-regression, centred at the mean latitude; beta ~ Normal(0, 10) a degree."""
    latitude = bcg.trials["latitude"].astype(float)
    draws = fit(by_latitude(bcg), bcg, target_accept=0.99)
    slope = draws["slope"][..., 0]
    ours = named(draws) | {"beta[.trtVaccinated:latitude]": slope}
    for at in range(0, 60, 10):
        shift = slope * (at - latitude.mean())
        ours[f"d[{at}° latitude: Vaccinated]"] = draws["d"][..., 0] + shift
        ours[f"delta_new[{at}° latitude: Vaccinated]"] = draws["new"][..., 0] + shift
    rows = vignette(reference, "bcg_vaccine")
    basic = [row for row in rows if row["after_command"].startswith("Basic parameter")]
    printed = [
        *basic[2:],
        *(row for row in rows if "bcg_fit_lat" in row["after_command"]),
        *(row for row in rows if "° latitude" in row["parameter"]),
    ]
    assert len(printed) == 3 + 2 + 5 + 6
    off = compare_published(ours, printed)
    assert not off, "\n".join(off)
