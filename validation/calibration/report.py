"""The record of the calibration as a page and as a figure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from validation.calibration.uniformity import ecdf_band


def as_markdown(record: dict[str, Any]) -> str:
    """The record as a page: a line a model, then a line a quantity."""
    summary, threshold = record["summary"], record["threshold"]
    least = summary["least_adjusted_p"]
    share = summary["share_below_0.05"]
    lines = [
        "# Simulation-based calibration",
        "",
        f"Made by `{record['command']}` on {record['date']}, seed {record['seed']}: "
        f"{summary['models']} models, {summary['quantities']} quantities, ranks among "
        f"{record['draws']} draws. {'Passed' if summary['passed'] else 'FAILED'}: every p-value "
        f"must be above {threshold:g} after Holm's correction over all quantities.",
        "",
        f"- chi-square: least adjusted p **{least['chi_square']:.3g}**; {share['chi_square']:.1%} "
        "of the unadjusted ones are below 0.05",
        f"- simultaneous ECDF band: least adjusted p **{least['ecdf']:.3g}**; {share['ecdf']:.1%} "
        "below 0.05",
        "",
        "Least p: the smallest unadjusted p-value of the model's quantities, and where. Times are "
        "CPU seconds a replication.",
        "",
        "| model | data from | engine | replications | quantities | least p, chi-square "
        "| least p, ECDF | at | seconds |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for result in record["results"]:
        rows = result["quantities"]
        worst = min(rows, key=lambda row: min(row["chi_square_p"], row["ecdf_p"]))
        engines = ", ".join(
            f"{name} {count}" if len(result["engines"]) > 1 else name
            for name, count in result["engines"].items()
        )
        lines.append(
            f"| {result['model']} | {result['source']} | {engines} | {result['replications']} "
            f"| {len(rows)} | {min(row['chi_square_p'] for row in rows):.3f} "
            f"| {min(row['ecdf_p'] for row in rows):.3f} | {worst['quantity']} "
            f"| {result['seconds_each']:.2f} |"
        )
    lines += [
        "",
        "## Every quantity",
        "",
        "Ranks of the truth counted in tenths; p-values before the correction.",
        "",
        "| model | quantity | ranks in tenths | chi-square p | ECDF p |",
        "|---|---|---|---|---|",
    ]
    for result in record["results"]:
        name = result["model"] + (" (pymc)" if result["asked"] == "pymc" else "")
        for row in result["quantities"]:
            tenths = " ".join(map(str, row["ranks_in_tenths"]))
            lines.append(
                f"| {name} | `{row['quantity']}` | {tenths} | {row['chi_square_p']:.3f} "
                f"| {row['ecdf_p']:.3f} |"
            )
    return "\n".join(lines) + "\n"


def draw_figure(record: dict[str, Any], path: Path) -> None:
    """ECDF of the ranks minus that of uniform ones, a panel a model, with the 95 % band."""
    import matplotlib.pyplot as plt

    results, values = record["results"], record["draws"] + 1
    columns = 6
    rows = -(-len(results) // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(2.6 * columns, 1.7 * rows), sharex=True, squeeze=False
    )
    at = np.arange(1, values) / values
    for axis, result in zip(axes.ravel(), results, strict=False):
        low, high = ecdf_band(result["replications"], values)
        axis.fill_between(at, low - at, high - at, color="0.85", lw=0)
        for row in result["quantities"]:
            seen = np.cumsum(row["ranks"])[:-1] / result["replications"]
            axis.plot(at, seen - at, lw=0.6)
        own = " (pymc)" if result["asked"] == "pymc" else ""
        axis.set_title(result["model"] + own, fontsize=7)
        axis.tick_params(labelsize=6)
    for axis in axes.ravel()[len(results) :]:
        axis.set_axis_off()
    figure.supxlabel("rank, as a share", fontsize=8)
    figure.supylabel("share of ranks up to there, minus that of uniform ranks", fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=80)
    plt.close(figure)
