"""The command line: `stockbot up`, `serve`, `events`, `doctor`, `db`, `crd`. The entry point is `main`."""

from stockbot.cli.app import main

__all__ = ["main"]
