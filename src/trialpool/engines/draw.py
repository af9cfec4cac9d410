"""How to sample."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from trialpool.errors import EngineError

#: Told, from any thread, how many steps of how many are done.
Watch = Callable[[int, int], None]


@dataclass(frozen=True)
class Draw:
    """Settings of a run of any engine.

    Attributes
    ----------
    draws, tune, chains : int
        Kept and warm-up iterations of each chain, and the number of chains. An engine whose draws
        are independent needs no warm-up.
    seed : int
        The same seed gives the same draws.
    target_accept : float
        Acceptance rate aimed at.
    progress : bool or Watch
        Show the sampler's own progress bar, or tell how many iterations of all chains are done.
    thin : int
        Iterations for each kept one.
    """

    draws: int = 1000
    tune: int = 500
    chains: int = 4
    seed: int = 1
    target_accept: float = 0.9
    progress: bool | Watch = False
    thin: int = field(default=1, repr=False)

    def __post_init__(self) -> None:
        for name, least in (("draws", 4), ("tune", 1), ("chains", 1), ("seed", 0), ("thin", 1)):
            value = getattr(self, name)
            if not isinstance(value, (int, np.integer)) or value < least:
                raise EngineError(
                    f"{name}: got {value!r}; expected a whole number of at least {least}"
                )
        if not 0 < self.target_accept < 1:
            raise EngineError(
                f"target_accept: got {self.target_accept!r}; expected a number between 0 and 1"
            )
