"""What to write, what to leave and what to delete, from what is wanted and what was seen. Pure.

An object is written again only where its manifest differs from what we last wrote, or the object has changed since.
What is not ours is never written: it is a conflict of names.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from stockbot_operator.builders.blueprint import Manifest, hash_of
from stockbot_operator.kube.kinds import BY_NAME, CONFIG_MAPS, DEPLOYMENTS, PODS, Kind
from stockbot_operator.kube.objects import PartialObject, Slot
from stockbot_operator.names import CONFIGURATION
from stockbot_operator.seen import Seen

OTHERS_ANNOTATIONS = "deployment.kubernetes.io/"
DIGITS = 32

# Per object: the hash of the manifest, and the object as it was after that was written.
Written = Mapping[Slot, tuple[str, str]]


@dataclass(frozen=True)
class Application:
    """One manifest to apply. `is_known`: the object is there and ours, so force is right."""

    kind: Kind
    manifest: Manifest
    is_known: bool

    @property
    def slot(self) -> Slot:
        return self.kind.name, self.manifest["metadata"]["name"]


@dataclass(frozen=True)
class Plan:
    """In the order in which it is carried out: applications, then deletions. `foreign` names what is in the way."""

    applications: tuple[Application, ...] = ()
    deletions: tuple[tuple[Kind, PartialObject], ...] = ()
    foreign: tuple[Slot, ...] = ()


def plan(wanted: list[Manifest], seen: Seen, written: Written, *, held_back: bool) -> Plan:
    """`held_back`: a roll-out waits, so Deployments and everything that their pods use stay as they are."""
    applications, foreign = [], []
    for manifest in wanted:
        slot = slot_of(manifest)
        item = seen.owned.get(slot)
        if item is not None and not seen.is_ours(item):
            foreign.append(slot)
        elif _is_due(manifest, item, written.get(slot), held_back=held_back):
            applications.append(Application(BY_NAME[slot[0]], manifest, item is not None))
    deletions = () if held_back else tuple(_unwanted(wanted, seen))
    return Plan(tuple(applications), deletions, tuple(foreign))


def slot_of(manifest: Manifest) -> Slot:
    return manifest["kind"], manifest["metadata"]["name"]


def digest(manifest: Manifest) -> str:
    return hash_of(manifest, DIGITS)


def fingerprint(item: PartialObject) -> str:
    """Return what changes when somebody edits the object, and not when a controller writes its status."""
    meta = item.metadata
    if not meta.generation:  # this kind counts no generations, and nobody writes a status to it
        return f"{meta.uid}/{meta.resource_version}"
    annotations = {key: value for key, value in meta.annotations.items() if not key.startswith(OTHERS_ANNOTATIONS)}
    owners = [[owner.uid, owner.controller] for owner in meta.owner_references]
    return hash_of([meta.uid, meta.generation, meta.labels, annotations, owners], DIGITS)


def _is_due(manifest: Manifest, item: PartialObject | None, last: tuple[str, str] | None, *, held_back: bool) -> bool:
    kind = manifest["kind"]
    if item is None:
        return not (held_back and kind == DEPLOYMENTS.name)
    if item.metadata.deletion_timestamp is not None or kind == CONFIG_MAPS.name:
        return False  # its end comes first; an immutable one is what its name says
    if held_back and kind == DEPLOYMENTS.name:
        return False
    return last != (digest(manifest), fingerprint(item))


def _unwanted(wanted: list[Manifest], seen: Seen) -> list[tuple[Kind, PartialObject]]:
    """Return what is ours and no longer wanted; a ConfigMap stays while anything was made with it."""
    kept = {slot_of(manifest) for manifest in wanted} | _in_use(seen)
    return [
        (BY_NAME[kind], item)
        for (kind, name), item in sorted(seen.owned.items())
        if (kind, name) not in kept
        and kind != PODS.name
        and seen.is_ours(item)
        and item.metadata.deletion_timestamp is None
    ]


def _in_use(seen: Seen) -> set[Slot]:
    makers = [*seen.pods, *seen.deployments.values()]
    names = {one.metadata.annotations.get(CONFIGURATION, "") for one in makers}
    return {(CONFIG_MAPS.name, name) for name in names}
