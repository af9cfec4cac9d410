"""``trialpool decay``: how the benefit of each class wanes, and what a second injection adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from trialpool.cli.decisions import numbers
from trialpool.cli.options import AsJson, File, Level, Mcid
from trialpool.cli.printing import print_json, print_lines, print_table, shown_share

if TYPE_CHECKING:
    from trialpool.questions import DecayTable
    from trialpool.questions.data_share import PriorBeside
    from trialpool.questions.decay_table import DecayClass
    from trialpool.questions.effects import Summary
    from trialpool.questions.lasting import Loss, Retained

_FAR = " *"


def run(
    file: File,
    months: Annotated[
        str, typer.Option(help="Months to show, separated by commas.")
    ] = "6,12,24,36,48,60",
    level: Level = 0.95,
    mcid: Mcid = None,
    outcome: Annotated[
        str | None,
        typer.Option(help="Outcome of a joint posterior; by default a table for each score."),
    ] = None,
    repeat_at: Annotated[
        float | None,
        typer.Option(metavar="MONTH", help="Show what a second injection at this month would add."),
    ] = None,
    horizon: Annotated[
        float | None,
        typer.Option(help="Months over which benefit is added up; default: all of them."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show how the benefit of each class wanes, and what lies past the last follow-up."""
    from trialpool.draws import Draws
    from trialpool.questions import decays

    draws = Draws.from_file(file)
    tables = decays(
        draws,
        months=numbers(months, "--months", "6,12,24"),
        level=level,
        mcid=mcid,
        outcome=outcome,
        repeat_at=repeat_at,
        until=horizon,
    )
    if as_json:
        print_json([row for table in tables for row in table.to_dict()])
        return
    for table in tables:
        for message in table.failed:
            print_lines(f"DIAGNOSTICS FAILED: {message}")
        if len(tables) > 1:
            print(table.outcome)
        _print(table)


def _print(table: DecayTable) -> None:
    level = f"{table.rows[0].benefit.level * 100:g} % CrI" if table.rows else ""
    _print_benefit(table, level)
    _print_left(table, level)
    _print_amounts(table, level)
    for repeat_at in dict.fromkeys(r.repeat_at for c in table.classes for r in c.repeats):
        _print_repeats(table, level, repeat_at)
    print()
    print(
        "CrI: credible interval, equal tails; prior: before any trial; data: share of the prior's"
    )
    print("variance that the data removed")
    print_lines("* EXTRAPOLATED: past the last month at which a trial saw the class")
    for note in _notes(table):
        print_lines(f"note: {note}")


def _print_benefit(table: DecayTable, level: str) -> None:
    rows = []
    for row in table.rows:
        mcid = "-" if row.p_mcid is None else shown_share(row.p_mcid)
        rows.append(
            [
                row.cls,
                f"{row.months:g}{_FAR if row.extrapolated else ''}",
                _spell(row.benefit.median, row.benefit.lower, row.benefit.upper),
                shown_share(row.p_benefit),
                mcid,
                *_prior_cells(row.prior),
            ]
        )
    unit = table.rows[0].benefit.unit if table.rows else ""
    header = ["class", "months", f"benefit, {unit}, median ({level})", "P(>0)", "P(>MCID)"]
    if any(row.prior is not None for row in table.rows):
        header += ["prior", "data"]
    print_table("", header, rows)
    errors = [e for row in table.rows for e in (row.p_benefit_mcse, row.p_mcid_mcse) if e]
    if errors:
        print(f"Monte Carlo error of each probability at most {max(errors):.2g}")


def _print_left(table: DecayTable, level: str) -> None:
    rows = []
    for c in table.classes:
        rows.append([c.cls, _half_life(c), *(_left(kept) for kept in c.retained)])
        beside = [c.half_life_prior, *c.retained_prior]
        if any(prior is not None for prior in beside):
            cells = [_prior_cells(prior) or ["-", "-"] for prior in beside]
            if c.half_life_prior is not None:
                cells[0][0] = _spell_months(c.half_life_prior.prior, c.half_life_limit)
            for name, own in zip(("prior", "data"), zip(*cells, strict=True), strict=True):
                rows.append([f"  {name}", *own])
        for shape in c.shapes:
            half = shape.half_life.months
            limit = shape.half_life.limit
            told = "-" if half is None else _months(half.median, limit)
            left = [_left(kept, short=True) for kept in shape.retained]
            rows.append([f"  {shape.name}, weight {shape.weight:.2f}", told, *left])
    print()
    months = [f"left at {kept.months:g}" for kept in table.classes[0].retained]
    print_table(
        f"Half-life in months, and share of the 24-month benefit left; median ({level})",
        ["class", "half-life", *months],
        rows,
    )


def _print_amounts(table: DecayTable, level: str) -> None:
    rows, level_names = [], [f"{lost.probability:g}" for lost in table.classes[0].losses]
    for c in table.classes:
        area = c.area
        if area is None:
            continue
        over = area.months_over_mcid
        expected = "-" if over is None else f"{over.mean:.3g} ± {area.months_over_mcid_mcse:.1g}"
        beyond = "-" if area.share_beyond is None else f"{area.share_beyond * 100:.0f} %"
        summed = area.area
        rows.append(
            [
                c.cls,
                *(_lost(lost) for lost in c.losses),
                _spell(summed.median, summed.lower, summed.upper)
                + (_FAR if area.area_beyond is not None else ""),
                expected,
                beyond,
            ]
        )
    areas = [c.area for c in table.classes if c.area is not None]
    until, unit = f"{areas[0].horizon:g}", areas[0].area.unit
    print()
    print_table(
        f"Months at which P(benefit > MCID) falls under a level; area under the benefit, and "
        f"expected months over the MCID (± Monte Carlo error), from 0 to {until} months",
        [
            "class",
            *(f"under {name} from" for name in level_names),
            f"area, {unit}, median ({level})",
            "months over the MCID",
            "of them past follow-up",
        ],
        rows,
    )


def _print_repeats(table: DecayTable, level: str, repeat_at: float) -> None:
    rows, header, words = [], ["class", "assumed"], {}
    for c in table.classes:
        for repeat in c.repeats:
            words[repeat.assumption] = repeat.text
            cells = []
            for at in repeat.at:
                gain = _spell(at.gain.median, at.gain.lower, at.gain.upper)
                cells.append(gain + (_FAR if at.extrapolated else ""))
            whole, more = repeat.area_gain, repeat.months_gain
            rows.append(
                [
                    c.cls if repeat is c.repeats[0] else "",
                    repeat.assumption,
                    *cells,
                    _spell(whole.median, whole.lower, whole.upper),
                    "-" if more is None else f"{more.mean:.3g}",
                ]
            )
            header = ["class", "assumed", *(f"gain at {at.months:g}" for at in repeat.at)]
            header += [f"area to {repeat.horizon:g}", "months over the MCID"]
    print()
    print_table(
        f"HYPOTHETICAL: gain of a second injection at {repeat_at:g} months; median ({level})",
        header,
        rows,
    )
    for name, text in words.items():
        print(f"{name}: {text}")


def _notes(table: DecayTable) -> list[str]:
    told = []
    for c in table.classes:
        told += [
            f"{c.cls}: {note}" for note in (c.half_life_note, c.retained_24_to_36.note) if note
        ]
    return [*told, *table.notes]


def _half_life(c: DecayClass) -> str:
    if c.half_life is None:
        return "none"
    return _spell_months(c.half_life, c.half_life_limit)


def _spell_months(s: Summary, limit: float | None) -> str:
    median, low, high = (_months(value, limit) for value in (s.median, s.lower, s.upper))
    return f"{median} ({low} to {high})"


def _months(value: float, limit: float | None) -> str:
    return f"over {limit:g}" if limit is not None and value >= limit else f"{value:.3g}"


def _left(kept: Retained, *, short: bool = False) -> str:
    if kept.median is None or kept.lower is None or kept.upper is None:
        return "-"
    text = f"{kept.median:.2f}"
    if not short:
        text += f" ({kept.lower:.2f} to {kept.upper:.2f})"
    return text + (_FAR if kept.extrapolated else "")


def _lost(lost: Loss) -> str:
    if lost.months is None:
        return "not lost" if lost.reached else "never reached"
    return f"month {lost.months:g}{_FAR if lost.extrapolated else ''}"


def _prior_cells(prior: PriorBeside | None) -> list[str]:
    if prior is None:
        return []
    s = prior.prior
    return [_spell(s.median, s.lower, s.upper), prior.short()]


def _spell(median: float, lower: float, upper: float) -> str:
    return f"{median:.3g} ({lower:.3g} to {upper:.3g})"
