"""The probability before the data, beside that of the posterior."""

import json

import numpy as np
import pytest

import trialpool as tp
from tests.helpers import row, write_folder
from tests.unit.questions.conftest import CLASSES, MONTHS, join, make_pain, make_sae
from trialpool.draws import PRIOR, Draws
from trialpool.questions import ask

ROWS = [
    row("A", "prp", "mean", 6, n=30, mean=38, sd=22),
    row("A", "saline", "mean", 6, n=31, mean=50, sd=23),
    row("B", "msc", "mean", 24, n=25, mean=33, sd=24),
    row("B", "saline", "mean", 24, n=24, mean=47, sd=22),
]
FEW = {"draws": 20, "tune": 30, "chains": 2, "progress": False}


def one(draws, question):
    (answer,) = ask(draws, question)
    return answer


@pytest.fixture(scope="module")
def before():
    """Other draws under the names of the posterior's."""
    rng = np.random.default_rng(9)
    benefit = rng.normal(0, 10, size=(1, 400, len(CLASSES), len(MONTHS)))
    return Draws.from_arrays(
        {"benefit": benefit}, coords={"class": CLASSES, "months": MONTHS}, meta=make_pain().meta
    )


@pytest.fixture(scope="module")
def informed(before):
    pain = make_pain()
    return Draws.from_arrays(
        {name: pain.chains(name) for name in pain.names},
        coords={"class": CLASSES, "months": MONTHS},
        meta=pain.meta,
        prior=before,
    )


def at(draws, cls, month):
    return draws.array("benefit")[:, CLASSES.index(cls), MONTHS.index(month)]


def test_the_same_statement_is_read_off_the_prior(informed, before, pain):
    answer = one(informed, "PRP beats MSC by 3 at 24 months")
    expected = np.mean(at(before, "PRP", 24) - at(before, "MSC", 24) > 3)
    assert answer.prior_probability == expected
    assert answer.to_dict()["prior_probability"] == expected
    assert f"\n  before the data: {expected:.2f}\n" in str(answer)
    alone = one(pain, "PRP beats MSC by 3 at 24 months")
    assert alone.prior_probability is None and "before the data" not in str(alone)
    assert alone.probability == answer.probability


def test_so_are_statements_that_are_joined_or_denied(informed, before):
    hits = {c: at(before, c, 12) > 0 for c in ("PRP", "MSC")}
    both = one(informed, "PRP works and MSC works at 12 months")
    assert both.prior_probability == np.mean(hits["PRP"] & hits["MSC"])
    given = one(informed, "PRP works given that MSC works at 12 months")
    assert given.prior_probability == pytest.approx(np.mean(hits["PRP"][hits["MSC"]]))
    assert one(informed, "PRP does not work at 12 months").prior_probability == pytest.approx(
        1 - np.mean(hits["PRP"])
    )
    best = [answer.prior_probability for answer in ask(informed, "which is best at 12 months")]
    assert sum(best) == pytest.approx(1)


def test_what_the_prior_draws_lack_is_left_out(informed):
    # They hold no tau, so no new trial can be drawn from them.
    answer = one(informed, "a new trial of PRP shows a benefit at 12 months")
    assert answer.prior_probability is None and 0 < answer.probability < 1


def test_a_joint_posterior_hands_each_outcome_its_own(before):
    posterior = join(pain=make_pain(), sae=make_sae())
    held = {f"pain::{name}": before.chains(name) for name in before.names}
    prior = Draws.from_arrays(
        held, coords={"pain::class": CLASSES, "pain::months": MONTHS}, meta=posterior.meta
    )
    whole = Draws.from_arrays(
        {name: posterior.chains(name) for name in posterior.names},
        coords={f"{o}::class": CLASSES for o in ("pain", "sae")} | {"pain::months": MONTHS},
        meta=posterior.meta,
        prior=prior,
    )
    answer = one(whole, "PRP works at 12 months")
    assert answer.prior_probability == np.mean(at(before, "PRP", 12) > 0)
    assert one(whole, "PRP is safe").prior_probability is None


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("evidence"), ROWS)


def test_a_fit_keeps_its_priors_and_a_file_gives_them_back(folder, tmp_path):
    posterior = tp.fit(tp.Model(), tp.read_evidence(folder, outcome="pain"), **FEW)
    prior = posterior.tree[PRIOR].to_dataset()
    assert prior.sizes["chain"] == 1 and prior.sizes["draw"] == 1000
    assert {"benefit", "tau", "half_life", "spread", "rho"} <= set(prior.data_vars)
    question = "PRP beats MSC at 24 months"
    expected = posterior.ask(question).prior_probability
    assert 0.4 < expected < 0.6  # nothing speaks for one of them
    path = posterior.save(tmp_path / "pain.nc")
    assert one(Draws.from_file(path), question).prior_probability == expected
    assert tp.load(path).ask(question).prior_probability == expected


def test_the_draws_are_those_of_the_priors(folder):
    priors = {"tau": tp.priors.HalfNormal(2), "rho": tp.priors.Uniform(0.2, 0.4)}
    model = tp.Model(priors=priors)
    posterior = tp.fit(model, tp.read_evidence(folder, outcome="pain"), **FEW)
    prior = posterior.draws.prior
    assert prior.array("tau").mean() == pytest.approx(2 * np.sqrt(2 / np.pi), abs=0.15)
    rho = prior.array("rho")
    assert rho.min() > 0.2 and rho.max() < 0.4 and rho.mean() == pytest.approx(0.3, abs=0.01)
    again = tp.fit(model, tp.read_evidence(folder, outcome="pain"), **FEW)
    np.testing.assert_array_equal(again.draws.prior.array("benefit"), prior.array("benefit"))


def test_a_flat_prior_and_many_fits_have_none(folder):
    evidence = tp.read_evidence(folder, outcome="pain")
    flat = tp.Model(priors={"effect": tp.priors.Flat()})
    assert PRIOR not in tp.fit(flat, evidence, **FEW).tree.children
    (fit,) = tp.fit_many(tp.Model(), evidence, draws=20, tune=30, chains=2)
    assert PRIOR not in fit.tree.children and fit.draws.prior is None


def test_an_average_has_the_priors_of_its_shapes_in_equal_parts(folder):
    evidence = tp.read_evidence(folder, outcome="pain")
    members = {
        shape: tp.fit(tp.Model(time_course=shape), evidence, **FEW)
        for shape in ("constant", "waning")
    }
    mixed = tp.average(members, weights={"constant": 0.9, "waning": 0.1})
    share = mixed.draws.prior.array("course_share")[:, 0, -1]
    assert np.mean(share == 1) == pytest.approx(0.5, abs=0.01)
    assert mixed.ask("PRP beats MSC at 24 months").prior_probability is not None


def test_joint_and_event_posteriors_keep_theirs(pytestconfig):
    folder = pytestconfig.rootpath / "data" / "simulated"
    evidence = {o: tp.read_evidence(folder, outcome=o) for o in ("pain", "sae")}
    joint = tp.fit(tp.Joint({o: tp.Model() for o in evidence}), evidence, **FEW)
    held = set(joint.tree[PRIOR].to_dataset().data_vars)
    assert {"pain::benefit", "sae::log_odds_ratio"} <= held
    assert joint.of("pain").draws.prior.has("benefit")
    assert json.loads(json.dumps(joint.ask("PRP is safe").to_dict()))["prior_probability"] > 0.3
