"""The service account that this process acts as, read out of its own token: what goes with it owns the Leases.

Helm knows nothing of a Lease, and `helm uninstall` deletes the account: the garbage collector takes the Leases with it.
The token is our own and the server checks it at every request, so its signature is not looked at here.
"""

from base64 import urlsafe_b64decode
from typing import Any

import msgspec
from msgspec import Struct, field


class Account(Struct, frozen=True):
    name: str
    uid: str


class Bound(Struct, frozen=True):
    namespace: str
    serviceaccount: Account


class Payload(Struct, frozen=True):
    """The part of a service account's token that names the account."""

    bound: Bound = field(name="kubernetes.io")


def owners_in(namespace: str, token: str | None) -> list[dict[str, Any]]:
    """Return owner references for objects of `namespace`; none where the token is of another, or no account's."""
    bound = _bound(token or "")
    if bound is None or bound.namespace != namespace:
        return []
    account = bound.serviceaccount
    return [{"apiVersion": "v1", "kind": "ServiceAccount", "name": account.name, "uid": account.uid}]


def _bound(token: str) -> Bound | None:
    payload = f"{token}..".split(".")[1]
    try:
        return msgspec.json.decode(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)), type=Payload).bound
    except (ValueError, msgspec.DecodeError):  # a person's own token, of any form
        return None
