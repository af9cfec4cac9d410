"""Which of several numbers of one arm and month enter, whatever the order of the rows."""

import random
from dataclasses import replace

import pytest

from trialpool.evidence import read_evidence
from trialpool.evidence.kinds import Contribution
from trialpool.evidence.rules import Reading
from trialpool.evidence.same_patients import keep_one_number
from trialpool.evidence.schema import Row


def number(line, arm, kind, *, n=40.0, months=6.0, versus="", threshold="", **part):
    """A number as ``keep_one_number`` gets it."""
    text = {
        "trial": "T",
        "outcome": "pain",
        "arm": arm,
        "kind": kind,
        "versus": versus,
        "threshold": threshold,
    }
    row = Row(line, text, {"months": months, "n": n}, None)
    return Reading(row, "PRP", Contribution(f"number {line}", **part))


def score(line, arm, kind="mean", **part):
    return number(line, arm, kind, y=40.0, **part)


def responders(line, arm, count, **cells):
    return number(line, arm, "responders", count=count, **cells)


def difference(line, arm, versus):
    return number(line, arm, "difference", versus=versus, y=-9.0, se=4.0)


def p_value(line, arm, versus):
    return number(line, arm, "p_value", versus=versus, z_low=2.0, z_high=2.0)


def settled(numbers):
    """Line -> why of the rows that are left out, and the lines that enter as further ones.

    Asserts that the order of the rows changes nothing.
    """
    rng = random.Random(1)
    parts = parts_of(numbers)
    for _ in range(20):
        shuffled = parts_of(rng.sample(numbers, len(numbers)))
        assert [(p.enters, p.further) for p in shuffled] == [(p.enters, p.further) for p in parts]
    lines = sorted(r.row.line for r in numbers)
    left_out = {line: p.why for line, p in zip(lines, parts, strict=True) if not p.enters}
    return left_out, [line for line, p in zip(lines, parts, strict=True) if p.further]


def parts_of(numbers):
    """What the numbers contribute, by line."""
    return [r.part for r in sorted(keep_one_number(numbers), key=lambda r: r.row.line)]


# ------------------------------------------------------------------------------------ the currency


@pytest.mark.parametrize(
    ("kind", "beaten"),
    [
        ("mean", "change"),
        ("change", "median"),
        ("median", "responders"),
        ("responders", "percent_change"),
    ],
)
def test_of_kinds_that_as_many_arms_print_the_earlier_enters(kind, beaten):
    numbers = [number(i, arm, beaten, count=20.0) for i, arm in ((2, "a"), (3, "v"))]
    numbers += [number(i, arm, kind, count=20.0) for i, arm in ((4, "a"), (5, "v"))]
    left_out, _ = settled(numbers)
    assert left_out == dict.fromkeys(
        (2, 3), f"same patients as the {kind} of rows 4, 5, printed for 2 arms"
    )


def test_a_p_value_has_no_error_of_its_own_that_beats_bare_numbers():
    bare = [score(2, "a"), score(3, "v")]
    test = replace_se(p_value(4, "a", "v"), 0.3)
    assert list(settled([*bare, test])[0]) == [4]


def replace_se(reading, se):
    return replace(reading, part=replace(reading.part, se=se))


def test_responders_before_comparisons_and_these_before_an_unknown_threshold():
    opened = [
        responders(2, "a", 9, definition="better"),
        responders(3, "v", 5, definition="better"),
    ]
    assert list(settled([*opened, p_value(4, "a", "v")])[0]) == [2, 3]
    counted = [responders(5, "a", 9, relative=0.5), responders(6, "v", 5, relative=0.5)]
    left_out, _ = settled([*opened, p_value(4, "a", "v"), *counted])
    assert list(left_out) == [2, 3, 4]
    assert left_out[4] == "same patients as the responders of rows 5, 6, printed for 2 arms"


def test_a_p_value_counts_both_of_its_arms():
    left_out, _ = settled([score(2, "a"), p_value(3, "a", "v")])
    assert left_out == {2: "same patients as the p_value of row 3, printed for 2 arms"}


def test_a_comparison_of_arms_with_scores_is_left_out_and_that_with_another_arm_stays():
    numbers = [score(2, "a", se=3.0), score(3, "v", se=3.0)]
    numbers += [p_value(4, "a", "v"), difference(5, "b", "v")]
    left_out, _ = settled(numbers)
    assert list(left_out) == [4]


def test_one_threshold_written_in_two_ways_is_one_currency():
    numbers = [
        responders(2, "a", 20, relative=0.5, threshold=">=50%"),
        responders(3, "v", 12, relative=0.5, threshold="≥ 50 %"),
    ]
    assert settled(numbers) == ({}, [])


# ------------------------------------------------------------------------------ further thresholds


def counts(form, *sizes, arms=("a", "v"), n=40.0):
    """Rows of 40 patients an arm for each threshold: 20 and fewer reach the first, and so on."""
    return [
        responders(2 + i * len(arms) + j, arm, 20.0 - 6 * i - 2 * j, n=n, **{form: size})
        for i, size in enumerate(sizes)
        for j, arm in enumerate(arms)
    ]


@pytest.mark.parametrize(
    ("form", "sizes"), [("relative", (0.3, 0.5)), ("absolute", (20, 30)), ("state", (30, 20))]
)
def test_other_thresholds_are_ordered_with_the_one_nearest_half(form, sizes):
    numbers = counts(form, *sizes)
    assert settled(numbers) == ({}, [4, 5])
    whys = {r.row.line: r.part.why for r in keep_one_number(numbers)}
    assert whys[4] == "number 4; ordered with row 2"
    assert whys[5] == "number 5; ordered with row 3"
    assert whys[2] == "number 2"


def test_several_further_thresholds():
    assert settled(counts("relative", 0.3, 0.5, 0.7)) == ({}, [4, 5, 6, 7])


def test_equal_counts_are_ordered_too():
    numbers = counts("relative", 0.3)
    numbers += [responders(4, "a", 20.0, relative=0.5), responders(5, "v", 18.0, relative=0.5)]
    left_out, further = settled(numbers)
    assert not left_out
    assert len(further) == 2


def test_a_threshold_of_one_arm_says_nothing():
    left_out, further = settled([*counts("relative", 0.3), responders(9, "a", 9, relative=0.5)])
    assert left_out == {9: "same patients as the responders of rows 2, 3, printed for 2 arms"}
    assert not further


def test_two_of_three_arms_are_enough():
    numbers = counts("relative", 0.3, arms=("a", "b", "v"))
    numbers += [responders(i, arm, 9, relative=0.5) for i, arm in ((8, "a"), (9, "v"))]
    assert settled(numbers) == ({}, [8, 9])


@pytest.mark.parametrize(
    "other", [{"absolute": 20}, {"state": 20}, {"relative": 0.2, "absolute": 20, "joined": "and"}]
)
def test_thresholds_of_another_form_are_left_out(other):
    numbers = counts("relative", 0.3)
    numbers += [responders(i, arm, 9, **other) for i, arm in ((8, "a"), (9, "v"))]
    left_out, further = settled(numbers)
    assert (list(left_out), further) == ([8, 9], [])
    assert left_out[8].startswith("same patients as the responders of rows 2, 3")


def test_nothing_is_ordered_with_a_joined_or_an_unknown_threshold():
    joined = {"relative": 0.2, "absolute": 20, "joined": "and"}
    for anchor in (joined, {"definition": "better"}):
        numbers = [responders(i, arm, 20, **anchor) for i, arm in ((2, "a"), (3, "b"), (4, "v"))]
        numbers += [responders(i, arm, 9, relative=0.5) for i, arm in ((8, "a"), (9, "v"))]
        left_out, further = settled(numbers)
        assert (list(left_out), further) == ([8, 9], [])


def test_thresholds_beside_means_are_left_out():
    numbers = [score(20, "a", se=3.0), score(21, "v", se=3.0), *counts("relative", 0.3, 0.5)]
    left_out, further = settled(numbers)
    assert (list(left_out), further) == ([2, 3, 4, 5], [])


def test_a_count_of_other_patients_is_left_out():
    numbers = counts("relative", 0.3, arms=("a", "b", "v"))
    numbers += [responders(8, "a", 9, relative=0.5), responders(9, "v", 8, relative=0.5)]
    numbers += [responders(10, "b", 9, relative=0.5, n=38.0)]
    left_out, further = settled(numbers)
    assert left_out == {10: "counts other patients than row 3 (38 and 40)"}
    assert further == [8, 9]


def test_counts_of_other_patients_in_all_arms_but_one():
    numbers = counts("relative", 0.3)
    numbers += [responders(8, "a", 9, relative=0.5), responders(9, "v", 8, relative=0.5, n=41.0)]
    left_out, further = settled(numbers)
    assert left_out == {
        8: "same patients as the responders of rows 2, 3, printed for 2 arms",
        9: "counts other patients than row 3 (41 and 40)",
    }
    assert not further


def test_thresholds_equally_far_from_half_do_not_depend_on_the_order():
    numbers = [responders(i, arm, 24.0, relative=0.3) for i, arm in ((2, "a"), (3, "v"))]
    numbers += [responders(i, arm, 16.0, relative=0.5) for i, arm in ((4, "a"), (5, "v"))]
    assert settled(numbers) == ({}, [4, 5])


def test_further_thresholds_of_a_folder(folder):
    for arm, n, events in (("prp", "45", "25"), ("steroid", "44", "14")):
        folder.add(trial="C", arm=arm, kind="responders", n=n, events=events, threshold=">=30%")
    reports = read_evidence(folder.write(), outcome="pain").reports.set_index("row")
    assert reports.loc[[8, 9, 17, 18], "enters"].all()
    assert reports.loc[[8, 9, 17, 18], "further"].tolist() == [True, True, False, False]
    assert reports.loc[9, "why"] == "11 of 44 with >=50% less; ordered with row 18"


# ----------------------------------------------------------------------------- comparisons of arms


def test_differences_that_close_a_cycle_follow_from_the_others():
    numbers = [difference(2, "a", "b"), difference(3, "a", "v"), difference(4, "b", "v")]
    assert settled(numbers) == ({2: "follows from rows 3, 4"}, [])


def test_a_difference_the_other_way_round_follows():
    left_out, _ = settled([difference(2, "a", "v"), difference(3, "v", "a")])
    assert left_out == {2: "follows from row 3"}


def test_p_values_that_close_a_cycle_follow_from_the_others():
    numbers = [p_value(2, "a", "b"), p_value(3, "a", "v"), p_value(4, "b", "v")]
    assert settled(numbers) == ({2: "follows from rows 3, 4"}, [])


def test_p_values_between_arms_that_differences_connect_are_left_out():
    numbers = [p_value(2, "a", "v"), p_value(3, "b", "v"), p_value(4, "a", "b")]
    numbers += [difference(5, "a", "v")]
    left_out, _ = settled(numbers)
    assert left_out == {2: "follows from row 5", 4: "follows from rows 3, 5"}


def test_a_p_value_that_connects_two_differences_enters():
    numbers = [difference(2, "a", "v"), difference(3, "b", "w"), p_value(4, "a", "b")]
    assert settled(numbers) == ({}, [])


def test_a_second_difference_from_arms_with_scores_follows_through_them():
    numbers = [score(i, arm, se=3.0) for i, arm in ((2, "a"), (3, "b"), (4, "c"))]
    numbers += [difference(5, "a", "v"), difference(6, "b", "v")]
    left_out, _ = settled(numbers)
    assert left_out == {6: "follows from rows 2, 3, 5"}


def test_visits_and_their_comparisons_are_apart():
    numbers = [difference(2, "a", "v"), number(3, "a", "p_value", versus="v", months=12.0)]
    assert settled(numbers) == ({}, [])


def test_an_open_count_whose_partner_is_beaten_is_left_out():
    numbers = [score(2, "a", se=3.0), score(3, "b", se=3.0)]
    numbers += [responders(4, "a", 9, definition="x"), responders(5, "v", 5, definition="x")]
    left_out, _ = settled(numbers)
    assert left_out == {
        4: "same patients as the mean of rows 2, 3, printed for 2 arms",
        5: "its comparator's number is used in another kind",
    }


def test_open_counts_of_two_arms_stay_beside_scores_of_others():
    numbers = [score(2, "a", se=3.0), score(3, "b", se=3.0)]
    numbers += [responders(i, arm, 9, definition="x") for i, arm in ((4, "v"), (5, "w"))]
    assert settled(numbers) == ({}, [])
