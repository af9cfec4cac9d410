"""What to say of a posterior whose draws are averaged over shapes of the time course."""

from __future__ import annotations

from trialpool.draws import Draws


def is_averaged(draws: Draws) -> bool:
    """Whether the draws are a mixture of those of several shapes."""
    return bool(draws.meta.get("average"))


def averaged_note(draws: Draws) -> list[str]:
    """The shapes with their weights, the heaviest first; empty for a posterior of one shape."""
    if not is_averaged(draws):
        return []
    average = draws.meta["average"]
    shapes = sorted(average["weights"], key=lambda entry: -float(entry["weight"]))
    told = ", ".join(f"{entry['time_course']} {float(entry['weight']):.2f}" for entry in shapes)
    by = f" (weights by {average['by']})" if average.get("by") else ""
    return [f"averaged over shapes: {told}{by}"]
