# `make run` and `make test` need Python 3.11 or newer and nothing else. docs/setup.md says more.

PY := .venv/bin/python
ARGS ?=
WORKERS ?= 2

# mypy and the import checks load the settings, which ask for these three; nobody connects.
LINT_ENV := SECRET_KEY=lint DATABASE_URL=postgresql:///lint REDIS_URL=redis://127.0.0.1/0
# Set for every process of a test run, so that the stack that a test starts is measured too.
COVERAGE_ENV := COVERAGE_FILE="$(CURDIR)/var/coverage/data"
MEASURE_ENV := $(COVERAGE_ENV) COVERAGE_PROCESS_START="$(CURDIR)/pyproject.toml"

.DEFAULT_GOAL := help
.PHONY: help run test lint format bench requirements venv runtime dev validators

help: ## Show what make can do
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1|\2/p' Makefile | awk -F'|' '{printf "%-19s %s\n", $$1, $$2}'

run: runtime validators ## Start everything and print the address (ARGS="--port 9000 --no-demo")
	@exec $(PY) manage.py up --stop-with-parent $(ARGS)

test: dev validators ## Run all tests, and check the coverage (ARGS="tests/llm -k retry": no check)
	@mkdir -p var/coverage && rm -f var/coverage/data*
	@$(MEASURE_ENV) $(PY) -m pytest -n $(WORKERS) $(ARGS)
ifeq ($(strip $(ARGS)),)
	@$(COVERAGE_ENV) $(PY) -m coverage combine --quiet
	@$(COVERAGE_ENV) $(PY) -m coverage json --quiet -o var/coverage/report.json
	@$(PY) tests/coverage_gate.py var/coverage/report.json
endif

lint: dev ## Check style, types, import contracts and templates
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(LINT_ENV) $(PY) -m mypy --strict apps mgeconsole
	$(LINT_ENV) $(PY) -c 'from importlinter.cli import lint_imports_command as lint; lint()'
	@if [ -f tests/lint_templates.py ]; then $(PY) tests/lint_templates.py; fi

format: dev ## Rewrite the code in the house style
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

bench: dev validators ## Measure what DESIGN promises; prints figures, fails on none
	$(PY) -m tests.bench.run $(ARGS)

requirements: venv ## Pin what pyproject.toml asks for (ARGS=--upgrade: the newest)
	@[ -x var/tools/bin/uv ] || { $(PY) -m venv var/tools && var/tools/bin/pip install --quiet uv; }
	var/tools/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header $(ARGS) pyproject.toml -o requirements.txt
	var/tools/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header $(ARGS) --group dev -c requirements.txt pyproject.toml -o requirements-dev.txt

# What is installed is compared by content: a file that only looks newer installs nothing.

venv:
	@if ! $(PY) -c '' 2>/dev/null; then \
		for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
			"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
				&& found="$$python" && break; \
		done; \
		if [ -z "$$found" ]; then \
			echo "No Python 3.11 or newer was found. Install one, or name it: make PYTHON=/path/to/python3"; \
			exit 1; \
		fi; \
		echo "Making .venv with $$("$$found" --version)"; \
		"$$found" -m venv --clear .venv || { rm -rf .venv; \
			echo "$$found cannot make a venv. On Debian and Ubuntu, install python3-venv."; exit 1; }; \
	fi

runtime: venv
	@cmp -s requirements.txt .venv/requirements.txt || { \
		echo "Installing what the console needs (once; about a minute)"; \
		$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt \
			&& cp requirements.txt .venv/; }

dev: venv
	@cmp -s requirements-dev.txt .venv/requirements-dev.txt || { \
		echo "Installing what the tests need (once; about two minutes)"; \
		$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes \
			-r requirements-dev.txt && cp requirements-dev.txt requirements.txt .venv/; }

validators:
	@if [ ! -f validators/package-lock.json ] \
		|| cmp -s validators/package-lock.json validators/node_modules/.installed.json; then :; \
	elif ! command -v npm >/dev/null; then \
		echo "npm was not found, so TypeScript plans cannot run. Install Node.js 20 or newer for them."; \
	elif (cd validators && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error); then \
		cp validators/package-lock.json validators/node_modules/.installed.json; \
	else \
		echo "npm could not install validators/, so TypeScript plans cannot run. All else does."; \
	fi
