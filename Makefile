# The one front door. `make` alone lists what can be done.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Workers of pytest-xdist, and anything else to hand to pytest: make test ARGS="-k names"
WORKERS ?= auto
ARGS ?=
SCHEMA ?=
UV := build/tools/bin/uv pip compile --universal --python-version 3.11 --generate-hashes \
	--upgrade --quiet --custom-compile-command "make lock"

.DEFAULT_GOAL := help
.PHONY: help demo dev setup test ui pictures drill fuzz check lint types layers bench generate upgrade lock audit format clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/runtime.stamp ## watch it all happen on a simulated shop, start to finish
	$(BIN)/shopify-assets demo $(ARGS)

dev: .venv/runtime.stamp ## the Dagster UI, on your shops or else on simulated ones
	$(BIN)/shopify-assets dev

setup: .venv/dev.stamp ## set up .venv with everything a developer needs

test: .venv/dev.stamp ## all tests (ARGS="-k names" for some)
	$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

ui: .venv/dev.stamp ## backfills through Dagster's UI and daemon, minutes long, with figures
	$(BIN)/python -m pytest -m "slow or browser" --capture=no $(ARGS) shopify_assets_tests/ui

pictures: .venv/dev.stamp ## docs/pictures, taken from the UI after a scene on simulated shops, minutes long
	$(BIN)/python -m shopify_assets_tests.ui.pictures $(ARGS)

drill: .venv/dev.stamp ## ids of every form, every table damaged, renewals of tokens killed, minutes long
	$(BIN)/python -m pytest -n $(WORKERS) -m slow $(ARGS) shopify_assets_tests/pipeline/test_ids.py shopify_assets_tests/proof/test_stored_rows.py shopify_assets_tests/api/test_rotation.py

fuzz: .venv/dev.stamp ## every query against the simulator, 2,000 wrong answers against us, minutes long
	$(BIN)/python -m pytest -n 0 -m slow --capture=no $(ARGS) shopify_assets_tests/fuzz

check: lint types layers test ## all that .ci/run asks for: lint, types, layers, tests

lint: .venv/dev.stamp ## format, lint, declared dependencies
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/deptry .

types: .venv/dev.stamp ## mypy, strict
	$(BIN)/mypy

layers: .venv/dev.stamp ## who may import whom
	$(BIN)/lint-imports --no-logo

bench: .venv/dev.stamp ## measure throughput and memory
	$(BIN)/python -m shopify_assets_tests.bench $(ARGS)

generate: .venv/dev.stamp ## write docs/reference (and, with SCHEMA=<file or folder>, pin that schema)
	$(if $(SCHEMA),$(BIN)/python -m shopify_assets.catalog.pin $(SCHEMA))
	$(BIN)/python -m shopify_assets.reference .

upgrade: .venv/dev.stamp ## report on the API version of SCHEMA=<file>, put it in use, write docs/reference
	-$(BIN)/shopify-assets schema check --file $(SCHEMA)
	$(BIN)/python -m shopify_assets.catalog.pin --use $(SCHEMA)
	$(BIN)/python -m shopify_assets.reference .

lock: build/tools.stamp ## refresh the lock files to the newest allowed versions
	$(UV) pyproject.toml --group build --output-file requirements.lock
	$(UV) pyproject.toml --group dev --constraint requirements.lock --output-file requirements-dev.lock
	$(UV) --group tools --output-file requirements-tools.lock

audit: build/tools.stamp .venv/dev.stamp ## known vulnerabilities of the locked packages (ARGS=--strict: fail where unknown)
	$(BIN)/python -m shopify_assets_tests.audit $(ARGS)

format: .venv/dev.stamp ## format the code and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## remove .venv, builds and caches (never the state folder .shopify_assets)
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find shopify_assets shopify_assets_tests -name __pycache__ -prune -exec rm -rf {} +

# Real files, so that a second run of any target installs nothing.
.venv/runtime.stamp: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.11 …")'
	@echo "Setting up .venv (once, about a minute)" && $(PYTHON) -m venv .venv && $(PIP) install --require-hashes --only-binary :all: --no-deps --no-compile -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable . && touch $@

.venv/dev.stamp: .venv/runtime.stamp requirements-dev.lock
	@echo "Adding the tools for developers (once)" && $(PIP) install --require-hashes --only-binary :all: --no-deps --no-compile -r requirements-dev.lock
	@touch $@

# The tools that write and audit lock files come from one themselves.
build/tools.stamp: requirements-tools.lock
	@$(PYTHON) -m venv build/tools && build/tools/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --only-binary :all: --no-deps -r requirements-tools.lock
	@touch $@
