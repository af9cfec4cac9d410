"""The ways in of plain meta-analysis, as constructors of ``Evidence``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Self

import numpy.typing as npt
import pandas as pd

from trialpool.evidence.arms import arms_table
from trialpool.evidence.dependence import Dependence
from trialpool.evidence.effects import counts_table, effects_table


class PlainWaysIn(ABC):
    """Constructors of evidence of the layouts ``effects`` and ``counts``."""

    @classmethod
    @abstractmethod
    def _of_plain(
        cls,
        layout: str,
        reports: pd.DataFrame,
        measure: str | None,
        covariance: pd.DataFrame | None = None,
    ) -> Self:
        """Evidence of a checked plain table."""

    @classmethod
    def from_effects(
        cls,
        frame: pd.DataFrame,
        *,
        study: str,
        effect: str,
        se: str,
        cluster: str | None = None,
        covariance: npt.ArrayLike | pd.DataFrame | None = None,
        correlation: float | None = None,
        covariates: Sequence[str] = (),
        measure: str | None = None,
    ) -> Self:
        """Evidence of one estimate and standard error a study; the sign is kept as given.

        Parameters
        ----------
        frame : DataFrame
            One row a study; of several estimates of one study each a row with its own name.
        study, effect, se : str
            Columns: name of the study, estimate, its standard error, both on the analysis scale
            (log OR, not OR).
        cluster : str, optional
            Column with what effects are nested in, such as the laboratory or the publication.
        covariance : (row, row) array-like, optional
            Covariances of the sampling errors, in the order of the rows; a frame labelled by the
            studies in any order. ``se`` squared stands on the diagonal.
        correlation : float, optional
            Of the sampling errors of two rows of one cluster, instead of ``covariance``.
        covariates : sequence of str
            Columns for ``Model(covariates=...)``.
        measure : str, optional
            What the estimate is: ``"OR"``, ``"SMD"``, ``"MD"``, ...

        Returns
        -------
        Evidence
            Layout ``effects``; reports with the columns study, y, se, cluster, covariates in the
            order of ``frame``.

        Raises
        ------
        EvidenceError
            With every fault: no rows, missing columns, duplicate studies, y not finite, se not
            finite and > 0, clusters that show nothing, a matrix that is no covariance.
        """
        reports, errors = effects_table(
            frame,
            study=study,
            effect=effect,
            se=se,
            dependence=Dependence(cluster, covariance, correlation),
            covariates=covariates,
        )
        return cls._of_plain("effects", reports, measure, errors)

    @classmethod
    def from_counts(
        cls,
        frame: pd.DataFrame,
        *,
        study: str,
        events: tuple[str, str],
        totals: tuple[str, str],
        covariates: Sequence[str] = (),
        measure: str = "OR",
    ) -> Self:
        """Evidence of events and patients in two arms a study, for the exact binomial likelihood.

        Parameters
        ----------
        frame : DataFrame
            One row a study.
        study : str
            Column with the name of the study.
        events, totals : tuple of str
            Columns of the treated and the control arm: patients with the event, all patients.
        covariates : sequence of str
            Columns for ``Model(covariates=...)``.
        measure : {"OR"}
            Effect measure of the model.

        Returns
        -------
        Evidence
            Layout ``counts``; reports with the columns study, events_t, n_t, events_c, n_c and the
            covariates in the order of ``frame``.

        Raises
        ------
        EvidenceError
            With every fault: no rows, missing columns, duplicate studies, counts that are not whole
            or not possible.
        """
        reports = counts_table(
            frame,
            study=study,
            events=events,
            totals=totals,
            measure=measure,
            covariates=covariates,
        )
        return cls._of_plain("counts", reports, measure)

    @classmethod
    def from_arms(
        cls,
        frame: pd.DataFrame,
        *,
        study: str,
        treatment: str,
        control: str,
        treated: str | None = None,
        mean: str | None = None,
        sd: str | None = None,
        n: str | None = None,
        events: str | None = None,
        total: str | None = None,
        measure: str | None = None,
    ) -> Self:
        """Evidence of two treatments from a frame with one row an arm.

        Parameters
        ----------
        frame : DataFrame
            One row an arm.
        study, treatment : str
            Columns with the name of the study and of the arm's treatment.
        control : str
            Treatment that the other is compared with.
        treated : str, optional
            The other; may be left out where the frame has two treatments. If it is named, studies
            without both are left out.
        mean, sd, n : str, optional
            Columns with mean, SD and patients.
        events, total : str, optional
            Columns with patients with the event and all patients, instead of these.
        measure : str, optional
            A name of ``effect_sizes.MEAN_MEASURES`` (``"MD"`` if left out) or
            ``effect_sizes.COUNT_MEASURES`` (``"OR"``).

        Returns
        -------
        Evidence
            Layout ``counts`` for odds ratios, which keeps the counts; else ``effects``.

        Raises
        ------
        EvidenceError
            With every fault: columns, names, arms given twice, numbers out of range.
        """
        layout, reports, named = arms_table(
            frame,
            study=study,
            treatment=treatment,
            control=control,
            treated=treated,
            means=(mean, sd, n),
            counts=(events, total),
            measure=measure,
        )
        return cls._of_plain(layout, reports, named)
