# Everything does its own set-up: a machine needs Python 3.11, git, make and a package index.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Each worker of the tests imports everything: compiled code is kept, whatever the environment says.
unexport PYTHONDONTWRITEBYTECODE
# The flows mostly wait, so more of them run at once than there are cores.
WORKERS ?= $(shell echo $$((3 * $$(nproc 2>/dev/null || echo 2))))
# Branches and lines, in percent: a floor, raised with what `make test-all` says.
COVERED := bot:92 webhooks:98 monitors:94
PYTEST := $(BIN)/python -m pytest --dist worksteal
# Only thorough tests make requests up, with a plugin that takes each worker half a second.
QUICK := -p no:schemathesis -n $(WORKERS) -m "not (thorough or browser or servers)"

.PHONY: demo serve test test-all test-covered test-thorough covered check audit sbom security lock bench chaos proof tour count clean help

help:
	@echo "make demo        try it: a small Slack and Parallel beside the real app, in the browser"
	@echo "make test        every behaviour once, in under three minutes"
	@echo "make test-all    all tests: crashes, floods, borders, secrets, browser, servers; coverage"
	@echo "make serve       run it for real (settings in .env, see .env.example)"
	@echo "make check       format, lint, types, import order, known vulnerabilities"
	@echo "make security    bad requests, hostile texts, borders, secrets: the table of docs/security.md"
	@echo "make sbom        what the app is made of, as CycloneDX, in dist/"
	@echo "make bench       timings beside a floor (docs/performance.md)"
	@echo "make chaos       kill everything on a seeded schedule, and count what is lost or repeated"
	@echo "make proof       what is tried of each kind of trouble: the table of docs/reliability.md"
	@echo "make lock        update the locked dependencies"
	@echo "make count       lines, Protocols, tables, kinds of jobs, long modules"
	@echo "make tour        take the pictures of docs/tour.md and the README from the demo"

demo: $(VENV)/ready
	@$(BIN)/threadwatch demo

serve: $(VENV)/ready
	@$(BIN)/threadwatch serve

test: $(VENV)/ready-dev
	@$(PYTEST) $(QUICK)

test-all: test-covered covered test-thorough

# What `make test` runs, with what it covers: the tracer of Python 3.11 takes the time once more.
test-covered: $(VENV)/ready-dev
	@rm -f .coverage .coverage.*
	@$(BIN)/coverage run -m pytest --dist worksteal $(QUICK)

test-thorough: $(VENV)/ready-dev
	@$(PYTEST) -n $(WORKERS) -m "thorough or browser or servers" --hypothesis-profile thorough

covered: $(VENV)/ready-dev
	@$(BIN)/coverage combine --quiet
	@set -e; for gate in $(COVERED); do \
		echo "Covered of $${gate%:*}, in percent, of which $${gate#*:} are asked for:"; \
		$(BIN)/coverage report --include "$${gate%:*}/*" --format total --fail-under $${gate#*:}; \
	done

check: $(VENV)/ready-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/basedpyright
	@$(BIN)/python -m tests.security.audit

audit: $(VENV)/ready-dev
	@$(BIN)/python -m tests.security.audit

security: $(VENV)/ready-dev
	@$(BIN)/python -m tests.security

sbom: $(VENV)/ready-dev
	@$(BIN)/python -m tests.security.sbom dist/threadwatch.cdx.json

bench: $(VENV)/ready-dev
	@$(BIN)/python -m tests.bench

chaos: $(VENV)/ready-dev
	@$(BIN)/python -m tests.chaos

proof: $(VENV)/ready-dev
	@$(BIN)/python -m tests.proof --dist worksteal -n $(WORKERS) --hypothesis-profile thorough

count: $(VENV)/ready-dev
	@$(BIN)/python -m tests.rules.count

tour: $(VENV)/ready-dev
	@$(BIN)/python -m tests.browser.tour

# What the app imports, what builds its package, and all that development needs.
LOCK := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-strip-extras \
	--no-emit-index-url --no-header --quiet --upgrade

lock: $(VENV)/ready-dev
	$(LOCK) pyproject.toml -o requirements.txt
	$(LOCK) --group pyproject.toml:build -o requirements-build.txt
	$(LOCK) pyproject.toml --group dev -c requirements.txt -c requirements-build.txt -o requirements-dev.txt

clean:
	rm -rf $(VENV) .data .pytest_cache .ruff_cache .hypothesis

$(VENV)/made:
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/ready: requirements.txt requirements-build.txt pyproject.toml $(VENV)/made
	@echo "Installing, once…"
	@$(BIN)/pip install --quiet --require-hashes -r requirements.txt -r requirements-build.txt
	@$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/ready-dev: requirements-dev.txt pyproject.toml $(VENV)/made
	@echo "Installing, once…"
	@$(BIN)/pip install --quiet --require-hashes -r requirements-dev.txt
	@$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/ready
