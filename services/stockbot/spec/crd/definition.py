"""The custom resource definition itself: names, version, printer columns, subresources. Pure."""

from typing import Any

import yaml

from stockbot.spec.crd.structural import Schema, structural
from stockbot.spec.server_rules import Rule, stated
from stockbot.spec.service import TradingService, TradingServiceSpec
from stockbot.spec.status import TradingServiceStatus

GROUP, VERSION, KIND = "stockbot.dev", "v1alpha1", "TradingService"
SINGULAR, PLURAL, SHORT, CATEGORY = "tradingservice", "tradingservices", "ts", "stockbot"
HEAD = "# Generated from stockbot.spec by `make docs`; do not edit.\n"

COLUMNS = (
    ("Type", "string", ".spec.type", 0, "What the service is."),
    ("Ready", "string", '.status.conditions[?(@.type=="Ready")].status', 0, "Whether it does its work."),
    ("Reason", "string", ".status.reason", 0, "Why it does, or does not."),
    ("Replicas", "integer", ".status.replicas", 0, "How many pods there are."),
    ("Image", "string", ".spec.image", 1, "The image where the resource names one."),
    ("Age", "date", ".metadata.creationTimestamp", 0, "How long the resource exists."),
)


def definition() -> dict[str, Any]:
    """The definition as the map that an API server takes."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{PLURAL}.{GROUP}", "labels": {"app.kubernetes.io/part-of": "stockbot"}},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {
                "kind": KIND,
                "listKind": f"{KIND}List",
                "plural": PLURAL,
                "singular": SINGULAR,
                "shortNames": [SHORT],
                "categories": [CATEGORY],
            },
            "versions": [version()],
        },
    }


def crd_yaml() -> str:
    """The definition as the text of k8s/operator/crd.yaml."""
    return HEAD + yaml.safe_dump(definition(), sort_keys=False, allow_unicode=True, width=120)


def version() -> dict[str, Any]:
    replicas = {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}
    return {
        "name": VERSION,
        "served": True,
        "storage": True,
        "additionalPrinterColumns": [column(*each) for each in COLUMNS],
        "subresources": {"status": {}, "scale": {**replicas, "labelSelectorPath": ".status.selector"}},
        "schema": {"openAPIV3Schema": document_schema()},
    }


def column(name: str, type_: str, path: str, priority: int, words: str) -> dict[str, Any]:
    shown = {"priority": priority} if priority else {}
    return {"name": name, "type": type_, "jsonPath": path, "description": words, **shown}


def document_schema() -> Schema:
    spec = TradingService.model_fields["spec"].description
    return {
        "type": "object",
        "description": (TradingService.__doc__ or "").strip(),
        "required": ["spec"],
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"type": "object"},
            "spec": {"description": spec, **structural(TradingServiceSpec)},
            "status": {
                "description": "How the service is; the operator writes it.",
                **structural(TradingServiceStatus),
            },
        },
        **stated([name_rule()]),
    }


def name_rule() -> Rule:
    """The name is in labels, host names and ids, where a longer one has no room."""
    name = TradingService.model_json_schema(by_alias=True)["$defs"]["Metadata"]["properties"]["name"]
    subject = "self.metadata.name"
    expression = f"size({subject}) <= {name['maxLength']} && {subject}.matches(r'{name['pattern']}')"
    return Rule(expression, f"metadata.name must be {name['x-words']}")
