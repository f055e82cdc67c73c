# Everything a person does here. Needs Python 3.11, pip, git and make; `make run` and `make test` set up the rest.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= $(firstword $(shell command -v python3.11 python3.12 python3.13 python3))
BIN := .venv/bin
READY := .venv/ready
SAMPLE := sample
# requirements/run.lock makes an environment that runs the pipeline and can test nothing: half as large.
LOCK := requirements/dev.lock

# Your own source, from the environment or .env, or else the sample that `make run` makes.
OWN_SOURCE = $(BLUEDOT_SOURCE)$(shell $(BIN)/dotenv get BLUEDOT_SOURCE 2>/dev/null)
SAMPLE_ENV := BLUEDOT_SOURCE=$(SAMPLE)/drive BLUEDOT_DATA=$(SAMPLE)/data BLUEDOT_SITE=$(SAMPLE)/site \
	BLUEDOT_EXCHANGES=Asia/Kolkata=NSE,America/New_York=NASDAQ
ENVIRONMENT = $(if $(OWN_SOURCE),,$(SAMPLE_ENV))

.PHONY: help run test test-all check bench docs dev serve lock clean

help: ## what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(READY): $(LOCK) requirements/uv.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=...")'
	test -x $(BIN)/pip || $(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r $(LOCK)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $(READY)

docs: $(READY) ## the documentation, into the package; the next publish puts it under /docs/ of the site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --config-file docs_site/mkdocs.yml

run: $(READY) docs ## the whole pipeline on a sample tree that this makes
	$(BIN)/bluedot sample --stocks 60 --days 3 --weeks 2 --seed 1 --fault truncated --fault vendor-error --out $(SAMPLE)/drive
	$(SAMPLE_ENV) $(BIN)/bluedot run --timeframe all --partition all
	@echo "make serve shows the site, make dev opens the Dagster UI on the same runs."

test: $(READY) ## all tests but the long matrices
	$(BIN)/pytest -m "not long" -n auto

test-all: $(READY) ## all tests; with AFTER=test those that make test has not run
	$(BIN)/pytest -n auto $(if $(filter test,$(AFTER)),-m long)

check: $(READY) ## format, lint, types, import contracts, the lock file, the workflows
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports --config setup.cfg
	$(BIN)/hadolint deploy/Dockerfile
	$(BIN)/uv pip check --quiet --python $(BIN)/python
	$(BIN)/actionlint -shellcheck= -pyflakes=
	$(BIN)/zizmor --offline --quiet --persona pedantic --strict-collection .github

bench: $(READY) ## how fast it is, as ratios
	$(BIN)/python -m benchmarks

dev: $(READY) ## the Dagster UI on localhost
	@$(ENVIRONMENT) DAGSTER_HOME=$$($(BIN)/python -m bluedot_assets.dagster_home) $(BIN)/dagster dev --host 127.0.0.1

serve: $(READY) ## the site on localhost
	@$(ENVIRONMENT) $(BIN)/bluedot serve

lock: $(READY) ## resolve pyproject.toml anew
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --no-emit-find-links --group dev pyproject.toml -o requirements/dev.lock
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --no-emit-find-links --constraint requirements/dev.lock requirements/uv.in \
		-o requirements/uv.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --no-emit-find-links --constraint requirements/dev.lock --extra server --group docs pyproject.toml \
		-o requirements/run.lock

clean: ## the environment and the sample
	rm -rf .venv $(SAMPLE)
