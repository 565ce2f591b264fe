# Everything starts here. `make` alone says what there is.
#
# .venv is made from requirements.lock and nothing else: hashes checked, no dependency resolved, and what has to be
# built (odfpy) is built with the setuptools of the lock, not with one that pip would fetch unchecked. Each stamp is
# written last, so that an interrupted installation is done again.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
LOCKED := .venv/.lock-installed
INSTALLED := .venv/.package-installed
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps

# What a run may take from the command line; the shell reads them, so that no value is ever part of a command.
export AS_OF PANORAMA SUBMISSIONS PORT SCHEDULE METRICS BY FROM TO REASON PARALLEL

.PHONY: help install nightly backfill up status metrics test lint lint-python lint-sql lock clean

help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

install: $(INSTALLED) ## Make .venv from requirements.lock (every other target does it when needed)

nightly: $(INSTALLED) ## Run the night through Airflow (AS_OF=2021-02-01, PANORAMA=folder, SUBMISSIONS=folder)
	@exec $(BIN)/python -m relance.local_airflow nightly \
		--as-of="$${AS_OF-}" --panorama="$${PANORAMA-}" --submissions="$${SUBMISSIONS-}"

backfill: $(INSTALLED) ## Restate past nights (FROM=2021-01-01 TO=2021-01-31 REASON="...", PARALLEL=2; DRY_RUN=1 only says what would be, YES=1 does not ask)
	@exec $(BIN)/relance backfill --from="$${FROM-}" --to="$${TO-}" --reason="$${REASON-}" \
		--parallel="$${PARALLEL:-2}" $(if $(YES),--yes) $(if $(DRY_RUN),--dry-run)

up: $(INSTALLED) ## Start Airflow on the same data until Ctrl-C (PORT=8080, SCHEDULE=1 runs the nights at their hours)
	@exec $(BIN)/python -m relance.local_airflow up --port="$${PORT:-0}" $(if $(SCHEDULE),--schedule)

status: $(INSTALLED) ## Show the last runs, what is published, late feeds, held builds, the disk
	@exec $(BIN)/relance status

metrics: $(INSTALLED) ## Ask MetricFlow of the current publication (METRICS=awarded,paid BY=fund_line)
	@exec $(BIN)/python -m relance.publication.metrics query --decimals 2 \
		--metrics "$${METRICS:-allocated,awarded,committed,paid}" --group-by "$${BY:-fund_line}"

test: lint ## Check everything: lint, then all tests
	$(BIN)/python -m pytest --numprocesses=2 --dist=loadgroup

lint: $(INSTALLED) ## Check style, types, import directions and SQL
	@$(MAKE) --jobs=2 --output-sync lint-python lint-sql

lint-python: $(INSTALLED)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

lint-sql: $(INSTALLED)
	$(BIN)/sqlfluff lint --disable-progress-bar dbt_project
	$(BIN)/sqlfluff lint --disable-progress-bar --templater raw expectations

lock: $(INSTALLED) ## Compile requirements.in to requirements.lock
	$(BIN)/uv pip compile --quiet --python-version 3.11 --universal --generate-hashes --no-strip-extras \
		--no-emit-index-url --no-emit-find-links --no-header requirements.in -o requirements.lock

clean: ## Remove Airflow's home and caches; data and .venv stay
	@if [ -e .airflow/run/lock ] && [ -x $(BIN)/python ] && ! $(BIN)/python -c \
		'import fcntl; fcntl.flock(open(".airflow/run/lock"), fcntl.LOCK_EX | fcntl.LOCK_NB)' 2>/dev/null; then \
		echo "Airflow is running from .airflow: end it first (Ctrl-C where make up or make nightly runs)." >&2; exit 1; fi
	rm -rf .airflow .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage build logs
	rm -rf dbt_project/target dbt_project/logs
	find dags include tests -name __pycache__ -type d -prune -exec rm -rf {} +

# The first Python that runs (a pyenv shim may stand there and fail), is of a right version and can make a .venv.
$(LOCKED): requirements.lock
	@chosen=; for candidate in "$${PYTHON-}" python3.13 python3.12 python3.11 python3; do \
		if [ -n "$$candidate" ] && "$$candidate" -c \
			'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; \
		then chosen=$$candidate; break; fi; \
	done; \
	if [ -z "$$chosen" ]; then \
		echo "No usable Python found: tried \$$PYTHON ($${PYTHON:-not set}), python3.13, python3.12, python3.11 and" \
			"python3. Install Python 3.11, 3.12 or 3.13 with its venv module (Debian: apt install python3 python3-venv)" \
			"or say where one is: make PYTHON=/path/to/python3.12" >&2; exit 1; \
	fi; \
	echo "Installing requirements.lock into .venv with $$("$$chosen" --version); takes a minute or two, once."; \
	rm -rf .venv; "$$chosen" -m venv .venv
	@awk '/^(setuptools|wheel)==/ {keep=1} keep; !/\\$$/ {keep=0}' requirements.lock > .venv/build.lock
	@$(PIP) --require-hashes -r .venv/build.lock
	@$(PIP) --require-hashes --no-build-isolation -r requirements.lock
	@touch $@

$(INSTALLED): $(LOCKED) pyproject.toml
	@$(PIP) --no-build-isolation -e .
	@touch $@
