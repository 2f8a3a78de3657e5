# Every daily command. `make` alone prints them; each target prepares what it needs.

PYTHON ?= python3
BIN := .venv/bin
# The stamp carries the folder's name, because a copied .venv still points at its old place.
PREPARED := .venv/prepared-$(shell pwd | cksum | cut -d' ' -f1)
RELEASED := protos/released.binpb
SIZE ?= small
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run test check compose protos lock chaos bench balance week
.NOTPARALLEL:

help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

run: $(PREPARED) ## start everything on this machine: PostgreSQL, four services, bot, playground
	@# Tied to make: were make killed, the house would still end in good order.
	@exec $(BIN)/python chassis/lifeline.py $$PPID SIGTERM $(BIN)/geminya serve all

test: $(PREPARED) ## run every test in its small size (ARGS="-k wallet" picks some)
	SIZE=$(SIZE) $(BIN)/pytest -n 4 --dist worksteal $(ARGS)

check: $(PREPARED) ## what must be green before a commit: form, types, walls, contracts, unit tests
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	$(BIN)/buf lint
	$(BIN)/buf format --diff --exit-code
ifneq ($(wildcard $(RELEASED)),)
	$(BIN)/buf breaking --against $(RELEASED)
endif
	$(BIN)/pytest -n 2 $(wildcard tests/unit tests/contract)

chaos: SIZE = standard
chaos: $(PREPARED) ## kill, lose and double everything at every moment (SIZE=nightly for more)
	SIZE=$(SIZE) $(BIN)/pytest -n 4 --dist worksteal tests/chaos $(ARGS)

bench: $(PREPARED) ## measure every goal of docs/performance.md on a house of its own (ARGS=--write, --full, --quick)
	@# The library tells of every connection that ends; nobody asked.
	GRPC_VERBOSITY=NONE PYTHONPATH=. $(BIN)/python -m tests.bench $(ARGS)

balance: $(PREPARED) ## send thousands of parties on expeditions and print the outcome (ARGS="--full" for more)
	@# Pure computing: no house has to run. ARGS="--expeditions FILE …" measures other content.
	PYTHONPATH=. $(BIN)/python -m tools.balance $(ARGS)

week: PLAYERS = 1000
week: DAYS = 7
week: $(PREPARED) ## let players live for some days and print what it did to money (PLAYERS=50 DAYS=2)
	PYTHONPATH=. $(BIN)/python -m tests.bench.week --players $(PLAYERS) --days $(DAYS) $(ARGS)

compose: $(PREPARED) ## read every set of compose files; with a Docker engine, start a house and play (ARGS=--all)
	PYTHONPATH=. $(BIN)/python -m tools.compose $(ARGS)

protos: $(PREPARED) ## tidy the contracts and make gen/ from them
	$(BIN)/buf format --write
	$(BIN)/python tools/generate.py

lock: $(PREPARED) ## choose newer versions: pyproject.toml -> requirements.lock
	$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url \
	    --no-header --python-version 3.11 --all-extras --group dev pyproject.toml \
	    --output-file requirements.lock

$(PREPARED): requirements.lock pyproject.toml tools/prepare.sh
	@PYTHON='$(PYTHON)' sh tools/prepare.sh
	@rm -f .venv/prepared-*
	@touch $@
