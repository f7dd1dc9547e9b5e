# What there is to do. Every target sets the machine up first (scripts/setup.sh), which takes no time
# when nothing is missing.

# The trips that `demo` streams, and how many bicycles of them.
TRIPS ?= examples/smart-lock/data/trips.csv
BIKES ?= 20
# How many slots `demo-access` pays for out of each channel.
SLOTS ?= 10
# Where `dev` can be reached.
PORT ?= 9944
# Where `demo`, `demo-access` and `bench` write their figures as JSON, if anywhere.
OUT ?=
# Whether `bench` fails if a goal is missed.
CHECK_GOALS ?=

.DEFAULT_GOAL := help
.PHONY: help setup build demo demo-access dev test test-all faults load lint bench weights

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what this machine lacks
	@scripts/setup.sh

build: setup ## Build everything
	@scripts/build.sh

demo: build ## Run the smart lock on a local network (TRIPS=file.csv BIKES=n OUT=file.json)
	@scripts/demo.sh "$(TRIPS)" "$(BIKES)" "$(OUT)"

demo-access: build ## Pay for a charger and a lock out of channels (SLOTS=n OUT=file.json)
	@scripts/demo-access.sh "$(SLOTS)" "$(OUT)"

dev: build ## Run a one-machine chain for polkadot.js at ws://127.0.0.1:9944 (PORT=n)
	@PORT="$(PORT)" scripts/dev.sh

test: setup ## Run every check and test
	@scripts/test.sh

test-all: build ## Run what `test` leaves out, for hours (STEPS=n CROWD=n FUZZ_SECONDS=n SECTION=text ...)
	@scripts/test-all.sh

faults: build ## Kill, cut off and corrupt intermediaries on a local network
	@scripts/network.sh zombienet/faults.toml node --test --test-reporter=spec tests/js/faults.test.mjs

load: build ## Run the smart lock under load: quiet, beside busy loops, with a node nine times slower (TRIPS=file.csv BIKES=n)
	@scripts/load.sh "$(TRIPS)" "$(if $(filter command line,$(origin BIKES)),$(BIKES),250)"

lint: setup ## Check formatting, lints, scripts and licences
	@scripts/lint.sh

bench: build ## Measure costs, throughput and latency against goals; fail if one is missed with CHECK_GOALS=1 (OUT=file.json)
	@scripts/bench.sh "$(OUT)" $(if $(CHECK_GOALS),--check-goals)

weights: setup ## Generate the pallets' weights by benchmarks
	@scripts/weights.sh
