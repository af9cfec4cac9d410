"""What is wrong with the tables that derive.py makes; a check returns lines, none if all is well.

A new check is a function that ``main`` in derive.py adds to the others.
"""

import re

Row = dict[str, str]
Table = list[Row]


def faults(reports: Table, *, sources: int) -> list[str]:
    """Rows lost or added, counts without a comparison, and arms with two treatments."""
    found = [] if len(reports) == sources else [f"{sources} source rows became {len(reports)} rows"]
    used = [row for row in reports if row["use"] == "yes"]
    for key in sorted({(r["trial"], r["outcome"], r["threshold"], r["months"]) for r in used}):
        same = [
            r
            for r in used
            if r["kind"] in ("responders", "events")
            and (r["trial"], r["outcome"], r["threshold"], r["months"]) == key
        ]
        if same and len({r["class"] for r in same}) < 2:
            found.append(f"used counts of one class only: {key}")
    treatments: dict[tuple[str, str], set[str]] = {}
    for row in reports:
        treatments.setdefault((row["trial"], row["arm"]), set()).add(row["treatment"])
    found += [
        f"two treatments for one arm: {arm}" for arm, names in treatments.items() if len(names) > 1
    ]
    return found


def faults_of_tests(reports: Table, trials: Table, source: dict[str, Table]) -> list[str]:
    """What of source/p_values.csv the collected evidence does not bear out."""
    eligible = {t["trial"] for t in trials if t["eligible"] in ("core", "borderline")}
    used = [row for row in reports if row["use"] == "yes" and row["kind"] != "p_value"]
    printed = {(row["trial"], row["outcome"], row["months"]) for row in used}
    found = []
    for line, test in enumerate(source["p_values.csv"], start=2):
        name = test["trial"]
        trial = next(t for t in source["trials.csv"] if t["trial_id"] == name)
        pages = [r["source"] for r in (trial, *source["arms.csv"]) if r["trial_id"] == name]
        page = test["source"].split("; ")[-1]
        table, _, row = test["evidence"].partition(":")
        cited = source[table][int(row) - 2]
        quoted = any(test["evidence_words"] in text for text in cited.values())
        sizes = ((test["n"], trial["n_active"]), (test["versus_n"], trial["n_control"]))
        rules = {
            "trial is not randomised": trial["randomised"].startswith("yes"),
            "trial is not eligible": name in eligible,
            "evidence does not hold evidence_words": quoted and cited["trial_id"] == name,
            "source is no page that was collected for the trial": any(page in p for p in pages),
            "n or versus_n is no size in trials.csv": all(
                re.search(rf"\b{n}\b", text) for n, text in sizes
            ),
            "favours is none of the arms": test["favours"] in ("", test["arm"], test["versus"]),
            "another number of that month is used": (name, test["outcome"], test["months"])
            not in printed,
        }
        found += [f"p_values.csv row {line}: {text}" for text, holds in rules.items() if not holds]
    return found
