"""Log densities of the distributions that models are made of, and where their values may lie.

Each is the density that PyMC gives the class of the same name, written in functions of
`trialpool.graph.functions`; the tests hold the two equal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import betaincinv, betaln, erfinv, gammaln, ndtri, stdtrit

from trialpool.graph import functions as f
from trialpool.graph.node import Node, elementwise

_LOG_2PI = float(np.log(2 * np.pi))
#: Probability below which the quantile of half a t is a straight line.
_NEAR = 1e-6


@dataclass(frozen=True)
class Distribution:
    """A distribution by the names of PyMC.

    Attributes
    ----------
    log_density : callable
        Of a value and the parameters, element by element.
    support : {"real", "positive", "share", "interval"}
        An interval is from the first parameter to the second.
    start : callable
        A value in the middle, of the parameters.
    quantile : callable, optional
        Of probabilities below and above a value, and the parameters; none of an improper one.
    """

    log_density: Callable[..., Any]
    support: str
    start: Callable[..., Any]
    quantile: Callable[..., Any] | None = None


def _normal(x: Any, mu: Any, sigma: Any) -> Any:
    if any(isinstance(value, Node) for value in (x, mu, sigma)):
        return elementwise("normal", x, mu, sigma)
    return -0.5 * (((x - mu) / sigma) ** 2 + _LOG_2PI) - np.log(sigma)


def _log_normal(x: Any, mu: Any, sigma: Any) -> Any:
    log_x = f.log(x)
    return _normal(log_x, mu, sigma) - log_x


def _student_t(x: Any, nu: Any, mu: Any, sigma: Any) -> Any:
    constant = gammaln((nu + 1) / 2) - gammaln(nu / 2) - 0.5 * np.log(nu * np.pi) - np.log(sigma)
    return constant - (nu + 1) / 2 * f.log1p(((x - mu) / sigma) ** 2 / nu)


def _t_quantile(nu: Any, p: Any, q: Any) -> Any:
    return np.where(p < 0.5, stdtrit(nu, p), -stdtrit(nu, q))


def _half_t_quantile(nu: Any, p: Any, q: Any) -> Any:
    # Next to 0 the density is flat, and a quantile of (1 + p) / 2 would lose p.
    at_0 = np.exp(_student_t(0.0, nu, 0.0, 1.0))
    return np.where(p < _NEAR, p / (2 * at_0), _t_quantile(nu, (1 + p) / 2, q / 2))


def _half_cauchy(x: Any, beta: Any) -> Any:
    return np.log(2 / np.pi) - np.log(beta) - f.log1p((x / beta) ** 2)


def _logistic(x: Any, mu: Any, s: Any) -> Any:
    z = (x - mu) / s
    return -z - np.log(s) - 2 * f.softplus(-z)


def _beta(x: Any, alpha: Any, beta: Any) -> Any:
    return (alpha - 1) * f.log(x) + (beta - 1) * f.log1p(-x) - betaln(alpha, beta)


def _binomial(k: Any, n: Any, p: Any = None, *, logit_p: Any = None) -> Any:
    choose = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    if logit_p is not None:
        return k * logit_p - n * f.softplus(logit_p) + choose
    return k * f.log(p) + (n - k) * f.log1p(-p) + choose


def _poisson(k: Any, mu: Any) -> Any:
    return k * f.log(mu) - mu - gammaln(k + 1)


def _flat(x: Any) -> Any:
    return 0.0 * x


DISTRIBUTIONS = {
    "Normal": Distribution(
        _normal, "real", lambda mu, sigma: mu, lambda p, q, mu, sigma: mu + sigma * ndtri(p)
    ),
    "Flat": Distribution(_flat, "real", lambda: 0.0),
    "Logistic": Distribution(
        _logistic, "real", lambda mu, s: mu, lambda p, q, mu, s: mu + s * (np.log(p) - np.log(q))
    ),
    "StudentT": Distribution(
        _student_t,
        "real",
        lambda nu, mu, sigma: mu,
        lambda p, q, nu, mu, sigma: mu + sigma * _t_quantile(nu, p, q),
    ),
    "HalfNormal": Distribution(
        lambda x, sigma: np.log(2) + _normal(x, 0.0, sigma),
        "positive",
        lambda sigma: sigma,
        lambda p, q, sigma: sigma * np.where(p < 0.5, np.sqrt(2) * erfinv(p), -ndtri(q / 2)),
    ),
    "HalfFlat": Distribution(_flat, "positive", lambda: 1.0),
    "HalfCauchy": Distribution(
        _half_cauchy,
        "positive",
        lambda beta: beta,
        lambda p, q, beta: (
            beta * np.where(p < 0.5, np.tan(np.pi * p / 2), 1 / np.tan(np.pi * q / 2))
        ),
    ),
    "HalfStudentT": Distribution(
        lambda x, nu, sigma: np.log(2) + _student_t(x, nu, 0.0, sigma),
        "positive",
        lambda nu, sigma: sigma,
        lambda p, q, nu, sigma: sigma * _half_t_quantile(nu, p, q),
    ),
    "LogNormal": Distribution(
        _log_normal,
        "positive",
        lambda mu, sigma: np.exp(mu),
        lambda p, q, mu, sigma: np.exp(mu + sigma * ndtri(p)),
    ),
    "Beta": Distribution(
        _beta,
        "share",
        lambda alpha, beta: alpha / (alpha + beta),
        lambda p, q, alpha, beta: betaincinv(alpha, beta, p),
    ),
    "Uniform": Distribution(
        lambda x, lower, upper: 0.0 * x - np.log(upper - lower),
        "interval",
        lambda lower, upper: (lower + upper) / 2,
        lambda p, q, lower, upper: lower + (upper - lower) * p,
    ),
    "Binomial": Distribution(_binomial, "counts", lambda n, p: n * p),
    "Poisson": Distribution(_poisson, "counts", lambda mu: mu),
}
