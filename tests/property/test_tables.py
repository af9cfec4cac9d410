"""One evidence in many dresses: however a table is written, equal evidence or a clear error."""

import csv
import io
import random
import re
import unicodedata

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.helpers import MIXED, row
from trialpool.errors import EvidenceError
from trialpool.evidence import Evidence, check_folder
from trialpool.evidence.cells import cell_text
from trialpool.evidence.kinds import READ
from trialpool.evidence.schema import NUMBERS, REPORTS, TRIALS

#: What a person calls things; every script and mark here has two spellings or none of its own.
NAMES = {
    "A": "Sévérine & Łukasz 2019",
    "B": "Ångström-Øre, J. (2020)",
    "C": "Trần Việt; 2021",
    "D": "دراسة الألم",
    "E": "ẛ̣ 東京 試験",
    "P": "Ελλάδα “3”",
    "Q": "Żółć\nB",
    "R": "👩🏽‍⚕️ trial",
    "S": "S - ½",
    "prp": "plaquettes enrichies",
    "saline": "sérum salé",
    "msc": "κύτταρα",
    "msc high": "κύτταρα 2×10⁶",
    "steroid": "стероид й",
    "lidocaine": "리도카인",
}
#: A row of each kind with all that it may carry, and one that is left out.
KINDS = [
    row("P", "prp", "percent_change", 6, n=25, mean=-38.5, sd=30),
    row("P", "saline", "percent_change", 6, n=24, mean=-21, se=6.5),
    row("Q", "msc", "median", 6, n=22, median=30, q1=20, q3=45),
    row("Q", "saline", "median", 6, n=23, median=41.5, min=12, max=80),
    row("R", "prp", "p_value", 6, n=30, p="0.03", versus="steroid", versus_n=31, favours="prp"),
    row(
        "R", "prp", "difference", 12, n=61, mean=-4.5, lower=-9, upper=0, level=95, versus="steroid"
    ),
    row("S", "prp", "responders", 3, n=30, events=12, threshold=">=20% and >=20mm"),
    row("S", "saline", "responders", 3, n=30, percent="26.7", threshold=">=20% and >=20mm"),
    row("S", "prp", "mean", 6, n=28, mean=9.5, sd=5.5, outcome="function", scale="RMDQ 0-24"),
    row("S", "saline", "mean", 6, n=29, mean=12, sd=6, outcome="function", scale="RMDQ 0-24"),
    row("S", "prp", "events", 12, n=30, events=2, person_months=345.5, outcome="sae", scale=""),
    row("S", "saline", "events", 12, n=30, events=0, person_months=351, outcome="sae", scale=""),
    row("S", "prp", "mean", 12, n=20, mean=33, use="no", reason="printed twice"),
]


def named(rows, names):
    """Rows whose trials, arms and treatments are called something else."""

    def call(column, text):
        if column in ("trial", "arm", "versus", "favours"):
            return names.get(text, text)
        if column in ("treatment", "versus_treatment"):
            return names.get(text.removesuffix(" injection"), text) + " ≥2 ml"
        return text

    return [{column: call(column, text) for column, text in one.items()} for one in rows]


def columns_of(rows):
    return list(dict.fromkeys(column for one in rows for column in one))


def trials_of(rows):
    names = sorted({one["trial"] for one in rows})
    return [{"trial": name, "year": str(2010 + k)} for k, name in enumerate(names)]


PLAIN = named(MIXED + KINDS, NAMES)
TABLES = {"trials": trials_of(PLAIN), "reports": PLAIN}
#: Text that names or documents; the rest is read as numbers or looked up.
FREE = ("trial", "arm", "treatment", "versus", "versus_treatment", "favours", "source", "reason")

some = settings(deadline=None, derandomize=True, print_blob=False)
slow = settings(some, suppress_health_check=[HealthCheck.function_scoped_fixture])


def text_of(header, rows, separator=",", newline="\n", quoting=csv.QUOTE_MINIMAL):
    file = io.StringIO()
    writer = csv.writer(file, delimiter=separator, lineterminator=newline, quoting=quoting)
    writer.writerow(header)
    writer.writerows([one.get(column, "") for column in header] for one in rows)
    return file.getvalue()


def write_plain(folder, tables):
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        text = text_of(columns_of(rows), rows)
        (folder / f"{name}.csv").write_text(text, encoding="utf-8", newline="")
    return folder


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return check_folder(write_plain(tmp_path_factory.mktemp("plain"), TABLES)).outcomes


@pytest.fixture(scope="module")
def expected(plain):
    return identities(plain)


# ------------------------------------------------------------------------------------- equality


def identities(outcomes):
    """What equal evidence has in common: layout, hash, how many rows enter."""
    return {
        name: (one.layout, one.data_hash, len(one.used), len(one.reports))
        for name, one in outcomes.items()
    }


def for_a_model(evidence, *left_out):
    """Names and numbers of the rows that enter, in an order of their own."""
    keys = ["trial", "arm", "outcome", "months", "kind", "versus"]
    names = [name for name in READ if name not in left_out]
    frame = evidence.used[[*keys, "treatment", "class_", "n", *names]]
    # At most one row of a kind enters an arm's visit, so the order is unique.
    return frame.sort_values(keys, ignore_index=True)


# --------------------------------------------------------------------------------------- dresses


def spelt(rng, column, text, separator, decimal):
    """A cell as another person or program might write it."""
    if not text:
        return rng.choice(["", "", "", " ", "\xa0"])
    if column in FREE:
        text = unicodedata.normalize(rng.choice(["NFC", "NFD"]), text)
        if rng.random() < 0.1:
            text = text.replace(" ", rng.choice(["\xa0", "\u202f"]))
        if rng.random() < 0.1:
            text = rng.choice(["\ufeff", "\u200b", "\u202b"]) + text + "\u200e"
    elif column in NUMBERS and column != "percent" and rng.random() < 0.3:
        number = float(text)
        forms = [f"{number:+g}", f"{number:.3f}", f"{number:e}", f"{number:08.2f}"]
        text = rng.choice(forms).replace("-", rng.choice(["-", "\N{MINUS SIGN}"]), 1)
        text = text.replace("e\N{MINUS SIGN}", "e-")
    elif column in ("kind", "outcome", "class", "versus_class", "use") and rng.random() < 0.3:
        text = rng.choice([text.upper(), text.capitalize()])
        text = {"Placebo": "Sham injection", "Prp": "Platelet-Rich plasma"}.get(text, text)
    elif column == "threshold" and rng.random() < 0.5:
        text = rng.choice([text.replace(">=", "≥ "), text.replace("%", " %")])
    if decimal == "," and column in {*NUMBERS, "p", "threshold"}:
        text = re.sub(r"(?<=\d)\.(?=\d)", ",", text)
    return rng.choice([text, text, f" {text}", f"{text}\t", f"\xa0{text} "])


@st.composite
def dresses(draw):
    """How to write two tables: everything that says nothing."""
    separator, decimal = draw(st.sampled_from([",.", ";,", ";.", "\t,", "\t."]))
    return {
        "separator": separator,
        "decimal": decimal,
        "newline": draw(st.sampled_from(["\n", "\r\n", "\r"])),
        "quoting": draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
        "marks": draw(st.sampled_from(["", "\ufeff", "\ufeff\ufeff"])),
        "last": draw(st.booleans()),
        "extras": draw(st.lists(st.sampled_from(EXTRAS), unique=True, max_size=3)),
        "blanks": draw(st.lists(st.sampled_from(["", "  ", '""', "\xa0", "{0}{0}"]), max_size=4)),
        "seed": draw(st.integers(0, 2**32)),
    }


EXTRAS = ["imaging", "MRT-Befund", "出典", "y", "effect", "why", "row", "Unnamed: 0"]


def shuffled(rng, items):
    items = list(items)
    rng.shuffle(items)
    return items


CASES = (str.upper, str.title, str.capitalize)
SLIPS = [
    "1 234", "1\xa0234", "1'234", "1.234,5", "1,234.5", "1,2,3", "12 (5)", "12*", "~12", "<12",
    "12mm", "12±3", "twelve", "n/a", "NaN", "inf", "1e999", "0x1f", "²", "½", "1_0", "--1", "=1+1",
    "#DIV/0!", "2024-03-01", "12-14",
]  # fmt: skip


def dressed(name, rows, dress, rng):
    """Lines of a table, the header first."""
    separator = dress["separator"]
    known = {"trials": TRIALS, "reports": REPORTS}[name].known
    # What stands in trials.csv may be a moderator, so only reports get columns without a meaning.
    extras = [e for e in dress["extras"] if e not in known] if name == "reports" else []
    header = shuffled(rng, [*columns_of(rows), *extras])
    if name == "reports" and rng.random() < 0.5:
        header.insert(rng.randrange(len(header)), "note")  # known and empty
    body = [
        {
            column: spelt(rng, column, one.get(column, ""), separator, dress["decimal"])
            if column not in extras
            else f"{k},5"
            for column in header
        }
        for k, one in enumerate(shuffled(rng, rows))
    ]
    titles = [rng.choice([title, f" {title}", f"{title}\xa0"]) for title in header]
    return [titles, *([one[column] for column in header] for one in body)]


def csv_bytes(lines, dress, rng):
    """Lines, the header first, as the bytes of a file."""
    separator, newline = dress["separator"], dress["newline"]
    written = []
    for line in lines:
        file = io.StringIO()
        csv.writer(
            file, delimiter=separator, lineterminator=newline, quoting=dress["quoting"]
        ).writerow(line)
        written.append(file.getvalue())
    for blank in dress["blanks"]:
        written.insert(rng.randrange(len(written) + 1), blank.format(separator) + newline)
    text = "".join(written)
    return (dress["marks"] + (text if dress["last"] else text.rstrip("\r\n"))).encode()


def write_dressed(folder, dress, change=lambda lines, rng: None, table="reports"):
    """Both files in their dress, one of them with a change to its lines."""
    for name, rows in TABLES.items():
        rng = random.Random(dress["seed"])
        lines = dressed(name, rows, dress, rng)
        if name == table:
            change(lines, rng)
        (folder / f"{name}.csv").write_bytes(csv_bytes(lines, dress, rng))
    return folder


@settings(slow, max_examples=40)
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


@settings(slow, max_examples=25)
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
score = {"n": st.sampled_from([20, 30]), "mean": st.sampled_from([-5, 5, 15])}
spread = {"sd": st.just(10), "se": st.just(2)}
size = {"n": st.just(20)}
cells = {
    "mean": (score, spread),
    "change": (score, spread),
    "percent_change": (score, spread),
    "median": (size | {"median": st.just(30)}, {"q1": st.just(20), "q3": st.just(40)}),
    "responders": (
        size | {"events": st.sampled_from([8, 12])},  # as far from half of the patients
        {"threshold": st.sampled_from([">=50%", ">=30%", ">=20mm", "MCID", ">=50% and >=20mm"])},
    ),
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


@settings(slow, max_examples=50)
@given(
    visits=st.lists(
        visits,
        min_size=3,
        max_size=16,
        unique_by=identity,
    ),
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


@settings(slow, max_examples=30)
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


@settings(slow, max_examples=40)
# Names that differ in case only are a slip, not another trial or arm.
@given(names=st.lists(name, min_size=len(NAMES), max_size=len(NAMES), unique_by=str.casefold))
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


# ---------------------------------------------------------------------------------- clear errors


def faults_of(folder):
    with pytest.raises(EvidenceError) as caught:
        check_folder(folder)
    for fault in caught.value.faults:
        assert fault.where and fault.got and fault.expected and fault.remedy
    return caught.value.faults


@settings(slow, max_examples=30)
@given(
    dress=dresses(),
    table=st.sampled_from(["trials", "reports"]),
    column=st.integers(0, 100),
    blank=st.sampled_from(["{}", " {}", "{}\xa0", "\ufeff{}"]),
)
def test_a_column_that_is_there_twice_is_named(tmp_path, dress, table, column, blank):
    twice = []

    def change(lines, rng):
        j = column % len(lines[0])
        twice.append(lines[0][j].strip())
        at = rng.randrange(len(lines[0]) + 1)
        for i, line in enumerate(lines):
            line.insert(at, blank.format(line[j]) if i == 0 else rng.choice(["", line[j], "7"]))

    write_dressed(tmp_path, dress, change, table)
    found = [fault for fault in faults_of(tmp_path) if "(header)" in fault.where]
    assert len(found) == 1
    assert re.fullmatch(rf"{table}\.csv row \d+ \(header\)", found[0].where)
    assert found[0].got == f"column {twice[0]!r} 2 times"
    assert found[0].remedy == "Remove or rename one."


@settings(slow, max_examples=20)
@given(dress=dresses(), column=st.sampled_from(columns_of(PLAIN)), spell=st.sampled_from(CASES))
def test_a_header_in_other_letters_is_named(tmp_path, dress, column, spell):
    def change(lines, rng):
        lines[0] = [spell(column) if title.strip() == column else title for title in lines[0]]

    write_dressed(tmp_path, dress, change)
    expected = f"Rename the column to {column!r}."
    assert expected in {fault.remedy for fault in faults_of(tmp_path)}


@settings(slow, max_examples=20)
@given(
    dress=dresses(),
    encoding=st.sampled_from(
        ["cp1252", "latin-1", "mac-roman", "cp437", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
    ),
    table=st.sampled_from(["trials", "reports"]),
)
def test_another_encoding_is_named(tmp_path, dress, encoding, table):
    write_dressed(tmp_path, dress)
    path = tmp_path / f"{table}.csv"
    text = path.read_bytes().decode()
    path.write_bytes(text.encode(encoding, errors="replace"))
    faults = faults_of(tmp_path)
    assert len(faults) == 1
    assert faults[0].where.startswith(f"{table}.csv row ")
    assert "not UTF-8" in faults[0].got
    assert faults[0].remedy == "Save the file again as 'CSV UTF-8'."


@settings(slow, max_examples=40)
@given(
    dress=dresses(),
    slip=st.sampled_from(SLIPS),
    column=st.sampled_from(["months", "n", "mean", "sd", "se", "events", "person_months"]),
)
def test_what_is_no_number_is_named(tmp_path, dress, slip, column):
    def change(lines, rng):
        j = [title.strip() for title in lines[0]].index(column)
        i = rng.choice([i for i, line in enumerate(lines) if i and line[j].strip()])
        lines[i][j] = slip

    faults = faults_of(write_dressed(tmp_path, dress, change))
    told = [fault for fault in faults if fault.where.endswith(f", {column}")]
    assert len(told) == 1
    assert repr(slip.replace("\xa0", " ")) in told[0].got
