"""What is assumed before any trial is read: each time course and each pooling choice, drawn.

Run ``python models/prior_courses.py``; takes half a minute, writes ``results/prior-courses.png``
and ``results/prior-pooling.png``. Nothing is fitted.
"""

from pathlib import Path

import trialpool as tp
from trialpool.plots import plot_prior_courses, plot_prior_pooling, save_figure
from trialpool.synthesis.time_courses import SHAPES

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "results"
RESULTS.mkdir(exist_ok=True)

evidence = tp.read_evidence(ROOT / "data" / "clbp", outcome="pain")

# 1. The shapes: the same benefit of a class, another course.
shapes = {name: tp.Model(time_course=name) for name in SHAPES}
for name, shape in SHAPES.items():
    print(f"{name:10s} {shape.formula}")
print(
    f"written: {save_figure(plot_prior_courses(shapes, evidence), RESULTS / 'prior-courses.png')}"
)

# 2. The pooling choices: how far apart classes, products and trials may be.
choices = {"partial everywhere": tp.Model()}
for level in ("class", "treatment", "trial", "time"):
    for choice in ("complete", "none"):
        choices[f"{level}: {choice}"] = tp.Model(pooling={level: choice})
choices["one tau a class"] = tp.Model(heterogeneity="class")
figure = plot_prior_pooling(choices, evidence)
print(f"written: {save_figure(figure, RESULTS / 'prior-pooling.png')}")
