"""What is written, left and deleted; never what is not ours."""

from dataclasses import replace

import msgspec
import pytest
from tests.operator import sights

from stockbot_operator.build import build
from stockbot_operator.builders.blueprint import Manifest
from stockbot_operator.kube.kinds import BY_NAME
from stockbot_operator.kube.objects import Meta, PartialObject
from stockbot_operator.names import CONFIGURATION, SERVICE
from stockbot_operator.plan import Plan, digest, fingerprint, plan, slot_of
from stockbot_operator.seen import Seen

IMAGE = "stockbot:1"


def wanted(seen: Seen) -> list[Manifest]:
    assert seen.document is not None
    return build(seen, seen.document, IMAGE)


def item_of(manifest: Manifest, version: str = "7", owners: tuple[object, ...] = sights.OURS) -> PartialObject:
    """The object as the server has it once the manifest is applied."""
    place = manifest["metadata"]
    raw = {**place, "uid": f"uid-of-{place['name']}", "resourceVersion": version, "generation": 1}
    meta = msgspec.convert({**raw, "ownerReferences": []}, Meta)
    kind = BY_NAME[manifest["kind"]]
    return kind.reads(metadata=msgspec.structs.replace(meta, owner_references=owners))


def settled(seen: Seen) -> tuple[Seen, dict[tuple[str, str], tuple[str, str]]]:
    """Everything that is wanted has been written, and nothing has changed since."""
    owned = {slot_of(manifest): item_of(manifest) for manifest in wanted(seen)}
    written = {slot_of(one): (digest(one), fingerprint(owned[slot_of(one)])) for one in wanted(seen)}
    return replace(seen, owned=owned), written


def test_everything_is_new_at_first() -> None:
    """What a pod needs is written before its Deployment, and nothing is forced."""
    seen = sights.seen()
    steps = plan(wanted(seen), seen, {}, held_back=False)
    kinds = [one.kind.name for one in steps.applications]
    assert kinds == ["ServiceAccount", "ConfigMap", "Service", "NetworkPolicy", "Deployment"]
    assert not any(one.is_known for one in steps.applications)


def test_silent_at_rest() -> None:
    """Where all is as it was written, nothing is written."""
    seen, written = settled(sights.seen())
    assert plan(wanted(seen), seen, written, held_back=False) == Plan()


def test_a_new_leader_writes_everything_once() -> None:
    """A process that has written nothing yet cannot know what was edited before: it applies all, by force."""
    seen, _ = settled(sights.seen())
    steps = plan(wanted(seen), seen, {}, held_back=False)
    assert {one.kind.name for one in steps.applications} == {"ServiceAccount", "Service", "NetworkPolicy", "Deployment"}
    assert all(one.is_known for one in steps.applications)


@pytest.mark.parametrize("kind", ["ServiceAccount", "Service", "NetworkPolicy", "Deployment"])
def test_drift_is_written_over(kind: str) -> None:
    """An edit raises the generation, or the version of what has none; that object alone is written."""
    seen, written = settled(sights.seen())
    slot = next(slot for slot in seen.owned if slot[0] == kind)
    edited = msgspec.structs.replace(seen.owned[slot].metadata, generation=2, resource_version="8")
    item = msgspec.structs.replace(seen.owned[slot], metadata=edited)
    steps = plan(wanted(seen), replace(seen, owned={**seen.owned, slot: item}), written, held_back=False)
    assert [one.slot for one in steps.applications] == [slot]


def test_a_status_is_no_drift() -> None:
    """What the Deployment's controller writes is none of our business."""
    seen, written = settled(sights.seen())
    slot = ("Deployment", "alerts")
    meta = seen.owned[slot].metadata
    revision = {**meta.annotations, "deployment.kubernetes.io/revision": "3"}
    told = msgspec.structs.replace(meta, resource_version="99", annotations=revision)
    item = msgspec.structs.replace(seen.owned[slot], metadata=told)
    assert plan(wanted(seen), replace(seen, owned={**seen.owned, slot: item}), written, held_back=False) == Plan()


def test_a_foreign_object_is_a_conflict_and_no_write() -> None:
    """Ours is what has this UID as its controller: an object of an earlier life of the name is not."""
    seen, written = settled(sights.seen())
    slot = ("Service", "alerts")
    foreign = msgspec.structs.replace(seen.owned[slot].metadata, owner_references=sights.THEIRS)
    item = PartialObject(metadata=foreign)
    steps = plan(wanted(seen), replace(seen, owned={**seen.owned, slot: item}), written, held_back=False)
    assert steps == Plan(foreign=(slot,))


def test_what_is_no_longer_wanted_is_deleted_and_nothing_foreign() -> None:
    """An Ingress of before goes; one with our label and another owner stays."""
    seen, written = settled(sights.seen())
    meta = Meta(name="alerts", namespace="trading", uid="1", owner_references=sights.OURS, labels={SERVICE: "alerts"})
    old = PartialObject(metadata=meta)
    foreign = PartialObject(metadata=msgspec.structs.replace(meta, name="theirs", owner_references=sights.THEIRS))
    owned = {**seen.owned, ("Ingress", "alerts"): old, ("Ingress", "theirs"): foreign}
    steps = plan(wanted(seen), replace(seen, owned=owned), written, held_back=False)
    assert [item.metadata.name for _, item in steps.deletions] == ["alerts"]


def test_a_configuration_stays_while_a_pod_was_made_with_it() -> None:
    """The old ConfigMap goes with the last pod that names it."""
    seen, written = settled(sights.seen())
    meta = Meta(name="alerts-old", namespace="trading", uid="1", owner_references=sights.OURS)
    owned = {**seen.owned, ("ConfigMap", "alerts-old"): PartialObject(metadata=meta)}
    pod = sights.pod()
    user = msgspec.structs.replace(
        pod, metadata=msgspec.structs.replace(pod.metadata, annotations={CONFIGURATION: "alerts-old"})
    )
    in_use = replace(seen, owned=owned, pods=(user,))
    assert plan(wanted(seen), in_use, written, held_back=False).deletions == ()
    unused = replace(seen, owned=owned, pods=())
    assert [one.metadata.name for _, one in plan(wanted(seen), unused, written, held_back=False).deletions] == [
        "alerts-old"
    ]


def test_while_a_rollout_waits_deployments_and_deletions_do() -> None:
    """Nothing that a running pod reads changes; the rest is kept as it should be."""
    seen, _ = settled(sights.seen())
    steps = plan(wanted(seen), seen, {}, held_back=True)
    assert "Deployment" not in {one.kind.name for one in steps.applications}
    assert steps.deletions == ()
