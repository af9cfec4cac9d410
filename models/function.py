"""Disability (mostly ODI) after injections: can patients do more, or do they only hurt less?

Five randomised trials print twelve usable numbers: responders at two thresholds, two means without
a spread, and two tests of which only "not significant" is known. Run ``python models/function.py``;
takes a minute or two, writes ``results/function.nc``.
"""

from math import log
from pathlib import Path

import trialpool as tp

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "results"

# 1. What was published, on 0-100 with lower better.
evidence = tp.read_evidence(ROOT / "data" / "clbp", outcome="function")
print(evidence)
for trial, rows in evidence.used.groupby("trial"):
    classes = ", ".join(dict.fromkeys(rows["class_"]))
    months = ", ".join(f"{month:g}" for month in sorted(set(rows["months"])))
    print(f"  {trial}: {classes}; rows: {len(rows)}; months: {months}")

# 2. What is assumed. The default priors speak of pain; disability differs in two.
#    spread: ODI has an SD between patients of about 20 of 100 (sample-size sections of back pain
#    trials). baseline: of the trials in data/clbp whose numbers do not enter here, Atluri 2022
#    starts at ODI 44 and 46, Bise 2020 at 30; 45 with an SD of 15 covers 15 to 75.
model = tp.Model(
    time_course="waning",
    priors={"spread": tp.priors.LogNormal(log(20), 0.15), "baseline": tp.priors.Normal(45, 15)},
)
print(model)

# 3. The posterior, and whether the sampler found it.
posterior = tp.fit(model, evidence, seed=1, say=print)
print(posterior.diagnostics_line())

# 4. Questions, in words. No trial went past a year: later months are extrapolated, and say so.
questions = (
    "probability PRP beats BMAC at 12 months",
    "probability PRP works by the MCID at 12 months",
    "does BMAC still work at 24 months",
)
for answer in posterior.ask_all(*questions):
    print(f"\n{answer}")

# 5. Keep it.
RESULTS.mkdir(exist_ok=True)
print(f"\nwritten: {posterior.save(RESULTS / 'function.nc').relative_to(ROOT)}")
