"""A fit of adverse events on the scale of risks, and what is read off it: record, check, answer."""

import numpy as np
import pytest

import trialpool as tp
from tests.helpers import row, write_folder
from trialpool.checks import predict_reports

HOW = {"outcome": "sae", "scale": ""}
ROWS = [
    row("A", "prp", "events", 12, n=40, events=3, **HOW),
    row("A", "saline", "events", 12, n=41, events=0, **HOW),
    row("B", "prp", "events", 24, events=6, person_months=412.5, **HOW),
    row("B", "saline", "events", 24, events=4, person_months=400, **HOW),
]


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    path = tmp_path_factory.mktemp("sae")
    evidence = tp.read_evidence(write_folder(path, ROWS), outcome="sae")
    how = {"draws": 60, "tune": 150, "chains": 2, "progress": False}
    posterior = tp.fit(tp.Model(events="risk"), evidence, seed=5, **how)
    return tp.load(posterior.save(path / "sae.nc"))


def test_the_record_says_on_which_scale(fitted):
    assert fitted.meta["unit"] == "log risk ratio"
    assert fitted.meta["model"] == "Model(time_course='waning', events='risk')"
    units = {prior["role"]: prior["unit"] for prior in fitted.meta["priors"]}
    # One class: no SD between classes.
    assert units == {
        "effect": "log risk ratio",
        "tau": "log risk ratio",
        "baseline": "log probability",
        "rate": "log events per person-month",
    }
    assert [r["n"] for r in fitted.meta["reports"]] == [40, 41, None, None]
    assert "log_risk_ratio[PRP]" in {r["quantity"] for r in fitted.summary()}


def test_the_draws_lie_where_they_can(fitted):
    values = fitted.tree["posterior"]["fitted"]
    assert values.dims == ("chain", "draw", "report")
    assert np.isfinite(values).all() and (values > 0).all()
    assert (values.isel(report=[0, 1]) < 1).all()


def test_the_check_meets_each_number_in_its_unit(fitted):
    table = predict_reports(fitted, seed=1)
    assert table["trial"].tolist() == list("AABB")
    expected = [100 * 3 / 40, 0, 100 * 6 / 412.5, 1]
    np.testing.assert_allclose(table["observed"], expected)
    assert table["unit"].tolist() == 2 * ["% of patients"] + 2 * ["events per 100 person-months"]


def test_the_answer_is_about_risks(fitted):
    answer = fitted.ask("PRP raises serious adverse events")
    assert answer.interpretation.startswith("P(risk of an event with PRP is higher than with")
    draws = fitted.tree["posterior"]["log_risk_ratio"].values
    assert answer.probability == np.mean(draws > 0)
    assert answer.difference.unit == "log risk ratio"
    assert f"risk ratio {np.exp(np.median(draws)):.3g}" in answer.notes[0]
