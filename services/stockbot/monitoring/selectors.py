"""Which series an expression asks for. Used by the tests that hold rules and panels to what is really there."""

import re
from collections.abc import Iterator

_SERIES = re.compile(r"(?<![\w$:{])((?:job:|process_|stockbot_|up\b)[\w:]*)(\{[^}]*\})?")
_GROUPING = re.compile(r"\b(by|on|without|ignoring)\s*\([^)]*\)")


def selectors(expr: str) -> Iterator[tuple[str, str]]:
    """Each series that is asked for, with its matchers: `("up", "")`, `("stockbot_ready", '{check="bus"}')`."""
    for found in _SERIES.finditer(_GROUPING.sub("", expr)):
        yield found[1], found[2] or ""
