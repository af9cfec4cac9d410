"""What must hold between rows: arms, pairs, duplicates, follow-up of events, comparators.

A new rule is a function that takes the readings of the rows to use and ``Findings``; ``folder.py``
calls it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from trialpool.evidence.cells import folded
from trialpool.evidence.connectivity import Number, compared_arms
from trialpool.evidence.files import Findings
from trialpool.evidence.kinds import COMPARISONS, KINDS, Contribution
from trialpool.evidence.schema import Row
from trialpool.evidence.thresholds import FORMS


@dataclass(frozen=True)
class Reading:
    """A row to use with its class and what it contributes.

    ``class_`` is None where the class has a fault; ``versus`` is treatment and class of the arm
    that a difference or a p-value is against.
    """

    row: Row
    class_: str | None
    part: Contribution
    versus: tuple[str, str] | None = None

    @property
    def sound(self) -> bool:
        """Whether the row itself has no fault; rules between rows skip those that have."""
        return not self.part.faults and not self.row.broken and self.class_ is not None

    @property
    def intended(self) -> bool:
        """Whether the row enters, or would if its faults were mended."""
        return self.part.enters or not self.sound

    @property
    def form(self) -> str:
        """Form of a threshold that is one number, ``"relative"``, ...; else nothing."""
        forms = [form for form in FORMS if math.isfinite(getattr(self.part, form))]
        return forms[0] if len(forms) == 1 else ""

    @property
    def threshold(self) -> tuple[object, ...]:
        """What tells thresholds apart however they are written: numbers, or text without one."""
        sizes = [getattr(self.part, form) for form in FORMS]
        if any(math.isfinite(size) for size in sizes):
            return (*(round(x, 6) if math.isfinite(x) else None for x in sizes), self.part.joined)
        return ((self.part.definition or self.row["threshold"]).replace(" ", "").lower(),)


def grouped[T: Hashable](
    readings: Iterable[Reading], key: Callable[[Reading], T]
) -> dict[T, list[Reading]]:
    """Readings by a key, in the order in which keys are met."""
    groups: dict[T, list[Reading]] = defaultdict(list)
    for reading in readings:
        groups[key(reading)].append(reading)
    return dict(groups)


def lines(readings: Sequence[Reading]) -> str:
    """``row 4`` or ``rows 4, 5, 6``."""
    return numbered([reading.row.line for reading in readings])


def numbered(numbers: Sequence[int]) -> str:
    """Line numbers in words, the first six of many."""
    if len(numbers) == 1:
        return f"row {numbers[0]}"
    return f"rows {', '.join(map(str, numbers[:6]))}{' ...' if len(numbers) > 6 else ''}"


def check_arms(readings: Sequence[Reading], findings: Findings) -> None:
    """An arm is one treatment of one class, and a treatment is of one class in all trials."""
    torn = set()
    for key, group in grouped(readings, lambda r: r.row.arm_key).items():
        trial, arm = key
        thing = f"arm {arm!r} of {trial}"
        _check_one(group, lambda r: r.row["treatment"], "treatment", thing, findings, key=folded)
        if not _check_one(group, lambda r: r.class_, "class", thing, findings):
            torn.add(key)
    torn |= _check_versus_arms(readings, findings)
    # An arm torn between classes was reported; its treatment would repeat it.
    whole = [reading for reading in readings if reading.row.arm_key not in torn]
    for treatment, group in grouped(whole, lambda r: r.row["treatment"]).items():
        _check_one(group, lambda r: r.class_, "class", f"treatment {treatment!r}", findings)
    class_of = {reading.row["treatment"]: reading.class_ for reading in whole}
    for reading in readings:
        if reading.versus is not None and (reading.row["trial"], reading.row["versus"]) not in torn:
            treatment, class_ = reading.versus
            if class_of.setdefault(treatment, class_) not in (class_, None):
                got = f"treatment {treatment!r} as {class_!r} and as {class_of[treatment]!r}"
                expected, remedy = "one class for it", "Correct versus_class or versus_treatment."
                findings.faults.append(reading.row.fault("versus_class", expected, remedy, got))


def _check_versus_arms(readings: Sequence[Reading], findings: Findings) -> set[tuple[str, str]]:
    """Rows against an arm agree on what it is; returns the trials and arms where they do not.

    Of an arm with rows of its own all have the treatment and class of these.
    """
    arms: dict[tuple[str, str], dict[tuple[str, str], list[Reading]]] = {}
    for reading in readings:
        if reading.versus is not None:
            said = arms.setdefault((reading.row["trial"], reading.row["versus"]), {})
            said.setdefault(reading.versus, []).append(reading)
    torn = set()
    for (trial, arm), said in arms.items():
        # One treatment in two spellings is a slip of its own (slips.py).
        if len({(folded(treatment), class_) for treatment, class_ in said}) < 2:
            continue
        torn.add((trial, arm))
        one_treatment = len({folded(treatment) for treatment, _ in said}) < 2
        got = " and ".join(
            f"{treatment!r} of class {class_!r} ({lines(same)})"
            for (treatment, class_), same in said.items()
        )
        last = list(said.values())[-1][0].row
        findings.fault(
            last.where("versus_class" if one_treatment else "versus_treatment"),
            f"arm {arm!r} of {trial} as {got}",
            "one treatment and one class for it",
            "Correct versus_treatment or versus_class, or write different names in versus if they "
            "are different arms.",
        )
    return torn


def _check_one(
    group: Sequence[Reading],
    value: Callable[[Reading], str | None],
    column: str,
    thing: str,
    findings: Findings,
    *,
    key: Callable[[str], str] = str,
) -> bool:
    by_key = grouped([r for r in group if value(r)], lambda r: key(value(r) or ""))
    if len(by_key) < 2:
        return True
    by_value = {value(same[0]): same for same in by_key.values()}
    got = " and ".join(f"{name!r} ({lines(same)})" for name, same in by_value.items())
    last = list(by_value.values())[-1][0].row
    remedy = f"Correct the {column}, or write different names if they are different things."
    findings.fault(
        last.where(column), f"{thing} with {column} {got}", f"one {column} for it", remedy
    )
    return False


def check_duplicates(readings: Sequence[Reading], findings: Findings) -> None:
    """A number is given once: trial, arm, outcome, months, kind, threshold and versus name it.

    Two arms are compared once, whichever of them is the row's own.
    """

    def key(reading: Reading) -> tuple[object, ...]:
        row = reading.row
        pair = " and ".join(sorted(map(repr, (row["arm"], row["versus"]))))
        return (
            row["trial"],
            f"arms {pair}" if row.kind in COMPARISONS else f"arm {row['arm']!r}",
            row.outcome,
            row.number["months"],
            row.kind,
            reading.threshold,
        )

    for (trial, arm, outcome, months, kind, *_), group in grouped(readings, key).items():
        if len(group) > 1:
            findings.fault(
                f"reports.csv {lines(group)}",
                f"{kind} of {outcome} in {arm} of {trial} at {months:g} months twice",
                "one row a number",
                "Remove all but one, or set use = no with a reason for the others.",
            )


def check_layouts(readings: Sequence[Reading], findings: Findings) -> dict[str, str]:
    """Layout of each outcome: events if its rows are; a mixture is a fault."""
    layouts = {}
    known = [reading for reading in readings if reading.row.kind in KINDS]
    for outcome, group in grouped(known, lambda r: r.row.outcome).items():
        events = [reading for reading in group if reading.row.kind == "events"]
        layouts[outcome] = "events" if events else "longitudinal"
        if events and len(events) < len(group):
            others = [reading for reading in group if reading.row.kind != "events"]
            findings.fault(
                f"reports.csv {lines(events if len(events) < len(others) else others)}, kind",
                f"outcome {outcome!r} with {len(events)} rows of events and {len(others)} others",
                "either adverse events or scores in one outcome",
                "Give one of them another outcome name.",
            )
    return layouts


def keep_last_month(readings: Sequence[Reading]) -> list[Reading]:
    """Counts of events are cumulative: only the last month that two arms share enters."""
    last: dict[tuple[str, str], float] = {}
    entering = [
        reading for reading in readings if reading.row.kind == "events" and reading.part.enters
    ]
    for key, group in grouped(entering, lambda r: (r.row["trial"], r.row.outcome)).items():
        months = grouped(group, lambda r: r.row.number["months"])
        shared = [month for month, same in months.items() if len({r.row["arm"] for r in same}) > 1]
        last[key] = max(shared or months)
    result = []
    for reading in readings:
        month = last.get((reading.row["trial"], reading.row.outcome))
        if reading in entering and month is not None and reading.row.number["months"] != month:
            why = f"cumulative: month {month:g}, the last that two arms share, is used"
            reading = replace(reading, part=replace(reading.part, enters=False, why=why))
        result.append(reading)
    return result


def check_person_months(readings: Sequence[Reading], findings: Findings) -> None:
    """Events of a trial are in person-months for all of its arms, or for none."""
    entering = [r for r in readings if r.row.kind == "events" and r.part.enters]
    forms: dict[str, set[bool]] = defaultdict(set)
    for key, group in grouped(entering, lambda r: (r.row.outcome, r.row["trial"])).items():
        outcome, trial = key
        by_form = grouped(group, lambda r: math.isfinite(r.part.exposure))
        forms[outcome].update(by_form)
        if len(by_form) > 1:
            timed, none = (
                ", ".join(repr(r.row["arm"]) for r in by_form[form]) for form in (True, False)
            )
            findings.fault(
                f"reports.csv {lines(by_form[False])}, person_months",
                f"{outcome} of {trial} with person-months for {timed} and without for {none}",
                "one form for the arms of a trial, because they are compared",
                "Write person_months for all arms of the trial or for none.",
            )
    findings.notes.extend(
        f"{outcome}: some trials count patients, others events in person-months; their ratios are "
        "pooled as if equal, which holds for rare events"
        for outcome, found in forms.items()
        if len(found) > 1
    )


def check_open_thresholds(
    readings: Sequence[Reading], suspects: Collection[str], findings: Findings
) -> None:
    """A threshold that is not printed says only how arms differ: it needs two arms."""
    opened = [
        r for r in readings if r.row.kind == "responders" and r.part.definition and r.part.enters
    ]
    for key, group in grouped(
        opened, lambda r: (r.row["trial"], r.row.outcome, r.row.number["months"], r.part.definition)
    ).items():
        trial, outcome, months, definition = key
        if trial not in suspects and len({reading.row["arm"] for reading in group}) < 2:
            row = group[0].row
            findings.fault(
                row.where("threshold"),
                f"{outcome} responders of {trial} at {months:g} months with the threshold "
                f"{definition} in the arm {row['arm']!r} only",
                "the same in another arm at that month, because only the arms can be compared",
                "Write the threshold, add the other arm's row, or set use = no with a reason.",
            )


def check_nested(readings: Sequence[Reading], findings: Findings) -> None:
    """Patients who reach a harder threshold of a form reach an easier one too."""
    counted = [r for r in readings if r.row.kind == "responders" and r.part.enters and r.form]
    visits = grouped(
        counted, lambda r: (*r.row.arm_key, r.row.outcome, r.row.number["months"], r.form)
    )
    for group in visits.values():
        # A threshold given twice is a fault of its own; whichever of its counts is right may fit.
        levels = grouped(group, _hardness)
        for level, harder in pairwise(sorted(levels)):
            easy = max(levels[level], key=lambda r: r.part.count)
            hard = min(levels[harder], key=lambda r: r.part.count)
            if hard.part.count > easy.part.count:
                findings.fault(
                    hard.row.where("threshold"),
                    f"{hard.part.count:g} with {hard.row['threshold']} but {easy.part.count:g} "
                    f"with {easy.row['threshold']} (row {easy.row.line})",
                    "at most as many with the harder threshold",
                    "Correct the counts, or set use = no with a reason for one of the rows.",
                )


def _hardness(reading: Reading) -> float:
    size = round(float(getattr(reading.part, reading.form)), 6)  # as in Reading.threshold
    return -size if reading.form == "state" else size


def check_comparators(
    readings: Sequence[Reading], suspects: Collection[str], findings: Findings
) -> set[str]:
    """A trial compares two arms for each outcome that it enters; returns those that do not.

    Takes the readings of which one number a visit was chosen.
    """
    lone = set()
    by_trial = grouped(readings, lambda r: (r.row["trial"], r.row.outcome))
    for (trial, outcome), group in by_trial.items():
        entering = [reading for reading in group if reading.part.enters]
        if not entering or trial in suspects or compares(entering):
            continue
        lone.add(trial)
        row = entering[0].row
        arms = grouped(entering, lambda r: r.row["arm"])
        if len(arms) < 2:
            findings.fault(
                row.where("arm"),
                f"trial {trial} has only the arm {row['arm']!r} for {outcome}",
                "rows of at least two arms that enter",
                "Add the comparator arm's row, or set use = no with a reason.",
            )
            continue
        seen = "; ".join(
            f"{arm!r} at {', '.join(f'{m:g}' for m in sorted(_months(same)))}"
            for arm, same in arms.items()
        )
        findings.fault(
            row.where("months"),
            f"trial {trial} has no visit at which two of its arms are seen for {outcome} "
            f"(months: {seen})",
            "rows of two arms that enter at one month > 0, because only the arms of a visit can be "
            "compared",
            "Correct months, add the other arm's row, or set use = no with a reason.",
        )
    return lone


def _months(readings: Sequence[Reading]) -> set[float]:
    return {reading.row.number["months"] for reading in readings}


def compared(readings: Iterable[Reading]) -> dict[str, list[set[str]]]:
    """Trial -> groups of arms that rows of one outcome compare at a visit, and arms alone."""
    return compared_arms(
        Number(
            trial=r.row["trial"],
            arm=r.row["arm"],
            versus=r.row["versus"],
            months=r.row.number["months"],
            kind=r.row.kind,
            definition=r.part.definition,
        )
        for r in readings
        if r.part.enters
    )


def compares(readings: Iterable[Reading]) -> bool:
    """Whether rows of one outcome compare any two arms."""
    return any(len(arms) > 1 for groups in compared(readings).values() for arms in groups)


def lone_arms(readings: Sequence[Reading]) -> list[str]:
    """Notes on arms that no visit compares with another, beside arms of the trial that one does."""
    notes = []
    entering = [reading for reading in readings if reading.part.enters]
    for (trial, outcome), group in grouped(
        entering, lambda r: (r.row["trial"], r.row.outcome)
    ).items():
        groups = compared(group)[trial]
        met = {arm for arms in groups if len(arms) > 1 for arm in arms}
        for arm, same in grouped(group, lambda r: r.row["arm"]).items():
            if met and arm not in met:
                notes.append(
                    f"{trial}, {arm}, {outcome}: {lines(same)} at no visit of another arm: the "
                    "benefit of this arm is not seen"
                )
    return notes
