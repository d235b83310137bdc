# The two commands of the README are `make demo` and `make test`; the rest are their steps.
# Everything that is downloaded or built goes to .venv, .local and the user's cache folder.
SHELL := /bin/bash
PYTHON ?= python3
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/smc-migration
VENV := .venv
RUN := $(VENV)/bin/python
# Where it is set, each `pulumi` command compiles the program anew, in two processes.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo docs test check crash mutation reliability bench bench-quick profile bench-emulator screenshots setup lock up preview destroy emulator clean

demo: setup ## a whole migration on the local emulator
	$(RUN) -m cli demo

test: setup check ## everything: lint, types, unit, emulator and real-engine tests
	$(RUN) -m pytest -n 3 --dist worksteal -q

check: $(VENV)/.installed
	$(VENV)/bin/ruff format --check --quiet .
	$(VENV)/bin/ruff check --quiet .
	$(VENV)/bin/mypy
	$(VENV)/bin/mypy __main__.py
	$(VENV)/bin/mypy plugin/__main__.py
	$(VENV)/bin/mypy examples/own-program/__main__.py
	$(VENV)/bin/zizmor --quiet --offline .github

crash: setup ## kill at every API call and recover, for at most MINUTES; goes on where it was stopped
	$(RUN) -m tests.crash $(if $(MINUTES),--minutes $(MINUTES))

mutation: setup ## try wrong lines against the tests, for at most MINUTES; goes on where it was stopped
	$(RUN) -m bench.mutation $(if $(MINUTES),--minutes $(MINUTES))

reliability: setup ## the tests of all scenarios; their figures go to docs/reliability.md
	$(RUN) -m tests.scenarios

bench: setup ## a fleet on the engine, over what its figures are held against; writes docs/performance.md
	$(RUN) -m bench.fleet

bench-quick: setup ## a few of its figures, once; writes nothing
	$(RUN) -m bench.fleet --quick

profile: setup ## where its time and memory go; writes docs/performance.md
	$(RUN) -m bench.fleet.profile

bench-emulator: $(VENV)/.installed ## throughput and memory; writes docs/performance.md
	$(RUN) -m bench.emulator_throughput

screenshots: setup ## docs/images, from a migration on the emulator; needs chromium-driver and tmux
	$(RUN) -m tests.screenshots

setup: $(VENV)/.installed
	$(RUN) -m tools.engine

preview up destroy: setup
	$(RUN) -m cli pulumi $@ $(ARGS)

emulator: $(VENV)/.installed
	$(RUN) -m cli emulator start

$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	PIP_CACHE_DIR=$(CACHE)/pip $(VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

docs: setup ## pages in docs/ that are made; task pages from runs on the emulator
	$(RUN) -m tools.docs reference
	$(RUN) -m tools.docs table
	$(RUN) -m tools.docs tasks
	$(RUN) -m tools.docs review
	$(RUN) -m tools.docs twins

lock: ## after a change of requirements.txt or pyproject.toml: all versions with their hashes
	$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --all-extras \
	  --custom-compile-command 'make lock' pyproject.toml requirements.txt -o requirements.lock
	$(RUN) -m tools.licences

clean: ## stop the local emulator and forget everything local
	-$(RUN) -m cli emulator reset
	rm -rf .local $(VENV)
