"""5,000 random corruptions of a valid folder: evidence or a clear error, never a traceback."""

import collections

import numpy as np
import pytest

from trialpool.errors import EvidenceError
from trialpool.evidence import check_folder

ROUNDS = 5_000
TRIALS = "trial,year,note\nA,2019,é\nB,2020,\nC,2021,\n"
REPORTS = """\
trial,arm,treatment,class,outcome,scale,months,kind,n,mean,sd,lower,upper,q1,median,q3,min,max,events,percent,threshold,versus,versus_n,p,favours,source,use,reason
A,prp,PRP 1,PRP,pain,VAS 0-100,0,mean,30,60,20,,,,,,,,,,,,,,,doi:10/x,,
A,saline,saline,placebo,pain,VAS 0-100,0,mean,30,61.5,20,,,,,,,,,,,,,,,doi:10/x,,
A,prp,PRP 1,PRP,pain,VAS 0-100,6,change,30,-20,,-25,-15,,,,,,,,,,,,,doi:10/x,,
A,saline,saline,placebo,pain,VAS 0-100,6,change,30,-10,18,,,,,,,,,,,,,,,doi:10/x,,
B,msc,MSC 1,MSC,pain,NRS 0-10,12,responders,20,,,,,,,,,,9,45,>=30%,,,,,doi:10/x,,
B,sham,sham,placebo,pain,NRS 0-10,12,responders,21,,,,,,,,,,7,,>=30%,,,,,doi:10/x,,
C,prp,PRP 1,PRP,pain,ODI 0-100,3,difference,40,-5,,-9,-1,,,,,,,,,ha,,0.02,,doi:10/x,,
C,ha,HA,hyaluronate,pain,ODI 0-100,3,median,20,,,,,,,,,,,,,,,,,doi:10/x,no,no spread
A,prp,PRP 1,PRP,pain,VAS 0-100,3,median,30,,,,,30,40,55,0,90,,,,,,,,doi:10/x,,
A,prp,PRP 1,PRP,pain,VAS 0-100,9,percent_change,30,-46,,-60,-30,,,,,,,,,,,,,doi:10/x,,
A,prp,PRP 1,PRP,pain,VAS 0-100,12,p_value,30,,,,,,,,,,,,,saline,,0.02,prp,doi:10/x,,
A,prp,PRP 1,PRP,pain,VAS 0-100,24,p_value,30,,,,,,,,,,,,,saline,29,<0.05,,doi:10/x,,
A,prp,PRP 1,PRP,pain,Cohen d,18,difference,30,-0.5,,,,,,,,,,,,saline,,,,doi:10/x,,
A,prp,PRP 1,PRP,pain,VAS 0-100,30,difference,30,-5,,,,,,,,,,,,saline,,0.03,,doi:10/x,,
"""
CLASSES = """\
class,role,synonyms
placebo,reference,saline; sham
hyaluronate,comparator,HA
PRP,active,
MSC,active,stem cells
"""
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


def test_random_corruptions(tmp_path):
    files = {"trials.csv": TRIALS, "reports.csv": REPORTS, "classes.csv": CLASSES}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert len(check_folder(tmp_path).outcomes["pain"].used) == 13

    rng = np.random.default_rng(7)
    ways = [cells, shape, raw, encoding]
    seen = collections.Counter()
    broken = "reports.csv"
    for number in range(ROUNDS):
        way = ways[rng.choice(4, p=[0.6, 0.15, 0.22, 0.03])]
        # The tables of numbers have most to go wrong.
        name = list(files)[rng.choice(3, p=[0.15, 0.75, 0.1])]
        content = way(rng, files[name])
        if name != broken:
            (tmp_path / broken).write_text(files[broken], encoding="utf-8")
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
            if number % 25 == 0:  # a fifth of the time otherwise
                assert all(len(one.data_hash) == 64 for one in checked.outcomes.values())
            seen["read"] += 1
        broken = name
    # Neither outcome is so rare that the other is all that was tried.
    assert seen.total() == ROUNDS
    assert min(seen.values()) > ROUNDS / 20
