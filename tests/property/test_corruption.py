"""5,000 random corruptions of a valid folder: evidence or a clear error, never a traceback."""

import collections

import numpy as np
import pytest

from tests.helpers import row
from trialpool.errors import EvidenceError
from trialpool.evidence import check_folder, schema
from trialpool.evidence.kinds import KINDS

ROUNDS = 5_000
TRIALS = "trial,year,note\nA,2019,é\nB,2020,\nC,2021,\n"
CLASSES = """\
class,role,synonyms
placebo,reference,saline; sham
steroid,comparator,steroids; HA
PRP,active,
MSC,active,stem cells
"""
# Three valid folders with every kind and every column that is read: small ones are read fast.
SCORES = [
    row("A", "prp", "mean", 0, n=30, mean=60, sd=20, verified="yes"),
    row("A", "saline", "mean", 0, n=30, mean=61.5, sd=20, note="é"),
    row("A", "prp", "median", 3, n=30, q1=30, median=40, q3=55, min=0, max=90),
    row("A", "prp", "change", 6, n=30, mean=-20, lower=-25, upper=-15, level=95),
    row("A", "saline", "change", 6, n=30, mean=-10, sd=18),
    row("A", "prp", "percent_change", 9, n=30, mean=-46, lower=-60, upper=-30),
    row("A", "prp", "mean", 3, n=20, mean=9, se=2, outcome="function", scale="RMDQ 0-24"),
    row("A", "saline", "mean", 3, n=20, mean=9, outcome="function", scale="RMDQ 0-24"),
]
COUNTS = [
    row("B", "msc", "responders", 12, n=20, events=9, percent=45, threshold=">=30%"),
    row("B", "saline", "responders", 12, n=21, events=7, threshold=">=30%"),
    row("B", "msc", "responders", 12, n=20, percent="40.0", threshold=">=50%"),
    row("B", "saline", "responders", 12, n=21, events=5, threshold=">=50%"),
    row("B", "msc", "responders", 18, n=20, events=8, threshold=">=20% and >=20mm"),
    row("B", "saline", "responders", 18, n=20, events=6, threshold="<=30"),
    row("A", "prp", "events", 12, n=30, events=2, outcome="sae", scale="", person_months=345.5),
    row("A", "saline", "events", 12, n=30, events=0, outcome="sae", scale="", person_months=351),
    row("B", "msc", "events", 12, n=20, percent="5.0", outcome="sae", scale=""),
    row("B", "saline", "events", 12, n=21, events=0, outcome="sae", scale=""),
]
COMPARISONS = [
    row("A", "prp", "mean", 3, n=30, mean=40, se=4),
    row("A", "saline", "mean", 3, n=30, mean=50, se=4),
    row("A", "prp", "p_value", 12, n=30, p="0.02", versus="saline", favours="prp"),
    row("A", "prp", "difference", 18, n=30, mean=-0.5, scale="Cohen d", versus="saline"),
    row("A", "prp", "p_value", 24, n=30, p="<0.05", versus="saline", versus_n=29),
    row("A", "prp", "difference", 30, n=30, mean=-5, p="0.03", versus="saline"),
    row("C", "prp", "difference", 3, n=40, mean=-5, se=2, versus="steroid"),
    row("C", "steroid", "median", 3, n=20, use="no", reason="no spread"),
]
HEADER = schema.REPORTS.known


def text_of(rows):
    lines = [HEADER, *([one.get(column, "") for column in HEADER] for one in rows)]
    return "".join(",".join(line) + "\n" for line in lines)


FOLDERS = [
    {"trials.csv": TRIALS, "reports.csv": text_of(rows), "classes.csv": CLASSES}
    for rows in (SCORES, COUNTS, COMPARISONS)
]
# Cells that people and programs write.
WORDS = [
    "", "0", "-1", "1e308", "-1e999", "1e-320", "nan", "inf", "NaN", "None", "1,5", "1.000,5",
    "0x10", "١٢", "²", "½", "−3", "+", ".", "-", "%", "50%", "110 %", ">=50%", ">=0%", "≥ 20 mm",
    ">=20% and >=20mm", "<=3", "> -5", ">=1e9%", "PRP", "prp", "placebo", "saline", "PPR", "A",
    "Z", "pain", "Pain", "sae", "events", "mean", "meen", "median", "change", "responders",
    "p_value", "difference", "yes", "no", "NO", "maybe", "VAS 0-100", "VAS 100-0",
    "NRS 0-10 higher better", "VAS", "0-0", "x 0-1e400", "<0.001", "= 0.05", '"', '""', "'", ";",
    ",", "\t", "\x00", "é", "é", "\u202e", "\ufeff", "\ud7ff", "\xa0", "🙂", "a;b;c", "\\", "#N/A",
    "=1+1", "TRUE", "ns", "p<0.05", "SMD", "d", "1e-99",
]  # fmt: skip
BYTES = [
    b",", b";", b"\t", b"\n", b"\r", b"\r\n", b'"', b"\0", b"\xff", b"\xef\xbb\xbf", b"%", b" ",
]  # fmt: skip


def cells(rng, text):
    """Other words in some cells, the header's too."""
    rows = [line.split(",") for line in text.splitlines()]
    for _ in range(rng.integers(1, 4)):
        i = int(rng.integers(len(rows))) if rng.random() < 0.1 else int(rng.integers(1, len(rows)))
        j = int(rng.integers(len(rows[i])))
        rows[i][j] = WORDS[rng.integers(len(WORDS))]
    return "\n".join(",".join(row) for row in rows).encode()


def shape(rng, text):
    """Rows and columns twice, away, or elsewhere."""
    rows = [line.split(",") for line in text.splitlines()]
    i, j = int(rng.integers(len(rows))), int(rng.integers(len(rows[0])))
    match rng.integers(7):
        case 0:
            rows.insert(int(rng.integers(len(rows) + 1)), list(rows[i]))
        case 1:
            del rows[i]
        case 2:
            for row in rows:
                del row[j]
        case 3:
            for row in rows:
                row.append(row[j])
        case 4:
            rng.shuffle(rows)
        case 5:
            rows[i] = rows[i][: j + 1]
        case _:
            rows[i] = rows[i][j:] + rows[i][:j]
    return "\n".join(",".join(row) for row in rows).encode()


def raw(rng, text):
    """Bytes changed, lost or added anywhere."""
    data = bytearray(text.encode())
    for _ in range(rng.integers(1, 4)):
        at = int(rng.integers(len(data) + 1))
        match rng.integers(5):
            case 0:
                data[at : at + 1] = bytes([int(rng.integers(256))])
            case 1:
                del data[at : at + int(rng.integers(1, 40))]
            case 2:
                data[at:at] = BYTES[rng.integers(len(BYTES))]
            case 3:
                del data[at:]
            case _:
                data[at:at] = data[int(rng.integers(len(data) + 1)) :][: rng.integers(200)]
    return bytes(data)


def encoding(rng, text):
    """Another program's idea of the file."""
    match rng.integers(5):
        case 0:
            return text.encode("utf-16")
        case 1:
            return text.encode("latin-1")
        case 2:
            return text.replace(",", ";").replace(".", ",").encode("utf-8-sig")
        case 3:
            return text.replace(",", "\t").replace("\n", "\r").encode()
        case _:
            return ("\n" + text.replace("\n", "\n,,\n")).encode()


class CheckedOnce:
    """A schema that skips rows of numbers that it has passed: three quarters of the time else."""

    def __init__(self, schema):
        self.schema = schema
        self.passed = set()

    def validate(self, frame, **how):
        keys = [tuple(map(repr, values)) for values in frame.to_numpy()]
        new = [key not in self.passed for key in keys]
        if any(new):
            self.schema.validate(frame[new], **how)
            self.passed.update(keys)


def write(path, folder):
    for name, text in folder.items():
        (path / name).write_text(text, encoding="utf-8")


def test_random_corruptions(tmp_path, monkeypatch):
    monkeypatch.setattr(schema, "_DOMAIN", CheckedOnce(schema._DOMAIN))
    for folder, rows in zip(FOLDERS, (SCORES, COUNTS, COMPARISONS), strict=True):
        write(tmp_path, folder)
        entering = sum(len(one.used) for one in check_folder(tmp_path).outcomes.values())
        assert entering == len([one for one in rows if "use" not in one])
    assert {one["kind"] for one in SCORES + COUNTS + COMPARISONS} == set(KINDS)

    rng = np.random.default_rng(7)
    ways = [cells, shape, raw, encoding]
    seen = collections.Counter()
    for number in range(ROUNDS):
        way = ways[rng.choice(4, p=[0.6, 0.15, 0.22, 0.03])]
        folder = FOLDERS[rng.integers(3)]
        # The tables of numbers have most to go wrong.
        name = list(folder)[rng.choice(3, p=[0.15, 0.75, 0.1])]
        content = way(rng, folder[name])
        write(tmp_path, folder)
        (tmp_path / name).write_bytes(content)
        try:
            checked = check_folder(tmp_path)
        except EvidenceError as error:
            assert error.faults
            assert all(fault.where and fault.expected and fault.remedy for fault in error.faults)
            seen["refused"] += 1
        except Exception as error:
            pytest.fail(f"round {number}: {type(error).__name__}: {error} from {name} {content!r}")
        else:
            if number % 50 == 0:  # a third of the time otherwise
                assert all(len(one.data_hash) == 64 for one in checked.outcomes.values())
            seen["read"] += 1
    # Neither outcome is so rare that the other is all that was tried.
    assert seen.total() == ROUNDS
    assert min(seen.values()) > ROUNDS / 20
