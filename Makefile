# `make help` shows the targets. Needed beforehand: Python 3.11 or later, and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
JOBS ?= 2
INPUTS := setup.py pyproject.toml constraints.txt build_frontend.py package.json package-lock.json $(shell find frontend -type f)

.PHONY: help run test lint docs screenshots words bench faults clean

help:  ## show this
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

run: $(VENV)/installed  ## serve http://127.0.0.1:6543 (another port: make run PORT=7000)
	$(BIN)/myplatform -c development.ini serve $(if $(PORT),--listen 127.0.0.1:$(PORT))

test: $(VENV)/installed-test  ## run all tests (some of them: make test ARGS="-k settings")
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(VENV)/installed-dev  ## check the style of the code
	$(BIN)/ruff check .

docs: $(VENV)/installed  ## make the generated pages of the manual anew
	$(BIN)/myplatform config docs > docs/settings.md
	$(BIN)/myplatform check --list > docs/checks.md

screenshots: $(VENV)/installed-test  ## pictures of the main pages in build/screenshots (of a site: CONFIG=site.ini)
	$(BIN)/python -m tests.browser.screenshots $(CONFIG)

words: $(VENV)/installed  ## bring the catalogues of translations up to date with the words in the code
	$(BIN)/python catalogues.py

bench: $(VENV)/installed-test  ## measure statements and seconds (see bench/README.md)
	$(BIN)/python -m bench

# Laws, of which `make test` tries few examples.
LAWS := tests/test_permissions.py tests/test_effects.py tests/test_consistency.py tests/test_finding.py \
	tests/whole_site/test_odd_bytes.py
# PAGES and PEOPLE: a folder of Markdown and a CSV file of people to rehearse with, instead of the manual. WRITE: the report.
faults: $(VENV)/installed-test  ## take parts away for a quarter of an hour, then rehearse a whole site (MINUTES=5)
	@mkdir -p build
	MYPLATFORM_FAULTS=long $(BIN)/python -m pytest tests/faults $(LAWS); failed=$$?; \
	$(BIN)/python -m tests.faults.rehearsal --minutes $(or $(MINUTES),5) $(if $(PAGES),--pages $(PAGES)) \
		$(if $(PEOPLE),--people $(PEOPLE)) --write $(or $(WRITE),build/rehearsal.md) && exit $$failed

clean:  ## remove what was installed and built; data/ stays
	rm -rf $(VENV) build node_modules myplatform/static/built *.egg-info

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed.")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet "pip>=24"

# What is installed is remembered in a file each, made again when what it depends on changes.
$(VENV)/installed: $(INPUTS) | $(BIN)/python
	$(PIP) install --quiet -c constraints.txt -e .
	@touch $@

$(VENV)/installed-test: $(INPUTS) | $(BIN)/python
	$(PIP) install --quiet -c constraints.txt -e ".[test]"
	@touch $@ $(VENV)/installed

$(VENV)/installed-dev: $(INPUTS) | $(BIN)/python
	$(PIP) install --quiet -c constraints.txt -e ".[dev]"
	@touch $@ $(VENV)/installed $(VENV)/installed-test
