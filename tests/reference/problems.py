"""Reference problems: the model and the evidence of each, for tests and benchmarks.

A new problem is a line of `problems`; what reads its file stands above, one kind after the other.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd

import trialpool as tp
from trialpool.synthesis.priors import (
    DuMouchel,
    Fixed,
    Flat,
    HalfCauchy,
    HalfNormal,
    Normal,
    Uniform,
)

#: Peers' results, which stand beside the checkout and not in it: ../shared/reference.
FOLDER = Path(__file__).resolve().parents[3] / "shared" / "reference"


class Reference:
    """Reads a problem by name; ``names(pattern)`` lists those that are there."""

    def names(self, pattern: str) -> set[str]:
        return {path.stem for path in FOLDER.glob(f"{pattern}.json")}

    def __call__(self, name: str) -> dict:
        return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def frame(problem):
    return pd.DataFrame(problem["data"])


# Normal-normal models of bayesmeta, whose words for the priors these are.
EFFECT = {
    "mu ~ improper uniform on the real line": Flat(),
    "mu ~ Normal(mean=0, sd=4)": Normal(0, 4),
    "mu ~ Normal(mean=0, sd=5)": Normal(0, 5),
}
TAU = {
    "tau ~ improper uniform on [0,inf)": Flat(),
    "tau ~ HalfNormal(scale=0.5)": HalfNormal(0.5),
    "tau ~ HalfNormal(scale=1)": HalfNormal(1),
    "tau ~ HalfNormal(scale=25)": HalfNormal(25),
    "tau ~ HalfCauchy(scale=0.5)": HalfCauchy(0.5),
    "tau ~ HalfCauchy(scale=5)": HalfCauchy(5),
    "tau ~ HalfCauchy(scale=25)": HalfCauchy(25),
}
DUMOUCHEL = "tau ~ DuMouchel prior p(tau)=s0/(s0+tau)^2, s0^2 = harmonic mean of sigma_i^2"


def normal_normal(problem):
    data = frame(problem)
    study = "school" if "school" in data else "study"
    evidence = tp.Evidence.from_effects(data, study=study, effect="y", se="sigma")
    s0 = float(np.sqrt(1 / np.mean(1 / data["sigma"] ** 2)))
    tau = {**TAU, DUMOUCHEL: DuMouchel(s0)}
    priors = {"effect": EFFECT[problem["priors"]["mu"]], "tau": tau[problem["priors"]["tau"]]}
    return tp.Model(time_course="constant", priors=priors), evidence


# Log risk ratios of BCG with what the trials differ in; metafor has no priors.
FLAT = {"effect": Flat(), "slope": Flat(), "tau": HalfNormal(1)}


def bcg_effects(reference):
    data = frame(reference("bcg_metafor"))
    data["se"] = np.sqrt(data["vi"])
    return tp.Evidence.from_effects(
        data, study="study", effect="yi", se="se", covariates=["ablat", "alloc"], measure="RR"
    )


# Rare events under rosiglitazone.
NISSEN = {"effect": Normal(0, 2), "tau": HalfNormal(0.5), "baseline": Normal(0, 10)}


def counts_of(problem):
    """One row a study, whichever way the peer's data are laid out."""
    data = frame(problem)
    if "rt" in data:
        return data[["study", "rt", "nt", "rc", "nc"]]
    wide = data.pivot(index="study", columns="trt", values=["r", "n"])
    return pd.DataFrame(
        {
            "study": wide.index.to_numpy(),
            "rt": wide["r", "rosiglitazone"].to_numpy(),
            "nt": wide["n", "rosiglitazone"].to_numpy(),
            "rc": wide["r", "control"].to_numpy(),
            "nc": wide["n", "control"].to_numpy(),
        }
    )


def nissen(problem):
    return tp.Evidence.from_counts(
        counts_of(problem), study="study", events=("rt", "rc"), totals=("nt", "nc")
    )


# Networks with the priors of multinma's vignettes.
NETWORK = {"effect": Normal(0, 100), "baseline": Normal(0, 100)}
RANDOM = {**NETWORK, "tau": HalfNormal(5)}
COMMON_EFFECT = tp.Model(pooling={"trial": "complete"}, priors=NETWORK)
RANDOM_EFFECTS = tp.Model(priors=RANDOM)
#: Of the program of TSD 2.
UNIFORM = tp.Model(priors={**RANDOM, "tau": Uniform(0, 5)})
SMOKING = ("No intervention", "Group counselling", "Individual counselling", "Self-help")


def count_network(problem, reference):
    return tp.Evidence.from_network(
        frame(problem), study="studyn", treatment="trtc", events="r", total="n", reference=reference
    )


def parkinsons(reference):
    """Means of arms, their contrasts, and some trials of each."""
    data = frame(reference("nma_parkinsons_random"))
    arms = tp.Evidence.from_network(
        data, study="studyn", treatment="trtn", mean="y", se="se", n="n"
    )
    contrast = tp.Evidence.from_contrasts(
        data, study="studyn", treatment="trtn", effect="diff", se="se_diff"
    )
    mixed = tp.Evidence.combine(arms.without("4", "5", "6", "7"), contrast.without("1", "2", "3"))
    return {"arm": arms, "contrast": contrast, "mixed": mixed}


def bcg_counts(reference):
    data = frame(reference("bcg_bayesmeta_hn05"))
    rows = [
        {
            "study": row["study"],
            "trt": name,
            "r": row[f"{arm}pos"],
            "n": row[f"{arm}pos"] + row[f"{arm}neg"],
            "latitude": row["ablat"],
        }
        for _, row in data.iterrows()
        for arm, name in (("c", "Unvaccinated"), ("t", "Vaccinated"))
    ]
    return tp.Evidence.from_network(
        pd.DataFrame(rows), study="study", treatment="trt", events="r", total="n",
        covariates=["latitude"], reference="Unvaccinated",
    )  # fmt: skip


def by_latitude(evidence):
    """Meta-regression, centred at the mean latitude; beta ~ Normal(0, 10) a degree."""
    sd = float(evidence.trials["latitude"].astype(float).std(ddof=0))
    return tp.Model(covariates=["latitude"], priors={**RANDOM, "slope": Normal(0, 10 * sd)})


# Courses of HbA1c over weeks in a network. JAGS has precisions: dnorm(0, 0.001), dnorm(0, 0.0001),
# dnorm(0, 0.05) T(0,). Its ET50 is dnorm(0.00001, 0.0001) T(0,): half-normal but for a shift of
# 1e-5 in an SD of 100. Its default leaves out the correlation between the weeks of an arm.
WIDE_EFFECT, WIDE_BASELINE, WIDE_TAU, ET50 = (p**-0.5 for p in (0.001, 0.0001, 0.05, 0.0001))
#: The full benefit is that at 12 on the log-linear scale: MBNMAtime's rate times log(13).
RATE = float(np.log(13))
#: Course, pooling of trials, unit of the effect.
COURSES = {
    "tc_alogliptin_emax_common": ("emax", "complete", 1.0),
    "tc_alogliptin_emax_random": ("emax", "partial", 1.0),
    "tc_alogliptin_loglin_random": ("loglinear", "partial", RATE),
}


def alogliptin(problem):
    return tp.Evidence.from_network(
        frame(problem),
        study="studyID", treatment="treatment", mean="y", se="se", n="n", months="time",
        reference="placebo",
    )  # fmt: skip


def course_model(course, trial, unit):
    priors = {
        "effect": Normal(0, WIDE_EFFECT * unit),
        "baseline": Normal(0, WIDE_BASELINE * unit),
        "tau": HalfNormal(WIDE_TAU * unit),
        "onset": HalfNormal(ET50),
        "rho": Fixed(0),
    }
    return tp.Model(
        time_course=course,
        control="course",
        pooling={"trial": trial},
        horizon=104,
        priors=priors,
    )


#: Problems that are a model of bayesmeta.
NORMAL_NORMAL = (
    *(f"bcg_bayesmeta_{name}" for name in ("dumouchel", "hc05", "hn05", "hn05_mun04", "hn1")),
    "bcg_bayesmeta_uniform",
    *(f"eight_schools_bayesmeta_{name}" for name in ("bda_uniform", "hc25", "hn25", "mun5_hc5")),
    *(f"eight_schools_rounded_bayesmeta_{name}" for name in ("bda_uniform", "mun5_hc5")),
)


def problems(reference):
    """Name -> model and evidence of every problem that has a posterior."""
    effects, counts = bcg_effects(reference), bcg_counts(reference)
    infarctions = nissen(reference("nissen_mi_jags_binomial_normal"))
    blocker = count_network(reference("blocker_random"), "Control")
    smoking = count_network(reference("nma_smoking_multinma_random"), SMOKING[0])
    off_time = parkinsons(reference)
    weeks = alogliptin(reference("tc_alogliptin_emax_common"))
    complete = {"trial": "complete"}
    return {
        **{name: normal_normal(reference(name)) for name in NORMAL_NORMAL},
        "bcg_metafor, common effect": (tp.Model(pooling=complete, priors=FLAT), effects),
        "bcg_metafor, latitude": (tp.Model(covariates=["ablat"], priors=FLAT), effects),
        "bcg_metafor, allocation": (tp.Model(covariates=["alloc"], priors=FLAT), effects),
        "bcg_metafor, selection": (
            tp.Model(small_study="selection(negative)", priors=FLAT), effects,
        ),
        "nissen_mi_metafor, common effect": (
            tp.Model(pooling=complete, priors=NISSEN), infarctions,
        ),
        "nissen_mi_jags_binomial_normal, nissen_mi_multinma_random": (
            tp.Model(priors=NISSEN), infarctions,
        ),
        "blocker_random": (RANDOM_EFFECTS, blocker),
        "nma_smoking_multinma_fixed": (COMMON_EFFECT, smoking),
        "nma_smoking_multinma_random": (RANDOM_EFFECTS, smoking),
        "nma_smoking_jags_tsd2": (UNIFORM, smoking),
        "nma_parkinsons_fixed": (COMMON_EFFECT, off_time["arm"]),
        "nma_parkinsons_random": (RANDOM_EFFECTS, off_time["arm"]),
        "nma_parkinsons, contrasts, common": (COMMON_EFFECT, off_time["contrast"]),
        "nma_parkinsons_contrast_random": (RANDOM_EFFECTS, off_time["contrast"]),
        "nma_parkinsons, mixed, common": (COMMON_EFFECT, off_time["mixed"]),
        "nma_parkinsons, mixed, random": (RANDOM_EFFECTS, off_time["mixed"]),
        "bcg_vaccine vignette": (RANDOM_EFFECTS, counts),
        "bcg_vaccine vignette, latitude": (by_latitude(counts), counts),
        **{name: (course_model(*how), weeks) for name, how in COURSES.items()},
    }  # fmt: skip
