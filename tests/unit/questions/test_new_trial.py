"""A trial still to come: closed forms against simulation, and what is refused."""

import json
import math
from statistics import NormalDist

import numpy as np
import pytest

from tests.unit.questions.conftest import CLASSES, MONTHS, make_meta, make_sae
from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions import ask, predict
from trialpool.questions.mixture import NormalMixture

AT = MONTHS.index(12.0)


def one(draws, question):
    (answer,) = ask(draws, question)
    return answer


def without(draws, *names, **meta):
    return Draws.from_arrays(
        {n: draws.chains(n) for n in draws.names if n not in names},
        coords={"class": draws.coord("class"), "months": draws.coord("months")},
        meta={**draws.meta, **meta},
    )


def simulated(draws, cls, n=None, repeats=200):
    """True effect and observed difference of new trials v placebo, by simulation."""
    rng = np.random.default_rng(7)
    i = CLASSES.index(cls)
    shape = (*draws.chains("tau").shape, repeats)
    share = draws.chains("course_share")[:, :, i, AT, None]
    product = draws.chains("treatment_sd")[..., None] * rng.normal(size=shape)
    trial = draws.chains("tau")[..., None] * rng.normal(size=shape)
    true = draws.chains("benefit")[:, :, i, AT, None] + share * (product + trial)
    if n is None:
        return true
    sd = draws.chains("spread") * np.sqrt(1 - draws.chains("rho") ** 2)
    return true + (sd * np.sqrt(4 / n))[..., None] * rng.normal(size=shape)


# ---------------------------------------------------------------------------- the mixture


def test_one_component_is_the_normal_distribution():
    mixture, oracle = NormalMixture(np.full((1, 1), 3.0), np.full((1, 1), 2.0)), NormalDist(3, 2)
    for q in (0.001, 0.025, 0.5, 0.9):
        assert mixture.quantile(q) == pytest.approx(oracle.inv_cdf(q), abs=1e-8)
    for x in (-4.0, 3.0, 8.0):
        assert mixture.above(x)[0, 0] == pytest.approx(1 - oracle.cdf(x))


def test_without_spread_a_mixture_is_its_draws():
    mean = np.random.default_rng(0).normal(size=(2, 500))
    summary = NormalMixture(mean, np.zeros_like(mean)).summary(unit="")
    assert summary.median == pytest.approx(np.median(mean), abs=0.01)
    assert summary.lower == pytest.approx(np.quantile(mean, 0.025), abs=0.05)
    assert NormalMixture(mean, np.zeros_like(mean)).above(0).mean() == (mean > 0).mean()


# ------------------------------------------------------------------------------ questions


@pytest.mark.parametrize(
    ("question", "n", "margin"),
    [
        ("a new trial of PRP shows a benefit at 12 months", None, 0),
        ("a new trial of PRP shows a benefit over the MCID at 12 months", None, 5),
        ("a new trial of PRP with 100 patients observes a benefit by 10 at 12 months", 100, 10),
        ("what would a new trial of PRP with 50 patients per arm find at 12 months", 100, 0),
    ],
)
def test_a_new_trial_agrees_with_simulation(pain, question, n, margin):
    answer, drawn = one(pain, question), simulated(pain, "PRP", n)
    assert answer.probability == pytest.approx(np.mean(drawn > margin), abs=0.004)
    assert answer.margin == margin
    assert answer.difference.median == pytest.approx(np.median(drawn), abs=0.1)
    assert answer.difference.lower == pytest.approx(np.quantile(drawn, 0.025), abs=0.25)
    assert answer.difference.upper == pytest.approx(np.quantile(drawn, 0.975), abs=0.25)
    assert 0 < answer.mcse < 0.02


def test_a_trial_is_significant_as_often_as_simulated(pain):
    answer = one(pain, "probability a trial of 60 patients of MSC is significant at 12 months")
    sd = pain.chains("spread") * np.sqrt(1 - pain.chains("rho") ** 2) * np.sqrt(4 / 60)
    drawn = simulated(pain, "MSC", 60) / sd[..., None]
    assert answer.probability == pytest.approx(np.mean(drawn > 1.96), abs=0.004)
    assert "two-sided p < 0.05" in answer.interpretation
    larger = one(pain, "probability a trial of 6000 patients of MSC is significant at 12 months")
    shows = one(pain, "a new trial of MSC shows a benefit at 12 months")
    assert answer.probability < larger.probability < shows.probability


def test_the_share_of_future_trials_has_its_own_uncertainty(pain):
    answer = one(pain, "share of future PRP trials with benefit over the MCID at 12 months")
    alike = one(pain, "a new trial of PRP shows a benefit over the MCID at 12 months")
    assert answer.probability == pytest.approx(alike.probability)
    assert answer.difference.mean == pytest.approx(answer.probability)
    assert 0 <= answer.difference.lower < answer.probability < answer.difference.upper <= 1
    assert answer.difference.unit == "share of new trials"
    i = CLASSES.index("PRP")
    benefit = pain.chains("benefit")[:, :, i, AT].ravel()
    scale = pain.chains("course_share")[:, :, i, AT].ravel() * np.hypot(
        pain.chains("tau").ravel(), pain.chains("treatment_sd").ravel()
    )
    shares = [NormalDist().cdf((b - 5) / s) for b, s in zip(benefit, scale, strict=True)]
    assert answer.difference.median == pytest.approx(np.median(shares))


def test_the_same_question_has_the_same_answer(pain):
    question = "what would a new trial of PRP with 80 patients find at 12 months"
    assert one(pain, question) == one(pain, question)


def test_a_new_trial_is_less_sure_than_the_average_of_its_class(pain):
    average, new = (
        one(pain, "MPC works at 12 months"),
        one(pain, "a new trial of MPC shows a benefit at 12 months"),
    )
    assert new.difference.mean == pytest.approx(average.difference.mean)
    assert new.difference.upper - new.difference.lower > (
        average.difference.upper - average.difference.lower
    )
    assert 0.5 < new.probability < average.probability


def test_either_arm_may_be_called_the_comparator(pain):
    forth = one(pain, "a new trial of PRP v MSC with 80 patients shows a benefit at 12 months")
    back = one(pain, "a new trial of MSC v PRP with 80 patients shows a benefit at 12 months")
    assert forth.probability + back.probability == pytest.approx(1)
    assert forth.difference.lower == pytest.approx(-back.difference.upper, abs=1e-6)
    assert list(forth.evidence) == ["PRP", "MSC"] and forth.direct_trials == 0


def test_a_new_trial_joins_what_is_true_of_each_draw(pain):
    answer = one(pain, "a new trial of PRP shows a benefit at 12 months and MSC works")
    mean = pain.chains("benefit")[:, :, :, AT]
    sd = pain.chains("course_share")[:, :, CLASSES.index("PRP"), AT] * np.hypot(
        pain.chains("tau"), pain.chains("treatment_sd")
    )
    given_draw = [
        NormalDist(m, s).cdf(0.0)
        for m, s in zip(mean[:, :, CLASSES.index("PRP")].ravel(), sd.ravel(), strict=True)
    ]
    works = mean[:, :, CLASSES.index("MSC")].ravel() > 0
    assert answer.probability == pytest.approx(np.mean((1 - np.array(given_draw)) * works))


def test_a_population_is_asked_in_the_tail_as_well(pain):
    for tail, subject in (
        (
            "MSC works at 12 months in a new trial",
            "a new trial of MSC shows a benefit at 12 months",
        ),
        (
            "PRP beats MSC by 3 at 12 months in a new trial of 80 patients",
            "a new trial of PRP v MSC with 80 patients shows a benefit by 3 at 12 months",
        ),
    ):
        assert one(pain, tail).probability == one(pain, subject).probability
    with pytest.raises(QuestionError, match="several visits"):
        ask(pain, "PRP always beats MSC up to 12 months in a new trial")
    with pytest.raises(QuestionError, match="belongs to a new trial"):
        ask(pain, "PRP beats MSC at 12 months with 100 patients")


def test_harm_is_the_opposite_of_benefit(pain):
    harm = one(pain, "a new trial of PRP raises pain at 12 months")
    benefit = one(pain, "a new trial of PRP shows a benefit at 12 months")
    assert harm.probability + benefit.probability == pytest.approx(1)
    assert "< 0 at 12 months" in harm.interpretation


def test_the_answer_says_what_went_in(pain):
    notes = "\n".join(one(pain, "a trial of 60 patients of PRP is significant at 12 months").notes)
    assert "products differ by SD 2.9" in notes and "trials by SD 4" in notes
    assert "standard error of the observed difference" in notes and "sqrt(1 - rho^2)" in notes
    assert "true effect in the new trial" in notes and "course_share" not in notes


def test_levels_that_the_posterior_lacks_are_named(pain):
    question = "a new trial of PRP shows a benefit at 12 months"
    bare = without(pain, "course_share", "treatment_sd")
    notes = "\n".join(one(bare, question).notes)
    assert "does not hold the course (course_share)" in notes and "no level of products" in notes
    # A deviation that does not wane is the larger one.
    full, waned = (predict(d, "PRP", months=12).true_effect for d in (
        without(pain, "course_share"), pain))  # fmt: skip
    assert full.upper - full.lower > waned.upper - waned.lower


def test_heterogeneity_by_class_is_that_of_the_class(pain):
    size = pain.chains("tau").shape
    tau = np.zeros((*size, len(CLASSES)))
    tau[:, :, CLASSES.index("MSC")] = 9.0
    by_class = Draws.from_arrays(
        {n: tau if n == "tau" else pain.chains(n) for n in pain.names if n != "treatment_sd"},
        coords={"class": CLASSES, "months": MONTHS},
        meta=pain.meta,
    )
    works, shows = (
        one(by_class, q) for q in ("PRP works at 12 months",
                                   "a new trial of PRP shows a benefit at 12 months")
    )  # fmt: skip
    assert shows.probability == pytest.approx(works.probability)
    assert "trials by SD 9" in "".join(predict(by_class, "MSC", months=12).notes)


def test_fixed_values_are_taken_from_the_record(pain):
    priors = [
        {"role": "tau", "prior": "Fixed(value=0.0)"},
        {"role": "rho", "prior": "Fixed(value=0.6)"},
        {"role": "spread", "prior": "Fixed(value=25.0)"},
    ]
    fixed = without(pain, "tau", "rho", "spread", "treatment_sd", priors=priors)
    answer = one(fixed, "a trial of 100 patients of PRP shows a benefit at 12 months")
    assert "standard error of the observed difference 4:" in " ".join(answer.notes)
    assert predict(fixed, "PRP", months=12).p_benefit == pytest.approx(
        one(fixed, "PRP works at 12 months").probability
    )
    common = without(pain, "tau", model="Model(pooling={'trial': 'complete'})")
    assert predict(common, "PRP", months=12).p_benefit > 0


def test_in_sds_the_patients_have_an_sd_of_one(sds):
    unadjusted = without(sds, "rho")
    notes = " ".join(predict(unadjusted, "PRP", months=12, n=100).notes)
    assert "standard error of the observed difference 0.2:" in notes and "unadjusted" in notes


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("a trial of PRP is significant at 12 months", "with 100 patients"),
        ("a trial of PRP with 2 patients is significant at 12 months", "at least 4"),
        ("share of trials of PRP with 50 patients with benefit at 12 months", "true effects"),
        ("a trial of PRP with 50 patients finds a significant benefit by 5 at 12 months", "margin"),
        ("a new trial of placebo shows a benefit at 12 months", "measured against"),
        ("a new trial of PRP v PRP shows a benefit at 12 months", "with itself"),
        ("a new trial of PRP shows a benefit at 70 months", "horizon"),
        ("a new trial of PRP shows a benefit by 20 % at 12 months", "not a ratio"),
        ("a new trial of PRP raises serious adverse events", "--outcome sae"),
        (
            "a new trial of PRP shows a benefit at 12 months or a new trial of MSC does not",
            "not understood",
        ),
        (
            "a new trial of PRP shows a benefit and a new trial of MSC raises pain at 12 months",
            "one trial or several",
        ),
    ],
)
def test_refused_with_the_way_out(pain, question, words):
    with pytest.raises(QuestionError) as caught:
        ask(pain, question)
    assert words in str(caught.value)


def test_without_heterogeneity_no_trial_can_be_drawn(pain):
    with pytest.raises(QuestionError, match="no heterogeneity between trials"):
        ask(without(pain, "tau"), "a new trial of PRP shows a benefit at 12 months")
    with pytest.raises(QuestionError, match="no SD of the patients"):
        predict(without(pain, "spread"), "PRP", months=12, n=100)


# --------------------------------------------------------------------------------- events


def test_events_of_a_new_trial(sae):
    answer = one(sae, "probability a new trial of PRP raises sae")
    ratios, tau = sae.chains("log_odds_ratio")[:, :, 2], sae.chains("tau")
    drawn = ratios + tau * np.random.default_rng(1).normal(size=(300, *tau.shape))
    assert answer.probability == pytest.approx(np.mean(drawn > 0), abs=0.004)
    assert answer.notes[0].startswith("odds ratio ") and answer.months is None
    more = one(sae, "probability a new trial of PRP raises sae by more than 50 %")
    assert more.probability == pytest.approx(np.mean(drawn > math.log(1.5)), abs=0.004)
    assert more.margin == pytest.approx(math.log(1.5))
    less = one(sae, "probability a new trial of PRP reduces serious adverse events")
    assert less.probability == pytest.approx(1 - answer.probability)


def test_what_a_trial_observes_of_events_is_not_known(sae):
    for question, words in [
        ("a new trial of PRP with 80 patients raises sae", "baseline risk"),
        ("a new trial of PRP raises sae at 12 months", "no time course"),
        ("a new trial of PRP shows a benefit at 12 months", "asks about a benefit"),
        ("a new trial of PRP reduces sae by 120 %", "less than 100"),
    ]:
        with pytest.raises(QuestionError, match=words):
            ask(sae, question)


def test_risks_are_named(sae_of):
    text = str(one(sae_of("risk"), "a new trial of PRP raises sae"))
    assert "in a new trial the risk of an event with PRP is higher than with placebo" in text


# --------------------------------------------------------------------------------- Python


def test_predict_gives_what_ask_gives(pain):
    found = predict(pain, "PRP", months=12, n=60)
    significant = one(pain, "a trial of 60 patients of PRP is significant at 12 months")
    shown = one(pain, "a new trial of PRP shows a benefit by the MCID at 12 months")
    assert found.p_significant == significant.probability
    assert found.observed == significant.difference
    assert (found.p_mcid, found.true_effect) == (shown.probability, shown.difference)
    assert found.versus == "placebo" and predict(pain, "PRP", months=12).observed is None
    json.dumps(found.to_dict(), allow_nan=False)
    assert "a new trial of PRP v placebo at 12 months; pain" in str(found)
    assert "P(p < 0.05 in favour of PRP)" in str(found)


def test_predict_of_events_and_of_bad_arguments(pain, sae):
    found = predict(sae, "PRP")
    raised = one(sae, "probability a new trial of PRP raises sae").probability
    assert found.p_benefit == pytest.approx(1 - raised) and found.months is None
    assert found.p_mcid is None
    with pytest.raises(QuestionError, match="no time course"):
        predict(sae, "PRP", months=12)
    with pytest.raises(QuestionError, match="level"):
        predict(pain, "PRP", months=12, level=95)
    with pytest.raises(QuestionError, match="not a class"):
        predict(pain, "stem", months=12)


def test_classes_that_no_trials_connect_are_not_predicted():
    known = {"classes": {c: {"trials": 1} for c in (*CLASSES, "placebo")}, "direct": {}}
    known["direct"] = {
        "|".join(sorted((a, b))): 0 for a in known["classes"] for b in known["classes"] if a < b
    }
    apart = make_sae().with_meta(**make_meta(layout="events", outcome="sae", evidence=known))
    with pytest.raises(QuestionError, match="not connected"):
        ask(apart, "a new trial of PRP raises sae")
