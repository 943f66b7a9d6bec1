"""Hides secrets in what a person or a log may see. Settings, logs and the web's errors pass through here.

Two nets: the name of a key (`password`, `api_key`), and the shape of a text (a URL's userinfo, `token=...`, a
bearer header, one of our own tokens). Both err on hiding too much.
"""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

HIDDEN = "***"
DEEPEST = 8  # levels of nesting that are walked; below, the text of the value is redacted

_NAMES = r"token|passw(?:or)?d|passphrase|secret|authorization|api[-_]?key|credential|cookie|private[-_]?key"
_SECRET_NAME = re.compile(_NAMES, re.IGNORECASE)
_SHAPES = (
    # user:password@ after a scheme, greedy to the last @: a password may carry unescaped / and @.
    # Every repetition is bounded where it could start anew at each character: a long text costs linear time.
    (re.compile(r"""(?<=://)(?:[^\s/?#@:"']{1,2000}|[^\s/?#@:"']{0,2000}:[^\s"']{0,2000})@"""), f"{HIDDEN}@"),
    (re.compile(rf"""((?:{_NAMES})[\w-]{{0,40}}=)[^\s&"',;)\]}}]+""", re.IGNORECASE), rf"\1{HIDDEN}"),
    (
        re.compile(rf"""((?:{_NAMES})[\w-]{{0,40}}["']\s?:\s?b?["'])[^"']+""", re.IGNORECASE),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"\b(bearer|basic)([ ,]+)[\w.~+/=-]{8,}", re.IGNORECASE), rf"\1\2{HIDDEN}"),
    (re.compile(r"\bsbt_[\w-]{20,}"), HIDDEN),
)


def looks_secret(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None


def redact_text(text: str) -> str:
    """Hide userinfo of URLs, secret-looking assignments, bearer headers and own tokens."""
    for shape, instead in _SHAPES:
        text = shape.sub(instead, text)
    return text


def redact_url(url: str) -> str:
    """Hide the userinfo of a URL and its secret-looking query values."""
    return redact_text(url)


def redact(value: object, depth: int = 0) -> object:
    """Copy `value` into plain values, with secrets hidden at every level."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth >= DEEPEST:
        return redact_text(repr(value))
    if isinstance(value, Mapping):
        return {str(key): redact_entry(str(key), entry, depth + 1) for key, entry in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(item, depth + 1) for item in value]
    return redact_text(_words(value))


def redact_entry(name: str, value: object, depth: int = 0) -> object:
    """Redact the value under `name`, whole where the name looks secret."""
    return HIDDEN if looks_secret(name) and value is not None else redact(value, depth)


def _words(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, str | Decimal) else repr(value)
