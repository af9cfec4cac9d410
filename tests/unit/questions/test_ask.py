import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trialpool.draws import Draws
from trialpool.errors import PosteriorFileError, QuestionError
from trialpool.questions import Answer, ask
from trialpool.questions.effects import benefit_at, contrast
from trialpool.questions.suggest import example_questions

KEYS = [
    "question", "interpretation", "probability", "mcse", "difference", "months", "margin",
    "outcome", "evidence", "direct_trials", "extrapolated", "engine", "diagnostics", "notes",
    "prior_probability",
]  # fmt: skip


def one(draws, question) -> Answer:
    (answer,) = ask(draws, question)
    return answer


def refused(draws, question):
    with pytest.raises(QuestionError) as caught:
        ask(draws, question)
    return caught.value


def course(draws, cls, month):
    position = draws.coord("class").index(cls)
    return draws.array("benefit")[:, position, list(draws.coord("months")).index(month)]


def test_comparison_is_the_share_of_draws(pain):
    answer = one(pain, "probability PRP beats MSC by 3 at 24 months")
    diff = course(pain, "PRP", 24) - course(pain, "MSC", 24)
    assert answer.probability == np.mean(diff > 3)
    assert answer.difference.median == pytest.approx(np.median(diff))
    assert answer.difference.lower == pytest.approx(np.quantile(diff, 0.025))
    assert answer.difference.unit == "points of 100"
    assert (answer.months, answer.margin, answer.outcome) == (24, 3, "pain")
    assert answer.direct_trials == 0
    assert answer.extrapolated  # PRP was seen to 12 months
    assert set(answer.evidence) == {"PRP", "MSC"}


def test_keys_and_json(pain):
    answer = one(pain, "PRP beats MSC at 24 months").to_dict()
    assert list(answer) == KEYS
    assert list(answer["difference"]) == ["mean", "median", "lower", "upper", "level", "unit"]
    assert list(answer["evidence"]["PRP"]) == ["trials", "patients", "last_months"]
    assert answer["diagnostics"] == {"ok": True, "messages": []}
    assert answer["difference"]["level"] == 0.95
    json.dumps(answer, allow_nan=False)


def test_worse_turns_the_pair_round(pain):
    worse = one(pain, "PRP is worse than MSC at 24 months")
    better = one(pain, "MSC is better than PRP at 24 months")
    assert worse.probability == better.probability
    assert list(worse.evidence) == ["MSC", "PRP"]


def test_placebo_has_no_benefit(pain):
    answer = one(pain, "MPC beats saline at 12 months")
    assert answer.probability == one(pain, "MPC works at 12 months").probability
    assert answer.probability == np.mean(course(pain, "MPC", 12) > 0)
    assert answer.direct_trials == 2 and not answer.extrapolated


def test_mcid_comes_from_the_posterior(pain, pain_with):
    answer = one(pain, "MPC works by the MCID at 12 months")
    assert answer.margin == 5
    assert "no minimal" in str(refused(pain_with(mcid=None), "MPC works by the MCID at 12 months"))


def test_best_and_worst_are_over_active_classes(pain):
    answers = ask(pain, "which class is best at 12 months")
    assert [a.probability for a in answers] == [
        one(pain, f"{c} is best at 12 months").probability
        for c in ("MPC", "MSC", "PRP", "disc progenitor")
    ]
    assert sum(a.probability for a in answers) == pytest.approx(1)
    assert sum(a.probability for a in ask(pain, "which is worst at 12 months")) == pytest.approx(1)
    assert "hyaluronate" not in answers[0].evidence
    assert answers[0].direct_trials is None


def test_active_list_is_taken_where_there_is_one(pain_with):
    assert len(ask(pain_with(active=["MPC", "PRP"]), "which is best at 12 months")) == 2


def test_share_left(pain):
    answer = one(pain, "how much of MPC\u2019s benefit is left at 36 months")
    before, after = course(pain, "MPC", 24), course(pain, "MPC", 36)
    kept = after[before > 0] / before[before > 0]
    assert answer.difference.median == pytest.approx(np.median(kept))
    assert answer.probability == pytest.approx(np.mean(kept >= 0.5))
    assert answer.difference.unit == "share of the 24-month benefit"
    assert "24-month benefit" in answer.interpretation
    assert 0 < answer.mcse < 0.05


@pytest.mark.parametrize(
    ("question", "share_of"),
    [
        ("how much of PRP's benefit is left at 36 months", 12),  # PRP was seen to 12 months
        ("how much of MPC's benefit is left at 24 months", 12),
        ("how much of MPC's benefit is left at 12 months", 6),
        ("how much of MPC's 6-month benefit is left at 36 months", 6),
    ],
)
def test_share_left_says_of_what(pain, question, share_of):
    assert one(pain, question).difference.unit == f"share of the {share_of}-month benefit"


def test_past_two_years_is_read_a_year_on(pain):
    answers = ask(pain, "does the effect last past two years")
    assert [next(iter(a.evidence)) for a in answers] == ["MPC", "MSC", "PRP", "disc progenitor"]
    assert {a.months for a in answers} == {36}
    assert answers[0].probability == np.mean(course(pain, "MPC", 36) > 0)
    assert "MCID" in " ".join(answers[0].notes)
    assert one(pain, "does MPC still work at 36 months").months == 36
    assert one(pain, "does the effect of MPC last past 40 months").months == 48
    assert "horizon" in str(refused(pain, "does the effect of MPC last past 60 months"))


def test_month_left_out_is_the_last_followed(pain):
    answer = one(pain, "PRP beats MSC")
    assert answer.months == 12 and not answer.extrapolated
    assert "no month was named" in " ".join(answer.notes)


def test_months_off_the_grid(pain):
    answer = one(pain, "MPC works at 30 months")
    expected = (course(pain, "MPC", 24) + course(pain, "MPC", 36)) / 2
    assert answer.difference.mean == pytest.approx(expected.mean())
    assert "interpolated between 24 and 36" in " ".join(answer.notes)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("PRP beats MSC at 72 months", "horizon of this posterior, 60 months"),
        ("PRP beats MSC at 0 months", "baseline"),
        ("PRP beats MSC by -5 at 24 months", "got -5"),
        ("PRP beats PRP at 24 months", "with itself"),
        ("placebo works at 12 months", "0 by definition"),
        ("PRP beats MSC for function at 24 months", "--outcome function"),
        ("PRP raises serious adverse events", "--outcome sae"),
        ("PRP beats MSC for stiffness at 24 months", "not an outcome that is known"),
        ("PRP beats MSC in women at 24 months", "'women' is not an outcome"),
        ("PRP is safer than MSC", "--outcome sae"),
        ("bone marrow concentrate works at 12 months", "no row of it entered"),
        ("PRP is best by 10 at 24 months", "no margin"),
        ("how much of MPC's 36-month benefit is left at 24 months", "later month"),
        ("how much of MPC's benefit is left at 2 months", "no common visit"),
    ],
)
def test_refused_with_the_way_out(pain, question, words):
    assert words in str(refused(pain, question))


def test_unknown_class_gets_the_nearest(pain):
    error = refused(pain, "probability disk progenitor beats MSC at 24 months")
    assert "Did you mean disc progenitor?" in str(error)
    assert error.suggestions[0] == "probability disc progenitor beats MSC at 24 months"
    for suggestion in error.suggestions:
        assert ask(pain, suggestion)


def test_unknown_phrase_keeps_the_classes_in_its_suggestions(pain):
    error = refused(pain, "PRP beets MSC at 24 months")
    assert "'beets'" in str(error)
    assert error.suggestions[0] == "probability PRP beats MSC at 24 months"


def test_every_example_is_answered(pain, sae):
    for draws in (pain, sae):
        for question in example_questions(draws):
            assert ask(draws, question), question


def test_documented_questions_are_answered(pain, sae, joint, net):
    page = (Path(__file__).parents[3] / "docs" / "questions.md").read_text(encoding="utf-8")
    of_section = {
        "Adverse events": sae,
        "Several outcomes at once": joint,
        "Networks of treatments": net,
    }
    count = 0
    for section in page.split("\n## ")[1:]:
        draws = of_section.get(section.splitlines()[0], pain)
        asked = [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")]
        count += len(asked)
        for question in asked:
            assert ask(draws, question), question
    assert count >= 80


def test_text_is_for_people(pain, pain_with):
    text = str(one(pain, "PRP beats MSC at 24 months"))
    assert "no trial compares them directly" in text
    assert "95 % credible interval" in text
    assert "EXTRAPOLATED: PRP was last seen at 12 months" in text
    assert "EXTRAPOLATED: MSC" not in text
    assert "could go either way" in text
    assert "2 trials compare them directly" in str(one(pain, "MPC works at 12 months"))
    assert "EXTRAPOLATED: placebo" not in str(one(pain, "MPC works at 48 months"))
    failed = pain_with(diagnostics={"ok": False, "messages": ["R-hat 1.2"]})
    assert str(one(failed, "MPC works at 12 months")).startswith(
        "THE FIT FAILED ITS CHECKS: R-hat 1.2"
    )


def test_certainty_is_never_printed(pain):
    sure = one(pain, "MPC works by 100 at 12 months")
    assert sure.probability == 0 and sure.mcse > 0
    assert "0.0005 or less" in str(sure) and "probability 0.000 " not in str(sure)


def test_a_posterior_without_diagnostics_is_not_called_sound(pain):
    meta = {k: v for k, v in pain.meta.items() if k != "diagnostics"}
    draws = Draws.from_arrays(
        {"benefit": pain.chains("benefit")},
        coords={"class": pain.coord("class"), "months": pain.coord("months")},
        meta=meta,
    )
    assert not one(draws, "MPC works at 12 months").diagnostics.ok


def test_plain_meta_analysis_has_no_classes():
    draws = Draws.from_arrays({"effect": np.ones((1, 5))}, coords={}, meta={"layout": "effects"})
    assert "layout 'effects'" in str(refused(draws, "PRP beats MSC"))


def test_draws_that_are_not_finite_are_refused(pain):
    benefit = np.array(pain.chains("benefit"))
    benefit[0, 0] = np.nan
    draws = Draws.from_arrays(
        {"benefit": benefit},
        coords={"class": pain.coord("class"), "months": pain.coord("months")},
        meta=pain.meta,
    )
    with pytest.raises(PosteriorFileError, match="not finite"):
        ask(draws, "MPC works at 12 months")


# ------------------------------------------------------------------------------ adverse events


def test_lower_odds_are_better(sae):
    answer = one(sae, "probability PRP beats MSC")
    odds = sae.array("log_odds_ratio")
    diff = odds[:, 2] - odds[:, 1]
    assert answer.probability == np.mean(diff < 0)
    assert answer.difference.unit == "log odds ratio"
    assert answer.difference.median == pytest.approx(np.median(diff))
    assert answer.months is None and not answer.extrapolated
    assert f"odds ratio {np.exp(np.median(diff)):.3g}" in answer.notes[0]
    assert one(sae, "PRP is safer than MSC").probability == answer.probability


def test_raises_and_safe_are_opposite(sae):
    up = one(sae, "PRP raises serious adverse events").probability
    assert up + one(sae, "PRP is safe").probability == pytest.approx(1)
    assert up == np.mean(sae.array("log_odds_ratio")[:, 2] > 0)
    assert sum(a.probability for a in ask(sae, "which is safest")) == pytest.approx(1)


EVENT_QUESTIONS = [
    ("PRP is safer than MSC", "P({} with PRP {} lower than with MSC); sae, lower is better"),
    ("PRP is safe", "P({} with PRP {} lower than with placebo); sae, lower is better"),
    ("PRP raises serious adverse events", "P({} with PRP {} higher than with placebo); sae, lower"),
    ("PRP is safest", "P(PRP has the lowest {} of MPC, MSC, PRP, disc progenitor); sae, lower"),
]


@pytest.mark.parametrize(
    ("scale", "compared", "verb"),
    [("odds", "odds of an event", "are"), ("risk", "risk of an event", "is"),
     ("rate", "rate of events", "is")],
)  # fmt: skip
def test_events_are_compared_on_the_scale_of_the_posterior(sae, sae_of, scale, compared, verb):
    for question, words in EVENT_QUESTIONS:
        answer = one(sae_of(scale), question)
        assert answer.interpretation.startswith(words.format(compared, verb))
        assert answer.probability == one(sae, question).probability
        assert answer.difference.unit == f"log {scale} ratio"
        assert answer.notes[0].startswith(f"{scale} ratio ")
    plural = scale if scale == "odds" else f"{scale}s"
    assert f"placebo is what {plural} are measured" in str(
        refused(sae_of(scale), "placebo is safe")
    )


def test_events_without_ratios_are_refused(sae):
    draws = Draws.from_arrays({"tau": np.ones((1, 5))}, coords={}, meta=sae.meta)
    assert "holds no 'log_odds_ratio' by class" in str(refused(draws, "PRP is safe"))


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("PRP beats MSC at 24 months", "no time course"),
        ("PRP beats MSC by 10", "no agreed unit"),
        ("MPC works", "asks about a benefit"),
        ("how much of MPC's benefit is left at 36 months", "asks about a benefit"),
        ("PRP beats MSC for pain", "--outcome pain"),
    ],
)
def test_events_refuse(sae, question, words):
    assert words in str(refused(sae, question))


# ------------------------------------------------------------------------------ laws


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 2**31), month=st.floats(0.5, 60))
def test_either_one_or_the_other_is_better(seed, month):
    rng = np.random.default_rng(seed)
    meta = {"layout": "longitudinal", "reference": "placebo", "outcome": "pain"}
    draws = Draws.from_arrays(
        {"benefit": rng.normal(size=(2, 30, 2, 3))},
        coords={"class": ["A", "B"], "months": [0, 12, 60]},
        meta=meta,
    )
    forth = one(draws, f"A beats B at {month:.3f} months")
    back = one(draws, f"B beats A at {month:.3f} months")
    assert forth.probability + back.probability == pytest.approx(1)
    assert forth.difference.median == pytest.approx(-back.difference.median)


@settings(deadline=None, max_examples=40)
@given(
    inner=st.lists(st.floats(0.5, 59.5), min_size=1, max_size=6, unique=True),
    share=st.floats(0, 1),
)
def test_interpolation_hits_the_grid_and_stays_between(inner, share):
    months = [0.0, *sorted(inner), 60.0]
    benefit = np.random.default_rng(0).normal(size=(2, 5, 1, len(months)))
    coords = {"class": ["A"], "months": months}
    draws = Draws.from_arrays({"benefit": benefit}, coords=coords, meta={})
    for i, month in enumerate(months):
        np.testing.assert_array_equal(benefit_at(draws, "A", month), benefit[:, :, 0, i])
    between = months[0] + share * (months[1] - months[0])
    low, high = benefit[:, :, 0, :2].min(axis=-1), benefit[:, :, 0, :2].max(axis=-1)
    values = benefit_at(draws, "A", between)
    assert (values >= low - 1e-12).all() and (values <= high + 1e-12).all()
    np.testing.assert_array_equal(contrast(draws, "A", "placebo", month=between), values)
