"""The ways in to networks of treatments, as constructors of ``Evidence``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Self

import pandas as pd

from trialpool.evidence.contrasts import contrast_level
from trialpool.evidence.networks import NetworkTables, arm_level, joined

if TYPE_CHECKING:
    from trialpool.evidence.table import Evidence


class NetworkWaysIn(ABC):
    """Constructors of evidence of the layout ``network``."""

    @classmethod
    @abstractmethod
    def _of_network(cls, tables: NetworkTables) -> Self:
        """Evidence of checked tables."""

    @classmethod
    def from_network(
        cls,
        frame: pd.DataFrame,
        *,
        study: str,
        treatment: str,
        reference: str | None = None,
        events: str | None = None,
        total: str | None = None,
        person_time: str | None = None,
        mean: str | None = None,
        se: str | None = None,
        sd: str | None = None,
        n: str | None = None,
        months: str | None = None,
        class_of: str | Mapping[str, str] | None = None,
        measure: str | None = None,
        covariates: Sequence[str] = (),
    ) -> Self:
        """Evidence of a network of treatments from a frame with one row an arm, or arm and month.

        Parameters
        ----------
        frame : DataFrame
            Studies of two or more arms.
        study, treatment : str
            Columns with the name of the study and of the arm's treatment.
        reference : str, optional
            Treatment that effects are measured against. By default that of most studies; of
            several, the one compared with most others, then the first by name. It is printed.
        events, total : str, optional
            Columns with patients with the event and all patients, for the binomial likelihood.
        events, person_time : str, optional
            Columns with events and the time at risk, for the Poisson likelihood.
        mean, se : str, optional
            Columns with the mean and its standard error (``n`` may be added), or
        mean, sd, n : str, optional
            with mean, SD and patients.
        months : str, optional
            Column with the time of the visit, for means; several visits make a time course. Another
            unit than months will do if the priors of the course are in it.
        class_of : str or mapping of str to str, optional
            Column with the class of each treatment, or treatment -> class.
        measure : str, optional
            ``"OR"`` of counts, ``"IRR"`` of rates, ``"MD"`` of means; it follows from the numbers.
        covariates : sequence of str
            Columns for ``Model(covariates=...)``, the same in all arms of a study; the column
            ``risk_of_bias`` serves ``Model(trial_weights=...)``.

        Returns
        -------
        Evidence
            Layout ``network``; reports with the columns of ``trialpool.evidence.networks.COLUMNS``.

        Raises
        ------
        EvidenceError
            With every fault: columns, names, arms given twice, studies of one arm, numbers out of
            range, treatments that no path of studies connects.
        """
        numbers = {
            "events": events,
            "total": total,
            "person_time": person_time,
            "mean": mean,
            "se": se,
            "sd": sd,
            "n": n,
        }
        return cls._of_network(
            arm_level(
                frame,
                study=study,
                treatment=treatment,
                numbers=numbers,
                reference=reference,
                months=months,
                class_of=class_of,
                measure=measure,
                covariates=covariates,
            )
        )

    @classmethod
    def from_contrasts(
        cls,
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
    ) -> Self:
        """Evidence of a network of treatments from contrasts within studies.

        Parameters
        ----------
        frame : DataFrame
            One row an arm, or one row a pair of arms.
        study : str
            Column with the name of the study.
        treatment : str or tuple of str
            Column with the arm's treatment, for rows of arms (multinma): the baseline arm of a
            study has no effect, and the others compare with it. Two columns, for rows of pairs
            (netmeta): the first against the second, all pairs of a study of three or more arms.
        effect, se : str
            Columns with the contrast, ratios as logs, and its standard error. In the row of a
            baseline arm ``se`` is that of the arm itself, whose square is the covariance between
            the study's contrasts; studies of two arms do without.
        reference, covariates
            As in `from_network`.
        class_of : str or mapping of str to str, optional
            As in `from_network`; a mapping for rows of pairs.
        measure : str, optional
            What the contrast is: ``"OR"``, ``"MD"``, ...

        Returns
        -------
        Evidence
            Layout ``network``.

        Raises
        ------
        EvidenceError
            With every fault.
        """
        return cls._of_network(
            contrast_level(
                frame,
                study=study,
                treatment=treatment,
                effect=effect,
                se=se,
                reference=reference,
                class_of=class_of,
                measure=measure,
                covariates=covariates,
            )
        )

    @classmethod
    def combine(cls, *networks: Evidence, reference: str | None = None) -> Self:
        """One network from several, such as arms of some studies and contrasts of others.

        Parameters
        ----------
        *networks : Evidence
            Layout ``network``, each study in one of them, of the same measure (one that was not
            said is that of the others).
        reference : str, optional
            As in `from_network`.

        Returns
        -------
        Evidence

        Raises
        ------
        EvidenceError
            With every fault.
        """
        return cls._of_network(joined(networks, reference))
