"""One model, two readers: the graph that the machine runs is the PyMC model, member by member."""

from functools import cache

import numpy as np
import pandas as pd
import pytensor
import pytest

import trialpool as tp
from tests.graphs import same_density
from tests.helpers import MIXED, QUICK, evidence_of, row, write_folder
from trialpool.engines import machine, values_of
from trialpool.graph.program import read_program
from trialpool.graph.sampling import start_of, target
from trialpool.synthesis.time_courses import SHAPES


def frame(**columns):
    rng = np.random.default_rng(3)
    n = 9
    given = {
        "study": [f"s{i}" for i in range(n)],
        "y": rng.normal(0.3, 0.4, n),
        "se": rng.uniform(0.1, 0.5, n),
        "dose": rng.normal(size=n),
        "cluster": list("aaabbccdd"),
    }
    return pd.DataFrame(given | columns)


@cache
def effects(*how):
    options = {"cluster": {"cluster": "cluster"}, "correlated": {"correlation": 0.4}}
    given = {"covariates": ["dose"]}
    for name in how:
        given |= options[name]
    if "correlated" in how:
        given["cluster"] = "cluster"
    return tp.Evidence.from_effects(frame(), study="study", effect="y", se="se", **given)


@cache
def counts():
    rng = np.random.default_rng(4)
    n = rng.integers(20, 60, (2, 6))
    events = rng.integers(0, 9, (2, 6))
    events[:, 0] = 0
    given = pd.DataFrame(
        {"study": list("abcdef"), "e1": events[0], "n1": n[0], "e0": events[1], "n0": n[1]}
    )
    return tp.Evidence.from_counts(
        given, study="study", events=("e1", "e0"), totals=("n1", "n0"), measure="OR"
    )


@pytest.fixture(scope="session")
def evidences(tmp_path_factory, pytestconfig):
    def folder(name, rows, **how):
        return evidence_of(tmp_path_factory.mktemp(name), rows, **how)

    def sae(trial, arm, events, n):
        return row(trial, arm, "events", 12, outcome="sae", scale="", events=events, n=n)

    def timed(trial, arm, events, person_months):
        size = {"person_months": person_months}
        return row(trial, arm, "events", 12, outcome="sae", scale="", events=events, **size)

    patients = [
        sae("A", "prp", 3, 40), sae("A", "saline", 2, 41), sae("B", "msc", 0, 30),
        sae("B", "saline", 0, 31), sae("C", "prp", 30, 30), sae("C", "msc", 28, 30),
    ]  # fmt: skip
    months = [timed("D", "prp", 4, 300.0), timed("D", "saline", 2, 280.0)]
    write = tmp_path_factory.mktemp

    def read(name, rows):
        return tp.read_evidence(write_folder(write(name), rows), outcome="sae")

    return {
        "mixed": folder("mixed", MIXED),
        "pain": tp.read_evidence(pytestconfig.rootpath / "data" / "clbp", outcome="pain"),
        "simulated": tp.read_evidence(pytestconfig.rootpath / "data" / "simulated", outcome="pain"),
        "patients": read("patients", patients),
        "patients and months": read("both", patients + months),
        "effects": effects(),
        "clusters": effects("cluster"),
        "correlated": effects("correlated"),
        "counts": counts(),
    }


def _pooling(**levels):
    return tp.Model(pooling=levels)


HEAVY = {
    "tau": tp.priors.HalfT(4, 5),
    "class_sd": tp.priors.HalfCauchy(5),
    "treatment_sd": tp.priors.LogNormal(1, 0.5),
    "drift": tp.priors.LogT(5, 1, 0.5),
    "rho": tp.priors.Beta(3, 2),
}
#: Name -> evidence and model.
MEMBERS = {
    **{f"mixed, {shape}": ("mixed", tp.Model(time_course=shape)) for shape in SHAPES},
    "pain": ("pain", tp.Model()),
    "simulated": ("simulated", tp.Model(time_course="plateau")),
    "standardised": ("mixed", tp.Model(scale="standardised")),
    "tau by class": ("mixed", tp.Model(heterogeneity="class")),
    "classes apart": ("mixed", _pooling(**{"class": "none"})),
    "classes the same": ("mixed", _pooling(**{"class": "complete"})),
    "treatments apart": ("mixed", _pooling(treatment="none")),
    "treatments the same": ("mixed", _pooling(treatment="complete")),
    "trials apart": ("mixed", _pooling(trial="none")),
    "trials the same": ("mixed", _pooling(trial="complete")),
    "times apart": ("mixed", _pooling(time="none")),
    "times the same": ("mixed", _pooling(time="complete")),
    "baseline": ("mixed", tp.Model(covariates=["baseline"])),
    "weights": ("mixed", tp.Model(trial_weights={"A": 0.3, "B": 0.0})),
    "other priors": ("mixed", tp.Model(priors=HEAVY)),
    "odds": ("patients", tp.Model()),
    "risk": ("patients", tp.Model(events="risk")),
    "counts and rates": ("patients and months", tp.Model(heterogeneity="class")),
    "effects": ("effects", tp.Model()),
    "meta-regression": ("effects", tp.Model(covariates=["dose"])),
    "PET": ("effects", tp.Model(small_study="pet")),
    "PEESE": ("effects", tp.Model(small_study="peese")),
    "selection": ("effects", tp.Model(small_study="selection(positive, 0.025, 0.5)")),
    "DuMouchel": ("effects", tp.Model(priors={"tau": tp.priors.DuMouchel(0.2)})),
    "flat": ("effects", tp.Model(priors={"effect": tp.priors.Flat(), "tau": tp.priors.Flat()})),
    "uniform": ("effects", tp.Model(priors={"tau": tp.priors.Uniform(0.0, 2.0)})),
    "three levels": ("clusters", tp.Model()),
    "correlated errors": ("correlated", tp.Model(small_study="pet")),
    "effects not pooled": ("effects", _pooling(trial="none")),
    "counts": ("counts", tp.Model()),
    "counts, complete": ("counts", _pooling(trial="complete")),
}


@pytest.mark.parametrize("name", MEMBERS)
def test_graph_is_the_pymc_model(evidences, name):
    which, model = MEMBERS[name]
    evidence = evidences[which]
    gradient = name in ("pain", "odds", "selection", "three levels", "counts")
    same_density(model.graph(evidence), model.build(evidence), gradient=gradient)


def test_graph_of_several_outcomes_is_the_pymc_model(evidences, pytestconfig):
    folder = pytestconfig.rootpath / "data" / "simulated"
    given = {name: tp.read_evidence(folder, outcome=name) for name in ("pain", "function")}
    joint = tp.Joint({name: tp.Model() for name in given})
    same_density(joint.graph(given), joint.build(given))


@pytest.mark.parametrize("name", ["mixed, waning", "mixed, spline", "counts", "three levels"])
def test_deterministics_are_those_of_the_pymc_model(evidences, name):
    which, model = MEMBERS[name]
    graph, built = model.graph(evidences[which]), model.build(evidences[which])
    assert list(graph.deterministics) == [value.name for value in built.deterministics]
    inputs = [built.rvs_to_values[rv] for rv in built.free_RVs]
    outputs = built.replace_rvs_by_values(built.deterministics)
    call = pytensor.function(inputs, outputs, mode=QUICK, on_unused_input="ignore")
    point = start_of(graph) + np.random.default_rng(6).normal(0, 0.5, graph.size)
    expected = call(*(point[own.place].reshape(own.shape) for own in graph.free))
    nodes = [value for _, value in graph.deterministics.values()]
    found = values_of(graph, nodes, point[None])
    for (own, (dims, _)), values, wanted in zip(
        graph.deterministics.items(), found, expected, strict=True
    ):
        np.testing.assert_allclose(values[0], wanted, rtol=1e-8, atol=1e-9, err_msg=own)
        assert dims == tuple(built.named_vars_to_dims.get(own, ()))


@pytest.mark.parametrize("name", ["pain", "mixed, free", "effects", "odds"])
def test_what_is_left_out_of_sampling_are_standard_normals_that_nothing_depends_on(evidences, name):
    which, model = MEMBERS[name]
    graph = model.graph(evidences[which])
    aim, whole = target(graph), read_program(graph.size, terms=graph.terms)
    rng = np.random.default_rng(7)
    points = start_of(graph) + rng.normal(0, 0.5, (5, graph.size))
    differences = []
    for point in points:
        left_out = point[~aim.kept]
        rest = -0.5 * (left_out**2 + np.log(2 * np.pi)).sum()
        sampled, slope = machine.log_density(aim.program, point[aim.kept])
        differences.append(machine.log_density(whole, point)[0] - sampled - rest)
        assert slope.shape == (aim.kept.sum(),)
    np.testing.assert_allclose(differences, 0, atol=1e-8)
