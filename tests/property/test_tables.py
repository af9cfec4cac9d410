"""One evidence in many dresses: however its tables are written, equal evidence."""

import random
import re
import unicodedata

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers import MIXED, row
from tests.property.dresses import (
    KINDS,
    NAMES,
    PLAIN,
    TABLES,
    dressed,
    dresses,
    fixed,
    named,
    shuffled,
    trials_of,
    write_dressed,
    write_plain,
)
from trialpool.errors import EvidenceError
from trialpool.evidence import Evidence, check_folder
from trialpool.evidence.cells import cell_text, folded
from trialpool.evidence.kinds import READ
from trialpool.evidence.schema import NUMBERS


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return check_folder(write_plain(tmp_path_factory.mktemp("plain"), TABLES)).outcomes


@pytest.fixture(scope="module")
def expected(plain):
    return identities(plain)


def identities(outcomes):
    """What equal evidence has in common: layout, hash, how many rows enter."""
    return {
        name: (one.layout, one.data_hash, len(one.used), len(one.reports))
        for name, one in outcomes.items()
    }


def for_a_model(evidence):
    """Names and numbers of the rows that enter, in an order of their own."""
    keys = ["trial", "arm", "outcome", "months", "kind", "versus"]
    frame = evidence.used[[*keys, "treatment", "class_", "n", *READ]]
    # At most one row of a kind enters an arm's visit, so the order is unique.
    return frame.sort_values(keys, ignore_index=True)


# --------------------------------------------------------------------------------------- dresses


@settings(fixed, max_examples=40)
@given(dress=dresses())
def test_the_dress_of_csv_files_says_nothing(tmp_path, expected, dress):
    assert identities(check_folder(write_dressed(tmp_path, dress)).outcomes) == expected


def typed(title, text, rng):
    """A cell as a program with types would hold it: a number, a missing value."""
    if not text.strip():
        return rng.choice([None, float("nan"), pd.NA, ""])
    if title.strip() in (*NUMBERS, "year") and title.strip() != "percent" and rng.random() < 0.8:
        number = float(text.strip().replace("\N{MINUS SIGN}", "-"))
        return int(number) if number.is_integer() and rng.random() < 0.8 else number
    return text


@settings(fixed, max_examples=25)
@given(dress=dresses(), source=st.sampled_from(["workbook", "parquet", "frame"]))
def test_the_dress_of_typed_tables_says_nothing(tmp_path, expected, dress, source):
    rng = random.Random(dress["seed"])
    tables = {}
    for name, rows in TABLES.items():
        titles, *body = dressed(name, rows, dress | {"separator": ",", "decimal": "."}, rng)
        cells = [
            [typed(title, text, rng) for title, text in zip(titles, line, strict=True)]
            for line in body
        ]
        tables[name] = pd.DataFrame(cells, columns=titles, dtype=object)
    if source == "frame":
        found = {outcome: Evidence.from_frame(**tables, outcome=outcome) for outcome in expected}
    elif source == "parquet":
        for name, frame in tables.items():
            frame = frame.map(lambda cell: None if pd.isna(cell) else cell)
            frame.apply(homogeneous).to_parquet(tmp_path / f"{name}.parquet")
        found = check_folder(tmp_path).outcomes
    else:
        found = check_folder(write_book(tmp_path / "book.xlsx", tables, dress, rng)).outcomes
    assert identities(found) == expected


def homogeneous(column):
    """A Parquet file holds one type a column: numbers where all cells are, else text."""
    numbers = pd.to_numeric(column, errors="coerce")
    if numbers.notna().sum() == column.notna().sum():
        return numbers
    return column.map(lambda cell: cell_text(cell) or None)


def write_book(path, tables, dress, rng):
    """A workbook with blank lines, other sheets and sheets in any order."""
    book = openpyxl.Workbook()
    book.active.title = "notes"
    for name, frame in shuffled(rng, tables.items()):
        sheet = book.create_sheet(rng.choice([name, name.upper(), f" {name} "]))
        lines = [list(frame.columns), *frame.astype(object).where(frame.notna(), None).values]
        for _ in dress["blanks"]:
            lines.insert(rng.randrange(len(lines) + 1), [None, " "])
        for i, line in enumerate(lines, start=1):
            for j, value in enumerate(line, start=1):
                sheet.cell(i, j).value = value
    book.save(path)
    return path


# ----------------------------------------------------------------------------------------- order

OTHER = {"prp": "saline", "saline": "steroid", "steroid": "prp"}
score = {"n": st.sampled_from([20, 30]), "mean": st.sampled_from([5, 15])}
spread = {"sd": st.just(10), "se": st.just(2)}
size = {"n": st.just(20)}
thresholds = st.sampled_from([">=50%", ">=30%", ">=20mm", ">=50% and >=20mm", "<=30"])
cells = {
    "mean": (score, spread),
    "change": (score, spread),
    "percent_change": (score, spread),
    "median": (
        size | {"median": st.just(30), "min": st.just(5), "max": st.sampled_from([60, 70])},
        {},
    ),
    # 8 and 12 of 20 are as far from half of the patients: a draw.
    "responders": (size | {"events": st.sampled_from([8, 12]), "threshold": thresholds}, {}),
    "difference": (size | {"mean": st.just(-4), "se": st.sampled_from([2, 3])}, {}),
    "p_value": (size | {"p": st.sampled_from(["0.03", ">0.05"]), "versus_n": st.just(20)}, {}),
}
visits = st.tuples(
    st.sampled_from("AB"),
    st.sampled_from(list(OTHER)),
    st.just(6),
    # Kinds with thresholds have most to choose from.
    st.sampled_from([*cells, "responders", "responders"]).flatmap(
        lambda kind: st.tuples(
            st.just(kind), st.fixed_dictionaries(cells[kind][0], optional=cells[kind][1])
        )
    ),
)


def identity(visit):
    """What may be printed once: trial, arm, months, kind and threshold."""
    trial, arm, months, (kind, written) = visit
    return trial, arm, months, kind, written.get("threshold")


@settings(fixed, max_examples=50)
@given(
    visits=st.lists(visits, min_size=3, max_size=16, unique_by=identity),
    seed=st.integers(0, 2**32),
)
def test_order_never_decides(tmp_path, visits, seed):
    rows = [row(trial, arm, "change", 3, n=20, mean=-5) for trial in "AB" for arm in OTHER]
    for trial, arm, months, (kind, written) in visits:
        versus = {"versus": OTHER[arm]} if kind in ("difference", "p_value") else {}
        rows.append(row(trial, arm, kind, months, **written, **versus))
    found = []
    for order in (rows, shuffled(random.Random(seed), rows)):
        tables = {"trials": trials_of(rows), "reports": order}
        try:
            found.append(identities(check_folder(write_plain(tmp_path, tables)).outcomes))
        except EvidenceError:
            found.append("refused")
    assert found[0] == found[1]


# ----------------------------------------------------------------------------------------- units

#: Ways to write one instrument: as text, its range, and whether higher scores are better.
PAIN = [
    ("VAS 0-100", 0, 100, False),
    ("VAS 0-10", 0, 10, False),
    ("VAS 0-100 mm", 0, 100, False),
    ("VAS 0 to 10 cm, lower better", 0, 10, False),
    ("NRS 0–10", 0, 10, False),
    ("NPRS 1-11", 1, 11, False),
    ("comfort 0-10 higher better", 0, 10, True),
    ("comfort 0-100 (higher is better)", 0, 100, True),
]
FUNCTION = [
    ("RMDQ 0-24", 0, 24, False),
    ("ODI 0-100", 0, 100, False),
    ("ability -10.5-10.5 higher better", -10.5, 10.5, True),
]
SCORES = ("mean", "median", "q1", "q3", "min", "max", "lower", "upper")


def converted(one, new):
    """The row on another instrument; None where it would be another number there."""
    if not one["scale"]:
        return one
    _, low, high, _ = next(old for old in PAIN + FUNCTION if old[0] == one["scale"])
    name, lower, upper, mirrored = new
    size = (upper - lower) / (high - low)
    of_baseline = "%" in one.get("threshold", "") or one["kind"] == "percent_change"
    if of_baseline and (mirrored or lower != 0):
        return None
    result = one | {"scale": name}
    shift = one["kind"] in ("change", "difference")
    for column in SCORES:
        if one.get(column) and one["kind"] != "percent_change" and one["kind"] != "responders":
            value = float(one[column]) * size if shift else (float(one[column]) - low) * size
            value = -value if mirrored else value
            result[column] = repr(value if shift else value + (upper if mirrored else lower))
    if mirrored:
        for this, that in (("lower", "upper"), ("q1", "q3"), ("min", "max")):
            if this in one or that in one:
                result[this], result[that] = result.get(that, ""), result.get(this, "")
    for column in ("sd", "se"):
        if one.get(column) and one["kind"] != "percent_change":
            result[column] = repr(float(one[column]) * size)
    if one.get("threshold"):
        result["threshold"] = re.sub(
            r"(\d+)mm", lambda found: f"{float(found[1]) * size:g} points", one["threshold"]
        )
    return result


@settings(fixed, max_examples=30)
@given(
    pain=st.lists(
        st.sampled_from(PAIN), min_size=len(TABLES["trials"]), max_size=len(TABLES["trials"])
    ),
    function=st.sampled_from(FUNCTION),
)
def test_the_unit_says_nothing(tmp_path, plain, pain, function):
    units = {trial["trial"]: unit for trial, unit in zip(TABLES["trials"], pain, strict=True)}
    rows, changed = [], set()
    for one in PLAIN:
        new = converted(one, function if one["outcome"] == "function" else units[one["trial"]])
        # One instrument in a trial: where one row cannot be converted none is.
        changed |= {one["trial"]} if new is None else set()
        rows.append(new)
    rows = [old if old["trial"] in changed else new for old, new in zip(PLAIN, rows, strict=True)]
    found = check_folder(write_plain(tmp_path, TABLES | {"reports": rows})).outcomes
    for outcome, evidence in plain.items():
        pd.testing.assert_frame_equal(
            for_a_model(found[outcome]), for_a_model(evidence), rtol=1e-9, atol=1e-9
        )


# ----------------------------------------------------------------------------------------- names

letters = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp"])
odd = st.sampled_from(
    ["nan", "NA", "None", "#N/A", "=1+1", "-", "'", '"a"', "1-3", "007", "1e5", "a,b", "x;y", "no"]
)


def clean(name):
    return " ".join(unicodedata.normalize("NFC", name).split())


name = st.one_of(odd, st.text(letters, min_size=1, max_size=8).map(clean).filter(bool))


@settings(fixed, max_examples=40)
# Names that differ in case or spaces only are a slip, not another trial or arm.
@given(names=st.lists(name, min_size=len(NAMES), max_size=len(NAMES), unique_by=folded))
def test_any_names_will_do(tmp_path, plain, names):
    rows = named(MIXED + KINDS, dict(zip(NAMES, names, strict=True)))
    tables = {"trials": trials_of(rows), "reports": rows}
    found = check_folder(write_plain(tmp_path, tables)).outcomes["pain"].used
    columns = ["trial", "arm", "versus"]
    back = dict(zip(names, NAMES.values(), strict=True))
    pd.testing.assert_frame_equal(found[columns].replace(back), plain["pain"].used[columns])
    told = found["treatment"].str.removesuffix(" ≥2 ml").replace(back) + " ≥2 ml"
    assert told.tolist() == plain["pain"].used["treatment"].tolist()
    numbers = ["class_", "months", "kind", "n", *READ]
    pd.testing.assert_frame_equal(found[numbers], plain["pain"].used[numbers])
