"""Which API server the operator speaks to."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from stockbot.errors import ConfigurationError
from stockbot.testing.kubernetes import kubeconfig
from stockbot_operator.main import connection_of
from stockbot_operator.settings import OperatorSettings

POD = {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}


def written(path: Path, server: str, **cluster: Any) -> Path:
    given = kubeconfig(server, "trading", token="t")  # noqa: S106 - no secret
    given["clusters"][0]["cluster"] |= cluster
    path.write_text(yaml.safe_dump(given))
    return path


def test_a_named_kubeconfig_wins_over_the_persons(tmp_path: Path) -> None:
    """KUBECONFIG counts where none is named."""
    named, persons = written(tmp_path / "a", "https://named"), written(tmp_path / "b", "https://persons")
    around = {"KUBECONFIG": str(persons)}
    assert (
        connection_of(OperatorSettings(default_image="a:1", kubeconfig=named), POD | around).server == "https://named"
    )
    assert connection_of(OperatorSettings(default_image="a:1"), around).server == "https://persons"
    assert (
        connection_of(OperatorSettings(default_image="a:1"), POD | around).server == "https://persons"
    )  # it has no token of a pod


def test_what_cannot_be_used_is_said(tmp_path: Path) -> None:
    """Without a kubeconfig a person is told how to name one; what the watch would fail on is refused at once."""
    with pytest.raises(ConfigurationError, match="name one with --kubeconfig or KUBECONFIG"):
        connection_of(OperatorSettings(default_image="a:1"), {"KUBECONFIG": str(tmp_path / "none")})
    other = written(tmp_path / "c", "https://10.0.0.1", **{"tls-server-name": "api.example.com"})
    with pytest.raises(ConfigurationError, match="tls-server-name"):
        connection_of(OperatorSettings(default_image="a:1", kubeconfig=other), {})
