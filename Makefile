# staycourse: the developer's and the operator's verbs.
PYTHON ?= python3
VENV := .venv
TOOLS := .tools
BIN := $(VENV)/bin

.PHONY: help ready complete demo serve test programs lint types contracts unit docs lock bench conformance clean

help: ## what can be done here
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

$(TOOLS)/.uv: tools/requirements.txt
	@echo "preparing uv in $(TOOLS) ..."
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "staycourse needs Python 3.11 or newer, this is " + sys.version.split()[0])'
	@$(PYTHON) -m venv $(TOOLS)
	@$(TOOLS)/bin/python -m pip install -q --disable-pip-version-check -r tools/requirements.txt
	@touch $@

$(VENV)/.ready: requirements.lock pyproject.toml $(TOOLS)/.uv
	@echo "preparing the environment in $(VENV) (a minute or so the first time) ..."
	@$(TOOLS)/bin/uv venv -q --allow-existing --python $(PYTHON) $(VENV)
	@$(TOOLS)/bin/uv pip sync -q --python $(BIN)/python --require-hashes requirements.lock
	@$(TOOLS)/bin/uv pip install -q --python $(BIN)/python --no-deps -e .
	@touch $@

ready: $(VENV)/.ready ## the environment, nothing global

# Everything that can be chosen beside it too (Spark, ClickHouse, NATS, traces: 600 MB), which only the tests need.
$(VENV)/.complete: requirements-complete.lock $(VENV)/.ready
	@echo "adding the other engines for the tests ..."
	@$(TOOLS)/bin/uv pip sync -q --python $(BIN)/python --require-hashes requirements-complete.lock
	@$(TOOLS)/bin/uv pip install -q --python $(BIN)/python --no-deps -e .
	@touch $@

complete: $(VENV)/.complete ## the environment with every engine, for the tests

demo: ready ## real learners, the nightly path, the console
	@$(BIN)/staycourse --home .demo demo

serve: ready ## the console on the default home
	@$(BIN)/staycourse serve

test: complete ## everything: lint, types, import contracts, all tests
	@$(MAKE) --no-print-directory -j 2 types lint contracts programs
	@$(MAKE) --no-print-directory unit

programs: ## what the tests need beside Python (as root: installed)
	@sh tools/prepare_tests.sh

lint: ready ## ruff, format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: complete ## mypy, strict
	@$(BIN)/mypy

contracts: complete ## rooms import only downward
	@$(BIN)/lint-imports

# Some machines forbid Python to keep compiled files; the tests start hundreds of processes, which would compile all anew.
unit: complete ## the tests
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 2 --dist loadgroup

docs: ready ## make the generated pages anew
	@$(BIN)/python tools/make_docs.py

lock: ready ## resolve the dependencies anew
	@$(TOOLS)/bin/uv pip compile -q pyproject.toml --group dev --group bench --universal --generate-hashes \
		--no-header --no-annotate --no-emit-index-url -o requirements.lock
	@$(TOOLS)/bin/uv pip compile -q pyproject.toml --all-extras --group dev --group bench --universal --generate-hashes \
		--no-header --no-annotate --no-emit-index-url -c requirements.lock -o requirements-complete.lock

audit: ready ## the locked versions against the public advisories (reaches outside)
	@$(PYTHON) -m venv $(TOOLS)/audit && \
		$(TOOLS)/audit/bin/python -m pip install -qqq --disable-pip-version-check -r tools/audit.txt 2>/dev/null || true
	@$(PYTHON) tools/audit.py $(TOOLS)/audit/bin/pip-audit requirements-complete.lock

bench: complete ## every benchmark at a small size (docs/benchmarks.md has the full ones)
	@$(BIN)/python benchmarks/log_append.py --events 50000
	@$(BIN)/python benchmarks/compaction.py --events 300000
	@$(BIN)/python benchmarks/nightly_cost.py out/bench-events --events 1e6 --learners 1e4
	@$(BIN)/python benchmarks/signals_peers.py out/bench-events --events 1e6 --learners 1e4
	@$(BIN)/python benchmarks/explanation.py --rows 20000
	@$(BIN)/python benchmarks/feeling.py
	@$(BIN)/python benchmarks/prediction_oulad.py --small
	@$(BIN)/python benchmarks/prediction_ds365.py --small
	@$(BIN)/python benchmarks/journeys_tick.py --journeys 20000
	@$(BIN)/python benchmarks/event_to_alert.py --seconds 5 --learners 1000
	@$(BIN)/python benchmarks/uplift_known.py
	@$(BIN)/python benchmarks/simulation_coverage.py --seeds 4 --learners 300
	@$(BIN)/python benchmarks/simulation_bandit.py --seeds 2 --learners 100

conformance: ready ## ADL's xAPI suite, from a checkout of yours: make conformance SUITE=folder (docs/conformance.md)
	@test -n "$(SUITE)" || { echo "give the checkout: make conformance SUITE=folder"; exit 2; }
	@$(BIN)/python tools/conformance.py "$(SUITE)"

clean: ## remove what was made here
	rm -rf $(VENV) $(TOOLS) .demo out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
