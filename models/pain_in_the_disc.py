"""Pain, with only the trials that injected the disc: how much do the three others carry?

Singla 2017 treated the sacroiliac joint, Won 2022 the lumbopelvic ligaments and a trial in China
the facet joints, all against an active comparator. Run ``python models/pain_in_the_disc.py`` after
``models/pain.py``; takes a minute or two.
"""

from pathlib import Path

import trialpool as tp

ROOT = Path(__file__).resolve().parents[1]
QUESTIONS = (
    "probability PRP works at 12 months",
    "probability PRP beats MSC at 24 months",
    "probability MPC works at 36 months",
)

evidence = tp.read_evidence(ROOT / "data" / "clbp", outcome="pain")
in_the_disc = evidence.without("Singla_2017", "Won_2022", "Facet_PRP_China")
print(in_the_disc)
part = tp.fit(tp.Model(time_course="waning"), in_the_disc, seed=1, say=print)
whole = tp.load(ROOT / "results" / "pain.nc")

for question in QUESTIONS:
    for name, posterior in (("all trials", whole), ("disc only", part)):
        answer = posterior.ask(question)
        low, high = answer.difference.lower, answer.difference.upper
        print(
            f"{question:40} {name:10} {answer.probability:.2f}   "
            f"{answer.difference.median:5.1f} ({low:.1f} to {high:.1f}) {answer.difference.unit}"
        )
