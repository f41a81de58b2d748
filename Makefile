# Every task of microdemo. `make help` lists them.

SHELL := /bin/bash
.DEFAULT_GOAL := help

GOLANGCI_LINT := bin/golangci-lint-v2.15.0

.PHONY: help
help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  \033[1m%-12s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: ## start everything on this machine, with demo data; Ctrl-C stops it (ARGS="--addr :0" adds flags)
	@mkdir -p bin
	@echo "building microdemo …"
	@go build -o bin/microdemo ./cmd/microdemo
	@exec bin/microdemo up --seed $(ARGS)

.PHONY: test
test: ## run every test, on a real PostgreSQL that the tests start
	go test -race ./...

.PHONY: lint
lint: $(GOLANGCI_LINT) ## check style and common mistakes
	go vet ./...
	$(GOLANGCI_LINT) run

$(GOLANGCI_LINT):
	@echo "building golangci-lint, once; this takes a few minutes …"
	@mkdir -p bin
	GOBIN=$(CURDIR)/bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
	@mv bin/golangci-lint $@

.PHONY: gen
gen: ## write the generated files: api/*.json
	go run ./tool/gen

.PHONY: fresh
fresh: gen ## fail if a generated file is stale
	@git diff --exit-code -- api && test -z "$$(git status --porcelain -- api)"
