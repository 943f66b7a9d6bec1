"""The connection that a person's kubeconfig describes: server, authority, and a token or a certificate.

Programs that log in (`exec`, `auth-provider`) are not run: whoever needs one is told the way round it.
"""

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from stockbot.errors import ConfigurationError
from stockbot.runtime.kubernetes.connection import Connection

PROGRAMS = ("exec", "auth-provider")


def kubeconfig_of(environment: Mapping[str, str], home: Path) -> Path | None:
    """Find the person's kubeconfig, of several in KUBECONFIG the first that is there; None without one."""
    named = [Path(part) for part in environment.get("KUBECONFIG", "").split(":") if part]
    return next((path for path in named or [home / ".kube/config"] if path.is_file()), None)


def of_kubeconfig(path: Path, context: str | None = None) -> Connection:
    """Return the connection of `context`, by default the current one; ConfigurationError says what is wrong."""
    try:
        return _connection(path, context)
    except KeyError as error:
        raise ConfigurationError(f"{path} is no kubeconfig: {error} is missing") from None
    except (TypeError, AttributeError):
        raise ConfigurationError(f"{path} is no kubeconfig: a part of it is not of the right kind") from None


def _connection(path: Path, context: str | None) -> Connection:
    given = _read(path)
    chosen = _named(path, given, "context", context or given.get("current-context") or "")
    cluster = _named(path, given, "cluster", chosen["cluster"])
    user = _named(path, given, "user", chosen["user"])
    _refuse_programs(path, chosen["user"], user)
    return Connection(
        server=cluster["server"].rstrip("/"),
        namespace=chosen.get("namespace") or "default",
        authority=_pem(path, cluster, "certificate-authority"),
        token=user.get("token"),
        token_file=path.parent / user["tokenFile"] if user.get("tokenFile") else None,
        certificate=_pem(path, user, "client-certificate"),
        private_key=_pem(path, user, "client-key"),
        is_verified=not cluster.get("insecure-skip-tls-verify"),
        tls_name=cluster.get("tls-server-name"),
    )


def _read(path: Path) -> Mapping[str, Any]:
    try:
        given = yaml.safe_load(path.read_text())
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read ({error.strerror}): name a kubeconfig with KUBECONFIG"
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise ConfigurationError(f"{path} is no kubeconfig: it is not YAML") from None
    if not isinstance(given, dict):
        raise ConfigurationError(f"{path} is no kubeconfig: it must be a map with contexts, clusters and users")
    return given


def _named(path: Path, given: Mapping[str, Any], kind: str, name: str) -> Mapping[str, Any]:
    entries = given.get(f"{kind}s") or []
    for entry in entries:
        if entry["name"] == name:
            found: Mapping[str, Any] = entry[kind]
            return found
    known = ", ".join(entry["name"] for entry in entries) or "none"
    raise ConfigurationError(f"{path}: there is no {kind} {name!r}; there are: {known}")


def _refuse_programs(path: Path, name: str, user: Mapping[str, Any]) -> None:
    if any(program in user for program in PROGRAMS):
        raise ConfigurationError(
            f"{path}: the user {name!r} logs in through a program, which is not run here: use a user with a token or"
            " a certificate, or run `kubectl proxy` and name http://127.0.0.1:8001 as the server"
        )


def _pem(path: Path, entry: Mapping[str, Any], field: str) -> str | None:
    """Return the text that stands in the kubeconfig itself, or in the file that it names beside itself."""
    try:
        if entry.get(f"{field}-data"):
            return base64.b64decode(entry[f"{field}-data"], validate=True).decode()
        return (path.parent / entry[field]).read_text() if entry.get(field) else None
    except (OSError, ValueError, binascii.Error) as error:
        raise ConfigurationError(f"{path}: {field} cannot be read: {_cause(error)}") from None


def _cause(error: Exception) -> str:
    return error.strerror or "no such file" if isinstance(error, OSError) else "it is not base64 of a PEM text"
