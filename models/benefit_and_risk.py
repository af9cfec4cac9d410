"""Pain, function and serious adverse events together: who gains, and is it worth the risk?

Each outcome is pooled by its own model, in points or as log odds ratios, and what means, classes
and trials do beyond the average correlates between outcomes. How much is hardly learnt here: five
trials print function and three serious adverse events, so the correlations stay near their prior,
and statements about two outcomes are nearly independent. Run ``python models/benefit_and_risk.py``;
takes half a minute and writes ``results/benefit-and-risk.nc``.
"""

from math import log
from pathlib import Path

import trialpool as tp

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "results"
OUTCOMES = ("pain", "function", "sae")

# 1. What was published: the same trials, three outcomes.
evidence = {name: tp.read_evidence(ROOT / "data" / "clbp", outcome=name) for name in OUTCOMES}
for found in evidence.values():
    print(f"{found}: {', '.join(dict.fromkeys(found.used['trial']))}")

# 2. What is assumed: of each outcome what its own script assumes (models/pain.py, function.py,
#    safety.py), and one correlation between any two outcomes, free in sign. Below 0 between pain
#    and adverse events, what relieves more harms less.
joint = tp.Joint(
    {
        "pain": tp.Model(time_course="waning"),
        "function": tp.Model(
            time_course="waning",
            priors={
                "spread": tp.priors.LogNormal(log(20), 0.15),
                "baseline": tp.priors.Normal(45, 15),
            },
        ),
        "sae": tp.Model(),
    },
    priors={"outcome_correlation": tp.priors.LKJ(2)},
)
for model in joint.models.items():
    print(*model)

# 3. The posterior, and whether the sampler found it.
posterior = tp.fit(joint, evidence, seed=1, say=print)
print(posterior.diagnostics_line())
for row in posterior.summary():
    if row["quantity"].startswith("outcome_correlation"):
        print(f"{row['quantity']}: {row['mean']:.2f} ({row['lower']:.2f} to {row['upper']:.2f})")

# 4. Questions, in words; the last needs all draws of one sample to be of both outcomes.
questions = (
    "probability PRP relieves pain by 10 at 12 months",
    "probability PRP relieves pain by 10 at 12 months without raising serious adverse events",
)
for answer in posterior.ask_all(*questions):
    print(f"\n{answer}")

# 5. Keep it.
RESULTS.mkdir(exist_ok=True)
print(f"\nwritten: {posterior.save(RESULTS / 'benefit-and-risk.nc').relative_to(ROOT)}")
