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
class ArmRows:
    """Numbers of one arm each: a count, a rate or a mean.

    Attributes
    ----------
    labels : list of str
    arm, study : (row,)
    table : DataFrame
        The rows of the evidence.
    start : (row,)
        First row of the same arm; rows of an arm stand together, by month.
    """

    labels: list[str]
    arm: Index
    study: Index
    table: pd.DataFrame
    start: Index

    @property
    def before(self) -> Index:
        """Number of earlier rows of the same arm, (row,)."""
        return np.arange(len(self.arm)) - self.start

    def column(self, name: str) -> Values:
        """A column of the evidence as numbers, (row,)."""
        return self.table[name].to_numpy(float)


@dataclass(frozen=True)
class ContrastRows:
    """Contrasts of arms with their study's baseline arm, made independent within a study.

    The covariance S of a study's contrasts has the squared SE of the baseline arm off its diagonal.
    With ``S = U D U'``, U unit lower triangular, ``U^-1 y ~ N(U^-1 mu, D)``: the same density.

    Attributes
    ----------
    labels : list of str
    study : (contrast_row,)
    y, sd : (contrast_row,)
        ``U^-1 y`` and the root of D.
    of_arm : (contrast_row, study_arm)
        Maps effects of arms to ``U^-1 mu``.
    """

    labels: list[str]
    study: Index
    y: Values
    sd: Values
    of_arm: Values


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
    deviation : (study_arm, contrast)
        As in ``trialpool.synthesis.network.Network``.
    months : (months,) or None
        Grid of relative effects over time; None where the evidence has no months.
    counts, rates, means : ArmRows
    contrasts : ContrastRows
    """

    studies: list[str]
    treatments: list[str]
    classes: list[str]
    arms: list[str]
    class_of_treatment: Index
    study: Index
    treatment: Index
    base: Index
    deviation: Values
    months: Values | None
    counts: ArmRows
    rates: ArmRows
    means: ArmRows
    contrasts: ContrastRows

    @property
    def of_treatment(self) -> Values:
        """Maps effects of treatments to arms, (study_arm, treatment); zero for the reference."""
        return (self.treatment[:, None] == np.arange(len(self.treatments))).astype(float)

    @property
    def others(self) -> Index:
        """Arms that are compared with the base arm of their study."""
        return np.flatnonzero(self.base != np.arange(len(self.arms)))

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
            "contrast": [self.arms[i] for i in self.others],
        }
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
    own = class_of[evidence.reference]
    classes = sorted({name for name in class_of.values() if name != own})

    arms = table.assign(
        study_i=positions(table["study"], studies),
        treatment_i=positions(table["treatment"], treatments),
        later=table["kind"] != "base",
    ).drop_duplicates(["study", "treatment"])
    arms = arms.sort_values(["study_i", "later", "treatment_i"], kind="stable")
    study = arms["study_i"].to_numpy(np.int64)
    base = np.array([int(np.argmax(study == s)) for s in study], dtype=np.int64)
    labels = _labels(arms, "study", "treatment")

    table["study_i"] = positions(table["study"], studies)
    table["arm_i"] = positions(_labels(table, "study", "treatment"), labels)
    months = None
    if table["months"].notna().any():
        seen = table["months"].dropna().to_numpy(float)
        months = np.unique(np.concatenate([np.linspace(0, horizon, _STEPS + 1), seen]))
    return TreatmentNetwork(
        studies=studies,
        treatments=treatments,
        classes=classes,
        arms=labels,
        class_of_treatment=positions([class_of[name] for name in treatments], classes),
        study=study,
        treatment=arms["treatment_i"].to_numpy(np.int64),
        base=base,
        deviation=deviation_factor(study, base),
        months=months,
        counts=_arm_rows(table[table["kind"] == "counts"]),
        rates=_arm_rows(table[table["kind"] == "rate"]),
        means=_arm_rows(table[table["kind"] == "mean"]),
        contrasts=_contrast_rows(table[table["kind"].isin(["contrast", "base"])], base),
    )


def _labels(table: pd.DataFrame, *columns: str) -> list[str]:
    """Cells of some columns as one label a row; months that are not there are left out."""
    text = [table[name].map("{:g}".format) if name == "months" else table[name] for name in columns]
    return [
        " | ".join(part for part in parts if part != "nan") for parts in zip(*text, strict=True)
    ]


def _arm_rows(table: pd.DataFrame) -> ArmRows:
    table = table.sort_values(["arm_i", "months"]).reset_index(drop=True)
    arm = table["arm_i"].to_numpy(np.int64)
    return ArmRows(
        labels=_labels(table, "study", "treatment", "months"),
        arm=arm,
        study=table["study_i"].to_numpy(np.int64),
        table=table,
        start=np.array([int(np.argmax(arm == a)) for a in arm], dtype=np.int64),
    )


def _contrast_rows(table: pd.DataFrame, base: Index) -> ContrastRows:
    labels: list[str] = []
    studies: list[int] = []
    y, sd, of_arm = [], [], []
    for study, group in table.sort_values("arm_i").groupby("study_i", sort=True):
        own = group.loc[group["kind"] == "base", "se"].fillna(0.0).iloc[0]
        rows = group[group["kind"] == "contrast"]
        covariance = np.full((len(rows), len(rows)), own**2)
        np.fill_diagonal(covariance, rows["se"].to_numpy(float) ** 2)
        factor = np.linalg.cholesky(covariance)
        scale = np.diag(factor)
        apart = np.linalg.inv(factor / scale)  # U^-1: columns of the factor to unit diagonal
        arm = rows["arm_i"].to_numpy(np.int64)
        difference = np.zeros((len(rows), len(base)))
        difference[np.arange(len(rows)), arm] = 1.0
        difference[np.arange(len(rows)), base[arm]] -= 1.0
        labels += _labels(rows, "study", "treatment")
        studies += [int(str(study))] * len(rows)
        y.append(apart @ rows["y"].to_numpy(float))
        sd.append(scale)
        of_arm.append(apart @ difference)
    if not labels:
        return ContrastRows([], np.zeros(0, dtype=np.int64), *(np.zeros(0),) * 2, np.zeros((0, 0)))
    return ContrastRows(
        labels,
        np.array(studies, dtype=np.int64),
        np.concatenate(y),
        np.concatenate(sd),
        np.concatenate(of_arm),
    )
