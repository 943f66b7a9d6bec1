"""Ways into rendered manifests that several tests of the chart share."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml
from tests.cluster.helm import ROOT, Manifest, value_files

SETS = [path.stem for path in value_files()]


def of_kind(manifests: Iterable[Manifest], kind: str) -> dict[str, Manifest]:
    """By name, those of one kind."""
    return {one["metadata"]["name"]: one for one in manifests if one["kind"] == kind}


def read(*paths: str) -> list[Manifest]:
    """The manifests of the repository's files."""
    return [one for path in paths for one in yaml.safe_load_all((ROOT / Path(path)).read_text()) if one]


def pods(manifests: Iterable[Manifest]) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Yield name, metadata and spec of every pod that a manifest is or makes."""
    for one in manifests:
        name, spec = f"{one['kind']}/{one['metadata']['name']}", one.get("spec", {})
        if one["kind"] == "Pod":
            yield name, one["metadata"], spec
        elif one["kind"] in {"Deployment", "StatefulSet", "Job"}:
            yield name, spec["template"]["metadata"], spec["template"]["spec"]
        elif one["kind"] == "CronJob":
            template = spec["jobTemplate"]["spec"]["template"]
            yield name, template["metadata"], template["spec"]


def without(given: Any, keys: frozenset[str]) -> Any:
    """The same less these keys, at every depth."""
    if isinstance(given, dict):
        return {key: without(value, keys) for key, value in given.items() if key not in keys}
    return [without(one, keys) for one in given] if isinstance(given, list) else given
