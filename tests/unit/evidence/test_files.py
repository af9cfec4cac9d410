"""Files that cannot be read as tables."""

import pytest

from trialpool.errors import EvidenceError
from trialpool.evidence import check_folder, read_evidence


def message(path):
    with pytest.raises(EvidenceError) as caught:
        check_folder(path)
    return str(caught.value)


def test_no_such_directory(tmp_path):
    with pytest.raises(EvidenceError, match="no such directory") as caught:
        read_evidence(tmp_path / "gone", outcome="pain")
    assert len(caught.value.faults) == 1


def test_a_file_instead_of_the_folder(folder):
    with pytest.raises(EvidenceError, match="Name the folder, not a file in it") as caught:
        read_evidence(folder.write() / "reports.csv", outcome="pain")
    assert len(caught.value.faults) == 1


def test_both_files_missing(tmp_path):
    text = message(tmp_path)
    assert "trials.csv: got no such file" in text
    assert "reports.csv: got no such file" in text


def test_directory_instead_of_file(folder):
    path = folder.write()
    (path / "trials.csv").unlink()
    (path / "trials.csv").mkdir()
    assert "trials.csv: got a directory; expected a file" in message(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "an empty file"),
        (b"\n\n", "an empty file"),
        (b"trial,year\n", "a header without rows"),
        (b"trial,year\n,\n", "a header without rows"),
        (b"trial,trial\nA,B\n", "column 'trial' 2 times"),
        (b"trial,\nA,1\n", "a column without a name"),
        (b"trail,year\nA,2020\n", "Rename the column to 'trial'."),
        (b"name,year\nA,2020\n", "column trial: got no such column"),
        (b"trial|year\nA|2020\n", "Save the file with commas"),
        (b"trial,year\nA,2020,x\n", "row 2: got 3 fields; expected 2 as in the header"),
        (b"trial,year\nA\n", "row 2: got 1 fields"),
        (b"trial,year\n\nA,2020\nB\xe9,2020\n", "row 4: got bytes that are not UTF-8"),
        ("trial,year\nA,2020\n".encode("utf-16"), "not UTF-8"),
        (b'trial,year\n"A,2020\n', "Close the double quotes"),
        (b"trial,year\n,2020\n", "row 2, trial: got nothing"),
    ],
)
def test_broken_trials(folder, content, words):
    path = folder.write()
    (path / "trials.csv").write_bytes(content)
    assert words in message(path)


def test_byte_order_mark_and_windows_lines_are_read(folder):
    path = folder.write()
    text = (path / "reports.csv").read_text(encoding="utf-8")
    (path / "reports.csv").write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    assert read_evidence(path, outcome="pain").used["row"].tolist() == list(range(2, 13))


def test_line_numbers_count_lines_of_the_file(folder):
    folder.set(2, note="two\nlines")
    path = folder.write()
    assert read_evidence(path, outcome="pain").used["row"].tolist() == [2, *range(4, 14)]


def test_misspelt_and_missing_columns_in_one_go(folder):
    path = folder.write()
    text = (path / "reports.csv").read_text(encoding="utf-8")
    header, rest = text.split("\n", 1)
    header = header.replace("treatment,class", "tretment,klass").replace("events", "event")
    (path / "reports.csv").write_text(f"{header}\n{rest}", encoding="utf-8")
    found = message(path)
    assert "got 'tretment'; expected 'treatment'" in found
    assert "got 'event'; expected 'events'" in found
    assert "column class" in found or "'klass'; expected 'class'" in found


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (
            ("mean",),
            "reports.csv, column mean: got no such column; expected it for the rows of kind",
        ),
        (("events", "percent"), "column events or percent"),
        (
            ("versus",),
            "column versus: got no such column; expected it for the rows of kind difference",
        ),
        (("lower", "upper", "se", "p", "versus_n"), "column se or lower or p or versus_n"),
    ],
)
def test_columns_that_the_kinds_need(folder, columns, words):
    assert words in message(folder.drop(*columns).write())


def test_columns_that_no_row_needs_may_be_absent(folder):
    spare = "q1 median q3 p verified note use reason versus_treatment"
    checked = check_folder(folder.drop(*spare.split()).write())
    assert len(checked.outcomes["pain"].used) == 11


def test_columns_without_a_meaning_are_kept_and_named(folder):
    folder.header.append("imaging")
    folder.set(2, imaging="MRI")
    checked = check_folder(folder.write())
    assert checked.outcomes["pain"].reports["imaging"].tolist()[:2] == ["MRI", ""]
    assert any("imaging" in note for note in checked.notes)


def test_a_faulty_classes_file(folder):
    folder.classes = "class,role\nplacebo,refrence\nPRP,active\n"
    assert "classes.csv row 2, role" in message(folder.write())
    folder.classes = "class,role\nplacebo,comparator\nPRP,active\n"
    assert "0 reference classes" in message(folder.write())
    folder.classes = "class,role,synonyms\nplacebo,reference,sham\nPRP,active,Sham\n"
    assert "'sham' for PRP and for placebo" in message(folder.write())
