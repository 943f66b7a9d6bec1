"""Runs a node for its owner and never outlives it: `python guardian.py FOLDER CONTROL_GROUP`, a child of the owner.

The owner writes one line of JSON to its standard input, the commands in the order in which they start, and holds the
pipe open. They run in a process namespace and with mounts of their own (`init.py` is its first process): when that one
ends, the kernel ends every container with it and forgets every mount, whatever state they are in. The control groups
and the folder are removed afterwards. Imports nothing of this repository, so that it starts at once.
"""

import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1
LOOK_SECONDS = 0.2
GONE_SECONDS = 10.0
CONTROL_GROUPS = Path("/sys/fs/cgroup")
INIT = Path(__file__).with_name("init.py")
OWN_NAMESPACES = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]


def end_with_parent(signal_number: int) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number)


def control_groups(name: str) -> list[Path]:
    """Of version 1 there is one in each hierarchy, of version 2 there is one."""
    if (CONTROL_GROUPS / "cgroup.procs").exists():
        return [CONTROL_GROUPS / name]
    hierarchies = {path.resolve() for path in CONTROL_GROUPS.iterdir() if (path / "cgroup.procs").exists()}
    return sorted(path / name for path in hierarchies)


def remove_control_groups(name: str) -> None:
    """Remove them from the innermost out; one whose last process has just ended may still be busy for a moment."""
    deadline = time.monotonic() + GONE_SECONDS
    while groups := [found for root in control_groups(name) if root.exists() for found in (root, *root.rglob("*/"))]:
        for group in sorted(groups, key=lambda path: len(path.parts), reverse=True):
            try:
                group.rmdir()
            except OSError:
                continue
        if time.monotonic() > deadline:
            return
        time.sleep(0.05)


def start(folder: Path) -> "subprocess.Popen[bytes]":
    with (folder / "init.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - the node's own first process
            [*OWN_NAMESPACES, sys.executable, "-I", str(INIT), str(folder)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            cwd=folder,
            preexec_fn=lambda: end_with_parent(signal.SIGKILL),  # noqa: PLW1509 - there is one thread
        )


def hand_over(init: "subprocess.Popen[bytes]") -> None:
    commands = os.fdopen(os.dup(0), "rb", buffering=0).readline()
    assert init.stdin is not None
    init.stdin.write(commands)
    init.stdin.flush()


def run_until_one_ends(init: "subprocess.Popen[bytes]") -> None:
    """Wait until the node ends by itself; SystemExit when the owner closes the pipe or is gone."""
    owner = os.getppid()
    while init.poll() is None:
        readable, _, _ = select.select([sys.stdin], [], [], LOOK_SECONDS)
        if os.getppid() != owner or (readable and not os.read(sys.stdin.fileno(), 1024)):
            leave()


def leave(*_signal: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the owner's end is told twice: by the pipe and by the kernel
    sys.exit(0)


def main(folder: Path, group: str) -> int:
    signal.signal(signal.SIGTERM, leave)
    end_with_parent(signal.SIGTERM)
    for path in control_groups(group):
        path.mkdir()
    init = start(folder)
    try:
        hand_over(init)
        run_until_one_ends(init)
    except SystemExit:
        stop(init)
        shutil.rmtree(folder, ignore_errors=True)
        raise
    finally:
        stop(init)
        remove_control_groups(group)
    return 1


def stop(init: "subprocess.Popen[bytes]") -> None:
    """Kill `unshare`, which takes the first process along, and with it the kernel all others."""
    init.kill()
    init.wait()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
