"""Where the API server is: a kubeconfig, or a pod's own account."""

import base64
from pathlib import Path

import pytest

from stockbot.errors import ConfigurationError
from stockbot_operator.kube.connection import find_connection, of_kubeconfig, of_pod

USER = "token: abc"


def kubeconfig(folder: Path, user: str = USER, cluster: str = "server: https://a.example.com:6443/") -> Path:
    path = folder / "config"
    path.write_text(
        "current-context: here\n"
        "contexts: [{name: here, context: {cluster: c, user: u, namespace: trading}}]\n"
        f"clusters: [{{name: c, cluster: {{{cluster}}}}}]\n"
        f"users: [{{name: u, user: {{{user}}}}}]\n"
    )
    return path


def test_a_token_of_a_kubeconfig(tmp_path: Path) -> None:
    """Server, namespace, authority and token come from the current context."""
    authority = base64.b64encode(b"PEM").decode()
    cluster = f"server: https://a.example.com:6443/, certificate-authority-data: {authority}"
    found = find_connection(kubeconfig(tmp_path, cluster=cluster), None, {"KUBERNETES_SERVICE_HOST": "10.0.0.1"})
    assert (found.server, found.namespace, found.ca) == ("https://a.example.com:6443", "trading", "PEM")
    assert found.bearer() == "abc"


def test_a_pods_token_is_read_each_time(tmp_path: Path) -> None:
    """The kubelet replaces it every hour."""
    for name, content in {"namespace": "trading\n", "ca.crt": "PEM", "token": "first\n"}.items():
        (tmp_path / name).write_text(content)
    found = of_pod({"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"}, tmp_path)
    assert found.server == "https://[fd00::1]:443"
    assert found.bearer() == "first"
    (tmp_path / "token").write_text("second")
    assert found.bearer() == "second"


@pytest.mark.parametrize(
    ("user", "context", "words"),
    [
        ("exec: {command: aws}", None, "logs in through a program"),
        (USER, "elsewhere", 'there is no "elsewhere" in contexts'),
        ("client-certificate-data: eA==", None, "write it to a file"),
    ],
)
def test_what_cannot_be_used_is_said(tmp_path: Path, user: str, context: str | None, words: str) -> None:
    """The message names the file and what would be right."""
    with pytest.raises(ConfigurationError, match=words):
        of_kubeconfig(kubeconfig(tmp_path, user), context)


def test_no_kubeconfig_at_all(tmp_path: Path) -> None:
    """A person without one is told how to name one."""
    with pytest.raises(ConfigurationError, match="--kubeconfig or KUBECONFIG"):
        find_connection(None, None, {"KUBECONFIG": str(tmp_path / "none")})
