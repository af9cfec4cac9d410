"""``trialpool check``: faults of a folder, and what each printed number contributes."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trialpool.cli.options import AsJson, Folder, Quiet, WithoutKind
from trialpool.cli.printing import print_json, print_lines, print_table

if TYPE_CHECKING:
    from trialpool.evidence import Evidence


def run(
    folder: Folder,
    without_kind: WithoutKind = None,
    network: Annotated[
        Path | None,
        typer.Option(help="Draw what was compared with what: a .png, .svg or .pdf to write."),
    ] = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Validate a folder and list what each printed number contributes."""
    from trialpool.evidence import check_folder

    checked = check_folder(folder, without_kinds=without_kind or ())
    written = [] if network is None else _draw_networks(checked.outcomes, network)
    if as_json:
        outcomes = {name: _evidence_json(e) for name, e in checked.outcomes.items()}
        print_json({"outcomes": outcomes, "notes": checked.notes})
        return
    if quiet:
        return
    for evidence in checked.outcomes.values():
        _print_evidence(evidence)
    for note in checked.notes:
        print_lines(f"note: {note}")
    for file in written:
        print_lines(f"written: {file}")


def _draw_networks(outcomes: Mapping[str, Evidence], file: Path) -> list[Path]:
    from trialpool.plots import plot_network, save_figure

    drawn = {name: evidence for name, evidence in outcomes.items() if len(evidence.used)}
    return [
        save_figure(
            plot_network(evidence),
            file if len(drawn) == 1 else file.with_stem(f"{file.stem}-{name}"),
        )
        for name, evidence in drawn.items()
    ]


def _evidence_json(evidence: Evidence) -> dict[str, Any]:
    from trialpool.evidence import summarise

    columns = ["row", "trial", "arm", "class_", "months", "kind", "threshold", "enters", "why"]
    rows = json.loads(evidence.reports[columns].to_json(orient="records"))
    network = summarise(evidence)
    used = evidence.used
    return {
        "layout": evidence.layout,
        "trials": sorted(set(used["trial"])),
        "enter": len(used),
        "reports": rows,
        "network": network.to_dict(),
    }


def _print_evidence(evidence: Evidence) -> None:
    from trialpool.evidence import summarise

    reports, used = evidence.reports, evidence.used
    print(f"{evidence.outcome}: {len(used)} of {len(reports)} numbers enter")
    if len(used):
        columns = ["row", "trial", "arm", "class_", "months", "why"]
        cells = used[columns].astype({"months": "float"}).map(_cell).to_numpy().tolist()
        print_table("", ["row", "trial", "arm", "class", "months", "contributes"], cells)
        summary = summarise(evidence)
        for name, found in summary.classes.items():
            trials = "1 trial" if found["trials"] == 1 else f"{found['trials']} trials"
            patients = f"{found['patients']} patients" if found["patients"] else "size not printed"
            print(f"  {name}: {trials}, {patients}, last seen at {found['last_months']:g} months")
        for sentence in summary.sentences():
            print(textwrap.fill(sentence, 100, initial_indent="  ", subsequent_indent="    "))
    out = reports[~reports["enters"]]
    for why, rows in out.groupby("why", sort=False)["row"]:
        lines = ", ".join(str(row) for row in rows)
        print(f"  left out, {why}: rows {lines}")
    print()


def _cell(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
