"""A test that does not say which arm did better: how much of the posterior is benefit."""

from dataclasses import replace

import numpy as np
import pytest

import trialpool as tp
from tests.helpers import evidence_of, row
from trialpool.engines import Draw, draw
from trialpool.engines.annealed import count_unsigned, without_unsigned
from trialpool.engines.bridge import sample_program
from trialpool.engines.tree import posterior_tree
from trialpool.errors import EngineError
from trialpool.graph.sampling import complete, target

HOW = Draw(draws=500, tune=500, chains=4, seed=11, target_accept=0.95)


def rows(favours):
    """PRP a little better in one trial; in another one, p = 0.01 at month 6."""
    sizes = {"n": 30, "versus": "saline", "versus_n": 30}
    return [
        row("A", "prp", "difference", 6, mean=-4, se=4, versus="saline"),
        row("B", "prp", "p_value", 6, p="0.01", favours=favours, **sizes),
    ]


def told(_):
    pass


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    folder = tmp_path_factory.mktemp("unsigned")
    return {f: evidence_of(folder / (f or "none"), rows(f)) for f in ("", "prp", "saline")}


def test_which_tests_these_are(evidence):
    assert [count_unsigned(e) for e in evidence.values()] == [1, 0, 0]
    joint = {"pain": evidence[""], "again": evidence[""]}
    assert count_unsigned(joint) == 2
    easy = without_unsigned(joint)["pain"]
    assert count_unsigned(easy) == 0
    assert (easy.reports["z_high"] == np.inf).sum() == 1


def test_nothing_is_integrated_out_of_two_peaks(evidence):
    with pytest.raises(EngineError, match=r"1 test that does not say .*--engine nuts"):
        draw(tp.Model(), evidence[""], "collapsed", HOW, told)


def test_benefit_and_harm_have_the_shares_that_the_other_reports_give_them(evidence):
    """Against draws without the test, weighted by its likelihood under each sign."""
    model = tp.Model()
    found = draw(model, evidence[""], "auto", HOW, told)
    assert found.engine == "nuts"
    assert found.why == "1 test that does not say which arm did better"
    assert found.convergence.ok, found.convergence.messages
    aim = target(model.graph(without_unsigned(evidence[""])))
    points, _ = sample_program(aim.program, aim.start, HOW)
    points = points.reshape(-1, points.shape[-1])
    weights, benefit = [], None
    for sign in (1, -1):
        graph = model.graph(with_sign(evidence[""], sign))
        whole = complete(graph, points, aim.kept, np.random.default_rng(1))
        drawn = posterior_tree(graph, whole, HOW.chains, {})["posterior"].to_dataset()
        weights.append(np.exp(drawn["log_lik"].sel(trial="B")))
        benefit = drawn["effect"] > 0
    weight = sum(weights).to_numpy().ravel()
    expected = np.average(benefit.to_numpy().ravel(), weights=weight)
    effective = weight.sum() ** 2 / (weight**2).sum()
    se = np.sqrt(expected * (1 - expected) * (1 / effective + 1 / found.convergence.ess))
    assert 0.02 < expected < 0.98
    assert se < 0.03
    share = float((found.tree["posterior"]["effect"] > 0).mean())
    assert share == pytest.approx(expected, abs=4 * se)


def with_sign(evidence, sign):
    """The same size of the statistic, in favour of PRP or of saline."""
    reports = evidence.reports
    z = sign * reports["z_low"]
    return replace(evidence, reports=reports.assign(z_low=z, z_high=z, directed=True))
