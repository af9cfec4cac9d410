"""Networks from contrasts: one row an arm against its study's baseline arm, or one row a pair.

The baseline arm of a study has a row without an effect, whose SE is that of the arm itself: it is
the covariance between the contrasts of the study (se^2), so studies of two arms need none. Rows of
pairs (netmeta) are turned into such rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from trialpool.evidence.cells import cell_text
from trialpool.evidence.effects import check_columns, numbers_of, raise_faults
from trialpool.evidence.files import Findings
from trialpool.evidence.networks import (
    NetworkTables,
    network_tables,
    read_classes,
    read_trials,
)

#: Contrasts of one study printed to two or three digits add up to within this share of their SE.
_CONSISTENT = 0.1


def contrast_level(
    frame: pd.DataFrame,
    *,
    study: str,
    treatment: str | tuple[str, str],
    effect: str,
    se: str,
    reference: str | None = None,
    class_of: str | Mapping[str, str] | None = None,
    measure: str | None = None,
    covariates: Sequence[str] = (),
) -> NetworkTables:
    """Tables of a frame of contrasts; parameters as in ``Evidence.from_contrasts``.

    Raises
    ------
    EvidenceError
        With every fault.
    """
    findings = Findings()
    treatments = (treatment,) if isinstance(treatment, str) else tuple(treatment)
    if len(treatments) not in (1, 2):
        findings.fault(
            "treatment", repr(treatment), "one column, or two: a pair", "Name one or two columns."
        )
        raise_faults(findings)
    classes = [class_of] if isinstance(class_of, str) else []
    check_columns(frame, [study, *treatments, effect, se, *classes, *covariates], findings)
    if classes and len(treatments) == 2:
        findings.fault(
            "class_of", repr(class_of), "a mapping of treatments to classes for rows of pairs",
            "Write class_of={'treatment': 'class', ...}.",
        )  # fmt: skip
    raise_faults(findings)
    table = pd.DataFrame(
        {
            "study": [cell_text(value) for value in frame[study]],
            **{f"t{i}": [cell_text(v) for v in frame[name]] for i, name in enumerate(treatments)},
            "y": numbers_of(frame[effect]),
            "se": numbers_of(frame[se]),
        }
    )
    if (blank := table.index[(table.drop(columns=["y", "se"]) == "").any(axis=1)]).size:
        rows = ", ".join(str(i + 1) for i in blank)
        findings.fault("frame", f"no name in rows {rows}", "study and treatments", "Write them.")
        raise_faults(findings)
    trials = read_trials(frame, table, covariates, findings)
    if len(treatments) == 2:
        _check_pairs(table, findings)
        table = _from_pairs(table, findings)
        class_rows = read_classes(frame, table["treatment"], class_of, findings)
    else:
        table = table.rename(columns={"t0": "treatment"})
        _check_arms(table, findings)
        class_rows = read_classes(frame, table["treatment"], class_of, findings)
    table["class_"] = class_rows
    table["kind"] = np.where(table["y"].isna(), "base", "contrast")
    return network_tables(table, trials, reference, measure, findings)


def _check_arms(table: pd.DataFrame, findings: Findings) -> None:
    """One baseline arm a study, and standard errors that fit one another."""
    for name, group in table.groupby("study", sort=False):
        where, base = f"study {name}", group[group["y"].isna()]
        arms = group[group["y"].notna()]
        if len(base) != 1:
            findings.fault(
                where, f"{len(base)} rows without an effect", "one, the baseline arm",
                "Leave the effect of the arm that the others are compared with empty, and only it.",
            )  # fmt: skip
            continue
        bad = arms[~(np.isfinite(arms["y"]) & np.isfinite(arms["se"]) & (arms["se"] > 0))]
        for row in bad.itertuples():
            findings.fault(
                f"{where}, {row.treatment}", f"effect {row.y}, se {row.se}",
                "a finite effect, se finite and > 0", "Correct it.",
            )  # fmt: skip
        own = float(base["se"].iloc[0])
        if len(arms) < 2:
            continue
        if not (np.isfinite(own) and own > 0):
            findings.fault(
                f"{where}, {base['treatment'].iloc[0]}", f"se {own}",
                "the standard error of the baseline arm, because several arms share it",
                "Write the SE of that arm's own mean (or log odds).",
            )  # fmt: skip
        elif not bad.size and (arms["se"] <= own).any():
            findings.fault(
                where, f"contrasts with an se of at most {own:g}, that of the baseline arm",
                "se^2 = se^2 of the baseline arm + se^2 of the other arm",
                "Correct them: the row without an effect holds the SE of one arm.",
            )  # fmt: skip


def _check_pairs(table: pd.DataFrame, findings: Findings) -> None:
    good = np.isfinite(table["y"]) & np.isfinite(table["se"]) & (table["se"] > 0)
    for row in table[~good].itertuples():
        findings.fault(
            f"study {row.study}, {row.t0} v {row.t1}", f"effect {row.y}, se {row.se}",
            "a finite effect, se finite and > 0", "Correct it.",
        )  # fmt: skip
    for row in table[table["t0"] == table["t1"]].itertuples():
        findings.fault(
            f"study {row.study}", f"{row.t0} against itself", "two treatments", "Correct it."
        )
    raise_faults(findings)


def _from_pairs(table: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    """Rows of arms from rows of pairs, all pairs of a study of three or more arms.

    The variance of the arm that contrasts b - a and c - a share is
    ``(var(ab) + var(ac) - var(bc)) / 2``; over several pairs b, c its mean is taken.
    """
    rows: list[dict[str, object]] = []
    for name, group in table.groupby("study", sort=False):
        effect: dict[tuple[str, str], float] = {}
        variance: dict[frozenset[str], float] = {}
        columns = (group[column].tolist() for column in ("t0", "t1", "y", "se"))
        for one, other, y, se in zip(*columns, strict=True):
            effect |= {(one, other): y, (other, one): -y}
            variance[frozenset((one, other))] = se**2
        base, *others = sorted({arm for pair in effect for arm in pair})
        if len(variance) != len(group) or len(variance) != len(others) * (len(others) + 1) / 2:
            findings.fault(
                f"study {name}", f"{len(group)} rows for {len(others) + 1} treatments",
                "each pair of its treatments once",
                "Add the missing pairs; their SEs say how the contrasts correlate.",
            )  # fmt: skip
            continue
        shared = []
        for b, c in combinations(others, 2):
            between = variance[frozenset((b, c))]
            shared.append(
                (variance[frozenset((base, b))] + variance[frozenset((base, c))] - between) / 2
            )
            if abs(effect[c, b] - effect[c, base] + effect[b, base]) > _CONSISTENT * between**0.5:
                findings.fault(
                    f"study {name}", f"{c} v {b} that is not {c} v {base} less {b} v {base}",
                    "contrasts of one study that add up", "Correct them, or give the arms.",
                )  # fmt: skip
        if shared and not 0 < np.mean(shared) < min(variance[frozenset((base, b))] for b in others):
            findings.fault(
                f"study {name}", "standard errors that no independent arms have",
                "var(ab) + var(ac) > var(bc) for all arms", "Correct them, or give the arms.",
            )  # fmt: skip
            continue
        own = float(np.sqrt(np.mean(shared))) if shared else np.nan
        rows.append({"study": name, "treatment": base, "y": np.nan, "se": own})
        rows += [
            {
                "study": name,
                "treatment": arm,
                "y": effect[arm, base],
                "se": variance[frozenset((base, arm))] ** 0.5,
            }
            for arm in others
        ]
    raise_faults(findings)
    return pd.DataFrame(rows)
