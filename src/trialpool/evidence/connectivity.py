"""Which classes hang together through trials."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping

#: Name -> its neighbours, with the number of trials that compare the two directly.
type Steps = Mapping[str, Mapping[str, int]]


def islands(by_trial: Mapping[str, Collection[str]], reference: str) -> list[list[str]]:
    """Groups of classes without a path of trials to the reference.

    Parameters
    ----------
    by_trial : mapping
        Trial -> its classes.
    reference : str
        Class that all must reach.

    Returns
    -------
    list of list of str
        Each island sorted by name; empty where the network is connected.
    """
    found = [group for group in _components(by_trial.values()) if reference not in group]
    return sorted(sorted(group) for group in found)


def shortest_path(steps: Steps, start: str, goal: str) -> tuple[str, ...] | None:
    """The names from start to goal, both included; None where no path of trials leads there.

    Of equally short paths the one whose weakest step has most trials, then the first by name.
    """
    seen = {start}
    # Of each name reached in as many steps: trials of the weakest step, and the path there.
    front: dict[str, tuple[float, tuple[str, ...]]] = {start: (math.inf, (start,))}
    while front and goal not in front:
        reached: dict[str, tuple[float, tuple[str, ...]]] = {}
        for name, (weakest, path) in front.items():
            for other, trials in steps[name].items():
                found = (min(weakest, trials), (*path, other))
                if other not in seen and _worth(found) > _worth(reached.get(other)):
                    reached[other] = found
        seen |= set(reached)
        front = dict(sorted(reached.items()))
    return front[goal][1] if goal in front else None


def _worth(found: tuple[float, tuple[str, ...]] | None) -> float:
    return -math.inf if found is None else found[0]


def _components(sets: Iterable[Collection[str]]) -> list[set[str]]:
    groups: list[set[str]] = []
    for members in sets:
        touching = [group for group in groups if group & set(members)]
        groups = [group for group in groups if not group & set(members)]
        groups.append(set(members).union(*touching))
    return groups
