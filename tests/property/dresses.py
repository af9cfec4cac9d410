"""One evidence of every kind, and the dresses that its tables may wear.

A way to write a table that says nothing belongs into ``spelt`` (a cell) or ``dresses`` (a file).
"""

import csv
import io
import random
import re
import unicodedata

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.helpers import MIXED, row
from trialpool.evidence.schema import NUMBERS

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

#: The same examples in each run; each of them writes the files of ``tmp_path`` anew.
fixed = settings(
    deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def write_plain(folder, tables):
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns_of(rows), restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return folder


#: Columns of a user's own; some are names of what we compute.
OWN = [
    "imaging", "MRT-Befund", "出典", "y", "effect", "why", "row", "Unnamed: 0", "study", "n_t",
]  # fmt: skip


def spelt(rng, column, text, decimal):
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
        "extras": draw(st.lists(st.sampled_from(OWN), unique=True, max_size=3)),
        "blanks": draw(st.lists(st.sampled_from(["", "  ", '""', "\xa0", "{0}{0}"]), max_size=4)),
        "seed": draw(st.integers(0, 2**32)),
    }


def shuffled(rng, items):
    items = list(items)
    rng.shuffle(items)
    return items


def dressed(name, rows, dress, rng):
    """Lines of a table, the header first."""
    # What stands in trials.csv may be a moderator, so only reports get columns without a meaning.
    extras = dress["extras"] if name == "reports" else []
    header = shuffled(rng, [*columns_of(rows), *extras])
    if name == "reports" and rng.random() < 0.5:
        header.insert(rng.randrange(len(header)), "note")  # known and empty
    body = [
        {
            column: spelt(rng, column, one.get(column, ""), dress["decimal"])
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
