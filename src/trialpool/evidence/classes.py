"""The vocabulary of treatment classes: one reference, the comparators and the active classes.

A new built-in class needs a line in ``BUILT_IN``; a folder may bring its own list in classes.csv.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from trialpool.evidence.cells import folded
from trialpool.evidence.files import Findings, TextTable, nearest

#: class -> (role, synonyms). Comparators are treatments too: hyaluronate is not saline.
BUILT_IN: dict[str, tuple[str, tuple[str, ...]]] = {
    name: (role, tuple(synonyms.split("; ")) if synonyms else ())
    for name, role, synonyms in (
        (
            "placebo",
            "reference",
            "saline; sham; normal saline; saline injection; sham injection; placebo injection; "
            "contrast agent",
        ),
        ("hyaluronate", "comparator", "hyaluronic acid; HA; sodium hyaluronate"),
        (
            "steroid",
            "comparator",
            "steroids; corticosteroid; corticosteroids; glucocorticoid; methylprednisolone; "
            "triamcinolone; betamethasone; dexamethasone",
        ),
        (
            "local anaesthetic",
            "comparator",
            "local anesthetic; lidocaine; bupivacaine; mepivacaine; ropivacaine",
        ),
        (
            "usual care",
            "comparator",
            "conservative care; conservative treatment; standard care; standard of care; "
            "nonsurgical management",
        ),
        ("glucose", "comparator", "dextrose; prolotherapy"),
        ("methylene blue", "comparator", ""),
        ("exercise", "comparator", "physiotherapy; physical therapy"),
        ("PRP", "active", "platelet-rich plasma; platelet rich plasma"),
        (
            "MSC",
            "active",
            "mesenchymal stem cells; mesenchymal stem cell; mesenchymal stromal cells; "
            "mesenchymal stromal cell; MSCs; stem cells; stem cell",
        ),
        (
            "MPC",
            "active",
            "mesenchymal precursor cells; mesenchymal precursor cell; MPCs; rexlemestrocel-L",
        ),
        (
            "BMAC",
            "active",
            "bone marrow aspirate concentrate; bone-marrow aspirate concentrate; "
            "bone marrow concentrate; bone-marrow concentrate; BMC",
        ),
        (
            "disc progenitor",
            "active",
            "disc progenitor cells; disc_progenitor; IDCT; rebonuputemcel",
        ),
        (
            "disc allograft",
            "active",
            "viable disc allograft; viable disc tissue allograft; disc_allograft",
        ),
    )
}

_ADD = "Correct it or add it to classes.csv."


@dataclass(frozen=True)
class Classes:
    """Vocabulary of classes.

    Attributes
    ----------
    reference : str
        Class that benefits are measured against; ``""`` for plain layouts.
    comparators : tuple of str
        Other control classes, each a treatment of its own.
    active : tuple of str
        Classes under study.
    synonyms : dict
        Lower-case phrase -> class; holds the class names themselves too.
    """

    reference: str = ""
    comparators: tuple[str, ...] = ()
    active: tuple[str, ...] = ()
    synonyms: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """All classes: the reference, then comparators, then active ones."""
        return (self.reference, *self.comparators, *self.active) if self.reference else ()

    def find(self, text: str) -> str | None:
        """The class that a name or synonym stands for, whatever its case; None if there is none."""
        return self.synonyms.get(text.strip().lower())

    def order(self, name: str) -> tuple[int, str]:
        """Sort key: the reference first, then comparators, then active classes, each by name."""
        rank = 0 if name == self.reference else 1 if name in self.comparators else 2
        return rank, name


def _make(entries: Mapping[str, tuple[str, tuple[str, ...]]]) -> Classes:
    by_role: dict[str, list[str]] = {"reference": [], "comparator": [], "active": []}
    synonyms: dict[str, str] = {}
    for name, (role, words) in entries.items():
        by_role[role].append(name)
        for word in (name, *words):
            synonyms.setdefault(word.lower(), name)
    return Classes(
        by_role["reference"][0], tuple(by_role["comparator"]), tuple(by_role["active"]), synonyms
    )


def built_in_classes() -> Classes:
    """The built-in vocabulary: cell therapies of the spine and their comparators."""
    return _make(BUILT_IN)


def choose_classes(
    used: Iterable[str], table: TextTable | None, findings: Findings
) -> Classes | None:
    """Vocabulary of a folder: classes.csv, else the built-in list, else the file's own names.

    The built-in list is taken if it holds an active class of the folder. In the file's own
    vocabulary, names that are no built-in comparators are active; one in several spellings is one
    class, and ``slips.check_spellings`` has it written in one way.

    Parameters
    ----------
    used : iterable of str
        Class names of the rows to use.
    table : TextTable or None
        classes.csv, if the folder has one.
    findings : Findings
        Receives the faults of classes.csv.

    Returns
    -------
    Classes or None
        None if classes.csv has faults.
    """
    if table is not None:
        return _from_table(table, findings)
    known = built_in_classes()
    names = list(dict.fromkeys(name for name in used if name))
    if any(known.find(name) in known.active for name in names):
        return known
    spellings: dict[str, list[str]] = {}
    for name in names:
        if known.find(name) is None and nearest(name, list(known.synonyms), 0.8) is None:
            spellings.setdefault(folded(name), []).append(name)
    if not spellings:
        return known
    controls = {name: entry for name, entry in BUILT_IN.items() if entry[0] != "active"}
    own = {name: ("active", tuple(others)) for name, *others in spellings.values()}
    return _make({**controls, **own})


def _from_table(table: TextTable, findings: Findings) -> Classes | None:
    before = len(findings.faults)
    entries: dict[str, tuple[str, tuple[str, ...]]] = {}
    owner: dict[str, str] = {}
    for line, row in zip(table.lines, table.rows, strict=True):
        where, name, role = f"{table.name} row {line}", row["class"], row["role"].lower()
        if not name:
            findings.fault(f"{where}, class", "nothing", "the name of a class", "Write it.")
            continue
        if role not in ("reference", "comparator", "active"):
            findings.fault(
                f"{where}, role",
                repr(row["role"]),
                "reference, comparator or active",
                "Correct it.",
            )
            continue
        words = tuple(word for part in row.get("synonyms", "").split(";") if (word := part.strip()))
        for word in dict.fromkeys(word.lower() for word in (name, *words)):
            if word in owner:
                findings.fault(
                    where,
                    f"{word!r} for {name} and for {owner[word]}",
                    "one class a name",
                    "Remove one.",
                )
            owner.setdefault(word, name)
        entries.setdefault(name, (role, words))
    references = [name for name, (role, _) in entries.items() if role == "reference"]
    if len(references) != 1 and len(findings.faults) == before:
        findings.fault(
            f"{table.name}, role",
            f"{len(references)} reference classes ({', '.join(references) or 'none'})",
            "exactly one",
            "Mark the class that benefits are measured against as reference.",
        )
    return _make(entries) if len(findings.faults) == before else None


def resolve_class(text: str, where: str, classes: Classes, findings: Findings) -> str | None:
    """The class that ``text`` names, or None and a fault with the nearest names.

    Parameters
    ----------
    text : str
        As written in the file.
    where : str
        File, row and column for the fault.
    classes : Classes
        Vocabulary.
    findings : Findings
        Receives the fault.

    Returns
    -------
    str or None
    """
    if not text:
        findings.fault(
            where, "nothing", f"one of {', '.join(classes.names)}", "Write the class of the arm."
        )
        return None
    found = classes.find(text)
    if found is None:
        meant = nearest(text, list(classes.synonyms), 0.6)
        hint = f"{classes.synonyms[meant.lower()]} (nearest), one" if meant else "one"
        findings.fault(where, repr(text), f"{hint} of {', '.join(classes.names)}", _ADD)
    return found
