"""The console's own files: style sheet, script, icon. Used by main, which serves them, and by every page's head."""

import hashlib
from functools import cache
from pathlib import Path
from urllib.parse import quote

from nicegui import ui

FOLDER = Path(__file__).parent / "static"
MOUNT = "/console"
FAVICON = FOLDER / "favicon.svg"


def asset(name: str) -> str:
    """Make the address of a file for the page that is being built; it changes with the content, so it may be kept."""
    prefix = ui.context.client.request.headers.get("X-Forwarded-Prefix", "")
    return f"{quote(prefix)}{MOUNT}/{name}?{_version(name)}"


@cache
def _version(name: str) -> str:
    return hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:12]
