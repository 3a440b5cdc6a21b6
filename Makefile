# Needs Go and a C compiler; every tool is fetched by version through the Go module proxy.
SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

GO        ?= go
BIN       := bin/kubectl-harden
PKGS      ?= ./...
FUZZTIME  ?= 30s
LINT_VERSION := 2.15.0

# The installed golangci-lint if it is of the version above, else one built by go run.
LINT = $(shell if [ "$$(golangci-lint version --short 2>/dev/null)" = "$(LINT_VERSION)" ]; \
	then echo golangci-lint; \
	else echo "$(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v$(LINT_VERSION)"; fi)

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build bin/kubectl-harden
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w" -o $(BIN)$(shell $(GO) env GOEXE) ./cmd/kubectl-harden

.PHONY: demo
demo: build ## look at the bundled example application, without a cluster
	$(BIN) explain -f examples/shop --local
	@echo
	$(BIN) explain deploy/checkout -f examples/shop --local
	@echo
	$(BIN) explain deploy/checkout -f examples/shop --local --why caps-not-dropped

.PHONY: unit
unit: ## quick tests
	$(GO) test -short $(PKGS)

.PHONY: test
test: ## all tests, a real API server among them (its binaries are built on first use)
	$(GO) vet $(PKGS)
	@command -v chromium chromium-browser google-chrome >/dev/null || \
		echo "no chromium in PATH: the tests that look at the HTML page in a browser do not run"
	$(GO) test -timeout 40m $(PKGS)

.PHONY: race
race: ## quick tests under the race detector
	CGO_ENABLED=1 $(GO) test -race -short -timeout 20m $(PKGS)

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME (30s)
	@list=$$($(GO) test -list '^Fuzz' $(PKGS)); \
	awk '/^Fuzz/ {names[++n] = $$1; next} $$1 == "ok" {for (i = 1; i <= n; i++) print $$2, names[i]} {n = 0}' <<<"$$list" | \
	while read -r pkg name; do \
		echo "$$pkg $$name"; \
		$(GO) test -run '^$$' -fuzz "^$$name$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x "$$pkg" </dev/null; \
	done

.PHONY: bench
bench: ## measure against a yardstick of the same run
	$(GO) run ./test/bench

.PHONY: release-test
release-test: ## build a release, twice, and install it with the real krew (needs git)
	$(GO) test -count=1 -timeout 60m -v -run '^TestRelease$$' ./test/release -release

.PHONY: lint
lint: ## formatting, go.mod, golangci-lint
	@unformatted=$$(gofmt -l $$(find . -name '*.go' -not -path './.git/*')); \
	if [ -n "$$unformatted" ]; then echo "gofmt -w these:"; echo "$$unformatted"; exit 1; fi
	$(GO) mod tidy -diff
	$(LINT) config verify
	$(LINT) run

.PHONY: docs
docs: ## write docs/checks.md, docs/permissions.md, docs/schema, docs/cli and docs/screens from the code
	$(GO) run ./test/docs

.PHONY: docs-check
docs-check: ## fail if the written docs differ from the code
	@before=$$(mktemp -d); trap 'rm -rf "$$before"' EXIT; \
	cp -R docs "$$before"; \
	$(MAKE) --no-print-directory docs; \
	diff -ru "$$before/docs" docs
