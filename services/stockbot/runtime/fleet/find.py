"""Where the services of this platform are known: the data folder of a running `stockbot up`, or a cluster."""

from collections.abc import Mapping
from pathlib import Path

from stockbot.errors import ConfigurationError
from stockbot.runtime.clock import Clock
from stockbot.runtime.fleet.cluster import ClusterFleet
from stockbot.runtime.fleet.fleet import Fleet
from stockbot.runtime.fleet.local import LocalFleet
from stockbot.runtime.fleet.report import has_report
from stockbot.runtime.fleet.unreachable import UnreachableFleet
from stockbot.runtime.kubernetes import Api, Connection, of_kubeconfig, of_pod
from stockbot.runtime.kubernetes.connection import POD_FOLDER, is_in_pod


def fleet_around(
    folder: Path, environment: Mapping[str, str], clock: Clock, pod_folder: Path = POD_FOLDER
) -> Fleet | None:
    """Find the fleet that a process belongs to: who started it, else who it is in a cluster; None where neither is.

    A kubeconfig counts only where KUBECONFIG names it: a person's own rights are not taken unasked.
    """
    if has_report(folder):
        return LocalFleet(folder, clock)
    try:
        connection = _connection(environment, pod_folder)
        return None if connection is None else ClusterFleet(Api(connection), clock)
    except ConfigurationError as error:
        return UnreachableFleet(str(error))


def _connection(environment: Mapping[str, str], pod_folder: Path) -> Connection | None:
    if is_in_pod(environment, pod_folder):
        return of_pod(environment, pod_folder)
    named = environment.get("KUBECONFIG", "").split(":")[0]
    return of_kubeconfig(Path(named)) if named else None
