"""Pain, with and without the trials that print no more than a p-value: what do they add?

A p-value with both arm sizes is a standardised difference; "not significant" is an interval of it.
Leaving such trials out selects by what was printed; taking them in assumes a t-test of the scores.
Run ``python models/pain_without_p_values.py`` after ``models/pain.py``; takes a minute or two,
writes ``results/pain-without-p-values.nc``.
"""

from pathlib import Path

import trialpool as tp

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "results"
QUESTIONS = (
    "probability PRP works at 12 months",
    "probability PRP beats MSC at 24 months",
    "probability MSC works at 12 months",
    "probability MPC works at 36 months",
)

evidence = tp.read_evidence(ROOT / "data" / "clbp", outcome="pain", without_kinds=("p_value",))
print(evidence)
part = tp.fit(tp.Model(time_course="waning"), evidence, seed=1, say=print)
print(part.diagnostics_line())
part.save(RESULTS / "pain-without-p-values.nc")
whole = tp.load(RESULTS / "pain.nc")

for question in QUESTIONS:
    for name, posterior in (("all numbers", whole), ("no p-values", part)):
        answer = posterior.ask(question)
        low, high = answer.difference.lower, answer.difference.upper
        print(
            f"{question:40} {name:12} {answer.probability:.2f}   "
            f"{answer.difference.median:5.1f} ({low:.1f} to {high:.1f}) {answer.difference.unit}"
        )
print("\nThe same from the command line:")
print("trialpool ask results/pain.nc --beside results/pain-without-p-values.nc QUESTION")
