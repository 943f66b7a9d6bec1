"""Who we are to the cluster, out of our own token: the owner of what the operator makes for itself."""

import json
from base64 import urlsafe_b64encode

import pytest

from stockbot_operator.own_account import owners_in

ACCOUNT = {
    "namespace": "stockbot",
    "serviceaccount": {"name": "stockbot-operator", "uid": "1-2-3"},
    "pod": {"name": "p"},
}


def token(payload: object) -> str:
    parts = ({"alg": "RS256"}, payload, "signature")
    return ".".join(urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)


def test_the_account_of_a_pod_owns_what_is_in_its_namespace() -> None:
    """An owner in another namespace is none: the garbage collector would delete what names it."""
    ours = token({"sub": "x", "kubernetes.io": ACCOUNT})
    expected = {"apiVersion": "v1", "kind": "ServiceAccount", "name": "stockbot-operator", "uid": "1-2-3"}
    assert owners_in("stockbot", ours) == [expected]
    assert owners_in("trading", ours) == []


@pytest.mark.parametrize(
    "other",
    [
        None,
        "",
        "a-persons-own-token",
        "a.b.c",
        "....",
        "a.\N{EM DASH}.c",
        token([]),
        token({"sub": "someone@example.com"}),
        token({"kubernetes.io": {"namespace": "stockbot"}}),
        token({"kubernetes.io": {"namespace": "stockbot", "serviceaccount": {"name": "x", "uid": 7}}}),
    ],
)
def test_what_is_no_accounts_token_owns_nothing(other: str | None) -> None:
    """People come with tokens of any form; none of them stops the operator."""
    assert owners_in("stockbot", other) == []
