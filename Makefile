# make run    starts the monitor: live where there are rights (by sudo where needed), else the demo
# make test   creates what it needs and runs the tests
# make lint   ruff and mypy --strict
# make pyz    one file for a server without pip: for this version of Python and this processor
# make man    the manual page, in build/

VENV ?= .venv
PYTHON ?= python3
BIN = $(VENV)/bin
INSTALL = $(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt
JOBS ?= 3

.PHONY: run demo test lint bench screenshots pyz man clean

run: $(VENV)/run
	@if [ "$$(id -u)" = 0 ]; then exec $(BIN)/nettui $(ARGS); \
	elif command -v sudo >/dev/null && sudo -v; then \
	  echo "nettui: capturing needs root, so it starts through sudo; it gives every right up once the socket is open"; \
	  exec sudo $(BIN)/nettui $(ARGS); \
	else \
	  echo "nettui: no right to capture here, so this is the demo: a recorded minute, replayed"; \
	  exec $(BIN)/nettui --demo; fi

demo: $(VENV)/run
	@$(BIN)/nettui --demo

test: $(VENV)/test
	@$(BIN)/python -m pytest -n $(JOBS) $(ARGS)

lint: $(VENV)/test
	@$(BIN)/ruff check tui tests screenshots
	@$(BIN)/ruff format --check tui tests screenshots
	@$(BIN)/mypy tui

screenshots: $(VENV)/test
	@$(BIN)/python screenshots/take.py

man: $(VENV)/run
	@mkdir -p build
	@$(BIN)/nettui files man >build/nettui.1
	@echo "build/nettui.1: man -l shows it, /usr/local/share/man/man1 is its place"

# The name tells what it runs on, such as nettui-0.1.0-cp311-x86_64.pyz. prometheus-client is all that --metrics needs
pyz: $(VENV)/run
	@$(INSTALL) shiv
	@mkdir -p dist
	@name=$$($(BIN)/python -c 'import platform, sys, tui; \
	  print(f"nettui-{tui.__version__}-cp{sys.version_info[0]}{sys.version_info[1]}-{platform.machine()}.pyz")') && \
	PIP_CONSTRAINT=constraints.txt $(BIN)/shiv --quiet --disable-pip-version-check --compressed --reproducible \
	  -p '/usr/bin/env python3' -o "dist/$$name" -e tui.cli:main '.[extra]' prometheus-client && \
	ls -lh "dist/$$name"

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "nettui needs Python 3.11 or later: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "python3-venv is missing: apt-get install python3-venv"; exit 1; }

$(VENV)/run: pyproject.toml constraints.txt | $(VENV)/bin/python
	@$(INSTALL) -e .
	@touch $@

$(VENV)/test: pyproject.toml constraints.txt | $(VENV)/bin/python
	@$(INSTALL) -e '.[test,learn,export,extra]'
	@touch $@ $(VENV)/run

clean:
	rm -rf $(VENV) build dist *.egg-info
