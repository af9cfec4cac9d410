"""A network of treatments as index arrays: studies, arms, their numbers, multi-arm correlation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from trialpool.evidence import Evidence
from trialpool.synthesis.network import Index, Values, deviation_factor, positions

#: Steps to the horizon on which relative effects over time are kept.
_STEPS = 12


@dataclass(frozen=True)
class Rows:
    """Numbers of one kind, the rows of an arm by month.

    Attributes
    ----------
    labels : list of str
    arm, study : (row,)
    first_of_arm, first_of_study : (row,)
        First row of the same arm and of the same study; rows of either stand together.
    table : DataFrame
        The rows of the evidence.
    """

    labels: list[str]
    arm: Index
    study: Index
    first_of_arm: Index
    first_of_study: Index
    table: pd.DataFrame

    def column(self, name: str) -> Values:
        """A column of the evidence as numbers, (row,)."""
        return self.table[name].to_numpy(float)


@dataclass(frozen=True)
class TreatmentNetwork:
    """Arms of a network and what they belong to.

    Attributes
    ----------
    studies, treatments, classes, arms : list of str
        Labels; treatments without the reference, classes without that of the reference.
    class_of_treatment : (treatment,)
        -1 for the class of the reference, and for all where there are no classes.
    study, treatment : (study_arm,)
        Indices; -1 for the reference treatment.
    base : (study_arm,)
        Index of the arm that the others of its study are compared with.
    latent : (contrast,)
        Arms, not the base of their study, whose deviation is a variable: those of counts, of rates
        and over time. Deviations of normal numbers at one time are integrated out.
    deviation : (study_arm, contrast)
        As in ``trialpool.synthesis.network.Network``, for the latent ones.
    months : (months,) or None
        Grid of relative effects over time; None where the evidence has no months.
    counts, rates, means, contrasts : Rows
    """

    studies: list[str]
    treatments: list[str]
    classes: list[str]
    arms: list[str]
    class_of_treatment: Index
    study: Index
    treatment: Index
    base: Index
    latent: Index
    deviation: Values
    months: Values | None
    counts: Rows
    rates: Rows
    means: Rows
    contrasts: Rows

    @property
    def of_treatment(self) -> Values:
        """Maps effects of treatments to arms, (study_arm, treatment); zero for the reference."""
        return (self.treatment[:, None] == np.arange(len(self.treatments))).astype(float)

    @property
    def with_baseline(self) -> list[str]:
        """Studies that report arms, not contrasts: these have a baseline."""
        seen = {int(i) for rows in (self.counts, self.rates, self.means) for i in rows.study}
        return [name for i, name in enumerate(self.studies) if i in seen]

    @property
    def visits(self) -> list[str]:
        """Study and month of each visit at which arms were measured."""
        return list(dict.fromkeys(self._visit_of_row))

    @property
    def visit(self) -> Index:
        """Visit of each mean, (row,)."""
        return positions(self._visit_of_row, self.visits)

    @property
    def _visit_of_row(self) -> list[str]:
        return _labels(self.means.table, "study", "months")

    @property
    def coords(self) -> dict[str, list[str]]:
        """Named dims of a PyMC model over this network."""
        found = {
            "study": self.studies,
            "treatment": self.treatments,
            "study_arm": self.arms,
        }
        if self.latent.size:
            found["contrast"] = [self.arms[i] for i in self.latent]
        if len(self.with_baseline) < len(self.studies):
            found["baseline_study"] = self.with_baseline
        if self.classes:
            found["class"] = self.classes
        if self.months is not None:
            found |= {"months": self.months.tolist(), "visit": self.visits}
        for name in ("counts", "rates", "means", "contrasts"):
            if labels := getattr(self, name).labels:
                found[f"{name.removesuffix('s')}_report"] = labels
        return found


def build_treatment_network(evidence: Evidence, *, horizon: float) -> TreatmentNetwork:
    """Number the studies, arms and treatments of evidence of the layout ``network``.

    Studies stand in the order of the evidence; within one the base arm comes first: the baseline
    arm of contrasts, else the reference treatment or the first by name.
    """
    table = evidence.used
    studies = list(dict.fromkeys(table["study"]))
    treatments = sorted(set(table["treatment"]) - {evidence.reference})
    class_of = dict(zip(table["treatment"], table["class_"], strict=True))
    # A treatment of the class of the reference is one of that class, whose mean is zero.
    of_reference = class_of[evidence.reference]
    classes = sorted({name for name in class_of.values() if name != of_reference})

    arms = table.assign(
        study_i=positions(table["study"], studies),
        treatment_i=positions(table["treatment"], treatments),
        later=table["kind"] != "base",
    ).drop_duplicates(["study", "treatment"])
    arms = arms.sort_values(["study_i", "later", "treatment_i"], kind="stable")
    study = arms["study_i"].to_numpy(np.int64)
    base = np.array([int(np.argmax(study == s)) for s in study], dtype=np.int64)
    labels = _labels(arms, "study", "treatment")

    own = table[table["kind"] == "base"].set_index("study")["se"]
    table["base_se"] = table["study"].map(own)
    table["study_i"] = positions(table["study"], studies)
    table["arm_i"] = positions(_labels(table, "study", "treatment"), labels)
    rows = {
        kind: _rows(table[table["kind"] == kind]) for kind in ("counts", "rate", "mean", "contrast")
    }
    months = None
    varying = [rows["counts"].study, rows["rate"].study]
    if table["months"].notna().any():
        varying.append(rows["mean"].study)
        seen = table["months"].dropna().to_numpy(float)
        months = np.unique(np.concatenate([np.linspace(0, horizon, _STEPS + 1), seen]))
    others = np.flatnonzero(base != np.arange(len(base)))
    is_latent = np.isin(study[others], np.concatenate(varying))
    return TreatmentNetwork(
        studies=studies,
        treatments=treatments,
        classes=classes,
        arms=labels,
        class_of_treatment=positions([class_of[name] for name in treatments], classes),
        study=study,
        treatment=arms["treatment_i"].to_numpy(np.int64),
        base=base,
        latent=others[is_latent],
        deviation=deviation_factor(study, base)[:, is_latent],
        months=months,
        counts=rows["counts"],
        rates=rows["rate"],
        means=rows["mean"],
        contrasts=rows["contrast"],
    )


def _labels(table: pd.DataFrame, *columns: str) -> list[str]:
    """Cells of some columns as one label a row; months that are not there are left out."""
    text = [table[name].map("{:g}".format) if name == "months" else table[name] for name in columns]
    return [
        " | ".join(part for part in parts if part != "nan") for parts in zip(*text, strict=True)
    ]


def _rows(table: pd.DataFrame) -> Rows:
    table = table.sort_values(["arm_i", "months"]).reset_index(drop=True)
    arm, study = (table[name].to_numpy(np.int64) for name in ("arm_i", "study_i"))
    return Rows(
        labels=_labels(table, "study", "treatment", "months"),
        arm=arm,
        study=study,
        first_of_arm=np.searchsorted(arm, arm),
        first_of_study=np.searchsorted(study, study),
        table=table,
    )
