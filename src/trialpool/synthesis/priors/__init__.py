"""Priors: distributions, published heterogeneity, and priors that come from elsewhere.

One idea a file: `distributions` holds the shapes, `published` the heterogeneity tables, `foreign`
takes PreliZ and PyMC distributions, `text` reads what the command line is given, and `beliefs`
says in words what a prior believes.
"""

from trialpool.synthesis.priors.base import Prior
from trialpool.synthesis.priors.beliefs import Belief, believe
from trialpool.synthesis.priors.correlations import LKJ
from trialpool.synthesis.priors.distributions import (
    Beta,
    DuMouchel,
    Fixed,
    Flat,
    HalfCauchy,
    HalfNormal,
    HalfT,
    LogNormal,
    LogT,
    Normal,
    Uniform,
)
from trialpool.synthesis.priors.foreign import as_prior
from trialpool.synthesis.priors.published import published_priors, rhodes, turner
from trialpool.synthesis.priors.text import parse_prior, parse_priors

__all__ = [
    "LKJ",
    "Belief",
    "Beta",
    "DuMouchel",
    "Fixed",
    "Flat",
    "HalfCauchy",
    "HalfNormal",
    "HalfT",
    "LogNormal",
    "LogT",
    "Normal",
    "Prior",
    "Uniform",
    "as_prior",
    "believe",
    "parse_prior",
    "parse_priors",
    "published_priors",
    "rhodes",
    "turner",
]
