"""Comparison of draws with a peer's summaries, which have a Monte Carlo error too."""

from __future__ import annotations

import arviz as az
import numpy as np

from tests.helpers import mcse_mean, mcse_quantile, mcse_sd

#: Combined Monte Carlo errors that a difference may have.
K = 4.0
#: Of a normal: error of its median and of its 2.5 % quantile, over that of its mean.
MEDIAN, TAIL = 1.25, 2.7


def contrasts(effects, treatments, reference):
    """Draws by the peer's name: ``d[A]``, and ``d[A vs. B]`` for A relative to B."""
    by_name = {reference: np.zeros(effects.shape[:-1])}
    by_name |= {name: effects[..., i] for i, name in enumerate(treatments)}
    pairs = {f"d[{a} vs. {b}]": by_name[a] - by_name[b] for a in by_name for b in by_name if a != b}
    return pairs | {f"d[{name}]": by_name[name] for name in treatments}


def compare(ours, theirs):
    """Names compared, and every difference beyond `K` combined Monte Carlo errors.

    ``ours`` maps the peer's names to draws (chain, draw); ``theirs`` to mean, sd, quantiles, mcse
    and, for contrasts, the probability of being below zero.
    """
    off, compared = [], []
    for name, found in theirs.items():
        if name not in ours:
            continue
        compared.append(name)
        values = np.atleast_2d(ours[name])
        error = found["mcse"]
        # The error of an SD follows from the fourth moment, that of ours standing for theirs.
        kurtosis = float(np.mean((values - values.mean()) ** 4) / values.var() ** 2)
        # Of a skewed quantity the tails are less dense than a normal's: from our own draws.
        spread = {p: mcse_quantile(values, p) / mcse_mean(values) for p in (0.025, 0.5, 0.975)}
        pairs = [
            ("mean", values.mean(), mcse_mean(values), error),
            ("sd", values.std(), mcse_sd(values), error * np.sqrt(kurtosis - 1) / 2),
            ("median", *quantile(values, 0.5), error * max(MEDIAN, spread[0.5])),
            ("q2.5", *quantile(values, 0.025), error * max(TAIL, spread[0.025])),
            ("q97.5", *quantile(values, 0.975), error * max(TAIL, spread[0.975])),
        ]
        if "p_below_0" in found:
            pairs.append(("p_below_0", *share(values < 0, found["ess"])))
        for label, our, our_error, their_error in pairs:
            off += difference(f"{name} {label}", our, found[label], our_error, their_error)
    return compared, off


def quantile(values, p):
    return np.quantile(values, p), mcse_quantile(values, p)


def share(happened, their_ess):
    """A probability, its error, and that of a peer with so many effective draws."""
    p = float(np.mean(happened))
    ess = float(az.ess(happened.astype(float))) if 0 < p < 1 else happened.size / 10
    # Of what never happened a draw or two are still possible.
    q = (p * ess + 1) / (ess + 2)
    return p, np.sqrt(q * (1 - q) / ess), np.sqrt(q * (1 - q) / their_ess)


def difference(name, ours, theirs, our_error, their_error):
    error = float(np.hypot(our_error, their_error))
    if abs(ours - theirs) <= K * error:
        return []
    return [f"{name}: ours {ours:.4g}, peer {theirs:.4g}, combined error {error:.2g}"]


def rank_probabilities(effects, treatments, reference, *, lower_better):
    """Whether each treatment has each rank, (chain, draw, treatment, rank); reference first."""
    names = [reference, *treatments]
    both = np.concatenate([np.zeros((*effects.shape[:-1], 1)), effects], axis=-1)
    ranks = np.argsort(np.argsort(both if lower_better else -both, axis=-1), axis=-1)
    return names, ranks[..., None] == np.arange(len(names))


def compare_ranks(effects, treatments, reference, theirs, ess, *, lower_better):
    """Differences of rank probabilities; ``theirs`` maps treatment to its list of them."""
    names, has = rank_probabilities(effects, treatments, reference, lower_better=lower_better)
    off = []
    for i, name in enumerate(names):
        for rank, probability in enumerate(theirs[name]):
            p, ours, other = share(has[..., i, rank], ess)
            off += difference(f"{name} rank {rank + 1}", p, probability, ours, other)
    return off


def ranks_of(problem):
    """multinma's rank probabilities by treatment, and the fewest effective draws behind them."""
    found = {
        row[".trt"]: [row[key] for key in row if key.startswith("p_rank")]
        for row in problem["results"]["rank_probs"]
    }
    return found, min(row["ess"] for row in problem["results"]["posterior"].values())


def compare_published(ours, rows, *, draws=4000, digits=2):
    """Against rows of a vignette: the printed digits, and `K` Monte Carlo errors of both."""
    off = []
    for row in rows:
        name, values = row["parameter"], np.atleast_2d(ours[row["parameter"]])
        ess = row.get("n_eff") or row.get("Bulk_ESS") or draws / 4
        error = row["sd"] / np.sqrt(ess)
        kurtosis = float(np.mean((values - values.mean()) ** 4) / values.var() ** 2)
        for label, our, our_error, their_error in (
            ("mean", values.mean(), mcse_mean(values), error),
            ("sd", values.std(), mcse_sd(values), error * np.sqrt(kurtosis - 1) / 2),
            ("50%", *quantile(values, 0.5), error * MEDIAN),
            ("2.5%", *quantile(values, 0.025), error * TAIL),
            ("97.5%", *quantile(values, 0.975), error * TAIL),
        ):
            if label not in row:
                continue
            allowed = K * np.hypot(our_error, their_error) + 0.5 * 10.0**-digits
            if abs(our - row[label]) > allowed:
                off.append(f"{name} {label}: ours {our:.4g}, printed {row[label]}")
    return off
