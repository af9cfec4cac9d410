"""Pain after injections for chronic low back pain: does the benefit last past two years?

Twelve randomised trials print 33 usable numbers: changes, medians, a difference, responders with
and without a printed threshold, and p-values alone. One model of the patient's pain over time takes
them all. Run ``python models/pain.py``; takes a minute or two, writes ``results/pain.nc``.
"""

from pathlib import Path

import trialpool as tp

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "results"

# 1. What was published. Each row of reports.csv is one printed number with its source.
evidence = tp.read_evidence(ROOT / "data" / "clbp", outcome="pain")
print(evidence)
for trial, rows in evidence.used.groupby("trial"):
    classes = ", ".join(dict.fromkeys(rows["class_"]))
    months = ", ".join(f"{month:g}" for month in sorted(set(rows["months"])))
    print(f"  {trial}: {classes}; rows: {len(rows)}; months: {months}")

# 2. What is assumed: a benefit that builds up within weeks and then wanes, each class at its own
#    rate; classes, products and trials partially pooled. Priors are the defaults for pain of 0-100.
model = tp.Model(time_course="waning")
print(model)

# 3. The posterior, and whether the sampler found it.
posterior = tp.fit(model, evidence, seed=1, say=print)
print(posterior.diagnostics_line())

# 4. Questions, in words.
questions = (
    "probability PRP beats MSC at 24 months",
    "probability MPC works by 10 at 36 months",
    "how much of MPC's benefit is left at 36 months",
)
for answer in posterior.ask_all(*questions):
    print(f"\n{answer}")

# 5. Keep it: `trialpool ask`, the notebook and the figures read this file.
RESULTS.mkdir(exist_ok=True)
print(f"\nwritten: {posterior.save(RESULTS / 'pain.nc').relative_to(ROOT)}")
