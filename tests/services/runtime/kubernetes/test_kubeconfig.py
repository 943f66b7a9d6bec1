"""A person's kubeconfig, as kind, k3s and kubeadm write it, and what is wrong with those that cannot be used."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from stockbot.errors import ConfigurationError
from stockbot.runtime.kubernetes import kubeconfig_of, of_kubeconfig
from stockbot.testing.kubernetes import kubeconfig

Write = Callable[[Any], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(content: Any) -> Path:
        path = tmp_path / "config"
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
        return path

    return write


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_the_current_context_is_used(write: Write) -> None:
    """With its server, its namespace and its user's token."""
    found = of_kubeconfig(write(kubeconfig("https://here:6443/", "trading", token="t")))  # noqa: S106 - no secret
    assert (found.server, found.namespace, found.bearer()) == ("https://here:6443", "trading", "t")


def test_certificates_may_stand_in_the_file_or_beside_it(write: Write, tmp_path: Path) -> None:
    """Paths count from the kubeconfig's folder."""
    (tmp_path / "me.key").write_text("KEY")
    user = {"client-certificate-data": encoded("CERTIFICATE"), "client-key": "me.key"}
    given = kubeconfig("https://here", "", **user)
    given["clusters"][0]["cluster"] |= {"certificate-authority-data": encoded("AUTHORITY")}
    found = of_kubeconfig(write(given))
    assert (found.authority, found.certificate, found.private_key) == ("AUTHORITY", "CERTIFICATE", "KEY")
    assert (found.namespace, found.bearer()) == ("default", None)


def test_a_context_can_be_chosen(write: Write) -> None:
    """One that is not there is named beside those that are."""
    with pytest.raises(ConfigurationError, match="there is no context 'moon'; there are: test"):
        of_kubeconfig(write(kubeconfig("https://here", "a")), "moon")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "it is not YAML"),
        ("[]", "it must be a map with contexts, clusters and users"),
        ({}, "there is no context ''; there are: none"),
        ({"current-context": "a", "contexts": [{"name": "a"}]}, "'context' is missing"),
        ({"current-context": "a", "contexts": 3}, "is no kubeconfig"),
        (kubeconfig("https://a", "a", exec={"command": "aws"}), "logs in through a program, which is not run here"),
        (kubeconfig("https://a", "a", **{"client-key-data": "%"}), "client-key cannot be read: it is not base64"),
        (kubeconfig("https://a", "a", **{"client-key": "none"}), "client-key cannot be read: No such file"),
    ],
)
def test_what_is_wrong_is_named(write: Write, content: Any, words: str) -> None:
    """With the file, and never with a traceback."""
    path = write(content)
    with pytest.raises(ConfigurationError, match=words) as caught:
        of_kubeconfig(path)
    assert str(path) in str(caught.value)


def test_the_first_file_that_is_there_is_the_persons(tmp_path: Path) -> None:
    """Of those that KUBECONFIG lists; else the usual place, if there is one."""
    (tmp_path / "second").touch()
    listed = {"KUBECONFIG": f"{tmp_path}/first:{tmp_path}/second"}
    assert kubeconfig_of(listed, tmp_path) == tmp_path / "second"
    assert kubeconfig_of({}, tmp_path) is None
    (tmp_path / ".kube").mkdir()
    (tmp_path / ".kube/config").touch()
    assert kubeconfig_of({}, tmp_path) == tmp_path / ".kube/config"
