"""Takes what is known of one key out of the cache. No I/O, and nothing is asked of the server."""

from datetime import datetime

from stockbot_operator.cache import Cache
from stockbot_operator.kube.objects import Key
from stockbot_operator.references import references_of
from stockbot_operator.seen import Seen


def observe(
    key: Key,
    cache: Cache,
    *,
    has_service_monitors: bool,
    open_exchanges: frozenset[str] | None,
    now: datetime,
) -> Seen | None:
    """Return what is known of the key; None if there is no such TradingService, or it is being deleted."""
    resource = cache.resource(key)
    if resource is None or resource.metadata.deletion_timestamp is not None:
        return None
    document, complaint = cache.checked(resource)
    wanted = references_of(document) if document is not None else frozenset()
    places = {(one.kind, one.name): (one.kind, key[0], one.name) for one in wanted}
    return Seen(
        resource=resource,
        document=document,
        complaint=complaint,
        owned=dict(cache.owned(key)),
        pods=cache.pods(key),
        materials={slot: cache.materials[place] for slot, place in places.items() if place in cache.materials},
        peers=cache.peers(key[0]),
        has_service_monitors=has_service_monitors,
        open_exchanges=open_exchanges,
        now=now,
    )
