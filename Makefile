# Targets make their own environment below $(VENV); only Python 3.11 or newer is needed.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
DOCS ?=
QUESTION ?=
BENCH ?=
ONLY ?=
LIVE ?=
OUT ?= demo-output
# Clients of MiniMax that nobody here wrote, and what is installed for each.
FOREIGN := pipecat livekit minimax-mcp
FOREIGN_pipecat := pipecat-ai
FOREIGN_livekit := livekit-plugins-minimax-ai
FOREIGN_minimax-mcp := minimax-mcp

# Pytest rewrites every module with assertions: kept in __pycache__, that is done once.
unexport PYTHONDONTWRITEBYTECODE

# Questions and paths go to the demo as they were given: neither make nor a shell reads them again.
export DEMO_DOCS := $(value DOCS)
export DEMO_QUESTION := $(value QUESTION)
export DEMO_OUT := $(value OUT)

.DEFAULT_GOAL := help
.PHONY: help demo test check format lint type coverage cassettes contract browser foreign live emulator bench clean

help: ## Show the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	@touch $@

$(VENV)/demo: $(VENV)/made pyproject.toml
	@echo 'Installing into $(VENV): this takes a minute or two, once.'
	@$(BIN)/python -m pip install --quiet --editable '.[all]' --group examples
	@touch $@

$(VENV)/develop: $(VENV)/demo pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[all]' --group examples --group test --group lint
	@touch $@

demo: $(VENV)/demo ## Ask documents (DOCS=folder QUESTION="...") and hear the answer, both frameworks
	@$(BIN)/python examples/demo.py

test: $(VENV)/develop ## Run the tests, offline (EVERYTHING=1: with all rows of generated tables)
	$(BIN)/python -m pytest --quiet --numprocesses auto --dist worksteal

coverage: $(VENV)/develop ## Run all tests and show what they do not reach
	EVERYTHING=1 $(BIN)/python -m pytest --quiet --numprocesses auto --dist worksteal --cov --cov-report term

lint: $(VENV)/develop ## Look for mistakes and bad style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/develop ## Format the code
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format .

# Test folders are no packages: each is checked by itself, since several have a conftest.py.
type: $(VENV)/develop ## Check the types
	$(BIN)/mypy src examples
	@set -e; for part in tests/conftest.py $$(find tests -name '*.py' -mindepth 2 -exec dirname {} + | sort -u); do \
		echo "$$part"; $(BIN)/mypy "$$part"; \
	done

check: lint type coverage ## All that has to hold before a merge

$(VENV)-bench/made: pyproject.toml
	$(PYTHON) -m venv $(VENV)-bench
	$(VENV)-bench/bin/python -m pip install --quiet --upgrade pip
	$(VENV)-bench/bin/python -m pip install --quiet --editable '.[langchain,llama-index,speech,emulator]' --group bench
	@touch $@

bench: $(VENV)-bench/made ## Compare with raw httpx, the frameworks and other packages (BENCH=--quick)
	$(VENV)-bench/bin/python -m benchmarks $(BENCH)

cassettes: $(VENV)/develop ## Record cassettes again (ONLY=part of a name, LIVE=1 from MiniMax itself)
	$(BIN)/python tests/replay/record.py $(if $(LIVE),--live) $(if $(ONLY),--only "$(ONLY)")

contract: $(VENV)/develop ## Check every request and reply in the cassettes against the schemas of the API
	EVERYTHING=1 $(BIN)/python -m pytest --quiet tests/contract

browser: $(VENV)/develop ## Test the web page of examples/voice_web.py in Chromium (apt-get install chromium)
	$(BIN)/python -m pip install --quiet --group browser
	$(BIN)/python -m pytest --quiet -rs tests/examples/test_voice_web.py

$(VENV)-foreign/%/made:
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --upgrade pip
	$(@D)/bin/python -m pip install --quiet $(FOREIGN_$*)
	@touch $@

foreign: $(VENV)/develop $(FOREIGN:%=$(VENV)-foreign/%/made) ## Let clients that nobody here wrote talk to the emulator
	FOREIGN=$(abspath $(VENV))-foreign $(BIN)/python -m pytest --quiet -rs tests/foreign

live: $(VENV)/develop ## Ask MiniMax itself what is not certain (needs MINIMAX_API_KEY)
	$(BIN)/python -m pytest --quiet -m live -s tests/live

emulator: $(VENV)/demo ## Run a local MiniMax on port 8765
	$(BIN)/python -m minimax_adapters.emulator --port 8765

clean: ## Remove what the targets made
	rm -rf $(VENV) $(VENV)-bench $(VENV)-foreign $(OUT) dist build .coverage* .benchmarks .hypothesis .mypy_cache .pytest_cache .ruff_cache
