"""Make trials.csv and reports.csv of this folder from the tables in source/.

Run ``python derive.py`` to write both tables, ``python derive.py --check`` to compare the tables on
disk with what this script makes (exit 1 if they differ). ``faults.py`` says what is wrong with what
it makes. Standard library only.

No number is typed in here: every number of the two tables is read from source/. This file holds the
rules for what enters; treatments.csv holds the treatment and class of each arm (the same name in
two trials means the same product, dose and site, as far as the source tells).

Line k of reports.csv comes from line k of source/arms.csv: one source row makes one row. Below them
stand the rows of source/p_values.csv: tests between two arms of which no other number is printed.

Of several numbers of the same patients and month the reader of the tables takes one kind and says
which.
"""

import argparse
import csv
import io
import re
import sys
from collections import Counter
from pathlib import Path

from faults import faults, faults_of_tests

HERE = Path(__file__).resolve().parent
Row = dict[str, str]

# Contrast rows of the source name two arms in one label: (arm, versus).
CONTRASTS = {
    "PRP v lidocaine (favours PRP)": ("PRP", "lidocaine"),
    "PRP minus saline (direction not stated)": ("PRP", "saline"),
}

# Words of the source: (outcome, scale). First match wins. "other" is kept, but no analysis uses it.
OUTCOMES: tuple[tuple[str, str, str], ...] = (
    (r"^VAS$", "pain", "VAS"),  # the range of the scale differs and is read from the row
    (r"^NRS$", "pain", "NRS 0-10"),
    (r"^ODI$", "function", "ODI 0-100"),
    (r"^FRI$", "function", "FRI 0-100"),
    (r"^responder: >=?\d+% pain reduction \(NRS\)$", "pain", "NRS 0-10"),
    (r"^responder: >=?\d+% pain reduction$", "pain", "VAS 0-100"),
    (r"^responder: treatment still effective \(>=50% VAS reduction\)$", "pain", "VAS 0-10"),
    (r"^responder: average pain \(NRS\) improved$", "pain", "NRS 0-10"),
    (r"^responder: clinically significant improvement", "pain", "NRS 0-10"),
    (r"^responder: composite", "pain", "VAS 0-100"),
    (r"^responder: VAS improved >=20% and >=20 mm, or ODI", "pain", "VAS 0-100"),
    (r"^responder: .*ODI improvement$", "function", "ODI 0-100"),
    (r"^responder: RMDQ", "function", "RMDQ 0-24"),
    (r"^SAE", "sae", ""),
    (r"^AE: serious complications$", "sae", ""),
    (r"^major adverse events", "sae", ""),
    (r"^AE", "ae", ""),
    (r"", "other", ""),
)
THRESHOLD = re.compile(
    r"^responder: (?:RMDQ improved |treatment still effective \()?(>=?\d+%?)(?:-point| points)?"
    r"(?: pain reduction| ODI improvement| VAS reduction|$)"
)
# A printed threshold on two instruments. What Zielinski counts covers two as well, but without a
# printed threshold, so that it only compares the arms.
COMPOSITE_OF_TWO = re.compile(r"VAS .*\b(?:and|or) .*ODI")
KINDS = {
    "score": "mean",
    "change from baseline": "change",
    "percent change from baseline": "percent_change",
    "between-arm mean difference": "difference",
}

# What a reader must know about a row beyond the caveat of the source.
ARM_NOTES = {
    ("Noriega_2017", "sham"): (
        "the control is an anaesthetic injection in muscle, described as sham, class placebo"
    ),
    ("TuakliWosornu_2016", "contrast"): "the control is contrast agent in the disc, class placebo",
    ("Schepers_2024", "saline"): "the saline of the control holds an antibiotic, class placebo",
    ("Bise_2020", "both arms together (PRP and steroid)"): (
        "both arms together; the class is the one in the source"
    ),
}
NOT_PRINTED = "no threshold of this one scale is printed, so the threshold is empty"
SCALE_NOTES = (
    (r"\(NRS\)|\(ODI and pain scale\)", "the range of the numeric scale is assumed 0-10"),
    (r"^FRI$", "0-100 is assumed by the source"),
)

OTHER = "This is not an outcome of this analysis"
UNDEFINED = (
    "The source does not say what success means, and prints neither the arm size nor the other arm"
)
SUBSET = "These patients are a subset of VAST_2021"
RADICULAR = "The patients had radicular pain or a disc herniation, not chronic low back pain"
NOT_RANDOMISED = "The study was not randomised, or its allocation is not described"
CROSSOVER = "This arm had crossed over to the active treatment"
OVERLAP = "This row overlaps the two dose arms of the same trial"
NOT_SERIOUS = "These are not serious adverse events"
NO_SIZE = "The arm size is not printed"
COMPOSITE = (
    "Success is counted on pain and disability together, and how many patients the percentage "
    "is of is not known"
)
ONE_SITE = "This is one site and one arm of the trial, so there is nothing to compare it with"
EXTENSION = "Only patients who chose the open extension; it has no usable control arm"
ONE_SIDED = (
    "The trial prints this outcome for one class of treatment only, "
    "so there is nothing to compare it with"
)


def read(name: str) -> list[Row]:
    """Rows of a table below this folder."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_arms() -> dict[tuple[str, str], tuple[str, str]]:
    """Treatment and class of each arm: (trial, arm) to (treatment, class)."""
    return {(r["trial"], r["arm"]): (r["treatment"], r["class"]) for r in read("treatments.csv")}


def eligibility(text: str) -> str:
    """``core``, ``borderline``, ``no`` or ``not yet`` from the free text of the source."""
    # A trial without unblinded results, or whose randomisation is not stated, cannot be judged yet.
    if text.startswith(("not yet", "unclear")) or "when unblinded" in text:
        return "not yet"
    return "core" if text.startswith("yes") else text.split(" ")[0]


def trial_row(source: Row) -> Row:
    """One row of trials.csv."""
    year = re.match(r"\d{4}", source["year"])
    doi = source["doi_or_pmid"] if source["doi_or_pmid"].startswith("10.") else ""
    # "300 (target)", "100 (planned)", "80 (not randomised)" are not numbers of randomised people.
    sure = source["randomised"].startswith("yes")
    randomised = re.match(r"(\d+)$|(\d+) \((?=target \d|\d)", source["n_randomised"])
    said = {
        "cited as": source["first_author_or_name"],
        "year as given": "" if year and year[0] == source["year"] else source["year"],
        "reference": "" if doi else source["doi_or_pmid"],
        "eligibility as given": source["eligible_core"] if source["eligible_core"] != "yes" else "",
        "randomised": source["randomised"] if source["randomised"] != "yes" else "",
        "size as given": source["n_randomised"] if not source["n_randomised"].isdigit() else "",
        "treatment": source["product_and_dose"],
        "control": source["control"],
        "found": source["numbers_found"],
        "missing": source["numbers_missing"],
        "overlap": source["overlap_note"],
        "source": source["source"],
    }
    return {
        "trial": source["trial_id"],
        "year": year[0] if year else "",
        "doi": doi,
        "registry": source["registry"],
        "population": source["condition"],
        "route": source["route"],
        "blinding": source["blinding"],
        "risk_of_bias": source["bias_notes"],
        "note": ". ".join(f"{key}: {text}" for key, text in said.items() if text),
        "eligible": eligibility(source["eligible_core"]),
        "n_randomised": (randomised[1] or randomised[2]) if sure and randomised else "",
    }


def kind_of(source: Row) -> str:
    """The kind of the printed number."""
    if source["value_type"] in KINDS:
        return "median" if source["median"] else KINDS[source["value_type"]]
    return "responders" if source["outcome"].startswith("responder") else "events"


def negative(number: str) -> str:
    """The printed number with its sign turned, as text, so that no digit is lost."""
    return number[1:] if number.startswith("-") else f"-{number}"


def report_row(source: Row, arms: dict[tuple[str, str], tuple[str, str]]) -> Row:
    """One row of reports.csv, before the decision whether it enters."""
    trial, label, printed = source["trial_id"], source["arm"], source["outcome"]
    arm, versus = CONTRASTS.get(label, (label, ""))
    treatment, class_ = arms[trial, arm]
    if source["arm_role"] == "crossover" and label == "nonsurgical management":
        # One arm key cannot hold usual care first and cells later.
        arm = f"{label}, crossed to allograft"
        treatment, class_ = arms["VAST_2021", "usual care, crossed to allograft"]
    outcome, scale = next((o, s) for pattern, o, s in OUTCOMES if re.search(pattern, printed))
    if scale == "VAS":
        scale = "VAS 0-100" if source["outcome_scale"].startswith("0-100") else "VAS 0-10"
    kind = kind_of(source)
    threshold = THRESHOLD.search(printed) if kind == "responders" else None
    p = re.match(r"[\d.]+", source["p_reported"])
    mean, lower, upper = source["mean"], source["ci_low"], source["ci_high"]
    turned = label.endswith("(favours PRP)")
    if turned:
        mean, lower, upper = negative(mean), negative(upper), negative(lower)
    level = re.match(r"\d+", source["ci_level"])
    as_printed = [text for text in (printed, source["outcome_scale"], source["time_label"]) if text]
    notes = [
        f"printed: {', '.join(as_printed)}",
        f"patients: {source['analysis_set']}" if source["analysis_set"] else "",
        f"p {source['p_reported']}: {source['p_compares']}" if source["p_reported"] else "",
        "lower and upper are of the percentage"
        if "of the percentage" in source["ci_level"]
        else "",
        f"interval level {source['ci_level']}" if source["ci_level"] == "not stated" else "",
        "the sign was set here: printed as a positive difference in favour of PRP"
        if turned
        else "",
        ARM_NOTES.get((trial, label), ""),
        *(text for pattern, text in SCALE_NOTES if re.search(pattern, printed)),
        NOT_PRINTED if kind == "responders" and outcome != "other" and not threshold else "",
        source["precision_note"],
    ]
    return {
        "trial": trial,
        "arm": arm,
        "treatment": treatment,
        "class": class_,
        "outcome": outcome,
        "scale": scale,
        "months": source["time_months"],
        "kind": kind,
        "n": source["n"],
        "mean": mean,
        "sd": source["sd"],
        "se": source["se"],
        "lower": lower,
        "upper": upper,
        "level": level[0] if level else "",
        "q1": source["iqr_low"],
        "median": source["median"],
        "q3": source["iqr_high"],
        "events": source[
            "events"
        ],  # a count implied by a percentage is left to the reader of this table
        "percent": source["percent_reported"],
        "threshold": threshold[1] if threshold else "",
        "versus": versus,
        "versus_treatment": arms[trial, versus][0] if versus else "",
        "versus_class": arms[trial, versus][1] if versus else "",
        "versus_n": "",
        "p": p[0] if p else "",
        "favours": "",
        "source": source["source"],
        "verified": source["verified"],
        "note": "; ".join(text for text in notes if text),
    }


def p_value_row(source: Row, arms: dict[tuple[str, str], tuple[str, str]]) -> Row:
    """One row of reports.csv of a test between two arms; it has no unit, so it names no scale."""
    trial, arm, versus = source["trial"], source["arm"], source["versus"]
    notes = [
        f"printed: {source['instrument']}, {source['visit']}",
        f"patients: {source['patients']}",
        f"words: {source['words']}",
        f"collected ({source['evidence']}): {source['evidence_words']}",
        "" if source["p_from"] == "evidence" else "not in the collected tables: one reader only",
        ARM_NOTES.get((trial, versus), ""),
        source["remark"],
    ]
    return {
        "trial": trial,
        "arm": arm,
        "treatment": arms[trial, arm][0],
        "class": arms[trial, arm][1],
        "outcome": source["outcome"],
        "months": source["months"],
        "kind": "p_value",
        "n": source["n"],
        "versus": versus,
        "versus_treatment": arms[trial, versus][0],
        "versus_class": arms[trial, versus][1],
        "versus_n": source["versus_n"],
        "p": source["p"],
        "favours": source["favours"],
        "source": source["source"],
        "verified": "yes",
        "note": "; ".join(text for text in notes if text),
    }


def reason_alone(row: Row, source: Row, trial: Row) -> str:
    """Why a row cannot enter, judged on its own; empty if it can."""
    rules = (
        (row["kind"] == "responders" and "objective success" in source["outcome"], UNDEFINED),
        (row["outcome"] == "other", OTHER),
        ("subset" in trial["eligible_core"], SUBSET),
        (source["randomised"] != "yes", NOT_RANDOMISED),
        (eligibility(trial["eligible_core"]) == "no", RADICULAR),
        (source["arm_role"] == "crossover", CROSSOVER),
        (source["arm"].endswith("together"), OVERLAP),
        (row["outcome"] == "ae", NOT_SERIOUS),
        (source["verified"] != "yes", "The value was not verified"),
        (bool(COMPOSITE_OF_TWO.search(source["outcome"])), COMPOSITE),
        (not row["n"], NO_SIZE),
        (source["analysis_set"] == "one study site only", ONE_SITE),
        ("chose the extension" in source["analysis_set"], EXTENSION),
    )
    return next((text for holds, text in rules if holds), "")


def reason_among(row: Row, rows: list[Row]) -> str:
    """Why a row cannot enter beside the others that can; empty if it can."""
    together = [r for r in rows if (r["trial"], r["outcome"]) == (row["trial"], row["outcome"])]
    if len({c for r in together for c in (r["class"], r["versus_class"]) if c}) < 2:
        return ONE_SIDED
    return ""


def derive() -> tuple[list[Row], list[Row]]:
    """Both tables: trials, reports."""
    trials, arms = read("source/trials.csv"), read("source/arms.csv")
    tests = read("source/p_values.csv")
    by_trial = {trial["trial_id"]: trial for trial in trials}
    names = read_arms()
    rows = [report_row(source, names) for source in arms]
    alone = [reason_alone(r, s, by_trial[s["trial_id"]]) for r, s in zip(rows, arms, strict=True)]
    able = [row for row, reason in zip(rows, alone, strict=True) if not reason]
    reports = []
    for row, first in zip(rows, alone, strict=True):
        reason = first or reason_among(row, able)
        reports.append(row | {"use": "no" if reason else "yes", "reason": reason})
    empty = dict.fromkeys(reports[0], "") | {"use": "yes"}
    reports += [empty | p_value_row(test, names) for test in tests]
    return [trial_row(trial) for trial in trials], reports


def as_text(rows: list[Row]) -> str:
    """The table as CSV text, columns in the order of the first row."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def main() -> int:
    """Write or check the two tables; 0 if all is well."""
    parser = argparse.ArgumentParser(description="Make trials.csv and reports.csv from source/.")
    parser.add_argument(
        "--check", action="store_true", help="compare with the tables on disk, write nothing"
    )
    check = parser.parse_args().check
    trials, reports = derive()
    source = {name: read(f"source/{name}") for name in ("trials.csv", "arms.csv", "p_values.csv")}
    rows, tests = len(source["arms.csv"]), len(source["p_values.csv"])
    wrong = faults(reports, sources=rows + tests) + faults_of_tests(reports, trials, source)
    tables = {
        "trials.csv": as_text(trials),
        "reports.csv": as_text(reports),
    }
    for name, text in tables.items():
        path = HERE / name
        if not check:
            path.write_text(text, encoding="utf-8", newline="")
        elif not path.exists() or path.read_bytes() != text.encode("utf-8"):
            wrong.append(f"{name} differs from what source/ gives; run derive.py without --check")
    used = Counter((r["outcome"], r["kind"]) for r in reports if r["use"] == "yes")
    print(f"{len(trials)} trials; {rows} source rows and {tests} tests -> {len(reports)} rows")
    marked = ", ".join(f"{outcome} {kind} {n}" for (outcome, kind), n in sorted(used.items()))
    print(f"{used.total()} rows are marked use = yes: {marked}")
    for line in wrong:
        print(f"fault: {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
