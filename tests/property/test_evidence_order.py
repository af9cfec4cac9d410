"""The order of rows and columns of the files says nothing about the evidence."""

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trialpool.errors import EvidenceError
from trialpool.evidence import Evidence, check_folder, read_evidence, summarise

HEADER = "trial,arm,treatment,class,outcome,scale,months,kind,n,mean,sd,threshold,events,source"
LINES = [
    "A,prp,PRP 1,PRP,pain,VAS 0-100,0,mean,30,60,20,,,x",
    "A,saline,saline,placebo,pain,VAS 0-100,0,mean,30,61.5,20,,,x",
    "A,prp,PRP 1,PRP,pain,VAS 0-100,6,mean,30,40,20,,,x",
    "A,saline,saline,placebo,pain,VAS 0-100,6,mean,30,50,20,,,x",
    "B,msc,MSC 1,MSC,pain,NRS 0-10,12,responders,20,,,>=30%,9,x",
    "B,sham,sham,placebo,pain,NRS 0-10,12,responders,21,,,>=30%,7,x",
]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    lines=st.permutations(LINES),
    trials=st.permutations(["A,2019", "B,2020"]),
    columns=st.permutations(range(HEADER.count(",") + 1)),
)
def test_order_of_a_folder_does_not_matter(tmp_path, lines, trials, columns):
    def write(header, body):
        rows = [line.split(",") for line in (header, *body)]
        text = "\n".join(",".join(row[i] for i in columns) for row in rows)
        (tmp_path / "reports.csv").write_text(text + "\n", encoding="utf-8")

    (tmp_path / "trials.csv").write_text("\n".join(["trial,year", *trials]), encoding="utf-8")
    write(HEADER, lines)
    shuffled = read_evidence(tmp_path)
    (tmp_path / "reports.csv").write_text("\n".join([HEADER, *LINES]), encoding="utf-8")
    (tmp_path / "trials.csv").write_text("trial,year\nA,2019\nB,2020\n", encoding="utf-8")
    ordered = read_evidence(tmp_path)
    assert shuffled.data_hash == ordered.data_hash
    assert shuffled.arms.equals(ordered.arms)
    assert summarise(shuffled) == summarise(ordered)


@given(order=st.permutations(range(4)))
def test_order_of_studies_does_not_matter(order):
    frame = pd.DataFrame(
        {"s": list("abcd"), "y": [0.1, -0.2, 0.0, -0.0], "se": [0.1, 0.2, 0.3, 0.4]}
    )
    one = Evidence.from_effects(frame, study="s", effect="y", se="se")
    other = Evidence.from_effects(frame.iloc[list(order)], study="s", effect="y", se="se")
    assert one.data_hash == other.data_hash
    assert list(other.reports["study"]) == ["abcd"[i] for i in order]


junk = st.one_of(
    st.sampled_from(
        ["", "-1", "0", "1e9", "nan", ">=50%", "PRP", "pain", "events", "no", "x", "é"]
    ),
    st.text(st.characters(codec="utf-8", exclude_characters='",\r\n\x00'), max_size=6),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cells=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 13), junk), max_size=4))
def test_whatever_stands_in_a_cell_is_read_or_is_a_fault(tmp_path, cells):
    rows = [line.split(",") for line in (HEADER, *LINES)]
    for row, column, text in cells:
        rows[row][column] = text
    text = "\n".join(",".join(row) for row in rows)
    (tmp_path / "reports.csv").write_text(text, encoding="utf-8", newline="")
    (tmp_path / "trials.csv").write_text("trial,year\nA,2019\nB,2020\n", encoding="utf-8")
    try:
        evidence = list(check_folder(tmp_path).outcomes.values())
    except EvidenceError as error:
        assert error.faults
        assert all(
            fault.where and fault.got and fault.expected and fault.remedy for fault in error.faults
        )
    else:
        assert all(len(one.data_hash) == 64 for one in evidence)
