"""Which arms a visit compares, and which classes hang together through trials."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping
from typing import NamedTuple

from trialpool.evidence.kinds import COMPARISONS

#: Name -> its neighbours, with the number of trials that compare the two directly.
type Steps = Mapping[str, Mapping[str, int]]
#: An arm, or what the arms of a visit share.
type _End = tuple[str, str]


class Number(NamedTuple):
    """Where a number that enters stands; ``definition`` as in ``Contribution``."""

    trial: str
    arm: str
    versus: str
    months: float
    kind: str
    definition: str


def compared_arms(numbers: Iterable[Number]) -> dict[str, list[set[str]]]:
    """Trial -> groups of arms that the numbers of one visit compare; an arm alone is a group too.

    The course of a trial's reference arm is free at each visit, and so is a cutoff that is not
    printed: numbers of arms differ by benefit only where they share one of these, or where a row
    compares two arms. Baselines compare nothing, and events of a trial all arms.
    """
    visits: dict[str, dict[Hashable, list[set[_End]]]] = defaultdict(lambda: defaultdict(list))
    for number in numbers:
        ends: set[_End] = {("arm", number.arm)}
        if number.kind in COMPARISONS:
            ends.add(("arm", number.versus))
        elif number.kind == "events" or number.months > 0:
            ends.add(("shared", number.definition))
        visit = "events" if number.kind == "events" else number.months
        visits[number.trial][visit].append(ends)
    result: dict[str, list[set[str]]] = {}
    for trial, by_visit in visits.items():
        groups = [group for sets in by_visit.values() for group in _components(sets)]
        arms = [{name for what, name in group if what == "arm"} for group in groups]
        result[trial] = [arms[i] for i in range(len(arms)) if arms[i] not in arms[:i]]
    return result


def islands(compared: Iterable[Collection[str]], reference: str) -> list[list[str]]:
    """Groups of classes without a path of trials to the reference.

    Parameters
    ----------
    compared : iterable of collections
        Classes that are compared with each other, one collection a trial and visit.
    reference : str
        Class that all must reach.

    Returns
    -------
    list of list of str
        Each island sorted by name; empty where the network is connected.
    """
    found = [group for group in _components(compared) if reference not in group]
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


def _components[T: Hashable](sets: Iterable[Collection[T]]) -> list[set[T]]:
    groups: list[set[T]] = []
    for members in sets:
        touching = [group for group in groups if group & set(members)]
        groups = [group for group in groups if not group & set(members)]
        groups.append(set(members).union(*touching))
    return groups
