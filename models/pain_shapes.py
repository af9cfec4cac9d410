"""Pain after injections, whatever the shape of its time course: five shapes, averaged.

Follow-up ends where the question begins, so what a benefit does after two years is mostly what its
shape says. Each shape is fitted; each trial is then foretold from the others, and the shapes that
foretell best weigh most (stacking). Run ``python models/pain_shapes.py``; takes a
minute or two on two cores, writes ``results/pain-averaged.nc`` and ``results/pain-SHAPE.nc``.
"""

from pathlib import Path

import numpy as np

import trialpool as tp

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "results"
MONTHS = (24, 30, 36, 48, 60)


def width(posterior, class_, month):
    """Width of the 95 % credible interval of a class's benefit."""
    draws = posterior.tree["posterior"]["benefit"].sel({"class": class_, "months": month})
    return float(np.diff(np.quantile(draws, [0.025, 0.975]))[0])


def main():
    # 1. The evidence, and what the shapes have in common.
    evidence = tp.read_evidence(ROOT / "data" / "clbp", outcome="pain")
    print(evidence)

    # 2. Five posteriors, the trials left out of each, the weights and the average. The shapes
    #    foretell a dozen trials about equally well, so they share the weight.
    averaged = tp.fit_shapes(tp.Model(), evidence, seed=1, workers=2, say=print)
    print(f"\n{averaged}")
    print(averaged.posterior.diagnostics_line())

    # 3. Keep all of it: tp.average mixes saved posteriors again, with these or other weights.
    RESULTS.mkdir(exist_ok=True)
    columns = {**averaged.posteriors, "average": averaged.posterior}
    for name, posterior in columns.items():
        file = RESULTS / f"pain-{'averaged' if name == 'average' else name}.nc"
        print(f"written: {posterior.save(file).relative_to(ROOT)}")

    # 4. Questions, in words, to the average.
    questions = (
        "probability PRP beats MSC at 24 months",
        "probability MPC works by 10 at 36 months",
        "how much of MPC's benefit is left at 36 months",
    )
    for answer in averaged.posterior.ask_all(*questions):
        print(f"\n{answer}")

    # 5. What not knowing the shape adds after two years.
    active = set(averaged.posterior.meta["active"])
    print("\nwidth of the 95 % credible interval of the benefit, points")
    print(f"{'class':<8}{'months':>7}" + "".join(f"{name:>10}" for name in columns))
    for class_ in averaged.posterior.tree["posterior"]["class"].values:
        for month in MONTHS if class_ in active else ():
            widths = (width(posterior, class_, month) for posterior in columns.values())
            print(f"{class_:<8}{month:>7}" + "".join(f"{found:>10.1f}" for found in widths))


# Two processes share the shapes, and each reads this file again.
if __name__ == "__main__":
    main()
