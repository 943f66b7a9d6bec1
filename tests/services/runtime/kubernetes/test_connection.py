"""Where the API server is, and who a pod is to it."""

import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from stockbot.errors import ConfigurationError
from stockbot.runtime.fleet.objects import PODS, Pod
from stockbot.runtime.kubernetes import Api, Connection, NotAnswered, of_pod
from stockbot.runtime.kubernetes.connection import is_in_pod
from stockbot.testing.clock import START
from stockbot.testing.cluster_scenes import pod
from stockbot.testing.databases import unavailable
from stockbot.testing.fake_service import TOKEN, running
from stockbot.testing.kubernetes import FakeKubernetes


@pytest.fixture
def account(tmp_path: Path) -> Path:
    """The folder that a kubelet mounts, with a certificate that is its own authority, for 127.0.0.1 alone."""
    if shutil.which("openssl") is None:
        unavailable("openssl is not installed: install the package openssl")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=kubernetes"
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "server.key", "-out", "ca.crt"]
    subprocess.run([*command.split(), *names], cwd=tmp_path, check=True, capture_output=True)  # noqa: S603 - a test's own
    (tmp_path / "namespace").write_text("stockbot")
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    return tmp_path


@pytest.fixture
def kubernetes(account: Path) -> FakeKubernetes:
    tls = {"ssl_certfile": str(account / "ca.crt"), "ssl_keyfile": str(account / "server.key")}
    return FakeKubernetes(pods=[pod("a", "risk", START)], tls=tls)


def surroundings(kubernetes: FakeKubernetes, host: str = "127.0.0.1") -> dict[str, str]:
    return {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": f"{kubernetes.port}"}


@asynccontextmanager
async def opened(around: Mapping[str, str], account: Path) -> AsyncIterator[Api]:
    """Close it also where a test fails: a server with an open connection does not stop."""
    api = Api(of_pod(around, account))
    try:
        yield api
    finally:
        await api.close()


async def test_a_pod_asks_with_its_own_account(account: Path, kubernetes: FakeKubernetes) -> None:
    """Over TLS with the mounted authority; a token that was replaced on the disk counts from the next request on."""
    with running(kubernetes):
        around = surroundings(kubernetes)
        assert is_in_pod(around, account)
        async with opened(around, account) as api:
            await _ask_with_tokens_of_two_days(api, account, kubernetes)


async def _ask_with_tokens_of_two_days(api: Api, account: Path, kubernetes: FakeKubernetes) -> None:
    assert [one.metadata.name for one in await api.list(PODS, Pod)] == ["a"]
    kubernetes.known = {"sbt_of-tomorrow": kubernetes.known[TOKEN]}
    (account / "token").write_text("sbt_of-tomorrow")
    assert len(await api.list(PODS, Pod)) == 1
    (account / "token").unlink()
    with pytest.raises(ConfigurationError, match="is it still mounted"):
        await api.list(PODS, Pod)


async def test_a_server_with_another_name_is_not_believed(account: Path, kubernetes: FakeKubernetes) -> None:
    """A certificate that is not for the address is an error and no answer."""
    with running(kubernetes):
        async with opened(surroundings(kubernetes, "localhost"), account) as api:
            with pytest.raises(NotAnswered, match="CERTIFICATE_VERIFY_FAILED"):
                await api.list(PODS, Pod)


def test_without_an_account_a_pod_is_told_what_to_set(tmp_path: Path) -> None:
    """A pod of the operator's has no token until its document names a ServiceAccount."""
    assert not is_in_pod({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, tmp_path)
    with pytest.raises(ConfigurationError, match=r"spec\.serviceAccountName"):
        of_pod({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, tmp_path)


def test_an_address_of_version_6_is_put_in_brackets(account: Path) -> None:
    """As a URL wants it; the port is 443 where none is named."""
    assert of_pod({"KUBERNETES_SERVICE_HOST": "fd00::1"}, account).server == "https://[fd00::1]:443"


def test_a_certificate_that_is_none_is_said() -> None:
    """With the server's address, and not with a traceback."""
    with pytest.raises(ConfigurationError, match="a certificate for https://a cannot be used"):
        Connection(server="https://a", authority="-----BEGIN CERTIFICATE-----").tls()


def test_no_secret_is_in_its_words() -> None:
    """Neither token nor key, however the connection is printed."""
    assert "sesame" not in repr(Connection(server="https://a", token="sesame", private_key="sesame"))  # noqa: S106 - no secret


def test_an_unverified_server_is_a_wish_of_its_own() -> None:
    """Only `insecure-skip-tls-verify` switches the check off."""
    assert Connection(server="https://a").tls().verify_mode is ssl.CERT_REQUIRED
    assert Connection(server="https://a", is_verified=False).tls().verify_mode is ssl.CERT_NONE
