"""`Posterior`: draws with the data, the specification and how they came about; one netCDF file.

``posterior.tree`` is a plain xarray DataTree that ArviZ reads; its root attribute ``trialpool``
holds the record as JSON. Fitting lives in ``fitting.py``, questions in ``questions``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import xarray as xr

from trialpool.draws import ATTRIBUTE, GROUP, OF, Draws
from trialpool.errors import PosteriorFileError, QuestionError
from trialpool.posterior.trees import as_draws, check_target, part_of, write_tree
from trialpool.questions import Answer, Answers, DecayTable, Prediction
from trialpool.questions import ask as ask_draws
from trialpool.questions import decay as decay_table
from trialpool.questions import predict as predict_trial

if TYPE_CHECKING:
    from os import PathLike

    from trialpool.decisions import Comparison, League, RankTable
    from trialpool.decisions.layouts import Better

#: Dims of few labels, which a summary shows one by one.
_SHOWN = ("class", "covariate", "p_interval")


class Posterior:
    """A fitted model.

    Parameters
    ----------
    tree : xr.DataTree
        Groups ``posterior``, ``sample_stats``, ``observed_data``, ``constant_data``; root
        attribute ``trialpool``.
    """

    def __init__(self, tree: xr.DataTree) -> None:
        self.tree = tree
        self.meta: dict[str, Any] = json.loads(tree.attrs[ATTRIBUTE])

    def __repr__(self) -> str:
        sizes = self.tree["posterior"].sizes
        state = "" if self.meta["diagnostics"]["ok"] else ", diagnostics failed"
        return (
            f"Posterior({self.meta['outcome']!r}, {sizes['chain']} x {sizes['draw']} draws{state})"
        )

    @property
    def draws(self) -> Draws:
        """The draws as the question layer reads them."""
        return as_draws(self.tree, GROUP, self.meta)

    def of(self, outcome: str) -> Posterior:
        """One outcome of a joint posterior, as if it were the posterior of that outcome alone.

        Raises
        ------
        QuestionError
            If the posterior is not of that outcome.
        """
        meta = dict(self.draws.of(outcome).meta)
        if meta == self.meta:
            return self
        tree = part_of(self.tree, outcome)
        tree.attrs[ATTRIBUTE] = json.dumps(meta)
        return Posterior(tree)

    def diagnostics_line(self) -> str:
        """The worst convergence figures in one line."""
        found = self.meta["diagnostics"]

        def shown(value: float | None, form: str) -> str:
            return "unknown" if value is None else format(value, form)

        return (
            f"R-hat at most {shown(found['rhat'], '.3f')}, "
            f"effective draws at least {shown(found['ess_bulk'], '.0f')}, "
            f"{found['divergences']} divergent transitions"
        )

    def summary(self, *, level: float = 0.95) -> list[dict[str, Any]]:
        """Mean, SD and central interval of the scalar quantities and of those by class.

        In a joint posterior quantities are ``outcome::name``; correlations come first. In an
        average over shapes, half-lives are those of the shapes that have one.

        Returns
        -------
        list of dict
            Keys quantity, mean, sd, lower, upper.
        """
        dataset = self.tree["posterior"].to_dataset()
        network = self.meta.get("layout") == "network"
        shown = (*_SHOWN, "treatment") if network else _SHOWN
        rows = []
        for name, values in dataset.items():
            if str(name).endswith("_z") or (found := _labelled(str(name), values, shown)) is None:
                continue
            labels, flat = found
            if flat.dtype.kind != "f":  # the number of a model in an average is no quantity
                continue
            # In an average, what only some of the models have is nan in the draws of the others.
            lower, upper = np.nanquantile(flat, [(1 - level) / 2, (1 + level) / 2], axis=0)
            for i, label in enumerate(labels):
                rows.append(
                    {
                        "quantity": str(label),
                        "mean": float(np.nanmean(flat[:, i])),
                        "sd": float(np.nanstd(flat[:, i], ddof=1)),
                        "lower": float(lower[i]),
                        "upper": float(upper[i]),
                    }
                )
        return rows

    @overload
    def ask(self, question: str) -> Answer: ...
    @overload
    def ask(self, question: list[str] | tuple[str, ...]) -> Answers: ...
    def ask(self, question: str | list[str] | tuple[str, ...]) -> Answer | Answers:
        """Answer one question, or several as a table.

        Parameters
        ----------
        question : str, or list or tuple of str
            Such as ``"probability PRP beats MSC by 10 at 24 months"``; all forms are in
            ``docs/questions.md``.

        Returns
        -------
        Answer, or Answers
            Of several questions a sequence that shows itself as a table; there a question about
            every class has one answer a class.

        Raises
        ------
        QuestionError
            If one is not understood, or a single one asks about every class at once (use
            `ask_all`, or give it in a list).
        """
        if not isinstance(question, str):
            return Answers(tuple(self.ask_all(*question)))
        answers = self.ask_all(question)
        if len(answers) > 1:
            raise QuestionError(
                f"'{question}' has {len(answers)} answers, one for each class; "
                "name a class, or use ask_all to have them all"
            )
        return answers[0]

    def ask_all(self, *questions: str) -> list[Answer]:
        """Answer several questions; a question about every class has one answer a class."""
        draws = self.draws
        return [answer for question in questions for answer in ask_draws(draws, question)]

    def decay(
        self,
        *,
        months: Sequence[float] = (6, 12, 24, 36, 48, 60),
        level: float = 0.95,
        mcid: float | None = None,
        outcome: str | None = None,
        repeat_at: float | None = None,
        until: float | None = None,
    ) -> DecayTable:
        """Benefit of each active class over time; see `trialpool.questions.decay`."""
        return decay_table(
            self.draws,
            months=months,
            level=level,
            mcid=mcid,
            outcome=outcome,
            repeat_at=repeat_at,
            until=until,
        )

    def predict(
        self,
        cls: str,
        *,
        months: float | None = None,
        n: float | None = None,
        versus: str | None = None,
        level: float = 0.95,
        outcome: str | None = None,
    ) -> Prediction:
        """A new two-arm trial of a class; see `trialpool.questions.predict`."""
        return predict_trial(
            self.draws, cls, months=months, n=n, versus=versus, level=level, outcome=outcome
        )

    def rank(
        self,
        *,
        classes: Sequence[str] | None = None,
        months: float | None = None,
        window: tuple[float, float] | None = None,
        outcome: str | None = None,
        with_reference: bool = False,
        mcid: float | None = None,
        better: Better | None = None,
        level: float = 0.95,
    ) -> RankTable:
        """Ranks, SUCRA and expected loss; see `trialpool.decisions.rank`."""
        from trialpool.decisions import rank

        return rank(
            self.draws,
            classes=classes,
            months=months,
            window=window,
            outcome=outcome,
            with_reference=with_reference,
            mcid=mcid,
            better=better,
            level=level,
        )

    def league(
        self,
        *,
        classes: Sequence[str] | None = None,
        months: float | None = None,
        window: tuple[float, float] | None = None,
        outcome: str | None = None,
        with_reference: bool = True,
        mcid: float | None = None,
        better: Better | None = None,
        level: float = 0.95,
    ) -> League:
        """Every pair, with differences and who beats whom; see `trialpool.decisions.league`."""
        from trialpool.decisions import league

        return league(
            self.draws,
            classes=classes,
            months=months,
            window=window,
            outcome=outcome,
            with_reference=with_reference,
            mcid=mcid,
            better=better,
            level=level,
        )

    def compare(
        self,
        one: str,
        other: str | None = None,
        *,
        months: float | None = None,
        window: tuple[float, float] | None = None,
        outcome: str | None = None,
        margins: Sequence[float] | None = None,
        threshold: str = ">=20",
        control_change: float | None = None,
        baseline: float | None = None,
        horizon: float | None = None,
        mcid: float | None = None,
        better: Better | None = None,
        level: float = 0.95,
    ) -> Comparison:
        """One against another, with margins, responders and months of benefit.

        See `trialpool.decisions.compare`.
        """
        from trialpool.decisions import compare

        return compare(
            self.draws,
            one,
            other,
            months=months,
            window=window,
            outcome=outcome,
            margins=margins,
            threshold=threshold,
            control_change=control_change,
            baseline=baseline,
            horizon=horizon,
            mcid=mcid,
            better=better,
            level=level,
        )

    def save(self, path: str | PathLike[str]) -> Path:
        """Write one netCDF file; an existing one is replaced only once the new one is complete.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        PosteriorFileError
            If the file cannot be written; what stood there is untouched.
        """
        target = Path(path)
        check_target(target)
        write_tree(self.tree, target)
        return target


def load(path: str | PathLike[str]) -> Posterior:
    """Read a posterior that `Posterior.save` or ``trialpool fit`` wrote.

    Raises
    ------
    PosteriorFileError
        If the file is missing, damaged, or not one of trialpool's.
    """
    source = Path(path)
    Draws.from_file(source)  # the one place that knows what can be wrong with a file
    try:
        return Posterior(xr.load_datatree(source, engine="h5netcdf"))
    except (OSError, ValueError, KeyError) as fault:
        raise PosteriorFileError(
            f"{source}: damaged ({fault}); expected a file written by trialpool fit. Fit again"
        ) from fault


def _labelled(
    name: str, values: xr.DataArray, shown: Sequence[str]
) -> tuple[list[str], np.ndarray[Any, np.dtype[np.float64]]] | None:
    """Labels and draws (sample, label) of a quantity that a summary shows; None for the others."""
    dims = tuple(str(dim) for dim in values.dims[2:])
    if not dims:
        return [name], values.values.reshape(-1, 1)
    if len(dims) == 1 and dims[0].rsplit(OF, 1)[-1] in shown:
        labels = [f"{name}[{label}]" for label in values[dims[0]].values]
        return labels, values.values.reshape(-1, len(labels))
    if dims == ("outcome", "outcome_bis"):
        of = values["outcome"].values
        one, other = np.triu_indices(len(of), k=1)
        labels = [f"{name}[{of[i]}, {of[j]}]" for i, j in zip(one, other, strict=True)]
        return labels, values.values[..., one, other].reshape(-1, len(labels))
    return None
