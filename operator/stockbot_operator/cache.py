"""What is known of the cluster: TradingServices, what they own, their pods, and what they refer to by name.

Watches fill it, and what a write answers goes in at once; an older version never replaces a newer one. Every change
that could matter adds the key of the TradingService to the queue, by `changed`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import cast

from stockbot_operator.kube.kinds import PODS, Kind
from stockbot_operator.kube.objects import Key, Material, PartialObject, Place, Pod, Resource, Slot
from stockbot_operator.kube.watch import Watch
from stockbot_operator.names import SERVICE
from stockbot_operator.neighbourhoods import Neighbourhoods, face_of
from stockbot_operator.seen import Checked, checked
from stockbot_operator.topology import Peers


class Cache:
    """`changed` is called with the key of the resource to look at."""

    def __init__(self, changed: Callable[[Key], None]) -> None:
        self._changed = changed
        self._resources: dict[Key, Resource] = {}
        self._peers = Neighbourhoods()
        self._documents: dict[Key, tuple[str, int, Checked]] = {}
        self._owned: dict[Key, dict[Slot, PartialObject]] = {}
        self.materials: dict[Place, Material | None] = {}  # None: looked for, and not there

    # TradingServices

    def resource(self, key: Key) -> Resource | None:
        return self._resources.get(key)

    def resources(self) -> Mapping[Key, Resource]:
        return self._resources

    def checked(self, resource: Resource) -> Checked:
        """Return the document, or what is wrong with it; read once for each generation of the resource."""
        meta = resource.metadata
        known = self._documents.get(resource.key)
        if known is None or known[:2] != (meta.uid, meta.generation):
            known = self._documents[resource.key] = (meta.uid, meta.generation, checked(resource))
        return known[2]

    def peers(self, namespace: str) -> Peers:
        return self._peers.of(namespace)

    def put_resource(self, item: Resource, *, own_write: bool = False) -> None:
        """Take in a TradingService, unless what is known is newer.

        Our own write of a status needs no second look, unless its answer holds what a person wrote meanwhile: the
        watch's word of that is older than the answer, and will be passed over.
        """
        known = self._resources.get(item.key)
        if known is not None and _is_older(item, known):
            return
        self._resources[item.key] = item
        self._peers.put(item)
        if known is None or (item.asks_else(known) if own_write else item.metadata.version != known.metadata.version):
            self._changed(item.key)
        if known is None or face_of(known) != face_of(item):
            self._tell_peers(item)

    def replace_resources(self, items: Iterable[Resource], namespace: str | None, version: int) -> None:
        """Take in a list of all there is; what is not in it is gone, unless it came after the list's version."""
        found = {item.metadata.uid: item for item in items}
        for known in list(self._resources.values()):
            is_in_sight = namespace in {None, known.metadata.namespace} and known.metadata.version <= version
            if is_in_sight and known.metadata.uid not in found:
                self.drop_resource(known)
        for item in found.values():
            self.put_resource(item)

    def drop_resource(self, item: Resource) -> None:
        """Forget a TradingService; one of the same name that came after it stays."""
        known = self._resources.get(item.key)
        if known is None or known.metadata.uid != item.metadata.uid:
            return
        del self._resources[item.key]
        self._documents.pop(item.key, None)
        self._changed(item.key)
        self._tell_peers(known)
        self._peers.drop(known)

    def _tell_peers(self, item: Resource) -> None:
        for name in self._peers.interested_in(item):
            self._changed((item.metadata.namespace, name))

    # What they own

    def owned(self, key: Key) -> Mapping[Slot, PartialObject]:
        return self._owned.get(key, {})

    def pods(self, key: Key) -> tuple[Pod, ...]:
        return tuple(cast(Pod, item) for (kind, _), item in self.owned(key).items() if kind == PODS.name)

    def put_owned(self, kind: Kind, item: PartialObject, *, own_write: bool = False) -> None:
        """Take in an object with the service's label; our own write needs no second look."""
        key = _owner(item)
        if key is None:
            return
        known = self._owned.setdefault(key, {}).get((kind.name, item.metadata.name))
        if known is not None and _is_older(item, known):
            return
        self._owned[key][kind.name, item.metadata.name] = item
        if not own_write and (known is None or known.metadata.version != item.metadata.version):
            self._changed(key)

    def drop_owned(self, kind: Kind, item: PartialObject) -> None:
        key = _owner(item)
        if key is None:
            return
        known = self._owned.get(key, {}).get((kind.name, item.metadata.name))
        if known is None or known.metadata.uid != item.metadata.uid:
            return
        del self._owned[key][kind.name, item.metadata.name]
        if not self._owned[key]:
            del self._owned[key]
        self._changed(key)

    def all_owned(self, kind: Kind, namespace: str | None) -> Iterator[PartialObject]:
        for (place, _), slots in self._owned.items():
            if namespace is None or place == namespace:
                yield from (item for (name, _), item in slots.items() if name == kind.name)


class OwnedSink:
    """A watch of one kind of owned objects fills the cache."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def replace(self, watch: Watch, objects: list[PartialObject]) -> None:
        uids = {item.metadata.uid for item in objects}
        gone = [item for item in self._cache.all_owned(watch.kind, watch.namespace) if item.metadata.uid not in uids]
        for item in gone:
            self._cache.drop_owned(watch.kind, item)
        for item in objects:
            self._cache.put_owned(watch.kind, item)

    def put(self, watch: Watch, item: PartialObject) -> None:
        self._cache.put_owned(watch.kind, item)

    def drop(self, watch: Watch, item: PartialObject) -> None:
        self._cache.drop_owned(watch.kind, item)


def _owner(item: PartialObject) -> Key | None:
    service = item.metadata.labels.get(SERVICE)
    return None if service is None else (item.metadata.namespace, service)


def _is_older(item: PartialObject, known: PartialObject) -> bool:
    return item.metadata.version < known.metadata.version
