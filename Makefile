# All tasks. `make help` lists them.

SHELL := /bin/bash
.DEFAULT_GOAL := help

GOLANGCI_LINT := bin/golangci-lint-v2.15.0

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: bin/microdemo ## start everything on this machine, with demo data; Ctrl-C stops it (ARGS=--demo: a whole shop)
	@exec bin/microdemo up --seed $(ARGS)

CONSOLE := tool/gateway/dist/index.html

.PHONY: console console-web console-no-web
console: console-$(if $(shell command -v npm),web,no-web) ## build the console, if its sources have changed, for embedding in bin/microdemo
console-web: $(CONSOLE)
console-no-web:
	@test -f $(CONSOLE) || echo "npm is not installed: building without the console"

$(CONSOLE): web/node_modules web/index.html web/vite.config.ts web/package.json $(shell find web/src web/public -type f ! -name '*.test.ts*')
	@echo "building the console …"
	@output=$$(npm --prefix web run --silent build 2>&1) || { echo "$$output" >&2; exit 1; }
	@rm -rf tool/gateway/dist/assets tool/gateway/dist/index.html* tool/gateway/dist/favicon* && cp -R web/dist/. tool/gateway/dist/
	@rm -f tool/gateway/dist/manifest.json && find tool/gateway/dist -name '*.br' -delete && touch $@

# Embeds the console from tool/gateway/dist, if it was built.
.PHONY: bin/microdemo
bin/microdemo: console
	@mkdir -p bin
	@echo "building microdemo …"
	@go build -o bin/microdemo ./cmd/microdemo

.PHONY: screenshots
screenshots: bin/microdemo ## capture every page of the console, in both themes, wide and narrow, in docs/screenshots (needs npm and Chromium)
	CI=true npm --prefix web run screenshots

# Without npm the console is skipped, except in CI.
WEB := $(if $(or $(CI),$(shell command -v npm)),web,no-web)

.PHONY: test test-go test-web test-no-web
test: test-go test-$(WEB) ## run all tests; they start the PostgreSQL they need
test-go:
	go test -race -timeout 40m ./...
	MICRODEMO_E2E_GATEWAY=nginx go test -timeout 40m -skip '^Test(Gateways_|RollingRestart_|Images_|WebImage_)' ./e2e
	cd k8s/check && go test -count=1 ./...
test-web: web/node_modules bin/microdemo
	npm --prefix web test
	npm --prefix web run e2e
test-no-web lint-no-web:
	@echo "npm is not installed: skipping the console"

.PHONY: lint lint-go lint-web lint-no-web
lint: lint-go lint-$(WEB) ## run go vet, golangci-lint, tsc and ESLint
lint-go: $(GOLANGCI_LINT)
	go vet ./... && cd k8s/check && go vet ./...
	$(GOLANGCI_LINT) run
	cd k8s/check && $(CURDIR)/$(GOLANGCI_LINT) run --config ../../.golangci.yml
lint-web: web/node_modules
	npm --prefix web run lint

web/node_modules: web/package-lock.json
	@echo "installing the console's packages …"
	@output=$$(npm --prefix web ci --no-audit --no-fund 2>&1) || { echo "$$output" >&2; exit 1; }
	@touch $@

$(GOLANGCI_LINT):
	@echo "building golangci-lint; this happens once and takes a few minutes …"
	@mkdir -p bin
	GOBIN=$(CURDIR)/bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
	@mv bin/golangci-lint $@

GENERATED := api web/src/types

.PHONY: gen
gen: web/node_modules ## generate api/*.json and the console's types
	go run ./tool/gen
	npm --prefix web run gen

.PHONY: fresh
fresh: gen ## fail if a generated file is out of date
	@git diff --exit-code -- $(GENERATED) && test -z "$$(git status --porcelain -- $(GENERATED))"

# ---- Kubernetes: docs/kubernetes.md ----

KUBECTL  ?= kubectl
DOCKER   ?= docker
MINIKUBE ?= minikube
export KUBECTL

GO_IMAGES := users orders inventory tool
VERSION   ?= $(shell git describe --always --dirty 2>/dev/null || echo unknown)
# Extra arguments for docker build, such as --build-arg GOPROXY=https://…
BUILD_ARGS     ?=
WEB_BUILD_ARGS ?=
# For buildx: PLATFORMS=linux/amd64,linux/arm64 PUSH=1 IMAGE_PREFIX=ghcr.io/owner/microservices-architecture-demo-kb-
PLATFORMS    ?=
IMAGE_PREFIX ?= microdemo-kb-
TAG          ?= latest

NAMESPACE := microdemo
OURS      := -n $(NAMESPACE) -l app.kubernetes.io/part-of=microdemo
WORKLOADS := statefulset/users-db statefulset/orders-db statefulset/inventory-db statefulset/redis \
	deployment/users deployment/orders deployment/inventory deployment/web deployment/gateway
WAIT      ?= 300s

# The local port for make dev and make port-forward.
LOCAL_PORT ?= 8080
DEV_PID    := .data/port-forward.pid

.PHONY: start
start: ## start Minikube with Calico, which enforces NetworkPolicies (MINIKUBE_FLAGS=… adds flags)
	$(MINIKUBE) start --cpus=2 --memory=4g --cni=calico $(MINIKUBE_FLAGS)

.PHONY: build
build: ## build the images in the Docker of Minikube, Docker Desktop or this machine
	@set -e; context=$$($(KUBECTL) config current-context); \
	case "$$context" in \
	  minikube) echo "building in Minikube's Docker"; docker_env=$$($(MINIKUBE) docker-env); eval "$$docker_env" ;; \
	  docker-desktop|docker-for-desktop) echo "building in Docker Desktop" ;; \
	  *) echo "building in this machine's Docker; make load-images copies the images into the cluster $$context" ;; \
	esac; \
	for image in $(GO_IMAGES); do \
	  DOCKER_BUILDKIT=1 $(DOCKER) build --target $$image --build-arg VERSION=$(VERSION) $(BUILD_ARGS) -t microdemo-kb-$$image:latest .; \
	done; \
	DOCKER_BUILDKIT=1 $(DOCKER) build $(WEB_BUILD_ARGS) -t microdemo-kb-web:latest web

.PHONY: buildx
buildx: ## build for PLATFORMS with Buildx; PUSH=1 pushes to IMAGE_PREFIX, otherwise the images stay in this machine's Docker
	@set -e; for image in $(GO_IMAGES); do \
	  $(DOCKER) buildx build $(if $(PLATFORMS),--platform $(PLATFORMS)) $(if $(PUSH),--push,--load) --target $$image \
	    --build-arg VERSION=$(VERSION) $(BUILD_ARGS) -t $(IMAGE_PREFIX)$$image:$(TAG) .; \
	done; \
	$(DOCKER) buildx build $(if $(PLATFORMS),--platform $(PLATFORMS)) $(if $(PUSH),--push,--load) $(WEB_BUILD_ARGS) -t $(IMAGE_PREFIX)web:$(TAG) web

.PHONY: load-images
load-images: ## copy the images from this machine's Docker to Minikube or kind
	@set -e; context=$$($(KUBECTL) config current-context); \
	for image in $(GO_IMAGES) web; do \
	  case "$$context" in \
	    minikube) $(MINIKUBE) image load microdemo-kb-$$image:latest ;; \
	    kind-*) kind load docker-image --name "$${context#kind-}" microdemo-kb-$$image:latest ;; \
	    *) echo "$$context is neither Minikube nor kind: push the images to a registry (make buildx PUSH=1)" >&2; exit 1 ;; \
	  esac; \
	done

.PHONY: apply
apply: secrets ## apply k8s/ except 60-ingress, and create missing Secrets
	$(KUBECTL) apply -k k8s

.PHONY: secrets
secrets: ## create the namespace and missing Secrets, with random values
	@$(KUBECTL) apply -f k8s/base/00-namespace.yaml
	@k8s/secrets.sh

.PHONY: deploy-local
deploy-local: secrets ## apply the overlay dev-local, which never pulls our images
	$(KUBECTL) apply -k k8s/overlays/dev-local

.PHONY: deploy-ghcr
deploy-ghcr: ## apply the overlay ghcr, with images of GHCR_NS=owner and TAG=latest
	@test -n "$(GHCR_NS)" || { echo "usage: make deploy-ghcr GHCR_NS=owner TAG=$(TAG)" >&2; exit 1; }
	@$(MAKE) --no-print-directory secrets
	@set -o pipefail; $(KUBECTL) kustomize k8s/overlays/ghcr \
	  | sed 's#image: ghcr\.io/owner/\([a-z-]*\):latest$$#image: ghcr.io/$(GHCR_NS)/\1:$(TAG)#' \
	  | $(KUBECTL) apply -f -

.PHONY: wait
wait: ## wait until all Deployments and StatefulSets are ready (WAIT=300s for each)
	@set -e; for workload in $(WORKLOADS); do \
	  $(KUBECTL) -n $(NAMESPACE) rollout status $$workload --timeout=$(WAIT); \
	done

.PHONY: seed
seed: ## create the demo logins and data in the cluster (DEMO=1: a whole shop; ADMIN_PASSWORD=…)
	@k8s/seed/seed.sh

.PHONY: url
url: ## print the gateway's address, http://…:30080
	@case "$$($(KUBECTL) config current-context)" in \
	  minikube) echo "http://$$($(MINIKUBE) ip):30080" ;; \
	  docker-desktop|docker-for-desktop|kind-*) echo "http://127.0.0.1:30080" ;; \
	  *) echo "http://$$($(KUBECTL) get nodes -o 'jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}'):30080" ;; \
	esac
	@echo "If it does not answer, as with Minikube on macOS, use: make dev" >&2

.PHONY: port-forward
port-forward: ## forward 127.0.0.1:8080 to the gateway until Ctrl-C (LOCAL_PORT=…)
	$(KUBECTL) -n $(NAMESPACE) port-forward --address 127.0.0.1 service/gateway $(LOCAL_PORT):80

.PHONY: dev
dev: dev-stop ## forward the port in the background, and open the browser
	@mkdir -p .data
	@$(KUBECTL) -n $(NAMESPACE) port-forward --address 127.0.0.1 service/gateway $(LOCAL_PORT):80 >.data/port-forward.log 2>&1 & echo $$! >$(DEV_PID)
	@for _ in $$(seq 50); do grep -q Forwarding .data/port-forward.log && break; kill -0 "$$(cat $(DEV_PID))" 2>/dev/null || break; sleep 0.2; done; \
	grep -q Forwarding .data/port-forward.log || { cat .data/port-forward.log >&2; rm -f $(DEV_PID); exit 1; }
	@echo "microdemo is at http://127.0.0.1:$(LOCAL_PORT); stop the port-forward with: make dev-stop"
	@for opener in xdg-open open; do if command -v $$opener >/dev/null; then $$opener "http://127.0.0.1:$(LOCAL_PORT)" >/dev/null 2>&1 || true; break; fi; done

.PHONY: dev-stop
dev-stop: ## stop the port-forward of make dev
	@if [ -f $(DEV_PID) ]; then \
	  pid=$$(cat $(DEV_PID)); rm -f $(DEV_PID); \
	  if ps -o args= -p "$$pid" 2>/dev/null | grep -q port-forward; then kill "$$pid"; echo "stopped"; fi; \
	fi

.PHONY: ingress-enable
ingress-enable: ## enable Minikube's ingress controller and wait until it is ready
	$(MINIKUBE) addons enable ingress
	$(KUBECTL) -n ingress-nginx rollout status deployment/ingress-nginx-controller --timeout=$(WAIT)

.PHONY: ingress-apply
ingress-apply: ## apply 60-ingress and print the line for /etc/hosts
	$(KUBECTL) apply -f k8s/base/60-ingress.yaml
	@echo "add to /etc/hosts:"
	@if [ "$$($(KUBECTL) config current-context)" = minikube ]; then echo "$$($(MINIKUBE) ip) microdemo.local"; else echo "127.0.0.1 microdemo.local"; fi

.PHONY: logs
logs: ## follow the logs of all pods of SERVICE=users
	@test -n "$(SERVICE)" || { echo "usage: make logs SERVICE=users" >&2; exit 1; }
	$(KUBECTL) -n $(NAMESPACE) logs -l app=$(SERVICE) --all-containers --prefix --tail=100 --max-log-requests=20 -f

.PHONY: down
down: ## delete everything except the namespace, the volumes and the Secrets
	$(KUBECTL) delete $(OURS) --ignore-not-found ingress,job,pod,deployment,statefulset,service,poddisruptionbudget,networkpolicy,configmap
	@echo "These volumes, with all data, and the Secrets remain. \`make apply\` uses them again; \`make reset\` deletes them."
	@$(KUBECTL) get $(OURS) persistentvolumeclaim

.PHONY: reset
reset: ## delete the namespace with volumes and Secrets, and create it again, empty
	$(KUBECTL) delete namespace $(NAMESPACE) --ignore-not-found
	$(KUBECTL) apply -f k8s/base/00-namespace.yaml

.PHONY: smoke
smoke: ## try the API of a seeded deployment: make smoke BASE=http://127.0.0.1:8080
	@test -n "$(BASE)" || { echo "usage: make smoke BASE=http://127.0.0.1:8080" >&2; exit 1; }
	@go run ./cmd/microdemo smoke --base "$(BASE)"
