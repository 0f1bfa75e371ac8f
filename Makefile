# The same commands people and CI run. A stamp remembers what is installed, so a second run starts at once.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
WORKSPACE ?= data
CUSTOMERS ?= 20000
YEARS ?= 2
WORKERS ?= 2

.PHONY: help demo test lint ui dagster bench docs messages lock clean screenshots

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(UV): requirements/uv.lock
	@echo "Preparing a local Python environment in $(VENV) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Regulars needs Python 3.11 or later; $(PYTHON) is $$($(PYTHON) --version). Run 'make demo PYTHON=/path/to/python3.11'." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing: on Debian, 'apt-get install python3-venv'." >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.lock
	@touch $(UV)

$(VENV)/.run: $(UV) requirements/run.lock pyproject.toml
	@[ -e $(VENV)/.dev ] || $(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements/run.lock
	@$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(UV) requirements/dev.lock pyproject.toml
	@echo "Installing what the tests need ..."
	@$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements/dev.lock
	@$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.run

demo: $(VENV)/.run ## Load the demo company, run the nightly, publish, and sum up
	@$(BIN)/regulars --workspace $(WORKSPACE) demo --customers $(CUSTOMERS) --years $(YEARS) --nightly

ui: $(VENV)/.run ## Open the dashboard
	@$(BIN)/regulars --workspace $(WORKSPACE) dashboard

dagster: $(VENV)/.run ## Open Dagster: assets, schedule, sensor, backfills
	@$(BIN)/regulars --workspace $(WORKSPACE) dagster

lint: $(VENV)/.dev ## Run every linter and type check
	@bash tests/lint.sh

test: $(VENV)/.dev ## Run lint and every test
	@bash tests/browser.sh
	@bash tests/lint.sh
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(TESTS)

bench: $(VENV)/.dev ## Measure every claim of speed beside its peer
	@$(BIN)/python -m benchmarks

docs: $(VENV)/.dev ## Make the reference pages anew from the code
	@for page in settings feeds star; do $(BIN)/python -m pipelines.$${page}_reference || exit 1; done

messages: $(VENV)/.run ## Bring the catalogues of translations up to date with the pages
	@$(BIN)/python -m dashboards.app_messages

screenshots: $(VENV)/.dev ## Take the pictures of the documentation anew
	@$(BIN)/python docs/take_screenshots.py

lock: $(UV) ## Resolve requirements/*.in anew, with hashes and without addresses
	@for name in uv run dev; do \
	  $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --custom-compile-command "make lock" requirements/$$name.in -o requirements/$$name.lock > /dev/null || exit 1; \
	done

clean: ## Remove the environment and caches; data/ stays
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache dbt_project/target dbt_project/logs
