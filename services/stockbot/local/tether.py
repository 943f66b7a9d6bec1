"""Runs a command that dies with the process that started it, however that one dies.

Used by `stockbot.local.processes`, as a program of its own: `tether.py PARENT COMMAND...`. It becomes the
command, so its pid is the command's. It needs nothing but the standard library, because it runs before every
process of `stockbot up`.
"""

import ctypes
import os
import signal
import sys
import time

PR_SET_PDEATHSIG = 1  # from <sys/prctl.h>; it survives exec
WATCH_SECONDS = 0.5


def bind_by_kernel() -> None:
    """Linux: the kernel kills this process when the thread that started it ends.

    Raises OSError if the kernel refuses.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL)) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) was refused")


def bind_by_watcher(parent: int) -> None:
    """Elsewhere: a child of this process looks every half second whether the parent is still there."""
    command = os.getpid()
    if os.fork() != 0:
        return
    while os.getppid() == command and _exists(parent):
        time.sleep(WATCH_SECONDS)
    if os.getppid() == command:
        os.kill(command, signal.SIGKILL)
    os._exit(0)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def main(parent: int, command: list[str]) -> None:
    if sys.platform == "linux":
        bind_by_kernel()
    else:
        bind_by_watcher(parent)
    if os.getppid() != parent:  # it died before it could be watched
        sys.exit(f"the process {parent} that asked for {command[0]} is gone")
    os.execvp(command[0], command)  # noqa: S606 - no shell is wanted: the command is given word by word


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
