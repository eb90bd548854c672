# Everything a developer or a fresh Debian machine needs; `make help` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps
PACKAGES := edge_node central_hub sync device_drivers
SEED ?= 7
OFFICES ?= 4
DAYS ?= 1
MODULES ?=
PROFILE ?= edge
IMAGE ?= 0.1.0
TRIALS := 0.1.0 0.1.1 0.1.2
PARTS ?=
CUTS ?= 3
HEART_TESTS := $(foreach part,documents replication vocabulary,tests/unit/$(part) tests/property/$(part))

# tests of one process share two cores; then a browser and its city do with those that start and kill hubs and offices
SIDE_BY_SIDE := tests/unit tests/property tests/provisioning tests/devices tests/fuzz tests/integration/hub tests/integration/web \
  tests/simulation tests/storage_faults tests/real_days
ONE_BY_ONE := $(wildcard tests/integration/test_*.py)

.DEFAULT_GOAL := help
.PHONY: help install assets demo test systems bundle image image-test quick fix lint types contracts bench bench-long simulate soak coverage mutants pictures lock clean quick-tests browser-tests line-tests process-tests

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(STAMPS)/system: .ci/system-packages
	@bash .ci/system-packages
	@mkdir -p $(STAMPS) && touch $@

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(STAMPS)/python: requirements.lock pyproject.toml | $(STAMPS)/system $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/assets: $(STAMPS)/python sync/web/package.json sync/web/package-lock.json $(wildcard sync/web/styles/*.scss)
	$(BIN)/python -m sync.web.assets
	@touch $@

install: $(STAMPS)/assets ## everything the other targets need: system packages, Python packages, browser assets

demo: install ## a hub and three offices with simulated devices; Ctrl-C stops them, their state stays in .demo/
	$(BIN)/central-hub demo --folder .demo

test: install ## what CI runs: quick, then integration, browser, devices, simulation
	$(MAKE) --no-print-directory lint types contracts
	$(BIN)/python -m pytest -n 2 --dist loadfile --durations=20 $(SIDE_BY_SIDE)
	$(MAKE) --no-print-directory --jobs=3 --output-sync=target browser-tests line-tests process-tests

browser-tests: install
	$(BIN)/python -m pytest --durations=10 tests/browser

line-tests: install
	$(BIN)/python -m pytest --durations=10 $(ONE_BY_ONE)

process-tests: install  # apart: shuffled among the others its city would be built again each time
	$(BIN)/python -m pytest --durations=10 tests/processes

quick: install ## half a minute: unit, property, tidy, types, lint, contracts
	$(MAKE) --no-print-directory --jobs=4 --output-sync=target lint types contracts quick-tests

quick-tests: install
	$(BIN)/python -m pytest -q -n 2 --dist loadfile -p no:schemathesis -p no:faker tests/unit tests/property -m "not processes and not browser and not bench"

systems: install ## a hub and three offices as booted systems, from bare Debian to an upgrade; root; a quarter of an hour; CUTS=20 for more
	CUTS=$(CUTS) nice $(BIN)/python -m pytest -x -v -s -rs -p no:randomly -p no:schemathesis --timeout=1800 tests/systems

.systems/base.tar:
	bash ansible/bundle/base-tree $@

bundle: install .systems/base.tar ## in .bundle/: all that an installation without a network needs, for a USB stick; root
	BUNDLE_CACHE=.systems/downloads nice bash ansible/bundle/build .bundle .systems/base.tar

image: install ## the appliance's image in .image/out, and its update in .image/offer: make image PROFILE=edge IMAGE=0.2.0; root
	nice bash images/build $(PROFILE) $(IMAGE)

image-test: install ## images boot in software, enrol, serve, update, fall back from a broken one; root; three quarters of an hour
	for version in $(TRIALS); do nice bash images/build edge $$version || exit 1; done
	nice $(BIN)/python images/trial.py $(TRIALS)

fix: install ## format, and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: install
	$(BIN)/mypy

contracts: install
	$(BIN)/lint-imports

bench: install ## durable registration, tickets, operations: each beside its floor; figures as JSON in .bench/
	$(BIN)/python -m pytest -q -s -p no:randomly tests/benchmarks -m bench

bench-long: install ## the same at full size: 10,000 documents, a backlog of 100,000 operations, 1,000,000 cases; an hour
	BENCH_DOCUMENTS=10000 BENCH_BACKLOG=100000 BENCH_CASES=1000000 BENCH_CHANGES=500 $(MAKE) --no-print-directory bench

simulate: install ## a seeded city in virtual time: make simulate SEED=7 OFFICES=4 DAYS=1
	$(BIN)/python -m tests.simulation --seed $(SEED) --offices $(OFFICES) --days $(DAYS)

soak: install ## the long proofs, hours; or some of them: make soak PARTS="kills blobs"
	nice $(BIN)/python -m tests.soak $(PARTS)

coverage: install ## branch coverage of what may lose nothing (documents, folds, the line): no module below 98 %
	$(BIN)/coverage run -m pytest -q -p no:schemathesis -p no:faker $(HEART_TESTS)
	$(BIN)/coverage report | awk '{ print } /%/ { for (i = 2; i <= NF; i++) if ($$i ~ /%$$/ && $$i + 0 < 98) low = 1 } \
	  /^TOTAL/ { told = 1 } END { exit low || !told }'

mutants: install ## faults planted there one at a time, and the share noticed: make mutants MODULES=sync/documents/validator.py
	nice $(BIN)/python -m tests.mutation $(MODULES) --jobs 2

pictures: install ## every page in both languages and every print, as pictures in .pictures/
	$(BIN)/python -m tests.pictures .pictures

lock: ## write requirements.lock anew: versions and hashes only
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 \
	  --extra edge --extra hub --group dev pyproject.toml --output-file requirements.lock

clean: ## remove what was built, but not the demo's state
	rm -rf .image $(VENV) .systems .bundle .bench .pictures .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
