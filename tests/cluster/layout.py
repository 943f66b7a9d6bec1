"""The files of a control plane in its data folder, and the commands that start its three programs."""

import json
import secrets
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cluster import programs

from stockbot.local.ports import free_port

CONTROLLERS = "system:kube-controller-manager"
USERS: Mapping[str, str] = {  # and the group of each; `person` may do nothing until a test lets it
    "admin": "system:masters",
    "kubelet": "system:masters",
    "person": "stockbot:people",
    CONTROLLERS: "",
}
CONTROLLERS_SIGN = "/api/v1/namespaces/kube-system/serviceaccounts/default"  # what they make first
NAMES_OF_SERVER = (  # the last two are what pods of a node call it
    "IP:127.0.0.1",
    "DNS:localhost",
    "DNS:kubernetes.default.svc",
    "IP:10.96.0.1",
)
AUDIT_LOG = "audit.log"
AUDIT_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [{"level": "Metadata"}],
}


@dataclass(frozen=True)
class Ports:
    etcd: int
    etcd_peers: int
    api_server: int


def free_ports() -> Ports:
    """Three ports of the loopback that nobody listens on at this moment."""
    found: set[int] = set()
    while len(found) < 3:
        found.add(free_port())
    return Ports(*found)


@dataclass(frozen=True)
class Layout:
    """Where everything of one control plane is."""

    folder: Path
    ports: Ports
    tokens: Mapping[str, str]

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.ports.api_server}"

    @property
    def certificate(self) -> Path:
        """The API server's certificate, which signs itself."""
        return self.folder / "server.crt"

    @property
    def audit_log(self) -> Path:
        return self.folder / AUDIT_LOG

    def kubeconfig(self, user: str) -> Path:
        return self.folder / f"{user.rpartition(':')[2]}.kubeconfig"


def make(folder: Path) -> Layout:
    """Write what the programs read: certificate, keys, users, audit policy, a kubeconfig for each user."""
    layout = Layout(folder, free_ports(), {user: secrets.token_hex(16) for user in USERS})
    make_keys(layout)
    rows = [f'{layout.tokens[user]},{user},{user},"{group}"\n' for user, group in USERS.items()]
    (folder / "tokens.csv").write_text("".join(rows))
    (folder / "audit-policy.json").write_text(json.dumps(AUDIT_POLICY))
    for user, token in layout.tokens.items():
        layout.kubeconfig(user).write_text(json.dumps(kubeconfig(layout, token)))
    return layout


def make_keys(layout: Layout) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        raise programs.Unavailable("openssl is not installed: install the package openssl")
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    certificate = ["-x509", "-days", "7", "-subj", "/CN=stockbot-test-cluster"]
    extensions = [
        f"subjectAltName={','.join(NAMES_OF_SERVER)}",
        "keyUsage=critical,digitalSignature,keyCertSign",
    ]
    added = [argument for extension in extensions for argument in ("-addext", extension)]
    files = ["-keyout", str(layout.folder / "server.key"), "-out", str(layout.certificate)]
    run([openssl, "req", *curve, *certificate, *added, *files])
    accounts = ["-name", "prime256v1", "-genkey", "-noout", "-out", str(layout.folder / "accounts.key")]
    run([openssl, "ecparam", *accounts])


def run(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - the machine's own openssl


def kubeconfig(layout: Layout, token: str) -> dict[str, Any]:
    """Write JSON, which is YAML, with the certificate by its path."""
    cluster = {"server": layout.url, "certificate-authority": str(layout.certificate)}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "test", "cluster": cluster}],
        "users": [{"name": "user", "user": {"token": token}}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "user"}}],
        "current-context": "test",
    }


def commands(layout: Layout) -> list[list[str]]:
    """The three programs in the order in which they start."""
    return [etcd(layout), api_server(layout), controller_manager(layout)]


def etcd(layout: Layout) -> list[str]:
    client, peers = (f"http://127.0.0.1:{port}" for port in (layout.ports.etcd, layout.ports.etcd_peers))
    return [
        str(programs.find("etcd")),
        "--unsafe-no-fsync",
        "--log-level=warn",
        f"--data-dir={layout.folder / 'etcd'}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peers}",
        f"--initial-advertise-peer-urls={peers}",
        f"--initial-cluster=default={peers}",
    ]


def api_server(layout: Layout) -> list[str]:
    accounts = layout.folder / "accounts.key"
    return [
        str(programs.find("kube-apiserver")),
        f"--etcd-servers=http://127.0.0.1:{layout.ports.etcd}",
        "--bind-address=127.0.0.1",
        f"--secure-port={layout.ports.api_server}",
        f"--tls-cert-file={layout.certificate}",
        f"--tls-private-key-file={layout.folder / 'server.key'}",
        f"--cert-dir={layout.folder}",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={accounts}",
        f"--service-account-signing-key-file={accounts}",
        "--authorization-mode=Node,RBAC",
        f"--token-auth-file={layout.folder / 'tokens.csv'}",
        f"--audit-policy-file={layout.folder / 'audit-policy.json'}",
        f"--audit-log-path={layout.audit_log}",
    ]


def controller_manager(layout: Layout) -> list[str]:
    return [
        str(programs.find("kube-controller-manager")),
        f"--kubeconfig={layout.kubeconfig(CONTROLLERS)}",
        f"--service-account-private-key-file={layout.folder / 'accounts.key'}",
        f"--root-ca-file={layout.certificate}",
        f"--cert-dir={layout.folder}",
        "--use-service-account-credentials=true",
        "--leader-elect=false",
        "--secure-port=0",
        "--kube-api-qps=1000",  # its default of 20 would slow its start by 5 s, and every test
        "--kube-api-burst=1000",
    ]
