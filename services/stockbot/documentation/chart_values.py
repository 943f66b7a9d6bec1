"""The values of the chart with what its comments say of them: the source of its README and of its schema.

A comment directly above a key, or beside it, is its description. Below `spec` the document itself describes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

# Maps that end a path: what is in them is described elsewhere, by Kubernetes or by the document.
WHOLE = frozenset(
    {"spec", "defaults", "resources", "podSecurityContext", "labels", "annotations", "nodeSelector", "affinity"}
)

Path = tuple[str, ...]


@dataclass(frozen=True)
class Value:
    """One key: where it is, what it is unless somebody says otherwise, and what it means. Groups have values below."""

    path: Path
    default: Any
    description: str
    is_group: bool

    @property
    def name(self) -> str:
        return ".".join(self.path)


def values_of(text: str) -> list[Value]:
    """Read all keys of a values.yaml, in their order."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    return [] if root is None else list(_walk(root, (), text.splitlines()))


def _walk(node: yaml.Node, path: Path, lines: Sequence[str]) -> Iterator[Value]:
    for key, value in node.value:
        at = (*path, key.value)
        is_group = isinstance(value, yaml.MappingNode) and bool(value.value) and key.value not in WHOLE
        yield Value(at, plain(value), _description(key, value, lines), is_group)
        if is_group:
            yield from _walk(value, at, lines)


def plain(node: yaml.Node) -> Any:
    return yaml.safe_load(yaml.serialize(node))


def _description(key: yaml.Node, value: yaml.Node, lines: Sequence[str]) -> str:
    """Take the comment lines right above the key; without them what stands beside a value of one line."""
    first = key.start_mark.line
    begin = first
    while begin > 0 and lines[begin - 1].startswith(" " * key.start_mark.column + "#"):
        begin -= 1
    above = [line.strip().removeprefix("#").strip() for line in lines[begin:first]]
    if above:
        return " ".join(above)
    beside = lines[first][value.end_mark.column :] if value.end_mark.line == first else ""
    return beside.partition("#")[2].strip()
