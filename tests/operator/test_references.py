"""What a document refers to, and the hash that restarts pods when it changes."""

from tests.operator import sights

from stockbot_operator.kube.objects import Material
from stockbot_operator.references import digest, missing, references_of, secrets_of_block

BUS = ("Secret", "stockbot-bus")
UID = "one"


def test_every_place_of_a_secret_is_found() -> None:
    """In the channels of alerts, in `env`, for bus and database, and the tokens that every service has."""
    channel = {"name": "phone", "url": {"secretRef": {"name": "channels", "key": "phone"}}}
    variable = {"name": "X", "valueFrom": {"secretKeyRef": {"name": "mine", "key": "x"}}}
    document = sights.seen(sights.resource(alertManager={"channels": [channel]}, env=[variable])).document
    assert document is not None
    assert {one.name for one in references_of(document)} == {
        "channels",
        "mine",
        "stockbot-bus",
        "stockbot-database",
        "stockbot-tokens",
    }
    assert [one.name for one in secrets_of_block(document)] == ["channels"]


def test_the_hash_needs_the_uid() -> None:
    """A plain hash of a short password could be looked up; with the UID it is another for each service."""
    document = sights.seen().document
    assert document is not None
    found = {BUS: Material(data={"url": "c2VjcmV0"})}
    first, second = (digest(uid, references_of(document), found) for uid in ("one", "two"))
    assert first != second
    assert len(first) == 16


def test_only_what_a_pod_reads_at_its_start_restarts_it() -> None:
    """The file of tokens is read again by itself, and another key of the Secret is nobody's."""
    document = sights.seen().document
    assert document is not None
    wanted = references_of(document)
    tokens = ("Secret", "stockbot-tokens")
    before = digest(UID, wanted, {tokens: Material(data={"service": "YQ==", "tokens.json": "W10="})})
    rotated = {tokens: Material(data={"service": "YQ==", "tokens.json": "WzFd", "operator": "Yg=="})}
    assert digest(UID, wanted, rotated) == before
    assert digest(UID, wanted, {tokens: Material(data={"service": "Yg=="})}) != before


def test_what_is_missing() -> None:
    """An object that is known to be absent, or that lacks the key; what is not known yet is not missing."""
    document = sights.seen().document
    assert document is not None
    wanted = references_of(document)
    assert missing(wanted, {}) == []
    assert [one.name for one in missing(wanted, {BUS: None})] == ["stockbot-bus"]
    assert [one.key for one in missing(wanted, {BUS: Material(data={"uri": "eA=="})})] == ["url"]
