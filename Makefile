# Thin on purpose: what a target does is a tool's or gateway's business. `make help` lists the targets.

PORT ?= 4566
ENV ?= dev
CODE := functions shared subscriber gateway examples schemas tests verification bench

# The first Python that runs and can make virtual environments; running it, for `which` also finds dead shims.
FITS := import sys, ensurepip, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" -c "$(FITS)" 2>/dev/null && echo "$$p" && break; done)
NO_PYTHON := No fitting Python: install 3.11, 3.12 or 3.13 with venv (Debian: python3-venv), or give one: make PYTHON=...

# Each tool that pins botocore to a version of its own lives apart from the others.
DEV := .venv/.installed
SAM := .venv-sam/.installed
ENGINE := .venv-engine/.installed
CHECKOV := .venv-checkov/.installed
FUZZER := .venv-fuzz/.installed
MUTATION := .venv-mutation/.installed
BENCH := .venv-bench/.installed
HATCH := .venv-wheel/.installed
VENDORS := .venv/.vendors
BUILT := .local/build/.prepared
GRADUALLY ?=
# sam looks for its profiles beside the template, unless it is told their place in full.
GRADUAL := --template-file .aws-sam/build/gradual.yaml --config-file "$(CURDIR)/samconfig.toml"
# Where nobody sits at a terminal (GitHub sets CI), sam would ask in vain; who approves is the environment's business.
UNATTENDED := $(if $(CI),--no-confirm-changeset)
export PATH := $(CURDIR)/.venv/bin:$(PATH)
MAKEFLAGS += --jobs=2 # the environments side by side
$(if $(filter clean,$(MAKECMDGOALS)),.NOTPARALLEL:) # or `make clean run` would run what is being removed
export SAM_CLI_TELEMETRY := 0
unexport PYTHONDONTWRITEBYTECODE # where it is set, each of the many processes would compile all of our code anew
PATHS := PYTHONPATH=.:shared:subscriber:$(subst $() ,:,$(wildcard functions/*/) $(wildcard functions/*/src))

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(BUILT)  ## Build, start a local stack, show what arrives, until Ctrl-C (PORT=4566 PROVIDERS=all)
	@exec .venv/bin/python -m gateway up --port $(PORT) $(if $(PROVIDERS),--providers $(PROVIDERS))

# Each worker loads and collects everything anew; three wait for a local stack of theirs at times.
test: WORKERS ?= 4
test: browser $(BUILT) $(VENDORS)  ## Run every test (ARGS="-k words")
	@.venv/bin/python -m pytest --numprocesses=$(WORKERS) --dist=loadgroup $(ARGS)

# `make test` runs all but the first with a few.
OF_EVERY_PROVIDER := every_sample test_local_stack test_oauth2 test_sources

# These share a stack that they may harm.
OF_ONE_STACK := artifact release outages chaos/short_form upgrade/short_form upgrade/gradual

browser: $(DEV)  ## Find a Chromium or Chrome for the tests of the console, or install one
	@.venv/bin/python -m tests.support.browser

verify: $(BUILT) $(FUZZER) $(HATCH)  ## Verify what takes long: crash points, chaos, fuzzing, an update (an hour; FUZZ_SECONDS=60)
	@.venv/bin/python -m pytest verification/wheel/short_form.py
	@for what in crash-points chaos fuzz upgrade; do echo "=== $$what ==="; $(MAKE) --no-print-directory $$what || exit; done

verify-short: $(BUILT) $(HATCH)  ## Verify every provider, a release and outages on a local stack, and in short what `make verify` does
	@PROVIDERS=all .venv/bin/python -m pytest $(patsubst %,tests/e2e/make_run/%.py,$(OF_EVERY_PROVIDER))
	@.venv/bin/python -m pytest $(patsubst %,verification/%.py,$(OF_ONE_STACK))
	@.venv/bin/python -m pytest $(patsubst %,verification/%/short_form.py,wheel crash_points fuzz)

crash-points: $(DEV)  ## Enumerate crashes and faults in the fan-out (ARGS="--short")
	@$(PATHS) .venv/bin/python -m verification.crash_points $(or $(ARGS),--arrivals 3 --faults 1)

chaos: $(BUILT)  ## Lose answers and kill workers on a local stack, account for every message (ARGS="--messages 500")
	@$(PATHS) exec .venv/bin/python -m verification chaos $(ARGS)

fuzz: $(FUZZER)  ## Fuzz whatever reads what strangers send (FUZZ_SECONDS=60 or FUZZ_RUNS of each; ARGS="http form")
	@$(PATHS) .venv-fuzz/bin/python -m verification.fuzz $(ARGS)

bombs: $(DEV)  ## Time what is dear to read, at two sizes
	@$(PATHS) .venv/bin/python -m verification.fuzz.time_bombs

upgrade: FROM ?= HEAD
upgrade: $(BUILT)  ## Deploy the working tree over another version, with messages in flight (FROM=v1.2.0 ARGS="--back")
	@$(PATHS) exec .venv/bin/python -m verification upgrade --from $(FROM) $(ARGS)

# Mutants are written into the working tree, one after the other, and taken out again: commit before.
mutants: MODULE ?= shared/inbound_sms/publishing/deduplication.py
mutants: TESTS ?= tests/component/test_claims.py
mutants: $(DEV) $(MUTATION)  ## Break a module in small ways, each of which has to fail a test (MODULE=... TESTS="...")
	@git diff --quiet -- $(MODULE) || { echo "Commit $(MODULE) first: its mutants are written in its place" >&2; exit 1; }
	@mkdir -p .local && rm -f .local/mutants.sqlite
	@sed -e 's|@MODULE@|$(MODULE)|; s|@TESTS@|$(TESTS)|' cosmic-ray.toml > .local/mutants.toml
	@.venv-mutation/bin/cosmic-ray init .local/mutants.toml .local/mutants.sqlite
	@.venv-mutation/bin/cosmic-ray --verbosity=INFO exec .local/mutants.toml .local/mutants.sqlite
	@.venv-mutation/bin/cr-report --surviving-only --show-diff .local/mutants.sqlite

simulate: $(DEV)  ## Simulate bursts through the configured limits, for docs/scale.md (some minutes)
	.venv/bin/python -m bench.scale everything

cost: $(DEV)  ## Print what the gateway costs, and put it into docs/cost.md
	.venv/bin/python -m bench.cost --write

bench: $(BUILT) $(BENCH)  ## Measure the built functions beside a textbook's (ARGS="--cold-starts 5")
	.venv/bin/python -m bench $(ARGS)

lint: $(DEV) $(SAM) $(CHECKOV)  ## Check style, types and the template
	ruff check $(CODE)
	ruff format --check $(CODE)
	mypy
	.venv-sam/bin/sam validate --lint --region eu-west-1
	cfn-lint --config-file cfn-lint.yaml
	.venv/bin/python -m gateway.template .local/template.expanded.yaml # checkov knows no loops
	.venv-checkov/bin/checkov --config-file .checkov.yaml

format: $(DEV)  ## Put the code into the agreed format
	ruff check --fix-only $(CODE)
	ruff format $(CODE)

events: $(DEV)  ## Write events/ anew from the samples of the tests
	$(PATHS) python -m tests.support.make_events

tables: $(DEV)  ## Write the tables of providers in README.md and docs/providers.md anew
	.venv/bin/python -m gateway.simulator.tables

provider: $(DEV) $(VENDORS)  ## Lint the providers and run every test that concerns one of them (NAME=acme)
	ruff check functions
	ruff format --check functions
	mypy functions
	python -m pytest -q --provider $(NAME)

schemas: $(DEV)  ## Write schemas/ anew from the models of the events
	$(PATHS) python -m schemas.make

record: $(DEV)  ## Record what this version stores, for the tests of the versions after it (at each release)
	$(PATHS) python -m verification.upgrade.record

build: $(SAM)  ## Build what is deployed, into .aws-sam/
	.venv-sam/bin/sam build --config-env $(ENV)

deploy: build $(DEV)  ## Deploy to AWS, into the account of your AWS profile (ENV=dev or prod; GRADUALLY: docs/deploying.md)
	$(if $(GRADUALLY),.venv/bin/python -m gateway.operations.gradual .aws-sam/build/template.yaml samconfig.toml $(GRADUALLY))
	.venv-sam/bin/sam deploy --config-env $(ENV) $(UNATTENDED) $(if $(GRADUALLY),$(GRADUAL))

release: $(DEV)  ## Write a release into dist/ (VERSION=1.2.0; TARGETS="python3.13-arm64", or all)
	@.venv/bin/python -m gateway.release $(or $(VERSION),$(error VERSION=1.2.0 is missing)) dist $(TARGETS)

wheel: $(HATCH)  ## Write the wheel of the command line into dist/, for those who only operate a deployed stack
	@.venv-wheel/bin/python -m hatchling build -t wheel -d dist

clean:  ## Remove everything that was made here, virtual environments included
	rm -rf .venv .venv-sam .venv-engine .venv-checkov .venv-fuzz .venv-bench .venv-wheel .venv-mutation .aws-sam .local dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(DEV): requirements/dev.txt
$(SAM): requirements/sam.txt
$(ENGINE): requirements/engine.txt
$(CHECKOV): requirements/checkov.txt
$(FUZZER): requirements/fuzz.txt requirements/dev.txt
$(BENCH): requirements/bench.txt
$(HATCH): requirements/wheel.txt
$(MUTATION): requirements/mutation.txt

# The pins hold every package, so there is nothing to resolve (--no-deps is faster, and fails on a pin that is missing), and
# each has the hashes of its files, so nothing else is installed. `uv pip compile --generate-hashes --no-deps` prints them.
$(DEV) $(SAM) $(ENGINE) $(CHECKOV) $(FUZZER) $(BENCH) $(HATCH) $(MUTATION):
	@$(if $(PYTHON),"$(PYTHON)" -c "$(FITS)" 2>/dev/null,false) || { echo "$(NO_PYTHON)" >&2; exit 1; }
	@echo "Installing $< into $(@D) (only this once)"
	@rm -rf $(@D) # where it is a link, `venv --clear` would empty what it points to, and then fail
	@"$(PYTHON)" -m venv $(@D)
	@$(@D)/bin/python -m pip --disable-pip-version-check install -qq --no-deps --require-hashes --requirement $<
	@$(@D)/bin/python -m pip --disable-pip-version-check check >/dev/null
	@touch $@

# Vendors' own packages, which tests ask about signatures. What else they would need stays out, beyond what is imported.
$(VENDORS): $(DEV) $(wildcard functions/*/vendor.txt)
	@.venv/bin/python -m pip --disable-pip-version-check install -qq --no-deps --require-hashes $(patsubst %,--requirement %,$(filter %.txt,$^))
	@touch $@

$(BUILT): shared/requirements.txt $(DEV) $(SAM) $(ENGINE)
	@.venv/bin/python -m gateway build
	@touch $@

.PHONY: help run test browser verify verify-short crash-points chaos fuzz bombs upgrade mutants bench simulate cost lint format events tables provider schemas record build deploy release wheel clean
