# Everything a fresh machine needs: Python >= 3.11 with venv, make and a network for the first run.
# Stamps inside .venv say what is done, so that a second call costs nothing; a moved checkout is made anew,
# because a virtual environment holds absolute paths.
SHELL := bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help venv cluster dev system secrets demo test test-long lint lock bench bench-cluster clean

PYTHON ?= python3
PYTEST_ARGS ?=
DEMO_ARGS ?=
BENCH_ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
ID := $(shell printf '%s' '$(CURDIR)' | cksum | cut -d' ' -f1)
MADE := $(VENV)/.made-$(ID)
RUNTIME := $(VENV)/.runtime-$(ID)
CLUSTER := $(VENV)/.cluster-$(ID)
DEV := $(VENV)/.dev-$(ID)
PEER := .venv-peer/.made-$(ID)
UV ?= $(or $(shell command -v uv),.venv-uv/bin/uv)
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(UPGRADE) pyproject.toml
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# $(call install,LOCK,WHAT): hashes are checked; one moving line on a terminal, two lines elsewhere.
define install
	@set -euo pipefail; if [ -t 1 ]; then tty=1; else tty=0; fi; \
	all=$$(grep -c '==' $(1)); echo "fanzha: $(2): $$all packages into $(VENV), once"; \
	$(BIN)/python -m pip install --require-hashes --requirement $(1) | awk -v all=$$all -v tty=$$tty \
	'tty && /^(Collecting|Requirement already)/ { printf "\r\033[K  %d of %d  %s", ++n, all, $$2; fflush() } \
	 tty && /^Installing/ { printf "\r\033[K  unpacking"; fflush() } \
	 END { if (tty) printf "\r\033[K" }'; echo "fanzha: $(2): done"
endef

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(MADE):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	echo "fanzha needs Python 3.11 or newer; name one: make PYTHON=/path/to/python3.11 ..." >&2; exit 2; }
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

# The project itself is linked, not copied: setuptools comes from the lock, so this step needs no network.
$(RUNTIME): requirements.lock pyproject.toml | $(MADE)
	$(call install,requirements.lock,runtime)
	@$(BIN)/python -m pip install --quiet --no-index --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): requirements-dev.lock $(RUNTIME)
	$(call install,requirements-dev.lock,tools for tests)
	@touch $@

venv: $(RUNTIME) ## own .venv with the locked packages and the fanzha command

$(CLUSTER): requirements-cluster.lock $(RUNTIME)
	$(call install,requirements-cluster.lock,packages of the cluster)
	@touch $@

cluster: $(CLUSTER) ## the same, and packages of the cluster: Kafka, Faust, ClickHouse server, Grafana

dev: $(DEV) # the same, and what tests need

system:
	@bash tests/system-packages.sh

secrets: ## random passwords for docker-compose.yml, each in a file; existing ones stay
	@install -d -m 0700 secrets
	@for name in clickhouse_admin clickhouse_writer clickhouse_reader clickhouse_grafana grafana_admin; do \
	test -e secrets/$$name || $(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(24))' > secrets/$$name; done
	@chmod 0444 secrets/*

demo: venv ## set up, then a simulated county with a live trickle (DEMO_ARGS=...)
	@$(BIN)/fanzha demo $(DEMO_ARGS)

test: dev system lint ## set up, lint, types and all tests but the slow ones (PYTEST_ARGS=...)
	@$(BIN)/python -m pytest -n auto --dist loadgroup $(PYTEST_ARGS)

test-long: dev system $(PEER) ## what is heavier: long fault runs, the bench, kills of brokers
	@$(BIN)/python -m pytest -m slow --timeout=3600 --hypothesis-profile=long $(PYTEST_ARGS)

lint: dev ## ruff, format and mypy --strict
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

.venv-uv/bin/uv:
	@$(PYTHON) -m venv .venv-uv
	@.venv-uv/bin/python -m pip install --quiet 'uv>=0.13,<0.14'

lock: $(UV) ## write the four lock files from pyproject.toml (UPGRADE=--upgrade for newer versions)
	@$(COMPILE) --group build --extra cluster --output-file requirements-cluster.lock
	@$(COMPILE) --group build --constraint requirements-cluster.lock --output-file requirements.lock
	@$(COMPILE) --group dev --extra cluster --constraint requirements-cluster.lock \
		--output-file requirements-dev.lock
	@$(COMPILE) --group peer --output-file bench/cluster/requirements.lock

bench: dev ## measure events/s, freshness and query latency (BENCH_ARGS=...)
	@$(BIN)/python -m bench $(BENCH_ARGS)

$(PEER): bench/cluster/requirements.lock
	@$(PYTHON) -m venv --clear .venv-peer
	@echo "fanzha: Quix Streams, to measure against, into .venv-peer, once"
	@.venv-peer/bin/python -m pip install --quiet --require-hashes --requirement bench/cluster/requirements.lock
	@touch $@

bench-cluster: dev system $(PEER) ## the same with Kafka, beside plain Faust agents and Quix Streams
	@$(BIN)/python -m bench.cluster $(BENCH_ARGS)

clean: ## remove .venv, caches and build output; never a data folder
	@rm -rf $(VENV) .venv-uv .venv-peer build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
