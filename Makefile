# taonode: every target sets up what it needs.
.DEFAULT_GOAL := help
.PHONY: help setup fmt check test bench devnet clean

VENV := .venv
BIN := $(VENV)/bin
# Python 3.11 and 3.12 have wheels for everything; newer ones build LevelDB's binding.
PYTHON ?= $(shell for p in python3.12 python3.11 python3 python3.13 python3.14; do \
	$$p -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$p && break; done)

help:  ## Show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: $(VENV)/.ready  ## Make or refresh the virtual environment in .venv

$(VENV)/.ready: pyproject.toml
	@test -n "$(PYTHON)" || { echo "taonode needs Python 3.11 or newer with venv: install it and run make again"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=24"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]" \
		|| { ./system-packages.sh && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]"; }
	@touch $@

fmt: setup  ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

check: setup  ## Format, lint, types and import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy primitives storage consensus p2p runtime genesis node
	$(BIN)/lint-imports

test: setup  ## Run all tests
	$(BIN)/python -m pytest -q -n 2 --dist worksteal

bench: setup  ## Run the benchmarks, one JSON line each
	@for script in benchmarks/bench_*.py; do \
		$(BIN)/python -m benchmarks.$$(basename $$script .py) || exit 1; done

devnet: setup  ## Start four nodes and watch them
	$(BIN)/taonode devnet

clean:  ## Remove what was built
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info build dist
