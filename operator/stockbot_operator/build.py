"""From what was seen to what is wanted: the manifests in the order in which they are written. Pure."""

import base64
import binascii
from collections.abc import Iterator
from urllib.parse import urlsplit

from stockbot.spec import TradingService
from stockbot.spec.execution_engine import Broker
from stockbot.spec.secret_references import SecretKey
from stockbot_operator.builders.blueprint import Blueprint, Manifest
from stockbot_operator.builders.config_map import config_map
from stockbot_operator.builders.deployment import deployments
from stockbot_operator.builders.disruption_budget import disruption_budget
from stockbot_operator.builders.ingress import ingress
from stockbot_operator.builders.network_policy import network_policy
from stockbot_operator.builders.service import service
from stockbot_operator.builders.service_account import service_account
from stockbot_operator.builders.service_monitor import service_monitor
from stockbot_operator.names import ACCOUNT, GATEWAY_SHARDS, RESTARTED_AT, SHARDS
from stockbot_operator.references import SECRET, digest, references_of
from stockbot_operator.seen import Seen

BUS_PORT, DATABASE_PORT = 6379, 5432


def build(seen: Seen, document: TradingService, default_image: str) -> list[Manifest]:
    """Return every object that the TradingService should own now."""
    blueprint = blueprint_of(seen, document, default_image)
    found = [
        service_account(blueprint),
        config_map(blueprint),
        service(blueprint),
        network_policy(blueprint),
        disruption_budget(blueprint),
        *deployments(blueprint),
        ingress(blueprint),
        service_monitor(blueprint) if seen.has_service_monitors else None,
    ]
    return [manifest for manifest in found if manifest is not None]


def blueprint_of(seen: Seen, document: TradingService, default_image: str) -> Blueprint:
    spec, peers = document.spec, seen.peers
    return Blueprint(
        document=document,
        namespace=seen.key[0],
        uid=seen.uid,
        image=spec.image or default_image,
        endpoints=peers.endpoints(spec.type),
        account=peers.account() or _kept(seen, ACCOUNT) or Broker().account,
        gateway_shards=peers.gateway_shards() or _whole(_kept(seen, GATEWAY_SHARDS)) or 1,
        secrets_hash=digest(seen.uid, references_of(document), seen.materials),
        restarted_at=seen.resource.metadata.annotations.get(RESTARTED_AT, ""),
        is_running=not spec.suspend and not any(pods_that_end_first(seen, document)),
        bus_port=_port(seen, spec.bus.secret_ref, BUS_PORT),
        database_port=_port(seen, spec.database.secret_ref, DATABASE_PORT),
    )


def pods_that_end_first(seen: Seen, document: TradingService) -> Iterator[str]:
    """Yield the pods that must end before new ones start: no symbol and no account may have two owners.

    Those are the pods of another number of shards, and after a suspension all that still end. A pod without such a
    number was not made by us, whatever its labels: it stops nothing.
    """
    stopped = bool(seen.deployments) and all(one.spec.replicas == 0 for one in seen.deployments.values())
    for pod in seen.pods:
        shards, stops = pod.metadata.labels.get(SHARDS), stopped and pod.metadata.deletion_timestamp is not None
        if shards is not None and not pod.has_ended and (stops or shards != str(document.spec.replicas)):
            yield pod.metadata.name


def _kept(seen: Seen, annotation: str) -> str | None:
    """Return what the running pods took over from another service: its deletion restarts nobody with less."""
    found = (one.metadata.annotations.get(annotation) for one in seen.deployments.values())
    return next((value for value in found if value is not None), None)


def _whole(written: str | None) -> int | None:
    return int(written) if written is not None and written.isdecimal() else None  # a person may have edited it


def _port(seen: Seen, reference: SecretKey, usual: int) -> int:
    """Return the port within an address that a Secret holds; the usual one where it names none."""
    material = seen.materials.get((SECRET, reference.name))
    written = "" if material is None else material.data.get(reference.key, "")
    try:
        return urlsplit(base64.b64decode(written).decode()).port or usual
    except (ValueError, binascii.Error):  # whatever it holds, the service says itself what is wrong with it
        return usual
