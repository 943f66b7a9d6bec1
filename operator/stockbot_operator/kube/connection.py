"""Where the API server is and who we are to it: a pod's own account, or a kubeconfig. One for Kopf and for us."""

import base64
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from stockbot.errors import ConfigurationError

POD_FOLDER = Path("/var/run/secrets/kubernetes.io/serviceaccount")


@dataclass(frozen=True, kw_only=True)
class Connection:
    """`token_file` wins over `token` and is read for each request: a pod's token is replaced every hour."""

    server: str
    namespace: str = "default"
    ca: str | None = None  # PEM; None: the system's
    token: str | None = None
    token_file: Path | None = None
    certificate: Path | None = None
    private_key: Path | None = None
    insecure: bool = False

    def bearer(self) -> str | None:
        return self.token_file.read_text().strip() if self.token_file else self.token

    def tls(self) -> ssl.SSLContext | bool:
        if not self.server.startswith("https:"):
            return False
        context = ssl.create_default_context(cadata=self.ca)
        if self.insecure:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if self.certificate is not None:
            context.load_cert_chain(self.certificate, self.private_key)
        return context


def find_connection(kubeconfig: Path | None, context: str | None, environment: Mapping[str, str]) -> Connection:
    """Use the kubeconfig that is named, else the pod's account, else the person's kubeconfig."""
    if kubeconfig is None and context is None and "KUBERNETES_SERVICE_HOST" in environment:
        return of_pod(environment)
    named = kubeconfig or Path(environment.get("KUBECONFIG") or Path.home() / ".kube/config")
    return of_kubeconfig(named, context)


def of_pod(environment: Mapping[str, str], folder: Path = POD_FOLDER) -> Connection:
    """Return the connection of a pod's ServiceAccount."""
    try:
        host, port = environment["KUBERNETES_SERVICE_HOST"], environment.get("KUBERNETES_SERVICE_PORT", "443")
        namespace = (folder / "namespace").read_text().strip()
        authority = (folder / "ca.crt").read_text()
    except OSError as error:
        raise ConfigurationError(
            f"{folder}: cannot be read ({error.strerror}): the pod needs a ServiceAccount with its token mounted"
        ) from error
    return Connection(
        server=f"https://{f'[{host}]' if ':' in host else host}:{port}",
        namespace=namespace,
        ca=authority,
        token_file=folder / "token",
    )


def of_kubeconfig(path: Path, context: str | None) -> Connection:
    """Return the connection of one context; ConfigurationError for what is absent or needs a program to log in."""
    given = _read(path)
    chosen = context or given.get("current-context") or ""
    entry = _named(path, given, "contexts", chosen)["context"]
    cluster = _named(path, given, "clusters", entry.get("cluster", ""))["cluster"]
    user = _named(path, given, "users", entry.get("user", ""))["user"]
    if "exec" in user or "auth-provider" in user:
        raise ConfigurationError(
            f"{path}: the user {entry['user']} logs in through a program; use one with a token or a certificate"
        )
    return Connection(
        server=cluster["server"].rstrip("/"),
        namespace=entry.get("namespace", "default"),
        ca=_pem(path, cluster, "certificate-authority"),
        token=user.get("token"),
        token_file=_file(path, user.get("tokenFile")),
        certificate=_certificate(path, user, "client-certificate"),
        private_key=_certificate(path, user, "client-key"),
        insecure=bool(cluster.get("insecure-skip-tls-verify")),
    )


def _read(path: Path) -> Mapping[str, Any]:
    try:
        given = yaml.safe_load(path.read_text())
    except OSError as error:
        raise ConfigurationError(
            f"{path}: cannot be read ({error.strerror}): name a kubeconfig with --kubeconfig or KUBECONFIG"
        ) from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path}: is no YAML: {error}") from error
    if not isinstance(given, dict):
        raise ConfigurationError(f"{path}: is no kubeconfig")
    return given


def _named(path: Path, given: Mapping[str, Any], section: str, name: str) -> Any:
    for entry in given.get(section) or ():
        if entry.get("name") == name:
            return entry
    raise ConfigurationError(f'{path}: there is no "{name}" in {section}')


def _pem(path: Path, entry: Mapping[str, Any], field: str) -> str | None:
    if f"{field}-data" in entry:
        return base64.b64decode(entry[f"{field}-data"]).decode()
    file = _file(path, entry.get(field))
    return None if file is None else file.read_text()


def _certificate(path: Path, entry: Mapping[str, Any], field: str) -> Path | None:
    """Return the file; the TLS library reads no certificate from memory."""
    if f"{field}-data" in entry:
        raise ConfigurationError(f"{path}: {field}-data is not supported: write it to a file and name that as {field}")
    return _file(path, entry.get(field))


def _file(path: Path, named: str | None) -> Path | None:
    return None if not named else path.parent / os.fspath(named)
