# `make demo` and `make test` need nothing but Python 3.11 and make: they set up .venv themselves, once.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test check oldest bench screenshots clean

demo: $(VENV)/.installed
	$(BIN)/moo-budget demo

test: $(VENV)/.installed-dev
	$(MAKE) --no-print-directory check

check:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

# The suite on the oldest releases that pyproject.toml allows, but for tests in a browser and the list of licences, which
# is that of today's releases. Old ones are older than what they themselves run on, and warn of it.
oldest:
	$(PYTHON) -m venv $(VENV)-oldest
	$(PYTHON) .ci/oldest.py >$(VENV)-oldest/constraints.txt
	$(VENV)-oldest/bin/pip install --quiet --constraint $(VENV)-oldest/constraints.txt --editable ".[dev]" httpx
	$(VENV)-oldest/bin/python -m pytest -W ignore::DeprecationWarning --ignore-glob "*browser*" -k "not accessible and not licence_of_every_dependency"

bench: $(VENV)/.installed-bench
	$(BIN)/python benchmarks/bench_flow.py --quick
	$(BIN)/python benchmarks/bench_engines.py --quick
	$(BIN)/python benchmarks/bench_kernels.py --quick
	$(BIN)/python benchmarks/bench_limits.py --quick
	$(BIN)/python benchmarks/bench_scale.py --quick
	$(BIN)/python benchmarks/bench_calendar.py --quick
	$(BIN)/python benchmarks/bench_fit.py --quick
	$(BIN)/python benchmarks/bench_decision.py --quick
	$(BIN)/python benchmarks/bench_explain.py --quick
	$(BIN)/python benchmarks/bench_explorer.py --quick
	$(BIN)/python benchmarks/bench_trust.py --quick
	$(BIN)/python benchmarks/bench_load.py --quick
	$(BIN)/python benchmarks/bench_numbers.py --quick

# Wants Debian's chromium and fonts-noto-cjk.
screenshots: $(VENV)/.installed-dev
	$(BIN)/python docs/screenshots.py

clean:
	rm -rf $(VENV) $(VENV)-oldest demo-result .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) --editable .
	touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) --editable ".[dev]"
	touch $@ $(VENV)/.installed

# A rival that does not install here is shown as such in the table.
$(VENV)/.installed-bench: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) --editable ".[dev,bench]" || $(INSTALL) --editable ".[dev]"
	touch $@ $(VENV)/.installed-dev $(VENV)/.installed
