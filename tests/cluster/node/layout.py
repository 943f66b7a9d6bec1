"""The files of a node in its data folder, and the commands that start its programs: a control plane's and its own.

Addresses and options are those that work without Docker, without a second machine and with the rights that a sandbox
leaves to root: `restrict_oom_score_adj`, for example, is for machines that do not let us raise a process's standing.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cluster import layout, programs
from tests.cluster.node.network import NODE

NAME = "stockbot-node"
PAUSE = "localhost/pause:3.10"
PODS = "10.244.0.0/24"
PLUGINS = "/usr/lib/cni"  # where Debian puts them
VOLUMES = 20
STORAGE_CLASS = "standard"

CONTAINERD = """\
version = 3
root = "{folder}/containerd"
state = "{folder}/containerd-state"
disabled_plugins = ["io.containerd.nri.v1.nri"]

[grpc]
address = "{folder}/containerd.sock"

[plugins."io.containerd.internal.v1.opt"]
path = "{folder}/opt"

[plugins."io.containerd.cri.v1.images".pinned_images]
sandbox = "{pause}"

[plugins."io.containerd.cri.v1.runtime"]
restrict_oom_score_adj = true
disable_apparmor = true

[plugins."io.containerd.cri.v1.runtime".cni]
bin_dirs = ["{plugins}"]
conf_dir = "{folder}/networks"
"""
COREDNS = """\
.:53 {{
    bind {node}
    errors
    kubernetes cluster.local {{
        kubeconfig {kubeconfig}
    }}
    cache 5
}}
"""


@dataclass(frozen=True)
class NodeLayout:
    """Where everything of one node is."""

    plane: layout.Layout

    @property
    def folder(self) -> Path:
        return self.plane.folder

    @property
    def control_group(self) -> str:
        """All its pods are in here, so that two nodes on one machine never meet."""
        return self.folder.name

    @property
    def containerd_socket(self) -> Path:
        return self.folder / "containerd.sock"

    @property
    def kubeconfig(self) -> Path:
        return self.plane.kubeconfig("kubelet")


def make(folder: Path) -> NodeLayout:
    """Write what the programs read."""
    node = NodeLayout(layout.make(folder))
    texts = {
        "containerd.toml": CONTAINERD.format(folder=folder, pause=PAUSE, plugins=PLUGINS),
        "Corefile": COREDNS.format(node=NODE, kubeconfig=node.kubeconfig),
        "resolv.conf": f"nameserver {NODE}\n",
        "networks/10-stockbot.conflist": json.dumps(network(folder)),
        "kubelet.json": json.dumps(kubelet_configuration(node)),
        "kube-proxy.json": json.dumps(proxy_configuration(node)),
    }
    (folder / "networks").mkdir()
    for name, text in texts.items():
        (folder / name).write_text(text)
    return node


def network(folder: Path) -> dict[str, Any]:
    ranges = [[{"subnet": PODS}]]
    addresses = {
        "type": "host-local",
        "ranges": ranges,
        "routes": [{"dst": "0.0.0.0/0"}],
        "dataDir": f"{folder}/addresses",
    }
    bridge = {"type": "bridge", "bridge": "pods0", "isGateway": True, "hairpinMode": True, "ipMasq": False}
    return {"cniVersion": "1.0.0", "name": "stockbot", "plugins": [{**bridge, "ipam": addresses}]}


def kubelet_configuration(node: NodeLayout) -> dict[str, Any]:
    nothing_is_reserved = dict.fromkeys(
        ("memory.available", "nodefs.available", "nodefs.inodesFree", "imagefs.available"), "0%"
    )
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": NODE,
        "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
        "authorization": {"mode": "AlwaysAllow"},  # nobody else is in this network
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{node.control_group}",
        "failCgroupV1": False,
        "failSwapOn": False,
        "enforceNodeAllocatable": [],
        "evictionHard": nothing_is_reserved,
        "imageGCHighThresholdPercent": 100,
        "oomScoreAdj": 0,
        "localStorageCapacityIsolation": False,
        "clusterDNS": [NODE],
        "clusterDomain": "cluster.local",
        "resolvConf": str(node.folder / "resolv.conf"),
        "containerRuntimeEndpoint": f"unix://{node.containerd_socket}",
        "podLogsDir": str(node.folder / "pod-logs"),
        "volumePluginDir": str(node.folder / "volume-plugins"),
        "syncFrequency": "10s",  # a changed Secret or ConfigMap is seen within seconds
    }


def proxy_configuration(node: NodeLayout) -> dict[str, Any]:
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "bindAddress": NODE,
        "clusterCIDR": "10.244.0.0/16",
        "hostnameOverride": NAME,
        "clientConnection": {"kubeconfig": str(node.kubeconfig)},
        "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
    }


def commands(node: NodeLayout) -> list[list[str]]:
    """The programs in the order in which they start."""
    plane, folder = node.plane, node.folder
    of_kubelet = [f"--config={folder / 'kubelet.json'}", f"--root-dir={folder / 'kubelet'}", f"--cert-dir={folder}"]
    return [
        layout.etcd(plane),
        [*layout.api_server(plane), *api_server_options()],
        layout.controller_manager(plane),
        [program("kube-scheduler"), f"--kubeconfig={node.kubeconfig}", "--leader-elect=false", "--secure-port=0"],
        [program("containerd"), f"--config={folder / 'containerd.toml'}"],
        [
            program("kubelet"),
            f"--kubeconfig={node.kubeconfig}",
            *of_kubelet,
            f"--node-ip={NODE}",
            f"--hostname-override={NAME}",
        ],
        [program("kube-proxy"), f"--config={folder / 'kube-proxy.json'}"],
        [program("coredns"), f"-conf={folder / 'Corefile'}"],
    ]


def program(name: str) -> str:
    return str(programs.find(name))


def api_server_options() -> list[str]:
    """What a control plane without a node does not need; the last of two like options counts."""
    return [
        "--bind-address=0.0.0.0",
        f"--advertise-address={NODE}",
        "--allow-privileged=true",
        "--kubelet-preferred-address-types=InternalIP",  # else `kubectl logs` looks the node's name up, and hangs
    ]


def storage(node: NodeLayout) -> list[Mapping[str, Any]]:
    """A StorageClass and volumes for it: folders that any user may write to."""
    default = {"storageclass.kubernetes.io/is-default-class": "true"}
    kind = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": STORAGE_CLASS, "annotations": default},
        "provisioner": "kubernetes.io/no-provisioner",
    }
    return [kind, *(volume(node.folder / "volumes" / f"{number:02}") for number in range(VOLUMES))]


def volume(folder: Path) -> Mapping[str, Any]:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o777)
    spec = {
        "capacity": {"storage": "20Gi"},
        "accessModes": ["ReadWriteOnce"],
        "persistentVolumeReclaimPolicy": "Retain",
        "storageClassName": STORAGE_CLASS,
        "hostPath": {"path": str(folder)},
    }
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": f"volume-{folder.name}"}, "spec": spec}
