"""Where the API server is and who we are to it: a pod's own account here, a person's kubeconfig in kubeconfig.py."""

import os
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stockbot.errors import ConfigurationError

POD_FOLDER = Path("/var/run/secrets/kubernetes.io/serviceaccount")


@dataclass(frozen=True, kw_only=True)
class Connection:
    """`token_file` is read for each request, since a pod's token is replaced every hour; certificates are PEM."""

    server: str
    namespace: str = "default"
    authority: str | None = None  # None: those that this machine trusts
    token: str | None = field(default=None, repr=False)
    token_file: Path | None = None
    certificate: str | None = None
    private_key: str | None = field(default=None, repr=False)
    is_verified: bool = True
    tls_name: str | None = None  # the server's name in its certificate, where that is not its address

    def bearer(self) -> str | None:
        """Return the token of now. Raises ConfigurationError where its file cannot be read."""
        if self.token_file is None:
            return self.token
        try:
            return self.token_file.read_text().strip()
        except OSError as error:
            raise ConfigurationError(
                f"the token {self.token_file} cannot be read ({error.strerror}): is it still mounted, and ours to read?"
            ) from None

    def tls(self) -> ssl.SSLContext:
        """Return what a connection is made with. Raises ConfigurationError for certificates that are none."""
        try:
            context = ssl.create_default_context(cadata=self.authority)
            if not self.is_verified:
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            if self.certificate is not None:
                _present(context, self.certificate, self.private_key or "")
        except (ssl.SSLError, OSError, ValueError) as error:
            raise ConfigurationError(f"a certificate for {self.server} cannot be used: {error}") from None
        return context


def _present(context: ssl.SSLContext, certificate: str, private_key: str) -> None:
    """Load our own certificate; the TLS library reads it from a file alone, so it is in one for a moment."""
    handle, name = tempfile.mkstemp()  # for its owner alone
    try:
        with os.fdopen(handle, "w") as file:
            file.write(f"{certificate}\n{private_key}\n")
        context.load_cert_chain(name)
    finally:
        Path(name).unlink()


def is_in_pod(environment: Mapping[str, str], folder: Path = POD_FOLDER) -> bool:
    """Tell whether this process is a pod's, with a token for the API."""
    return "KUBERNETES_SERVICE_HOST" in environment and (folder / "token").exists()


def of_pod(environment: Mapping[str, str], folder: Path = POD_FOLDER) -> Connection:
    """Return the connection of the pod's ServiceAccount, in the pod's namespace; ConfigurationError without one."""
    host, port = environment.get("KUBERNETES_SERVICE_HOST", ""), environment.get("KUBERNETES_SERVICE_PORT", "443")
    try:
        namespace, authority = (folder / "namespace").read_text().strip(), (folder / "ca.crt").read_text()
    except OSError as error:
        raise ConfigurationError(
            f"{folder} cannot be read ({error.strerror}): the pod needs a ServiceAccount with its token mounted,"
            " named by spec.serviceAccountName"
        ) from None
    return Connection(
        server=f"https://{f'[{host}]' if ':' in host else host}:{port}",
        namespace=namespace,
        authority=authority,
        token_file=folder / "token",
    )
