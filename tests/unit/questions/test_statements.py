"""What is new in a statement: windows of time, sizes, shares, joints; and what is refused."""

import numpy as np
import pytest

from tests.unit.questions.conftest import CLASSES, MONTHS
from trialpool.errors import QuestionError
from trialpool.questions import ask
from trialpool.questions.grammar import LONGEST


def one(draws, question):
    (answer,) = ask(draws, question)
    return answer


def refused(draws, question):
    with pytest.raises(QuestionError) as caught:
        ask(draws, question)
    return str(caught.value)


def course(draws, cls):
    return draws.array("benefit")[:, CLASSES.index(cls)]


def upto(month):
    return [i for i, m in enumerate(MONTHS) if 0 < m <= month]


def test_without_reports_every_visit_is_every_month_of_the_grid_after_the_first(pain):
    answer = one(pain, "PRP beats MSC by 2 at every visit up to 18 months")
    diff = (course(pain, "PRP") - course(pain, "MSC"))[:, upto(18)]
    assert answer.probability == np.mean((diff > 2).all(axis=1))
    assert answer.difference.median == pytest.approx(np.median(diff.min(axis=1)))
    assert "at every one of the months 1, 3, 6, 12, 18" in answer.interpretation
    assert "difference: the smallest over these months" in answer.interpretation
    assert answer.months == 18 and answer.extrapolated  # PRP was seen to 12 months


def test_ever_is_some_month(pain):
    answer = one(pain, "PRP ever beats MSC by 2 up to 18 months")
    diff = (course(pain, "PRP") - course(pain, "MSC"))[:, upto(18)]
    assert answer.probability == np.mean((diff > 2).any(axis=1))
    assert answer.difference.median == pytest.approx(np.median(diff.max(axis=1)))
    assert one(pain, "PRP beats MSC by 2 within 18 months").probability == answer.probability


def test_harm_at_every_visit_reads_the_largest(pain):
    answer = one(pain, "MSC raises pain by 18 months")
    values = course(pain, "MSC")[:, upto(18)]
    assert answer.probability == np.mean((values < 0).all(axis=1))
    assert answer.difference.median == pytest.approx(np.median(values.max(axis=1)))


def test_a_window_without_a_month_ends_with_the_follow_up(pain):
    answer = one(pain, "PRP always beats MSC")
    assert answer.months == 12 and not answer.extrapolated
    assert "up to which it is read" in answer.notes[1]
    assert one(pain, "MPC ever works by 3").months == 36


def test_a_month_off_the_grid_closes_a_window(pain):
    inside = one(pain, "MPC works at every visit up to 20 months")
    assert "12, 18, 20" in inside.interpretation
    assert "interpolated" in " ".join(inside.notes)


def test_an_average_is_over_time_and_not_over_visits(pain):
    answer = one(pain, "PRP beats MSC between 12 and 36 months")
    diff = (course(pain, "PRP") - course(pain, "MSC"))[:, [4, 5, 6, 7]]
    months = np.array([12.0, 18.0, 24.0, 36.0])
    expected = ((diff[:, 1:] + diff[:, :-1]) / 2 * np.diff(months)).sum(axis=1) / 24
    assert answer.probability == np.mean(expected > 0)
    assert answer.difference.mean == pytest.approx(expected.mean())
    assert "on average from 12 to 36 months" in answer.interpretation and answer.months == 36
    off = one(pain, "PRP beats MSC between 13 and 14 months").difference.mean
    assert off == pytest.approx(np.mean(diff[:, 0] + (diff[:, 1] - diff[:, 0]) * 1.5 / 6))


def test_ranks_take_windows_too(pain):
    active = ["MPC", "MSC", "PRP", "disc progenitor"]
    values = {c: course(pain, c)[:, upto(12)] for c in active}
    rest = np.max([values[c] for c in active if c != "MPC"], axis=0)
    best = one(pain, "MPC is best by 12 months")
    assert best.probability == np.mean((values["MPC"] > rest).all(axis=1))
    third = np.sort([values[c] for c in active if c != "MPC"], axis=0)[-3]
    ever = one(pain, "MPC is ever in the top 3 up to 12 months")
    assert ever.probability == np.mean((values["MPC"] > third).any(axis=1))
    assert "the third best of the others" in ever.interpretation


def test_the_top_of_all_is_no_question(pain):
    assert "fewer than 4" in refused(pain, "PRP is in the top 4 at 12 months")
    total = sum(a.probability for a in ask(pain, "which class is in the top 2 at 12 months"))
    assert total == pytest.approx(2)


def test_a_share_of_the_other_benefit_is_over_draws_that_have_one(pain):
    answer = one(pain, "PRP beats MSC by 20 % at 12 months")
    a, b = course(pain, "PRP")[:, 4], course(pain, "MSC")[:, 4]
    assert answer.probability == pytest.approx(np.mean(a[b > 0] > 1.2 * b[b > 0]))
    assert "20 % more than that of MSC" in answer.interpretation
    assert "given that MSC has a benefit then" in answer.interpretation
    less = one(pain, "PRP is non-inferior to MSC within 20 % at 12 months")
    assert less.probability == pytest.approx(np.mean(a[b > 0] > 0.8 * b[b > 0]))
    assert "not a ratio" in refused(pain, "PRP beats placebo by 20 % at 12 months")
    assert "not a ratio" in refused(pain, "PRP works by 20 % at 12 months")


def test_losing_needs_having(pain):
    answer = one(pain, "MSC loses its benefit of 3 by 36 months")
    before, after = course(pain, "MSC")[:, 6], course(pain, "MSC")[:, 7]
    assert answer.probability == pytest.approx(np.mean(after[before > 3] <= 3))
    assert "given that it was > 3 points of 100 at 24 months" in answer.interpretation
    third = one(pain, "MSC loses at least a third of its 12-month benefit by 36 months")
    start = course(pain, "MSC")[:, 4]
    kept = after[start > 0] / start[start > 0]
    assert third.probability == pytest.approx(np.mean(kept <= 2 / 3))


def test_not_is_the_rest(pain):
    yes, no = (one(pain, f"PRP is {w}better than MSC at 12 months") for w in ("", "not "))
    assert yes.probability + no.probability == pytest.approx(1)
    assert no.interpretation.startswith("P(not: benefit of PRP minus benefit of MSC > 0")
    rest = one(pain, "MPC does not keep half of its benefit at 36 months")
    held = one(pain, "MPC keeps half of its benefit at 36 months")
    assert rest.probability + held.probability == pytest.approx(1)


def test_given_is_among_the_draws_of_the_condition(pain):
    answer = one(pain, "MPC beats PRP at 36 months given that it beats PRP at 12 months")
    late, early = ((course(pain, "MPC") - course(pain, "PRP"))[:, i] > 0 for i in (7, 4))
    assert answer.probability == pytest.approx(np.mean(late[early]))
    notes = " ".join(answer.notes)
    assert f"holds with probability {early.mean():.3f}" in notes
    assert f"without it the answer is {late.mean():.3f}" in notes
    assert answer.interpretation.startswith("P((1) given (2)): (1) P(")
    assert answer.interpretation.endswith("difference: that of (1), where what is given holds")
    diff = (course(pain, "MPC") - course(pain, "PRP"))[:, 7]
    assert answer.difference.median == pytest.approx(np.median(diff[early]))
    never = "MPC works at 36 months given that MPC works by 99 at 12 months"
    assert "holds in no draw" in refused(pain, never)


def test_a_general_time_is_not_of_adverse_events(joint):
    apart = one(joint, "(PRP relieves pain by 3 or PRP is safe) at 12 months")
    pain = joint.chains("pain::benefit")[:, :, CLASSES.index("PRP"), 4] > 3
    safe = joint.chains("sae::log_odds_ratio")[:, :, CLASSES.index("PRP")] < 0
    assert apart.probability == np.mean(pain | safe)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("PRP is non-inferior to MSC at 12 months", "within how much"),
        ("PRP has a benefit between 10 and 5 at 12 months", "the smaller first"),
        ("PRP works between 36 and 12 months", "earlier month first"),
        ("PRP ever works always", "'ever' and 'always'"),
        ("beats MSC at 24 months", "names no class"),
        ("MPC keeps 120 % of its benefit at 36 months", "less than 1"),
        ("MPC keeps half of its benefit at every visit up to 36 months", "at one month"),
        ("PRP works by 5 + 5 at 12 months", "2 margins"),
        ("PRP is safe where higher is better", "--outcome sae"),
        ("PRP beats MSC at 12 months where lower is better", "Leave it out"),
        ("(PRP works given MSC works) and MPC works at 12 months", "stands once"),
        ("PRP beats MSC by 20 % at 12 months and MPC works", "Ask it by itself"),
        ("PRP is best at 12 months in a new trial", "a rank is among all classes"),
        ("number needed to treat with PRP at 12 months", "trialpool compare"),
        ("x" * (LONGEST + 1), f"at most {LONGEST}"),
        ("(" * 21 + "PRP works", "at most 20"),
        ("PRP works and " * 9 + "MSC works", "at most 8"),
    ],
)
def test_refused_with_the_way_out(pain, question, words):
    assert words in refused(pain, question)


def test_greater_is_not_said_of_events(sae):
    assert "both ways" in refused(sae, "PRP > MSC")


def test_synonyms_of_the_posterior_are_understood(pain):
    same = one(pain, "PRP beats stem cells at 24 months").probability
    assert same == one(pain, "PRP beats MSC at 24 months").probability


def test_harm_in_a_joint_posterior_is_adverse_events(joint):
    answer = one(joint, "does PRP harm")
    assert answer.outcome == "sae" and "the adverse events of pain" in " ".join(answer.notes)
    assert one(joint, "does PRP harm for pain at 12 months").outcome == "pain"


def test_visits_are_the_months_at_which_trials_of_the_classes_reported(pain):
    reports = [
        {"class_": "MPC", "months": 3.0},
        {"class_": "MPC", "months": 12.0},
        {"class_": "placebo", "months": 6.0},
    ]
    answer = one(pain.with_meta(reports=reports), "MPC works at every visit up to 36 months")
    later = [m for m in MONTHS if 12 < m <= 36]
    places = [MONTHS.index(m) for m in (3, 12, *later)]
    assert answer.probability == np.mean((course(pain, "MPC")[:, places] > 0).all(axis=1))


@pytest.mark.parametrize(
    "text",
    [
        "PRP beats MSC 24 months after injection",
        "PRP beats MSC at two years after the treatment",
        "how sure are you that PRP is any better then MSC 2 years after injection",
    ],
)
def test_time_since_the_injection_is_time(pain, text):
    assert one(pain, text).probability == one(pain, "PRP beats MSC at 24 months").probability


def test_what_to_choose_is_not_answered_but_pointed_at(pain):
    assert "trialpool rank" in refused(pain, "which therapy should I choose")
