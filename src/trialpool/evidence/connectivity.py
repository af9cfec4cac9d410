"""Which classes hang together through trials."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping


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


def _components(sets: Iterable[Collection[str]]) -> list[set[str]]:
    groups: list[set[str]] = []
    for members in sets:
        touching = [group for group in groups if group & set(members)]
        groups = [group for group in groups if not group & set(members)]
        groups.append(set(members).union(*touching))
    return groups
