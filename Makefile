# Two commands matter: `make demo` and `make test`. Both set the project up by themselves.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.set-up
WORKERS ?= 3
SERVE ?= 1

export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export DO_NOT_TRACK := 1
# Bytecode is kept, whatever the machine is set to: a command starts in 3 s instead of 6.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup demo run test lint evaluate bench clean lock

help:  ## List the targets
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 20

$(VENV)/bin/uv: setup.lock
	@command -v $(PYTHON) >/dev/null || { echo "Plumbline needs Python 3.11 to 3.13: 'make setup PYTHON=python3.12' names another"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r setup.lock
	@touch $@

$(STAMP): $(VENV)/bin/uv requirements.lock pyproject.toml
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-build-isolation --no-deps --editable .
	@touch $@

setup: $(STAMP)  ## Make .venv from the hash-pinned lock

demo: $(STAMP)  ## A synthetic company, from its files to its dashboards (SERVE=0: to its numbers)
	$(BIN)/plumbline demo $(if $(filter 0 no false,$(SERVE)),--no-serve)

run: $(STAMP)  ## Load PLUMBLINE_HOME/landing and bring the numbers up to date
	$(BIN)/plumbline run

test: $(STAMP)  ## All tests
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

lint: $(STAMP)  ## Style, types, SQL
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --processes 2 --disable-progress-bar models

evaluate: $(STAMP)  ## Long statistical claims: writes tests/evaluate/results.json
	$(BIN)/python -m tests.evaluate

bench: $(STAMP)  ## Speed as ratios: writes artefacts/bench.json
	$(BIN)/plumbline bench

lock: $(VENV)/bin/uv  ## Pin what pyproject.toml asks for
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-strip-extras --no-header \
	    --python-version 3.11 pyproject.toml --group dev --output-file requirements.lock

clean:  ## Remove the demo, caches and artefacts; landing files and other homes stay
	rm -rf data/demo artefacts .pytest_cache .mypy_cache .ruff_cache .hypothesis dbt_project/target dbt_project/logs
	find . -name __pycache__ -not -path './$(VENV)/*' -type d -prune -exec rm -rf {} +
