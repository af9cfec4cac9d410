"""Damaged workbooks and Parquet files, and frames of odd objects: evidence or a clear error."""

import datetime
import decimal
import io

import numpy as np
import openpyxl
import pandas as pd
import pytest

from trialpool.errors import EvidenceError
from trialpool.evidence import (
    Evidence,
    check_folder,
    from_mbnmatime,
    from_metafor,
    from_multinma,
    from_netmeta,
)

TRIALS = pd.DataFrame({"trial": ["A", "B"], "year": [2019, 2020]})
REPORTS = pd.DataFrame(
    {
        "trial": ["A", "A", "B", "B"],
        "arm": ["prp", "saline"] * 2,
        "treatment": ["PRP 1", "saline"] * 2,
        "class": ["PRP", "placebo"] * 2,
        "outcome": "pain",
        "scale": "VAS 0-100",
        "months": [6, 6, 12, 12],
        "kind": ["mean", "mean", "responders", "responders"],
        "n": [30, 31, 20, 22],
        "mean": [40.5, 50, None, None],
        "sd": [20, None, None, None],
        "events": [None, None, 9, 5],
        "threshold": ["", "", ">=50%", ">=50%"],
        "source": "doi:10/x",
    }
)
ARMS = pd.DataFrame({"study": ["s", "s", "u", "u"], "trt": ["a", "b"] * 2})
PEERS = {
    "counts": (
        ARMS.assign(r=[1, 2, 3, 4], n=[10, 20, 30, 40]),
        lambda frame: from_multinma(frame, control="a"),
    ),
    "means": (
        ARMS.assign(y=[1.0, 2, np.nan, 4], se=[1.0, 2, 3, 4]),
        lambda frame: from_multinma(frame, control="a"),
    ),
    "arms": (
        ARMS.assign(m=[1.0, 2, 3, 4], s=1.0, n=9),
        lambda frame: Evidence.from_arms(
            frame, study="study", treatment="trt", control="a", mean="m", sd="s", n="n"
        ),
    ),
    "netmeta": (
        pd.DataFrame({"studlab": ["s", "u"], "treat1": "a", "treat2": "b", "TE": 1.0, "seTE": 2.0}),
        lambda frame: from_netmeta(frame, control="a"),
    ),
    "escalc": (
        pd.DataFrame({"s": ["s", "u"], "yi": [1.0, 2], "vi": [1.0, 2]}),
        lambda frame: from_metafor(frame, study="s"),
    ),
    "tables": (
        pd.DataFrame({"s": ["s", "u"], "ai": 1, "bi": 3, "ci": 4, "di": 5}),
        lambda frame: from_metafor(frame, study="s", measure="RR"),
    ),
    "sds": (
        pd.DataFrame(
            {"s": ["s", "u"], "m1i": 1, "sd1i": 3, "n1i": 4, "m2i": 5, "sd2i": 5, "n2i": 8}
        ),
        lambda frame: from_metafor(frame, study="s", measure="ROM"),
    ),
    "times": (
        pd.DataFrame(
            {"studyID": "s", "time": [0, 0, 1, 1], "treatment": ["a", "b"] * 2, "n": 9, "se": 1.0}
        ).assign(y=[5.0, 5, 4, 3]),
        lambda frame: from_mbnmatime(
            frame, outcome="pain", scale="VAS 0-10", reference="a", comparators=()
        ),
    ),
    "reports": (REPORTS, lambda frame: Evidence.from_frame(frame)),
}
ODD = [
    None, np.nan, pd.NA, pd.NaT, np.inf, -np.inf, 0, -1, 2**70, 10**400, -(10**5000), 1e308, 1e-320,
    True, 1j, np.bool_(False), "", " ", "x", "1", "1,5", "1_0", "\0", "\ud7ff", b"1", (), [1],
    {"a": 1}, decimal.Decimal("1.5"), decimal.Decimal("NaN"), decimal.Decimal("sNaN"),
    datetime.timedelta(1), datetime.date(2020, 1, 1), pd.Timestamp("2020-01-01"), np.array([1, 2]),
    np.float32(0.1), pd.Interval(0, 1), object, slice(1),
]  # fmt: skip


@pytest.mark.parametrize("name", sorted(PEERS))
def test_odd_objects_in_frames(name):
    frame, read = PEERS[name]
    assert len(read(frame).used)
    rng = np.random.default_rng(11)
    refused = 0
    for number in range(150):
        odd = frame.astype(object)
        for _ in range(rng.integers(1, 4)):
            i, j = int(rng.integers(len(odd))), int(rng.integers(odd.shape[1]))
            if rng.random() < 0.1:
                odd = odd.iloc[:, [k for k in range(odd.shape[1]) if k != j]]
            elif rng.random() < 0.1:
                odd = odd.iloc[[*range(len(odd)), i]]
            else:
                column = odd.iloc[:, j].tolist()
                column[i] = ODD[rng.integers(len(ODD))]
                odd = odd.copy()
                odd[odd.columns[j]] = pd.Series(column, index=odd.index, dtype=object)
        try:
            assert len(read(odd).data_hash) == 64
        except EvidenceError as error:
            assert error.faults
            refused += 1
        except Exception as error:
            pytest.fail(f"round {number}: {type(error).__name__}: {error}")
    assert refused > 30


def workbook():
    book = openpyxl.Workbook()
    for name, frame in (("trials", TRIALS), ("reports", REPORTS)):
        sheet = book.create_sheet(name)
        sheet.append(list(frame.columns))
        for row in frame.astype(object).where(frame.notna(), None).itertuples(index=False):
            sheet.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def parquet():
    file = io.BytesIO()
    REPORTS.to_parquet(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "make", "where", "rounds"),
    [("book.xlsx", workbook, "book.xlsx", 200), ("reports.parquet", parquet, "", 300)],
)
def test_damaged_files(tmp_path, name, make, where, rounds):
    good = make()
    if not where:
        TRIALS.to_csv(tmp_path / "trials.csv", index=False)
    (tmp_path / name).write_bytes(good)
    assert len(check_folder(tmp_path / where).outcomes["pain"].used) == 4
    rng = np.random.default_rng(5)
    for number in range(rounds):
        data = bytearray(good)
        for _ in range(rng.integers(1, 6)):
            at = int(rng.integers(len(data)))
            match rng.integers(4):
                case 0:
                    data[at : at + int(rng.integers(1, 60))] = b""
                case 1:
                    del data[at + 1 :]
                case _:
                    data[at] = int(rng.integers(256))
        (tmp_path / name).write_bytes(bytes(data))
        try:
            check_folder(tmp_path / where)
        except EvidenceError as error:
            assert error.faults
        except Exception as error:
            pytest.fail(f"round {number}: {type(error).__name__}: {error}")
