"""Which cluster a command is about."""

import os
from pathlib import Path

from stockbot.runtime.kubernetes import Connection, kubeconfig_of, of_kubeconfig, of_pod
from stockbot.runtime.kubernetes.connection import is_in_pod


def find_connection(context: str | None) -> Connection | None:
    """Find a kubeconfig, or the account of the pod in which a person runs this."""
    kubeconfig = kubeconfig_of(os.environ, Path.home())
    if kubeconfig is not None:
        return of_kubeconfig(kubeconfig, context)
    return of_pod(os.environ) if is_in_pod(os.environ) else None
