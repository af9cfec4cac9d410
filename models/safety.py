"""Serious adverse events after intradiscal injections: what can a single event in 236 patients say?

Counts enter as they are, zeros included: an exact binomial likelihood needs no correction. Run
``python models/safety.py``; takes about half a minute, writes ``results/safety.nc``.
"""

from pathlib import Path

import trialpool as tp

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "results"

# 1. What was published: events among the patients of each arm.
evidence = tp.read_evidence(ROOT / "data" / "clbp", outcome="sae")
print(evidence)
for trial, rows in evidence.used.groupby("trial"):
    counts = ", ".join(f"{r.class_} {r.count:g} of {r.n:g}" for r in rows.itertuples(name="Arm"))
    print(f"  {trial}: {counts}")

# 2. What is assumed: log odds ratios of the classes over placebo, partially pooled, no time course.
#    With one event in all, the priors decide most of the answer; their sources are in the record.
model = tp.Model()
for prior in model.describe_priors(evidence):
    print(f"  {prior['role']} ~ {prior['prior']}, {prior['unit']}: {prior['source']}")

# 3. The posterior, and whether the sampler found it.
posterior = tp.fit(model, evidence, seed=1, say=print)
print(posterior.diagnostics_line())

# 4. Questions, in words.
questions = (
    "probability PRP raises serious adverse events",
    "probability MSC is safer than PRP",
    "which is safest",
)
for answer in posterior.ask_all(*questions):
    print(f"\n{answer}")

# 5. Keep it.
RESULTS.mkdir(exist_ok=True)
print(f"\nwritten: {posterior.save(RESULTS / 'safety.nc').relative_to(ROOT)}")
