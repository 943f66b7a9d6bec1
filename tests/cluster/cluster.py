"""A cluster that tests talk to: over HTTP, through kubectl, and by what its audit log says.

Either the control plane of this harness, or with `STOCKBOT_TEST_CLUSTER=existing` the current context of the
kubeconfig, which is then reached through `kubectl proxy`, whatever way of logging in it uses.
"""

import json
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
from tests.cluster import programs
from tests.cluster.layout import Layout

TIMEOUT = httpx.Timeout(30)


@dataclass(frozen=True)
class Cluster:
    """Where the API server is, and who one is there."""

    url: str
    kubeconfig: Path
    kubectl_program: Path
    token: str = ""
    certificate: Path | None = None
    plan: Layout | None = None  # of the harness's own control plane

    @classmethod
    def of_control_plane(cls, plan: Layout, user: str = "admin") -> "Cluster":
        kubectl = programs.find("kubectl")
        return cls(plan.url, plan.kubeconfig(user), kubectl, plan.tokens[user], plan.certificate, plan)

    @property
    def is_own(self) -> bool:
        """True where it ends with the tests: they may then do what no shared cluster would forgive."""
        return self.plan is not None

    def as_user(self, user: str) -> "Cluster":
        """The own control plane as another of `layout.USERS` sees it."""
        assert self.plan is not None, "an existing cluster has no users of ours"
        return self.of_control_plane(self.plan, user)

    def with_token(self, token: str) -> "Cluster":
        """The same for HTTP alone, as the holder of the token, a ServiceAccount's for example."""
        return replace(self, token=token)

    def client(self, **options: Any) -> httpx.Client:
        """Open one kept-alive connection; answers of 400 and above are not raised."""
        return httpx.Client(**self._connection(), **options)

    def async_client(self, **options: Any) -> httpx.AsyncClient:
        return httpx.AsyncClient(**self._connection(), **options)

    def _connection(self) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        trusted = ssl.create_default_context(cafile=self.certificate) if self.certificate else True
        return {"base_url": self.url, "headers": headers, "verify": trusted, "timeout": TIMEOUT, "trust_env": False}

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """Run kubectl and give what it prints; KubectlFailed has what it complained of."""
        # No cache: it would not know a kind that is new, and another server may have had this address before.
        options = [f"--kubeconfig={self.kubeconfig}", "--cache-dir=/dev/null/none"]
        command = [str(self.kubectl_program), *options, *arguments]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise KubectlFailed(done.stderr.strip())
        return done.stdout

    def audit(self, *, user: str | None = None, since: int = 0) -> Iterator[dict[str, Any]]:
        """Yield the audit log's records after a position, of one user where named. Own control planes only."""
        assert self.plan is not None, "the audit log of an existing cluster cannot be read"
        with self.plan.audit_log.open("rb") as log:
            log.seek(since)
            for line in log:
                record = json.loads(line)
                if user in {None, record["user"]["username"]}:
                    yield record

    def audit_position(self) -> int:
        """Where the audit log ends now."""
        assert self.plan is not None, "the audit log of an existing cluster cannot be read"
        return self.plan.audit_log.stat().st_size


class KubectlFailed(Exception):
    """What kubectl said on standard error."""
