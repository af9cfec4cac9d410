"""`average`: one posterior whose draws are a mixture of those of several models."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import xarray as xr

from trialpool.averaging.density import Index, Values
from trialpool.averaging.left_out import LeftOut, standard_error
from trialpool.averaging.stacking import METHODS, model_weights
from trialpool.draws import ATTRIBUTE, PRIOR, SAMPLE_DIMS
from trialpool.errors import ModelError
from trialpool.posterior import Posterior
from trialpool.records import with_checks

#: Entry of a record with the trials left out (`LeftOut.to_dict`).
LEFT_OUT = "left_out"
#: Which member a draw is from: its place in ``meta["average"]["weights"]``.
MEMBER = "shape"
#: Kept although some shapes have none: nan in their draws.
PARTIAL = ("half_life",)
#: What members must have in common: the numbers they were fitted to, and what a draw is about.
_SAME = ("data_hash", "layout", "outcome", "unit", "horizon")


def average(
    posteriors: Mapping[str, Posterior] | Sequence[Posterior],
    weights: Mapping[str, float] | Sequence[float] | None = None,
    *,
    method: str = "stacking",
    seed: int = 1,
) -> Posterior:
    """Mix posteriors of several models of the same evidence.

    Parameters
    ----------
    posteriors : mapping of str to Posterior, or sequence of Posterior
        By name; in a sequence by time course, or by the model as written where that is the same.
    weights : mapping of str to float, or sequence of float, optional
        Not negative, of any sum. Without them, those that ``method`` gives from the trials left
        out, which `trialpool.fit_models` and `trialpool.fit_shapes` write into each posterior.
    method : {"stacking", "stacking-mode", "pseudo-bma"}
        See `trialpool.averaging.stacking.model_weights`.
    seed : int
        Which draws are taken.

    Returns
    -------
    Posterior
        As many chains and draws as the smallest of the posteriors has; each chain holds the models
        in proportion to their weights. Variables are those that all have; ``half_life`` is nan in
        draws of shapes without one, and ``shape`` says which model a draw is from. The record says
        under ``average`` which models with which weights.

    Raises
    ------
    ModelError
        If the posteriors are of different evidence, the weights do not fit, or there are neither
        weights nor trials left out.
    """
    members = named(posteriors)
    _check_same(members)
    if weights is None:
        shares, entries = _estimated(members, method, seed)
        by = METHODS[method]
    else:
        shares, by = _given(weights, list(members)), "given by the user"
        entries = [{} for _ in members]
    trees = [posterior.tree for posterior in members.values()]
    held = [tree["posterior"].to_dataset() for tree in trees]
    places, member = _draw_places(held, shares, np.random.default_rng([seed, 3]))
    groups = {"/posterior": _mixed(held, places, member)}
    groups["/posterior"][MEMBER] = (SAMPLE_DIMS, member)
    if all("sample_stats" in tree for tree in trees):
        stats = [tree["sample_stats"].to_dataset() for tree in trees]
        groups["/sample_stats"] = _mixed(stats, places, member)
    if all(PRIOR in tree.children for tree in trees):
        groups[f"/{PRIOR}"] = _before_data([tree[PRIOR].to_dataset() for tree in trees], seed)
    for name in ("observed_data", "constant_data"):
        if name in trees[0]:
            groups[f"/{name}"] = trees[0][name].to_dataset()
    tree = xr.DataTree.from_dict(groups)
    shown = [
        {
            "name": name,
            "time_course": posterior.meta.get("time_course") or name,
            "weight": float(share),
            **entry,
        }
        for (name, posterior), share, entry in zip(members.items(), shares, entries, strict=True)
    ]
    tree.attrs[ATTRIBUTE] = json.dumps(
        _record(members, shares, member.shape, seed) | {"average": {"weights": shown, "by": by}}
    )
    return with_checks(Posterior(tree))


def named(posteriors: Mapping[str, Posterior] | Sequence[Posterior]) -> dict[str, Posterior]:
    """Posteriors by name.

    Raises
    ------
    ModelError
        If there are fewer than two, or two of one name.
    """
    if isinstance(posteriors, Mapping):
        found = dict(posteriors)
    else:
        courses = {posterior.meta.get("time_course") for posterior in posteriors}
        by = "model" if None in courses or len(courses) < len(posteriors) else "time_course"
        found = {str(posterior.meta[by]): posterior for posterior in posteriors}
        if len(found) < len(posteriors):
            raise ModelError(
                f"average: got {len(posteriors)} posteriors of {len(found)} models; expected "
                "different ones. Give a dict of names to posteriors"
            )
    if len(found) < 2:
        raise ModelError(f"average: got {len(found)} posterior; expected at least 2 to average")
    return found


def _check_same(members: Mapping[str, Posterior]) -> None:
    (first, one), *others = members.items()
    for name, other in others:
        for key in _SAME:
            if one.meta.get(key) != other.meta.get(key):
                raise ModelError(
                    f"average: got '{first}' with {key} {one.meta.get(key)!r} and '{name}' with "
                    f"{other.meta.get(key)!r}; expected posteriors of the same evidence over the "
                    "same months. Fit both again to the same data"
                )


def _estimated(
    members: Mapping[str, Posterior], method: str, seed: int
) -> tuple[Values, list[dict[str, Any]]]:
    """Weights from the trials left out, and what is said of each model."""
    lacking = [name for name, member in members.items() if LEFT_OUT not in member.meta]
    if lacking:
        raise ModelError(
            f"average: got no weights, and no trials left out in {', '.join(lacking)}; expected "
            "either. Give weights, or fit with fit_shapes or fit_models, which leave trials out"
        )
    found = [LeftOut.from_dict(member.meta[LEFT_OUT]) for member in members.values()]
    if len({left.trials for left in found}) > 1:
        raise ModelError(
            "average: got models that foretell different trials; expected the same trial_weights"
        )
    lpd = np.array([left.lpd for left in found])
    weights, sd = model_weights(lpd, method=method, seed=seed)
    best = int(np.argmax(lpd.sum(axis=1)))
    return weights, [
        {
            "weight_sd": float(sd[k]),
            "elpd": left.elpd,
            "elpd_se": left.se,
            "elpd_mcse": float(np.sqrt((left.mcse**2).sum())),
            "difference": left.elpd - found[best].elpd,
            "difference_se": standard_error(left.lpd - found[best].lpd),
            "trials_refitted": len(left.refitted),
        }
        for k, left in enumerate(found)
    ]


def _given(weights: Mapping[str, float] | Sequence[float], names: list[str]) -> Values:
    if isinstance(weights, Mapping):
        if set(weights) != set(names):
            raise ModelError(
                f"weights: got {', '.join(weights)}; expected one for each of {', '.join(names)}"
            )
        weights = [weights[name] for name in names]
    found = np.array(weights, dtype=float)
    if found.shape != (len(names),) or not (np.isfinite(found) & (found >= 0)).all():
        raise ModelError(
            f"weights: got {list(weights)}; expected {len(names)} finite numbers that are not "
            "negative"
        )
    if found.sum() == 0:
        raise ModelError("weights: got nothing but 0; expected at least one above it")
    return found / found.sum()


def _draw_places(
    datasets: Sequence[xr.Dataset], shares: Values, rng: np.random.Generator
) -> tuple[Index, Index]:
    """For each draw of the mixture, which draw of which member it is: (chain, draw) each.

    Chains stay chains. In each, every member has its share, spread evenly over its own draws and
    put in random order, so that chains and their halves are alike.
    """
    sizes = [dataset.sizes for dataset in datasets]
    chains, draws = (min(size[dim] for size in sizes) for dim in SAMPLE_DIMS)
    counts = _whole(shares, draws)
    places = np.zeros((chains, draws), dtype=np.int64)
    member = np.zeros((chains, draws), dtype=np.int64)
    for chain in range(chains):
        taken, of = [], []
        for k, count in enumerate(counts):
            gap = sizes[k]["draw"] / max(count, 1)
            taken.append(((np.arange(count) + rng.uniform()) * gap).astype(np.int64))
            of.append(np.full(count, k))
        order = rng.permutation(draws)
        places[chain] = np.concatenate(taken)[order]
        member[chain] = np.concatenate(of)[order]
    return places, member


def _before_data(priors: Sequence[xr.Dataset], seed: int) -> xr.Dataset:
    """The priors of all, in equal parts: before the data nothing speaks for one of the models."""
    equal = np.full(len(priors), 1.0 / len(priors))
    places, member = _draw_places(priors, equal, np.random.default_rng([seed, 5]))
    return _mixed(priors, places, member)


def _whole(shares: Values, total: int) -> Index:
    """Whole numbers of sum ``total`` in proportion to the shares (largest remainders)."""
    exact = shares * total
    counts = np.floor(exact).astype(np.int64)
    most = np.argsort(counts - exact, kind="stable")[: total - counts.sum()]
    counts[most] += 1
    return counts


def _mixed(datasets: Sequence[xr.Dataset], places: Index, member: Index) -> xr.Dataset:
    """The draws at ``places`` of each ``member``, of all variables that can be mixed."""
    mixed: dict[str, Any] = {}
    coords: dict[Any, Any] = {
        dim: np.arange(size) for dim, size in zip(SAMPLE_DIMS, member.shape, strict=True)
    }
    for name in dict.fromkeys(str(name) for dataset in datasets for name in dataset.data_vars):
        having = {
            k: dataset[name].transpose(*SAMPLE_DIMS, ...)
            for k, dataset in enumerate(datasets)
            if name in dataset
        }
        first, *others = having.values()
        whole = len(having) == len(datasets)
        alike = all((o.dims, o.shape[2:]) == (first.dims, first.shape[2:]) for o in others)
        # Standardised numbers mean something else in each model.
        if not alike or name.endswith("_z") or not (whole or name in PARTIAL):
            continue
        values = np.full(
            member.shape + first.shape[2:], np.nan if not whole else 0, dtype=first.dtype
        )
        for k, own in having.items():
            chain, draw = np.nonzero(member == k)
            values[chain, draw] = own.values[chain, places[chain, draw]]
        if not whole and np.isnan(values).all():  # those that have it have no weight
            continue
        mixed[name] = (first.dims, values)
        coords |= {dim: first[dim].values for dim in first.dims[2:] if dim in first.coords}
    return xr.Dataset(mixed, coords=coords)


def _record(
    members: Mapping[str, Posterior], shares: Values, sizes: tuple[int, ...], seed: int
) -> dict[str, Any]:
    """The record of the heaviest member, with what is different in a mixture."""
    metas = [member.meta for member in members.values()]
    courses = [meta.get("time_course") for meta in metas]
    main = {key: value for key, value in metas[int(np.argmax(shares))].items() if key != LEFT_OUT}
    heard = {
        name: member.meta["diagnostics"]
        for (name, member), share in zip(members.items(), shares, strict=True)
        if share > 0
    }
    return main | {
        "model": f"average of {', '.join(meta['model'] for meta in metas)}",
        "time_course": courses[0] if len(set(courses)) == 1 else "average",
        # Those that all share; the others are in the records of the members.
        "priors": [prior for prior in main["priors"] if all(prior in m["priors"] for m in metas)],
        "seed": seed,
        "chains": sizes[0],
        "draws": sizes[1],
        "diagnostics": _worst(heard),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _worst(diagnostics: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The worst convergence of the models that give draws, and what failed in which."""

    def over(key: str, pick: Any) -> Any:
        found = [d[key] for d in diagnostics.values() if d[key] is not None]
        return pick(found) if found else None

    return {
        "ok": all(d["ok"] for d in diagnostics.values()),
        "messages": [
            f"{name}: {text}" for name, d in diagnostics.items() for text in d["messages"]
        ],
        "rhat": over("rhat", max),
        "ess_bulk": over("ess_bulk", min),
        "ess_tail": over("ess_tail", min),
        "divergences": over("divergences", sum),
    }
