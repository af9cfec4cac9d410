"""Examples of every command, for its ``--help`` and for the page of commands.

A new command has its examples here; tests parse each of them.
"""

from __future__ import annotations

#: By command, the simplest first.
EXAMPLES: dict[str, tuple[str, ...]] = {
    "template": ("trialpool template my-review",),
    "check": (
        "trialpool check data/clbp",
        "trialpool check data/clbp --network network.png",
    ),
    "priors": (
        "trialpool priors data/clbp --outcome pain",
        "trialpool priors --tables turner",
    ),
    "fit": (
        "trialpool fit data/clbp --outcome pain -o pain.nc",
        "trialpool fit data/clbp --outcome pain --time-course waning,linear -o both.nc",
        "trialpool fit data/clbp --outcome pain --prior 'tau=HalfNormal(5)' -o other.nc",
    ),
    "ask": (
        "trialpool ask pain.nc 'probability PRP beats MSC at 24 months'",
        "trialpool ask pain.nc 'does MPC still work at 36 months' 'which is best'",
        "trialpool ask pain.nc --beside other.nc 'PRP works by 10 at 12 months'",
    ),
    "decay": (
        "trialpool decay pain.nc",
        "trialpool decay pain.nc --months 12,24 --repeat-at 24",
    ),
    "rank": (
        "trialpool rank pain.nc --months 24",
        "trialpool rank pain.nc --between 0,24 --classes PRP,MSC,MPC",
    ),
    "compare": (
        "trialpool compare pain.nc",
        "trialpool compare pain.nc PRP MSC --months 12 --responders '>=30%'",
    ),
    "diagnose": (
        "trialpool diagnose pain.nc",
        "trialpool diagnose pain.nc --refit data/clbp --tables",
    ),
    "sweep": (
        "trialpool sweep data/clbp --outcome pain 'PRP beats MSC at 24 months'",
        "trialpool sweep data/clbp --outcome pain --only trial 'PRP works'",
    ),
    "plot": (
        "trialpool plot forest pain.nc --months 24 -o forest.svg",
        "trialpool plot comparison pain.nc --pair 'PRP v MSC' -o better.png",
    ),
    "report": (
        "trialpool report pain.nc safety.nc -o report.html",
        "trialpool report pain.nc --ask 'PRP beats MSC at 24 months' -o report.html",
    ),
}


def epilog(command: str) -> str:
    """The examples of a command as its help shows them, one a line."""
    examples = EXAMPLES.get(command, ())
    heading = "Example" if len(examples) == 1 else "Examples"
    return "\n".join([f"[bold]{heading}[/bold]", *examples]) if examples else ""
