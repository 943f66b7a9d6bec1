#!/usr/bin/env bash
# make kind-up: a cluster in Docker with the image of this checkout and the chart. Say it again after a change.
set -euo pipefail
cd "$(dirname "$0")/.."
image=${IMAGE:-stockbot:0.1.0}

refuse() {
    echo "$1"
    echo "Without Docker: make cluster-up starts a whole Kubernetes node as root, with the chart and the console."
    exit 2
}

command -v docker >/dev/null || refuse "kind needs Docker, and it is not on this machine."
docker info >/dev/null 2>&1 || refuse "kind needs Docker, and its daemon does not answer: start it."
for tool in kind kubectl helm; do
    command -v "$tool" >/dev/null || refuse "kind-up needs $tool, and it is not on this machine: install it."
done

kind get clusters | grep -qx stockbot || kind create cluster --config k8s/kind.yaml --wait 120s
docker build --build-arg BASE="${BASE:-python:3.13-slim}" --tag "$image" .
kind load docker-image "$image" --name stockbot
helm --kube-context kind-stockbot --namespace stockbot upgrade --install stockbot charts/stockbot --create-namespace \
    --set image.repository="${image%:*}" --set image.tag="${image##*:}"
in_cluster() { kubectl --context kind-stockbot --namespace stockbot "$@"; }
in_cluster apply --filename k8s/kind-console.yaml
in_cluster wait --for=create tradingservice/dashboard --timeout=60s
in_cluster wait --for=condition=Ready tradingservices --all --timeout=300s
echo
echo "The console:  http://localhost:5173"
echo "Its token:    $(in_cluster get secret stockbot-tokens --output 'go-template={{.data.admin | base64decode}}')"
echo "kubectl:      kubectl --context kind-stockbot --namespace stockbot get ts"
echo "make kind-down deletes the cluster."
