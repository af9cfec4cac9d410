"""``python -m trialpool``."""

from trialpool.cli import main

main()
