"""``trialpool rank``: places, SUCRA, and what choosing each would lose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from trialpool.cli.options import (
    AsJson,
    BetterWay,
    Between,
    Classes,
    File,
    Level,
    Mcid,
    OneOutcome,
)
from trialpool.cli.printing import print_json, print_lines, print_table, shown_share

if TYPE_CHECKING:
    from trialpool.decisions.loss import Loss


def run(
    file: File,
    months: Annotated[
        float | None,
        typer.Option(help="Month to rank at; default: the last at which all are still seen."),
    ] = None,
    between: Between = None,
    outcome: OneOutcome = None,
    classes: Classes = None,
    with_reference: Annotated[
        bool, typer.Option("--with-reference", help="Let the reference compete too.")
    ] = False,
    better: BetterWay = None,
    mcid: Mcid = None,
    level: Level = 0.95,
    as_json: AsJson = False,
) -> None:
    """Rank the classes (or treatments of a network), with SUCRA, P(best) and expected loss."""
    from trialpool.cli.decisions import names, print_context, way, window
    from trialpool.decisions import rank
    from trialpool.draws import Draws

    table = rank(
        Draws.from_file(file),
        classes=names(classes),
        months=months,
        window=window(between),
        outcome=outcome,
        with_reference=with_reference,
        better=way(better),
        mcid=mcid,
        level=level,
    )
    if as_json:
        print_json(table.to_dict())
        return
    context = table.context
    interval = f"{context.level * 100:g} % CrI"
    print_context(f"Ranks {context.when()}".strip(), context)
    over = [] if context.mcid is None else ["P(loss > MCID)"]
    prior = any(found.prior_p_best is not None for found in table.ranks)
    rows, places = [], []
    for found in table.ranks:
        s, loss = found.sucra, found.loss
        rows.append(
            [
                found.name,
                f"{s.mean:.2f} ± {found.sucra_mcse:.2g}",
                f"{s.lower:.2f} to {s.upper:.2f}",
                f"{shown_share(found.p_best)} ± {found.p_best_mcse:.2g}",
                *([] if found.prior_p_best is None else [shown_share(found.prior_p_best)]),
                f"{found.expected:.2f}",
                f"{found.median:g} ({found.lower:g} to {found.upper:g})",
                f"{loss.expected:.3g} ± {loss.mcse:.2g}",
                *_over(loss),
                _seen(found.evidence),
            ]
        )
        places.append([found.name, *(shown_share(p) for p in found.probabilities)])
    print_table(
        "",
        [
            "",
            "SUCRA",
            f"share beaten, {interval}",
            "P(best)",
            *(["prior"] if prior else []),
            "mean rank",
            f"median rank ({interval})",
            "expected loss",
            *over,
            "last seen",
        ],
        rows,
    )
    print()
    count = range(1, len(table.ranks) + 1)
    print_table("Probability of each rank", ["", *(str(place) for place in count)], places)
    errors = [error for found in table.ranks for error in found.probabilities_mcse]
    print(f"Monte Carlo error of each at most {max(errors):.2g}")
    best = table.value_of_information
    print(f"\nsmallest expected loss: {best.name}, {best.expected:.3g} {context.unit}")
    print(
        "  which is what it would be worth, per patient, to know the best "
        f"(Monte Carlo error {best.mcse:.2g})"
    )
    print("± is the Monte Carlo error; CrI: credible interval, equal tails")
    if prior:
        print("prior: P(best) before any trial")
    if any(found.evidence["extrapolated"] for found in table.ranks):
        print_lines("* EXTRAPOLATED: past the last month at which it was seen")
    for note in context.notes:
        print_lines(f"note: {note}")


def _over(loss: Loss) -> list[str]:
    """P(loss > MCID) with its error, where there is an MCID."""
    if loss.p_over_mcid is None:
        return []
    return [f"{shown_share(loss.p_over_mcid)} ± {loss.p_over_mcid_mcse:.1g}"]


def _seen(evidence: dict[str, object]) -> str:
    last = evidence["last_months"]
    told = "" if last is None else f"month {last:g}"
    return f"{told} *".strip() if evidence["extrapolated"] else told
