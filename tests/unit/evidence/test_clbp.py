"""The real tables have no faults, and what enters is what their README counts."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from trialpool.evidence import check_folder

DATA = Path(__file__).parents[3] / "data" / "clbp"


@pytest.fixture(scope="module")
def outcomes():
    return check_folder(DATA).outcomes


@pytest.fixture(scope="module")
def written():
    """The table as it is on disk, by line as `trialpool check` numbers them."""
    table = pd.read_csv(DATA / "reports.csv", dtype=str, keep_default_na=False)
    return table.set_index(pd.RangeIndex(2, len(table) + 2))


def kinds(table):
    return {tuple(key): int(n) for key, n in table.groupby(["outcome", "kind"]).size().items()}


def test_the_tables_are_what_their_sources_give():
    script = [sys.executable, "-B", str(DATA / "derive.py"), "--check"]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_enters(outcomes):
    sizes = {
        name: (evidence.layout, evidence.used["trial"].nunique(), len(evidence.used))
        for name, evidence in outcomes.items()
        if len(evidence.used)
    }
    assert sizes == {
        "pain": ("longitudinal", 12, 33),
        "function": ("longitudinal", 5, 12),
        "sae": ("events", 3, 6),
    }


def test_what_enters_by_kind(outcomes):
    used = pd.concat([e.used.assign(outcome=name) for name, e in outcomes.items() if len(e.used)])
    assert kinds(used) == {
        ("pain", "responders"): 18,
        ("pain", "p_value"): 8,
        ("pain", "median"): 4,
        ("pain", "change"): 2,
        ("pain", "difference"): 1,
        ("function", "responders"): 8,
        ("function", "mean"): 2,
        ("function", "p_value"): 2,
        ("sae", "events"): 6,
    }


def test_what_is_marked_and_beaten_by_another_number_of_the_same_patients(outcomes, written):
    marked = written[written["use"] == "yes"]
    assert len(marked) == 61
    reports = outcomes["pain"].reports.set_index("row")
    beaten = reports[~reports["enters"] & reports.index.isin(marked.index)]
    assert kinds(marked.loc[beaten.index]) == {
        ("pain", "change"): 2,
        ("pain", "percent_change"): 6,
        ("pain", "responders"): 2,
    }
    assert beaten["why"].str.startswith("same patients as the ").all()


def test_both_thresholds_of_amirdelfan_enter_as_ordered_ones(outcomes):
    used = outcomes["pain"].used
    rows = used[used["trial"] == "Amirdelfan_2021"]
    found = {(row.relative, row.further) for row in rows.itertuples()}
    assert len(rows) == 8 and found == {(0.3, False), (0.5, True)}


def test_equal_quartiles_say_nothing_of_the_spread(outcomes):
    used = outcomes["pain"].used
    rows = used[(used["trial"] == "Singla_2017") & (used["months"] == 1.5)]
    assert rows.set_index("arm")["sd"].isna().to_dict() == {"PRP": True, "steroid": False}


def test_a_row_is_left_out_for_a_reason_and_only_then(written):
    left_out = written["use"] == "no"
    assert (left_out | (written["use"] == "yes")).all()
    assert (written["reason"] != "").equals(left_out)
    assert (written["source"] != "").all() and (written["verified"] == "yes").all()


def test_p_values_compare_arms_of_which_nothing_else_of_that_month_enters(outcomes, written):
    rows = written[written["kind"] == "p_value"]
    assert (rows["use"] == "yes").all() and (rows[["n", "versus_n"]] != "").all(axis=None)
    assert rows["note"].str.contains("words: ", regex=False).all()
    for name in ("pain", "function"):
        used = outcomes[name].used
        visits = used.groupby(["trial", "months"])["kind"].unique()
        assert all(len(found) == 1 for found in visits if "p_value" in found)


def test_only_tests_without_significance_favour_no_arm(written):
    rows = written[written["kind"] == "p_value"]
    undirected = rows[rows["favours"] == ""]
    assert set(undirected["p"]) == {"ns"}
    assert undirected[["trial", "outcome"]].apply(tuple, axis=1).tolist() == [
        ("DREAM_2025", "pain"),
        ("RESPINE_2024", "pain"),
        ("RESPINE_2024", "function"),
    ]
    assert (
        rows[["arm", "versus", "favours"]]
        .apply(lambda row: row["favours"] in ("", row["arm"], row["versus"]), axis=1)
        .all()
    )


def test_without_p_values_the_rest_enters_as_before():
    rest = check_folder(DATA, without_kinds=["p_value"]).outcomes
    assert {name: len(e.used) for name, e in rest.items() if len(e.used)} == {
        "pain": 25,
        "function": 10,
        "sae": 6,
    }
