"""From the latent courses to each printed number: one module a family of rows.

Every number that an arm prints is a view of the same patients' scores ``Y``, a linear form ``at
Y(t) + a0 Y(0)``. With compound symmetry (SD ``s``, correlation ``rho``) the error of its mean over
n patients has three independent parts, each times ``1 / sqrt(n)``:

    s sqrt(rho) (at + a0) b        the patients' general level, shared by all rows of the arm
    s sqrt(1 - rho) a0 e0          their baseline visit, shared by all rows that look back at it
    s sqrt(1 - rho) at e(t)        the visit itself

A new kind of number is a function that returns a `Term`. Derivations: ``docs/model.md``.
"""

from trialpool.synthesis.observations.comparisons import difference_term, p_value_term
from trialpool.synthesis.observations.counts import count_term
from trialpool.synthesis.observations.courses import Courses, SharedErrors, Term, shared_errors
from trialpool.synthesis.observations.further import further_term
from trialpool.synthesis.observations.scores import mean_terms

__all__ = [
    "Courses",
    "SharedErrors",
    "Term",
    "count_term",
    "difference_term",
    "further_term",
    "mean_terms",
    "p_value_term",
    "shared_errors",
]
