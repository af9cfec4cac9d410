"""``trialpool compare``: two competitors from all sides, or a league table of all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from trialpool.cli.options import AsJson, BetterWay, Between, File, Level, Mcid, OneOutcome
from trialpool.cli.printing import print_json, print_lines, print_table, shown_share
from trialpool.errors import QuestionError

if TYPE_CHECKING:
    from trialpool.decisions import Comparison, League
    from trialpool.questions.effects import Summary

#: So many competitors fit side by side; more are listed pair by pair.
_WIDE = 5


def run(
    file: File,
    pair: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[CLASS [VERSUS]]",
            help="A class, and the one it is compared with (default: the reference); without any, "
            "a league table of all.",
        ),
    ] = None,
    months: Annotated[
        float | None,
        typer.Option(help="Month to compare at; default: the last at which all are still seen."),
    ] = None,
    between: Between = None,
    outcome: OneOutcome = None,
    margins: Annotated[
        str | None,
        typer.Option(
            help="Margins to be better by, separated by commas; the MCID is added. In the unit of "
            "the effects, or per cent of a ratio."
        ),
    ] = None,
    responders: Annotated[
        str | None,
        typer.Option(
            metavar="THRESHOLD",
            help="Who responds: '>=20' (points of 100, the default), '>=30%', or a state, '<=30'.",
        ),
    ] = None,
    control_change: Annotated[
        float | None,
        typer.Option(help="Mean change of placebo patients in points; -20 is 20 less."),
    ] = None,
    baseline: Annotated[
        float | None, typer.Option(help="Mean before treatment, for thresholds in per cent.")
    ] = None,
    horizon: Annotated[
        float | None, typer.Option(help="Months over which benefit is added up; default: 60.")
    ] = None,
    better: BetterWay = None,
    mcid: Mcid = None,
    level: Level = 0.95,
    as_json: AsJson = False,
) -> None:
    """Compare two classes (margins, responders, months of benefit), or print a league table."""
    from trialpool.cli.decisions import numbers, way, window
    from trialpool.decisions import compare, league
    from trialpool.decisions.comparison import RESPONDERS
    from trialpool.draws import Draws

    draws = Draws.from_file(file)
    if not pair:
        of_a_pair = {
            "--margins": margins,
            "--responders": responders,
            "--control-change": control_change,
            "--baseline": baseline,
            "--horizon": horizon,
        }
        if given := [option for option, value in of_a_pair.items() if value is not None]:
            raise QuestionError(
                f"{', '.join(given)}: got without a class; expected a pair to compare, as in "
                f"compare {file} PRP MSC"
            )
        table = league(
            draws,
            months=months,
            window=window(between),
            outcome=outcome,
            mcid=mcid,
            better=way(better),
            level=level,
        )
        if as_json:
            print_json(table.to_dict())
        else:
            _print_league(table)
        return
    if len(pair) > 2:
        raise QuestionError(
            f"compare: got {', '.join(pair)}; expected one class or two. Leave all out to have "
            "every pair"
        )
    found = compare(
        draws,
        *pair,
        months=months,
        window=window(between),
        outcome=outcome,
        margins=None if margins is None else numbers(margins, "--margins", "0,5,10,15"),
        threshold=responders or RESPONDERS,
        control_change=control_change,
        baseline=baseline,
        horizon=horizon,
        mcid=mcid,
        better=way(better),
        level=level,
    )
    if as_json:
        print_json(found.to_dict())
    else:
        _print_comparison(found)


def _print_league(table: League) -> None:
    from trialpool.cli.decisions import print_context

    context = table.context
    interval = f"{context.level * 100:g} % credible interval"
    print_context(f"League table {context.when()}".strip(), context)
    told = context.ratio or "difference"
    if len(table.names) > _WIDE:
        rows = []
        for i, one in enumerate(table.names):
            for other in table.names[i + 1 :]:
                pair = table.pair(one, other)
                direct = "" if pair.direct_trials is None else str(pair.direct_trials)
                mark = "EXTRAPOLATED" if pair.extrapolated else ""
                p = f"{shown_share(pair.p_better)} ± {pair.mcse:.2g}"
                rows.append([one, other, _interval(pair.shown), p, direct, mark])
        header = ["", "versus", f"{told} ({interval})", "P(better)", "direct trials", ""]
        print_table("", header, rows)
    else:
        rows = []
        for one in table.names:
            cells = []
            for other in table.names:
                if one == other:
                    cells.append("·")
                    continue
                pair = table.pair(one, other)
                direct = "" if pair.direct_trials is None else f" ({pair.direct_trials})"
                mark = " *" if pair.extrapolated else ""
                told_p = f"P {shown_share(pair.p_better)} ± {pair.mcse:.1g}{direct}{mark}"
                cells.append(f"{_interval(pair.shown)}\n{told_p}")
            rows.append([one, *cells])
        print_table("", ["row v column", *table.names], rows)
        print(f"\n{told} of row and column, median ({interval}); P: probability that the row is")
        print("better than the column ± its Monte Carlo error (trials in which the two meet)")
        if any(pair.extrapolated for pair in table.pairs):
            print_lines("* EXTRAPOLATED: past the last month at which one of the two was seen")
    for note in context.notes:
        print_lines(f"note: {note}")


def _print_comparison(found: Comparison) -> None:
    from trialpool.cli.decisions import print_context

    context, pair = found.context, found.pair
    one, other = pair.name, pair.versus
    print_context(f"{one} v {other} {context.when()}".strip(), context)
    print(f"difference, median {pair.difference}")
    if pair.ratio is not None:
        print(f"as a ratio, median {pair.ratio}")
    if pair.direct_trials is not None:
        print(f"trials that compare them directly: {pair.direct_trials}")
    for name, stands in found.evidence.items():
        if stands["extrapolated"]:
            last = stands["last_months"]
            print(
                f"EXTRAPOLATED: {name} was last seen at {'no' if last is None else f'{last:g}'} "
                "months"
            )
    rows = []
    for m in found.margins:
        mark = " (MCID)" if m.is_mcid else ""
        prior = [] if m.prior is None else [shown_share(m.prior)]
        rows.append([f"{m.margin:g}{mark}", shown_share(m.probability), f"{m.mcse:.2g}", *prior])
    print()
    header = [f"better by more than ({found.margin_unit})", "probability", "Monte Carlo error"]
    header += ["before any trial"] if pair.prior_p_better is not None else []
    print_table("", header, rows)
    if found.responders is not None:
        told = found.responders
        print(f"\nresponders, {told.threshold}, in a typical trial")
        print(f"  {one}: median {told.share}")
        print(f"  {other}: median {told.versus_share}")
        print(f"  difference, median {told.difference}")
        print(f"  number needed to treat: {told.nnt.text}")
        for line in told.assumptions:
            print(f"  assumed: {line}")
    if found.area is not None:
        area = found.area
        print(f"\nbenefit of {one} over {other} from 0 to {area.horizon:g} months")
        print(f"  area, median {area.area}")
        if area.area_beyond is not None:
            since = area.last_months or 0
            print(f"  of it past follow-up (month {since:g}), EXTRAPOLATED: {area.area_beyond}")
        if area.months_over_mcid is not None:
            months = area.months_over_mcid
            print(
                f"  months over the MCID: {months.mean:.3g} expected (Monte Carlo error "
                f"{area.months_over_mcid_mcse:.2g}); median {months}"
            )
        print(
            f"  months with any benefit: {area.months_positive.mean:.3g} expected; median "
            f"{area.months_positive}"
        )
        if area.share_beyond is not None:
            over = "over the MCID" if area.months_over_mcid is not None else "with benefit"
            share = area.share_beyond * 100
            print(f"  past follow-up: {share:.3g} % of the expected months {over}")
    print()
    for note in context.notes:
        print_lines(f"note: {note}")


def _interval(s: Summary) -> str:
    return f"{s.median:.3g} ({s.lower:.3g} to {s.upper:.3g})"
