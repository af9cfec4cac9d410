"""The answer in short: a sentence or two an outcome, and a table with a row a therapy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trialpool.draws import Draws
from trialpool.questions.effects import horizon, is_events, is_network, is_timeless, reference
from trialpool.questions.mcid import mcid_line
from trialpool.questions.units import amount_text
from trialpool.report.asked import WORKS, Said
from trialpool.report.wording import behind, outcome_name

#: From here on a therapy is said to be likely to help.
HELPS = 0.66


@dataclass(frozen=True)
class Line:
    """One therapy.

    Attributes
    ----------
    name, difference, behind : str
    said : tuple of Said
        One a column of probabilities.
    prior : str
        The first probability before the data.
    """

    name: str
    difference: str
    said: tuple[Said, ...]
    prior: str
    behind: str


@dataclass(frozen=True)
class Short:
    """One outcome in short.

    Attributes
    ----------
    sentences : tuple of str
    caption, effect : str
        Of the table, and of the column of effects.
    columns : tuple of str
        What the probabilities are of.
    lines : tuple of Line
    note : str
        Where the size that matters comes from.
    """

    sentences: tuple[str, ...]
    caption: str
    effect: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    note: str = ""


def short(draws: Draws, said: Sequence[Said], lead: Said | None) -> Short | None:
    """What the usual answers of an outcome come to; None where it has no classes."""
    by_name: dict[str, list[Said]] = {}
    for one in said:
        if one is not lead and one.subject:
            by_name.setdefault(one.subject, []).append(one)
    if not by_name:
        return None
    lines = tuple(
        Line(name, own[0].difference, tuple(own), own[0].prior, behind(draws, name))
        for name, own in by_name.items()
    )
    columns = _columns(draws)[: len(lines[0].said)]
    when = "" if is_timeless(draws) else f" at {min(WORKS, horizon(draws)):g} months"
    effect = "ratio" if is_events(draws) else "difference, median"
    return Short(
        sentences=tuple(_sentences(draws, lines, columns, when, lead)),
        caption=f"Each therapy against {reference(draws)}{when}",
        effect=f"{effect} (95 % credible interval)",
        columns=columns,
        lines=lines,
        note=mcid_line(draws.meta),
    )


def _columns(draws: Draws) -> tuple[str, ...]:
    if is_events(draws):
        return (f"more {outcome_name(str(draws.meta['outcome']))}",)
    if is_network(draws):
        return (f"ahead of {reference(draws)}",)
    size = draws.meta.get("mcid")
    matters = () if size is None else (f"more than {amount_text(draws, float(size))}",)
    return ("any benefit", *matters)


def _sentences(
    draws: Draws, lines: Sequence[Line], columns: Sequence[str], when: str, lead: Said | None
) -> list[str]:
    against, told = reference(draws), []
    if is_events(draws):
        each = [f"{line.name} {_told(line.said[0])}" for line in lines]
        told.append(
            f"{columns[0][:1].upper()}{columns[0][1:]} than with {against}: {'; '.join(each)}."
        )
    elif not is_network(draws):
        best = max(lines, key=lambda line: line.said[0].probability)
        each = [f"{c} {_told(one)}" for c, one in zip(columns, best.said, strict=True)]
        start = (
            f"Of the therapies, {best.name} is the most likely to help{when}"
            if best.said[0].probability >= HELPS
            else f"No therapy is likely to help{when}; first comes {best.name}"
        )
        told.append(f"{start}: over {against} {', '.join(each)}.")
    if lead is not None:
        told.append(f"{lead.claim}: {_told(lead)}.")
        if lead.extrapolated:
            told.append("That is extrapolated past what trials have seen.")
    few = [line.name for line in lines if line.said[0].thin]
    if few:
        whom = "every therapy" if len(few) == len(lines) else ", ".join(few)
        told.append(f"The evidence on {whom} is thin.")
    return told


def _told(one: Said) -> str:
    """Words and two decimals: a sentence is no place for a third, which is noise."""
    p = one.probability
    shown = "0.99 or more" if p > 0.99 else "0.01 or less" if p < 0.01 else f"{p:.2f}"
    return f"{one.words} ({shown})"
