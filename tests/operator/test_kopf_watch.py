"""What Kopf is told, so that it hangs, churns and writes nowhere."""

import asyncio
import getpass

import pytest

from stockbot.runtime.kubernetes import Connection
from stockbot_operator.kopf_watch import KopfWatch, connection_info, resource_of, settings
from stockbot_operator.kube.objects import Resource

CONNECTION = Connection(server="http://127.0.0.1:1", token="abc")  # noqa: S106 - any


def test_the_traps_are_set() -> None:
    """Requests and watches have an end, nothing is posted, nothing is scanned."""
    chosen = settings(120)
    assert chosen.networking.request_timeout == 10
    assert chosen.networking.connect_timeout == 5
    assert chosen.watching.server_timeout == 270
    assert chosen.watching.inactivity_timeout == 120
    assert chosen.posting.enabled is False
    assert chosen.scanning.disabled is True
    assert chosen.queueing.worker_limit is None


def test_a_handler_that_writes_nothing() -> None:
    """Only `on.event` is registered: no finalizer, no annotation, no timer."""
    registry = KopfWatch(CONNECTION, (), lambda _type, _item: None, silence_seconds=120).registry(
        lambda _type, _item: None
    )
    assert len(registry._watching.get_all_handlers()) == 1
    assert not registry._changing.get_all_handlers()
    assert not registry._spawning.get_all_handlers()


def test_a_login_that_does_not_expire_unless_its_file_does() -> None:
    """A token out of a file is read again; one out of a kubeconfig stays."""
    assert connection_info(CONNECTION).expiration is None
    assert connection_info(CONNECTION).token == CONNECTION.token


def test_what_kopf_decoded_is_read_as_ours() -> None:
    """Times are texts there, and what we do not read is dropped."""
    raw = {
        "kind": "TradingService",
        "metadata": {"name": "a", "namespace": "b", "creationTimestamp": "2026-11-25T12:00:00Z", "managedFields": []},
        "spec": {"type": "AlertManager"},
    }
    item = resource_of(raw)
    assert isinstance(item, Resource)
    assert (item.key, item.spec, item.status) == (("b", "a"), {"type": "AlertManager"}, {})


async def test_a_user_without_a_name_is_no_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pod runs as a number that no file of users knows; Kopf starts all the same, and says when it watches."""

    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 65532")

    monkeypatch.setattr(getpass, "getuser", nobody)
    kopf = KopfWatch(CONNECTION, ("here",), lambda _type, _item: None, silence_seconds=120)
    assert kopf.trouble() == "Kopf does not watch the TradingServices yet"
    running = asyncio.create_task(kopf.step())
    assert await asyncio.to_thread(kopf._is_watching.wait, 20)
    assert not kopf.trouble()
    running.cancel()
    await asyncio.wait([running])
    assert kopf.trouble()
