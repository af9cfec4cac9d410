"""Plain meta-analysis: one effect a study, from (y, se) or from counts of two arms.

`effects.py` and `counts.py` are the builders; they share what a study's effect is expected to be
(`pooled.py`). A new member of the family is a term of that expectation, or a log density of
estimates in a file of its own, such as `blocks.py` and `selection.py`.
"""
