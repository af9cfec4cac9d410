"""Off-time in Parkinson's disease (NICE TSD 2, example 5): arms, contrasts, and both mixed.

Given tau these posteriors are normal, so the log density of the model is integrated instead of
sampled (tests/gaussian.py); one is sampled as well.
"""

import numpy as np
import pytest

import trialpool as tp
from tests.gaussian import GivenNormal
from tests.reference.draws import (
    compare,
    compare_published,
    compare_ranks,
    contrasts,
    ranks_of,
)
from tests.reference.problems import COMMON_EFFECT, RANDOM_EFFECTS, parkinsons

REFERENCE, OTHERS = "4", ("1", "2", "3", "5")
SIZE = 40_000


@pytest.fixture(scope="module")
def evidence(reference):
    found = parkinsons(reference)
    # As multinma chooses.
    assert found["arm"].reference == found["contrast"].reference == REFERENCE
    return found


@pytest.fixture(scope="module")
def exact(evidence):
    """Independent draws from each posterior: effects (1, draw, treatment) and tau (1, draw)."""
    found, rng = {}, np.random.default_rng(1)
    for name, part in evidence.items():
        common = GivenNormal(COMMON_EFFECT.build(part)).over().draw(rng, SIZE)
        found[name, "common"] = {"d": common["treatment_effect"][None]}
        model = RANDOM_EFFECTS.build(part)
        assert model.coords["treatment"] == OTHERS
        mixture = GivenNormal(model, ["tau_log__"]).over(tau_log__=np.linspace(-12, 3, 50))
        tau = np.exp(mixture.marginal("tau_log__", rng, SIZE))
        effects = mixture.draw(rng, SIZE)["treatment_effect"]
        found[name, "random"] = {"d": effects[None], "tau": tau[None]}
    return found


def named(draws):
    ours = contrasts(draws["d"], OTHERS, REFERENCE)
    return ours | ({"tau": draws["tau"]} if "tau" in draws else {})


@pytest.mark.parametrize(
    ("case", "which"),
    [
        ("nma_parkinsons_fixed", ("arm", "common")),
        ("nma_parkinsons_random", ("arm", "random")),
        ("nma_parkinsons_contrast_random", ("contrast", "random")),
    ],
)
def test_posterior_is_the_peers(reference, exact, case, which):
    problem, draws = reference(case), exact[which]
    found = problem["results"]
    compared, off = compare(named(draws), found["posterior"])
    assert len(compared) == len(found["posterior"])
    compared, more = compare(named(draws), found["all_contrasts"])
    assert len(compared) == 10
    ranks, ess = ranks_of(problem)
    more += compare_ranks(draws["d"], OTHERS, REFERENCE, ranks, ess, lower_better=True)
    assert not off + more, "\n".join(off + more)


def test_sampled_posterior_is_the_integrated_one(evidence, exact):
    posterior = tp.fit(
        RANDOM_EFFECTS,
        evidence["arm"],
        seed=2,
        draws=1500,
        tune=600,
        progress=False,
    )
    assert posterior.meta["diagnostics"]["ok"], posterior.meta["diagnostics"]["messages"]
    drawn = posterior.tree["posterior"]
    sampled = {"d": drawn["treatment_effect"].values, "tau": drawn["tau"].values}
    expected = {
        name: {
            "mean": values.mean(),
            "sd": values.std(),
            "median": np.median(values),
            "q2.5": np.quantile(values, 0.025),
            "q97.5": np.quantile(values, 0.975),
            "mcse": values.std() / np.sqrt(SIZE),
        }
        for name, values in named(exact["arm", "random"]).items()
    }
    compared, off = compare(named(sampled), expected)
    assert len(compared) == len(OTHERS) + 20 + 1
    assert not off, "\n".join(off)


#: Printed blocks by what is printed before them: first the common, then the random effects.
VIGNETTE = {"arm": "arm", "contrast": "contr", "mixed": "mix"}


def published(reference, which):
    """Rows of the vignette in the order printed: summaries, then effects against treatment 1."""
    rows = [
        row
        for row in reference("published_multinma_vignettes")["results"]
        if row["vignette"] == "parkinsons" and row.get("parameter", "").startswith(("d[", "tau"))
    ]
    summaries = [row for row in rows if row["after_command"].startswith("Basic parameter")]
    # Nine rows each: four effects under common, four and tau under random effects.
    start = 9 * list(VIGNETTE).index(which)
    block = summaries[start : start + 9]
    against = {
        model: [r for r in rows if f"{VIGNETTE[which]}_releff_{model} " in r["after_command"]]
        for model in ("FE", "RE")
    }
    return {"common": (block[:4], against["FE"]), "random": (block[4:], against["RE"])}


@pytest.mark.parametrize("which", VIGNETTE)
@pytest.mark.parametrize("effects", ["common", "random"])
def test_published_vignette(reference, exact, which, effects):
    ours = named(exact[which, effects])
    summary, against = published(reference, which)[effects]
    assert [row["parameter"] for row in summary] == [
        *(f"d[{name}]" for name in OTHERS),
        *(["tau"] if effects == "random" else []),
    ]
    assert len(against) == 4
    off = compare_published(ours, summary)
    versus_1 = {f"d[{name}]": ours[f"d[{name} vs. 1]"] for name in ("2", "3", "4", "5")}
    off += compare_published(versus_1, against)
    assert not off, "\n".join(off)


def test_netmeta_for_orientation(reference, exact):
    # Frequentist: REML puts tau at zero here, so its random effects are the common ones.
    found = reference("nma_parkinsons_netmeta")["results"]
    ours = named(exact["contrast", "common"])
    for i, row in enumerate(found["treatments"]):
        for column in found["treatments"]:
            if row != column:
                se = found["se_common"][i][column]
                d = ours[f"d[{row} vs. {column}]"]
                assert abs(d.mean() - found["TE_common"][i][column]) < 0.25 * se
                assert 0.9 < d.std() / se < 1.1
