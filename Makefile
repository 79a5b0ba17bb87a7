# The commands of this project. Everything runs in .venv, which `setup` makes from pinned, hashed requirements.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SEGUE_HOME ?= .demo
export SEGUE_HOME

.PHONY: demo test lint bench setup docs format lock texts

demo: setup  ## Invent a small world, train, and open it in the browser as one of its listeners (PORT=8000)
	$(BIN)/segue demo --serve --port $(or $(PORT),8000)

# Tests wait as much as they work: half as many again as there are cores.
TESTERS ?= $(shell expr `getconf _NPROCESSORS_ONLN` \* 3 / 2)

test: setup  ## Run all tests; those of the service on SQLite and on PostgreSQL
	$(BIN)/python -m pytest -n $(TESTERS) --dist loadfile --no-loadscope-reorder
	SEGUE_TEST_DATABASE=postgresql $(BIN)/python -m pytest -n $(TESTERS) --dist loadfile --no-loadscope-reorder -m "not one_database" tests/web tests/e2e/test_journeys.py

lint: setup  ## Check style, types and the import rule
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup  ## Run every benchmark (set SEGUE_DATA for those on real data)
	$(BIN)/python -m benchmarks

docs: setup  ## Write the reference pages of docs/ anew from the code
	$(BIN)/python -m docs.build

setup: $(VENV)/installed  ## Make the environment

$(VENV)/installed: requirements/dev.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

format: setup  ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

WORDS := cd src/segue/web && SEGUE_HOME=$(abspath $(SEGUE_HOME)) $(CURDIR)/$(BIN)/segue manage --

texts: setup  ## Gather the words of the pages for src/segue/web/locale, and compile their translations (needs gettext)
	$(WORDS) makemessages --all --no-obsolete --no-wrap --add-location file
	$(WORDS) makemessages --all --no-obsolete --no-wrap --add-location file --domain djangojs
	sed -i '/^"POT-Creation-Date/d' src/segue/web/locale/*/LC_MESSAGES/*.po
	$(WORDS) compilemessages

UV ?= uv
LOCK := $(UV) pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--no-annotate --no-emit-index-url

lock:  ## Pin the requirements anew (needs uv)
	$(LOCK) --output-file requirements/core.txt
	$(LOCK) --extra audio --extra explore --extra web --extra dev --constraint requirements/core.txt --output-file requirements/dev.txt
	$(LOCK) --extra audio --extra explore --extra web --constraint requirements/dev.txt --output-file requirements/service.txt
	echo "setuptools>=77" | $(subst pyproject.toml,-,$(LOCK)) --constraint requirements/dev.txt --output-file requirements/build.txt
