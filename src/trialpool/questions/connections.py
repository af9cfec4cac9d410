"""Which classes trials connect: between others the posterior holds nothing but the prior.

Read off the numbers of trials by pair that every posterior file records.
"""

from __future__ import annotations

from collections.abc import Sequence

from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions.effects import active_classes


def connected(draws: Draws, one: str, other: str) -> bool:
    """Whether a path of trials leads from one class to the other; True where that is not known."""
    return other in connected_with(draws, one, [other])


def connected_with(draws: Draws, one: str, others: Sequence[str]) -> list[str]:
    """Those of several classes that a path of trials leads to from one."""
    reached = _reached(draws, one)
    return [c for c in others if c == one or reached is None or c in reached]


def require_path(draws: Draws, one: str, other: str) -> None:
    """Refuse a comparison that no trials stand behind.

    Raises
    ------
    QuestionError
        If no path of trials connects the two classes.
    """
    if connected(draws, one, other):
        return
    told = "; ".join(f"with {cls}: {_partners(draws, cls)}" for cls in (one, other))
    raise QuestionError(
        f"{one} and {other} are not connected: no path of trials leads from one to the other, so "
        f"their difference would be the prior's. Connected are {told}. Compare those, or add a "
        "trial that connects them and fit again."
    )


def reachable(draws: Draws, asked: Sequence[str], start: str) -> list[str]:
    """Those of the classes that trials connect with ``start``; refused if there are none."""
    found = connected_with(draws, start, asked)
    if not found:
        require_path(draws, asked[0], start)
    return found


def ranked(draws: Draws, asked: str) -> list[str]:
    """Classes that one is ranked among: active, and connected with it by trials.

    Raises
    ------
    QuestionError
        If there is no other.
    """
    every = dict.fromkeys([*active_classes(draws), asked])
    field = connected_with(draws, asked, [*every])
    if len(field) < 2:
        others = " that trials connect with others" if len(every) > 1 else ""
        raise QuestionError(
            f"{', '.join(field)} is the only active class of this posterior: there is nothing "
            "to rank it among."
            if not others
            else f"{field[0]} is connected with no other active class by trials: there is nothing "
            f"to rank it among. Connected with it: {_partners(draws, field[0])}."
        )
    return field


def apart_note(draws: Draws, classes: Sequence[str], start: str) -> list[str]:
    """What to say of classes that are left out because nothing connects them with ``start``."""
    held = connected_with(draws, start, classes)
    apart = [cls for cls in classes if cls not in held]
    if not apart:
        return []
    return [f"left out, as no path of trials connects it with {start}: {', '.join(apart)}"]


def _partners(draws: Draws, cls: str) -> str:
    others = (_reached(draws, cls) or set()) - {cls}
    return ", ".join(sorted(others)) or "nothing"


def _reached(draws: Draws, start: str) -> set[str] | None:
    """Classes that a path of trials leads to; None where the posterior does not record trials."""
    evidence = draws.meta.get("evidence", {})
    direct = evidence.get("direct")
    if not direct:
        return None
    held = [*evidence.get("classes", ())]
    seen, front = {start}, [start] if start in held else []
    while front:
        here = front.pop()
        # A pair that is not listed was not counted, which is not the same as no trial.
        found = [c for c in held if c not in seen and direct.get("|".join(sorted((here, c))), 1)]
        seen.update(found)
        front += found
    return seen
