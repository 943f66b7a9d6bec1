"""Rules of the definition, which are CEL, as conditions of a JSON schema, for those that a JSON schema can say.

Helm shows a condition that does not hold with the key that it is about. The others, such as which provider a symbol set
names, are the server's alone.
"""

import re
from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

MATCHES = re.compile(r"^(?:self|string\(self\))\.matches\(r'([^']*)'\)")
LEAST = re.compile(r"^self >= ([0-9.]+)$")
ABOVE = re.compile(r"double\(self\) (>=?) 0\.0")
AT_MOST = re.compile(r"double\(self\) <= (10*|[2-9])\.0")
ONLY_FOR = re.compile(r"^!has\(self\.(\w+)\) \|\| self\.type == '(\w+)'$")
NEEDS = re.compile(r"^(?:!has\(self\.type\) \|\| )?self\.type != '(\w+)' \|\| has\(self\.(\w+)\)$")


def conditions(rule: str) -> Iterator[Schema]:
    """Yield what must hold for what the rule is about; nothing where a JSON schema has no words for it."""
    yield from ({"pattern": pattern} for pattern in _patterns(rule))
    if found := LEAST.match(rule):
        yield {"minimum": float(found[1])}
    if found := ONLY_FOR.match(rule):
        yield {"if": {"required": [found[1]]}, "then": {"properties": {"type": {"const": found[2]}}}}
    if found := NEEDS.match(rule):
        is_type = {"required": ["type"], "properties": {"type": {"const": found[1]}}}
        yield {"if": is_type, "then": {"required": [found[2]]}}


def _patterns(rule: str) -> Iterator[str]:
    """Yield patterns of a text; a decimal number in quotes has its bounds in its digits."""
    if found := MATCHES.match(rule):
        yield found[1]
    if found := ABOVE.search(rule):
        yield "^[0-9]" if found[1] == ">=" else "^[0-9.]*[1-9]"
    if found := AT_MOST.search(rule):
        yield f"^0*({_below(found[1])}([.][0-9]+)?|{found[1]}([.]0+)?)$"


def _below(bound: str) -> str:
    """Match the whole numbers from 0 to below a bound, which is one digit or a power of ten."""
    digits = len(bound) - 1
    return f"[0-9]{{1,{digits}}}" if digits else f"[0-{int(bound) - 1}]"
