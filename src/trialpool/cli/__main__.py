"""``python -m trialpool.cli``: the command where no script is installed."""

from trialpool.cli import main

if __name__ == "__main__":
    main()
