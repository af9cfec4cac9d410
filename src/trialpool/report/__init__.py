"""One page to hand to a clinician: a self-contained HTML file, interactive without a server.

`sources.py` reads the files, `content.py` gathers what the page says, one section a file beside it
(`asked.py`, `short.py`, `explore.py`, `trials.py`, `designs.py`, `figures.py`, `ranking.py`,
`lights.py`, `moves.py`, `methods.py`); `page.py` renders it with the templates, the style and the
script, and writes it.
"""

from trialpool.report.content import Report, gather
from trialpool.report.page import render, write_report

__all__ = ["Report", "gather", "render", "write_report"]
