# Everything a person does here. Needs Python 3.11 to 3.14, pip, git and make; each target sets up what it needs itself.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= $(firstword $(shell command -v python3.11 python3.12 python3.13 python3.14 python3))
BIN := .venv/bin
# One environment that grows: what a run needs, then what the documentation, then what tests and checks need.
READY := .venv/ready
DOCS_READY := .venv/ready-docs
DEV_READY := .venv/ready-dev
INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode

# With settings of your own, BLUEDOT_SOURCE of the environment or a file .env, right or wrong, the site and the UI are
# those of this folder; without, those of the sample, which has its settings and its Dagster home in its own folder and
# takes none of the environment.
OWN_SOURCE = $(BLUEDOT_SOURCE)$(wildcard .env)
OF_SAMPLE = $(if $(OWN_SOURCE),,--sample)

# Tests wait for servers and processes, the long ones more than half of their time: one more of them at once than there
# are cores, of the long ones twice as many, and each of them, with the processes that it starts, on one. None of them
# compiles what another has compiled, also where the environment forbids Python to keep it.
PYTEST = PYTHONDONTWRITEBYTECODE= POLARS_MAX_THREADS=1 $(BIN)/pytest --dist worksteal
CORES = $(shell getconf _NPROCESSORS_ONLN)
WORKERS = -n $(shell echo $$(($(CORES) + 1)))
LONG_WORKERS = -n $(shell echo $$(($(CORES) * 2)))

.PHONY: help run test test-all torture check audit bench docs dev serve lock clean

help: ## what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(READY): requirements/run.lock requirements/uv.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15) and "Python 3.11 to 3.14 is needed, \
	$(PYTHON) is %d.%d: name another, make PYTHON=python3.12 $(MAKECMDGOALS)" % sys.version_info[:2])'
	@echo "Setting up .venv, once: what a run needs, about 1 minute and 1 GB."
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.lock
	@echo "Downloading and installing the packages of requirements/run.lock, each checked by its hash ..."
	@$(INSTALL) -r requirements/run.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $(READY)

$(DOCS_READY): $(READY) requirements/docs.lock
	@echo "Adding what the documentation needs to .venv, once: a few seconds."
	@$(INSTALL) -r requirements/docs.lock
	@touch $(DOCS_READY)

$(DEV_READY): $(READY) requirements/dev.lock
	@echo "Adding what tests and checks need to .venv, once: about half a minute."
	@$(INSTALL) -r requirements/dev.lock
	@touch $(DEV_READY)

docs: $(DOCS_READY) ## the documentation, into the package; the next publish puts it under /docs/ of the site
	@$(BIN)/python -m docs_site

run: $(READY) ## the whole pipeline on a sample tree that this makes
	@echo "Making a sample in sample/, and running the whole pipeline on its 3 days and 2 weeks: about 20 seconds."
	@$(BIN)/bluedot sample --stocks 60 --days 3 --weeks 2 --seed 1 --fault truncated --fault vendor-error
	@$(BIN)/bluedot --sample run --timeframe all --partition all
	@echo "make serve shows the site, make dev opens the Dagster UI on the same runs."

test: $(DEV_READY) ## all tests but the long matrices
	$(PYTEST) -m "not long" $(WORKERS)

test-all: $(DEV_READY) ## all tests; with AFTER=test those that make test has not run
	$(PYTEST) $(LONG_WORKERS) $(if $(filter test,$(AFTER)),-m long)

torture: $(DEV_READY) ## attacks on a whole installation, at length: about 40 minutes; ATTACKS=NAME for one, SEED=N for others
	$(PYTEST) bluedot_assets_tests/torture $(WORKERS) --torture long --torture-report build/torture.json \
	  $(if $(SEED),--torture-seed $(SEED)) $(if $(ATTACKS),-k "$(ATTACKS)")

check: $(DEV_READY) ## format, lint, types, import contracts, the lock file, the workflows
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports --config setup.cfg
	$(BIN)/dg check defs
	$(BIN)/dg list defs --json >/dev/null
	$(BIN)/hadolint deploy/Dockerfile
	$(BIN)/uv pip check --quiet --python $(BIN)/python
	$(BIN)/actionlint -shellcheck= -pyflakes=
	$(BIN)/zizmor --offline --quiet --persona pedantic --strict-collection .github

audit: $(DEV_READY) ## known vulnerabilities of the locked packages, where the advisories can be reached
	@$(BIN)/python -m bluedot_assets_tests.audit

bench: $(DEV_READY) ## how fast it is, as ratios
	$(BIN)/python -m benchmarks

dev: $(READY) ## the Dagster UI on localhost
	@$(BIN)/bluedot $(OF_SAMPLE) dev

serve: $(READY) ## the site on localhost
	@$(BIN)/bluedot $(OF_SAMPLE) serve

# The first lock decides every version, the others take parts of it: docs and server stand on top of run.
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--no-emit-index-url --no-emit-find-links
lock: $(DEV_READY) ## resolve pyproject.toml anew
	$(COMPILE) --upgrade --group dev pyproject.toml -o requirements/dev.lock
	$(COMPILE) --upgrade --constraint requirements/dev.lock requirements/uv.in -o requirements/uv.lock
	$(COMPILE) --constraint requirements/dev.lock pyproject.toml -o requirements/run.lock
	$(COMPILE) --constraint requirements/dev.lock --group docs -o requirements/docs.lock
	$(COMPILE) --constraint requirements/dev.lock --group server --no-deps -o requirements/server.lock

clean: ## the environment and the sample
	rm -rf .venv sample
