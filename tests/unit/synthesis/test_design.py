"""Rows as index arrays: visits, thresholds, pairs, and arms whose patients are seen again."""

import numpy as np

from tests.helpers import evidence_of, row
from trialpool.synthesis.design import GRID, build_design


def test_months_hold_the_grid_and_the_visits(tmp_path, design):
    assert design.months.tolist() == list(GRID)
    rows = [
        row("T", arm, "mean", months, n=20, mean=40, sd=20)
        for arm in ("prp", "saline")
        for months in (4.5, 30)
    ]
    found = build_design(evidence_of(tmp_path, rows), horizon=20).months.tolist()
    assert found == [0, 1, 2, 3, 4.5, 6, 9, 12, 18, 20, 30]


def test_visits_are_the_months_at_which_a_control_course_is_needed(design):
    # Not D, which prints differences, nor E, whose threshold absorbs it.
    assert design.visits == ["A | 6", "A | 12", "B | 12", "C | 6", "C | 12"]


def test_means_and_changes(design):
    means = design.means
    assert means.row.tolist() == list(range(9))
    assert means.k0.tolist() == [1, 1, 1, 1, 1, 1, 0, 0, 0]
    assert means.kt.tolist() == [0, 0, 1, 1, 1, 1, 1, 1, 1]
    assert means.visit.tolist() == [-1, -1, 0, 0, 1, 1, 2, 2, 2]
    assert [design.months[i] for i in means.month] == means.months.tolist()
    # An SE of 4 from 28 patients is an SD too; nothing is printed in row 3.
    np.testing.assert_allclose(means.sd, [20, 22, 4 * 28**0.5, np.nan, 24, 25, 22, 23, 24])
    assert [design.network.arms[i] for i in means.arm[6:]] == [
        "B | msc",
        "B | msc high",
        "B | saline",
    ]


def test_responders(design):
    counts = design.counts
    assert counts.count.tolist() == [21, 13, 17, 12, 9, 4]
    assert counts.n.tolist() == [45, 44, 44, 41, 15, 14]
    assert counts.keep.tolist() == [0.5, 0.5, 1, 1, 1, 1]
    assert counts.points.tolist() == [0, 0, 20, 20, 0, 0]
    assert counts.visit.tolist() == [3, 3, 4, 4, -1, -1]
    assert counts.cutoff.tolist() == [-1, -1, -1, -1, 0, 0]
    assert len(design.cutoffs) == 1 and design.cutoffs[0].startswith("E | 24")


def test_a_threshold_in_words_is_one_unknown_a_trial_and_month(tmp_path):
    rows = [
        row("T", arm, "responders", months, n=20, events=9, threshold=words)
        for arm in ("prp", "saline")
        for months, words in ((6, "treatment success"), (12, "treatment success"))
    ] + [row("U", arm, "responders", 6, n=20, events=9) for arm in ("prp", "saline")]
    design = build_design(evidence_of(tmp_path, rows))
    assert len(design.cutoffs) == 3
    for label in range(3):
        assert len(set(design.network.trial[design.counts.arm[design.counts.cutoff == label]])) == 1
    assert np.bincount(design.counts.cutoff).tolist() == [2, 2, 2]
    assert design.visits == []


def test_differences(design):
    rows = design.differences
    arms = design.network.arms
    assert [arms[i] for i in rows.arm] == ["D | prp", "D | prp"]
    assert [arms[i] for i in rows.versus] == ["D | lidocaine", "D | lidocaine"]
    assert rows.y.tolist() == [-9, -7] and rows.se.tolist() == [4, 5]
    assert rows.share.tolist() == [0.5, 0.5]  # sizes not printed
    assert not rows.given.any()  # two visits


def test_repeated_arms_are_those_seen_at_several_visits(design):
    repeated = [
        arm for arm, again in zip(design.network.arms, design.repeated, strict=True) if again
    ]
    assert repeated == [
        "A | saline",
        "A | prp",
        "C | steroid",
        "C | prp",
        "D | lidocaine",
        "D | prp",
    ]


def test_every_used_report_has_one_place_and_a_label(mixed, design):
    rows = np.concatenate([design.means.row, design.differences.row, design.counts.row])
    assert sorted(rows) == list(range(len(mixed.used)))
    assert len(design.reports) == len(set(design.reports)) == len(mixed.used)
