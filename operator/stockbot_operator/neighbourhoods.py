"""Which TradingServices of a namespace look different when another one changes. Used by the cache.

With hundreds of one type in a namespace none of them is anybody's dependency by its type, so nobody is told.
"""

from collections.abc import Iterator
from typing import Any

from stockbot.spec import ServiceType
from stockbot_operator.kube.objects import Key, Resource
from stockbot_operator.topology import Peers, interested_in, is_ready, type_of

AMBIGUOUS = 2  # with so many others of its type, one more or less changes nobody's view


class Neighbourhoods:
    """The services of each namespace, by name and by type, and who names whom in `dependsOn`."""

    def __init__(self) -> None:
        self._names: dict[str, dict[str, Resource]] = {}
        self._types: dict[str, dict[ServiceType, dict[str, Resource]]] = {}
        self._dependents: dict[Key, set[str]] = {}

    def of(self, namespace: str) -> Peers:
        return Peers(self._names.get(namespace, {}), self._types.get(namespace, {}))

    def put(self, item: Resource) -> None:
        self.drop(item)
        namespace, name = item.key
        self._names.setdefault(namespace, {})[name] = item
        type_ = type_of(item)
        if type_ is not None:
            self._types.setdefault(namespace, {}).setdefault(type_, {})[name] = item
        for needed in _named(item):
            self._dependents.setdefault((namespace, needed), set()).add(name)

    def drop(self, item: Resource) -> None:
        namespace, name = item.key
        known = self._names.get(namespace, {}).pop(name, None)
        if known is None:
            return
        for one in self._types.get(namespace, {}).values():
            one.pop(name, None)
        for needed in _named(known):
            self._dependents.get((namespace, needed), set()).discard(name)

    def interested_in(self, item: Resource) -> Iterator[str]:
        """Yield the names of those that depend on it or call it, itself not among them."""
        namespace, name = item.key
        yield from self._dependents.get(item.key, ())
        type_ = type_of(item)
        kinds = self._types.get(namespace, {})
        if type_ is None or len(kinds.get(type_, {})) > AMBIGUOUS:
            return
        for kind in interested_in(type_):
            yield from (one for one in kinds.get(kind, {}) if one != name)


def face_of(item: Resource) -> tuple[object, ...]:
    """What others see of a TradingService: what it is, whether it is ready, what they take over from it."""
    spec: dict[str, Any] = item.spec if isinstance(item.spec, dict) else {}
    broker = (spec.get("executionEngine") or {}).get("broker")
    return item.metadata.uid, spec.get("type"), spec.get("replicas"), is_ready(item), repr(broker)


def _named(item: Resource) -> list[str]:
    named = item.spec.get("dependsOn") if isinstance(item.spec, dict) else None
    return [one for one in named if isinstance(one, str)] if isinstance(named, list) else []
