"""Where the services of this platform are known: the data folder of a running `stockbot up`, or a cluster."""

from collections.abc import Mapping
from pathlib import Path

from stockbot.runtime.clock import Clock
from stockbot.runtime.fleet.cluster import ClusterFleet
from stockbot.runtime.fleet.fleet import Fleet
from stockbot.runtime.fleet.local import LocalFleet
from stockbot.runtime.fleet.report import has_report
from stockbot.runtime.kubernetes import Api, of_kubeconfig, of_pod
from stockbot.runtime.kubernetes.connection import POD_FOLDER, is_in_pod


def fleet_around(
    folder: Path, environment: Mapping[str, str], clock: Clock, pod_folder: Path = POD_FOLDER
) -> Fleet | None:
    """Find the fleet that a process belongs to: who started it, else who it is in a cluster; None where neither is.

    A kubeconfig counts only where KUBECONFIG names it: a person's own rights are not taken unasked. Raises
    ConfigurationError for one that is wrong.
    """
    if has_report(folder):
        return LocalFleet(folder, clock)
    if is_in_pod(environment, pod_folder):
        return ClusterFleet(Api(of_pod(environment, pod_folder)), clock)
    if environment.get("KUBECONFIG"):
        return ClusterFleet(Api(of_kubeconfig(Path(environment["KUBECONFIG"].split(":")[0]))), clock)
    return None
