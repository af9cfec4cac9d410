"""Priors as text, the way they print: what the command line takes.

Only a call with literal arguments is read; nothing is evaluated.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterable

from trialpool.errors import ModelError
from trialpool.synthesis.priors import correlations, distributions, published
from trialpool.synthesis.priors.base import Prior

#: Characters of a text that an error repeats.
_SHOWN = 80
#: What a text may call.
_MAKERS: dict[str, Callable[..., Prior]] = {
    "Beta": distributions.Beta,
    "DuMouchel": distributions.DuMouchel,
    "Fixed": distributions.Fixed,
    "Flat": distributions.Flat,
    "HalfCauchy": distributions.HalfCauchy,
    "HalfNormal": distributions.HalfNormal,
    "HalfT": distributions.HalfT,
    "LKJ": correlations.LKJ,
    "LogNormal": distributions.LogNormal,
    "LogT": distributions.LogT,
    "Normal": distributions.Normal,
    "Uniform": distributions.Uniform,
    "rhodes": published.rhodes,
    "turner": published.turner,
}


def parse_prior(text: str) -> Prior:
    """The prior that a text such as ``LogNormal(mean=3.6, sd=0.8)`` writes down.

    Parameters
    ----------
    text : str
        A distribution of `trialpool.synthesis.priors`, or ``turner(...)`` or ``rhodes(...)``, with
        numbers and quoted texts as arguments. What a prior prints reads back as that prior.

    Returns
    -------
    Prior

    Raises
    ------
    ModelError
        For anything else, and for arguments that the distribution refuses.
    """
    name, positional, named = _call(text)
    make = _MAKERS.get(name)
    if make is None:
        raise _not_a_prior(text)
    signature = inspect.signature(make)
    try:
        given = signature.bind(*positional, **named)
    except TypeError as error:
        takes = ", ".join(signature.parameters)
        raise ModelError(f"prior: got {text}: {error}; expected {name}({takes})") from None
    try:
        return make(*given.args, **given.kwargs)
    except (TypeError, ValueError) as error:
        raise ModelError(f"prior: got {text}; {error}") from None


def parse_priors(texts: Iterable[str]) -> dict[str, Prior]:
    """Priors by role, each written ``role=prior``: ``tau=HalfNormal(5)``.

    Raises
    ------
    ModelError
        For a text without a role, a role named twice, or what `parse_prior` refuses.
    """
    priors: dict[str, Prior] = {}
    for text in texts:
        role, equals, prior = (part.strip() for part in text.partition("="))
        if not (equals and role.isidentifier()):
            raise ModelError(
                f"prior: got {text!r}; expected role=prior, such as 'tau=HalfNormal(5)'"
            )
        if role in priors:
            raise ModelError(f"prior: got '{role}' twice; expected one prior a role")
        priors[role] = parse_prior(prior)
    return priors


def _call(text: str) -> tuple[str, list[object], dict[str, object]]:
    """Name, positional and named arguments of a call with literal arguments."""
    try:
        call = ast.parse(text.strip(), mode="eval").body
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
            raise _not_a_prior(text)
        positional = [_literal(argument) for argument in call.args]
        # Of ``**{...}`` the name is None.
        named = {str(keyword.arg): _literal(keyword.value) for keyword in call.keywords}
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _not_a_prior(text) from None
    return call.func.id, positional, named


def _literal(node: ast.expr) -> object:
    value = ast.literal_eval(node)
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError
    return value


def _not_a_prior(text: str) -> ModelError:
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    return ModelError(
        f"prior: got {shown!r}; expected one of {', '.join(_MAKERS)}, with numbers or quoted texts "
        "in brackets: HalfNormal(5), LogNormal(mean=3.6, sd=0.8), "
        "turner('pain', 'pharmacological v placebo')"
    )
