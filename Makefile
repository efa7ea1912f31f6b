# Bare `make` checks everything; `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# What npm brings: what browsers are served, for the package, and the tests' own. Without npm everything else works.
BROWSER := src/headwater/collect/browser/VERSION
VENDOR := src/headwater/console/static/vendor/VERSION
CLIENTS := tests/clients/node_modules/.package-lock.json
EXAMPLE := examples/vitest/node_modules/.package-lock.json
GO_MODULES := $(VENV)/.go-modules
WORKERS ?= 2
SOURCES := src tests bench docs examples hatch_build.py

# Where it forbids to keep what was compiled, each command and each server would compile all of it again: half a second.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: docs test help setup demo serve bench lint fix types arrows suite soak wheel clean

test: setup lint types arrows suite  ## everything that must be true of main

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 10

setup: $(VENV)/.made $(VENDOR) $(CLIENTS) $(EXAMPLE) $(GO_MODULES)  ## make the virtual environment and install into it

$(VENV)/.made: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Headwater needs Python 3.11 or newer; this is %s. Try: make PYTHON=python3.12" % sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,demo]'
	touch $@

$(VENDOR): $(BROWSER)
$(BROWSER) $(VENDOR): $(wildcard frontend/*.*) | $(VENV)/.made
	@$(BIN)/python hatch_build.py
	@touch -c $@

$(CLIENTS) $(EXAMPLE): %/node_modules/.package-lock.json: %/package-lock.json
	@command -v npm >/dev/null || exit 0; npm ci --prefix $* --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null \
		|| { echo "What $* needs of npm was not installed; its tests will be skipped." >&2; [ "$$CI" != true ]; }

$(GO_MODULES): examples/go/go.sum | $(VENV)/.made
	@command -v go >/dev/null || exit 0; (cd examples/go && go mod download) && touch $@ \
		|| { echo "The modules of examples/go were not fetched; its tests will be skipped." >&2; [ "$$CI" != true ]; }

demo: setup  ## the founding story, end to end
	@$(BIN)/headwater demo

serve: setup  ## the server on 127.0.0.1:4433
	@$(BIN)/headwater serve

bench: setup  ## the speed table (ARGS='--row single', '--check'; make bench-soak: ten minutes of load, too)
	@$(BIN)/python -m bench $(ARGS)

.PHONY: bench-soak
bench-soak: setup
	@$(BIN)/python -m bench --row memory --soak $(ARGS)

lint: setup  ## style
	$(BIN)/ruff format --check --quiet $(SOURCES) || { echo "Not formatted: run 'make fix'."; exit 1; }
	$(BIN)/ruff check --quiet $(SOURCES)

fix: setup  ## repair what a machine can
	$(BIN)/ruff check --fix --quiet $(SOURCES)
	$(BIN)/ruff format --quiet $(SOURCES)

types: setup  ## mypy, strict
	$(BIN)/mypy

arrows: setup  ## imports only point down
	$(BIN)/lint-imports

suite: setup  ## the tests (WORKERS=2 of them at once)
	$(BIN)/pytest -q --numprocesses $(WORKERS) --dist worksteal

soak: setup  ## the long tests that `make test` leaves out
	$(BIN)/pytest -q -m soak

docs: setup  ## write the pages that are tables of the code
	$(BIN)/python -m docs.generate

wheel: setup  ## build dist/*.whl
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist .

clean:  ## forget everything that was made
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache
