SHELL := /bin/bash
.DEFAULT_GOAL := help

# PYTHON: the interpreter (3.12 or newer) to build .venv from. Empty: scripts/install.sh looks for one.
PYTHON ?=
# Two workers for two cores. What shares fits or compiled models stays on one worker, and what takes long goes first, or
# one worker would end with it alone (tests/conftest.py).
PYTEST_ARGS ?= -n 2 --no-loadscope-reorder
VENV := .venv
BIN := $(VENV)/bin

# The matrices of these models are small: one BLAS thread is many times faster than several fighting for cores.
export OPENBLAS_NUM_THREADS := 1
export OMP_NUM_THREADS := 1
# What another project left in the shell must not reach this environment.
unexport PYTHONPATH
unexport PYTHONHOME

.PHONY: help
help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'
	@echo "  Another interpreter:  make install PYTHON=/path/to/python3.12"
	@echo "  Other test options:   make test PYTEST_ARGS='-x -k decay'"

.PHONY: install
install:  ## make .venv with the pinned packages (every other target does this first; at once when up to date)
	@bash scripts/install.sh "$(VENV)" "$(PYTHON)"

.PHONY: demo
demo: install  ## fit pain (five time courses, averaged), function and safety, then ask the questions; writes results/ and results/report.html
	@mkdir -p results
	$(BIN)/python models/pain.py
	$(BIN)/python models/pain_shapes.py
	$(BIN)/python models/function.py
	$(BIN)/python models/safety.py
	$(BIN)/python scripts/readme.py
	$(BIN)/trialpool ask results/pain-averaged.nc "probability PRP beats MSC at 24 months" "probability MPC works by 10 at 36 months" "how much of MPC's benefit is left at 36 months"
	$(BIN)/trialpool decay results/pain-averaged.nc
	$(BIN)/trialpool sweep data/clbp --outcome pain "probability PRP beats MSC at 24 months" --json > results/sweep.json.part
	@mv results/sweep.json.part results/sweep.json
	$(BIN)/trialpool report results/pain*.nc results/function.nc results/safety.nc --data data/clbp --sweep results/sweep.json -o results/report.html --ask "probability PRP beats MSC at 24 months" --title "Cell therapies for chronic low back pain"

.PHONY: test
test: install  ## run the tests
	$(BIN)/python -m pytest -q $(PYTEST_ARGS)

.PHONY: lint
lint: install  ## style, format, types, and which module may import which
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy src
	$(BIN)/lint-imports --no-logo

.PHONY: docs
docs: install  ## build the documentation site into site/, with warnings as errors
	@# The name silences a notice of the theme about its successor; warnings about our pages stay.
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict
	@echo "written: site/index.html"

.PHONY: grammar
grammar: install  ## work out the parser's table anew, after a change of questions.lark
	$(BIN)/python -c "from trialpool.questions.table import write; write()"

.PHONY: bench
bench: install  ## time the engines and the questions
	$(BIN)/python benchmarks/engines.py

.PHONY: clean
clean:  ## remove results and caches, keep .venv
	rm -rf results site build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests models benchmarks scripts notebooks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
