"""``Evidence``: one checked, frozen table of published numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from trialpool.errors import EvidenceError, Fault
from trialpool.evidence import effects
from trialpool.evidence.canonical import content_hash
from trialpool.evidence.choice import choose
from trialpool.evidence.classes import Classes
from trialpool.evidence.folder import FolderContent, read_frames
from trialpool.evidence.importance import Mcid, mcid
from trialpool.evidence.kinds import COMPARISONS
from trialpool.evidence.network_ways_in import NetworkWaysIn
from trialpool.evidence.networks import NetworkTables, refuse_left_apart
from trialpool.evidence.plain_ways_in import PlainWaysIn


@dataclass(frozen=True, eq=False)
class Evidence(PlainWaysIn, NetworkWaysIn):
    """Published numbers of one outcome, checked and normalised.

    Attributes
    ----------
    layout : {"longitudinal", "events", "effects", "counts", "network"}
        Scores over time on 0-100; counts of an adverse event; estimates with standard errors; 2 x 2
        counts; arms or contrasts of a network of treatments.
    outcome : str
        ``"pain"``, ``"function"``, ``"sae"``, ...; ``"effect"`` for the plain layouts.
    trials : DataFrame
        One row a trial of ``reports``, columns of trials.csv as text.
    reports : DataFrame
        One row a published number, those left out too. For the layouts longitudinal and events:
        ``row`` (line of reports.csv), trial, arm, treatment, class_, outcome, scale, months, kind,
        threshold, versus, n, source, note, ``enters`` and ``why``; ``q1`` and ``q3``, quartiles of
        a median in points; and what the number says, lower scores better: the attributes of
        ``trialpool.evidence.kinds.Contribution``. Other columns of the file follow as text. Layout
        effects: study, y, se, cluster if there are any. Layout counts: study, events_t, n_t,
        events_c, n_c. Covariates of both follow. Layout network: see
        ``trialpool.evidence.networks``; its covariates stand in ``trials``.
    classes : Classes
        Vocabulary of classes.
    source : str
        Name of the folder, or ``"frame"``.
    measure : str or None
        Effect measure of the plain layouts, ``"OR"``, ``"SMD"``, ...
    versus_arms : DataFrame
        Arms that a difference or a p-value is against: trial, arm, treatment, class_.
    without_kinds : tuple of str
        Kinds that were left out on request when the evidence was read.
    covariance : DataFrame or None
        Covariances of the errors of ``y``, names of the studies on both axes; None where the errors
        are independent.
    reference : str or None
        Treatment of a network that effects are measured against.
    """

    layout: str
    outcome: str
    trials: pd.DataFrame
    reports: pd.DataFrame
    classes: Classes
    source: str = "frame"
    measure: str | None = None
    versus_arms: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(
            columns=["trial", "arm", "treatment", "class_"], dtype="str"
        )
    )
    without_kinds: tuple[str, ...] = ()
    covariance: pd.DataFrame | None = None
    reference: str | None = None

    def __post_init__(self) -> None:
        # Frames are mutable: copies keep the caller's later changes out and ours in.
        for name in ("trials", "reports", "versus_arms"):
            object.__setattr__(self, name, getattr(self, name).copy().reset_index(drop=True))
        if self.covariance is not None:
            object.__setattr__(self, "covariance", self.covariance.copy())

    def __repr__(self) -> str:
        if self.layout in ("effects", "counts"):
            return f"Evidence({self.outcome!r}, {len(self.reports)} studies)"
        if self.layout == "network":
            studies, treatments = (self.reports[name].nunique() for name in ("study", "treatment"))
            return (
                f"Evidence({self.outcome!r}, network of {studies} studies and {treatments} "
                f"treatments, reference {self.reference!r})"
            )
        used = self.used
        return (
            f"Evidence({self.outcome!r}, {used['trial'].nunique()} trials, "
            f"{len(used)} of {len(self.reports)} reports enter)"
        )

    @property
    def used(self) -> pd.DataFrame:
        """Rows of ``reports`` that enter a fit, as a new frame with a fresh index."""
        if "enters" not in self.reports:
            return self.reports.copy()
        return self.reports[self.reports["enters"]].reset_index(drop=True)

    @property
    def arms(self) -> pd.DataFrame:
        """Arms behind the rows that enter, arms named only in ``versus`` too.

        Returns
        -------
        DataFrame
            trial, arm, treatment, class_, n (largest number of patients that a row gives the arm,
            as its own or as ``versus_n``; nan where there is none). Sorted by trial; within it the
            reference class, comparators, active classes; then arm.
        """
        columns = ["trial", "arm", "treatment", "class_", "n"]
        if "arm" not in self.reports:
            return pd.DataFrame(columns=columns)
        used = self.used
        # Without versus_n, n of a difference counts both arms in some sources: it is not the arm's.
        used["n"] = used["n"].where((used["kind"] != "difference") | used["versus_n"].notna())
        against = used.loc[used["kind"].isin(COMPARISONS), ["trial", "versus", "versus_n"]]
        against = against.set_axis(["trial", "arm", "n"], axis=1)
        named = pd.concat([used[columns], self.versus_arms.merge(against)], ignore_index=True)
        both = named.groupby(["trial", "arm"], sort=False, as_index=False).agg(
            treatment=("treatment", "first"), class_=("class_", "first"), n=("n", "max")
        )
        rank = [
            (t, *self.classes.order(c), a)
            for t, c, a in zip(both["trial"], both["class_"], both["arm"], strict=True)
        ]
        # Within a trial: role before arm name, so the class name does not decide.
        order = sorted(range(len(rank)), key=lambda i: (rank[i][0], rank[i][1], rank[i][3]))
        return both.iloc[order].reset_index(drop=True).astype({"n": float})

    @property
    def data_hash(self) -> str:
        """SHA-256 of what a model can read: trials and entering rows, whatever their order.

        Line numbers, sources and notes are not part of it.
        """
        return content_hash(self)

    def without(self, *trials: str) -> Evidence:
        """The evidence with all rows of some trials left out, for sensitivity analyses.

        Parameters
        ----------
        *trials : str
            Names as in trials.csv; studies or clusters of the plain layouts.

        Returns
        -------
        Evidence
            In the plain layouts the rows are gone; in the others they stay, marked as left out.

        Raises
        ------
        EvidenceError
            If a trial has no row that enters, nothing would be left, or a network would fall apart.
        """
        keys = ["trial"] if "trial" in self.reports else ["study", "cluster"]
        keys = [key for key in keys if key in self.reports]
        present = list(dict.fromkeys(self.used[keys].to_numpy().T.ravel()))
        faults = [
            Fault(
                f"trial {name!r}",
                "no row of it enters",
                f"one of {', '.join(present)}",
                "Check it.",
            )
            for name in trials
            if name not in present
        ]
        if not faults and self.used[keys].isin(trials).any(axis=1).all():
            faults = [Fault("trials left out", "all of them", "at least one left", "Name fewer.")]
        if faults:
            raise EvidenceError(faults)
        out = self.reports[keys].isin(trials).any(axis=1)
        if "enters" not in self.reports:
            if self.reference is not None:
                refuse_left_apart(self.reports[~out], self.reference)
            return replace(self, reports=self.reports[~out])
        reports = self.reports.copy()
        reports.loc[out & reports["enters"], "why"] = "trial left out of this analysis"
        reports.loc[out, "enters"] = False
        return replace(self, reports=reports)

    @classmethod
    def _of_network(cls, tables: NetworkTables) -> Evidence:
        return cls(
            "network",
            "effect",
            tables.trials,
            tables.reports,
            Classes(),
            measure=tables.measure,
            reference=tables.reference,
        )

    @classmethod
    def _of_plain(
        cls,
        layout: str,
        reports: pd.DataFrame,
        measure: str | None,
        covariance: pd.DataFrame | None = None,
    ) -> Evidence:
        """Evidence of a checked plain table."""
        return cls(
            layout,
            "effect",
            effects.trials_of(reports),
            reports,
            Classes(),
            measure=measure,
            covariance=covariance,
        )

    def mcid(self) -> Mcid | None:
        """Minimal important change within one patient, points of 100; None without a source."""
        if self.layout != "longitudinal":
            return None
        return mcid(self.outcome, self.used.drop_duplicates(["trial", "scale"])["scale"])

    @classmethod
    def from_frame(
        cls,
        reports: pd.DataFrame,
        *,
        trials: pd.DataFrame | None = None,
        classes: pd.DataFrame | None = None,
        outcome: str | None = None,
        without_kinds: Sequence[str] = (),
    ) -> Evidence:
        """Evidence of one outcome from frames, under the rules of a folder.

        Parameters
        ----------
        reports : DataFrame
            Columns of reports.csv, as text or numbers; missing values are empty cells. Faults count
            rows as lines of a file: the first is row 2.
        trials, classes : DataFrame, optional
            Columns of trials.csv and classes.csv. Without ``trials``, those that ``reports`` names.
        outcome : str, optional
            May be left out where rows of exactly one outcome enter.
        without_kinds : sequence of str
            Kinds to leave out; see ``read_evidence``.

        Returns
        -------
        Evidence

        Raises
        ------
        EvidenceError
            With all faults.
        """
        content = read_frames(reports, trials, classes, without_kinds=without_kinds)
        return choose(by_outcome(content), outcome, without_kinds=without_kinds)


def by_outcome(content: FolderContent) -> dict[str, Evidence]:
    """Evidence of each outcome, of those of which no row enters too."""
    return {
        outcome.name: Evidence(
            outcome.layout,
            outcome.name,
            outcome.trials,
            outcome.reports,
            content.classes,
            content.source,
            versus_arms=outcome.versus_arms,
            without_kinds=content.without_kinds.get(outcome.name, ()),
        )
        for outcome in content.outcomes
    }
