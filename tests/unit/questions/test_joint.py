"""One posterior of several outcomes: views of it, the outcome asked about, several statements."""

import json

import numpy as np
import pytest
import xarray as xr

from tests.unit.questions.conftest import CLASSES, MONTHS, join, make_meta, make_pain, make_sae
from tests.unit.questions.test_ask import KEYS
from trialpool.cli import main
from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.posterior import load
from trialpool.questions import ask, beside, decay, decays, predict, with_mcid

BOTH = "probability PRP relieves pain by 3 at 12 months without raising serious adverse events"
PRP, AT = CLASSES.index("PRP"), MONTHS.index(12.0)


def one(draws, question):
    (answer,) = ask(draws, question)
    return answer


# ---------------------------------------------------------------------------------- views


def test_a_view_is_a_posterior_of_its_outcome(joint, pain):
    assert joint.outcomes == ("pain", "function", "sae")
    view = joint.of("pain")
    assert set(view.names) == set(pain.names) and view.outcomes == ("pain",)
    np.testing.assert_array_equal(view.chains("benefit"), pain.chains("benefit"))
    assert view.coord("class") == CLASSES and not joint.of("sae").has_coord("months")
    assert view.meta["mcid"] == 5 and joint.of("function").meta["mcid"] == 10
    # How the draws came about is recorded once, for all outcomes.
    assert view.meta["engine"] == "nuts" and view.meta["seed"] == 1
    assert one(view, "PRP works at 12 months") == one(pain, "PRP works at 12 months")


def test_a_posterior_of_one_outcome_is_its_own_view(pain):
    assert pain.outcomes == ("pain",) and pain.of("pain") is pain
    with pytest.raises(QuestionError, match="got 'sae', expected one of pain"):
        pain.of("sae")


@pytest.fixture(scope="module")
def file(joint, tmp_path_factory):
    dims = {"benefit": ("class", "months"), "log_odds_ratio": ("class",)}
    variables = {n: n.split("::") for n in joint.names if n.split("::")[-1] in {*dims, "tau"}}
    held = {
        name: (
            ("chain", "draw", *(f"{outcome}::{dim}" for dim in dims.get(variable, ()))),
            joint.chains(name),
        )
        for name, (outcome, variable) in variables.items()
    }
    coords = {
        f"{outcome}::{dim}": joint.coord(f"{outcome}::{dim}")
        for outcome in joint.outcomes
        for dim in ("class", "months")
        if joint.has_coord(f"{outcome}::{dim}")
    }
    tree = xr.DataTree.from_dict({"posterior": xr.Dataset(held, coords=coords)})
    tree.attrs["trialpool"] = json.dumps(dict(joint.meta))
    path = tmp_path_factory.mktemp("joint") / "joint.nc"
    tree.to_netcdf(path, engine="h5netcdf")
    return path


def test_a_joint_file_is_read_as_any_other(joint, file):
    assert one(Draws.from_file(file), BOTH) == one(joint, BOTH)
    posterior = load(file)
    assert posterior.ask(BOTH) == one(joint, BOTH)
    assert posterior.decay(outcome="function").outcome == "function"
    assert posterior.predict("PRP", months=12, outcome="pain").outcome == "pain"


def test_the_command_line_prints_a_table_a_score(file, monkeypatch, capsys):
    def run(*words):
        monkeypatch.setattr("sys.argv", ["trialpool", *map(str, words)])
        with pytest.raises(SystemExit):
            main()
        return capsys.readouterr().out

    both = run("decay", file, "--months", "12")
    assert both.startswith("pain\nclass") and "\nfunction\nclass" in both
    rows = json.loads(run("decay", file, "--months", "12", "--outcome", "function", "--json"))
    assert {row["outcome"] for row in rows} == {"function"}
    (answer,) = json.loads(run("ask", file, BOTH, "--json"))
    assert list(answer) == KEYS


# ----------------------------------------------------------------------- which outcome


@pytest.mark.parametrize(
    ("question", "outcome"),
    [
        ("PRP beats MSC for pain at 12 months", "pain"),
        ("PRP beats MSC in function at 12 months", "function"),
        ("PRP reduces disability at 12 months", "function"),
        ("PRP improves function at 12 months", "function"),
        ("PRP raises serious adverse events", "sae"),
        ("PRP raises adverse events", "sae"),
        ("PRP is safer than MSC", "sae"),
        ("PRP is best for safety", "sae"),
        ("PRP works at 12 months", "pain"),
        ("a new trial of PRP raises sae", "sae"),
        ("a new trial of PRP shows a benefit in function at 12 months", "function"),
        ("how much of MPC's benefit is left at 36 months", "pain"),
    ],
)
def test_the_outcome_is_chosen_by_the_words(joint, question, outcome):
    answer = one(joint, question)
    assert answer.outcome == outcome
    (alone,) = ask(joint.of(outcome), question)
    assert answer.probability == alone.probability and answer.difference == alone.difference


def test_a_guess_is_told(joint):
    told = "no outcome was named: pain is taken, the first score of pain, function, sae"
    assert told in one(joint, "PRP works at 12 months").notes
    assert not any("no outcome" in n for n in one(joint, "PRP improves function at 1 year").notes)
    assert not any("no outcome" in n for n in one(joint, "PRP is safe").notes)


def test_an_outcome_may_go_by_its_own_name():
    named = join(stiffness=make_pain(outcome="stiffness"), sae=make_sae())
    assert one(named, "PRP reduces stiffness at 12 months").outcome == "stiffness"
    with pytest.raises(QuestionError, match="of stiffness and sae"):
        ask(named, "PRP reduces swelling at 12 months")
    with pytest.raises(QuestionError, match="--outcome function"):
        ask(named, "PRP improves function at 12 months")


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("PRP is safer than MSC for pain", "safety is asked of"),
        ("PRP beats MSC for pain in function at 12 months", "expected one outcome"),
        ("PRP beats MSC for sae at 12 months", "no time course"),
    ],
)
def test_refused(joint, question, words):
    with pytest.raises(QuestionError, match=words):
        ask(joint, question)


# ----------------------------------------------------------------------- several statements


def test_the_conjunction_is_over_the_same_draws(joint):
    answer = one(joint, BOTH)
    benefit = joint.chains("pain::benefit")[:, :, PRP, AT]
    ratio = joint.chains("sae::log_odds_ratio")[:, :, PRP]
    assert answer.probability == np.mean((benefit > 3) & (ratio <= 0))
    alone = [np.mean(benefit > 3), np.mean(ratio <= 0)]
    # Relief comes with events in this posterior, so independence would promise too much.
    assert answer.probability < np.prod(alone) - 0.03
    notes = "\n".join(answer.notes)
    assert f"(1) by itself: probability {alone[0]:.3f}" in notes
    assert f"(2) by itself: probability {alone[1]:.3f}" in notes
    assert f"independent, all would hold with probability {np.prod(alone):.3f}" in notes
    assert "tell little about each other" not in notes


def test_the_answer_is_of_both(joint):
    answer = one(joint, BOTH)
    assert answer.outcome == "pain and sae" and (answer.months, answer.margin) == (12, 3)
    assert set(answer.evidence) == {
        "PRP (pain)", "placebo (pain)", "PRP (sae)", "placebo (sae)"
    }  # fmt: skip
    assert answer.difference == one(joint, "PRP relieves pain by 3 at 12 months").difference
    assert answer.difference.unit == "points of 100" and answer.direct_trials is None
    assert "(2) P(odds of an event with PRP are not higher" in answer.interpretation
    assert list(answer.to_dict()) == KEYS
    json.dumps(answer.to_dict(), allow_nan=False)
    assert not answer.extrapolated


def test_not_raised_by_half(joint):
    ratio = joint.chains("sae::log_odds_ratio")[:, :, PRP]
    little = one(joint, "PRP does not raise sae by more than 50 %")
    assert little.probability == np.mean(ratio <= np.log(1.5))
    assert "not more than 50 % higher than with placebo" in little.interpretation
    loose = one(joint, "PRP relieves pain by 3 at 12 months without raising sae by more than 50 %")
    assert loose.probability > one(joint, BOTH).probability


def test_three_statements_and_their_months(joint):
    answer = one(
        joint,
        "probability PRP beats MSC in pain by 3 at 36 months and improves function at 12 months "
        "and is safer than MSC",
    )
    assert answer.outcome == "pain and function and sae" and answer.extrapolated
    seen = [line for line in str(answer).splitlines() if "EXTRAPOLATED" in line]
    assert seen == [
        "  EXTRAPOLATED: PRP was last seen at 12 months",
        "  EXTRAPOLATED: MSC was last seen at 24 months",
    ]


def test_one_month_is_the_month_of_all(joint):
    shared = one(joint, "PRP relieves pain by 3 and improves function at 12 months")
    spelt = one(joint, "PRP relieves pain by 3 at 12 months and improves function at 12 months")
    first = one(joint, "at 12 months, PRP relieves pain by 3 and improves function and is safe")
    assert shared.probability == spelt.probability >= first.probability


def test_unrelated_outcomes_are_said_to_be():
    apart = join(pain=make_pain(), sae=make_sae())
    notes = "\n".join(one(apart, BOTH).notes)
    assert "tell little about each other" in notes
    assert "pain: PRP in 2 trials, placebo in 2 trials; sae: PRP in 2 trials" in notes


def test_what_the_record_says_of_the_outcomes_is_passed_on(joint):
    told = "pain and sae have no trial in common: only classes of the same name link them"
    other = "pain and function have no trial in common: only classes of the same name link them"
    notes = one(joint.with_meta(notes=[told, other]), BOTH).notes
    assert told in notes and other not in notes
    assert any("pain: PRP in 2 trials" in note for note in notes)


def test_statements_of_one_outcome_need_no_joint_fit(pain):
    answer = one(pain, "PRP works at 12 months and MSC works at 12 months")
    at = pain.chains("benefit")[..., AT] > 0
    assert answer.probability == np.mean(at[:, :, PRP] & at[:, :, CLASSES.index("MSC")])
    assert answer.outcome == "pain" and "PRP" in answer.evidence


def test_another_outcome_needs_a_joint_fit(pain, sae):
    for draws, outcomes in ((pain, "pain,sae"), (sae, "sae,pain")):
        with pytest.raises(QuestionError, match=f"trialpool fit DIR --outcome {outcomes} -o joint"):
            ask(draws, BOTH)
    with pytest.raises(QuestionError, match="--outcome pain,sae"):
        ask(pain, "PRP works at 12 months and is safe")


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("which class works at 12 months and is safe", "Name the class in each"),
        ("how much of MPC's benefit is left at 36 months and MPC works", "Ask it by itself"),
        ("PRP works at 12 months without raising function", "read both ways"),
    ],
)
def test_statements_that_cannot_be_joined(joint, question, words):
    with pytest.raises(QuestionError, match=words):
        ask(joint, question)


def test_what_never_happens_has_an_error_too(joint):
    answer = one(joint, "PRP relieves pain by 99 at 12 months without raising sae")
    assert answer.probability == 0 and answer.mcse > 0


# ------------------------------------------------------------------------- decay and the rest


def test_decay_has_a_table_a_score(joint, pain):
    tables = decays(joint, months=(12,))
    assert [t.outcome for t in tables] == ["pain", "function"]
    assert tables[0] == decay(pain, months=(12,)) == decay(joint, months=(12,), outcome="pain")
    assert {row["outcome"] for row in tables[1].to_dict()} == {"function"}
    assert [t.outcome for t in decays(joint, outcome="function")] == ["function"]
    with pytest.raises(QuestionError, match="expected one of pain, function"):
        decay(joint)
    with pytest.raises(QuestionError, match="no time course"):
        decays(joint, outcome="sae")


def test_an_mcid_is_of_one_outcome(joint):
    for refused in (lambda: with_mcid(joint, 20), lambda: decays(joint, mcid=20)):
        with pytest.raises(QuestionError, match="mcid: got 20 for pain, function"):
            refused()
    two = with_mcid(join(pain=make_pain(), sae=make_sae()), 20)
    assert one(two, "PRP relieves pain by the MCID at 12 months").margin == 20
    assert decays(joint, mcid=20, outcome="pain")[0].mcid == 20


def test_prediction_names_the_outcome(joint, pain):
    assert predict(joint, "PRP", months=12, outcome="pain") == predict(pain, "PRP", months=12)
    with pytest.raises(QuestionError, match="outcome: got none"):
        predict(joint, "PRP", months=12)


def test_joint_posteriors_are_not_set_side_by_side(joint, pain):
    with pytest.raises(QuestionError, match=r"a\.nc and b\.nc: got a joint posterior"):
        beside(joint, pain, ["PRP works"], names=("a.nc", "b.nc"))


def test_the_record_of_one_outcome_is_not_that_of_another():
    changed = join(pain=make_pain(reference="sham"), sae=make_sae())
    assert changed.of("pain").meta["reference"] == "sham"
    assert changed.of("sae").meta == {**make_meta(), **changed.of("sae").meta}
