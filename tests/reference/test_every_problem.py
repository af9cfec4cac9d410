"""Every problem of the folder is reproduced by a test; none is passed over unseen."""

import json
from pathlib import Path

import pytest

from tests.reference.problems import problems

#: Problem -> the module that reproduces it.
WHERE = {
    **{f"bcg_bayesmeta_{prior}": "test_bcg.py"
       for prior in ("dumouchel", "hc05", "hn05", "hn05_mun04", "hn1", "uniform")},
    **{f"eight_schools_{case}": "test_eight_schools.py"
       for case in ("bayesmeta_bda_uniform", "bayesmeta_hc25", "bayesmeta_hn25",
                    "bayesmeta_mun5_hc5", "rounded_bayesmeta_bda_uniform",
                    "rounded_bayesmeta_mun5_hc5")},
    "escalc_2x2_bcg": "test_escalc.py",
    "escalc_means_normand1999": "test_escalc.py",
    "nissen_mi_jags_binomial_normal": "test_nissen.py",
    "nissen_mi_multinma_random": "test_nissen.py",
    "blocker_random": "test_network_counts.py",
    "nma_smoking_multinma_fixed": "test_network_counts.py",
    "nma_smoking_multinma_random": "test_network_counts.py",
    "nma_smoking_jags_tsd2": "test_network_counts.py",
    "nma_smoking_netmeta": "test_network_counts.py",
    "nma_parkinsons_fixed": "test_network_means.py",
    "nma_parkinsons_random": "test_network_means.py",
    "nma_parkinsons_contrast_random": "test_network_means.py",
    "nma_parkinsons_netmeta": "test_network_means.py",
    "tc_alogliptin_emax_common": "test_network_courses.py",
    "tc_alogliptin_emax_random": "test_network_courses.py",
    "tc_alogliptin_loglin_random": "test_network_courses.py",
    "published_multinma_vignettes": "test_network_means.py",
    "bcg_metafor": "test_bcg_members.py",
    "nissen_mi_metafor": "test_nissen.py",
}  # fmt: skip

#: Vignettes of the published numbers of which no file of the folder has the data.
NO_DATA = ("diabetes", "social_anxiety", "thrombolytics")
WITH_DATA = {
    "bcg_vaccine": "test_network_counts.py",
    "blocker": "test_network_counts.py",
    "parkinsons": "test_network_means.py",
    "smoking": "test_network_counts.py",
}


def test_every_problem_has_a_test(reference):
    assert reference.names("*") == set(WHERE)


@pytest.mark.parametrize("problem", sorted(WHERE))
def test_the_test_reads_the_problem(problem):
    text = (Path(__file__).parent / WHERE[problem]).read_text(encoding="utf-8")
    stem = problem.removeprefix("bcg_bayesmeta_").removeprefix("eight_schools_")
    assert f'"{problem}"' in text or f'"{stem}"' in text


#: Problems without a posterior of their own: effect sizes, and frequentist results of networks.
NO_POSTERIOR = {
    "escalc_2x2_bcg", "escalc_means_normand1999", "nma_smoking_netmeta", "nma_parkinsons_netmeta",
    "published_multinma_vignettes",
}  # fmt: skip
RECORD = Path(__file__).parents[2] / "benchmarks" / "references.json"


def test_every_problem_with_a_posterior_is_held_against_pymc(reference):
    known = list(problems(reference))
    assert {name for name in WHERE if not any(name in k for k in known)} == NO_POSTERIOR
    recorded = json.loads(RECORD.read_text(encoding="utf-8"))["problems"]
    assert list(recorded) == known
    for name, found in recorded.items():
        for own in found["ours"].values():
            assert own.get("again", own)["gap"]["over"] == 0, name


def test_every_vignette_is_reproduced_or_has_no_data(reference):
    rows = reference("published_multinma_vignettes")["results"]
    assert {row["vignette"] for row in rows} == {*NO_DATA, *WITH_DATA}
    for name in NO_DATA:
        print(f"no data in the folder: {name}")
    for vignette, module in WITH_DATA.items():
        text = (Path(__file__).parent / module).read_text(encoding="utf-8")
        assert f'"{vignette}"' in text and '"published_multinma_vignettes"' in text


def why_not(row):
    """Why a printed row of a vignette with data is not reproduced; "" if it is."""
    name, command = row.get("parameter", ""), row["after_command"]
    if not name:
        return "deviance, DIC or a p-value of node-splitting"
    if name == "lp__":
        return "constant of the peer's program"
    if row["section"].startswith("Node-split") or "nodesplit" in command:
        return "node-splitting, which is a check of consistency"
    if row["vignette"] == "smoking" and command.startswith("prior_het"):
        return "unrelated mean effects, which are a check of consistency"
    if name.startswith("pred["):
        return "prediction at a baseline that the peer was given"
    if name.startswith("rank["):
        return "only two of the ranks are printed; the problems above have all probabilities"
    if row["vignette"] == "blocker" and (name, row["mean"]) == ("d[Beta Blocker]", -0.26):
        return "common effect, held in the smoking data"
    return ""


def test_rows_of_the_vignettes_that_are_reproduced(reference):
    rows = reference("published_multinma_vignettes")["results"]
    found = dict.fromkeys(WITH_DATA, 0)
    for row in rows:
        if row["vignette"] in found:
            found[row["vignette"]] += not why_not(row)
    # As many as the modules compare: arms, contrasts and both mixed; random effects; and so on.
    assert found == {"bcg_vaccine": 20, "blocker": 2, "parkinsons": 3 * (9 + 8), "smoking": 4}


def test_the_vignettes_without_data_are_in_no_file(reference):
    # Treatments that only they have: if a file with their rows comes, this says so.
    alone = ("Streptokinase", "Alteplase", "Fluoxetine", "CBT individual", "ACE Inhibitor")
    for name in sorted(reference.names("*") - {"published_multinma_vignettes"}):
        text = repr(reference(name)["data"])
        assert not any(treatment in text for treatment in alone), name
